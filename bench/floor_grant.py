"""The floor under `bench grant`: what one granted ask must write, by PostgreSQL alone.

Nothing of the product is used: no message, no rule, no row level security. One transaction takes value out of
a pool, numbers a directive in the feed of the site, writes down what is on its way and that it was asked for.

    python -m bench.floor_grant FOLDER      writes `grant.sql` for pgbench, and `grant_tables.sql`

A colon would be a variable of pgbench, so the accounts here have none. 64 clients at once run it:
`pgbench -n -M prepared -c 64 -f FOLDER/grant.sql`.
"""

from __future__ import annotations

import sys
from pathlib import Path

TABLES = """
DROP SCHEMA IF EXISTS floor CASCADE; CREATE SCHEMA floor; SET search_path = floor;
CREATE TABLE pool (account text PRIMARY KEY, balance numeric(30, 0) NOT NULL CHECK (balance >= 0));
CREATE TABLE lots (account text, lot text, rest numeric(30, 0) NOT NULL, PRIMARY KEY (account, lot));
CREATE TABLE feeds (site text PRIMARY KEY, last_m bigint NOT NULL);
CREATE TABLE feed (site text, m bigint, id uuid NOT NULL UNIQUE, directive text NOT NULL,
    PRIMARY KEY (site, m));
CREATE TABLE moving (account text, site text, id uuid, amount bigint NOT NULL,
    PRIMARY KEY (account, site, id));
CREATE TABLE asks (id uuid PRIMARY KEY, site text NOT NULL, outcome text NOT NULL);
INSERT INTO pool SELECT 'wallet-w' || n || '-principal', 1000000 FROM generate_series(1, 2000) AS n;
INSERT INTO lots
    SELECT 'wallet-w' || n || '-principal', 'lot' || n, 1000000 FROM generate_series(1, 2000) AS n;
INSERT INTO feeds SELECT 'S' || n, 0 FROM generate_series(1, 64) AS n;
"""

SCRIPT = """
\\set n random(1, 2000)
\\set s random(1, 64)
BEGIN;
SELECT balance FROM floor.pool WHERE account = 'wallet-w' || :n::text || '-principal' FOR UPDATE;
WITH taken AS (
    UPDATE floor.pool SET balance = balance - 100 WHERE account = 'wallet-w' || :n::text || '-principal'
    RETURNING account
), parted AS (
    UPDATE floor.lots SET rest = rest - 100
    WHERE account = 'wallet-w' || :n::text || '-principal' AND lot = 'lot' || :n::text
), numbered AS (
    UPDATE floor.feeds SET last_m = last_m + 1 WHERE site = 'S' || :s::text RETURNING site, last_m
), fed AS (
    INSERT INTO floor.feed SELECT site, last_m, gen_random_uuid(), repeat('x', 350) FROM numbered
    RETURNING id, site
), moved AS (
    INSERT INTO floor.moving SELECT account, site, id, 100 FROM fed, taken
)
INSERT INTO floor.asks SELECT gen_random_uuid(), site, 'directed' FROM fed;
COMMIT;
"""

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "grant_tables.sql").write_text(TABLES)
    (folder / "grant.sql").write_text(SCRIPT)
