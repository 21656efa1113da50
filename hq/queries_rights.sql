-- name: direct
-- Feeds are locked by the name of their site.
WITH orders AS (
    SELECT place, site, id, not_before_ms, directive
    FROM unnest($3::text[], $4::uuid[], $5::bigint[], $6::text[]) WITH ORDINALITY
        AS batch (site, id, not_before_ms, directive, place)
), heads AS (
    INSERT INTO feeds AS head (merchant_id, site, hq_epoch, last_m)
    SELECT $1, site, $2, count(*) FROM orders GROUP BY site ORDER BY site
    ON CONFLICT (merchant_id, site) DO UPDATE
    SET hq_epoch = excluded.hq_epoch,
        last_m = excluded.last_m + CASE WHEN head.hq_epoch = excluded.hq_epoch THEN head.last_m ELSE 0 END
    RETURNING site, last_m
), fed AS (
    INSERT INTO feed (merchant_id, site, hq_epoch, m, id, not_before_ms, directive)
    SELECT $1, site, $2,
        heads.last_m - count(*) OVER (PARTITION BY site) + row_number() OVER (PARTITION BY site ORDER BY place),
        id, not_before_ms, directive
    FROM orders JOIN heads USING (site)
)
INSERT INTO moving (merchant_id, site, id, account, amount, granted)
SELECT $1, site, id, account, sum(amount), granted
FROM unnest($7::text[], $8::uuid[], $9::text[], $10::bigint[], $11::boolean[])
    AS batch (site, id, account, amount, granted)
GROUP BY site, id, account, granted

-- name: feed_after
SELECT m, id, not_before_ms, directive FROM feed
WHERE merchant_id = $1 AND site = $2 AND hq_epoch = $3 AND m > $4 ORDER BY m LIMIT $5

-- name: fed
SELECT site, last_m FROM feeds WHERE merchant_id = $1 AND site = ANY($2) AND hq_epoch = $3

-- name: feed_heads
SELECT site, last_m FROM feeds WHERE merchant_id = $1 AND hq_epoch = $2 AND site = ANY($3::text[])

-- name: applied
WITH mine AS (
    UPDATE feed SET applied_seq = batch.seq
    FROM unnest($3::uuid[], $4::bigint[]) AS batch (id, seq)
    WHERE feed.merchant_id = $1 AND feed.site = $2 AND feed.id = batch.id
    RETURNING feed.id, feed.directive
), gone AS (
    DELETE FROM moving USING mine WHERE moving.merchant_id = $1 AND moving.id = mine.id
    RETURNING moving.id, moving.account, moving.amount
)
SELECT mine.id, mine.directive, gone.account, gone.amount FROM mine LEFT JOIN gone ON gone.id = mine.id

-- name: directed
SELECT site, bool_or(applied_seq IS NOT NULL) AS applied FROM feed
WHERE merchant_id = $1 AND directive = $2 GROUP BY site

-- name: waits
SELECT EXISTS (
    SELECT 1 FROM feed WHERE merchant_id = $1 AND site = $2 AND applied_seq IS NULL AND directive = $3
)

-- name: told_given
SELECT directive, applied_seq FROM feed WHERE merchant_id = $1 AND site = $2 AND starts_with(directive, $3)
ORDER BY hq_epoch, m

-- name: covers_unapplied
SELECT id, directive FROM feed
WHERE merchant_id = $1 AND site = $2 AND hq_epoch < $3 AND applied_seq IS NULL AND starts_with(directive, '{"type":"covered"')
ORDER BY hq_epoch, m

-- name: cover_less
-- Nothing is left of it: it goes.
WITH gone AS (DELETE FROM feed WHERE merchant_id = $1 AND id = $2 AND $3::text IS NULL)
UPDATE feed SET directive = $3 WHERE merchant_id = $1 AND id = $2 AND $3::text IS NOT NULL

-- name: renumber_apart
-- Below zero first, so that no number stands for two on the way.
WITH rest AS (
    SELECT id, row_number() OVER (ORDER BY hq_epoch, m) AS n
    FROM feed WHERE merchant_id = $1 AND site = $2 AND applied_seq IS NULL
)
UPDATE feed SET hq_epoch = $3, m = -rest.n FROM rest WHERE feed.merchant_id = $1 AND feed.id = rest.id

