"""Faults in how a dead site is given up, and in how data sets are switched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from msgspec.structs import replace

import hq.late
import hq.sales
from hq import decisions
from hq.memory import MemoryStore, MemoryTurn
from hq.memory_rights import MemoryRights
from hq.ports import AtRisk, SiteRow, Standing
from terminal.uplink.feed import Feeding
from terminal.uplink.fetching import Fetching

Mutant = Callable[[], Any]


@contextmanager
def _dead_waited_for() -> Iterator[None]:
    """A restore waits for a site that was written off."""

    async def all_of_them(self: MemoryTurn, hq_epoch: int) -> Standing:
        rows = self._books.sites.values()
        return Standing(restoring=any(row.confirmed < hq_epoch for row in rows), sites=len(rows))

    with mock.patch.object(MemoryTurn, "standing", all_of_them):
        yield


@contextmanager
def _dead_heard() -> Iterator[None]:
    """A site that was written off goes on as if nothing had been."""

    async def risen(self: MemoryTurn) -> SiteRow | None:
        row = self._books.sites.get(self.name)
        return None if row is None else replace(row, written_off_ms=0)

    with mock.patch.object(MemoryTurn, "site", risen), mock.patch.object(MemoryTurn, "peek", risen):
        yield


@contextmanager
def _dead_keeps_transit() -> Iterator[None]:
    """What was granted to a dead site and had not arrived is gone."""

    def nothing(self: MemoryRights, numbered: Any) -> set[str]:  # noqa: ANN401
        del self, numbered
        return set()

    with mock.patch.object(MemoryRights, "_taken_back", nothing):
        yield


@contextmanager
def _dead_keeps_sales() -> Iterator[None]:
    """Nobody may undo what a dead site sold."""
    sites = MemoryTurn.sites

    async def alive(self: MemoryTurn) -> dict[Any, SiteRow]:
        return {site: replace(row, written_off_ms=0) for site, row in (await sites(self)).items()}

    asked = hq.sales.ask_for_sale

    async def kept(*what: Any) -> bool | None:  # noqa: ANN401
        with mock.patch.object(MemoryTurn, "sites", alive):
            return await asked(*what)

    with mock.patch("hq.asking.ask_for_sale", kept):
        yield


@contextmanager
def _one_signature() -> Iterator[None]:
    """One person writes a site off."""
    write_off = decisions.write_off

    async def alone(*what: Any, by: str, second: str) -> None:  # noqa: ANN401
        await write_off(*what, by=by, second=second if second != by else f"{second} again")

    with mock.patch.object(decisions, "write_off", alone):
        yield


@contextmanager
def _dead_no_risk() -> Iterator[None]:
    """What a site that was written off may still spend is not told."""
    at_risk = MemoryStore.at_risk

    async def of_the_living(self: MemoryStore, merchant: str) -> AtRisk:
        found = await at_risk(self, merchant)
        sites = [replace(one, gone_ms=one.written_off_ms) for one in found.sites]
        return replace(found, sites=tuple(sites))

    with mock.patch.object(MemoryStore, "at_risk", of_the_living):
        yield


@contextmanager
def _dead_hold_nothing() -> Iterator[None]:
    """What a site held that was written off is not told, as if it lay in the pool alone."""
    at_risk = MemoryStore.at_risk

    async def of_the_rest(self: MemoryStore, merchant: str) -> AtRisk:
        found = await at_risk(self, merchant)
        return replace(found, sites=tuple(replace(one, held=0) for one in found.sites))

    with mock.patch.object(MemoryStore, "at_risk", of_the_rest):
        yield


@contextmanager
def _dead_hold_money_alone() -> Iterator[None]:
    """What it held of points, uses, fuel and coupons is not told."""
    at_risk = MemoryStore.at_risk

    async def of_money(self: MemoryStore, merchant: str) -> AtRisk:
        return replace(await at_risk(self, merchant), apart=())

    with mock.patch.object(MemoryStore, "at_risk", of_money):
        yield


@contextmanager
def _untrusted_clock() -> Iterator[None]:
    """What has an effective time is applied at once, by whatever clock."""

    def never(self: Feeding, item: Any, hq_epoch: int) -> None:  # noqa: ANN401
        del self, item, hq_epoch

    with mock.patch.object(Feeding, "_check_time", never):
        yield


@contextmanager
def _half_a_set() -> Iterator[None]:
    """A data set is switched to before it lies there."""

    async def at_once(self: Fetching, directive: Any) -> bool:  # noqa: ANN401
        del self, directive
        return True

    with mock.patch.object(Fetching, "staged", at_once):
        yield


@contextmanager
def _late_doubled() -> Iterator[None]:
    """What a dead site sold and told late is not taken out of the pool."""

    def nothing(*_: object) -> None:
        pass

    with mock.patch.object(hq.late, "lacking", nothing):
        yield


OF_PLACES: dict[str, tuple[str, Mutant]] = {
    "dead-waited-for": ("dead", _dead_waited_for),
    "dead-heard": ("dead", _dead_heard),
    "dead-keeps-transit": ("dead", _dead_keeps_transit),
    "dead-keeps-sales": ("dead", _dead_keeps_sales),
    "untrusted-clock": ("plain", _untrusted_clock),
    "half-a-set": ("plain", _half_a_set),
    "dead-no-risk": ("dead", _dead_no_risk),
    "dead-hold-nothing": ("dead", _dead_hold_nothing),
    "dead-hold-money-alone": ("dead", _dead_hold_money_alone),
    "one-signature": ("dead", _one_signature),
    "late-doubled": ("dead", _late_doubled),
}
