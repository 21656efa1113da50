-- name: lock_sets
-- Whoever makes data sets of a merchant is alone among those who do; nobody else waits for that.
SELECT pg_advisory_xact_lock(hashtextextended('sets ' || $1, 0))

-- name: note_changes
INSERT INTO changed (merchant_id, set_name, key, site) SELECT $1, $3, key, $2 FROM unnest($4::text[]) AS batch (key)
ORDER BY key ON CONFLICT DO NOTHING

-- name: take_changes
-- Rows that somebody else is writing are left for the next time: nobody is waited for.
WITH batch AS (
    SELECT set_name, key, site FROM changed WHERE merchant_id = $1
    ORDER BY set_name, key, site LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM changed USING batch
WHERE changed.merchant_id = $1 AND changed.set_name = batch.set_name AND changed.key = batch.key
    AND changed.site = batch.site
RETURNING changed.set_name, changed.key, changed.site

-- name: posted_wallets
SELECT DISTINCT split_part(account, ':', 2) AS wallet FROM postings
WHERE merchant_id = $1 AND site = $2 AND seq > $3 AND seq <= $4 AND starts_with(account, 'wallet:')

-- name: roots
SELECT wallet, root FROM wallets WHERE merchant_id = $1 AND wallet = ANY($2)

-- name: saw
INSERT INTO seen AS known (merchant_id, wallet, site, place, day)
SELECT $1, wallet, site, place, $5 FROM unnest($2::text[], $3::text[], $4::bigint[]) AS batch (wallet, site, place)
ORDER BY wallet, site
ON CONFLICT (merchant_id, wallet, site) DO UPDATE SET day = excluded.day WHERE known.day < excluded.day
RETURNING site, place, xmax = 0 AS fresh

-- name: unsee
DELETE FROM seen WHERE merchant_id = $1 AND wallet = ANY($2) RETURNING wallet, site, day

-- name: seen_at
SELECT site, place FROM seen WHERE merchant_id = $1 AND wallet = ANY($2)

-- name: forget_seen
DELETE FROM seen USING (
    SELECT wallet FROM seen WHERE merchant_id = $1 AND site = $2 AND day < $3 ORDER BY day LIMIT $4
) AS old
WHERE seen.merchant_id = $1 AND seen.site = $2 AND seen.wallet = old.wallet RETURNING seen.site, seen.place

-- name: adopt_seen
INSERT INTO seen (merchant_id, wallet, site, place, day)
SELECT $1, wallet, $2, min(place), max(day) FROM seen WHERE merchant_id = $1
GROUP BY wallet ORDER BY max(day) DESC, wallet LIMIT $3
ON CONFLICT DO NOTHING

-- name: count_seen
SELECT count(*) FROM seen WHERE merchant_id = $1 AND site = $2

-- name: count_hot
SELECT count(*) FROM hot WHERE merchant_id = $1 AND state <> 'active'

-- name: set_site
SELECT read_seq, instance, box_key, look_ms, due_ms FROM set_sites WHERE merchant_id = $1 AND site = $2

-- name: save_set_site
INSERT INTO set_sites (merchant_id, site, read_seq, instance, box_key, look_ms, due_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, site) DO UPDATE
SET read_seq = $3, instance = $4, box_key = $5, look_ms = $6, due_ms = $7

-- name: look_again
UPDATE set_sites SET look_ms = least(look_ms, $3) WHERE merchant_id = $1 AND site <> '' AND ($2 = '' OR site = $2)

-- name: spoil_places
UPDATE set_parts AS part SET wanted = wanted + 1
FROM (SELECT DISTINCT site, place FROM unnest($3::text[], $4::bigint[]) AS batch (site, place)) AS at
WHERE part.merchant_id = $1 AND part.set_name = $2 AND part.site = at.site
    AND part.low <= at.place AND at.place < part.high

-- name: spoil_all
UPDATE set_parts SET wanted = wanted + 1, built = 0, print = '', hash = '', rows = 0, told = '' WHERE merchant_id = $1 AND site = $2 AND set_name = $3

-- name: set_parts
SELECT low, high, wanted, built, print, hash, rows, told FROM set_parts
WHERE merchant_id = $1 AND site = $2 AND set_name = $3 ORDER BY low

-- name: lagging_part
SELECT low, high, wanted, built, print, hash, rows, told FROM set_parts
WHERE merchant_id = $1 AND site = $2 AND set_name = $3 AND built < wanted ORDER BY low LIMIT 1

-- name: part_at
SELECT low, high, wanted, built, print, hash, rows, told FROM set_parts
WHERE merchant_id = $1 AND site = $2 AND set_name = $3 AND low = $4 FOR UPDATE

-- name: drop_part
DELETE FROM set_parts WHERE merchant_id = $1 AND site = $2 AND set_name = $3 AND low = $4

-- name: save_parts
INSERT INTO set_parts AS part (merchant_id, site, set_name, low, high, wanted, built, print, hash, rows, told)
SELECT $1, $2, $3, low, high, wanted, built, print, hash, rows, told
FROM unnest($4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[], $10::integer[],
    $11::bytea[]) AS batch (low, high, wanted, built, print, hash, rows, told)
ON CONFLICT (merchant_id, site, set_name, low) DO UPDATE
SET high = excluded.high, built = excluded.built, print = excluded.print, hash = excluded.hash, rows = excluded.rows,
    told = excluded.told

-- name: roots_in_part
SELECT DISTINCT wallets.root FROM seen
JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = seen.wallet
WHERE seen.merchant_id = $1 AND seen.site = $2 AND seen.place >= $3 AND seen.place < $4
ORDER BY wallets.root LIMIT $5

-- name: hot_in_part
SELECT card, state FROM hot
WHERE merchant_id = $1 AND place >= $2 AND place < $3 AND state <> 'active' ORDER BY card LIMIT $4

-- name: publish
INSERT INTO published (merchant_id, set_name, n, site, version, not_before_ms, manifest, parts, rows)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: last_published
SELECT coalesce(max(n), 0) FROM published WHERE merchant_id = $1 AND set_name = $2

-- name: published
SELECT set_name, n, site, version, not_before_ms, manifest, parts, rows FROM published
WHERE merchant_id = $1 AND (site = '' OR site = $2) ORDER BY set_name, n

-- name: forget_published
-- What a later one that is in force has taken the place of, for all whom it was for.
DELETE FROM published AS old USING published AS new
WHERE old.merchant_id = $1 AND new.merchant_id = $1 AND new.set_name = old.set_name AND new.n > old.n
    AND new.not_before_ms <= $2 AND (new.site = '' OR new.site = old.site)

-- name: name_blobs
INSERT INTO named (merchant_id, blob, manifest) SELECT $1, blob, $2 FROM unnest($3::bytea[]) AS batch (blob)
ORDER BY blob ON CONFLICT DO NOTHING

-- name: naming
SELECT manifest FROM named WHERE merchant_id = $1 AND blob = $2

-- name: give
INSERT INTO given (merchant_id, site, set_name, n, published, manifest, id, hq_epoch, given_ms)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: given
SELECT given.set_name, given.n, given.published, given.manifest, given.id, given.hq_epoch, given.given_ms,
    feed.applied_seq IS NOT NULL AS applied
FROM given LEFT JOIN feed ON feed.merchant_id = $1 AND feed.id = given.id
WHERE given.merchant_id = $1 AND given.site = $2 ORDER BY given.set_name, given.n

-- name: forget_given
-- All that lies before the last one that the site applied.
DELETE FROM given AS old USING given AS new JOIN feed ON feed.merchant_id = $1 AND feed.id = new.id
WHERE old.merchant_id = $1 AND old.site = $2 AND new.merchant_id = $1 AND new.site = $2
    AND new.set_name = old.set_name AND new.n > old.n AND feed.applied_seq IS NOT NULL

-- name: redirect
UPDATE feed SET directive = $3 WHERE merchant_id = $1 AND id = $2 AND applied_seq IS NULL

-- name: regive
UPDATE given SET manifest = $3 WHERE merchant_id = $1 AND id = $2

-- name: empty
UPDATE feed SET directive = $3, not_before_ms = 0 WHERE merchant_id = $1 AND id = $2 AND applied_seq IS NULL

-- name: withdraw
UPDATE given SET manifest = $3, published = $4, given_ms = $5 WHERE merchant_id = $1 AND id = $2

-- name: ungive
UPDATE given SET published = 0 WHERE merchant_id = $1 AND site = $2 AND set_name = $3

-- name: forget_named
DELETE FROM named WHERE merchant_id = $1 AND manifest IN (
    SELECT blob FROM named AS self
    WHERE self.merchant_id = $1 AND self.blob = self.manifest
        AND NOT EXISTS (SELECT FROM given WHERE given.merchant_id = $1 AND given.manifest = self.manifest)
        AND NOT EXISTS (SELECT FROM published WHERE published.merchant_id = $1 AND published.manifest = self.manifest)
    LIMIT $2
)

-- name: sweep_blobs
-- Bounded: from one hash on, so many are looked at; answers up to where, and how many went.
WITH batch AS (
    SELECT hash FROM blobs WHERE merchant_id = $1 AND hash > $2 ORDER BY hash LIMIT $3
), gone AS (
    DELETE FROM blobs USING batch
    WHERE blobs.merchant_id = $1 AND blobs.hash = batch.hash
        AND NOT EXISTS (SELECT FROM named WHERE named.merchant_id = $1 AND named.blob = blobs.hash)
        AND NOT EXISTS (SELECT FROM set_parts WHERE set_parts.merchant_id = $1 AND set_parts.hash = blobs.hash)
        AND NOT EXISTS (SELECT FROM published WHERE published.merchant_id = $1 AND blobs.hash = ANY(published.parts))
    RETURNING blobs.hash
)
SELECT (SELECT hash FROM batch ORDER BY hash DESC LIMIT 1) AS last, (SELECT count(*) FROM gone) AS gone

-- name: told_blob
-- What its feed has told this site of, and nothing else.
SELECT bytes FROM blobs WHERE merchant_id = $1 AND hash = $3 AND EXISTS (
    SELECT FROM named JOIN given ON given.merchant_id = $1 AND given.site = $2 AND given.manifest = named.manifest
    WHERE named.merchant_id = $1 AND named.blob = $3
)

-- name: own_blob
SELECT bytes FROM blobs WHERE merchant_id = $1 AND hash = $2

-- name: spoilt_blobs
SELECT merchant_id, hash FROM blobs WHERE sha256(bytes) <> hash ORDER BY merchant_id, hash LIMIT $1

-- name: merchants_changed
SELECT DISTINCT merchant_id FROM changed ORDER BY merchant_id LIMIT $1

-- name: sites_to_look_at
-- Merchants (site '') first: what all share is given to each of their sites. Nothing waits beyond $3: see `is_due`.
SELECT merchant_id, site FROM (
    SELECT s.merchant_id, s.site FROM sites AS s LEFT JOIN set_sites AS k USING (merchant_id, site)
    WHERE s.written_off_ms = 0 AND (
        k.site IS NULL OR k.look_ms <= $1 OR k.look_ms > $3 OR k.instance <> s.instance
        OR k.box_key IS NOT NULL AND (k.due_ms <= $1 OR k.due_ms > $3) AND EXISTS (
            SELECT FROM set_parts AS p
            WHERE p.merchant_id = s.merchant_id AND p.site = s.site AND p.set_name = 'members' AND p.built < p.wanted
        )
    )
    UNION
    SELECT s.merchant_id, '' FROM sites AS s LEFT JOIN set_sites AS k ON k.merchant_id = s.merchant_id AND k.site = ''
    WHERE k.site IS NULL OR k.look_ms <= $1 OR k.look_ms > $3 OR EXISTS (
        SELECT FROM set_parts AS p
        WHERE p.merchant_id = s.merchant_id AND p.site = '' AND p.set_name = 'cards' AND p.built < p.wanted
    )
) AS waiting
ORDER BY site <> '', merchant_id, site LIMIT $2

-- name: add_blobs
INSERT INTO blobs (merchant_id, hash, bytes)
SELECT $1, hash, bytes FROM unnest($2::bytea[], $3::bytea[]) AS batch (hash, bytes) ORDER BY hash
ON CONFLICT (merchant_id, hash) DO UPDATE SET bytes = excluded.bytes WHERE blobs.bytes <> excluded.bytes

-- name: keep_policy
INSERT INTO policies VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: keep_day_limits
INSERT INTO day_limits VALUES ($1, $2, $3, $4, $5)

-- name: day_limits
SELECT fen, litres, without FROM day_limits WHERE merchant_id = $1 AND n = $2

-- name: policies
SELECT n, site, secure, signed, open, cap AS at_site FROM policies
WHERE merchant_id = $1 AND (site = '' OR site = $2) ORDER BY n

-- name: act
INSERT INTO acts (merchant_id, at_ms, who, what) VALUES ($1, $2, $3, $4)

-- name: acts
SELECT at_ms, who, what FROM acts WHERE merchant_id = $1 ORDER BY at_ms DESC, what LIMIT $2

-- name: settings_given
-- What each site reads of the settings, and what of them is on its way.
SELECT given.site, feed.applied_seq IS NOT NULL AS applied,
    policies.secure, policies.signed, policies.open, policies.cap,
    coalesce(day_limits.fen, 0) AS day_fen, coalesce(day_limits.litres, 0) AS day_litres,
    coalesce(day_limits.without, 0) AS day_without
FROM given
LEFT JOIN feed ON feed.merchant_id = $1 AND feed.id = given.id
LEFT JOIN policies ON policies.merchant_id = $1 AND policies.n = given.published
LEFT JOIN day_limits ON day_limits.merchant_id = $1 AND day_limits.n = given.published
WHERE given.merchant_id = $1 AND given.set_name = 'settings' ORDER BY given.site, given.n
