-- What headquarters directs. How far its feed was applied stands in meta (fed_epoch, fed_m).

-- The hot list: cards that are refused, also those that are not known here.
CREATE TABLE hot (
    card  TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys that headquarters announced, by their use: believed from then on, or no more.
CREATE TABLE trusted (
    use      TEXT NOT NULL,
    public   TEXT NOT NULL,
    believed INTEGER NOT NULL CHECK (believed IN (0, 1)),
    PRIMARY KEY (use, public)
) STRICT, WITHOUT ROWID;

-- Which manifest each data set is read by.
CREATE TABLE sets (
    name     TEXT PRIMARY KEY,
    version  TEXT NOT NULL,
    manifest TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Sales whose right to be undone was given away.
CREATE TABLE sales_left (
    sale BLOB PRIMARY KEY CHECK (length(sale) = 16)
) STRICT, WITHOUT ROWID;

-- Sales of other sites that came here to be undone, and what had undone parts of them by then.
CREATE TABLE sales_came (
    sale BLOB PRIMARY KEY CHECK (length(sale) = 16),
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE undone_elsewhere (
    sale  BLOB NOT NULL CHECK (length(sale) = 16),
    entry BLOB NOT NULL CHECK (length(entry) = 16),
    body  BLOB NOT NULL,
    PRIMARY KEY (sale, entry)
) STRICT, WITHOUT ROWID;

-- Wallets whose people headquarters must be told of, by the entry that changed them last (or an id of its own,
-- where a number was stored anew under the merchant's key), and the hq_epoch under which it said that it has them: after a restore there they are told again.
CREATE TABLE profile_edits (
    wallet TEXT PRIMARY KEY,
    edit   BLOB NOT NULL CHECK (length(edit) = 16),
    turn   INTEGER NOT NULL,
    held   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX profile_edits_turn ON profile_edits (turn);
CREATE INDEX profile_edits_waiting ON profile_edits (held);

-- Entries that the shop's own cloud does not take (webhook mode): kept, shown, tried again until a person
-- gives one up, which stays here with who it was.
CREATE TABLE hooks_held (
    seq         INTEGER PRIMARY KEY,
    why         TEXT NOT NULL,
    since_ms    INTEGER NOT NULL,
    given_up_ms INTEGER,
    given_up_by TEXT NOT NULL DEFAULT ''
) STRICT;
