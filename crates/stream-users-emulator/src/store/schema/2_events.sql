-- What has happened to users, and who is told of it.

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    -- The event in the form of /api/v2, without the request that caused it.
    body TEXT NOT NULL,
    request_info TEXT,
    -- 0 until it is known who is told.
    published INTEGER NOT NULL DEFAULT 0,
    -- The size of this body and of all before it.
    bytes INTEGER NOT NULL
) STRICT;
CREATE INDEX events_to_publish ON events (id) WHERE published = 0;

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    event_id INTEGER NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    -- When the next attempt may be made.
    due_at INTEGER NOT NULL,
    -- What the last attempt came to: a status, or why there is none.
    status INTEGER,
    error TEXT
) STRICT;
CREATE INDEX deliveries_by_event ON deliveries (event_id);
CREATE INDEX deliveries_to_do ON deliveries (url, event_id) WHERE state = 'pending';
