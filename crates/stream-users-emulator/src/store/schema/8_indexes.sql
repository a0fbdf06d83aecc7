-- Each index holds the default order after its own column, and what hides users: a query that looks at nothing else is
-- answered from the index, in either direction.

DROP INDEX users_by_age;
DROP INDEX users_by_update;
DROP INDEX users_by_activity;
DROP INDEX users_by_name;
DROP INDEX users_by_role;

CREATE INDEX users_by_age ON users (created_at, id, deleted_at, deactivated_at);
CREATE INDEX users_by_update ON users (updated_at, created_at, id, deleted_at, deactivated_at);
CREATE INDEX users_by_activity ON users (last_active, created_at, id, deleted_at, deactivated_at);
CREATE INDEX users_by_name ON users (name, created_at, id, deleted_at, deactivated_at);
CREATE INDEX users_by_role ON users (role, created_at, id, deleted_at, deactivated_at);

-- Custom fields that the service has operators of their own for.
ALTER TABLE users ADD COLUMN username TEXT AS (
    CASE json_type(custom, '$.username') WHEN 'text' THEN json_extract(custom, '$.username') END
) VIRTUAL;
ALTER TABLE users ADD COLUMN email TEXT AS (
    CASE json_type(custom, '$.email') WHEN 'text' THEN json_extract(custom, '$.email') END
) VIRTUAL;
CREATE INDEX users_by_username ON users (username, created_at, id, deleted_at, deactivated_at);
CREATE INDEX users_by_email ON users (email, created_at, id, deleted_at, deactivated_at);
