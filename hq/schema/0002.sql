-- Who may come in. The secret of a code is in no row: it is made from the row, under a key beside the database.

CREATE TABLE merchants (
    merchant_id text PRIMARY KEY,
    -- Finds members by card and phone; in a box to headquarters.
    token_key bytea NOT NULL
);

CREATE TABLE codes (
    merchant_id text NOT NULL,
    id text NOT NULL,
    site text NOT NULL,
    terminal text NOT NULL,
    operator text NOT NULL,
    until_ms bigint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    used_ms bigint,
    PRIMARY KEY (merchant_id, id)
);

-- Each was let in by one code. Its keys stay, its certificates follow each other.
CREATE TABLE machines (
    merchant_id text NOT NULL,
    code text NOT NULL,
    site text NOT NULL,
    terminal text NOT NULL,
    instance text NOT NULL,
    site_key bytea NOT NULL CHECK (octet_length(site_key) = 32),
    box_key bytea NOT NULL CHECK (octet_length(box_key) = 32),
    tls_key bytea NOT NULL,
    enrolled_ms bigint NOT NULL,
    revoked_ms bigint,
    revoked_why text NOT NULL DEFAULT '',
    PRIMARY KEY (merchant_id, code)
);
CREATE INDEX machines_of_site ON machines (merchant_id, site, terminal);

CREATE TABLE certificates (
    merchant_id text NOT NULL,
    serial text NOT NULL,
    code text NOT NULL,
    since_ms bigint NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, serial)
);

-- Operators who are logged in, by the SHA-256 of what their browser holds.
CREATE TABLE sessions (
    merchant_id text NOT NULL,
    id bytea NOT NULL CHECK (octet_length(id) = 32),
    operator text NOT NULL,
    until_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

SELECT of_one_merchant(kept::regclass)
FROM unnest(ARRAY['merchants', 'codes', 'machines', 'certificates', 'sessions']) AS kept;
