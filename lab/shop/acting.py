"""What the scenes of a day are made of: the shop, a hand at its counter, and what was approved there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lab.shop.counter import Hand
from lab.shop.setting import GivenCard
from lab.shop.world import World
from terminal.core.trust import Medium
from terminal.first_pin import drawn

PATIENCE_S = 60
APPLES, JUICE = "6901234567892", "6909876543212"
NUMBER = re.compile(r"T1-1-\d+-[0-9A-F]{8}")


class Differs(Exception):
    """Something at the end of the day is not what it must be."""


@dataclass
class Day:
    """The shop, the hand at its counter, and the numbers of what was approved there."""

    world: World
    hand: Hand
    pin: str = field(default_factory=drawn)
    """That a member chooses today."""
    approved: list[str] = field(default_factory=list)
    cash: int = 0
    """Fen that customers left in the drawer."""
    without_paper: int = 0
    """Booked, and nothing is printed of it."""
    slips: int = 0
    """Printed without a number, to be signed."""
    beside: int = 0
    """Entries that came with what was approved, and that nobody confirms."""


Scene = Callable[["Day"], Awaitable[None]]
TOLD_BACK = 1
"""Headquarters tells every site, this one too, which tier somebody has and which card is no good any more."""
A_TIER = 1 + TOLD_BACK
"""Entries of a tier that is reached with a sale."""


async def about_the_shift(hand: Hand, *picks: str) -> None:
    await hand.touch("start", "shift")
    for value in picks:
        await hand.touch("pick", value)


async def booked_on_the_shift(day: Day, *, printed: bool = True) -> None:
    """Confirmed, and seen."""
    hand = day.hand
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")
    if printed:
        day.approved.append(NUMBER.findall(hand.screen["receipt"])[0])
    else:
        day.without_paper += 1


async def scan_goods(world: World, hand: Hand, *codes: str) -> None:
    for count, code in enumerate(codes, 1):
        world.scan(code)
        await hand.until(f"{count} lines", partial(_has_lines, count))
    await hand.touch("done")
    await hand.state("ready")


def _has_lines(count: int, hand: Hand) -> bool:
    return hand.screen["state"] == "cart" and len(hand.screen["lines"]) >= count


async def with_card(world: World, card: GivenCard, seen: Awaitable[Any]) -> None:
    """The card lies there until what follows is seen, then it is taken back."""
    world.present(card)
    try:
        await seen
    finally:
        await world.take_away(card)
        if card.credential.medium is Medium.EM4100:
            await asyncio.sleep(1)  # The reader itself takes so long to know that a tag has left.


async def face_says(world: World, amount: str) -> None:
    """The card is put into the rewriter, and shows what is on it now."""
    async with asyncio.timeout(PATIENCE_S):
        face = await world.rewriter.put_in()
    if amount not in face:
        raise Differs(f"the card's face says {face!r}")


async def outside(world: World, amount: str, sound: str) -> None:
    """The customer sees what was paid; whoever stands aside hears that it was booked."""
    box = world.box
    try:
        await box.until(lambda: amount in box.display.rows[0])
        await box.until(lambda: box.sound.endswith(sound))
    except TimeoutError:
        raise Differs(f"the display shows {box.display.rows}, heard was {[*box.heard]}") from None


async def exactly(hand: Hand) -> None:
    """The customer hands over exactly what is due, in cash."""
    await hand.until("cash", lambda seen: seen.screen["state"] in {"choosing", "keying"})
    if hand.screen["state"] == "choosing":
        await hand.touch("pick", "cash")
    await hand.state("keying")
    exact = next(choice for choice in hand.screen["choices"] if choice["do"] == "pick")
    await hand.touch("pick", exact["value"])


async def approve(day: Day, amount: str, sound: str = "high", cash: int = 0) -> None:
    hand, day.cash = day.hand, day.cash + cash
    await hand.state("confirm")
    if amount not in hand.screen["amount"]:
        raise Differs(f"asked to confirm {hand.screen['amount']}, not {amount}")
    await hand.touch("confirm")
    await approved(day, amount, sound)


async def approved(day: Day, amount: str, sound: str = "high") -> None:
    """Booked, seen and heard; the receipt is on its way."""
    hand = day.hand
    await hand.state("approved")
    await outside(day.world, amount, sound)
    day.approved.append(NUMBER.findall(hand.screen["receipt"])[0])
    await hand.touch("done")


async def slip(day: Day, *, numbered: bool = False) -> None:
    """Confirmed and booked, with a slip that is signed; `numbered`: it has a receipt's number."""
    hand = day.hand
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")
    if numbered:
        day.approved.append(NUMBER.findall(hand.screen["receipt"])[0])
    else:
        day.slips += 1
    await hand.touch("done")
    await hand.state("idle")
