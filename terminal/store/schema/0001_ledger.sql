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
    account INTEGER PRIMARY KEY,
    owner   TEXT NOT NULL,
    unit    TEXT NOT NULL,
    balance INTEGER NOT NULL DEFAULT 0,
    UNIQUE (owner, unit),
    CHECK (balance >= 0 OR (owner >= 'site:' AND owner < 'site;'))
) STRICT;

-- Each posting with the balance after it, so that what stood on a receipt can be printed again.
CREATE TABLE postings (
    account INTEGER NOT NULL REFERENCES accounts,
    seq     INTEGER NOT NULL,
    amount  INTEGER NOT NULL,
    balance INTEGER NOT NULL,
    PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE print_jobs (
    seq   INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'printed', 'doubtful')),
    why   TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX print_jobs_waiting ON print_jobs (seq) WHERE state <> 'printed';

CREATE TABLE receipt_counters (
    terminal TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch)
) STRICT, WITHOUT ROWID;
