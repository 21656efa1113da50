"""`python -m lab.vm.guest.sale LINK`: somebody at the page of a terminal that was installed sells for cash.

LINK is the file that says how a browser gets in. Says the receipt's number; ends with 1 when it was not sold.
"""

from __future__ import annotations

import asyncio
import re
import sys

from lab.shop.counter import Hand, NotSeen, watching

PRICE = "12.80"
_NUMBER = re.compile(r">([A-Za-z0-9_]+-[0-9]+-[0-9]+-[0-9A-F]+)<")
_PATIENCE_S = 120.0
"""An emulated machine is slow."""


async def sold(link: str, patience_s: float = _PATIENCE_S) -> str:
    """An amount, to nobody's card, in exactly so much cash: the receipt's number. Raises NotSeen."""
    async with watching(link, patience_s) as hand:
        await hand.state("idle")
        await hand.touch("start", "checkout")
        await hand.state("cart")
        await hand.touch("key", PRICE)
        await hand.until("the amount", lambda seen: ("done", "") in _choices(seen))
        await hand.touch("done")
        await hand.touch("skip")
        await hand.until("cash", lambda seen: seen.screen["state"] in {"choosing", "keying"})
        if hand.screen["state"] == "choosing":
            await hand.touch("pick", "cash")
        await hand.state("keying")
        await hand.touch("pick", next(value for do, value in _choices(hand) if do == "pick"))
        await hand.state("confirm")
        if PRICE not in hand.screen["amount"]:
            raise NotSeen(f"asked to confirm {hand.screen['amount']}")
        await hand.touch("confirm")
        await hand.state("approved")
        number: str = _NUMBER.findall(hand.screen["receipt"])[0]
        return number


def _choices(hand: Hand) -> list[tuple[str, str]]:
    return [(one["do"], one["value"]) for one in hand.screen["choices"]]


def main(arguments: list[str]) -> int:
    try:
        print(asyncio.run(sold(arguments[0])))
    except NotSeen as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
