from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from hq.memory import MemoryStore
from hq.postgres import connected
from tests.hq.process import Headquarters
from tests.hq.shop import Chain

_CHAINS = "chains"


@pytest.fixture(scope="session")
def standing_hq(tmp_path_factory: pytest.TempPathFactory) -> Generator[Headquarters, None, None]:
    """One for all tests that do it no harm; each uses a merchant of its own."""
    hq = Headquarters(tmp_path_factory.mktemp("hq") / "data")
    hq.start("--no-sets")  # Tests make them, by clocks and keys of their own.
    yield hq
    hq.close()


@pytest.fixture
def own_hq(tmp_path: Path) -> Generator[Headquarters, None, None]:
    """Not started yet; a test may kill it."""
    hq = Headquarters(tmp_path / "data")
    yield hq
    hq.close()


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.hq)])
async def chain(request: pytest.FixtureRequest) -> AsyncGenerator[Chain, None]:
    """A merchant of its own, over each store."""
    if request.param == "memory":
        yield Chain(MemoryStore())
        return
    standing: Headquarters = request.getfixturevalue("standing_hq")
    store = await connected(await _of_chains(standing.dsn()))
    yield Chain(store)
    await store.close()


async def _of_chains(dsn: str) -> str:
    """A database apart: chains move the epoch of headquarters, and processes start on the other one."""
    admin = await asyncpg.connect(dsn)
    with suppress(asyncpg.DuplicateDatabaseError):
        await admin.execute(f"CREATE DATABASE {_CHAINS}")
    await admin.close()
    return dsn.replace("/postgres?", f"/{_CHAINS}?")
