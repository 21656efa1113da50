-- PINs that were chosen at a shop that knows nothing else of whoever holds the wallet, each shop's last: sealed, as
-- profiles are.
CREATE TABLE visitor_pins (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    site text NOT NULL,
    edit uuid NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (merchant_id, wallet, site)
);

SELECT of_one_merchant('visitor_pins');
