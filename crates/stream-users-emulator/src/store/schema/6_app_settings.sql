-- What PATCH on the app has changed: the name of a setting and its value as JSON.
CREATE TABLE app_settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Roles besides the built-in ones.
CREATE TABLE roles (
    name TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A name as it is compared where names have to be unique: its letters and digits in lower case.
ALTER TABLE users ADD COLUMN name_key TEXT GENERATED ALWAYS AS (replace(name_words, ' ', '')) VIRTUAL;
CREATE INDEX users_by_name_key ON users (name_key);
