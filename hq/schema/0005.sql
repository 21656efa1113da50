-- What companies' cards may take of a day at one site that is cut off, by the number of the settings that say so:
-- fen, hundredths of a litre, and companies that have no limit in money.
CREATE TABLE day_limits (
    merchant_id text NOT NULL,
    n bigint NOT NULL,
    fen numeric(30, 0) NOT NULL,
    litres numeric(30, 0) NOT NULL,
    without integer NOT NULL,
    PRIMARY KEY (merchant_id, n)
);

SELECT of_one_merchant('day_limits'::regclass);
