"""Headquarters over a database that somebody else looks after: an account that may make no roles."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from hq.postgres import Unprivileged, connected
from tests.hq.process import Headquarters

pytestmark = pytest.mark.hq


class Account:
    """Owns a database of its own, and nothing else."""

    def __init__(self, admin: asyncpg.Connection, dsn: str) -> None:
        self.admin = admin
        self.name = f"plain_{secrets.token_hex(4)}"
        self.dsn = dsn.replace("postgres@/postgres", f"{self.name}@/{self.name}")


@pytest.fixture
async def account(standing_hq: Headquarters) -> AsyncGenerator[Account, None]:
    admin = await asyncpg.connect(standing_hq.dsn())
    account = Account(admin, standing_hq.dsn())
    await admin.execute(f'CREATE ROLE "{account.name}" LOGIN')
    await admin.execute(f'CREATE DATABASE "{account.name}" OWNER "{account.name}"')
    yield account
    await admin.execute(f'DROP DATABASE "{account.name}"')
    await admin.execute(f'DROP ROLE "{account.name}"')
    await admin.close()


async def test_what_an_account_lacks_is_said_as_what_gives_it(account: Account) -> None:
    with pytest.raises(Unprivileged) as refusal:
        await connected(account.dsn)
    grant = f'GRANT hq_worker, hq_operator TO "{account.name}"'
    assert str(refusal.value) == f"the database's account lacks privileges; an administrator says: {grant}"


async def test_roles_that_were_made_beforehand_are_enough(account: Account) -> None:
    await account.admin.execute(f'GRANT hq_worker, hq_operator TO "{account.name}"')
    store = await connected(account.dsn)
    assert await store.merchants_known() == []
    await store.close()
    again = await connected(account.dsn)
    await again.close()


async def test_an_account_that_may_write_into_no_schema_is_told_so(account: Account) -> None:
    await account.admin.execute(f'GRANT hq_worker, hq_operator TO "{account.name}"')
    owner = await asyncpg.connect(account.dsn)
    await owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC, pg_database_owner")
    await owner.close()
    with pytest.raises(Unprivileged, match="GRANT CREATE ON SCHEMA public"):
        await connected(account.dsn)
