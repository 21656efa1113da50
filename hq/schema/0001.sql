-- Every key leads with merchant_id: a chain of shops is the unit of placement. No foreign keys across
-- merchants, ids are made by clients, constraints are checked at once.
--
-- Rows of one merchant are seen by nobody else: whoever serves sites does so as hq_worker, and names the
-- merchant for each transaction in the setting hq.merchant. hq_operator reads all of them and writes none.

-- Whoever may not create roles has them made beforehand, and is made a member of both.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hq_worker') THEN
        CREATE ROLE hq_worker NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hq_operator') THEN
        CREATE ROLE hq_operator NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

DO $$
BEGIN
    IF NOT (pg_has_role('hq_worker', 'MEMBER') AND pg_has_role('hq_operator', 'MEMBER')) THEN
        EXECUTE format('GRANT hq_worker, hq_operator TO %I', current_user);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO hq_worker, hq_operator', current_schema());
END $$;

-- Called once for each table, also by later files. As a sub-select the setting is read once a statement, not a row.
CREATE FUNCTION of_one_merchant(kept regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', kept);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', kept);
    EXECUTE format(
        'CREATE POLICY one_merchant ON %s TO hq_worker '
        'USING (merchant_id = (SELECT current_setting(''hq.merchant'', true))) '
        'WITH CHECK (merchant_id = (SELECT current_setting(''hq.merchant'', true)))', kept);
    EXECUTE format('CREATE POLICY all_merchants ON %s FOR SELECT TO hq_operator USING (true)', kept);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO hq_worker', kept);
    EXECUTE format('GRANT SELECT ON %s TO hq_operator', kept);
END $$;

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
    -- Below the hq_epoch that is in force: its chain may go on beyond these books, which were restored.
    confirmed bigint NOT NULL,
    seen_ms bigint NOT NULL,
    written_off_ms bigint NOT NULL DEFAULT 0,
    -- Of people, that came from here: the site is told so, and a copy of these books that holds fewer is known by it.
    edits bigint NOT NULL DEFAULT 0,
    -- Forks in a row, each within minutes of the one before: two disks of one machine may take turns.
    forks bigint NOT NULL DEFAULT 0,
    forked_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, site)
);
CREATE INDEX sites_confirmed ON sites (merchant_id, confirmed) WHERE written_off_ms = 0;

-- The hq_epoch that headquarters began by itself, because it was shown that its books are an older copy. What
-- another process began is seen by each transaction that comes after.
CREATE TABLE epochs (
    merchant_id text PRIMARY KEY,
    hq_epoch bigint NOT NULL
);

-- How every transaction of the rules begins: whose rows it sees, whether it is alone among those of its merchant,
-- and the row of the site, held until the end or only read. One round trip in place of four.
CREATE FUNCTION enter(merchant text, at_site text, alone boolean, hold boolean)
RETURNS TABLE (raised bigint, here sites) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hq.merchant', merchant, true);
    IF alone THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(merchant, 0));
    ELSE
        PERFORM pg_advisory_xact_lock_shared(hashtextextended(merchant, 0));
    END IF;
    SELECT e.hq_epoch INTO raised FROM epochs e WHERE e.merchant_id = merchant;
    IF hold THEN
        SELECT * INTO here FROM sites s WHERE s.merchant_id = merchant AND s.site = at_site FOR UPDATE;
    ELSE
        SELECT * INTO here FROM sites s WHERE s.merchant_id = merchant AND s.site = at_site;
    END IF;
    RETURN NEXT;
END $$;

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

-- In the order of the chain: what is added goes to the end of the index, and not all over it.
CREATE TABLE postings (
    merchant_id text NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    line integer NOT NULL,
    account text NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (merchant_id, site, seq, line)
);

-- What a site holds of an account, and how much of it came from the pool or went there. What was loaded and
-- spent at the site is the difference. `kept_ms`: when the site gave less of it than it was asked for, last.
-- The bound is `taken.COUNTED_MAX`.
CREATE TABLE balances (
    merchant_id text NOT NULL,
    account text NOT NULL,
    site text NOT NULL,
    balance numeric(30, 0) NOT NULL CHECK (abs(balance) <= 8796093022208),
    moved numeric(30, 0) NOT NULL DEFAULT 0,
    loaded_ms bigint NOT NULL DEFAULT 0,
    kept_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, account, site)
);

