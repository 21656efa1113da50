-- The ledger of one site. Amounts are credits, in whole fen, points, uses: see docs/decisions.
-- Needs: page_size 1024, WAL, synchronous FULL (set when the file is opened).

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- A program that knows at least this schema may open the file.
INSERT INTO meta VALUES ('openable_from', 1);

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

CREATE TRIGGER entries_are_immutable BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are immutable'); END;

-- Value never goes below zero; what the shop has in hand or gave away does (owner site:...).
CREATE TABLE accounts (
    owner   TEXT NOT NULL,
    unit    TEXT NOT NULL,
    balance INTEGER NOT NULL,
    last    INTEGER NOT NULL, -- its last posting
    PRIMARY KEY (owner, unit),
    CHECK (balance >= 0 OR (owner >= 'site:' AND owner < 'site;'))
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

-- A balance is moved by nothing but a posting.
CREATE TRIGGER postings_move_balances AFTER INSERT ON postings
BEGIN
    UPDATE accounts SET balance = balance + NEW.amount, last = NEW.posting
    WHERE owner = NEW.owner AND unit = NEW.unit AND last = NEW.before AND balance + NEW.amount = NEW.balance;
    INSERT INTO accounts (owner, unit, balance, last)
    SELECT NEW.owner, NEW.unit, NEW.amount, NEW.posting WHERE changes() = 0;
END;

CREATE TRIGGER postings_are_immutable BEFORE UPDATE ON postings
BEGIN SELECT raise(ABORT, 'postings are immutable'); END;

CREATE TRIGGER postings_stay BEFORE DELETE ON postings
BEGIN SELECT raise(ABORT, 'postings stay'); END;

-- One lot a recharge and unit; the order of seq is the order in which they are spent.
CREATE TABLE lots (
    wallet TEXT NOT NULL,
    unit   TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    lot    TEXT NOT NULL,
    laid   INTEGER NOT NULL CHECK (laid > 0),
    rest   INTEGER NOT NULL CHECK (rest BETWEEN 0 AND laid),
    PRIMARY KEY (wallet, unit, seq, lot)
) STRICT, WITHOUT ROWID;

CREATE TABLE wallets (
    wallet TEXT PRIMARY KEY,
    member TEXT,
    tier   TEXT NOT NULL DEFAULT 'regular',
    seq    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cards (
    card   TEXT PRIMARY KEY,
    wallet TEXT NOT NULL REFERENCES wallets,
    state  TEXT NOT NULL CHECK (state IN ('active', 'lost', 'frozen', 'replaced', 'cancelled', 'expired')),
    shown  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE coupons (
    coupon    TEXT PRIMARY KEY,
    wallet    TEXT NOT NULL REFERENCES wallets,
    kind      TEXT NOT NULL,
    face      INTEGER NOT NULL,
    threshold INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What somebody presents, as HMAC-SHA-256 under the merchant's key: numbers themselves are nowhere.
CREATE TABLE tokens (
    token  BLOB PRIMARY KEY CHECK (length(token) = 32),
    wallet TEXT NOT NULL REFERENCES wallets,
    card   TEXT
) STRICT, WITHOUT ROWID;

-- Personal data, AES-256-GCM under the member's own key, which lies in another file.
CREATE TABLE profiles (
    member TEXT PRIMARY KEY,
    sealed BLOB NOT NULL,
    shown  TEXT NOT NULL
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

