-- name: meta
SELECT value FROM meta WHERE name = ?
-- name: all_meta
SELECT name, value FROM meta
-- name: set_meta
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- name: link_meta
SELECT name, value FROM meta
WHERE name IN ('acked_mark', 'asked', 'edits_mark', 'fed_epoch', 'fed_m', 'fed_mark', 'hq_epoch', 'refused')
-- name: epochs
SELECT epoch, after FROM epochs ORDER BY epoch
-- name: begin_epoch
INSERT INTO epochs (epoch, after) VALUES (?, ?)
-- name: learn_epoch
INSERT INTO epochs (epoch, after) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM epochs WHERE epoch = ?1)
-- name: head
SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1
-- name: last_checkpoint
SELECT seq, epoch, instance, hash, mac FROM checkpoints ORDER BY seq DESC LIMIT 1
-- name: add_checkpoint
INSERT INTO checkpoints (seq, epoch, instance, hash, mac, signature, public) VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: all_checkpoints
SELECT c.seq, c.epoch, c.instance, c.hash, e.hash, c.mac, c.signature, c.public
FROM checkpoints c LEFT JOIN entries e ON e.seq = c.seq ORDER BY c.seq
-- name: entry_by_id
SELECT seq, hash, body FROM entries WHERE id = ?
-- name: entry_hash_by_id
SELECT hash FROM entries WHERE id = ?
-- name: entry_hash
SELECT hash FROM entries WHERE seq = ?
-- name: any_key
SELECT member, wrapped FROM keys.keys LIMIT 1
-- name: members_after
SELECT member FROM profiles WHERE member > ? ORDER BY member LIMIT ?
-- name: members_without
-- And whether they surely have a wallet.
SELECT p.member, EXISTS (SELECT 1 FROM wallets w WHERE w.member = p.member AND w.into_wallet IS NULL)
FROM profiles p WHERE p.member > ? ORDER BY p.member LIMIT ?
-- name: see_wallet
UPDATE wallets SET seen = ? WHERE wallet = ?
-- name: attend
UPDATE wallets SET attended = ? WHERE wallet = ?
-- name: last_of_wallet
-- Back over what was written off: for that nobody came.
WITH RECURSIVE back (posting, kind) AS (
    SELECT a.last, e.kind FROM accounts a JOIN entries e ON e.seq = a.last / 4096 WHERE a.owner = 'wallet:' || ?1
    UNION ALL
    SELECT p.before, e.kind FROM back b JOIN postings p ON p.posting = b.posting
    JOIN entries e ON e.seq = p.before / 4096 WHERE b.kind = 'expiry'
)
SELECT max(w.seq, w.seen, coalesce((SELECT max(posting) / 4096 FROM back WHERE kind <> 'expiry'), 0)),
w.seq, w.attended FROM wallets w WHERE w.wallet = ?1
-- name: came_last
-- Back over what was written off, and what headquarters moved: for that nobody came.
WITH RECURSIVE back (posting, kind) AS (
    SELECT a.last, e.kind FROM accounts a JOIN entries e ON e.seq = a.last / 4096 WHERE a.owner = 'wallet:' || ?1
    UNION ALL
    SELECT p.before, e.kind FROM back b JOIN postings p ON p.posting = b.posting
    JOIN entries e ON e.seq = p.before / 4096 WHERE b.kind IN ('directive', 'expiry', 'merge_part', 'rights_back')
)
SELECT max(w.seq, w.seen, w.attended, coalesce((SELECT max(posting) / 4096 FROM back
WHERE kind NOT IN ('directive', 'expiry', 'merge_part', 'rights_back')), 0)) FROM wallets w WHERE w.wallet = ?1
-- name: cards_shown
SELECT DISTINCT c.shown FROM tokens t JOIN cards c ON c.card = t.card WHERE t.wallet = ? ORDER BY c.shown
-- name: any_profile
SELECT 1 FROM profiles LIMIT 1
-- name: hashes_after
SELECT seq, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
-- name: entries_of_kind
-- Nobody decodes what is of another kind.
SELECT seq, body, hash FROM entries WHERE kind = ? AND seq > ? ORDER BY seq DESC LIMIT ?
-- name: entries_before
SELECT seq, body, hash FROM entries WHERE seq < ? ORDER BY seq DESC LIMIT ?
-- name: entries_of
WITH RECURSIVE back (posting) AS (
    SELECT last FROM accounts WHERE owner = 'wallet:' || ?1
    UNION
    SELECT p.before FROM back b JOIN postings p ON p.posting = b.posting WHERE p.before IS NOT NULL
    ORDER BY 1 DESC LIMIT ?2
)
SELECT e.seq, e.body, e.hash
FROM (SELECT posting / 4096 AS seq FROM back UNION SELECT seen FROM wallets WHERE wallet = ?1) b
JOIN entries e ON e.seq = b.seq ORDER BY e.seq DESC
-- name: sales_naming
SELECT seq, body, hash FROM entries
WHERE seq > (SELECT max(seq) FROM entries) - ?2 AND kind = 'sale' AND instr(body, CAST(?1 AS BLOB)) > 0
-- name: entries_after
SELECT seq, body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
-- name: add_entry
INSERT INTO entries (seq, id, kind, hash, body) VALUES (?, ?, ?, ?, ?)
-- name: add_posting
INSERT INTO postings (posting, owner, unit, amount, balance, before) VALUES (?, ?, ?, ?, ?, ?)
-- name: account
SELECT balance, last FROM accounts WHERE owner = ? AND unit = ?
-- name: accounts_of
SELECT unit, balance, last FROM accounts WHERE owner = ?
-- name: holdings
SELECT unit, balance FROM accounts WHERE owner = ? AND balance <> 0 ORDER BY unit
-- name: balances_as_of
WITH RECURSIVE back (posting) AS (
    SELECT last FROM accounts WHERE owner = ?1
    UNION ALL
    SELECT p.before FROM back b JOIN postings p ON p.posting = b.posting
    WHERE b.posting >= 4096 * (?2 + 1) AND p.before IS NOT NULL
)
SELECT p.unit, p.balance FROM back b JOIN postings p ON p.posting = b.posting WHERE b.posting < 4096 * (?2 + 1)
-- name: touched
SELECT p.owner, p.unit, p.balance
FROM postings p JOIN accounts a ON a.owner = p.owner AND a.unit = p.unit AND a.last = p.posting
WHERE p.posting >= ? AND p.posting < ? AND p.owner >= 'wallet:' AND p.owner < 'wallet;' AND p.balance > 0
ORDER BY p.posting
-- name: begun_by
SELECT e.kind, e.seq FROM wallets w JOIN entries e ON e.seq = w.seq WHERE w.wallet = ?
-- name: last_paid_lot
SELECT max(lot) FROM lots WHERE wallet = ? AND unit = 'principal' AND paid > 0
-- name: lots_laid
SELECT lot FROM lots WHERE wallet = ? AND unit = 'principal'
-- name: statement
WITH RECURSIVE back (posting) AS (
    SELECT last FROM accounts WHERE owner = ?1
    UNION ALL
    SELECT p.before FROM back b JOIN postings p ON p.posting = b.posting WHERE p.before IS NOT NULL
)
SELECT p.posting, p.unit, p.amount, p.balance FROM back b JOIN postings p ON p.posting = b.posting ORDER BY p.posting
-- name: entries_naming
SELECT seq, body FROM entries WHERE instr(body, CAST(? AS BLOB)) > 0 ORDER BY seq
-- name: entries_naming
SELECT body FROM entries WHERE instr(body, CAST(? AS BLOB)) > 0 ORDER BY seq
-- name: lots_ended
SELECT DISTINCT wallet, unit FROM lots
WHERE (wallet, unit) > (?1, ?2) AND until <> '' AND until < ?3 AND rest > 0
AND (unit = 'cashback' OR unit >= 'points:' AND unit < 'points;' OR unit >= 'voucher:' AND unit < 'voucher;')
ORDER BY wallet, unit LIMIT ?4
-- name: coupons_ended
-- By the index of their wallets: a page reads on where the last one ended.
SELECT DISTINCT c.wallet FROM coupons c JOIN accounts a
ON a.owner = 'wallet:' || c.wallet AND a.unit = 'coupon:' || c.coupon
WHERE c.wallet > ?1 AND c.until <> '' AND c.until < ?2 AND a.balance = 1
ORDER BY c.wallet LIMIT ?3
-- name: coupons_until
SELECT c.wallet, c.coupon, c.kind, c.face, c.threshold, c.since, c.until,
    (SELECT k.shown FROM cards k WHERE k.wallet = c.wallet AND k.state = 'active' ORDER BY k.card LIMIT 1),
    a.balance, a.last
