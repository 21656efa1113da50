-- After a restore of headquarters: up to which directive of an earlier hq_epoch the site has proved that it was told,
-- and which one its chain names last. What lies between them may come after an older disk of it has confirmed.
ALTER TABLE sites
    ADD COLUMN told_epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN told_m bigint NOT NULL DEFAULT 0,
    ADD COLUMN heard_epoch bigint NOT NULL DEFAULT 0,
    ADD COLUMN heard_m bigint NOT NULL DEFAULT 0;
