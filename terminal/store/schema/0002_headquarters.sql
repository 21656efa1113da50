-- What headquarters directs. How far its feed was applied stands in meta (fed_epoch, fed_m).

-- The hot list: cards that are refused, also those that are not known here.
CREATE TABLE hot (
    card  TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Keys that are believed, by their use.
CREATE TABLE trusted (
    use    TEXT NOT NULL,
    public TEXT NOT NULL,
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

-- Wallets whose people headquarters must be told of, by the entry that changed them last, and the hq_epoch under
-- which it said that it has them: after a restore there they are told again.
CREATE TABLE profile_edits (
    wallet TEXT PRIMARY KEY,
    edit   BLOB NOT NULL CHECK (length(edit) = 16),
    held   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX profile_edits_waiting ON profile_edits (held);

-- Entries that the shop's own cloud does not take (webhook mode): kept, shown, tried again.
CREATE TABLE hooks_held (
    seq      INTEGER PRIMARY KEY,
    why      TEXT NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT;
