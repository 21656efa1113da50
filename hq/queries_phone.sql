-- name: keep_phone_code
-- Not while the last one is young, and no more than so many a day.
INSERT INTO phone_codes AS known (merchant_id, phone, mac, until_ms, sent_ms, since_ms)
VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (merchant_id, phone) DO UPDATE
SET mac = excluded.mac, until_ms = excluded.until_ms, attempts = 0, sent_ms = excluded.sent_ms,
    since_ms = CASE WHEN known.since_ms <= $5 - $8::bigint THEN $5 ELSE known.since_ms END,
    sent = CASE WHEN known.since_ms <= $5 - $8::bigint THEN 1 ELSE known.sent + 1 END
WHERE known.sent_ms <= $5 - $6::bigint AND (known.sent < $7::integer OR known.since_ms <= $5 - $8::bigint)
RETURNING true

-- name: phone_codes_over
SELECT sent >= $4::integer AND since_ms > $3 FROM phone_codes WHERE merchant_id = $1 AND phone = $2

-- name: try_phone_code
-- Counted before anything is compared.
UPDATE phone_codes SET attempts = attempts + 1
WHERE merchant_id = $1 AND phone = $2 AND until_ms > $3 AND attempts < $4
RETURNING mac, until_ms

-- name: use_phone_code
UPDATE phone_codes SET until_ms = 0 WHERE merchant_id = $1 AND phone = $2 AND mac = $3 AND until_ms = $4

-- name: tidy_phones
WITH codes AS (DELETE FROM phone_codes WHERE merchant_id = $1 AND since_ms <= $2)
DELETE FROM phone_sessions WHERE merchant_id = $1 AND until_ms <= $3

-- name: add_phone_session
INSERT INTO phone_sessions (merchant_id, id, phone, wallet, until_ms) VALUES ($1, $2, $3, $4, $5)

-- name: phone_session
SELECT phone, wallet FROM phone_sessions WHERE merchant_id = $1 AND id = $2 AND until_ms > $3

-- name: end_phone_session
DELETE FROM phone_sessions WHERE merchant_id = $1 AND id = $2

-- name: phone_member
-- Whom a phone leads to now; `since`: when the wallet was given to who holds it now.
SELECT wallets.root AS wallet, keys.shown, coalesce(max(profiles.since), 0) AS since,
    array_agg(DISTINCT kin.wallet ORDER BY kin.wallet) AS wallets
FROM keys
JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = keys.wallet
JOIN wallets AS kin ON kin.merchant_id = $1 AND kin.root = wallets.root
LEFT JOIN profiles ON profiles.merchant_id = $1 AND profiles.wallet = kin.wallet
WHERE keys.merchant_id = $1 AND keys.token = $2 AND keys.card IS NULL
GROUP BY wallets.root, keys.shown

-- name: phone_held
-- What a wallet has, wherever it lies: here, at a site, on its way; less what was spent beyond rights.
SELECT substring(account FROM '^[^:]*:[^:]*:(.*)$') AS unit, sum(amount)::bigint AS amount FROM (
    SELECT account, balance AS amount FROM balances WHERE merchant_id = $1 AND starts_with(account, $2)
    UNION ALL
    SELECT account, -amount FROM written_off WHERE merchant_id = $1 AND starts_with(account, $2)
    UNION ALL
    SELECT account, balance FROM pool WHERE merchant_id = $1 AND starts_with(account, $2)
    UNION ALL
    SELECT account, amount FROM moving WHERE merchant_id = $1 AND starts_with(account, $2) AND granted
    UNION ALL
    SELECT account, -rest FROM overdrafts WHERE merchant_id = $1 AND starts_with(account, $2)
) AS lines GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1

-- name: phone_tier
SELECT tier FROM wallets WHERE merchant_id = $1 AND wallet = $2

-- name: phone_cards
-- Those that lead to a wallet now, and are not lost, frozen or dead.
SELECT DISTINCT keys.card, keys.shown, keys.kind FROM keys
WHERE keys.merchant_id = $1 AND keys.wallet = ANY($2) AND keys.card IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM hot WHERE hot.merchant_id = $1 AND hot.card = keys.card AND hot.state <> 'active'
)
ORDER BY keys.shown, keys.card

