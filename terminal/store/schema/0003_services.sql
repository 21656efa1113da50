-- What was done for members on their visits, AES-256-GCM under the member's own key, in the order in which it was
-- written down. The remark may be about health: it is sealed apart, and goes with that consent.
CREATE TABLE services (
    member TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    entry  BLOB NOT NULL CHECK (length(entry) = 16),
    sealed BLOB NOT NULL,
    remark BLOB,
    PRIMARY KEY (member, entry)
) STRICT, WITHOUT ROWID;