-- name: renumber
WITH rest AS (
    UPDATE feed SET m = -m WHERE merchant_id = $1 AND site = $2 AND hq_epoch = $3 AND m < 0 RETURNING id
)
INSERT INTO feeds (merchant_id, site, hq_epoch, last_m) SELECT $1, $2, $3, count(*) FROM rest
ON CONFLICT (merchant_id, site) DO UPDATE SET hq_epoch = excluded.hq_epoch, last_m = excluded.last_m

-- name: lock_pots
-- After `make_pots`: whoever still had to make one while it holds others would close a ring.
SELECT account, balance, withdrawn FROM pool WHERE merchant_id = $1 AND account = ANY($2)
ORDER BY account FOR UPDATE

-- name: make_pots
INSERT INTO pool (merchant_id, account, balance)
SELECT $1, named.account, 0 FROM unnest($2::text[]) AS named (account) ORDER BY named.account
ON CONFLICT DO NOTHING

-- name: pot_details
-- One statement, so that what a site holds and what is on its way to it are seen at one moment. By arrays, not by
-- joins: an index is entered by all of its key then, whatever is known of the tables.
WITH parts AS MATERIALIZED (
    SELECT account, lot, rest, substring(account FROM '^[^:]*:[^:]*:(.*)$') AS unit
    FROM lots WHERE merchant_id = $1 AND account = ANY($2) AND site = '' AND rest > 0
), noted AS MATERIALIZED (
    SELECT unit, lot, laid, paid, since, until, invoice, listed, sold FROM lot_terms
    WHERE merchant_id = $1 AND unit = ANY(ARRAY(SELECT unit FROM parts)) AND lot = ANY(ARRAY(SELECT lot FROM parts))
)
SELECT 'held' AS what, held.account, jsonb_build_object(
    'site', held.site, 'account', held.account, 'balance', held.balance - coalesce(gone.amount, 0),
    'loaded_ms', held.loaded_ms, 'kept_ms', held.kept_ms, 'seen_ms', sites.seen_ms,
    'gone', sites.written_off_ms > 0)::text AS detail
FROM balances AS held
JOIN sites ON sites.merchant_id = $1 AND sites.site = held.site
LEFT JOIN written_off AS gone
    ON gone.merchant_id = $1 AND gone.account = held.account AND gone.site = held.site
WHERE held.merchant_id = $1 AND held.account = ANY($3)
UNION ALL
SELECT 'lot', parts.account, jsonb_build_object('amount', parts.rest, 'terms', to_jsonb(noted))::text
FROM parts JOIN noted ON noted.unit = parts.unit AND noted.lot = parts.lot
UNION ALL
SELECT 'overdraft', account, jsonb_build_object(
    'site', site, 'id', id, 'account', account, 'lot', lot, 'amount', amount, 'rest', rest,
    'opened_ms', opened_ms)::text
FROM overdrafts WHERE merchant_id = $1 AND account = ANY($3) AND rest > 0
UNION ALL
SELECT 'moving', account, jsonb_build_object(
    'id', id, 'site', site, 'account', account, 'granted', granted, 'amount', amount)::text
FROM moving WHERE merchant_id = $1 AND account = ANY($3)
UNION ALL
SELECT 'waiting', account, jsonb_build_object(
    'ask', ask, 'site', site, 'account', account, 'amount', amount, 'until_ms', until_ms)::text
FROM waiting WHERE merchant_id = $1 AND account = ANY($3)
UNION ALL
SELECT 'coupon', coupon, terms FROM coupons WHERE merchant_id = $1 AND coupon = ANY($4)
UNION ALL
SELECT 'ends', coupons.coupon, ''
FROM coupons
JOIN wallets ON wallets.merchant_id = $1 AND wallets.opened_by = coupons.pack AND wallets.root <> wallets.wallet
WHERE coupons.merchant_id = $1 AND coupons.coupon = ANY($4)
UNION ALL
SELECT 'ends', coupon, withdrawn FROM coupons
WHERE merchant_id = $1 AND coupon = ANY($4) AND withdrawn <> ''

-- name: keep_pool
UPDATE pool SET balance = batch.balance, withdrawn = batch.withdrawn
FROM unnest($2::text[], $3::numeric[], $4::numeric[]) AS batch (account, balance, withdrawn)
WHERE pool.merchant_id = $1 AND pool.account = batch.account

-- name: keep_lots
INSERT INTO lots (merchant_id, account, lot, site, rest)
SELECT $1, account, lot, '', rest FROM unnest($2::text[], $3::text[], $4::numeric[]) AS batch (account, lot, rest)
ON CONFLICT (merchant_id, account, lot, site) DO UPDATE SET rest = excluded.rest

