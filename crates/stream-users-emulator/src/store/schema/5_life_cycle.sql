-- What deleting users acts on besides channels and messages, and what users have not read, muted and hidden.

ALTER TABLE users ADD COLUMN total_unread_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN unread_channels INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN unread_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN unread_threads INTEGER NOT NULL DEFAULT 0;

-- What type a message was that a deactivation deleted, so that a reactivation may bring it back.
ALTER TABLE messages ADD COLUMN type_before TEXT;
UPDATE messages SET type_before = 'regular' WHERE by_deactivation = 1;
ALTER TABLE messages DROP COLUMN by_deactivation;

-- The error with which a task is to fail, as JSON text.
ALTER TABLE tasks ADD COLUMN fault TEXT;

CREATE TABLE channel_mutes (
    user_id TEXT NOT NULL,
    cid TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (user_id, cid)
) STRICT;

CREATE TABLE hidden_channels (
    user_id TEXT NOT NULL,
    cid TEXT NOT NULL,
    PRIMARY KEY (user_id, cid)
) STRICT;

CREATE TABLE calls (
    cid TEXT PRIMARY KEY,
    created_by_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    by_deactivation INTEGER NOT NULL DEFAULT 0,
    custom TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX calls_by_owner ON calls (created_by_id);
CREATE INDEX channels_by_owner ON channels (created_by_id);

CREATE TABLE call_members (
    cid TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (cid, user_id)
) STRICT;
CREATE INDEX call_members_by_user ON call_members (user_id);

CREATE TABLE flags (
    message_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, user_id)
) STRICT;
CREATE INDEX flags_by_user ON flags (user_id);

CREATE TABLE files (
    url TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    name TEXT,
    mime_type TEXT,
    size INTEGER NOT NULL,
    message_id TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX files_by_user ON files (user_id);
CREATE INDEX files_by_message ON files (message_id);
CREATE INDEX live_locations_by_channel ON live_locations (cid);
