-- When who holds a wallet came last, to any site, as days since 1970 by headquarters' own clock; what is not kept of
-- them any more since, and when they were to be forgotten altogether, last.
CREATE TABLE came (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    day integer NOT NULL,
    lapsed text[] NOT NULL DEFAULT '{}',
    forgotten integer NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, wallet)
);
CREATE INDEX came_day ON came (merchant_id, day);

-- How long a merchant keeps what, in days (JSON); without a row as long as the law asks.
CREATE TABLE retentions (
    merchant_id text NOT NULL,
    kept text NOT NULL,
    PRIMARY KEY (merchant_id)
);

SELECT of_one_merchant(kept::regclass) FROM unnest(ARRAY['came', 'retentions']) AS kept;