-- name: keep_overdrafts
INSERT INTO overdrafts (merchant_id, site, id, account, lot, amount, rest, opened_ms)
SELECT $1, site, id, account, lot, amount, rest, opened_ms
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[])
    AS batch (site, id, account, lot, amount, rest, opened_ms)
ON CONFLICT (merchant_id, site, id, account, lot) DO UPDATE SET amount = excluded.amount, rest = excluded.rest

-- name: keep_kept
-- Rows of the site that pushes, under the lock of its own row.
UPDATE balances SET kept_ms = batch.kept_ms
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS batch (account, site, kept_ms)
WHERE balances.merchant_id = $1 AND balances.account = batch.account AND balances.site = batch.site

-- name: drop_waiting
DELETE FROM waiting USING unnest($2::text[], $3::uuid[]) AS batch (account, ask)
WHERE waiting.merchant_id = $1 AND waiting.account = batch.account AND waiting.ask = batch.ask

-- name: keep_waiting
INSERT INTO waiting (merchant_id, account, ask, site, amount, until_ms)
SELECT $1, account, ask, site, amount, until_ms
FROM unnest($2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::bigint[])
    AS batch (account, ask, site, amount, until_ms)
ON CONFLICT (merchant_id, account, ask) DO UPDATE SET amount = excluded.amount

-- name: covered
UPDATE exceptions SET decision = 'covered', decided_ms = $3
WHERE merchant_id = $1 AND kind = 'uncovered' AND decision = '' AND subject = ANY($2)
AND NOT EXISTS (
    SELECT 1 FROM overdrafts AS owed
    WHERE owed.merchant_id = $1 AND owed.site = exceptions.site AND owed.id = exceptions.subject::uuid
    AND owed.rest > 0
)

-- name: wanting
WITH asked AS (
    SELECT batch.account, wallets.root, substring(batch.account FROM '^[^:]*:[^:]*:(.*)$') AS unit
    FROM unnest($3::text[]) AS batch (account)
    LEFT JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = split_part(batch.account, ':', 2)
        AND starts_with(batch.account, 'wallet:')
), named AS (
    SELECT account, unit, account AS name, coalesce('wallet:' || root || ':' || unit, account) AS pooled FROM asked
    UNION
    SELECT asked.account, asked.unit, 'wallet:' || wallets.wallet || ':' || asked.unit,
        'wallet:' || asked.root || ':' || asked.unit
    FROM asked JOIN wallets ON wallets.merchant_id = $1 AND wallets.root = asked.root
)
SELECT DISTINCT account FROM named
WHERE EXISTS (
    SELECT 1 FROM overdrafts AS owed
    WHERE owed.merchant_id = $1 AND owed.account = named.name AND owed.rest > 0
) OR EXISTS (
    SELECT 1 FROM waiting WHERE waiting.merchant_id = $1 AND waiting.account = named.name
) OR EXISTS (
    SELECT 1 FROM coupons
    WHERE coupons.merchant_id = $1 AND coupons.coupon = substr(named.unit, 8) AND coupons.withdrawn <> ''
        AND starts_with(named.unit, 'coupon:')
) OR (
    (unit = 'bonus' OR starts_with(unit, 'coupon:') OR starts_with(unit, 'voucher:') OR starts_with(unit, 'count:'))
    AND EXISTS (
        SELECT 1 FROM balances AS held WHERE held.merchant_id = $1 AND held.balance < 0
        AND held.account = replace(named.name, ':' || unit, ':debt:' || unit)
    )
) OR (
    unit IN ('principal', 'bonus')
    AND EXISTS (
        SELECT 1 FROM balances AS held WHERE held.merchant_id = $1 AND held.account = named.account
        AND held.site = $2 AND held.balance > $5
    )
    AND coalesce(
        (SELECT balance FROM pool WHERE pool.merchant_id = $1 AND pool.account = named.pooled), 0) < $4
)

-- name: lots_at
SELECT lots.site, lots.lot, lots.rest FROM lots
JOIN sites ON sites.merchant_id = $1 AND sites.site = lots.site AND sites.written_off_ms = 0
WHERE lots.merchant_id = $1 AND lots.account = ANY($2) AND lots.rest > 0
ORDER BY lots.account, lots.lot, lots.site

