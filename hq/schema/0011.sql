-- The member's phone page. Who signs in, by the HMAC of their phone: what they keyed lies nowhere.

-- One code a phone, by its HMAC under a key beside the database; also for phones of nobody.
CREATE TABLE phone_codes (
    merchant_id text NOT NULL,
    phone bytea NOT NULL CHECK (octet_length(phone) = 32),
    mac bytea NOT NULL CHECK (octet_length(mac) = 32),
    until_ms bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    sent_ms bigint NOT NULL,
    -- How many since then, for a day.
    since_ms bigint NOT NULL,
    sent integer NOT NULL DEFAULT 1,
    PRIMARY KEY (merchant_id, phone)
);
CREATE INDEX phone_codes_old ON phone_codes (merchant_id, since_ms);

-- By the SHA-256 of what their browser holds. The wallet is the one that the phone led to then.
CREATE TABLE phone_sessions (
    merchant_id text NOT NULL,
    id bytea NOT NULL CHECK (octet_length(id) = 32),
    phone bytea NOT NULL CHECK (octet_length(phone) = 32),
    wallet text NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE INDEX phone_sessions_old ON phone_sessions (merchant_id, until_ms);

-- Which entries moved a wallet, for its receipts; written beside the calls, as far as each site's chain was looked
-- through.
CREATE TABLE wallet_entries (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (merchant_id, wallet, site, seq)
);

CREATE TABLE wallet_entries_read (
    merchant_id text NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (merchant_id, site)
);

SELECT of_one_merchant(kept::regclass)
FROM unnest(ARRAY['phone_codes', 'phone_sessions', 'wallet_entries', 'wallet_entries_read']) AS kept;
