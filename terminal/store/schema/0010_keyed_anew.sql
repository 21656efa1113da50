-- By which readings of names all members are found, and after which member to go on; null: that was all.
CREATE TABLE keyed_anew (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    readings TEXT NOT NULL,
    after    TEXT
) STRICT;

-- Who joins is looked for among those who are known, by the masked phone beside what is sealed.
CREATE INDEX members_by_phone ON profiles (phone);
