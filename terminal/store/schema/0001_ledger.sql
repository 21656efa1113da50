-- The ledger of one site. Amounts are credits, in whole fen, points, uses: see docs/decisions.
-- Needs: page_size 1024, WAL, synchronous FULL (set when the file is opened).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- A program that knows at least this schema may open the file.
INSERT INTO meta VALUES ('openable_from', 1);

-- Which epoch began after which entry: the first with the file, each other with a restore or a healing.
CREATE TABLE epochs (
    epoch INTEGER PRIMARY KEY CHECK (epoch > 0),
    after INTEGER NOT NULL CHECK (after >= 0)
) STRICT;

CREATE TRIGGER epochs_only_rise BEFORE INSERT ON epochs
WHEN EXISTS (SELECT 1 FROM epochs WHERE epoch >= NEW.epoch OR after > NEW.after)
BEGIN SELECT raise(ABORT, 'an epoch only rises'); END;

CREATE TRIGGER epochs_are_immutable BEFORE UPDATE ON epochs
BEGIN SELECT raise(ABORT, 'epochs are immutable'); END;

CREATE TRIGGER epochs_stay BEFORE DELETE ON epochs
BEGIN SELECT raise(ABORT, 'epochs stay'); END;

-- The journal: what is here is a fact for ever. Bodies are canonical JSON, hashed and sent as these bytes.
CREATE TABLE entries (
    seq  INTEGER PRIMARY KEY,
    id   BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL
) STRICT;

CREATE TRIGGER entries_are_gapless BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT raise(ABORT, 'seq is not the next one'); END;

-- INSERT OR REPLACE would take an entry away without a DELETE that a trigger sees.
CREATE TRIGGER entries_replace_none BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'that id is an entry already'); END;

CREATE TRIGGER entries_are_immutable BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are immutable'); END;

-- Nothing is pruned. Whatever will be one day leaves every id here, and never what headquarters does not hold.
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
BEGIN
    SELECT raise(ABORT, 'headquarters has not acknowledged this entry')
    WHERE OLD.seq > coalesce((SELECT value FROM meta WHERE name = 'acked'), 0);
    SELECT raise(ABORT, 'entries stay, and their ids');
END;

