"""A machine that is put back to some time ago, sells on, and meets a headquarters that knows more."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg

from hq.embedded import looking
from hq.ports import ExceptionKind
from lab.shop.books import Violated
from lab.shop.counter import drained, watching
from lab.shop.going import Going
from lab.shop.load import Busy, Confirmed, Diary
from lab.shop.processes import NotStarted, told
from lab.shop.setting import MERCHANT, STICK
from lab.shop.world import World

LABELS = ("uplink.pulled", "heal.ready", "heal.aside", "heal.done")
_SCENES = 2
_SIGKILL = -9
_KEPT = ("db", "db-wal", "db-shm", "keys", "sets", "sets-wal", "sets-shm")
"""Of the ledger's files; what it is known by at headquarters stays."""
_AGAIN_AND_AGAIN = 4
"""Falls after which headquarters may say that there are too many."""
_FORKS = "SELECT count(*) FROM exceptions WHERE merchant_id = $1 AND kind = 'fork'"
_OTHERS = "SELECT kind, site, subject, why FROM exceptions WHERE merchant_id = $1 AND kind <> 'fork'"


class Fallen:
    """The shop after its last regular day; it has no second copy any more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._falls = 0
        self.approved: set[str] = set()
        """Numbers that the page showed since the first fall."""
        text = world.config.read_text(encoding="utf-8")
        line = f'second = "{world.folder / STICK}"\n'
        world.config.write_text(text.replace(line, ""), encoding="utf-8")

    async def fall(self, label: str, dice: random.Random) -> None:
        """Falls back, sells without a network, is killed there while it heals, and heals. Raises Violated."""
        world, before = self._world, self._world.folder / "before"
        _copied(world.folder, before)
        await world.start_terminal()
        await self._sells(dice, reached=True)
        await world.terminal.stop()
        _copied(before, world.folder)
        world.road.cut()
        await world.start_terminal()
        await self._sells(dice, reached=False)
        await world.terminal.stop()
        world.road.mend()
        await self._killed(label)
        await world.start_terminal()
        await self._drained("one chain of both")
        await world.terminal.stop()
        self._falls += 1
        await self._look()

    async def _sells(self, dice: random.Random, *, reached: bool) -> None:
        confirmed: list[Confirmed] = []
        async with watching(self._world.link) as hand:
            await Busy(self._world, hand, dice, confirmed).work(_SCENES)
        if reached:
            await self._drained("an end of what waits")
        self.approved |= {one.number for one in confirmed if one.number}

    async def _drained(self, what: str) -> None:
        async with watching(self._world.link, None) as hand:
            await Going(self._world, Diary(hand=hand)).until(what, hand.until("nothing waiting", drained))

    async def _killed(self, label: str) -> None:
        try:
            await self._world.start_terminal(TERMINAL_DIE_AT=label)
            code = await Going(self._world).until(f"the end at {label}", self._world.terminal.ended())
        except NotStarted:
            code = await self._world.terminal.ended()
        if code != _SIGKILL:
            raise Violated(f"the terminal ended with {code} before {label}")

    async def _look(self) -> None:
        """I1, I2, I6, I7: all that was approved is there once, on both sides; each fall is one exception."""
        world = self._world
        numbers = _numbers(world.folder / "ledger.db")
        if lost := sorted(self.approved - set(numbers)):
            raise Violated(f"I1: {lost[0]} was approved before or after the fall, and is gone")
        if len(numbers) != len(set(numbers)):
            raise Violated("I2: a number stands twice after the fall")
        ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
        verdict = await told("hq", "verify", "--data", str(world.folder / "hq"))
        held = verdict["sites"][0]
        unsent = _after(world.folder / "ledger.db", held["entries"], held["head"])
        if ledger["fault"] or verdict["hq"] != "ok" or unsent - {"directive"}:
            raise Violated(f"I7: headquarters holds {held}, the terminal {ledger}, after that {unsent}")
        async with looking(world.folder / "hq") as dsn:
            connection = await asyncpg.connect(dsn)
            forks = await connection.fetchval(_FORKS, MERCHANT)
            others = [tuple(row) for row in await connection.fetch(_OTHERS, MERCHANT)]
            await connection.close()
        if self._falls >= _AGAIN_AND_AGAIN:
            others = [one for one in others if one[0] != ExceptionKind.CLONE]
        if forks != self._falls or others:
            raise Violated(f"I6: {self._falls} falls, {forks} forks, and {others}")


def _copied(source: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for suffix in _KEPT:
        (target / f"ledger.{suffix}").unlink(missing_ok=True)
        if (source / f"ledger.{suffix}").exists():
            shutil.copy2(source / f"ledger.{suffix}", target / f"ledger.{suffix}")


def _after(path: Path, entries: int, head: str) -> set[str]:
    """The kinds of what lies behind the last that headquarters holds. Raises Violated where that is no entry.

    What it directs may be heard and booked at any time, so also between the last PUSH and the end.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        last = ledger.execute("SELECT hash FROM entries WHERE seq = ?", (entries,)).fetchone()
        kinds = {kind for (kind,) in ledger.execute("SELECT kind FROM entries WHERE seq > ?", (entries,))}
    if last is None or last[0].hex() != head:
        raise Violated(f"I7: entry {entries} at headquarters is not the one here")
    return kinds


def _numbers(path: Path) -> list[str]:
    """Of all receipts; what was booked again has the number that was printed originally."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        rows = ledger.execute("SELECT hash, body FROM entries ORDER BY seq").fetchall()
    numbers: list[str] = []
    for digest, body in rows:
        entry = json.loads(body)
        if again := entry.get("redo"):
            numbers += [again["receipt"]] if again["receipt"] else []
        elif entry["receipt"]:
            numbers.append(f"{entry['receipt']}-{digest[:4].hex().upper()}")
    return numbers
