"""`python -m lab.vm.guest.sale LINK [on]`: somebody at the page of an installed terminal sells for cash.

LINK is the file that says how a browser gets in. Says the receipt's number; ends with 1 when it was not sold.
With `on` it goes on selling, and prints.
"""

from __future__ import annotations

import asyncio
import re
import sys

from lab.shop.counter import Hand, NotSeen, watching
from terminal.drivers.virtual.paper import VirtualPrinter

PRICE = "12.80"
_NUMBER = re.compile(r">([A-Za-z0-9_]+-[0-9]+-[0-9]+-[0-9A-F]+)<")
_ON_PAPER = re.compile(r"[A-Za-z0-9_]+-[0-9]+-[0-9]+-[0-9A-F]{8}")
PRINTER_PORT = 9100
_PATIENCE_S = 300.0
"""An emulated machine is slow, and slower where others use its processors."""


async def sold(link: str, patience_s: float = _PATIENCE_S) -> str:
    """An amount, to nobody's card, in exactly so much cash: the receipt's number. Raises NotSeen."""
    async with watching(link, patience_s) as hand:
        return await _sold(hand)


async def _sold(hand: Hand) -> str:
    await hand.state("idle")
    await hand.touch("start", "checkout")
    await hand.state("cart")
    await hand.touch("key", PRICE)
    await hand.until("the amount", lambda seen: ("done", "") in _choices(seen))
    await hand.touch("done")
    await hand.touch("skip")
    await exactly(hand)
    await hand.state("confirm")
    if PRICE not in hand.screen["amount"]:
        raise NotSeen(f"asked to confirm {hand.screen['amount']}")
    await hand.touch("confirm")
    await hand.state("approved")
    return number(hand)


async def exactly(hand: Hand) -> None:
    """The customer hands over exactly what is due, in cash."""
    await hand.until("cash", lambda seen: seen.screen["state"] in {"choosing", "keying"})
    if hand.screen["state"] == "choosing":
        await hand.touch("pick", "cash")
    await hand.state("keying")
    await hand.touch("pick", next(value for do, value in _choices(hand) if do == "pick"))


def number(hand: Hand) -> str:
    """Of the receipt that is on the screen."""
    found: str = _NUMBER.findall(hand.screen["receipt"])[0]
    return found


def _choices(hand: Hand) -> list[tuple[str, str]]:
    return [(one["do"], one["value"]) for one in hand.screen["choices"]]


async def on_and_on(link: str) -> None:
    """Sells until the power goes, at one page: a disk that hangs lets no other in.

    What was approved, and what is on paper, is said the moment it is seen. Raises NotSeen.
    """
    told: set[str] = set()

    def printed() -> None:
        for receipt in printer.receipts:
            for number in set(_ON_PAPER.findall(receipt.text)) - told:
                told.add(number)
                _say(f"PAPER {number}")

    printer = VirtualPrinter(on_change=printed)
    await printer.start(port=PRINTER_PORT)
    async with watching(link, _PATIENCE_S) as hand:
        while True:
            _say(f"SOLD {await _sold(hand)}")


def _say(line: str) -> None:
    """Between two ends of lines: what else writes to this line may have left one open."""
    sys.stdout.write(f"\n{line}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    link, *more = arguments
    try:
        if more:
            asyncio.run(on_and_on(link))
        print(asyncio.run(sold(link)))
    except NotSeen as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
