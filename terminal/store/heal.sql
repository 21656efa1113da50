-- name: shown
UPDATE main.cards SET shown = (SELECT o.shown FROM old.cards o WHERE o.card = main.cards.card)
WHERE card IN (SELECT card FROM old.cards)
-- name: pins
UPDATE main.wallets SET pin = (SELECT o.pin FROM old.wallets o WHERE o.wallet = main.wallets.wallet)
WHERE wallet IN (SELECT wallet FROM old.wallets)
-- name: pin_tries
INSERT INTO main.pin_tries (whose, tries) SELECT o.whose, o.tries FROM old.pin_tries o
WHERE o.whose IN (SELECT wallet FROM main.wallets) OR o.whose LIKE 'staff:%'
-- name: staff_pins
INSERT OR REPLACE INTO main.staff_pins (staff, pin, given) SELECT o.staff, o.pin, o.given FROM old.staff_pins o
-- name: tokens
WITH RECURSIVE leads (wallet, to_wallet) AS (
    SELECT wallet, wallet FROM main.wallets WHERE into_wallet IS NULL
    UNION ALL
    SELECT w.wallet, l.to_wallet FROM leads l JOIN main.wallets w ON w.into_wallet = l.wallet
)
-- A card's number leads where the card is: the old branch may have merged its wallet into another one.
INSERT OR IGNORE INTO main.tokens (token, wallet, card)
SELECT o.token, coalesce(c.wallet, l.to_wallet), o.card
FROM old.tokens o JOIN leads l ON l.wallet = o.wallet LEFT JOIN main.cards c ON c.card = o.card
-- name: traces
WITH RECURSIVE leads (wallet, to_wallet) AS (
    SELECT wallet, wallet FROM main.wallets WHERE into_wallet IS NULL
    UNION ALL
    SELECT w.wallet, l.to_wallet FROM leads l JOIN main.wallets w ON w.into_wallet = l.wallet
)
INSERT OR IGNORE INTO main.traces (trace, wallet)
SELECT o.trace, l.to_wallet FROM old.traces o JOIN leads l ON l.wallet = o.wallet
-- name: profiles
INSERT INTO main.profiles (member, sealed, shown, phone)
SELECT o.member, o.sealed, o.shown, o.phone FROM old.profiles o
WHERE o.member NOT IN (SELECT member FROM main.erased)
-- name: services
INSERT INTO main.services (member, seq, entry, sealed, remark)
SELECT o.member, o.seq, o.entry, o.sealed, o.remark FROM old.services o
WHERE o.member NOT IN (SELECT member FROM main.erased)
-- name: profile_edits
INSERT INTO main.profile_edits (wallet, edit, turn, held)
SELECT o.wallet, o.edit, o.turn, o.held FROM old.profile_edits o JOIN main.wallets w ON w.wallet = o.wallet
-- name: erased
INSERT OR IGNORE INTO main.erased (member, done) SELECT member, 0 FROM old.erased
-- name: print_jobs
INSERT INTO main.print_jobs (terminal, epoch, number, seq, state, why)
SELECT j.terminal, j.epoch, j.number, m.seq, 'doubtful', 'the ledger was healed'
FROM old.print_jobs j JOIN old.entries o ON o.seq = j.seq JOIN main.entries m ON m.id = o.id
WHERE j.state <> 'printed'
-- name: erasures_waiting
INSERT OR IGNORE INTO main.erasures_waiting (member, since, until, wallet, operator, second, why, told)
SELECT o.member, o.since, o.until, o.wallet, o.operator, o.second, o.why, o.told FROM old.erasures_waiting o
WHERE o.member NOT IN (SELECT member FROM main.erased)
