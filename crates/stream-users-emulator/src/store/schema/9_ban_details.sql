-- What a user does not say of its own ban. Whether there is a ban, of which kind and until when stands with the user.

CREATE TABLE bans (
    user_id TEXT PRIMARY KEY NOT NULL,
    created_at INTEGER NOT NULL,
    banned_by_id TEXT,
    reason TEXT
) STRICT;

CREATE INDEX bans_by_reason ON bans (reason);
CREATE INDEX bans_by_author ON bans (banned_by_id);
CREATE INDEX users_by_ban ON users (id) WHERE banned OR shadow_banned;
