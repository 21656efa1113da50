"""A day in the shop without a person: join, recharge, checkout, too little money, network gone and back."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from lab.shop.counter import Hand, watching
from lab.shop.processes import told
from lab.shop.setting import CARDS, GivenCard
from lab.shop.world import World, opened
from terminal.core.trust import Medium

_APPLES, _JUICE = "6901234567892", "6909876543210"
_CARDS = {card.id: card for card in CARDS}
_PATIENCE_S = 20
_NUMBER = re.compile(r"T1-1-\d+-[0-9A-F]{8}")


class Differs(Exception):
    """Something at the end of the day is not what it must be."""


async def played(folder: Path) -> dict[str, object]:
    """The whole day; what it came to. Raises Differs, NotSeen or NotStarted."""
    async with opened(folder) as world:
        async with watching(world.kiosk) as hand:
            for scene in (join, recharge, checkout, too_little, chip_card, offline):
                await _scene(scene, world, hand)
            await hand.until("an empty queue", lambda seen: seen.status["waiting"] == 0)
        receipts = await _receipts(world)
        if code := await world.terminal.stop():
            raise Differs(f"the terminal ended with {code}")
        ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
        await world.hq.stop()
        held = await told("hq", "verify", "--data", str(folder / "hq"))
    return _compared(ledger, held, receipts)


async def _scene(scene: Callable[[World, Hand], Awaitable[None]], world: World, hand: Hand) -> None:
    sys.stderr.write(f"-- {scene.__name__.replace('_', ' ')}\n")
    await scene(world, hand)
    await hand.state("idle")


async def join(world: World, hand: Hand) -> None:
    """A driver becomes a member in the transaction of the fill."""
    world.scan("ST-0301")
    await hand.state("keying")
    world.scan("JOIN:19000000301")
    await hand.state("choosing")
    await hand.touch("pick", "95")
    await hand.touch("key", "27.1")
    await hand.touch("pick", "cash")
    await _exactly(hand)
    await _approve(hand, "213.20")


async def recharge(world: World, hand: Hand) -> None:
    """A card nobody knows gets a wallet, 100 yuan and the bonus of its rung."""
    await hand.touch("start", "recharge")
    await _with(world, _CARDS["white"], hand.state("confirm"))
    await hand.touch("confirm")
    await hand.touch("key", "100")
    await _exactly(hand)
    await _approve(hand, "100.00")


async def checkout(world: World, hand: Hand) -> None:
    await _scan_goods(world, hand, _APPLES, _JUICE)
    await _with(world, _CARDS["blue"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await _approve(hand, "22.70")


async def too_little(world: World, hand: Hand) -> None:
    """Five yuan on the card, more in the cart: declined with a code, nothing charged."""
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


async def chip_card(world: World, hand: Hand) -> None:
    """A contactless card behind pcscd, where there is one."""
    if world.slot is None:
        sys.stderr.write(f"   left out: {world.without_pcsc}\n")
        return
    await _scan_goods(world, hand, _JUICE)
    await _with(world, _CARDS["green"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await _approve(hand, "9.90")


async def offline(world: World, hand: Hand) -> None:
    """Without headquarters the sale goes on and waits; with it again, nothing waits."""
    world.road.cut()
    await hand.until("offline", lambda seen: not seen.status["online"])
    await _scan_goods(world, hand, _APPLES)
    await hand.touch("skip")
    await _exactly(hand)
    await _approve(hand, "12.80")
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


async def _approve(hand: Hand, amount: str) -> None:
    await hand.state("confirm")
    if amount not in hand.screen["amount"]:
        raise Differs(f"asked to confirm {hand.screen['amount']}, not {amount}")
    await hand.touch("confirm")
    await hand.state("approved")
    await hand.touch("done")


async def _receipts(world: World) -> list[str]:
    """What lies below the printer, once it has printed everything that was booked here."""
    wanted = 5 if world.slot else 4
    async with asyncio.timeout(_PATIENCE_S):
        while len(world.printer.receipts) < wanted:
            world.printed.clear()
            await world.printed.wait()
    return [receipt.text for receipt in world.printer.receipts]


def _compared(ledger: dict[str, Any], held: dict[str, Any], receipts: list[str]) -> dict[str, object]:
    for receipt in receipts:
        sys.stdout.write(f"{receipt}\n")
    numbers = [_NUMBER.findall(receipt)[0] for receipt in receipts]
    if len(set(numbers)) != len(numbers):
        raise Differs(f"a receipt was printed twice: {numbers}")
    if any("DUPLICATE" in receipt or "重打印" in receipt for receipt in receipts):
        raise Differs("a receipt says DUPLICATE although nothing went wrong")
    site = held["sites"][0]
    if held["hq"] != "ok" or site["entries"] != ledger["entries"] or site["head"] != ledger["head"]:
        raise Differs(f"headquarters holds {held}, the terminal {ledger}")
    return {
        "transactions": ledger["entries"],
        "receipts": len(receipts),
        "forwarded": site["entries"],
        "ledger": ledger["fault"] or "ok",
        "hq": held["hq"],
    }
