-- name: families
-- By arrays, not by joins: an index is entered by all of its key then, whatever is known of the tables.
WITH mine AS MATERIALIZED (
    SELECT wallet, root FROM wallets WHERE merchant_id = $1 AND wallet = ANY($2)
), kin AS MATERIALIZED (
    SELECT wallet, root, member, tier, opened_ms, opened_by FROM wallets
    WHERE merchant_id = $1 AND root = ANY(ARRAY(SELECT root FROM mine))
)
SELECT mine.wallet AS asked, kin.wallet, kin.root, kin.member, kin.tier, kin.opened_ms, kin.opened_by
FROM mine JOIN kin ON kin.root = mine.root ORDER BY mine.wallet, kin.wallet

-- name: open_wallets
-- In the order of their names; what is known already is filled in.
INSERT INTO wallets AS known (merchant_id, wallet, root, member, tier, opened_ms, opened_by)
SELECT $1, batch.wallet, batch.wallet, batch.member, 'regular', $5, batch.entry
FROM unnest($2::text[], $3::text[], $4::uuid[]) AS batch (wallet, member, entry) ORDER BY batch.wallet
ON CONFLICT (merchant_id, wallet) DO UPDATE
SET member = coalesce(known.member, excluded.member), opened_by = coalesce(known.opened_by, excluded.opened_by),
    opened_ms = CASE WHEN known.opened_ms = 0 THEN excluded.opened_ms ELSE known.opened_ms END

-- name: began_at
SELECT wallets.wallet, claims.site FROM wallets
JOIN claims ON claims.merchant_id = $1 AND claims.id = wallets.opened_by
JOIN sites ON sites.merchant_id = $1 AND sites.site = claims.site AND sites.written_off_ms = 0
WHERE wallets.merchant_id = $1 AND wallets.wallet = ANY($2)

-- name: set_tier
-- Also of a wallet that nobody opened yet.
INSERT INTO wallets (merchant_id, wallet, root, tier, opened_ms) VALUES ($1, $2, $2, $3, 0)
ON CONFLICT (merchant_id, wallet) DO UPDATE SET tier = excluded.tier

-- name: add_coupons
INSERT INTO coupons (merchant_id, coupon, wallet, terms, pack, withdrawn)
SELECT $1, batch.coupon, batch.wallet, batch.terms, batch.pack, coalesce(kinds.why, '')
FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[]) AS batch (coupon, wallet, terms, pack, kind)
LEFT JOIN kinds_withdrawn AS kinds ON kinds.merchant_id = $1 AND kinds.kind = batch.kind
ORDER BY batch.coupon
ON CONFLICT DO NOTHING

-- name: end_coupons
-- In one order, as they are added: two that end the same ones do not wait for each other.
WITH ended AS MATERIALIZED (
    SELECT coupons.coupon, batch.why FROM coupons
    JOIN unnest($2::text[], $3::text[]) AS batch (coupon, why) ON batch.coupon = coupons.coupon
    WHERE coupons.merchant_id = $1 AND coupons.withdrawn = '' ORDER BY coupons.coupon FOR UPDATE OF coupons
)
UPDATE coupons SET withdrawn = ended.why FROM ended
WHERE coupons.merchant_id = $1 AND coupons.coupon = ended.coupon

-- name: coupons_of
SELECT coupon, wallet FROM coupons
WHERE merchant_id = $1 AND kind = $2 AND ($3::text[] IS NULL OR wallet = ANY($3)) AND coupon > $4
ORDER BY coupon LIMIT $5

-- name: coupon
SELECT wallet FROM coupons WHERE merchant_id = $1 AND coupon = $2

-- name: coupon_terms
SELECT terms FROM coupons WHERE merchant_id = $1 AND coupon = ANY($2) ORDER BY coupon COLLATE "C"

-- name: end_kind
INSERT INTO kinds_withdrawn (merchant_id, kind, why) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, kind) DO UPDATE SET why = excluded.why

-- name: kind_again
DELETE FROM kinds_withdrawn WHERE merchant_id = $1 AND kind = $2

-- name: kinds_ended
SELECT kind, why FROM kinds_withdrawn WHERE merchant_id = $1 ORDER BY kind

