-- Who was active in which month; a deleted user still was.
CREATE TABLE active_users (
    month TEXT NOT NULL,
    user_id TEXT NOT NULL,
    guest INTEGER NOT NULL,
    PRIMARY KEY (month, user_id)
) STRICT, WITHOUT ROWID;

-- At most one row: how far the clock was moved ahead of the machine's, in nanoseconds.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY,
    offset INTEGER NOT NULL
) STRICT;
