-- Times are integers of nanoseconds; lists, maps and custom data are JSON text.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT,
    image TEXT,
    role TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '',
    invisible INTEGER NOT NULL DEFAULT 0,
    banned INTEGER NOT NULL DEFAULT 0,
    shadow_banned INTEGER NOT NULL DEFAULT 0,
    bypass_moderation INTEGER,
    online INTEGER NOT NULL DEFAULT 0,
    ban_expires INTEGER,
    last_active INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deactivated_at INTEGER,
    deleted_at INTEGER,
    revoke_tokens_issued_before INTEGER,
    avg_response_time INTEGER,
    teams TEXT NOT NULL DEFAULT '[]',
    teams_role TEXT,
    privacy_settings TEXT,
    push_notifications TEXT,
    custom TEXT NOT NULL DEFAULT '{}',
    -- What $autocomplete looks at: each word in lower case with a space before it.
    id_words TEXT NOT NULL DEFAULT '',
    name_words TEXT NOT NULL DEFAULT '',
    username_words TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX users_by_age ON users (created_at DESC, id DESC);
CREATE INDEX users_by_update ON users (updated_at);
CREATE INDEX users_by_activity ON users (last_active);
CREATE INDEX users_by_name ON users (name);
CREATE INDEX users_by_role ON users (role);

-- Ids that were deleted and how; they can never be created again. A restored user leaves this table.
CREATE TABLE deleted_ids (
    id TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    deleted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE blocks (
    user_id TEXT NOT NULL,
    blocked_user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, blocked_user_id)
) STRICT;

CREATE TABLE mutes (
    user_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires INTEGER,
    PRIMARY KEY (user_id, target_id)
) STRICT;

CREATE TABLE devices (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    push_provider TEXT NOT NULL,
    push_provider_name TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, id)
) STRICT;

CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    running_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    input TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    result TEXT,
    error TEXT
) STRICT;
CREATE INDEX tasks_to_do ON tasks (due_at) WHERE done = 0;

CREATE TABLE exports (
    task_id TEXT PRIMARY KEY,
    signature TEXT NOT NULL,
    content TEXT NOT NULL
) STRICT;

CREATE TABLE channels (
    cid TEXT PRIMARY KEY,
    created_by_id TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    -- 1 if a deactivation deleted it, so that a reactivation may bring it back.
    by_deactivation INTEGER NOT NULL DEFAULT 0,
    custom TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE channel_members (
    cid TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (cid, user_id)
) STRICT;
CREATE INDEX channel_members_by_user ON channel_members (user_id);

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    cid TEXT NOT NULL,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    type TEXT NOT NULL DEFAULT 'regular',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    by_deactivation INTEGER NOT NULL DEFAULT 0,
    attachments TEXT NOT NULL DEFAULT '[]',
    custom TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX messages_by_user ON messages (user_id);
CREATE INDEX messages_by_channel ON messages (cid);

CREATE TABLE reactions (
    message_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    type TEXT NOT NULL,
    score INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    custom TEXT NOT NULL DEFAULT '{}',
    PRIMARY KEY (message_id, user_id, type)
) STRICT;
CREATE INDEX reactions_by_user ON reactions (user_id);

CREATE TABLE live_locations (
    message_id TEXT PRIMARY KEY,
    cid TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_by_device_id TEXT NOT NULL,
    latitude REAL NOT NULL,
    longitude REAL NOT NULL,
    end_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX live_locations_by_user ON live_locations (user_id);
