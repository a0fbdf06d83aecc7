-- Bans that end by themselves are looked for before each request.

CREATE INDEX users_by_end_of_ban ON users (ban_expires) WHERE ban_expires IS NOT NULL;
