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
-- name: balances_as_of
SELECT a.unit, (
    SELECT p.balance FROM postings p WHERE p.account = a.account AND p.seq <= ?2 ORDER BY p.seq DESC LIMIT 1
) FROM accounts a WHERE a.owner = ?1
-- name: lots
SELECT lot, rest FROM lots WHERE wallet = ? AND unit = ? AND rest > 0 ORDER BY seq, lot
-- name: lay_lot
INSERT INTO lots (wallet, unit, seq, lot, laid, rest) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
-- name: take_lot
UPDATE lots SET rest = rest + ?4 WHERE wallet = ?1 AND unit = ?2 AND lot = ?3
-- name: wallet
SELECT member, tier FROM wallets WHERE wallet = ?
-- name: add_wallet
INSERT INTO wallets (wallet, member, seq) VALUES (?, ?, ?)
-- name: card
SELECT wallet, state, shown FROM cards WHERE card = ?
-- name: add_card
INSERT INTO cards (card, wallet, state, shown) VALUES (?, ?, 'active', ?)
-- name: add_coupon
INSERT INTO coupons (coupon, wallet, kind, face, threshold) VALUES (?, ?, ?, ?, ?)
-- name: token
SELECT wallet, card FROM tokens WHERE token = ?
-- name: add_token
INSERT INTO tokens (token, wallet, card) VALUES (?, ?, ?)
-- name: profile
SELECT sealed, shown FROM profiles WHERE member = ?
-- name: add_profile
INSERT INTO profiles (member, sealed, shown) VALUES (?, ?, ?)
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