-- name: unpaid
SELECT terms.lot FROM lot_terms AS terms
JOIN claims ON claims.merchant_id = $1 AND claims.id = CASE WHEN terms.lot ~ '^[0-9a-f-]{36}$' THEN terms.lot::uuid END
JOIN entries ON entries.merchant_id = $1 AND entries.site = claims.site AND entries.seq = claims.seq
WHERE terms.merchant_id = $1 AND terms.unit = $2 AND terms.lot = ANY($3) AND terms.paid = 0 AND entries.kind <> 'import'

-- name: asks
SELECT id, site, outcome, code, body FROM asks WHERE merchant_id = $1 AND id = ANY($2)

-- name: save_asks
INSERT INTO asks (merchant_id, id, site, outcome, code, body, asked_ms)
SELECT $1, id, site, outcome, code, body, $2
FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::bytea[]) AS batch (id, site, outcome, code, body)

-- name: sale
SELECT coalesce(holders.site, claims.site) AS holder, claims.site, claims.seq, entries.body
FROM claims
JOIN entries USING (merchant_id, site, seq)
LEFT JOIN sale_holders AS holders ON holders.merchant_id = $1 AND holders.sale = claims.id
WHERE claims.merchant_id = $1 AND claims.id = $2 AND entries.kind = 'sale'

-- name: undone_of
SELECT entries.body FROM undone JOIN entries USING (merchant_id, site, seq)
WHERE undone.merchant_id = $1 AND undone.of = $2 ORDER BY undone.site, undone.seq

-- name: hold_sale
INSERT INTO sale_holders (merchant_id, sale, site) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, sale) DO UPDATE SET site = $3

-- name: terms
SELECT terms.unit, terms.lot, terms.laid, terms.paid, terms.since, terms.until, terms.invoice, terms.listed,
    terms.sold
FROM unnest($2::text[], $3::text[]) AS batch (unit, lot)
JOIN lot_terms AS terms ON terms.merchant_id = $1 AND terms.unit = batch.unit AND terms.lot = batch.lot
ORDER BY terms.unit, terms.lot

-- name: outstanding
WITH causes AS (
    SELECT account, opened_ms AS since FROM overdrafts WHERE merchant_id = $1 AND rest > 0
    UNION ALL
    SELECT account, until_ms FROM waiting WHERE merchant_id = $1
)
SELECT account FROM (
    SELECT coalesce(
        'wallet:' || wallets.root || ':' || substring(causes.account FROM '^[^:]*:[^:]*:(.*)$'), causes.account
    ) AS account, min(causes.since) AS since
    FROM causes
    LEFT JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = split_part(causes.account, ':', 2)
        AND starts_with(causes.account, 'wallet:')
    GROUP BY 1
) AS found ORDER BY since, account LIMIT $2

-- name: merchants
SELECT DISTINCT merchant_id FROM sites ORDER BY merchant_id

-- name: merchants_outstanding
SELECT merchant_id FROM overdrafts WHERE rest > 0 UNION SELECT merchant_id FROM waiting ORDER BY merchant_id

-- name: ending
SELECT DISTINCT pool.account
FROM pool
JOIN coupons ON coupons.merchant_id = $1
    AND 'coupon:' || coupons.coupon = substring(pool.account FROM '^[^:]*:[^:]*:(.*)$')
JOIN wallets ON wallets.merchant_id = $1 AND wallets.opened_by = coupons.pack AND wallets.root <> wallets.wallet
WHERE pool.merchant_id = $1 AND pool.balance > 0
UNION
SELECT held.account FROM coupons
JOIN (
    SELECT account, balance FROM pool WHERE merchant_id = $1
    UNION ALL SELECT account, balance FROM balances WHERE merchant_id = $1
) AS held ON 'coupon:' || coupons.coupon = substring(held.account FROM '^[^:]*:[^:]*:(.*)$')
WHERE coupons.merchant_id = $1 AND coupons.withdrawn <> '' AND held.balance > 0 ORDER BY account

-- name: make_wallets
INSERT INTO wallets (merchant_id, wallet, root, tier, opened_ms)
SELECT $1, named.wallet, named.wallet, 'regular', 0 FROM unnest($2::text[]) AS named (wallet)
ON CONFLICT DO NOTHING

-- name: unite_wallets
UPDATE wallets SET root = $3 WHERE merchant_id = $1 AND root = $2

