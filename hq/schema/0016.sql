-- Whose a wallet is since it was given, as the chain of a site says it, in ms since 1970: a profile may come later, or never.
CREATE TABLE given_away (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    member text NOT NULL,
    since_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, wallet)
);

SELECT of_one_merchant('given_away');
