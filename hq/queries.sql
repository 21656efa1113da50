-- name: enrol
INSERT INTO sites (merchant_id, site, instance, epoch, acked, head, said, nonce, hq_epoch, seen_ms)
VALUES ($1, $2, $3, 1, 0, $4, 0, '', 0, 0)
ON CONFLICT (merchant_id, site) DO NOTHING

-- name: site
SELECT instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, seen_ms
FROM sites WHERE merchant_id = $1 AND site = $2 FOR UPDATE

-- name: save
UPDATE sites
SET instance = $3, epoch = $4, acked = $5, head = $6, said = $7, nonce = $8, hq_epoch = $9, seen_ms = $10
WHERE merchant_id = $1 AND site = $2

-- name: hashes
SELECT hash FROM entries
WHERE merchant_id = $1 AND site = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq

-- name: claim
-- In the order of the ids: two sites that bring the same ones must not wait for each other in a ring.
INSERT INTO claims (merchant_id, site, id, seq, command)
SELECT $1, $2, batch.id, batch.seq, batch.command
FROM unnest($3::uuid[], $4::bigint[], $5::bytea[]) AS batch (id, seq, command)
ORDER BY batch.id, batch.seq
ON CONFLICT (merchant_id, id) DO NOTHING
RETURNING seq

-- name: claimed
SELECT batch.seq AS mine, claims.site, claims.seq, claims.command
FROM unnest($2::uuid[], $3::bigint[]) AS batch (id, seq)
JOIN claims ON claims.merchant_id = $1 AND claims.id = batch.id

-- name: append
-- One statement a batch: chain, postings, balances (locked in the order of their names), exceptions.
WITH stored AS (
    INSERT INTO entries (merchant_id, site, seq, kind, id, hash, body)
    SELECT $1, $2, batch.seq, batch.kind, batch.id, batch.hash, batch.body
    FROM unnest($3::bigint[], $4::text[], $5::uuid[], $6::bytea[], $7::bytea[])
        AS batch (seq, kind, id, hash, body)
), lines AS (
    SELECT account, seq, line, amount
    FROM unnest($8::text[], $9::bigint[], $10::integer[], $11::bigint[]) AS batch (account, seq, line, amount)
), posted AS (
    INSERT INTO postings (merchant_id, account, site, seq, line, amount)
    SELECT $1, account, $2, seq, line, amount FROM lines
), moved AS (
    INSERT INTO balances AS held (merchant_id, account, site, balance)
    SELECT $1, account, $2, sum(amount) FROM lines GROUP BY account ORDER BY account
    ON CONFLICT (merchant_id, account, site) DO UPDATE SET balance = held.balance + excluded.balance
    RETURNING account, balance
)
INSERT INTO exceptions (merchant_id, kind, site, subject, why)
SELECT $1, 'negative', $2, account, 'balance ' || balance
FROM moved WHERE balance < 0 AND starts_with(account, 'wallet:')
ON CONFLICT DO NOTHING

-- name: open_exceptions
INSERT INTO exceptions (merchant_id, kind, site, subject, why)
SELECT $1, $3, $2, batch.subject, batch.why FROM unnest($4::text[], $5::text[]) AS batch (subject, why)
ON CONFLICT DO NOTHING

-- name: highest_hq_epoch
SELECT coalesce(max(hq_epoch), 0) FROM sites

-- name: all_sites
SELECT merchant_id, site, instance, epoch, acked, head, said, seen_ms
FROM sites ORDER BY merchant_id, site

-- name: kinds
SELECT merchant_id, site, kind, count(*) AS entries FROM entries GROUP BY merchant_id, site, kind

-- name: all_exceptions
SELECT merchant_id, site, kind, subject, why, opened_at FROM exceptions
ORDER BY opened_at DESC, merchant_id, site, kind, subject LIMIT $1

-- name: count_exceptions
SELECT merchant_id, site, kind, count(*) AS open FROM exceptions GROUP BY merchant_id, site, kind

-- name: chain
SELECT seq, hash, body FROM entries WHERE merchant_id = $1 AND site = $2 ORDER BY seq

-- name: quarantined
SELECT subject::bigint AS seq FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = 'quarantine'

-- name: balances
SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2

-- name: posted
SELECT account, sum(amount) AS balance FROM postings WHERE merchant_id = $1 AND site = $2 GROUP BY account
