-- name: privileges
SELECT current_user AS who,
    (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user) AS creates,
    (SELECT count(*) FROM pg_roles WHERE rolname IN ('hq_worker', 'hq_operator')) AS roles,
    (SELECT coalesce(bool_and(pg_has_role(oid, 'MEMBER')), false) FROM pg_roles
        WHERE rolname IN ('hq_worker', 'hq_operator')) AS member,
    has_schema_privilege(coalesce(current_schema(), 'public'), 'CREATE') AS schema

-- name: enter
SELECT raised, (here).instance, (here).instance_no, (here).epoch, (here).acked, (here).head, (here).said,
    (here).nonce, (here).hq_epoch, (here).confirmed, (here).seen_ms, (here).written_off_ms,
    (here).edits, (here).forks, (here).forked_ms,
    (here).told_epoch, (here).told_m, (here).heard_epoch, (here).heard_m,
    (here).transit, (here).unsure, (here).gone_ms
FROM enter($1, $2, $3, $4)

-- name: raise_to
INSERT INTO epochs VALUES ($1, $2) ON CONFLICT (merchant_id) DO UPDATE SET hq_epoch = $2

-- name: site
SELECT instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms, edits,
    forks, forked_ms, told_epoch, told_m, heard_epoch, heard_m, transit, unsure, gone_ms
FROM sites WHERE merchant_id = $1 AND site = $2 FOR UPDATE

-- name: peeks
SELECT site, instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms,
    edits, forks, forked_ms, told_epoch, told_m, heard_epoch, heard_m, transit, unsure, gone_ms
FROM sites WHERE merchant_id = $1 AND site = ANY($2)

-- name: sites
SELECT site, instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms, written_off_ms,
    edits, forks, forked_ms, told_epoch, told_m, heard_epoch, heard_m, transit, unsure, gone_ms
FROM sites WHERE merchant_id = $1 ORDER BY site