-- Wallets that were merged lead to the one that is left; `root` is always the last of them.
CREATE TABLE wallets (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    root text NOT NULL,
    member text,
    tier text NOT NULL,
    opened_ms bigint NOT NULL,
    opened_by uuid,
    PRIMARY KEY (merchant_id, wallet)
);
CREATE INDEX wallets_root ON wallets (merchant_id, root);
CREATE INDEX wallets_opened_by ON wallets (merchant_id, opened_by);

-- What headquarters holds, by the account of the wallet that is left. `withdrawn`: ended here.
-- The row of a debt says how much of it was settled out of the pool.
CREATE TABLE pool (
    merchant_id text NOT NULL,
    account text NOT NULL,
    balance numeric(30, 0) NOT NULL CHECK (balance >= 0),
    withdrawn numeric(30, 0) NOT NULL DEFAULT 0 CHECK (withdrawn >= 0),
    PRIMARY KEY (merchant_id, account)
);

CREATE TABLE lot_terms (
    merchant_id text NOT NULL,
    unit text NOT NULL,
    lot text NOT NULL,
    laid bigint NOT NULL,
    paid bigint NOT NULL,
    since text NOT NULL,
    until text NOT NULL,
    invoice text NOT NULL,
    PRIMARY KEY (merchant_id, unit, lot)
);

-- How much of which lot lies where; site '' is the pool.
CREATE TABLE lots (
    merchant_id text NOT NULL,
    account text NOT NULL,
    lot text NOT NULL,
    site text NOT NULL,
    rest numeric(30, 0) NOT NULL CHECK (site = '' OR abs(rest) <= 8796093022208),
    PRIMARY KEY (merchant_id, account, lot, site)
);

-- Spent beyond rights, entry by entry; site '' is headquarters itself, short after a restore.
CREATE TABLE overdrafts (
    merchant_id text NOT NULL,
    site text NOT NULL,
    id uuid NOT NULL,
    account text NOT NULL,
    lot text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    rest bigint NOT NULL CHECK (rest BETWEEN 0 AND amount),
    opened_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, site, id, account, lot)
);
CREATE INDEX overdrafts_open ON overdrafts (merchant_id, account) WHERE rest > 0;

-- What a dead site held is the pool's again.
CREATE TABLE written_off (
    merchant_id text NOT NULL,
    account text NOT NULL,
    site text NOT NULL,
    amount numeric(30, 0) NOT NULL,
    PRIMARY KEY (merchant_id, account, site)
);

CREATE TABLE feeds (
    merchant_id text NOT NULL,
    site text NOT NULL,
    hq_epoch bigint NOT NULL,
    last_m bigint NOT NULL,
    PRIMARY KEY (merchant_id, site)
);

CREATE TABLE feed (
    merchant_id text NOT NULL,
    site text NOT NULL,
    hq_epoch bigint NOT NULL,
    m bigint NOT NULL,
    id uuid NOT NULL,
    not_before_ms bigint NOT NULL,
    directive text NOT NULL,
    applied_seq bigint,
    PRIMARY KEY (merchant_id, site, hq_epoch, m)
);
CREATE UNIQUE INDEX feed_id ON feed (merchant_id, id);
CREATE INDEX feed_open ON feed (merchant_id, site) WHERE applied_seq IS NULL;

-- Grants in transit, and releases that are asked for, while the site has not applied them.
CREATE TABLE moving (
    merchant_id text NOT NULL,
    account text NOT NULL,
    site text NOT NULL,
    id uuid NOT NULL,
    granted boolean NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (merchant_id, account, site, id)
);
CREATE INDEX moving_id ON moving (merchant_id, id);

CREATE TABLE asks (
    merchant_id text NOT NULL,
    id uuid NOT NULL,
    site text NOT NULL,
    outcome text NOT NULL,
    code text NOT NULL,
    body bytea NOT NULL,
    asked_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

-- The part of an ask that must come from other sites first.
CREATE TABLE waiting (
    merchant_id text NOT NULL,
    account text NOT NULL,
    ask uuid NOT NULL,
    site text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    until_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, account, ask)
);

-- What leads to a wallet, as HMACs; without a card it is a phone.
CREATE TABLE keys (
    merchant_id text NOT NULL,
    token bytea NOT NULL,
    wallet text NOT NULL,
    card text,
    shown text NOT NULL,
    PRIMARY KEY (merchant_id, token)
);
CREATE INDEX keys_wallet ON keys (merchant_id, wallet);

