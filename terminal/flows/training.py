"""Into training and out of it (product.md G6)."""

from __future__ import annotations

from terminal.core.errors import ForecourtAway
from terminal.core.money import Fen
from terminal.core.ports import Desk

_BEGIN = "Begin training? Nothing that is done in it is sold, charged or sent."
_END = "End training? From then on everything is real again."


async def training(desk: Desk) -> None:
    if not desk.training and await _fills(desk):
        return await desk.say("A nozzle is released. Training begins once its fill is over.")
    if await desk.confirm(_END if desk.training else _BEGIN, amount=Fen(0)):
        await desk.change_over()
    return await desk.say("Cancelled. Nothing was booked.")


async def _fills(desk: Desk) -> bool:
    """Whether fuel may flow: a training counter has no pumps, and nothing would be settled until it ends."""
    try:
        return bool(await desk.flowing())
    except ForecourtAway:
        return False
