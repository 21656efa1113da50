-- name: came_wallets
-- Whom entries of this site served: not for what was written off, or moved by headquarters. Of a sale for cash alone,
-- of whoever was given a wallet, and of what moves nothing, only their own words tell (as `core.coming.attended`).
SELECT DISTINCT split_part(postings.account, ':', 2) AS wallet FROM postings
JOIN entries ON entries.merchant_id = $1 AND entries.site = $2 AND entries.seq = postings.seq
WHERE postings.merchant_id = $1 AND postings.site = $2 AND postings.seq > $3 AND postings.seq <= $4
    AND starts_with(postings.account, 'wallet:') AND entries.kind NOT IN ('directive', 'expiry', 'merge_part', 'rights_back')
UNION
SELECT CASE told.kind
    WHEN 'merge' THEN told.said ->> 'into'
    WHEN 'note' THEN substr(told.said ->> 'detail', strpos(told.said ->> 'detail', ':') + 1)
    ELSE coalesce(told.wallet, told.said ->> 'wallet') END
FROM (
    SELECT kind, body -> 'payload' AS said, body ->> 'wallet' AS wallet, body -> 'at' ->> 'operator' AS operator
    FROM (
        SELECT kind, convert_from(body, 'UTF8')::jsonb AS body FROM entries
        WHERE merchant_id = $1 AND site = $2 AND seq > $3 AND seq <= $4 AND id IS NOT NULL AND kind IN (
            'sale', 'transfer', 'card', 'card_state', 'consent', 'merge', 'note', 'pin', 'profile', 'service'
        )
    ) AS read
) AS told
WHERE CASE told.kind
    WHEN 'card_state' THEN told.said ->> 'state' <> 'expired' AND coalesce(told.said ->> 'batch', '') = ''
    WHEN 'note' THEN told.said ->> 'what' = 'own_data'
    WHEN 'profile' THEN told.operator IS DISTINCT FROM 'retention'
    WHEN 'service' THEN coalesce(told.said ->> 'ends', '') <> 'true'
    ELSE TRUE END

-- name: came
INSERT INTO came AS known (merchant_id, wallet, day)
SELECT $1, wallet, $3 FROM unnest($2::text[]) AS batch (wallet) ORDER BY wallet
ON CONFLICT (merchant_id, wallet) DO UPDATE SET day = excluded.day, lapsed = '{}', forgotten = 0
WHERE known.day < excluded.day

-- name: looked_through
SELECT site, read_seq FROM set_sites WHERE merchant_id = $1 AND site <> ''

-- name: begin_came
-- Of whom nothing is known yet: from now on.
INSERT INTO came (merchant_id, wallet, day)
SELECT $1, wallet, $2 FROM wallets WHERE wallets.merchant_id = $1 AND wallets.wallet = wallets.root
    AND NOT EXISTS (SELECT FROM came WHERE came.merchant_id = $1 AND came.wallet = wallets.wallet)
ORDER BY wallet LIMIT $3 ON CONFLICT DO NOTHING

-- name: idle
-- Of whom something is known, who came by no wallet of theirs after that day, and of whom that was not said yet.
-- To whom a chain says that it was given the site knows that gave it, if nobody has told more of them.
SELECT came.wallet FROM came
JOIN wallets ON wallets.merchant_id = $1 AND wallets.wallet = came.wallet AND wallets.root = came.wallet
WHERE came.merchant_id = $1 AND came.wallet > $2 AND came.day <= $3
    AND (NOT ($4 = ANY(came.lapsed)) OR ($4 = 'member' AND came.forgotten <= $5))
    AND NOT EXISTS (
        SELECT FROM wallets AS kin JOIN came AS later ON later.merchant_id = $1 AND later.wallet = kin.wallet
        WHERE kin.merchant_id = $1 AND kin.root = came.wallet AND later.day > $3
    )
    AND EXISTS (
        SELECT FROM wallets AS kin JOIN profiles ON profiles.merchant_id = $1 AND profiles.wallet = kin.wallet
        LEFT JOIN given_away AS given ON given.merchant_id = $1 AND given.wallet = kin.wallet
        WHERE kin.merchant_id = $1 AND kin.root = came.wallet AND (
            profiles.sealed <> '' OR (NOT ($4 = ANY(came.lapsed)) AND (given.since_ms, given.member COLLATE "C")
                > (profiles.since, coalesce(profiles.member, '') COLLATE "C"))
        )
    )
