"""What a chain calls its tiers comes with headquarters' settings, and goes with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from terminal.core.errors import LedgerClosed
from terminal.core.tier_names import TierShown
from terminal.core.wire.sets import Manifest, PartOf, Row, SetName
from terminal.desk.chain_tiers import AGAIN_S, ChainTiers
from terminal.store.memory_sets import MemorySets
from tests.desk.fakes import settled

NAMED = b'{"shown":{"diamond":{"zh":"\xe9\x92\xbb\xe7\x9f\xb3","en":"Diamond"}}}'
DIAMOND = {"diamond": TierShown(zh="钻石", en="Diamond")}


class Closed(MemorySets):
    async def row(self, manifest: str, key: str) -> bytes | None:
        del manifest, key
        raise LedgerClosed("full")


class Site:
    def __init__(self, sets: MemorySets) -> None:
        self.sets = sets
        self.active: dict[str, str] = {}
        self.said: list[Mapping[str, TierShown]] = []
        self.slept: list[float] = []
        self.tiers = ChainTiers(self.sets, lambda: self.active, self.said.append, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > 3:
            await asyncio.Event().wait()
        await asyncio.sleep(0)

    async def settings(self, *rows: tuple[str, bytes], whole: bool = True, name: str = "settings") -> None:
        hash_ = f"{name}{len(self.sets.parts)}{len(self.active)}"
        self.part = PartOf(hash="0" * 63 + str(len(self.sets.parts)), rows=len(rows))
        self.rows = [Row(key=key, value=value) for key, value in rows]
        await self.sets.keep_manifest(hash_, Manifest(set=SetName(name), version="1", parts=(self.part,)))
        if whole:
            await self.stage()
        self.active = {**self.active, name: hash_}
        self.tiers.look()
        await settled()

    async def stage(self) -> None:
        await self.sets.stage(self.part.hash, SetName.SETTINGS, self.rows)


@asynccontextmanager
async def site(sets: MemorySets | None = None) -> AsyncIterator[Site]:
    here = Site(sets or MemorySets())
    running = asyncio.create_task(here.tiers.run())
    await settled()
    yield here
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_they_come_with_the_settings_and_go_with_them() -> None:
    async with site() as here:
        assert here.said == []
        await here.settings(("greeting", b"{}"), ("tier-names", NAMED))
        assert here.said == [DIAMOND]
        here.tiers.look()
        await settled()
        assert here.said == [DIAMOND]
        await here.settings(("greeting", b"{}"))
        assert here.said == [DIAMOND, {}]
        here.active = {}
        here.tiers.look()
        await settled()
        assert (here.said, here.slept) == ([DIAMOND, {}, {}], [])


async def test_what_is_active_at_the_start_is_told_then() -> None:
    here = Site(MemorySets())
    await here.settings(("tier-names", NAMED))
    running = asyncio.create_task(here.tiers.run())
    await settled()
    assert here.said == [DIAMOND]
    running.cancel()


async def test_what_is_not_here_in_whole_is_waited_for() -> None:
    async with site() as here:
        await here.settings(("tier-names", NAMED), whole=False)
        assert here.said == []
        assert set(here.slept) == {AGAIN_S}
    async with site() as here:
        await here.settings(("tier-names", NAMED), whole=False)
        assert here.said == []


@pytest.mark.parametrize(
    "value", [b"{}", b"[]", b'{"shown":{"a b":{"en":"A"}}}', b'{"shown":{"a":{}}}', b"\xff"]
)
async def test_what_cannot_be_read_is_as_if_it_were_not_there(
    value: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with site() as here:
        await here.settings(("tier-names", NAMED))
        await here.settings(("tier-names", value))
        assert (here.said, here.slept) == ([DIAMOND, {}], [])
    assert "cannot be read" in caplog.text


async def test_a_fault_of_the_file_is_tried_again() -> None:
    async with site(Closed()) as here:
        await here.settings(("tier-names", NAMED))
        assert here.said == []
        assert here.slept[0] == AGAIN_S