FROM coupons c LEFT JOIN accounts a ON a.owner = 'wallet:' || c.wallet AND a.unit = 'coupon:' || c.coupon
WHERE (c.wallet, c.coupon) > (?1, ?2) AND c.until >= ?3 AND c.until <= ?4
ORDER BY c.wallet, c.coupon LIMIT ?5
-- name: cards_ended
SELECT c.card FROM cards c JOIN wallets w ON w.wallet = c.wallet
WHERE c.card > ?1 AND c.until <> '' AND c.until < ?2 AND c.state = 'active' AND w.member IS NULL
ORDER BY c.card LIMIT ?3
-- name: lots
SELECT lot, rest, laid, paid, since, until, invoice, listed, sold FROM lots
WHERE wallet = ? AND unit = ? AND rest > 0 ORDER BY seq, lot
-- name: lot
SELECT lot, rest, laid, paid, since, until, invoice, listed, sold FROM lots
WHERE wallet = ? AND unit = ? AND lot = ?
-- name: uses_of
SELECT unit, rest, until, sold FROM lots
WHERE wallet = ? AND (unit >= 'count:' AND unit < 'count;' OR unit >= 'litres:' AND unit < 'litres;') AND rest > 0
ORDER BY unit, seq, lot
-- name: lay_lot
INSERT INTO lots (wallet, unit, seq, lot, laid, rest, paid, since, until, invoice, listed, sold)
VALUES (?1, ?2, ?3, ?4, max(?5, ?10), ?5, ?6, ?7, ?8, ?9, ?11, ?12)
-- name: take_lot
UPDATE lots SET rest = rest + ?4, laid = max(laid, rest + ?4), listed = listed + ?5 WHERE wallet = ?1 AND unit = ?2 AND lot = ?3
-- name: move_used_lots
UPDATE lots SET wallet = ?2, seq = ?3 WHERE wallet = ?1 AND rest = 0
AND NOT EXISTS (SELECT 1 FROM lots there WHERE (there.wallet, there.unit, there.lot) = (?2, lots.unit, lots.lot))
-- name: keep_invoices
UPDATE lots SET invoice = was.invoice FROM lots was
WHERE lots.wallet = ?2 AND lots.unit = 'principal' AND lots.invoice = ''
AND (was.wallet, was.unit, was.lot) = (?1, lots.unit, lots.lot)
-- name: set_invoice
UPDATE lots SET invoice = ? WHERE wallet = ? AND unit = 'principal' AND lot = ?
-- name: wallet
SELECT member, tier, into_wallet, given FROM wallets WHERE wallet = ?
-- name: wallets_of
WITH RECURSIVE led (wallet, into_wallet, member) AS (
    SELECT wallet, into_wallet, member FROM wallets WHERE member = ?1
    UNION SELECT w.wallet, w.into_wallet, w.member FROM led JOIN wallets w ON w.wallet = led.into_wallet
)
SELECT wallet FROM led WHERE into_wallet IS NULL AND (member IS NULL OR member = ?1) ORDER BY wallet
-- name: set_member
UPDATE wallets SET member = ? WHERE wallet = ?
-- name: set_tier
UPDATE wallets SET tier = ? WHERE wallet = ?
-- name: set_pin
UPDATE wallets SET pin = ? WHERE wallet = ?
-- name: move_pin
-- Whoever has none gets it: else any card of either chose a new one with nobody's word.
UPDATE wallets SET pin = (SELECT w.pin FROM wallets w WHERE w.wallet = ?1)
WHERE wallet = ?2 AND pin = '' AND EXISTS (SELECT 1 FROM wallets w WHERE w.wallet = ?1 AND w.pin <> '')
-- name: move_pin_tries
UPDATE OR REPLACE pin_tries SET whose = ?2 WHERE whose = ?1
-- name: set_into
UPDATE wallets SET into_wallet = ?2 WHERE wallet = ?1
-- name: move_cards
UPDATE cards SET wallet = ?2 WHERE wallet = ?1
-- name: move_tokens
UPDATE tokens SET wallet = ?2 WHERE wallet = ?1
-- name: move_traces
UPDATE OR IGNORE traces SET wallet = ?2 WHERE wallet = ?1
-- name: move_coupons
UPDATE coupons SET wallet = ?2 WHERE wallet = ?1
-- name: move_coupon
UPDATE coupons SET wallet = ? WHERE coupon = ?
-- name: add_wallet
INSERT INTO wallets (wallet, member, seq) VALUES (?, ?, ?)
-- name: card
SELECT wallet, state, shown, until, kind FROM cards WHERE card = ?
-- name: add_card
INSERT INTO cards (card, wallet, state, shown, until, kind) VALUES (?, ?, ?, ?, ?, ?)
-- name: set_card
UPDATE cards SET state = ?, until = coalesce(?, until) WHERE card = ?
-- name: add_coupon
INSERT INTO coupons (coupon, wallet, kind, face, threshold, since, until) VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: coupon
SELECT wallet, kind, face, threshold, since, until FROM coupons WHERE coupon = ?
-- name: token
SELECT wallet, card FROM tokens WHERE token = ?
-- name: add_token
INSERT INTO tokens (token, wallet, card) VALUES (?, ?, ?)
-- name: renew_token
-- The same card may have come by both ways, and been renewed by the first.
UPDATE OR IGNORE tokens SET token = ?1 WHERE token = ?2
-- name: any_token
SELECT 1 FROM tokens LIMIT 1
-- name: drop_tokens
DELETE FROM tokens WHERE wallet = ? AND card IS ?
-- name: drop_all_tokens
DELETE FROM tokens WHERE wallet = ?
-- name: keyed_anew
SELECT readings, after FROM keyed_anew
-- name: set_keyed_anew
INSERT INTO keyed_anew (one, readings, after) VALUES (1, ?1, ?2)
ON CONFLICT (one) DO UPDATE SET readings = ?1, after = ?2
-- name: add_trace
INSERT OR IGNORE INTO traces (trace, wallet) VALUES (?, ?)
-- name: drop_traces
DELETE FROM traces WHERE wallet = ?
-- name: people
-- Of those who have the first trace, as many as are looked at; `has_trace` follows for each other one.
SELECT w.wallet, w.member, p.shown, p.phone
FROM (SELECT wallet FROM traces WHERE trace = ? LIMIT ?) t
CROSS JOIN wallets w ON w.wallet = t.wallet AND w.into_wallet IS NULL
CROSS JOIN profiles p ON p.member = w.member
WHERE true
-- name: has_trace
AND EXISTS (SELECT 1 FROM traces o WHERE o.trace = ? AND o.wallet = t.wallet)
-- name: people_at_most
LIMIT ?
-- name: people_by_token
SELECT w.wallet, w.member, p.shown, p.phone FROM tokens t
JOIN wallets w ON w.wallet = t.wallet AND w.into_wallet IS NULL JOIN profiles p ON p.member = w.member
WHERE t.token IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
-- name: tapped
-- All that the counter shows of whoever a token leads to: one state of the ledger, one way to the thread that reads.
WITH led AS MATERIALIZED (
    SELECT t.wallet, t.card, w.member, w.tier, w.into_wallet, w.seq, w.given,
        max(w.seq, w.seen, coalesce((SELECT max(last) / 4096 FROM accounts WHERE owner = 'wallet:' || t.wallet), 0)) AS last
    FROM tokens t LEFT JOIN wallets w ON w.wallet = t.wallet WHERE t.token = ?
)
SELECT 'who', led.wallet, led.card, c.state, led.member, led.tier, p.shown, p.phone, h.state, c.until,
    led.into_wallet, led.seq, led.last, p.sealed, k.wrapped,
    CASE WHEN led.card IS NULL THEN
        (SELECT o.kind FROM cards o WHERE o.wallet = led.wallet AND o.state = 'active' ORDER BY o.card LIMIT 1)
    ELSE c.kind END, led.given