CREATE TABLE hot (
    merchant_id text NOT NULL,
    card text NOT NULL,
    state text NOT NULL,
    said_by text NOT NULL,
    since_ms bigint NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (merchant_id, card)
);

-- The last of them one by one, so that what a site took while it was apart can be told from what was seen elsewhere.
CREATE TABLE chip_seen (
    merchant_id text NOT NULL,
    card bytea NOT NULL,
    counter bigint NOT NULL,
    site text NOT NULL,
    report bytea NOT NULL DEFAULT '',
    PRIMARY KEY (merchant_id, card, counter)
);
CREATE INDEX hot_place ON hot (merchant_id, place);

-- Sealed by the sites to headquarters' box key.
CREATE TABLE profiles (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    edit uuid NOT NULL,
    member text,
    sealed bytea NOT NULL,
    traces text[] NOT NULL,
    arrived_ms bigint NOT NULL,
    since bigint NOT NULL, -- when a site saw the wallet given to that holder, in ms; 0: none did
    PRIMARY KEY (merchant_id, wallet)
);

-- Of each site the newest turn that it said of a wallet: what comes later and is older is not applied.
CREATE TABLE edit_turns (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    site text NOT NULL,
    turn bigint NOT NULL,
    PRIMARY KEY (merchant_id, wallet, site)
);

CREATE TABLE edits (
    merchant_id text NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (merchant_id, id)
);

CREATE TABLE coupons (
    merchant_id text NOT NULL,
    coupon text NOT NULL,
    wallet text NOT NULL,
    terms text NOT NULL,
    pack uuid,
    PRIMARY KEY (merchant_id, coupon)
);
CREATE INDEX coupons_pack ON coupons (merchant_id, pack) WHERE pack IS NOT NULL;

-- Who may undo a sale, once that is no more the site that sold; '' is headquarters.
CREATE TABLE sale_holders (
    merchant_id text NOT NULL,
    sale uuid NOT NULL,
    site text NOT NULL,
    PRIMARY KEY (merchant_id, sale)
);

CREATE TABLE undone (
    merchant_id text NOT NULL,
    of uuid NOT NULL,
    site text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (merchant_id, of, site, seq)
);

-- Two joins of one person, found while nothing may be merged or by somebody who may not.
CREATE TABLE conflicts (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    into_wallet text NOT NULL,
    PRIMARY KEY (merchant_id, wallet)
);

-- Which sites know of a merge, or will by their feed.
CREATE TABLE told (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    site text NOT NULL,
    PRIMARY KEY (merchant_id, wallet, site)
);

CREATE TABLE blobs (
    merchant_id text NOT NULL,
    hash bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (merchant_id, hash)
);

-- The highest counter that was seen of each card that counts, by a token that only its issuer can make.
CREATE TABLE chip_counters (
    merchant_id text NOT NULL,
    card bytea NOT NULL,
    counter bigint NOT NULL,
    PRIMARY KEY (merchant_id, card)
);

-- What people must look at; one row for each cause. Decided rows stay, so that no cause opens twice.
CREATE TABLE exceptions (
    merchant_id text NOT NULL,
    kind text NOT NULL,
    site text NOT NULL,
    subject text NOT NULL,
    why text NOT NULL,
    opened_ms bigint NOT NULL,
    decision text NOT NULL DEFAULT '',
    decided_by text NOT NULL DEFAULT '',
    second text NOT NULL DEFAULT '',
    decided_ms bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (merchant_id, kind, site, subject)
);
CREATE INDEX exceptions_open ON exceptions (merchant_id, opened_ms) WHERE decision = '';

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'sites', 'epochs', 'entries', 'claims', 'postings', 'balances', 'wallets', 'pool', 'lot_terms', 'lots', 'overdrafts',
        'written_off', 'feeds', 'feed', 'moving', 'asks', 'waiting', 'keys', 'hot', 'profiles', 'edits', 'edit_turns', 'coupons',
        'sale_holders', 'undone', 'conflicts', 'told', 'blobs', 'chip_counters', 'chip_seen',
        'exceptions'
    ]
    LOOP
        PERFORM of_one_merchant(kept::regclass);
    END LOOP;
END $$;
