-- Which request has caused which events, once for all that it has caused. Before, it stood in each event, which was
-- written a second time for it.
CREATE TABLE publications (
    -- The last of the events that were published together; the first one follows the last of those before.
    last INTEGER PRIMARY KEY,
    request_info TEXT
) STRICT;
INSERT INTO publications (last, request_info) SELECT id, request_info FROM events;
DROP INDEX events_to_publish;
ALTER TABLE events DROP COLUMN published;
ALTER TABLE events DROP COLUMN request_info;

-- It is made where names have to be unique; see `unique_names`.
DROP INDEX users_by_name_key;
