-- name: stock
CREATE TABLE IF NOT EXISTS stock (
    sku     TEXT PRIMARY KEY,
    counted INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    left    INTEGER NOT NULL
) STRICT, WITHOUT ROWID
-- name: read_to
CREATE TABLE IF NOT EXISTS read_to (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    seq  INTEGER NOT NULL,
    hash BLOB NOT NULL
) STRICT
-- name: count
INSERT OR REPLACE INTO stock (sku, counted, seq, left) VALUES (?1, ?2, ?3, ?2)
-- name: go
UPDATE stock SET left = left - ?2 WHERE sku = ?1 AND seq < ?3
-- name: left
SELECT left FROM stock WHERE sku = ?
-- name: all
SELECT sku, left FROM stock ORDER BY sku
-- name: place
SELECT seq, hash FROM read_to
-- name: at
INSERT OR REPLACE INTO read_to (one, seq, hash) VALUES (1, ?, ?)
-- name: anew
UPDATE stock SET left = counted, seq = min(seq, ?)
-- name: first
SELECT min(seq) FROM stock
