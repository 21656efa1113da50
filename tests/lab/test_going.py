"""A lab waits as long as the shop gets on, and says what is known when it does not."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from lab.shop import going
from lab.shop.books import Violated
from lab.shop.going import Going
from lab.shop.load import Diary
from lab.shop.road import Road
from lab.shop.world import World

GLANCE_S = 0.001
A_DAY_S = 86_400.0
GLANCES = 50
"""More than the limits that are set here."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(going, "_GLANCE_S", GLANCE_S)
    monkeypatch.setattr(going, "_STILL_S", A_DAY_S)
    monkeypatch.setattr(going, "_UNSENT_MAX", 20)
    monkeypatch.setattr(going, "_VAIN_MAX", 20)
    found = World(tmp_path)
    found.road = Road("127.0.0.1", 0)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as ledger, ledger:
        ledger.execute("CREATE TABLE entries (seq INTEGER PRIMARY KEY)")
        ledger.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER)")
        ledger.execute("INSERT INTO meta VALUES ('acked', 0)")
    return found


def books(world: World, *, acked: bool) -> Callable[[], None]:
    """One entry more, which headquarters acknowledges or does not."""

    def one() -> None:
        with closing(sqlite3.connect(world.folder / "ledger.db")) as ledger, ledger:
            ledger.execute("INSERT INTO entries DEFAULT VALUES")
            if acked:
                ledger.execute("UPDATE meta SET value = (SELECT max(seq) FROM entries)")

    return one


async def glances(going_on: Going, times: int, between: Callable[[], None]) -> str:
    """Looks so often, something happens before each, and then what is waited for comes."""
    end = asyncio.Event()
    look, left = going_on._mark, [times]

    def looked() -> going.Mark:
        between()
        left[0] -= 1
        if not left[0]:
            asyncio.run_coroutine_threadsafe(_set(end), loop)
        return look()

    loop = asyncio.get_running_loop()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(going_on, "_mark", looked)
        await going_on.until("the end", end.wait(), sells=True)
    return "came"


async def _set(end: asyncio.Event) -> None:
    end.set()


async def test_whoever_sells_and_sends_is_waited_for(world: World) -> None:
    diary = Diary()

    def sold() -> None:
        diary.scenes += 1
        books(world, acked=True)()

    assert await glances(Going(world, diary), GLANCES, sold) == "came"


async def test_a_terminal_that_sells_and_sends_nothing_is_not_waited_for(world: World) -> None:
    with pytest.raises(Violated, match=r"the end never came: nothing was acknowledged for .* 0 acknowledged"):
        await glances(Going(world, Diary()), GLANCES, books(world, acked=False))


async def test_a_hand_that_sells_nothing_is_not_waited_for(world: World) -> None:
    diary = Diary()
    diary.missed.append("cash waited for all that was scanned")

    def tried() -> None:
        diary.scenes += 1

    with pytest.raises(Violated, match=r"the hand sells nothing; .* not seen: cash waited for all"):
        await glances(Going(world, diary), GLANCES, tried)


@pytest.mark.parametrize("sells", [True, False])
async def test_where_nothing_moves_nobody_waits_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch, *, sells: bool
) -> None:
    monkeypatch.setattr(going, "_STILL_S", 0.0)
    world.road.asked = 7
    with pytest.raises(Violated, match="the end never came: nothing "):
        await Going(world).until("the end", asyncio.Event().wait(), sells=sells)
