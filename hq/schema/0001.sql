-- Every key leads with merchant_id: a chain of shops is the unit of placement. No foreign keys across
-- merchants, ids are made by the sites, constraints are checked at once.

CREATE TABLE sites (
    merchant_id text NOT NULL,
    site text NOT NULL,
    instance text NOT NULL,
    instance_no bigint NOT NULL DEFAULT 1,
    epoch bigint NOT NULL CHECK (epoch >= 1),
    acked bigint NOT NULL CHECK (acked >= 0),
    head bytea NOT NULL CHECK (octet_length(head) = 32),
    said bigint NOT NULL,
    nonce text NOT NULL,
    hq_epoch bigint NOT NULL,
    seen_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, site)
);

-- The chains, verbatim.
CREATE TABLE entries (
    merchant_id text NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 1),
    kind text NOT NULL,
    id uuid,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    body bytea NOT NULL,
    PRIMARY KEY (merchant_id, site, seq)
);

-- One id is one effect, whichever site it came from.
CREATE TABLE claims (
    merchant_id text NOT NULL,
    id uuid NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    command bytea NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE postings (
    merchant_id text NOT NULL,
    account text NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    line integer NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (merchant_id, account, site, seq, line)
);

-- What a site holds of an account. The account as a whole is the sum over its sites.
CREATE TABLE balances (
    merchant_id text NOT NULL,
    account text NOT NULL,
    site text NOT NULL,
    balance numeric(30, 0) NOT NULL,
    PRIMARY KEY (merchant_id, account, site)
);

-- What people must look at; one row for each cause.
CREATE TABLE exceptions (
    merchant_id text NOT NULL,
    kind text NOT NULL,
    site text NOT NULL,
    subject text NOT NULL,
    why text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (merchant_id, kind, site, subject)
);