-- name: touched_by_unite
SELECT account FROM pool WHERE merchant_id = $1 AND starts_with(account, $2)
UNION SELECT account FROM overdrafts WHERE merchant_id = $1 AND starts_with(account, $2) AND rest > 0
UNION SELECT account FROM waiting WHERE merchant_id = $1 AND starts_with(account, $2)

-- name: unite_pool
WITH gone AS (
    DELETE FROM pool WHERE merchant_id = $1 AND starts_with(account, $2)
    RETURNING account, balance, withdrawn
)
INSERT INTO pool AS there (merchant_id, account, balance, withdrawn)
SELECT $1, $3 || substr(account, length($2) + 1), balance, withdrawn FROM gone
ON CONFLICT (merchant_id, account) DO UPDATE
SET balance = there.balance + excluded.balance, withdrawn = there.withdrawn + excluded.withdrawn

-- name: unite_lots
WITH gone AS (
    DELETE FROM lots WHERE merchant_id = $1 AND starts_with(account, $2) AND site = ''
    RETURNING account, lot, rest
)
INSERT INTO lots AS there (merchant_id, account, lot, site, rest)
SELECT $1, $3 || substr(account, length($2) + 1), lot, '', rest FROM gone
ON CONFLICT (merchant_id, account, lot, site) DO UPDATE SET rest = there.rest + excluded.rest

-- name: held_by_dead
INSERT INTO written_off (merchant_id, account, site, amount)
SELECT $1, account, site, balance FROM balances
WHERE merchant_id = $1 AND site = $2 AND balance > 0 AND NOT starts_with(account, 'site:')
RETURNING account, amount

-- name: lots_of_dead
DELETE FROM lots WHERE merchant_id = $1 AND site = $2 RETURNING account, lot, rest

-- name: late_of_dead
-- What its balances are now is written off; what they moved since it was, is what came late.
WITH late AS (
    SELECT balances.account, balances.balance, balances.balance - coalesce(gone.amount, 0) AS amount
    FROM balances
    LEFT JOIN written_off AS gone
        ON gone.merchant_id = $1 AND gone.account = balances.account AND gone.site = $2
    WHERE balances.merchant_id = $1 AND balances.site = $2 AND balances.account = ANY($3)
), settled AS (
    INSERT INTO written_off (merchant_id, account, site, amount)
    SELECT $1, account, $2, balance FROM late WHERE amount <> 0
    ON CONFLICT (merchant_id, account, site) DO UPDATE SET amount = excluded.amount
)
SELECT account, amount FROM late WHERE amount <> 0

-- name: of_dead
SELECT claims.id FROM claims JOIN sites USING (merchant_id, site)
WHERE claims.merchant_id = $1 AND claims.id = ANY($2) AND sites.written_off_ms > 0

-- name: feed_of_dead
DELETE FROM feed WHERE merchant_id = $1 AND site = $2 AND applied_seq IS NULL RETURNING directive

-- name: moving_of_dead
WITH gone AS (DELETE FROM moving WHERE merchant_id = $1 AND site = $2 RETURNING account, amount, granted)
INSERT INTO transit_given_up
SELECT $1, $2, account, sum(amount) FROM gone WHERE granted GROUP BY account

-- name: waiting_of_dead
DELETE FROM waiting WHERE merchant_id = $1 AND site = $2

-- name: into_pool
INSERT INTO pool AS there (merchant_id, account, balance)
SELECT $1, account, sum(amount) FROM unnest($2::text[], $3::numeric[]) AS batch (account, amount)
GROUP BY account ORDER BY account
ON CONFLICT (merchant_id, account) DO UPDATE SET balance = there.balance + excluded.balance

-- name: lots_into_pool
INSERT INTO lots AS there (merchant_id, account, lot, site, rest)
SELECT $1, account, lot, '', sum(rest) FROM unnest($2::text[], $3::text[], $4::numeric[]) AS batch (account, lot, rest)
GROUP BY account, lot ORDER BY account, lot
ON CONFLICT (merchant_id, account, lot, site) DO UPDATE SET rest = there.rest + excluded.rest