FROM led
LEFT JOIN hot h ON h.card = led.card
LEFT JOIN cards c ON c.card = led.card
LEFT JOIN profiles p ON p.member = led.member
LEFT JOIN keys.keys k ON k.member = led.member
UNION ALL
SELECT 'holds', a.unit, a.balance, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM led JOIN accounts a ON a.owner = 'wallet:' || led.wallet WHERE a.balance <> 0
UNION ALL
SELECT 'points', l.until, l.rest, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM led JOIN lots l ON l.wallet = led.wallet AND l.unit = 'points:goods' WHERE l.rest > 0 AND l.until <> ''
UNION ALL
SELECT 'coupon', c.until, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM led JOIN accounts a ON a.owner = 'wallet:' || led.wallet AND a.unit >= 'coupon:' AND a.unit < 'coupon;'
JOIN coupons c ON c.coupon = substr(a.unit, 8) WHERE a.balance <> 0
UNION ALL
SELECT 'entry', e.seq, e.kind, e.body, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM led JOIN entries e ON e.seq IN (led.seq, led.last)
-- name: accounts_chosen
SELECT c.card, c.shown, c.wallet, c.state, w.member IS NULL FROM cards c JOIN wallets w ON w.wallet = c.wallet
WHERE c.state NOT IN ('replaced', 'cancelled') AND w.into_wallet IS NULL
    AND (?1 = '' OR w.tier = ?1)
    AND (?2 = '' OR (
        SELECT json_extract(CAST(e.body AS TEXT), '$.at.business_day') FROM entries e WHERE e.seq = w.seq
    ) <= ?2)