-- name: pack
SELECT coupons.coupon FROM wallets JOIN coupons ON coupons.merchant_id = $1 AND coupons.pack = wallets.opened_by
WHERE wallets.merchant_id = $1 AND wallets.wallet = $2 ORDER BY coupons.coupon

-- name: number_invoices
UPDATE lot_terms SET invoice = batch.number
FROM unnest($2::text[], $3::text[]) AS batch (lot, number)
WHERE lot_terms.merchant_id = $1 AND lot_terms.unit = 'principal' AND lot_terms.lot = batch.lot

-- name: undo
INSERT INTO undone (merchant_id, of, site, seq)
SELECT $1, of, $2, seq FROM unnest($3::uuid[], $4::bigint[]) AS batch (of, seq)
ON CONFLICT DO NOTHING

-- name: list_cards
INSERT INTO hot (merchant_id, card, state, said_by, since_ms, place)
SELECT $1, card, state, $6, $4, place
FROM unnest($2::text[], $3::text[], $5::bigint[]) AS batch (card, state, place)
ORDER BY card
ON CONFLICT (merchant_id, card)
DO UPDATE SET state = excluded.state, said_by = excluded.said_by, since_ms = excluded.since_ms
WHERE hot.state <> excluded.state AND hot.state NOT IN ('replaced', 'cancelled')
RETURNING card

-- name: leads_to
SELECT wallet FROM keys WHERE merchant_id = $1 AND card = $2 LIMIT 1

-- name: nobodys_cards
SELECT DISTINCT ON (keys.card COLLATE "C") keys.card, root.wallet, keys.token, keys.shown
FROM keys
JOIN wallets AS mine ON mine.merchant_id = $1 AND mine.wallet = keys.wallet
JOIN wallets AS root ON root.merchant_id = $1 AND root.wallet = mine.root
WHERE keys.merchant_id = $1 AND keys.card IS NOT NULL AND root.member IS NULL
    AND ($2::bytea[] IS NULL OR keys.token = ANY($2)) AND ($3::bigint = 0 OR mine.opened_ms < $3)
    AND ($4::text = '' OR root.tier = $4) AND NOT EXISTS (
        SELECT FROM hot
        WHERE hot.merchant_id = $1 AND hot.card = keys.card AND hot.state IN ('replaced', 'cancelled')
    )
ORDER BY keys.card COLLATE "C", keys.token

-- name: stood
SELECT state, said_by FROM hot WHERE merchant_id = $1 AND card = $2 FOR UPDATE

-- name: keys
-- The state by a look for each: few are asked for, whatever is known of the tables.
SELECT keys.token, keys.wallet, keys.card,
    coalesce((SELECT hot.state FROM hot WHERE hot.merchant_id = $1 AND hot.card = keys.card), '') AS state
FROM keys WHERE keys.merchant_id = $1 AND keys.token = ANY($2)

-- name: phones
SELECT token, wallet FROM keys WHERE merchant_id = $1 AND token = ANY($2) AND card IS NULL

-- name: gave_phones
INSERT INTO phones_before (merchant_id, token, wallet, member)
SELECT $1, token, $3, $4 FROM unnest($2::bytea[]) AS batch (token) ORDER BY token
ON CONFLICT (merchant_id, token) DO UPDATE SET wallet = excluded.wallet, member = excluded.member

-- name: rejoined
SELECT DISTINCT keys.wallet FROM keys
JOIN phones_before AS before ON before.merchant_id = $1 AND before.token = keys.token
WHERE keys.merchant_id = $1 AND keys.wallet = ANY($2) AND keys.card IS NULL AND before.wallet <> keys.wallet
ORDER BY keys.wallet

-- name: forget_phones
DELETE FROM phones_before WHERE merchant_id = $1 AND member = ANY($2)

