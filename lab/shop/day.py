"""A day in the shop without a person: join, recharge, checkout, too little money, network gone and back."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.shop.counter import Hand, watching
from lab.shop.processes import told
from lab.shop.setting import CARDS, GivenCard
from lab.shop.stock import standing
from lab.shop.world import World, opened
from terminal.core.trust import Credential, Holder, Medium

_APPLES, _JUICE = "6901234567892", "6909876543210"
_CARDS = {card.id: card for card in CARDS}
_DRIVER = Credential(medium=Medium.PHONE, number="19000000301")
PATIENCE_S = 20
_PACK = 10
"""Coupons that a newcomer gets (setting.py: two of each of five)."""
_NUMBER = re.compile(r"T1-1-\d+-[0-9A-F]{8}")


class Differs(Exception):
    """Something at the end of the day is not what it must be."""


@dataclass
class Day:
    """The shop, the hand at its counter, and the numbers of what was approved there."""

    world: World
    hand: Hand
    approved: list[str] = field(default_factory=list)


Scene = Callable[["Day"], Awaitable[None]]


async def played(folder: Path) -> dict[str, object]:
    """The whole day; what it came to. Raises Differs, NotSeen or NotStarted."""
    async with opened(folder) as world:
        async with watching(world.kiosk) as hand:
            day = Day(world, hand)
            for scene in SCENES:
                await _scene(scene, day)
            await hand.until("an empty queue", lambda seen: seen.status["waiting"] == 0)
        papers = await _papers(day)
        if code := await world.terminal.stop():
            raise Differs(f"the terminal ended with {code}")
        ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
        await world.hq.stop()
        held = await told("hq", "verify", "--data", str(folder / "hq"))
        await _compare_cards(day)
    return _compared(day, ledger, held, papers)


async def _scene(scene: Scene, day: Day) -> None:
    sys.stderr.write(f"-- {scene.__name__.replace('_', ' ')}\n")
    await scene(day)
    await day.hand.state("idle")


async def join(day: Day) -> None:
    """A driver becomes a member in the transaction of the fill."""
    world, hand = day.world, day.hand
    world.scan("ST-0301")
    await hand.state("keying")
    world.scan("JOIN:19000000301")
    await hand.state("choosing")
    await hand.touch("pick", "95")
    await hand.touch("key", "27.1")
    await hand.touch("pick", "cash")
    await _exactly(hand)
    await _approve(day, "213.20")


async def recharge(day: Day) -> None:
    """A card nobody knows gets a wallet, 100 yuan and the bonus of its rung."""
    world, hand = day.world, day.hand
    await hand.touch("start", "recharge")
    await _with(world, _CARDS["white"], hand.state("confirm"))
    await hand.touch("confirm")
    await hand.touch("key", "100")
    await _exactly(hand)
    await _approve(day, "100.00")


async def checkout(day: Day) -> None:
    world, hand = day.world, day.hand
    await _scan_goods(world, hand, _APPLES, _JUICE)
    await _with(world, _CARDS["blue"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await _approve(day, "22.70")


async def too_little(day: Day) -> None:
    """Five yuan on the card, more in the cart: declined with a code, nothing charged."""
    world, hand = day.world, day.hand
    await _scan_goods(world, hand, _APPLES)
    await _with(world, _CARDS["thin"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await hand.state("declined")
    if hand.screen["code"] != "51":
        raise Differs(f"declined with {hand.screen['code']} instead of 51")
    await hand.touch("done")
    await hand.touch("cancel")
    await hand.until("the end of it", lambda seen: seen.screen["state"] in {"saying", "idle"})
    if hand.screen["state"] == "saying":
        await hand.touch("done")


async def chip_card(day: Day) -> None:
    """A contactless card behind pcscd, where there is one."""
    world, hand = day.world, day.hand
    if world.slot is None:
        sys.stderr.write(f"   left out: {world.without_pcsc}\n")
        return
    await _scan_goods(world, hand, _JUICE)
    await _with(world, _CARDS["green"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await _approve(day, "9.90")


async def offline(day: Day) -> None:
    """Without headquarters the sale goes on and waits; with it again, nothing waits."""
    world, hand = day.world, day.hand
    world.road.cut()
    await hand.until("offline", lambda seen: not seen.status["online"])
    await _scan_goods(world, hand, _APPLES)
    await hand.touch("skip")
    await _exactly(hand)
    await _approve(day, "12.80")
    await hand.until("something waiting", lambda seen: seen.status["waiting"] > 0)
    world.road.mend()
    await hand.until("online", lambda seen: bool(seen.status["online"]))


async def _scan_goods(world: World, hand: Hand, *codes: str) -> None:
    for count, code in enumerate(codes, 1):
        world.scan(code)
        await hand.until(f"{count} lines", partial(_has_lines, count))
    await hand.touch("done")
    await hand.state("ready")


def _has_lines(count: int, hand: Hand) -> bool:
    return hand.screen["state"] == "cart" and len(hand.screen["lines"]) == count


async def _with(world: World, card: GivenCard, seen: Awaitable[Any]) -> None:
    """The card lies there until what follows is seen, then it is taken back."""
    world.present(card)
    try:
        await seen
    finally:
        await world.take_away(card)
        if card.credential.medium is Medium.EM4100:
            await asyncio.sleep(1)  # The reader itself takes so long to know that a tag has left.


async def _exactly(hand: Hand) -> None:
    """The customer hands over exactly what is due."""
    await hand.state("keying")
    exact = next(choice for choice in hand.screen["choices"] if choice["do"] == "pick")
    await hand.touch("pick", exact["value"])


async def _approve(day: Day, amount: str) -> None:
    hand = day.hand
    await hand.state("confirm")
    if amount not in hand.screen["amount"]:
        raise Differs(f"asked to confirm {hand.screen['amount']}, not {amount}")
    await hand.touch("confirm")
    await hand.state("approved")
    day.approved.append(_NUMBER.findall(hand.screen["receipt"])[0])
    await hand.touch("done")


SCENES: tuple[Scene, ...] = (join, recharge, checkout, too_little, chip_card, offline)


async def _papers(day: Day) -> list[str]:
    """What lies below the printer once everything that was approved has had time to be printed."""
    printed = day.world.printer.receipts
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(printed) < len(day.approved):
                day.world.printed.clear()
                await day.world.printed.wait()
    except TimeoutError:
        raise Differs(f"{len(day.approved)} were approved, {len(printed)} receipts printed") from None
    return [receipt.text for receipt in printed]


async def _compare_cards(day: Day) -> None:
    """Every card to the fen, as the day's arithmetic says."""
    wanted = {
        "white": (10_000, 500, 0),  # 100 yuan and the bonus of its rung
        "blue": (10_000 - 2_270, 0, 22),
        "thin": (500, 0, 0),  # declined: untouched
        "green": (20_000 - 990, 0, 9) if day.world.slot else (20_000, 0, 0),
    }
    path = day.world.folder / "ledger.db"
    *cards, driver = await standing(path, [*(_CARDS[name].credential for name in wanted), _DRIVER])
    for (name, numbers), holder in zip(wanted.items(), cards, strict=True):
        if holder is None or (holder.principal, holder.bonus, holder.points) != numbers:
            raise Differs(f"the {name} card holds {_numbers(holder)} instead of {numbers}")
    if driver is None or driver.member is None or driver.coupons != _PACK:
        raise Differs(f"the driver who joined holds {_numbers(driver)}")


