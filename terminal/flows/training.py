"""Into training and out of it (product.md G6)."""

from __future__ import annotations

from terminal.core.money import Fen
from terminal.core.ports import Desk

_BEGIN = "Begin training? Nothing that is done in it is sold, charged or sent."
_END = "End training? From then on everything is real again."


async def training(desk: Desk) -> None:
    if await desk.confirm(_END if desk.training else _BEGIN, amount=Fen(0)):
        await desk.change_over()
    await desk.say("Cancelled. Nothing was booked.")