-- name: note_edits
INSERT INTO edits (merchant_id, id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING RETURNING id

-- name: take_turn
INSERT INTO edit_turns AS known VALUES ($1, $3, $2, $4)
ON CONFLICT (merchant_id, wallet, site) DO UPDATE SET turn = excluded.turn WHERE known.turn <= excluded.turn OR $5
RETURNING true

-- name: name_wallet
INSERT INTO wallets AS known (merchant_id, wallet, root, member, tier, opened_ms)
VALUES ($1, $2, $2, $3, 'regular', $4)
ON CONFLICT (merchant_id, wallet) DO UPDATE
SET member = coalesce(excluded.member, known.member),
    opened_ms = CASE WHEN known.opened_ms = 0 THEN excluded.opened_ms ELSE known.opened_ms END

-- name: drop_keys
DELETE FROM keys WHERE merchant_id = $1 AND wallet = $2

-- name: add_keys
INSERT INTO keys (merchant_id, token, wallet, card, shown, kind)
SELECT $1, token, $2, card, shown, kind
FROM unnest($3::bytea[], $4::text[], $5::text[], $6::text[]) AS batch (token, card, shown, kind)
ORDER BY token
ON CONFLICT DO NOTHING

-- name: told_of
SELECT member, since FROM profiles WHERE merchant_id = $1 AND wallet = $2

-- name: given_on
-- To whom, where no profile has told of them yet.
SELECT given.member, given.since_ms AS since FROM given_away AS given
LEFT JOIN profiles ON profiles.merchant_id = $1 AND profiles.wallet = given.wallet
WHERE given.merchant_id = $1 AND given.wallet = $2
    AND (given.since_ms, given.member COLLATE "C")
        > (coalesce(profiles.since, 0), coalesce(profiles.member, '') COLLATE "C")

-- name: gave
INSERT INTO given_away AS known (merchant_id, wallet, member, since_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (merchant_id, wallet) DO UPDATE SET member = excluded.member, since_ms = excluded.since_ms
WHERE (known.since_ms, known.member COLLATE "C") < (excluded.since_ms, excluded.member COLLATE "C")

-- name: give_wallet
UPDATE wallets SET member = $3 WHERE merchant_id = $1 AND wallet = $2

-- name: told_alone
SELECT profiles.wallet, profiles.member, profiles.since FROM profiles
LEFT JOIN given_away AS given ON given.merchant_id = $1 AND given.wallet = profiles.wallet
WHERE profiles.merchant_id = $1 AND profiles.since > coalesce(given.since_ms, 0)
ORDER BY profiles.wallet COLLATE "C"

-- name: drop_who_had_it
WITH pins AS (DELETE FROM visitor_pins WHERE merchant_id = $1 AND wallet = $2),
    phones AS (DELETE FROM keys WHERE merchant_id = $1 AND wallet = $2 AND card IS NULL)
UPDATE profiles SET sealed = '', traces = '{}' WHERE merchant_id = $1 AND wallet = $2

-- name: holders
SELECT wallets.wallet, greatest(given.since_ms, profiles.since, 0) AS since,
    CASE WHEN (given.since_ms, given.member COLLATE "C")
        > (coalesce(profiles.since, 0), coalesce(profiles.member, '') COLLATE "C")
    THEN given.member ELSE wallets.member END AS member
FROM wallets
LEFT JOIN given_away AS given ON given.merchant_id = $1 AND given.wallet = wallets.wallet
LEFT JOIN profiles ON profiles.merchant_id = $1 AND profiles.wallet = wallets.wallet
WHERE wallets.merchant_id = $1 AND wallets.wallet = ANY($2)

-- name: keep_profile
INSERT INTO profiles (merchant_id, wallet, edit, member, sealed, traces, arrived_ms, since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id, wallet) DO UPDATE
SET edit = $3, member = $4, sealed = $5, traces = $6, arrived_ms = $7, since = $8

-- name: keep_visitor_pin
INSERT INTO visitor_pins (merchant_id, wallet, site, edit, sealed) VALUES ($1, $3, $2, $4, $5)
ON CONFLICT (merchant_id, wallet, site) DO UPDATE SET edit = excluded.edit, sealed = excluded.sealed

-- name: drop_visitor_pins
DELETE FROM visitor_pins WHERE merchant_id = $1 AND wallet = $2

-- name: joined
SELECT true FROM profiles WHERE merchant_id = $1 AND wallet = $2

-- name: persons
-- Keys wallet by wallet (OFFSET keeps it so): joined whole, all are paired with all where little is known of the tables.
SELECT root.wallet, coalesce(given.member, root.member, told.member) AS member, root.tier, told.wallet AS told,
    told.edit, told.sealed, told.traces, greatest(given.since_ms, told.since) AS since, lead.tokens, lead.cards, lead.showns, lead.kinds,
    beside.wallets AS others, beside.edits, beside.boxes, away.wallets AS pin_wallets, away.edits AS pin_edits,
    away.boxes AS pin_boxes
FROM wallets AS root
CROSS JOIN LATERAL (
    SELECT profiles.* FROM wallets AS mine
    JOIN profiles ON profiles.merchant_id = $1 AND profiles.wallet = mine.wallet
    WHERE mine.merchant_id = $1 AND mine.root = root.wallet
    ORDER BY mine.wallet <> root.wallet, profiles.arrived_ms DESC LIMIT 1
) AS told
LEFT JOIN given_away AS given ON given.merchant_id = $1 AND given.wallet = told.wallet
    AND given.wallet = root.wallet AND (given.since_ms, given.member COLLATE "C")
        > (told.since, coalesce(told.member, '') COLLATE "C")
CROSS JOIN LATERAL (
    SELECT array_agg(other.wallet ORDER BY other.wallet) AS wallets,
        array_agg(other.edit ORDER BY other.wallet) AS edits, array_agg(other.sealed ORDER BY other.wallet) AS boxes
    FROM wallets AS mine JOIN profiles AS other ON other.merchant_id = $1 AND other.wallet = mine.wallet
    WHERE mine.merchant_id = $1 AND mine.root = root.wallet AND mine.wallet <> told.wallet AND other.sealed <> ''
) AS beside
CROSS JOIN LATERAL (
    SELECT array_agg(pins.wallet ORDER BY pins.wallet, pins.site) AS wallets,
        array_agg(pins.edit ORDER BY pins.wallet, pins.site) AS edits,
        array_agg(pins.sealed ORDER BY pins.wallet, pins.site) AS boxes
    FROM wallets AS mine JOIN visitor_pins AS pins ON pins.merchant_id = $1 AND pins.wallet = mine.wallet
    WHERE mine.merchant_id = $1 AND mine.root = root.wallet
) AS away
CROSS JOIN LATERAL (
    SELECT array_agg(keys.token ORDER BY keys.token) AS tokens, array_agg(keys.card ORDER BY keys.token) AS cards,
        array_agg(keys.shown ORDER BY keys.token) AS showns, array_agg(keys.kind ORDER BY keys.token) AS kinds
    FROM wallets AS mine
    CROSS JOIN LATERAL (
        SELECT token, card, shown, kind,
            (SELECT hot.state FROM hot WHERE hot.merchant_id = $1 AND hot.card = keys.card) AS state
        FROM keys WHERE keys.merchant_id = $1 AND keys.wallet = mine.wallet OFFSET 0
    ) AS keys
    WHERE mine.merchant_id = $1 AND mine.root = root.wallet AND ($3 OR coalesce(keys.state, 'active') = 'active')
) AS lead
WHERE root.merchant_id = $1 AND root.wallet = ANY ($2) AND root.root = root.wallet

-- name: conflicts
SELECT wallet, into_wallet FROM conflicts WHERE merchant_id = $1 ORDER BY wallet

-- name: add_conflict
INSERT INTO conflicts (merchant_id, wallet, into_wallet) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, wallet) DO UPDATE SET into_wallet = $3

-- name: end_conflict
DELETE FROM conflicts WHERE merchant_id = $1 AND wallet = $2

-- name: merged
SELECT wallet, root FROM wallets WHERE merchant_id = $1 AND root <> wallet ORDER BY wallet

-- name: told
SELECT site FROM told WHERE merchant_id = $1 AND wallet = $2 ORDER BY site

-- name: tell
INSERT INTO told (merchant_id, wallet, site) SELECT $1, $2, site FROM unnest($3::text[]) AS batch (site)
ORDER BY site ON CONFLICT DO NOTHING