ORDER BY c.shown, c.card
-- name: batches_after
-- The last one first.
SELECT json_extract(CAST(body AS TEXT), '$.payload.batch') AS batch FROM entries
WHERE seq > ?1 AND kind = ?2 AND batch IS NOT NULL AND json_extract(CAST(body AS TEXT), '$.at.terminal') = ?3
GROUP BY batch ORDER BY max(seq) DESC
-- name: batch_done
-- The last one first: so many as there are, and it is looked no further.
SELECT c.shown FROM entries e CROSS JOIN cards c ON c.card = coalesce(
    json_extract(CAST(e.body AS TEXT), '$.payload.card'), json_extract(CAST(e.body AS TEXT), '$.payload.opens.card')
)
WHERE e.seq > ?2 AND e.seq <= ?3 AND e.kind IN ('card_state', 'issue')
AND json_extract(CAST(e.body AS TEXT), '$.payload.batch') = ?1
ORDER BY e.seq DESC LIMIT ?4
-- name: coupons_held
-- One that was used before its wallet was merged into another has no account there.
SELECT c.coupon FROM coupons c
LEFT JOIN accounts a ON a.owner = 'wallet:' || c.wallet AND a.unit = 'coupon:' || c.coupon
WHERE c.kind = ? AND coalesce(a.balance, 0) = ? ORDER BY c.coupon
-- name: accounts_by_card
-- ?1: tokens of 32 bytes, one behind the other, in their order; of each the place it stands at.
WITH RECURSIVE places(place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM places WHERE place + 1 < length(?1) / 32)
SELECT p.place, c.card, c.wallet, c.state, w.member IS NULL
FROM places p CROSS JOIN tokens t ON t.token = substr(?1, p.place * 32 + 1, 32)
JOIN cards c ON c.card = t.card JOIN wallets w ON w.wallet = c.wallet
ORDER BY p.place
-- name: cards_led_to
SELECT DISTINCT c.card, c.shown, c.state, c.until, c.kind FROM tokens t JOIN cards c ON c.card = t.card
WHERE t.wallet = ?1 AND (c.state NOT IN ('replaced', 'cancelled') OR c.card = ?2) ORDER BY c.shown, c.card
-- name: profile
SELECT sealed, shown, phone FROM profiles WHERE member = ?
-- name: members_like
SELECT member FROM profiles WHERE phone = ? ORDER BY member
-- name: set_profile
INSERT OR REPLACE INTO profiles (member, sealed, shown, phone) VALUES (?, ?, ?, ?)
-- name: set_sealed
UPDATE profiles SET sealed = ? WHERE member = ?
-- name: drop_profile
DELETE FROM profiles WHERE member = ?
-- name: add_erased
INSERT OR REPLACE INTO erased (member, done) VALUES (?, 0)
-- name: erasure_waits
INSERT INTO erasures_waiting (member, since, until, wallet, operator, second, why, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (member) DO UPDATE SET until = excluded.until, why = excluded.why, told = max(told, excluded.told)
-- name: erasure_waits_no_more
DELETE FROM erasures_waiting WHERE member = ?
-- name: erasures_waiting
SELECT member, since, until, told FROM erasures_waiting ORDER BY since, member LIMIT ?
-- name: wishes
SELECT e.member, coalesce(
    (SELECT w.wallet FROM wallets w WHERE w.member = e.member AND w.into_wallet IS NULL ORDER BY w.wallet LIMIT 1),
    e.wallet
), e.operator, e.second, e.why, e.told
FROM erasures_waiting e WHERE e.member > ? ORDER BY e.member LIMIT ?
-- name: note_edit
INSERT INTO profile_edits (wallet, edit, turn)
VALUES (?, ?, max(?, (SELECT coalesce(max(turn), 0) + 1 FROM profile_edits)))
ON CONFLICT (wallet) DO UPDATE SET edit = excluded.edit, turn = excluded.turn, held = 0
-- name: set_given
UPDATE wallets SET given = ? WHERE wallet = ?
-- name: give_elsewhere
-- Of two at the same time that by whose name comes last, as at headquarters.
UPDATE wallets SET member = ?2, given = ?3, pin = ''
WHERE wallet = ?1 AND into_wallet IS NULL AND (given < ?3 OR (given = ?3 AND coalesce(member, '') < ?2))
-- name: end_cards_but
UPDATE cards SET state = 'cancelled' WHERE wallet = ?1 AND state NOT IN ('replaced', 'cancelled')
AND card NOT IN (SELECT value FROM json_each(?2))
-- name: drop_tokens_but
-- Before they end: of those that ended before the number is known, and refused.
DELETE FROM tokens WHERE wallet = ?1 AND card NOT IN (SELECT value FROM json_each(?2))
AND card IN (SELECT card FROM cards WHERE state NOT IN ('replaced', 'cancelled'))
-- name: drop_tokens_of_ended
DELETE FROM tokens WHERE wallet = ?1
AND card IN (SELECT card FROM cards WHERE wallet = ?1 AND state IN ('replaced', 'cancelled'))
-- name: given
SELECT given FROM wallets WHERE wallet = ?
-- name: transfers_at
SELECT seq, body FROM entries WHERE id BETWEEN ? AND ? AND kind = 'transfer'
-- name: was_given
SELECT true FROM wallets WHERE wallet = ?1 AND given = ?2
-- name: given_to
SELECT member FROM wallets WHERE wallet = ? AND given > 0
-- name: edits_to_send
SELECT e.edit, e.turn, e.wallet, w.member, w.given, w.pin, p.sealed FROM profile_edits e
JOIN wallets w ON w.wallet = e.wallet LEFT JOIN profiles p ON p.member = w.member
WHERE e.held < ? ORDER BY e.held, e.wallet LIMIT ?
-- name: edit_held
UPDATE profile_edits SET held = ? WHERE edit = ?
-- name: tokens_of
SELECT t.token, t.card, coalesce(c.shown, ''), coalesce(c.kind, '') FROM tokens t LEFT JOIN cards c ON c.card = t.card
WHERE t.wallet = ? AND c.state IS NOT 'new' ORDER BY t.token LIMIT ?
-- name: traces_of
SELECT trace FROM traces WHERE wallet = ? ORDER BY trace LIMIT ?
-- name: active_sets
SELECT name, manifest FROM sets
-- name: hold_hook
INSERT OR REPLACE INTO hooks_held (seq, why, since_ms) VALUES (?, ?, ?)
-- name: held_hooks
SELECT seq, why, since_ms FROM hooks_held WHERE given_up_ms IS NULL ORDER BY seq LIMIT ?
-- name: let_go_hook
DELETE FROM hooks_held WHERE seq = ?
-- name: give_up_hook
UPDATE hooks_held SET given_up_by = ?, given_up_ms = ? WHERE seq = ? AND given_up_ms IS NULL
-- name: hook_before
WITH RECURSIVE back (seq) AS (
    SELECT ? - 1
    UNION ALL
    SELECT back.seq - 1 FROM back JOIN hooks_held h ON h.seq = back.seq
)
SELECT min(seq) FROM back
-- name: erased_not_yet
SELECT member FROM erased WHERE done = 0
-- name: set_erased
UPDATE erased SET done = 1 WHERE done = 0
-- name: is_erased
SELECT 1 FROM erased WHERE member = ?
-- name: set_consent
INSERT OR REPLACE INTO consents (member, purpose, version, given, seq) VALUES (?, ?, ?, ?, ?)
-- name: consents_follow
-- What was said last to each purpose counts, as whichever of the two it was said.
INSERT INTO consents (member, purpose, version, given, seq)
SELECT ?2, purpose, version, given, seq FROM consents WHERE member = ?1
ON CONFLICT (member, purpose) DO UPDATE SET version = excluded.version, given = excluded.given, seq = excluded.seq
WHERE excluded.seq > consents.seq
-- name: records_follow
INSERT INTO records_kept (member, until) SELECT ?2, until FROM records_kept WHERE member = ?1
ON CONFLICT (member) DO UPDATE SET until = max(until, excluded.until)
-- name: wish_follows
UPDATE OR IGNORE erasures_waiting SET member = ?2 WHERE member = ?1
-- name: consents_of
SELECT purpose, version, given, seq FROM consents WHERE member = ? ORDER BY purpose
-- name: agrees
SELECT 1 FROM consents WHERE member = ? AND purpose = ? AND given = 1
-- name: add_service
INSERT INTO services (member, seq, entry, sealed, remark) VALUES (?, ?, ?, ?, ?)
-- name: services_of
SELECT entry, sealed, remark FROM services WHERE member = ? ORDER BY seq DESC, entry LIMIT ?
-- name: service_rows
SELECT seq, entry, sealed, remark FROM services WHERE member = ?
-- name: has_services
SELECT 1 FROM services WHERE member = ? LIMIT 1
-- name: drop_remarks
UPDATE services SET remark = NULL WHERE member = ?
-- name: drop_services_upto
DELETE FROM services WHERE member = ? AND seq <= ?
-- name: drop_services
DELETE FROM services WHERE member = ?
-- name: services_of_erased
SELECT 1 FROM services WHERE member IN (SELECT member FROM erased)
-- name: drop_consents
DELETE FROM consents WHERE member = ?
-- name: set_records_kept
INSERT OR REPLACE INTO records_kept (member, until) VALUES (?, ?)
-- name: records_kept
SELECT until FROM records_kept WHERE member = ?
-- name: add_referring
INSERT INTO referring (entry, seq) VALUES (?, ?)
-- name: is_referred
SELECT 1 FROM referring WHERE entry = ? LIMIT 1
-- name: referring
SELECT e.body FROM referring r JOIN entries e ON e.seq = r.seq WHERE r.entry = ? ORDER BY r.seq
-- name: add_intent
INSERT INTO intents (intent, consumer, amount) VALUES (?, ?, ?)
-- name: intent
SELECT intent, consumer, amount, ended FROM intents WHERE intent = ?
-- name: intent_for
SELECT intent, consumer, amount, ended FROM intents WHERE consumer = ?
-- name: end_intent
UPDATE intents SET ended = ? WHERE intent = ?
-- name: open_intents
SELECT e.body FROM intents i JOIN entries e ON e.id = i.intent WHERE i.ended = '' ORDER BY e.seq LIMIT ?
-- name: shift
SELECT open FROM shifts WHERE shift = ?
-- name: last_shift
-- Of a terminal: those that it numbered itself. Longer numbers are later.
SELECT shift, open FROM shifts
WHERE shift > ?1 || '-' AND shift < ?1 || '.' AND substr(shift, length(?1) + 2) NOT GLOB '*[^0-9]*'
ORDER BY length(shift) DESC, shift DESC LIMIT 1
-- name: last_of_kind
SELECT seq, body FROM entries WHERE kind = ? AND seq > ? AND seq < ? ORDER BY seq DESC LIMIT 1
-- name: doubts_before
SELECT e.body FROM intents i JOIN entries e ON e.id = i.intent WHERE i.ended = '' AND e.seq <= ? ORDER BY e.seq
-- name: intent_ends
SELECT body FROM entries WHERE kind = 'intent_end' AND seq > ? AND seq <= ?
-- name: account_as_of
WITH RECURSIVE back (posting) AS (
    SELECT last FROM accounts WHERE owner = ?1 AND unit = ?2
    UNION ALL
    SELECT p.before FROM back b JOIN postings p ON p.posting = b.posting
    WHERE b.posting >= ?3 AND p.before IS NOT NULL
)
SELECT p.balance FROM back b JOIN postings p ON p.posting = b.posting WHERE b.posting < ?3
-- name: set_shift
INSERT OR REPLACE INTO shifts (shift, open) VALUES (?, ?)
-- name: add_print_job
INSERT INTO print_jobs (terminal, epoch, number, seq) VALUES (?, ?, ?, ?)
-- name: last_receipt
SELECT max(number) FROM print_jobs WHERE terminal = ? AND epoch = ?
-- name: print_jobs_waiting
SELECT e.id FROM print_jobs j JOIN entries e ON e.seq = j.seq
WHERE j.state <> 'printed' ORDER BY j.seq LIMIT ?
-- name: posting
SELECT owner, unit, amount, balance, before FROM postings WHERE posting = ?
-- name: all_accounts
SELECT a.owner, a.unit, a.balance, a.last, p.owner, p.unit, p.balance
FROM accounts a LEFT JOIN postings p ON p.posting = a.last
-- name: entries_whole
SELECT seq, id, kind, body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
-- name: postings_between
SELECT posting, owner, unit, amount, balance, before FROM postings WHERE posting >= ? AND posting < ? ORDER BY posting
-- name: accounts_whole
SELECT owner, unit, last, balance FROM accounts
-- name: last_body
SELECT seq, body FROM entries ORDER BY seq DESC LIMIT 1
-- name: lots_whole
SELECT wallet, unit, lot, rest, seq FROM lots
-- name: postings_from_to
SELECT min(posting), max(posting) FROM postings
-- name: entries_between
SELECT body, hash FROM entries WHERE seq > ? AND seq <= ? ORDER BY seq
-- name: ids_astray
SELECT count(*) FROM entries e WHERE e.seq > ? AND e.seq IS NOT (SELECT i.seq FROM entries i WHERE i.id = e.id)
-- name: balances_astray
SELECT count(*) FROM postings p LEFT JOIN postings q ON q.posting = p.before
WHERE p.posting >= ? AND CASE
    WHEN p.before IS NULL THEN p.balance <> p.amount
    ELSE q.posting IS NULL OR q.posting >= p.posting OR q.owner <> p.owner OR q.unit <> p.unit
        OR q.balance + p.amount <> p.balance
END
-- name: entries_kinds_after
SELECT seq, kind, body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
-- name: posting_of_no_entry
SELECT min(posting) FROM postings WHERE posting < :first OR posting >= :end
-- name: posting_beside
SELECT min(second) FROM (
    SELECT max(posting) AS second FROM postings
    GROUP BY before, CASE WHEN before IS NULL THEN owner || ':' || unit END HAVING count(*) > 1
)
-- name: posting_on_no_account
SELECT min(posting) FROM postings
WHERE posting NOT IN (SELECT before FROM postings WHERE before IS NOT NULL UNION ALL SELECT last FROM accounts)
-- name: put_card
INSERT OR IGNORE INTO cards (card, wallet, state, shown, until, kind) VALUES (?, ?, ?, '', ?, ?)
-- name: put_coupon
INSERT OR IGNORE INTO coupons (coupon, wallet, kind, face, threshold, since, until) VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: drop_keys_of
INSERT OR IGNORE INTO keys_dropped (card) VALUES (?)
-- name: put_unsure
INSERT OR IGNORE INTO unsure (name, first) VALUES (?, ?)
-- name: is_unsure
SELECT 1 FROM unsure WHERE name = ? AND first = ?
-- name: end_intent_for
UPDATE intents SET ended = ? WHERE consumer = ? AND ended = ''
-- name: put_print_job
INSERT INTO print_jobs (terminal, epoch, number, seq, state) VALUES (?, ?, ?, ?, 'printed')
-- name: profiles_of_erased
SELECT 1 FROM profiles WHERE member IN (SELECT member FROM erased)
-- name: tokens_astray
SELECT 1 FROM tokens t LEFT JOIN wallets w ON w.wallet = t.wallet LEFT JOIN cards c ON c.card = t.card
WHERE w.wallet IS NULL OR w.into_wallet IS NOT NULL OR (t.card IS NOT NULL AND c.wallet IS NOT t.wallet)
-- name: traces_astray
SELECT 1 FROM traces t LEFT JOIN wallets w ON w.wallet = t.wallet WHERE w.wallet IS NULL
-- name: print_jobs_whole
SELECT j.terminal, j.epoch, j.number, j.seq, e.body FROM print_jobs j LEFT JOIN entries e ON e.seq = j.seq
-- name: all_in_lots
SELECT coalesce(max(l.seq), a.last / 4096), a.unit, a.balance, coalesce(sum(l.rest), 0)
FROM accounts a LEFT JOIN lots l ON l.wallet = substr(a.owner, 8) AND l.unit = a.unit
WHERE a.owner >= 'wallet:' AND a.owner < 'wallet;'
AND substr(a.unit, 1, instr(a.unit || ':', ':') - 1) IN ('principal', 'bonus', 'cashback', 'count', 'litres', 'voucher')
GROUP BY a.owner, a.unit
UNION ALL
SELECT l.seq, l.unit, 0, l.rest FROM lots l
WHERE l.rest AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.owner = 'wallet:' || l.wallet AND a.unit = l.unit)
-- name: print_doubtful
UPDATE print_jobs SET state = 'doubtful', why = ?
WHERE seq = (SELECT seq FROM entries WHERE id = ?) AND state <> 'printed'
-- name: print_done
UPDATE print_jobs SET state = 'printed', why = '' WHERE seq = (SELECT seq FROM entries WHERE id = ?)
-- name: drop_printed
DELETE FROM print_jobs WHERE state = 'printed' AND number < (
    SELECT max(number) FROM print_jobs j WHERE j.terminal = print_jobs.terminal AND j.epoch = print_jobs.epoch
)
-- name: list_card
INSERT OR REPLACE INTO hot (card, state) VALUES (?, ?)
-- name: hot
SELECT state FROM hot WHERE card = ?
-- name: trust_key
INSERT OR REPLACE INTO trusted (use, public, believed) VALUES (?, ?, 1)
-- name: end_key
INSERT OR REPLACE INTO trusted (use, public, believed) VALUES (?, ?, 0)
-- name: trusted
SELECT use, public, believed FROM trusted ORDER BY use, public
-- name: activate_set
INSERT OR REPLACE INTO sets (name, version, manifest) VALUES (?, ?, ?)
-- name: active_set
SELECT version, manifest FROM sets WHERE name = ?
-- name: sale_left
SELECT 1 FROM sales_left WHERE sale = ?
-- name: sale_leaves
INSERT OR IGNORE INTO sales_left (sale) VALUES (?)
-- name: sale_is_here
DELETE FROM sales_left WHERE sale = ?
-- name: sale_came
SELECT body FROM sales_came WHERE sale = ?
-- name: add_sale_came
INSERT OR REPLACE INTO sales_came (sale, body) VALUES (?, ?)
-- name: undone_elsewhere
SELECT body FROM undone_elsewhere WHERE sale = ? ORDER BY entry
-- name: add_undone_elsewhere
INSERT OR IGNORE INTO undone_elsewhere (sale, entry, body) VALUES (?, ?, ?)
-- name: overdrafts
SELECT unit, balance FROM accounts WHERE owner = ? AND unit >= ? AND unit < ? AND balance <> 0 ORDER BY unit
-- name: lay_empty_lot
INSERT OR IGNORE INTO lots (wallet, unit, seq, lot, laid, rest, paid, since, until, invoice, listed, sold)
SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11
WHERE NOT EXISTS (SELECT 1 FROM lots WHERE wallet = ?1 AND unit = ?2 AND lot = ?4)
-- name: pin_of
SELECT pin, given FROM wallets WHERE wallet = ?
-- name: count_pin_try
INSERT INTO pin_tries (whose, tries) VALUES (?, 1)
ON CONFLICT (whose) DO UPDATE SET tries = tries + 1 WHERE tries < 5 RETURNING tries
-- name: forget_pin_tries
DELETE FROM pin_tries WHERE whose = ?
-- name: staff_pin
SELECT pin, given FROM staff_pins WHERE staff = ?
-- name: staff_pins_chosen
SELECT staff, pin FROM staff_pins WHERE NOT given
-- name: set_staff_pin
INSERT OR REPLACE INTO staff_pins (staff, pin, given) VALUES (?, ?, ?)
-- name: last_posting
SELECT last FROM accounts WHERE owner = ? AND unit = ?
-- name: others_spent_of
SELECT unit FROM accounts WHERE owner = ?1 AND unit >= 'deposit:' AND unit < 'deposit;' AND last >= 4096 * (?2 + 1)
UNION ALL
SELECT unit FROM accounts WHERE owner = ?1 AND unit >= 'points:' AND unit < 'points;' AND last >= 4096 * (?2 + 1)
UNION ALL
SELECT unit FROM accounts WHERE owner = ?1 AND unit >= 'count:' AND unit < 'count;' AND last >= 4096 * (?2 + 1)
UNION ALL
SELECT unit FROM accounts WHERE owner = ?1 AND unit >= 'litres:' AND unit < 'litres;' AND last >= 4096 * (?2 + 1)
UNION ALL
SELECT unit FROM accounts WHERE owner = ?1 AND unit >= 'voucher:' AND unit < 'voucher;' AND last >= 4096 * (?2 + 1)
UNION ALL
SELECT unit FROM accounts WHERE owner = ?1 AND unit = 'cashback' AND last >= 4096 * (?2 + 1)
-- name: coupons_spent_of
SELECT unit FROM accounts
WHERE owner = ?1 AND unit >= 'coupon:' AND unit < 'coupon;' AND last >= 4096 * (?2 + 1) ORDER BY last DESC
-- name: posted_by
SELECT e.seq, e.body, p.before FROM postings p JOIN entries e ON e.seq = p.posting / 4096 WHERE p.posting = ?
