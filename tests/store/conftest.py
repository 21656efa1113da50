"""A ledger on disk and its twin in memory, opened the same way."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from terminal.core.values import SiteId
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import News, open_ledger
from terminal.store.memory import MemoryLedger
from terminal.store.migrations import OURS, Schema
from terminal.store.settings import Settings

SILENT = News()


@pytest.fixture(params=["file", "memory"])
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Any, None]:
    if request.param == "memory":
        opened: Any = MemoryLedger(SiteId("S1"))
    else:
        opened = await opened_at(tmp_path / "ledger.db")
    yield opened
    await opened.close()


async def opened_at(
    path: Path, site: str = "S1", *, schema: Schema = OURS, news: News = SILENT, **settings: Any
) -> Any:
    clock = SystemClock()
    ids = Uuid7(clock, secrets.token_bytes)
    return await open_ledger(
        Settings(path=path, **settings), site=SiteId(site), clock=clock, ids=ids, news=news, schema=schema
    )
