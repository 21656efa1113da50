"""A nozzle is stopped: what flowed until then is settled as of any fill (product.md C2, C7)."""

from __future__ import annotations

from terminal.core.forecourt import Stage
from terminal.core.money import Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import quantity_shown, says


async def stop(desk: Desk) -> None:
    """No question but which: it is stopped at once where fuel flows from one alone."""
    going = {str(one.nozzle): one for one in await desk.flowing()}
    if not going:
        return await desk.say("Nothing flows, and no nozzle is released.")
    names = {
        number: says(
            "Nozzle {number}: {litres}, {sum}",
            number=number,
            litres=quantity_shown(one.centilitres, desk.policy.measured(one.grade)),
            sum=shown(Fen(one.fen)),
        )
        for number, one in going.items()
    }
    number = await desk.choose_number("Which nozzle is stopped?", names)
    stopped = await desk.stop(going[number])
    if stopped.stage is Stage.CANCELLED:
        return await desk.say("Nozzle {number} is stopped. Nothing flowed.", number=number)
    if not await desk.is_held_for(stopped):
        return await desk.say("Nozzle {number} is stopped. It is paid under Fuel and join.", number=number)
    return await desk.say("Nozzle {number} is stopped. What flowed is charged.", number=number)