-- name: save
INSERT INTO sites (
    merchant_id, site, instance, instance_no, epoch, acked, head, said, nonce, hq_epoch, confirmed, seen_ms,
    written_off_ms, edits, forks, forked_ms, told_epoch, told_m, heard_epoch, heard_m,
    transit, unsure, gone_ms
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (merchant_id, site) DO UPDATE
SET instance = $3, instance_no = $4, epoch = $5, acked = $6, head = $7, said = $8, nonce = $9, hq_epoch = $10,
    confirmed = $11, seen_ms = $12, written_off_ms = $13, edits = $14,
    forks = $15, forked_ms = $16, told_epoch = $17, told_m = $18, heard_epoch = $19, heard_m = $20,
    transit = $21, unsure = $22, gone_ms = $23

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

-- name: uses_counted
-- Once for a site of which nobody knew: no index serves it alone.
SELECT account, balance FROM balances
WHERE merchant_id = $1 AND account LIKE 'site:%:used:%' AND account NOT LIKE '%:issued:used:%' AND balance <> 0

-- name: hads_counted
-- As above.
SELECT account, balance FROM balances
WHERE merchant_id = $1 AND (account LIKE 'site:%:had:%' OR account LIKE 'site:%:rewarded:%') AND balance <> 0

-- name: extend
-- One statement a batch: ids, the site's row, chain, postings, balances, lots, exceptions. Where an id was taken
-- before, the others are claimed and nothing else is done. Rows of balances and lots are this site's own, so
-- nobody waits for them; ids go in their order, as in `claim`. The long columns come as one text each, a line for
-- each row: to look at every element of an array would cost the client more than all else it does.
WITH claimed AS (
    INSERT INTO claims (merchant_id, site, id, seq, command)
    SELECT $1, $2, batch.id, batch.seq, batch.command
    FROM unnest($12::uuid[], $10::bigint[], $3::bytea[]) AS batch (id, seq, command)
    WHERE batch.command IS NOT NULL
    ORDER BY batch.id, batch.seq
    ON CONFLICT (merchant_id, id) DO NOTHING
    RETURNING seq
), whole AS MATERIALIZED (
    SELECT count(*) = cardinality($3::bytea[]) AS whole FROM claimed
), saved AS (
    UPDATE sites
    SET epoch = $4, acked = $5, head = $6, said = $7, nonce = $8, seen_ms = $9
    WHERE merchant_id = $1 AND site = $2 AND (SELECT whole FROM whole)
), stored AS (
    INSERT INTO entries (merchant_id, site, seq, kind, id, hash, body)
    SELECT $1, $2, batch.seq, batch.kind, batch.id, batch.hash, batch.body
    FROM unnest($10::bigint[], $11::text[], $12::uuid[], $13::bytea[], $14::bytea[])
        AS batch (seq, kind, id, hash, body)
    WHERE (SELECT whole FROM whole)
), posted AS (
    INSERT INTO postings (merchant_id, site, seq, line, account, amount)
    SELECT $1, $2, batch.seq::bigint, batch.line::integer, batch.account, batch.amount::bigint
    FROM unnest(
        string_to_array($15, E'\n'), string_to_array($16, E'\n'), string_to_array($17, E'\n'),
        string_to_array($18, E'\n')
    ) AS batch (seq, line, account, amount)
    WHERE (SELECT whole FROM whole)
), moved AS (
    INSERT INTO balances AS held (merchant_id, account, site, balance, moved, loaded_ms)
    SELECT $1, batch.account, $2, batch.amount::numeric, batch.moved::numeric, batch.loaded_ms::bigint
    FROM unnest(
        string_to_array($19, E'\n'), string_to_array($20, E'\n'), string_to_array($21, E'\n'),
        string_to_array($22, E'\n')
    ) AS batch (account, amount, moved, loaded_ms)
    WHERE (SELECT whole FROM whole)
    ON CONFLICT (merchant_id, account, site) DO UPDATE
    SET balance = held.balance + excluded.balance, moved = held.moved + excluded.moved,
        loaded_ms = greatest(held.loaded_ms, excluded.loaded_ms)
    RETURNING account, balance
), laid AS (
    INSERT INTO lots AS there (merchant_id, account, lot, site, rest)
    SELECT $1, batch.account, batch.lot, $2, batch.amount::numeric
    FROM unnest(string_to_array($23, E'\n'), string_to_array($24, E'\n'), string_to_array($25, E'\n'))
        AS batch (account, lot, amount)
    WHERE (SELECT whole FROM whole)
    ON CONFLICT (merchant_id, account, lot, site) DO UPDATE SET rest = there.rest + excluded.rest
), opened AS (
    INSERT INTO exceptions AS there (merchant_id, kind, site, subject, why, opened_ms)
    SELECT $1, 'negative', $2, account, 'balance ' || balance, $9
    FROM moved
    WHERE NOT starts_with(account, 'site:') AND (
        balance < 0 AND split_part(account, ':', 3) <> 'debt' OR balance > 1 AND split_part(account, ':', 3) = 'coupon'
    )
    ON CONFLICT (merchant_id, kind, site, subject) DO UPDATE
    SET why = excluded.why,
        opened_ms = CASE WHEN there.decision = '' THEN there.opened_ms ELSE excluded.opened_ms END,
        decision = '', decided_by = '', second = '', decided_ms = 0
    WHERE (there.decision = '' OR there.decided_ms < $9) AND EXISTS (
        SELECT 1 FROM unnest(string_to_array($19, E'\n'), string_to_array($20, E'\n')) AS batch (account, amount)
        WHERE batch.account = there.subject AND batch.amount::numeric <> 0
            AND (batch.amount::numeric < 0) = starts_with(excluded.why, 'balance -')
    )
)
SELECT whole FROM whole

-- name: known_again
WITH known AS (
    UPDATE entries SET kind = $4, id = $5 WHERE merchant_id = $1 AND site = $2 AND seq = $3
)
DELETE FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = 'quarantine' AND subject = $6

-- name: lay_terms
INSERT INTO lot_terms (merchant_id, unit, lot, laid, paid, since, until, invoice, sold)
SELECT $1, unit, lot, laid, paid, since, until, invoice, sold
FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])
    AS batch (unit, lot, laid, paid, since, until, invoice, sold)
