"""LEFT: what members have besides what the shop that asks holds, of many at once (product.md B11)."""

from __future__ import annotations

from hq.admitted import known
from hq.exchange import Exchange
from hq.nobodys import silent
from terminal.core.accounts import FEN, TIER_UNIT, measure_of
from terminal.core.wire.left import AskLeft, Left, LeftOn


async def left(exchange: Exchange, asked: AskLeft) -> Left:
    """Raises `RequestRefused` for another instance than the site's."""
    async with exchange.work(asked.merchant, asked.site) as work:
        await known(work.turn, asked)
        families = await work.turn.families(set(asked.wallets))
        found: list[LeftOn] = []
        for wallet in dict.fromkeys(asked.wallets):
            held = await work.turn.held_elsewhere(families[wallet].members, asked.site)
            worth = {unit: amount for unit, amount in held.items() if unit.removeprefix("debt:") != TIER_UNIT}
            if worth:
                money = (amount for unit, amount in worth.items() if measure_of(unit) == FEN)
                found.append(LeftOn(wallet=wallet, fen=max(sum(money), 0)))
        heard = not work.idle and not await silent(work, but=asked.site)
    return Left(whole=heard, wallets=tuple(found))
