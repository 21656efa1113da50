-- What was on its way to a site when it was written off: it may have it, beside what it held.
CREATE TABLE transit_given_up (
    merchant_id text NOT NULL,
    site text NOT NULL,
    account text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (merchant_id, site, account)
);
SELECT of_one_merchant('transit_given_up'::regclass);

-- As hq.totals says it: what is counted in its own measure and never in money; empty: it is, or pays for nothing.
CREATE FUNCTION counted_apart(account text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN starts_with(account, 'site:') OR split_part(account, ':', 3) = 'debt' THEN ''
        WHEN split_part(account, ':', at) NOT IN ('points', 'count', 'litres', 'coupon') THEN ''
        WHEN split_part(account, ':', at) = 'points' AND split_part(account, ':', at + 1) = 'tier' THEN ''
        ELSE split_part(account, ':', at)
    END
    FROM (SELECT CASE split_part(account, ':', 3) WHEN 'held' THEN 5 ELSE 3 END AS at) AS place
$$;
