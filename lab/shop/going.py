"""Whether a shop gets on while somebody waits for what must come, and what is known when it does not.

The clock alone does not tell: a busy machine is slow at everything, and a terminal that stopped sending sells
on. So the wait lasts as long as something moves, and ends where one part moves and the next never follows.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from lab.shop.books import Violated
from lab.shop.counter import Hand
from lab.shop.load import Diary
from lab.shop.world import World

_STILL_S = 120.0
"""Without a movement, or without an acknowledgement of what waits: the terminal itself gives up a question
after 10 s, so a machine on which that takes longer would get nowhere."""
_UNSENT_MAX = 300
"""Entries booked since the last acknowledgement: a minute of a hand that never rests, on a fast machine."""
_VAIN_MAX = 30
"""Scenes in a row that book nothing: some end so by themselves, and a scan may come too late."""
_GLANCE_S = 1.0
_LOG_BYTES = 1 << 16

_End = TypeVar("_End")


@dataclass(frozen=True)
class Mark:
    """How far each part has come."""

    step: int = 0
    """Of the screen; a new one is a touch or a scan that was taken."""
    scenes: int = 0
    booked: int = 0
    acked: int = 0
    asked: int = field(default=0, compare=False)
    """Of headquarters, in portions. Nothing moves by a question alone: one is due every second."""


class Going:
    """Of one shop, for one wait after another."""

    def __init__(self, world: World, diary: Diary | None = None) -> None:
        """`diary`: of the hand at the counter, where there is one."""
        self._world = world
        self._diary = diary or Diary()
        self._begun = self._booked = self._acked = self._last = Mark()
        """When the wait began; an entry was booked last; the terminal learned of an acknowledgement; now."""

    async def until(self, what: str, awaited: Coroutine[Any, Any, _End], *, sells: bool = False) -> _End:
        """Its end. Raises Violated when nothing moves, or what moves leads to nothing.

        `sells`: a hand is at it meanwhile; else a terminal that has nothing to send has nothing to do.
        """
        waiting = asyncio.create_task(awaited)
        clock = asyncio.get_running_loop().time
        self._begun = self._booked = self._acked = self._last = await asyncio.to_thread(self._mark)
        moved_s = acked_s = clock()
        try:
            while not (await asyncio.wait({waiting}, timeout=_GLANCE_S))[0]:
                before, now = self._last, await asyncio.to_thread(self._mark)
                self._last = now
                if now != before:
                    moved_s = clock()
                if now.booked != before.booked:
                    self._booked = now
                if now.acked != before.acked or (sells and now.acked == now.booked):
                    self._acked, acked_s = now, clock()
                why = self._stands(clock() - moved_s, clock() - acked_s)
                if why and not waiting.done():
                    raise Violated(f"{what} never came: {why}; {self._known()}")
            return await waiting
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    def _stands(self, still_s: float, unacked_s: float) -> str:
        now = self._last
        if now.booked - self._acked.booked > _UNSENT_MAX or unacked_s > _STILL_S:
            return f"nothing was acknowledged for {unacked_s:.0f} s"
        if now.scenes - self._booked.scenes > _VAIN_MAX:
            return "the hand sells nothing"
        return f"nothing moved for {still_s:.0f} s" if still_s > _STILL_S else ""

    def _known(self) -> str:
        """For whoever reads of the violation. Names no person and no card."""
        begun, now, diary = self._begun, self._last, self._diary
        known = [
            f"since then {now.scenes - begun.scenes} scenes",
            f"{now.booked - begun.booked} entries booked and {now.acked - begun.acked} acknowledged",
            f"{now.booked - now.acked} wait",
            f"{now.asked - begun.asked} portions went to headquarters",
        ]
        if diary.hand is not None and diary.hand.view:
            known.append(_page(diary.hand))
        if diary.missed:
            known.append(f"not seen: {' / '.join(diary.missed)}")
        known.append(f"of the link the terminal said last: {_link(self._world.folder / 'terminal.log')}")
        return ", ".join(known)

    def _mark(self) -> Mark:
        hand, booked, acked = self._diary.hand, self._last.booked, self._last.acked
        with suppress(sqlite3.OperationalError):  # While it is healed there is no file for a moment.
            booked, acked = _sent(self._world.folder / "ledger.db")
        return Mark(
            step=int(hand.screen["step"]) if hand is not None and hand.view else 0,
            scenes=self._diary.scenes,
            booked=booked,
            acked=acked,
            asked=self._world.road.asked,
        )


def _sent(path: Path) -> tuple[int, int]:
    """Seq of the last entry, and of the last that headquarters acknowledged."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as ledger:
        last = ledger.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()
        acked = ledger.execute("SELECT value FROM meta WHERE name = 'acked'").fetchone()
    return int(last[0]), int(acked[0])


def _page(hand: Hand) -> str:
    screen, status = hand.screen, hand.status
    stands = " ".join(part for part in (screen["flow"], screen["state"], screen["code"]) if part)
    halted = status["halted_code"] or ("yes" if status["halted"] else "no")
    return (
        f"on the page: {stands}, step {screen['step']}, online {status['online']},"
        f" waiting {status['waiting']}, halted {halted}{', gone' if hand.gone else ''}"
    )


def _link(log: Path) -> str:
    if not log.exists():
        return "nothing"
    with log.open("rb") as lines:
        lines.seek(0, 2)
        lines.seek(max(0, lines.tell() - _LOG_BYTES))
        said = lines.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(said) if " link " in line), "nothing")
