-- Coupons that end before their time: why, or empty. Wherever one comes from then, it is worth nothing.
ALTER TABLE coupons
    ADD COLUMN withdrawn text NOT NULL DEFAULT '',
    ADD COLUMN kind text NOT NULL GENERATED ALWAYS AS (coalesce(terms::jsonb ->> 'kind', '')) STORED;
CREATE INDEX coupons_kind ON coupons (merchant_id, kind, coupon);

-- Kinds of which all are withdrawn, those too that sites have yet to tell of; until somebody says otherwise.
CREATE TABLE kinds_withdrawn (
    merchant_id text NOT NULL,
    kind text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (merchant_id, kind)
);
SELECT of_one_merchant('kinds_withdrawn'::regclass);
