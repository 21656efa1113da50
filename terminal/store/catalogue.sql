-- name: articles
CREATE TABLE articles (
    place INTEGER PRIMARY KEY,
    sku   TEXT NOT NULL UNIQUE,
    plu   INTEGER UNIQUE,
    body  BLOB NOT NULL
) STRICT
-- name: codes
CREATE TABLE codes (
    code  TEXT PRIMARY KEY,
    place INTEGER NOT NULL
) STRICT, WITHOUT ROWID
-- name: words
CREATE TABLE words (
    word  TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (word, place)
) STRICT, WITHOUT ROWID
-- name: about
CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID
-- name: say
INSERT OR REPLACE INTO about (name, value) VALUES (?, ?)
-- name: said
SELECT value FROM about WHERE name = ?
-- name: by_code
SELECT a.body FROM codes c JOIN articles a ON a.place = c.place WHERE c.code = ?
-- name: by_plu
SELECT body FROM articles WHERE plu = ?
-- name: by_sku
SELECT body FROM articles WHERE sku = ?
-- name: by_place
SELECT body FROM articles WHERE place = ?
-- name: found
SELECT DISTINCT place FROM words WHERE word >= ? AND word < ? LIMIT ?
-- name: count
SELECT count(*) FROM articles
-- name: all
SELECT body FROM articles WHERE sku > ? ORDER BY sku LIMIT ?
-- name: place
SELECT place, body FROM articles WHERE sku = ?
-- name: add
INSERT INTO articles (sku, plu, body) VALUES (?, ?, ?)
-- name: change
UPDATE articles SET plu = ?, body = ? WHERE place = ?
-- name: add_code
INSERT INTO codes (code, place) VALUES (?, ?)
-- name: drop_code
DELETE FROM codes WHERE code = ?
-- name: add_word
INSERT INTO words (word, place) VALUES (?, ?)
-- name: drop_word
DELETE FROM words WHERE word = ? AND place = ?
-- name: owner_of_code
SELECT a.sku FROM codes c JOIN articles a ON a.place = c.place WHERE c.code = ?
-- name: owner_of_plu
SELECT sku FROM articles WHERE plu = ?
