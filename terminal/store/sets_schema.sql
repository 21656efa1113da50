-- name: parts
CREATE TABLE IF NOT EXISTS parts (
    part INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    rows INTEGER NOT NULL
) STRICT
-- name: rows
CREATE TABLE IF NOT EXISTS rows (
    part  INTEGER NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (part, key)
) STRICT, WITHOUT ROWID
-- name: rows_by_key
CREATE INDEX IF NOT EXISTS rows_by_key ON rows (key)
-- name: tokens
CREATE TABLE IF NOT EXISTS tokens (
    part  INTEGER NOT NULL,
    token BLOB NOT NULL CHECK (length(token) = 32),
    key   TEXT NOT NULL,
    PRIMARY KEY (part, token)
) STRICT, WITHOUT ROWID
-- name: tokens_alone
CREATE INDEX IF NOT EXISTS tokens_alone ON tokens (token)
-- name: manifests
CREATE TABLE IF NOT EXISTS manifests (
    manifest TEXT PRIMARY KEY,
    body     BLOB NOT NULL
) STRICT, WITHOUT ROWID
-- name: parts_of
CREATE TABLE IF NOT EXISTS parts_of (
    manifest TEXT NOT NULL,
    place    INTEGER NOT NULL,
    hash     TEXT NOT NULL,
    rows     INTEGER NOT NULL,
    PRIMARY KEY (manifest, place)
) STRICT, WITHOUT ROWID
-- name: parts_of_hash
CREATE INDEX IF NOT EXISTS parts_of_hash ON parts_of (hash, manifest)
