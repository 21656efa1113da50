"""A hand that never rests: sells, recharges, joins, leaves in a seeded order until the terminal is gone."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from lab.shop.counter import Hand, NotSeen
from lab.shop.setting import CODES, PRINTED
from lab.shop.world import World

NUMBER = re.compile(r"T1-\d+-\d+-[0-9A-F]{8}")
_ARTICLES = tuple(code.text for code in CODES[:2])
_BADGE = "ST-0301"
_HANDED_OVER = 0.7
"""Share of the receipts that the customer waits for."""
_PAPER_S, _GLANCE_S = 1.0, 0.05
_STUCK_AT = 3
"""So often in a row a scene may meet another screen than it waits for (a scan that came too late)."""
_MISSED = 5
_STEPS_MAX = 12
"""Touches that lead from any screen to the idle one."""


@dataclass
class Confirmed:
    """What the attendant agreed to at the last question before booking."""

    kind: str
    amount: int
    """Fen that change hands."""
    number: str = ""
    """Of its receipt, once the page said that it is approved."""


@dataclass
class Diary:
    """What the hand at the counter goes through, in one run of the terminal after another."""

    scenes: int = 0
    missed: deque[str] = field(default_factory=lambda: deque(maxlen=_MISSED))
    """What was waited for last and did not come."""
    hand: Hand | None = None


class Busy:
    """One attendant at the page of one run of the terminal."""

    def __init__(
        self,
        world: World,
        hand: Hand,
        dice: random.Random,
        confirmed: list[Confirmed],
        diary: Diary | None = None,
    ) -> None:
        self._diary = diary or Diary()
        self._diary.hand = hand
        self._world = world
        self._hand = hand
        self._dice = dice
        self._confirmed = confirmed

    async def work(self, scenes: int) -> None:
        """So many scenes. Raises NotSeen or ClientError when the terminal is gone, or stuck."""
        weights = [weight for _, weight in _SCENES]
        stuck = 0
        while scenes:
            scene = self._dice.choices(_SCENES, weights)[0][0]
            try:
                await self._settled()
                await scene(self)
            except NotSeen as why:
                stuck += 1
                self._diary.missed.append(f"{scene.__name__} {why.what}")
                if self._hand.gone or stuck == _STUCK_AT:
                    raise
                continue
            finally:
                self._diary.scenes += 1
                self._look()
            stuck, scenes = 0, scenes - 1

    def _look(self) -> None:
        """What the page says stands, also when the hand waited for something else."""
        if self._hand.view and self._hand.screen["state"] == "approved" and self._confirmed:
            self._confirmed[-1].number = NUMBER.findall(self._hand.screen["receipt"])[0]

    async def _settled(self) -> None:
        """Back to the idle screen, whatever the last customer or a late scan left."""
        hand = self._hand
        for _ in range(_STEPS_MAX):
            await hand.until("something to touch", _can_be_left)
            if hand.screen["state"] == "idle":
                return
            offered = {choice["do"] for choice in hand.screen["choices"]}
            await hand.touch(next(do for do in _WAYS_OUT if do in offered))
        raise NotSeen("no way back to the idle screen", f"{hand.screen}")

    async def cash(self) -> None:
        await self._cart()
        await self._hand.touch("skip")
        await self._exactly()
        await self._agree("sale")

    async def stored(self) -> None:
        await self._cart()
        self._world.scan(PRINTED.number)
        await self._hand.state("choosing")
        await self._hand.touch("pick", "stored")
        if await self._either("confirm", "declined") == "confirm":
            await self._agree("sale")

    async def recharge(self) -> None:
        await self._hand.touch("start", "recharge")
        self._world.scan(PRINTED.number)
        if await self._either("keying", "declined") == "declined":
            return
        await self._hand.touch("key", self._dice.choice(("10", "20", "50")))
        if any(choice["do"] == "pick" for choice in self._hand.screen["choices"]):  # Not above the limit.
            await self._exactly()
            await self._agree("recharge")

    async def join(self) -> None:
        """Somebody new, or somebody who joined before."""
        hand = self._hand
        self._world.scan(_BADGE)
        await hand.state("keying")
        self._world.scan(f"JOIN:1900{self._dice.randrange(10**7):07d}")
        await hand.state("choosing")
        await hand.touch("pick", self._dice.choice(("92", "95", "0")))
        await hand.touch("key", f"{self._dice.randrange(50, 500) / 10:.1f}")
        await hand.touch("pick", "cash")
        await self._exactly()
        await self._agree("sale")

    async def leave(self) -> None:
        """The customer thinks better of it at the last question: nothing may be booked."""
        await self._cart()
        await self._hand.touch("skip")
        await self._exactly()
        await self._hand.state("confirm")
        await self._hand.touch("cancel")

    async def _cart(self) -> None:
        scans = self._dice.randint(1, 2)
        for _ in range(scans):
            self._world.scan(self._dice.choice(_ARTICLES))
        await self._hand.until("all that was scanned", lambda seen: _pieces(seen.screen) == scans)
        await self._hand.touch("done")
        await self._hand.state("ready")

    async def _exactly(self) -> None:
        await self._hand.state("keying")
        exact = [choice["value"] for choice in self._hand.screen["choices"] if choice["do"] == "pick"]
        if not exact:
            raise NotSeen("nothing to hand over", f"{self._hand.screen}")
        await self._hand.touch("pick", exact[0])

    async def _either(self, *states: str) -> str:
        await self._hand.until(" or ".join(states), lambda seen: seen.screen["state"] in states)
        return str(self._hand.screen["state"])

    async def _agree(self, kind: str) -> None:
        await self._hand.state("confirm")
        self._confirmed.append(Confirmed(kind, _fen(self._hand.screen["amount"])))
        await self._hand.touch("confirm")
        await self._hand.state("approved")
        self._look()
        if self._dice.random() < _HANDED_OVER:
            await self._receipt(self._confirmed[-1].number)
        await self._hand.touch("done")

    async def _receipt(self, number: str) -> None:
        """Waits a moment for the paper, as most attendants do."""
        papers, printed = self._world.printer.receipts, self._world.printed
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PAPER_S):
                while not self._hand.gone and not any(number in paper.text for paper in papers):
                    printed.clear()
                    with contextlib.suppress(TimeoutError):
                        # Not wait_for: on 3.11 it forgets a cancellation that comes with the paper.
                        async with asyncio.timeout(_GLANCE_S):
                            await printed.wait()


GONE = (NotSeen, aiohttp.ClientError, OSError)
"""What a hand meets at a terminal that is no more."""

_WAYS_OUT = ("cancel", "done", "skip")
_SCENES: tuple[tuple[Callable[[Busy], Awaitable[None]], int], ...] = (
    (Busy.cash, 4),
    (Busy.stored, 3),
    (Busy.recharge, 2),
    (Busy.join, 2),
    (Busy.leave, 1),
)
"""And how often, in relation to each other."""


def _pieces(screen: dict[str, Any]) -> int:
    """So many things in the cart; 0: there is none. What comes off stands below its line, and is none."""
    if screen["state"] != "cart":
        return 0
    return sum(int(line["label"]["values"].get("quantity", "0")) for line in screen["lines"])


def _can_be_left(hand: Hand) -> bool:
    offered = {choice["do"] for choice in hand.screen["choices"]}
    return hand.screen["state"] == "idle" or bool(offered.intersection(_WAYS_OUT))


def _fen(shown: str) -> int:
    return int(re.sub(r"\D", "", shown))
