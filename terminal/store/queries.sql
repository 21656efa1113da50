-- name: meta
SELECT value FROM meta WHERE name = ?
-- name: set_meta
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- name: link_meta
SELECT name, value FROM meta WHERE name IN ('asked', 'fed_epoch', 'fed_m', 'hq_epoch', 'refused')
-- name: head
SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1
-- name: last_checkpoint
SELECT seq, epoch, instance, hash, mac FROM checkpoints ORDER BY seq DESC LIMIT 1
-- name: add_checkpoint
INSERT INTO checkpoints (seq, epoch, instance, hash, mac, signature, public) VALUES (?, ?, ?, ?, ?, ?, ?)
-- name: all_checkpoints
SELECT c.seq, c.epoch, c.instance, c.hash, e.hash, c.signature, c.public
FROM checkpoints c LEFT JOIN entries e ON e.seq = c.seq ORDER BY c.seq
-- name: entry_by_id
SELECT seq, hash, body FROM entries WHERE id = ?
-- name: entry_hash_by_id
SELECT hash FROM entries WHERE id = ?
-- name: entry_hash
SELECT hash FROM entries WHERE seq = ?
-- name: any_profile
SELECT 1 FROM profiles LIMIT 1
-- name: hashes_after
SELECT seq, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
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
SELECT e.kind FROM wallets w JOIN entries e ON e.seq = w.seq WHERE w.wallet = ?
-- name: lots_laid
SELECT lot FROM lots WHERE wallet = ? AND unit = 'principal'
-- name: statement
WITH RECURSIVE back (posting) AS (
    SELECT last FROM accounts WHERE owner = ?1
    UNION ALL
    SELECT p.before FROM back b JOIN postings p ON p.posting = b.posting WHERE p.before IS NOT NULL
)
SELECT p.posting, p.unit, p.amount, p.balance FROM back b JOIN postings p ON p.posting = b.posting ORDER BY p.posting
-- name: lots
SELECT lot, rest, laid, paid, since, until, invoice FROM lots
WHERE wallet = ? AND unit = ? AND rest > 0 ORDER BY seq, lot
-- name: lot
SELECT lot, rest, laid, paid, since, until, invoice FROM lots WHERE wallet = ? AND unit = ? AND lot = ?
-- name: lay_lot
INSERT INTO lots (wallet, unit, seq, lot, laid, rest, paid, since, until, invoice)
VALUES (?1, ?2, ?3, ?4, max(?5, ?10), ?5, ?6, ?7, ?8, ?9)
-- name: take_lot
UPDATE lots SET rest = rest + ?4, laid = max(laid, rest + ?4) WHERE wallet = ?1 AND unit = ?2 AND lot = ?3
-- name: set_invoice
UPDATE lots SET invoice = ? WHERE wallet = ? AND unit = 'principal' AND lot = ?
-- name: wallet
SELECT member, tier, into_wallet FROM wallets WHERE wallet = ?
-- name: set_member
UPDATE wallets SET member = ? WHERE wallet = ?
-- name: set_tier
UPDATE wallets SET tier = ? WHERE wallet = ?
-- name: set_pin
UPDATE wallets SET pin = ? WHERE wallet = ?
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
-- name: add_wallet
INSERT INTO wallets (wallet, member, seq) VALUES (?, ?, ?)
-- name: card
SELECT wallet, state, shown FROM cards WHERE card = ?
-- name: add_card
INSERT INTO cards (card, wallet, state, shown) VALUES (?, ?, 'active', ?)
-- name: set_card
UPDATE cards SET state = ? WHERE card = ?
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
-- name: add_trace
INSERT OR IGNORE INTO traces (trace, wallet) VALUES (?, ?)
-- name: drop_traces
DELETE FROM traces WHERE wallet = ?
-- name: traced
SELECT wallet FROM traces WHERE trace = ? LIMIT ?
-- name: holder
SELECT t.wallet, t.card, c.state, w.member, w.tier, p.shown, p.phone, h.state, a.unit, a.balance
FROM tokens t
LEFT JOIN hot h ON h.card = t.card
LEFT JOIN cards c ON c.card = t.card
LEFT JOIN wallets w ON w.wallet = t.wallet
LEFT JOIN profiles p ON p.member = w.member
LEFT JOIN accounts a ON a.owner = 'wallet:' || t.wallet
WHERE t.token = ?
-- name: profile
SELECT sealed, shown, phone FROM profiles WHERE member = ?
-- name: person
SELECT w.wallet, w.member, p.shown, p.phone
FROM wallets w JOIN profiles p ON p.member = w.member WHERE w.wallet = ? AND w.into_wallet IS NULL
-- name: set_profile
INSERT OR REPLACE INTO profiles (member, sealed, shown, phone) VALUES (?, ?, ?, ?)
-- name: drop_profile
DELETE FROM profiles WHERE member = ?
-- name: add_erased
INSERT OR REPLACE INTO erased (member, done) VALUES (?, 0)
-- name: note_edit
INSERT INTO profile_edits (wallet, edit) VALUES (?, ?)
ON CONFLICT (wallet) DO UPDATE SET edit = excluded.edit, held = 0
-- name: edits_to_send
SELECT e.edit, e.wallet, w.member, w.pin, p.sealed FROM profile_edits e
JOIN wallets w ON w.wallet = e.wallet LEFT JOIN profiles p ON p.member = w.member
WHERE e.held < ? ORDER BY e.held, e.wallet LIMIT ?
-- name: edit_held
UPDATE profile_edits SET held = ? WHERE edit = ?
-- name: tokens_of
SELECT t.token, t.card, coalesce(c.shown, '') FROM tokens t LEFT JOIN cards c ON c.card = t.card
WHERE t.wallet = ? ORDER BY t.token LIMIT ?
-- name: traces_of
SELECT trace FROM traces WHERE wallet = ? ORDER BY trace LIMIT ?
-- name: active_sets
SELECT name, manifest FROM sets
-- name: hold_hook
INSERT OR REPLACE INTO hooks_held (seq, why, since_ms) VALUES (?, ?, ?)
-- name: held_hooks
SELECT seq, why, since_ms FROM hooks_held ORDER BY seq LIMIT ?
-- name: let_go_hook
DELETE FROM hooks_held WHERE seq = ?
-- name: erased_not_yet
SELECT member FROM erased WHERE done = 0 LIMIT 1000
-- name: set_erased
UPDATE erased SET done = 1 WHERE member = ?
-- name: is_erased
SELECT 1 FROM erased WHERE member = ?
-- name: set_records_kept
INSERT OR REPLACE INTO records_kept (member, until) VALUES (?, ?)
-- name: records_kept
SELECT until FROM records_kept WHERE member = ?
-- name: add_undone
INSERT INTO undone (entry, seq) VALUES (?, ?)
-- name: undone
SELECT e.body FROM undone u JOIN entries e ON e.seq = u.seq WHERE u.entry = ? ORDER BY u.seq
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
INSERT OR IGNORE INTO cards (card, wallet, state, shown) VALUES (?, ?, 'active', '')
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
SELECT coalesce(max(l.seq), 0), a.unit, a.balance, coalesce(sum(l.rest), 0)
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
INSERT OR IGNORE INTO trusted (use, public) VALUES (?, ?)
-- name: end_key
DELETE FROM trusted WHERE use = ? AND public = ?
-- name: trusted
SELECT public FROM trusted WHERE use = ? ORDER BY public
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
-- name: open_overdraft
SELECT coalesce(-sum(balance), 0) FROM accounts
WHERE owner = ? AND unit >= 'overdraft:' AND unit < 'overdraft;' AND balance < 0
-- name: lay_empty_lot
INSERT OR IGNORE INTO lots (wallet, unit, seq, lot, laid, rest, paid, since, until, invoice)
SELECT ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9
WHERE NOT EXISTS (SELECT 1 FROM lots WHERE wallet = ?1 AND unit = ?2 AND lot = ?4)