-- name: totals
WITH lines AS (
    SELECT account, balance - moved AS facts, 0 AS pool, 0 AS withdrawn, balance AS held, 0 AS transit,
        0 AS overdrawn, 0 AS settled
    FROM balances WHERE merchant_id = $1 AND NOT starts_with(account, 'site:')
        AND split_part(account, ':', 3) <> 'debt'
    UNION ALL
    SELECT account, 0, 0, 0, -amount, 0, 0, 0 FROM written_off WHERE merchant_id = $1
    UNION ALL
    SELECT account, 0, balance, withdrawn, 0, 0, 0, 0 FROM pool
    WHERE merchant_id = $1 AND split_part(account, ':', 3) <> 'debt'
    UNION ALL
    SELECT regexp_replace(account, '^([^:]*:[^:]*):debt:', '\1:'), 0, 0, 0, 0, 0, 0, settled FROM (
        SELECT account, balance AS settled FROM pool WHERE merchant_id = $1
        UNION ALL
        SELECT account, moved FROM balances WHERE merchant_id = $1 AND NOT starts_with(account, 'site:')
        UNION ALL
        SELECT account, amount FROM moving WHERE merchant_id = $1 AND granted
        UNION ALL
        SELECT account, -rest FROM overdrafts WHERE merchant_id = $1
    ) AS debts WHERE split_part(account, ':', 3) = 'debt'
    UNION ALL
    SELECT account, 0, 0, 0, 0, amount, 0, 0 FROM moving
    WHERE merchant_id = $1 AND granted AND split_part(account, ':', 3) <> 'debt'
    UNION ALL
    SELECT account, CASE WHEN site = '' THEN 0 ELSE -amount END, 0, 0, 0, 0, rest, 0
    FROM overdrafts WHERE merchant_id = $1 AND split_part(account, ':', 3) <> 'debt'
)
SELECT coalesce(
        'wallet:' || wallets.root || ':' || substring(lines.account FROM '^[^:]*:[^:]*:(.*)$'), lines.account
    ) AS account,
    sum(facts) AS facts, sum(pool) AS pool, sum(withdrawn) AS withdrawn, sum(held) AS held, sum(transit) AS transit,
    sum(overdrawn) AS overdrawn, sum(settled) AS settled
FROM lines
LEFT JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = split_part(lines.account, ':', 2)
    AND starts_with(lines.account, 'wallet:')
GROUP BY 1 ORDER BY 1

-- name: at_risk
SELECT sites.site, sites.seen_ms, sites.said, sites.acked, sites.written_off_ms, sites.gone_ms, sites.unsure,
    sites.transit + coalesce((
        SELECT sum(gone.amount) FROM written_off AS gone
        WHERE gone.merchant_id = sites.merchant_id AND gone.site = sites.site AND gone.amount > 0
            AND in_fen(gone.account)
    ), 0) AS held,
    coalesce((
        SELECT sum(owed.rest) FROM overdrafts AS owed
        WHERE owed.merchant_id = sites.merchant_id AND owed.site = sites.site AND owed.rest > 0
            AND owed.account LIKE 'wallet:%:principal'
    ), 0) AS open,
    -- Of the last entries that are here: what moved on members' money, by entry.
    coalesce((
        SELECT round(sum(abs(amount)) / least(sites.acked, $2))
        FROM entries JOIN postings USING (merchant_id, site, seq)
        WHERE merchant_id = sites.merchant_id AND site = sites.site AND seq > sites.acked - $2
            AND kind NOT IN ('directive', 'rights_back')
            AND (account LIKE 'wallet:%:principal' OR account LIKE 'wallet:%:bonus')
    ), 0) AS an_entry
FROM sites WHERE merchant_id = $1 ORDER BY sites.site

-- name: in_transit
SELECT coalesce(sum(amount), 0) FROM moving WHERE merchant_id = $1 AND site = $2 AND granted AND in_fen(account)

-- name: lacking
SELECT coalesce(sum(rest), 0) FROM overdrafts WHERE merchant_id = $1 AND site = '' AND rest > 0 AND in_fen(account)

-- name: apart_at_risk
WITH lines AS (
    SELECT site, account, amount AS held, 0 AS open FROM written_off WHERE merchant_id = $1 AND amount > 0
    UNION ALL
    SELECT site, account, amount, 0 FROM transit_given_up WHERE merchant_id = $1
    UNION ALL
    SELECT site, account, 0, rest FROM overdrafts WHERE merchant_id = $1 AND rest > 0
)
SELECT site, counted_apart(account) AS kind, sum(held) AS held, sum(open) AS open FROM lines
WHERE counted_apart(account) <> '' GROUP BY 1, 2 ORDER BY 1, 2

-- name: count_wallets
SELECT count(*) FROM wallets WHERE merchant_id = $1 AND root = wallet
