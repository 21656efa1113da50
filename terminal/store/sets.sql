-- name: manifest
SELECT body FROM manifests WHERE manifest = ?
-- name: manifests
SELECT manifest FROM manifests
-- name: add_manifest
INSERT OR IGNORE INTO manifests (manifest, body) VALUES (?, ?)
-- name: add_part_of
INSERT OR IGNORE INTO parts_of (manifest, place, hash, rows) VALUES (?, ?, ?, ?)
-- name: drop_manifest
DELETE FROM manifests WHERE manifest = ?
-- name: drop_parts_of
DELETE FROM parts_of WHERE manifest = ?
-- name: missing
SELECT m.hash, m.rows FROM parts_of m LEFT JOIN parts p ON p.hash = m.hash
WHERE m.manifest = ? AND p.hash IS NULL ORDER BY m.place
-- name: staged
SELECT a.body, count(m.hash), count(p.hash) FROM manifests a
LEFT JOIN parts_of m ON m.manifest = a.manifest LEFT JOIN parts p ON p.hash = m.hash GROUP BY a.manifest
-- name: part
SELECT part FROM parts WHERE hash = ?
-- name: add_part
INSERT INTO parts (part, hash, rows) VALUES ((SELECT coalesce(max(part), 0) + 1 FROM parts), ?, ?) RETURNING part
-- name: add_row
INSERT OR REPLACE INTO rows (part, key, value) VALUES (?, ?, ?)
-- name: add_token
INSERT OR REPLACE INTO tokens (part, token, key) VALUES (?, ?, ?)
-- name: unnamed
SELECT part FROM parts WHERE hash NOT IN (SELECT hash FROM parts_of) LIMIT 1
-- name: some_keys
SELECT key FROM rows WHERE part = ? LIMIT ?
-- name: drop_row
DELETE FROM rows WHERE part = ? AND key = ?
-- name: drop_tokens
DELETE FROM tokens WHERE part = ?
-- name: drop_tokens_of
DELETE FROM tokens WHERE part = ? AND key = ?
-- name: drop_part
DELETE FROM parts WHERE part = ?
-- name: count_rows
SELECT count(*) FROM rows WHERE part = ?
-- name: row
SELECT r.value FROM rows r JOIN parts p ON p.part = r.part
JOIN parts_of m ON m.hash = p.hash AND m.manifest = ?1 WHERE r.key = ?2 LIMIT 1
-- name: rows
SELECT r.key, r.value FROM rows r JOIN parts p ON p.part = r.part
JOIN parts_of m ON m.hash = p.hash AND m.manifest = ?1 WHERE r.key > ?2 ORDER BY r.key LIMIT ?3
-- name: by_token
SELECT r.key, r.value FROM tokens t JOIN rows r ON r.part = t.part AND r.key = t.key
LEFT JOIN parts p ON p.part = t.part
LEFT JOIN parts_of m ON m.hash = p.hash AND m.manifest = ?1
WHERE t.token = ?2 AND (m.manifest IS NOT NULL OR t.part = 0) ORDER BY m.manifest IS NULL LIMIT 1
-- name: emptied
PRAGMA wal_checkpoint(TRUNCATE)