def _numbers(holder: Holder | None) -> str:
    if holder is None:
        return "nothing: unknown"
    return f"{holder.principal}, {holder.bonus}, {holder.points} points, {holder.coupons} coupons"


def _compared(day: Day, ledger: dict[str, Any], held: dict[str, Any], papers: list[str]) -> dict[str, object]:
    for paper in papers:
        sys.stdout.write(f"{paper}\n")
    numbers = [_NUMBER.findall(paper)[0] for paper in papers]
    if Counter(numbers) != Counter(day.approved):
        raise Differs(f"approved {day.approved}, printed {numbers}")
    if any("DUPLICATE" in paper or "重打印" in paper for paper in papers):
        raise Differs("a receipt says DUPLICATE although nothing went wrong")
    if ledger["fault"] or ledger["entries"] != day.world.morning + len(day.approved):
        raise Differs(f"{day.world.morning} in the morning, {len(day.approved)} approved, then {ledger}")
    site = held["sites"][0]
    if held["hq"] != "ok" or site["entries"] != ledger["entries"] or site["head"] != ledger["head"]:
        raise Differs(f"headquarters holds {held}, the terminal {ledger}")
    return {
        "transactions": ledger["entries"],
        "receipts": len(papers),
        "forwarded": site["entries"],
        "ledger": "ok",
        "hq": held["hq"],
    }