ORDER BY came.wallet LIMIT $6

-- name: lapsed
UPDATE came SET lapsed = lapsed || $3::text, forgotten = CASE WHEN $3 = 'member' THEN $4 ELSE forgotten END
WHERE merchant_id = $1 AND wallet = ANY($2)

-- name: given_for_good
-- What lies of a unit in lots that nobody paid for, and that were not taken over from paper: there it was paid.
SELECT coalesce(sum(lots.rest), 0)::bigint FROM lots
JOIN lot_terms AS terms ON terms.merchant_id = $1 AND terms.unit = $3 AND terms.lot = lots.lot AND terms.paid = 0
JOIN claims ON claims.merchant_id = $1 AND claims.id = CASE WHEN lots.lot ~ '^[0-9a-f-]{36}$' THEN lots.lot::uuid END
JOIN entries ON entries.merchant_id = $1 AND entries.site = claims.site AND entries.seq = claims.seq
WHERE lots.merchant_id = $1 AND lots.account = ANY($2) AND entries.kind <> 'import' AND (terms.until = '' OR NOT $4)

-- name: untended
-- Those of whom no site that is alive ever told anything.
SELECT asked.wallet FROM unnest($2::text[]) AS asked (wallet)
WHERE NOT EXISTS (
    SELECT FROM wallets AS kin
    JOIN edit_turns ON edit_turns.merchant_id = $1 AND edit_turns.wallet = kin.wallet
    JOIN sites ON sites.merchant_id = $1 AND sites.site = edit_turns.site AND sites.written_off_ms = 0
    WHERE kin.merchant_id = $1 AND kin.root = asked.wallet
) ORDER BY asked.wallet

-- name: boxes_of
SELECT wallet, edit, sealed FROM profiles
WHERE merchant_id = $1 AND wallet = ANY($2) AND sealed <> '' ORDER BY wallet

-- name: reseal
UPDATE profiles SET sealed = $4 WHERE merchant_id = $1 AND wallet = $2 AND edit = $3

-- name: forget_people
WITH gone AS (DELETE FROM keys WHERE merchant_id = $1 AND wallet = ANY($2)),
    pins AS (DELETE FROM visitor_pins WHERE merchant_id = $1 AND wallet = ANY($2))
UPDATE profiles SET sealed = '', traces = '{}' WHERE merchant_id = $1 AND wallet = ANY($2)

-- name: keep_for
INSERT INTO retentions VALUES ($1, $2) ON CONFLICT (merchant_id) DO UPDATE SET kept = excluded.kept

-- name: kept_for
SELECT kept FROM retentions WHERE merchant_id = $1

-- name: wish
-- Asked again is asked since then: they may have had something in between.
INSERT INTO wishes (merchant_id, wallet, member, since_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (merchant_id, wallet) DO UPDATE SET member = excluded.member, since_ms = excluded.since_ms, told = 0

-- name: wishes
SELECT wallet, member, since_ms, told FROM wishes
WHERE merchant_id = $1 AND wallet > $2 ORDER BY wallet LIMIT $3

-- name: wish_told
UPDATE wishes SET told = $3 WHERE merchant_id = $1 AND wallet = $2

-- name: wish_over
DELETE FROM wishes WHERE merchant_id = $1 AND wallet = $2

-- name: held_elsewhere
-- As `phone_held`, but for what lies at one site.
SELECT substring(account FROM '^[^:]*:[^:]*:(.*)$') AS unit, sum(amount)::bigint AS amount FROM (
    SELECT account, balance AS amount FROM balances
    WHERE merchant_id = $1 AND starts_with(account, $2) AND site <> $3
    UNION ALL
    SELECT account, -amount FROM written_off
    WHERE merchant_id = $1 AND starts_with(account, $2) AND site <> $3
    UNION ALL
    SELECT account, balance FROM pool WHERE merchant_id = $1 AND starts_with(account, $2)
    UNION ALL
    SELECT account, amount FROM moving WHERE merchant_id = $1 AND starts_with(account, $2) AND granted
    UNION ALL
    SELECT account, -rest FROM overdrafts WHERE merchant_id = $1 AND starts_with(account, $2)
) AS lines GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1
