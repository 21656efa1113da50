-- name: as_merchant
-- Alone: others of the merchant wait; else only those who must be alone do.
SELECT set_config('hq.merchant', $1, true), pg_advisory_xact_lock_shared(hashtextextended($1, 0))

-- name: as_merchant_alone
SELECT set_config('hq.merchant', $1, true), pg_advisory_xact_lock(hashtextextended($1, 0))

-- name: site
SELECT instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms
FROM sites WHERE merchant_id = $1 AND site = $2 FOR UPDATE

-- name: peek
SELECT instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms
FROM sites WHERE merchant_id = $1 AND site = $2

-- name: sites
SELECT site, instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms
FROM sites WHERE merchant_id = $1 ORDER BY site

-- name: save
INSERT INTO sites (
    merchant_id, site, instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms,
    written_off_ms
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (merchant_id, site) DO UPDATE
SET instance = $3, instance_no = $4, epoch = $5, acked = $6, head = $7, said = $8, nonce = $9, hq_epoch = $10,
    confirmed = $11, seen_ms = $12, written_off_ms = $13

-- name: touch
UPDATE sites SET seen_ms = $3::bigint WHERE merchant_id = $1 AND site = $2 AND seen_ms < $3::bigint - $4::bigint

-- name: standing
SELECT coalesce(bool_or(confirmed < $2), false) AS restoring, count(*) AS sites
FROM sites WHERE merchant_id = $1 AND written_off_ms = 0

-- name: hashes
SELECT hash FROM entries
WHERE merchant_id = $1 AND site = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq

-- name: bodies
SELECT body FROM entries WHERE merchant_id = $1 AND site = $2 AND seq > $3 ORDER BY seq LIMIT $4

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

-- name: held_here
SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2 AND account = ANY($3)

-- name: append
-- One statement a batch: chain, postings, balances, lots, exceptions. Rows of balances and lots are this site's
-- own, so nobody waits for them.
WITH stored AS (
    INSERT INTO entries (merchant_id, site, seq, kind, id, hash, body)
    SELECT $1, $2, batch.seq, batch.kind, batch.id, batch.hash, batch.body
    FROM unnest($3::bigint[], $4::text[], $5::uuid[], $6::bytea[], $7::bytea[])
        AS batch (seq, kind, id, hash, body)
), lines AS (
    SELECT account, seq, line, amount, moves, loads
    FROM unnest($8::text[], $9::bigint[], $10::integer[], $11::bigint[], $12::boolean[], $13::boolean[])
        AS batch (account, seq, line, amount, moves, loads)
), posted AS (
    INSERT INTO postings (merchant_id, account, site, seq, line, amount)
    SELECT $1, account, $2, seq, line, amount FROM lines
), moved AS (
    INSERT INTO balances AS held (merchant_id, account, site, balance, moved, loaded_ms)
    SELECT $1, account, $2, sum(amount), coalesce(sum(amount) FILTER (WHERE moves), 0),
        max(CASE WHEN loads THEN $14::bigint ELSE 0 END)
    FROM lines GROUP BY account ORDER BY account
    ON CONFLICT (merchant_id, account, site) DO UPDATE
    SET balance = held.balance + excluded.balance, moved = held.moved + excluded.moved,
        loaded_ms = greatest(held.loaded_ms, excluded.loaded_ms)
    RETURNING account, balance
), parts AS (
    SELECT account, lot, amount
    FROM unnest($15::text[], $16::text[], $17::bigint[]) AS batch (account, lot, amount)
), laid AS (
    INSERT INTO lots AS there (merchant_id, account, lot, site, rest)
    SELECT $1, account, lot, $2, sum(amount) FROM parts GROUP BY account, lot ORDER BY account, lot
    ON CONFLICT (merchant_id, account, lot, site) DO UPDATE SET rest = there.rest + excluded.rest
)
INSERT INTO exceptions (merchant_id, kind, site, subject, why, opened_ms)
SELECT $1, 'negative', $2, account, 'balance ' || balance, $14
FROM moved
WHERE balance < 0 AND NOT starts_with(account, 'site:') AND split_part(account, ':', 3) <> 'debt'
ON CONFLICT DO NOTHING

-- name: lay_terms
INSERT INTO lot_terms (merchant_id, unit, lot, laid, paid, since, until, invoice)
SELECT $1, unit, lot, laid, paid, since, until, invoice
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[])
    AS batch (unit, lot, laid, paid, since, until, invoice)
ORDER BY unit, lot
ON CONFLICT DO NOTHING

-- name: open_exceptions
INSERT INTO exceptions (merchant_id, kind, site, subject, why, opened_ms)
SELECT $1, $3, $2, batch.subject, batch.why, $6 FROM unnest($4::text[], $5::text[]) AS batch (subject, why)
ON CONFLICT DO NOTHING

-- name: close_exception
UPDATE exceptions SET decision = $5, decided_by = $6, second = $7, decided_ms = $8
WHERE merchant_id = $1 AND kind = $2 AND site = $3 AND subject = $4 AND decision = ''
RETURNING true

-- name: subjects
SELECT subject FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = $3 ORDER BY subject

-- name: highest_hq_epoch
SELECT coalesce(max(hq_epoch), 0) FROM sites

-- name: all_sites
SELECT merchant_id, site, instance, epoch, acked, head, said, seen_ms
FROM sites ORDER BY merchant_id, site

-- name: kinds
SELECT merchant_id, site, kind, count(*) AS entries FROM entries GROUP BY merchant_id, site, kind

-- name: all_exceptions
SELECT merchant_id, site, kind, subject, why, opened_ms FROM exceptions WHERE decision = ''
ORDER BY opened_ms DESC, merchant_id, site, kind, subject LIMIT $1

-- name: count_exceptions
SELECT merchant_id, site, kind, count(*) AS open FROM exceptions WHERE decision = ''
GROUP BY merchant_id, site, kind

-- name: chain
SELECT seq, hash, body FROM entries WHERE merchant_id = $1 AND site = $2 ORDER BY seq

-- name: quarantined
SELECT subject::bigint AS seq FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = 'quarantine'

-- name: balances
SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2

-- name: moved
SELECT account, moved AS balance FROM balances WHERE merchant_id = $1 AND site = $2

-- name: posted
SELECT account, sum(amount) AS balance FROM postings WHERE merchant_id = $1 AND site = $2 GROUP BY account