-- The journal up to a seq, vouched for by this site.
CREATE TABLE checkpoints (
    seq       INTEGER PRIMARY KEY,
    epoch     INTEGER NOT NULL,
    instance  TEXT NOT NULL,
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    mac       BLOB NOT NULL CHECK (length(mac) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    public    BLOB NOT NULL CHECK (length(public) = 32)
) STRICT;

-- Value never goes below zero and a coupon is one; debts stand at or below zero, apart; what the shop has in
-- hand or gave away (owner site:...) may be either.
CREATE TABLE accounts (
    owner   TEXT NOT NULL,
    unit    TEXT NOT NULL,
    balance INTEGER NOT NULL,
    last    INTEGER NOT NULL, -- its last posting
    PRIMARY KEY (owner, unit),
    CHECK (CASE
        WHEN owner >= 'site:' AND owner < 'site;' THEN 1
        WHEN unit >= 'debt:' AND unit < 'debt;' THEN balance <= 0
        WHEN unit >= 'coupon:' AND unit < 'coupon;' THEN balance IN (0, 1)
        ELSE balance >= 0
    END)
) STRICT, WITHOUT ROWID;

-- What entries did to accounts, in the order of the journal: always written at the end, on one page.
-- Each names the one before it on its account, so that an account can be read back without an index.
CREATE TABLE postings (
    posting INTEGER PRIMARY KEY, -- 4096 * seq + its place in the entry
    owner   TEXT NOT NULL,
    unit    TEXT NOT NULL,
    amount  INTEGER NOT NULL,
    balance INTEGER NOT NULL, -- after it
    before  INTEGER
) STRICT;

-- A posting moves a balance. That nothing else does is not held here, where every sale would pay for it, but by
-- every walk, which adds the postings up; the same of what rests in lots.
CREATE TRIGGER postings_move_balances AFTER INSERT ON postings
BEGIN
    UPDATE accounts SET balance = balance + NEW.amount, last = NEW.posting
    WHERE owner = NEW.owner AND unit = NEW.unit AND last = NEW.before AND balance + NEW.amount = NEW.balance;
    INSERT INTO accounts (owner, unit, balance, last)
    SELECT NEW.owner, NEW.unit, NEW.amount, NEW.posting WHERE changes() = 0;
END;

-- An entry comes after its postings, and takes no more of them once it stands.
CREATE TRIGGER postings_come_first BEFORE INSERT ON postings
WHEN NEW.posting < 4096 * (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT raise(ABORT, 'that entry stands already'); END;

CREATE TRIGGER accounts_stay BEFORE DELETE ON accounts
BEGIN SELECT raise(ABORT, 'accounts stay'); END;

-- All that an entry posts sums to zero. Measure by measure it is seen to where the chart of accounts is known:
-- before it is written, and by every walk.
CREATE TRIGGER entries_balance BEFORE INSERT ON entries
WHEN (SELECT sum(amount) FROM postings WHERE posting >= 4096 * NEW.seq AND posting < 4096 * (NEW.seq + 1)) <> 0
BEGIN SELECT raise(ABORT, 'postings do not sum to zero'); END;

CREATE TRIGGER postings_are_immutable BEFORE UPDATE ON postings
BEGIN SELECT raise(ABORT, 'postings are immutable'); END;

CREATE TRIGGER postings_stay BEFORE DELETE ON postings
BEGIN SELECT raise(ABORT, 'postings stay'); END;

-- One lot a recharge, purchase or grant and unit; the order of seq is the order in which they are spent.
CREATE TABLE lots (
    wallet TEXT NOT NULL,
    unit   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    lot    TEXT NOT NULL,
    laid   INTEGER NOT NULL CHECK (laid > 0),
    rest   INTEGER NOT NULL CHECK (rest BETWEEN 0 AND laid),
    paid   INTEGER NOT NULL DEFAULT 0,
    since  TEXT NOT NULL DEFAULT '',
    until  TEXT NOT NULL DEFAULT '',
    invoice TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (wallet, unit, seq, lot)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER lots_stay BEFORE DELETE ON lots
BEGIN SELECT raise(ABORT, 'lots stay'); END;

CREATE TABLE wallets (
    wallet TEXT PRIMARY KEY,
    member TEXT,
    tier   TEXT NOT NULL DEFAULT 'regular',
    into_wallet TEXT REFERENCES wallets,
    pin    TEXT NOT NULL DEFAULT '',
    given  INTEGER NOT NULL DEFAULT 0, -- to whoever holds it, in ms since 1970; 0: nobody gave it
    seen   INTEGER NOT NULL DEFAULT 0, -- the last sale to it that moved none of its accounts
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- PINs keyed for a wallet (its id) or by somebody who works here ('staff:' and theirs) and not found right since
-- the last that was: counted before any is compared.
CREATE TABLE pin_tries (
    whose TEXT PRIMARY KEY,
    tries INTEGER NOT NULL CHECK (tries BETWEEN 1 AND 5)
) STRICT, WITHOUT ROWID;

CREATE TABLE staff_pins (
    staff TEXT PRIMARY KEY,
    pin   TEXT NOT NULL,
    given INTEGER NOT NULL CHECK (given IN (0, 1)) -- by somebody else: it serves to choose their own
) STRICT, WITHOUT ROWID;

CREATE INDEX wallets_of ON wallets (member) WHERE member IS NOT NULL;

CREATE TABLE cards (
    card   TEXT PRIMARY KEY,
    wallet TEXT NOT NULL REFERENCES wallets,
    state  TEXT NOT NULL CHECK (state IN ('new', 'active', 'lost', 'frozen', 'replaced', 'cancelled', 'expired')),
    shown  TEXT NOT NULL,
    until  TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE TABLE coupons (
    coupon    TEXT PRIMARY KEY,
    wallet    TEXT NOT NULL REFERENCES wallets,
    kind      TEXT NOT NULL,
    face      INTEGER NOT NULL,
    threshold INTEGER NOT NULL,
    since     TEXT NOT NULL,
    until     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX coupons_of ON coupons (wallet);

-- What somebody presents, as HMAC-SHA-256 under the merchant's key: numbers themselves are nowhere.
CREATE TABLE tokens (
    token  BLOB PRIMARY KEY CHECK (length(token) = 32),
    wallet TEXT NOT NULL REFERENCES wallets,
    card   TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_of ON tokens (wallet);

-- What people are searched by (last four digits, initials, characters of a name): the first eight bytes of an HMAC.
CREATE TABLE traces (
    trace  BLOB NOT NULL CHECK (length(trace) = 8),
    wallet TEXT NOT NULL REFERENCES wallets,
    PRIMARY KEY (trace, wallet)
) STRICT, WITHOUT ROWID;

CREATE INDEX traces_of ON traces (wallet);

-- Personal data, AES-256-GCM under the member's own key, which lies in another file.
CREATE TABLE profiles (
    member TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    shown  TEXT NOT NULL,
    phone  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Members whose key is destroyed; done is 0 until it certainly is, and again after a restore.
CREATE TABLE erased (
    member TEXT PRIMARY KEY,
    done   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX erased_not_yet ON erased (member) WHERE done = 0;

-- Members who asked to be forgotten and are not yet, by no entry: since which business day, and until which one
-- the law, or a dispute, keeps their records; empty: value is left.
CREATE TABLE erasures_waiting (
    member TEXT PRIMARY KEY,
    since  TEXT NOT NULL,
    until  TEXT NOT NULL,
    wallet TEXT NOT NULL,    -- by which they asked
    operator TEXT NOT NULL,  -- who took the wish
    second TEXT NOT NULL     -- who approved it; empty: nobody had to
) STRICT, WITHOUT ROWID;

-- What each member said last to each purpose, and in which entry.
CREATE TABLE consents (
    member  TEXT NOT NULL,
    purpose TEXT NOT NULL,
    version TEXT NOT NULL,
    given   INTEGER NOT NULL CHECK (given IN (0, 1)),
    seq     INTEGER NOT NULL,
    PRIMARY KEY (member, purpose)
) STRICT, WITHOUT ROWID;

CREATE TABLE records_kept (
    member TEXT PRIMARY KEY,
    until  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which entries undo which, or came with which.
CREATE TABLE referring (
    entry BLOB NOT NULL CHECK (length(entry) = 16),
    seq   INTEGER NOT NULL,
    PRIMARY KEY (entry, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
    intent   BLOB PRIMARY KEY CHECK (length(intent) = 16),
    consumer BLOB NOT NULL UNIQUE CHECK (length(consumer) = 16),
    amount   INTEGER NOT NULL,
    ended    TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

CREATE INDEX intents_open ON intents (intent) WHERE ended = '';

CREATE TABLE shifts (
    shift TEXT PRIMARY KEY,
    open  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Receipts that nobody reported as printed. The newest of a terminal stays in any case: the next number
-- follows from it. Few rows, so that a look at all of them needs no index.
CREATE TABLE print_jobs (
    terminal TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    number   INTEGER NOT NULL, -- of the receipt
    seq      INTEGER NOT NULL,
    state    TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'doubtful', 'printed')),
    why      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (terminal, epoch, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER printed_jobs_go AFTER INSERT ON print_jobs
BEGIN
    DELETE FROM print_jobs
    WHERE terminal = NEW.terminal AND epoch = NEW.epoch AND number = NEW.number - 1 AND state = 'printed';
END;

