-- Phones that led to a wallet until whoever had it gave it away: who joins with one was a member before. Tokens, never
-- numbers; gone once that member is forgotten.
CREATE TABLE phones_before (
    merchant_id text NOT NULL,
    token bytea NOT NULL,
    wallet text NOT NULL,
    member text NOT NULL,
    PRIMARY KEY (merchant_id, token)
);
CREATE INDEX phones_before_of ON phones_before (merchant_id, member);

SELECT of_one_merchant('phones_before');
