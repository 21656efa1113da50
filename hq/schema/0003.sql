-- Data sets: what each site is to hold, cut into parts, and who may fetch what. A `place` is the first 32 bits of
-- the SHA-256 of a wallet or a card; a part holds those from `low` up to `high`.

-- What a data set must look at again: by key everywhere, or because it was met at one site just now.
CREATE TABLE changed (
    merchant_id text NOT NULL,
    set_name text NOT NULL,
    key text NOT NULL,
    site text NOT NULL,
    PRIMARY KEY (merchant_id, set_name, key, site)
);

-- Which wallet was met where, and on which day last (days since 1970-01-01).
CREATE TABLE seen (
    merchant_id text NOT NULL,
    wallet text NOT NULL,
    site text NOT NULL,
    place bigint NOT NULL,
    day integer NOT NULL,
    PRIMARY KEY (merchant_id, wallet, site)
);
CREATE INDEX seen_place ON seen (merchant_id, site, place);
CREATE INDEX seen_day ON seen (merchant_id, site, day);

-- How far a site's chain was looked through, to whom its parts are sealed, when to look again, and
-- before when no part need be made, because no manifest would name it.
-- Site '' stands for what all sites of the merchant share.
CREATE TABLE set_sites (
    merchant_id text NOT NULL,
    site text NOT NULL,
    read_seq bigint NOT NULL,
    instance text NOT NULL,
    box_key bytea,
    look_ms bigint NOT NULL,
    due_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, site)
);

-- A part lags while it was built less often than wanted. `told`: the hash that the site's last manifest names.
CREATE TABLE set_parts (
    merchant_id text NOT NULL,
    site text NOT NULL,
    set_name text NOT NULL,
    low bigint NOT NULL,
    high bigint NOT NULL CHECK (high > low),
    wanted bigint NOT NULL,
    built bigint NOT NULL,
    print bytea NOT NULL,
    hash bytea NOT NULL,
    rows integer NOT NULL,
    told bytea NOT NULL,
    PRIMARY KEY (merchant_id, site, set_name, low)
);
CREATE INDEX set_parts_lag ON set_parts (merchant_id, site, set_name, low) WHERE built < wanted;
CREATE INDEX set_parts_hash ON set_parts (merchant_id, hash);

-- What a manifest names, itself included.
CREATE TABLE named (
    merchant_id text NOT NULL,
    blob bytea NOT NULL,
    manifest bytea NOT NULL,
    PRIMARY KEY (merchant_id, blob, manifest)
);
CREATE INDEX named_by ON named (merchant_id, manifest);

-- Sets that are the same for many sites. Without a manifest its parts are boxes to headquarters.
CREATE TABLE published (
    merchant_id text NOT NULL,
    set_name text NOT NULL,
    n bigint NOT NULL,
    site text NOT NULL,
    version text NOT NULL,
    not_before_ms bigint NOT NULL,
    manifest bytea NOT NULL,
    parts bytea[] NOT NULL,
    rows integer[] NOT NULL,
    PRIMARY KEY (merchant_id, set_name, n)
);

-- The activate directives of each site: the last that it applied, and the one on its way.
CREATE TABLE given (
    merchant_id text NOT NULL,
    site text NOT NULL,
    set_name text NOT NULL,
    n bigint NOT NULL,
    published bigint NOT NULL,
    manifest bytea NOT NULL,
    id uuid NOT NULL,
    hq_epoch bigint NOT NULL,
    given_ms bigint NOT NULL,
    PRIMARY KEY (merchant_id, site, set_name, n)
);
CREATE INDEX given_manifest ON given (merchant_id, manifest);

-- What a merchant allows its sites beyond rights (fen), by the number of the settings that say so to them.
CREATE TABLE policies (
    merchant_id text NOT NULL,
    n bigint NOT NULL,
    site text NOT NULL,
    secure bigint NOT NULL,
    signed bigint NOT NULL,
    open bigint NOT NULL,
    cap bigint NOT NULL,
    PRIMARY KEY (merchant_id, n)
);

-- What people did here, for whoever asks later.
CREATE TABLE acts (
    merchant_id text NOT NULL,
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    at_ms bigint NOT NULL,
    who text NOT NULL,
    what text NOT NULL,
    PRIMARY KEY (merchant_id, id)
);
CREATE INDEX acts_by_time ON acts (merchant_id, at_ms);

SELECT of_one_merchant(kept::regclass)
FROM unnest(ARRAY['changed', 'seen', 'set_sites', 'set_parts', 'named', 'published', 'given', 'policies', 'acts']) AS kept;
