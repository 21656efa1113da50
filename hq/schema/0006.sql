-- A site that was written off may be alive, and spend: what that may cost counts until people know that it is gone.
ALTER TABLE sites
    -- Fen in grants that were on their way to it then: it may have them.
    ADD COLUMN transit bigint NOT NULL DEFAULT 0,
    -- It had not told all that it held since these books were restored.
    ADD COLUMN unsure boolean NOT NULL DEFAULT false,
    ADD COLUMN gone_ms bigint NOT NULL DEFAULT 0;

-- As terminal.core.accounts counts it.
CREATE FUNCTION in_fen(account text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT NOT starts_with(account, 'site:') AND split_part(account, ':', 3) <> 'debt'
        AND split_part(account, ':', CASE split_part(account, ':', 3) WHEN 'held' THEN 5 ELSE 3 END)
            NOT IN ('points', 'count', 'litres', 'coupon')
$$;
