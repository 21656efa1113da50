"""Scenes in which customers pay by phone, voucher or bank card, and whoever is asked hesitates or is lost."""

from __future__ import annotations

import asyncio

from lab.acquirer import Whim
from lab.shop.acting import JUICE, PATIENCE_S, Day, Differs, approve, approved, scan_goods
from lab.shop.setting import ALIPAY, MEITUAN, WECHAT

_JUICE_FEN = 9_90
_VOUCHER_FEN = 5_00
_LOOK_S = 0.1


async def paid_by_phone(day: Day) -> None:
    """The customer confirms on the phone after a while; nothing is booked before."""
    before = await day.world.acquirer.books()
    await day.world.acquirer.answers((Whim.SLOW,))
    await _pays(day, WECHAT)
    await _taken(day, before)


async def found_again(day: Day) -> None:
    """It is paid and the answer is lost: the acquirer is asked again, and nothing is taken twice."""
    before = await day.world.acquirer.books()
    await day.world.acquirer.answers((Whim.MUTE,))
    await _pays(day, ALIPAY)
    await _taken(day, before)


async def back_to_the_phone(day: Day) -> None:
    """What was paid by phone is brought back, and goes back though the first question about it is lost."""
    world, hand = day.world, day.hand
    before = await world.acquirer.books()
    await world.acquirer.answers((Whim.DEAF,))
    world.scan(day.approved[-1])
    await hand.state("choosing")
    await hand.touch("pick", "spoiled")
    await approve(day, "9.90")
    day.beside += 2  # That it is owed, and that it went.
    await _keeps(day, sum(before.values()) - _JUICE_FEN)


async def by_voucher_and_phone(day: Day) -> None:
    """A voucher pays a part, and the phone the rest; both are used once, whatever answers are lost."""
    world, hand = day.world, day.hand
    paid, used = await world.acquirer.books(), await world.platforms.books()
    await scan_goods(world, hand, JUICE)
    await hand.touch("skip")
    await hand.touch("pick", "group_buy")
    await hand.state("keying")
    await world.platforms.answers((None, Whim.MUTE))
    world.scan(MEITUAN)
    await hand.state("choosing")
    await hand.touch("pick", "code")
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("ready")
    world.scan(WECHAT)
    await approved(day, "9.90")
    day.beside += 2  # That each was about to be asked.
    new = {one: fen for one, fen in (await world.platforms.books()).items() if one not in used}
    if [*new.values()] != [_VOUCHER_FEN]:
        raise Differs(f"vouchers are used for {new}, not once for {_VOUCHER_FEN}")
    await _taken(day, paid, _JUICE_FEN - _VOUCHER_FEN)


async def by_bank_card(day: Day) -> None:
    """The bank's terminal is told the amount, and the customer looks for the card first."""
    world, hand = day.world, day.hand
    before = world.bank.kept
    await scan_goods(world, hand, JUICE)
    await hand.touch("skip")
    await hand.touch("pick", "card")
    async with asyncio.timeout(PATIENCE_S):
        await world.bank.waits.wait()
    world.bank.present()
    await approved(day, "9.90")
    day.beside += 1  # That the terminal was about to be told.
    if world.bank.kept != before + _JUICE_FEN:
        raise Differs(f"the bank's terminal took {world.bank.kept - before} for {_JUICE_FEN}")


async def _pays(day: Day, phone: str) -> None:
    world, hand = day.world, day.hand
    await scan_goods(world, hand, JUICE)
    await hand.touch("skip")
    await hand.touch("pick", "code")
    await hand.state("ready")
    world.scan(phone)
    await approved(day, "9.90")
    day.beside += 1  # That the acquirer was about to be asked.


async def _taken(day: Day, before: dict[str, int], wanted: int = _JUICE_FEN) -> None:
    """Once more than before, and just what was due. Raises Differs."""
    new = {one: fen for one, fen in (await day.world.acquirer.books()).items() if one not in before}
    if [*new.values()] != [wanted]:
        raise Differs(f"the acquirer took {new} for {wanted}")


async def _keeps(day: Day, wanted: int) -> None:
    """The acquirer, in the end. Raises Differs."""
    kept: dict[str, int] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                kept = await day.world.acquirer.books()
                if sum(kept.values()) == wanted:
                    return
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise Differs(f"the acquirer keeps {kept}, not {wanted} in all") from None