ORDER BY unit, lot
ON CONFLICT DO NOTHING

-- name: add_listed
UPDATE lot_terms AS noted SET listed = least($5::bigint, greatest(-($5::bigint), noted.listed + batch.listed))
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS batch (unit, lot, listed)
WHERE noted.merchant_id = $1 AND noted.unit = batch.unit AND noted.lot = batch.lot

-- name: open_exceptions
INSERT INTO exceptions AS there (merchant_id, kind, site, subject, why, opened_ms)
SELECT $1, $3, $2, batch.subject, batch.why, $6 FROM unnest($4::text[], $5::text[]) AS batch (subject, why)
ON CONFLICT (merchant_id, kind, site, subject) DO UPDATE
SET why = excluded.why, opened_ms = CASE WHEN there.decision = '' THEN there.opened_ms ELSE excluded.opened_ms END,
    decision = '', decided_by = '', second = '', decided_ms = 0
WHERE $7::bigint IS NOT NULL
    AND CASE WHEN there.decision = '' THEN there.why <> excluded.why ELSE there.decided_ms < $7 END

-- name: close_exception
UPDATE exceptions SET decision = $5, decided_by = $6, second = $7, decided_ms = $8
WHERE merchant_id = $1 AND kind = $2 AND site = $3 AND subject = $4 AND decision = ''
RETURNING true

-- name: noted
SELECT why, opened_ms, decision, decided_by, second, decided_ms FROM exceptions
WHERE merchant_id = $1 AND kind = $2 AND site = $3 AND subject = $4 FOR UPDATE

-- name: subjects
SELECT subject FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = $3 ORDER BY subject

-- name: highest_hq_epoch
SELECT greatest((SELECT max(hq_epoch) FROM sites), (SELECT max(hq_epoch) FROM epochs), 0)

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
SELECT subject::bigint AS seq, why FROM exceptions WHERE merchant_id = $1 AND site = $2 AND kind = 'quarantine'
ORDER BY seq

-- name: balances
SELECT account, balance FROM balances WHERE merchant_id = $1 AND site = $2

-- name: moved
SELECT account, moved AS balance FROM balances WHERE merchant_id = $1 AND site = $2

-- name: posted
SELECT account, sum(amount) AS balance FROM postings WHERE merchant_id = $1 AND site = $2 GROUP BY account

-- name: counter_rises
WITH risen AS (
    INSERT INTO chip_counters AS kept (merchant_id, card, counter) VALUES ($1, $2, $3)
    ON CONFLICT (merchant_id, card) DO UPDATE SET counter = EXCLUDED.counter WHERE kept.counter < EXCLUDED.counter
    RETURNING counter
), noted AS (
    INSERT INTO chip_seen (merchant_id, card, counter, site) SELECT $1, $2, counter, $4 FROM risen
    ON CONFLICT DO NOTHING
), old AS (
    DELETE FROM chip_seen
    WHERE merchant_id = $1 AND card = $2 AND counter < $3 - $5::bigint AND EXISTS (SELECT FROM risen)
)
SELECT counter FROM risen

-- name: counter_late
WITH fresh AS (
    INSERT INTO chip_seen (merchant_id, card, counter, site, report) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
    RETURNING counter
), risen AS (
    INSERT INTO chip_counters AS kept (merchant_id, card, counter) SELECT $1, $2, counter FROM fresh
    ON CONFLICT (merchant_id, card) DO UPDATE SET counter = EXCLUDED.counter WHERE kept.counter < EXCLUDED.counter
)
SELECT site, report FROM chip_seen
WHERE merchant_id = $1 AND card = $2 AND counter = $3 AND NOT EXISTS (SELECT FROM fresh)
