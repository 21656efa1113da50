-- name: meta
SELECT value FROM meta WHERE name = ?
-- name: set_meta
INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- name: head
SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1
-- name: entry_by_id
SELECT seq, hash, body FROM entries WHERE id = ?
-- name: entry_hash
SELECT hash FROM entries WHERE seq = ?
-- name: entries_after
SELECT seq, body, hash FROM entries WHERE seq > ? ORDER BY seq LIMIT ?
-- name: add_entry
INSERT INTO entries (seq, id, kind, hash, body) VALUES (?, ?, ?, ?, ?)
-- name: account
SELECT account, balance FROM accounts WHERE owner = ? AND unit = ?
-- name: add_account
INSERT INTO accounts (owner, unit, balance) VALUES (?, ?, ?)
-- name: set_balance
UPDATE accounts SET balance = ? WHERE account = ?
-- name: add_posting
INSERT INTO postings (account, seq, amount, balance) VALUES (?, ?, ?, ?)
-- name: balances
SELECT unit, balance FROM accounts WHERE owner = ?
-- name: holdings
SELECT unit, balance FROM accounts WHERE owner = ? AND balance <> 0 ORDER BY unit
-- name: balances_as_of
SELECT a.unit, (
    SELECT p.balance FROM postings p WHERE p.account = a.account AND p.seq <= ?2 ORDER BY p.seq DESC LIMIT 1
) FROM accounts a WHERE a.owner = ?1
-- name: lots
SELECT lot, rest, laid, paid, since, until, invoice FROM lots
WHERE wallet = ? AND unit = ? AND rest > 0 ORDER BY seq, lot
-- name: lot
SELECT lot, rest, laid, paid, since, until, invoice FROM lots WHERE wallet = ? AND unit = ? AND lot = ?
-- name: lay_lot
INSERT INTO lots (wallet, unit, seq, lot, laid, rest, paid, since, until, invoice)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9)
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
SELECT t.wallet, t.card, c.state, w.member, w.tier, p.shown, a.unit, a.balance
FROM tokens t
LEFT JOIN cards c ON c.card = t.card
LEFT JOIN wallets w ON w.wallet = t.wallet
LEFT JOIN profiles p ON p.member = w.member
LEFT JOIN accounts a ON a.owner = 'wallet:' || t.wallet
WHERE t.token = ?
-- name: profile
SELECT sealed, shown, phone FROM profiles WHERE member = ?
-- name: set_profile
INSERT OR REPLACE INTO profiles (member, sealed, shown, phone) VALUES (?, ?, ?, ?)
-- name: drop_profile
DELETE FROM profiles WHERE member = ?
-- name: add_erased
INSERT OR REPLACE INTO erased (member, done) VALUES (?, 0)
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
-- name: last_receipt
SELECT last FROM receipt_counters WHERE terminal = ? AND epoch = ?
-- name: set_last_receipt
INSERT INTO receipt_counters (terminal, epoch, last) VALUES (?, ?, ?)
ON CONFLICT (terminal, epoch) DO UPDATE SET last = excluded.last
-- name: add_print_job
INSERT INTO print_jobs (seq, state) VALUES (?, 'waiting')
-- name: set_print_job
UPDATE print_jobs SET state = ?, why = ? WHERE seq = (SELECT seq FROM entries WHERE id = ?)
-- name: print_jobs_waiting
SELECT e.id FROM print_jobs j JOIN entries e ON e.seq = j.seq WHERE j.state <> 'printed' ORDER BY j.seq LIMIT ?
-- name: posting
SELECT p.amount FROM postings p JOIN accounts a ON a.account = p.account WHERE a.owner = ? AND a.unit = ? AND p.seq = ?
-- name: all_postings
SELECT account, seq, amount, balance FROM postings ORDER BY account, seq
-- name: count_postings
SELECT count(*) FROM postings
-- name: account_balance
SELECT balance FROM accounts WHERE account = ?
-- name: accounts_without_postings
SELECT count(*) FROM accounts a WHERE NOT EXISTS (SELECT 1 FROM postings p WHERE p.account = a.account)
-- name: lots_astray
WITH sums AS (SELECT 'wallet:' || wallet AS owner, unit, sum(rest) AS rest, max(seq) AS seq FROM lots GROUP BY wallet, unit)
SELECT coalesce(s.seq, 0), a.balance, coalesce(s.rest, 0)
FROM accounts a LEFT JOIN sums s ON s.owner = a.owner AND s.unit = a.unit
WHERE a.unit IN ('principal', 'bonus') AND a.balance <> coalesce(s.rest, 0)
LIMIT 1
