"""Into training and out of it (product.md G6)."""

from __future__ import annotations

from terminal.core.money import Fen
from terminal.core.ports import Desk
from terminal.flows.pumps import fuel_flows

_BEGIN = "Begin training? Nothing that is done in it is sold, charged or sent."
_END = "End training? From then on everything is real again."


async def training(desk: Desk) -> None:
    if not desk.training and await fuel_flows(desk):
        return await desk.say("A nozzle is released. Training begins once its fill is over.")
    if await desk.confirm(_END if desk.training else _BEGIN, amount=Fen(0)):
        await desk.change_over()
    return await desk.say("Cancelled. Nothing was booked.")
