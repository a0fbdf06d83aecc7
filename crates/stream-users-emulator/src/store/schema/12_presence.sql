-- The users whom others see online: those who were last told of as such.
CREATE TABLE seen_online (
    user_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Who is online, so that nobody is once the emulator starts again.
CREATE INDEX users_online ON users (id) WHERE online;
