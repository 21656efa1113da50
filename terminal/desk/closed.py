"""The screen of a terminal that cannot book: why, what to do, and the code that both read to each other."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from terminal.core.errors import TerminalFault
from terminal.core.screens import Intent, Line, State, Status, View, says
from terminal.desk.session import Duty
from terminal.desk.stage import Stage

_WHY_CHARS_MAX = 240


def show_closed(stage: Stage, fault: TerminalFault) -> None:
    why = str(fault)
    if len(why) > _WHY_CHARS_MAX:
        why = f"{why[: _WHY_CHARS_MAX - 3]}..."
    stage.flow = ""
    stage.show(
        State.CLOSED,
        says("Nothing can be booked now"),
        code=fault.code,
        advice=says(fault.for_attendant),
        lines=(Line(label=says("For the technician: {why}", why=why)),) if why else (),
    )


class ClosedFront:
    """`Front` for pages while there is no ledger, and so no counter."""

    def __init__(self, duty: Duty, fault: TerminalFault, *, first_step: int) -> None:
        status = Status(
            shop=duty.shop.name,
            terminal=duty.terminal,
            shift=duty.shift,
            attendant=duty.attendant,
            online=False,
            waiting=0,
        )
        self._stage = Stage(status, first_step=first_step, idle=says("Nothing can be booked now"))
        self.say(fault)

    def say(self, fault: TerminalFault) -> None:
        self._stage.tell(halted=says(fault.for_attendant), halted_code=fault.code)
        show_closed(self._stage, fault)

    def view(self) -> View:
        return self._stage.view()

    def changes(self) -> AsyncGenerator[View, None]:
        return self._stage.changes()

    def intend(self, intent: Intent) -> bool:
        """There is nothing to touch."""
        return self._stage.claims(intent)
