"""A worked day as its file tells it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct, field

Facts = dict[str, Any]

_FORMAT = 1
_COUNT, _FREE = "count:", "-free"


class NotRead(Exception):
    """A file, or a rule in it, that says something else than this reader understands."""


class Shop(Struct, frozen=True):
    id: str
    name: str
    date: str
    """The business day that is told."""
    tz: str
    business_day_cut: str
    """Begins with a time like `04:00`."""


class Staff(Struct, frozen=True):
    id: str
    role: str
    badge: str
    alias: str


class Line(Struct, frozen=True, kw_only=True):
    n: int
    at: str
    """Local time, to the minute."""
    by: str
    do: str
    given: Facts = field(name="in")
    expect: Facts


class End(Struct, frozen=True):
    members: dict[str, Facts]
    stock: dict[str, int]
    """By SKU: pieces, or grams."""
    drawer_cash: int
    liabilities: dict[str, int]


class Day(Struct, frozen=True, kw_only=True):
    format: int
    shop: Shop
    rules: Facts
    staff: tuple[Staff, ...]
    catalogue: tuple[Facts, ...]
    members: tuple[Facts, ...]
    day: tuple[Line, ...]
    end: End
    prices: tuple[Facts, ...] = ()
    """Of fuel, and from when."""
    nozzles: tuple[Facts, ...] = ()

    def fuel_at(self, at: str) -> dict[str, Facts]:
        """By grade, what is said of it at that local time: the price that came last."""
        told = sorted((one for one in self.prices if one["from"] <= at), key=lambda one: one["from"])
        return {one["grade"]: one for one in told}

    def badge(self, staff: str) -> str:
        """What a person is booked as; lines that a member or the shop's clock does have nobody's."""
        return next((one.badge for one in self.staff if one.id == staff), staff)

    def uses_said(self, unit: str) -> str:
        """What uses are called here: of a count card by it, of a service that was given with `-free`."""
        sku = unit.removeprefix(_COUNT)
        cards = {one["sku"] for one in self.catalogue if one["kind"] == "count_card"}
        return sku if sku in cards else f"{sku}{_FREE}"

    def uses_unit(self, said: str) -> str:
        return f"{_COUNT}{said.removesuffix(_FREE)}"

    def wall_ms(self, at: str) -> int:
        return int(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(self.shop.tz)).timestamp()) * 1000

    @property
    def utc_offset_min(self) -> int:
        there = datetime.fromisoformat(self.day[0].at).replace(tzinfo=ZoneInfo(self.shop.tz))
        offset = there.utcoffset()
        return int(offset.total_seconds()) // 60 if offset else 0

    def came_on(self, fact: Facts) -> str:
        """When a member joined, or was given the card; where nobody says, on the day before."""
        told: str | None = fact.get("joined") or fact.get("issued")
        return told or str(date.fromisoformat(self.shop.date) - timedelta(days=1))

    @property
    def cut_min(self) -> int:
        hours, minutes = self.shop.business_day_cut[:5].split(":")
        return int(hours) * 60 + int(minutes)


def read(path: Path) -> Day:
    """Raises NotRead."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Day)
    except msgspec.MsgspecError as fault:
        raise NotRead(f"{path.name}: {fault}") from fault
    if found.format != _FORMAT or not found.day:
        raise NotRead(f"{path.name}: format {found.format}, {len(found.day)} lines")
    return found