-- name: phone_coupons
SELECT terms FROM coupons
WHERE merchant_id = $1 AND coupon = ANY($2) AND withdrawn = '' ORDER BY coupon COLLATE "C"

-- name: phone_vouchers
-- By unit when it begins and ends: of several lots, when all have begun and the first ends.
SELECT unit, max(since) AS since, coalesce(min(nullif(until, '')), '') AS until FROM lot_terms
WHERE merchant_id = $1 AND unit = ANY($2) GROUP BY unit

-- name: phone_ends
-- What lies of those accounts in lots that end, by the last business day of each.
SELECT parts.unit, terms.until, sum(parts.rest)::bigint AS rest FROM (
    SELECT lot, rest, substring(account FROM '^[^:]*:[^:]*:(.*)$') AS unit FROM lots
    WHERE merchant_id = $1 AND account = ANY($2) AND rest > 0
) AS parts
JOIN lot_terms AS terms ON terms.merchant_id = $1 AND terms.unit = parts.unit AND terms.lot = parts.lot
WHERE terms.until <> '' GROUP BY parts.unit, terms.until ORDER BY parts.unit, terms.until

-- name: phone_as_of
-- Of the sites that hold something of it, or did: the one that was silent longest.
SELECT coalesce(min(sites.seen_ms), 0) FROM sites
WHERE sites.merchant_id = $1 AND sites.written_off_ms = 0 AND EXISTS (
    SELECT 1 FROM wallet_entries
    WHERE wallet_entries.merchant_id = $1 AND wallet_entries.wallet = ANY($2) AND wallet_entries.site = sites.site
)

-- name: phone_unread
SELECT sites.site, coalesce(done.seq, 0) AS seq, sites.acked FROM sites
LEFT JOIN wallet_entries_read AS done ON done.merchant_id = $1 AND done.site = sites.site
WHERE sites.merchant_id = $1 AND sites.acked > coalesce(done.seq, 0) ORDER BY sites.site

-- name: phone_note
INSERT INTO wallet_entries (merchant_id, wallet, site, seq)
SELECT DISTINCT $1, split_part(account, ':', 2), $2, seq FROM postings
WHERE merchant_id = $1 AND site = $2 AND seq > $3 AND seq <= $4 AND starts_with(account, 'wallet:')
ON CONFLICT DO NOTHING

-- name: phone_noted
INSERT INTO wallet_entries_read AS known (merchant_id, site, seq) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, site) DO UPDATE SET seq = excluded.seq WHERE known.seq < excluded.seq

-- name: phone_entries
-- The last of each wallet at each site; an id is made of its time, so the newest come first by that.
SELECT entries.site, entries.seq, entries.hash, entries.body FROM (
    SELECT DISTINCT site, seq FROM wallet_entries WHERE merchant_id = $1 AND wallet = ANY($2)
) AS mine
JOIN entries ON entries.merchant_id = $1 AND entries.site = mine.site AND entries.seq = mine.seq
WHERE entries.id IS NOT NULL AND entries.kind = ANY($3) ORDER BY entries.id DESC LIMIT $4 OFFSET $5

-- name: phone_entry
SELECT entries.site, entries.seq, entries.hash, entries.body FROM claims
JOIN entries ON entries.merchant_id = $1 AND entries.site = claims.site AND entries.seq = claims.seq
WHERE claims.merchant_id = $1 AND claims.id = $2

-- name: phone_entry_of
-- The same, where it moved one of these wallets.
SELECT entries.site, entries.seq, entries.hash, entries.body FROM claims
JOIN entries ON entries.merchant_id = $1 AND entries.site = claims.site AND entries.seq = claims.seq
WHERE claims.merchant_id = $1 AND claims.id = $2 AND EXISTS (
    SELECT 1 FROM wallet_entries AS mine WHERE mine.merchant_id = $1 AND mine.wallet = ANY($3)
        AND mine.site = claims.site AND mine.seq = claims.seq
)
