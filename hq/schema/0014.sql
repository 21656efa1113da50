-- Who asked to be forgotten and waits until nothing of theirs lies anywhere; told: as days since 1970, when the sites
-- heard last that they are to be forgotten; 0: not yet, or something was left since.
CREATE TABLE wishes (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    member text NOT NULL,
    since_ms bigint NOT NULL,
    told integer NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, wallet)
);

SELECT of_one_merchant('wishes');
