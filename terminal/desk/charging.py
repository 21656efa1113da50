"""What the `Desk` port asks about payments outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from terminal.core.acquirer import PayCode
from terminal.core.money import Fen, shown
from terminal.core.screens import Choice, Line, State, says
from terminal.core.values import EntryId, WalletId
from terminal.desk.acquiring import Acquiring
from terminal.desk.booking import Booking
from terminal.desk.heard import Pays, Touched
from terminal.desk.question import CANCEL, Questions
from terminal.desk.shift import Shifts


class Charging:
    _questions: Questions
    _shifts: Shifts
    _booking: Booking
    _acquiring: Acquiring | None
    new_id: Callable[[], EntryId]

    @property
    def acquires(self) -> bool:
        return self._acquiring is not None

    async def scan_pay_code(
        self, prompt: str, *, amount: Fen, lines: Sequence[Line] = (), skip: str = ""
    ) -> PayCode | None:
        other = (Choice(do="skip", label=says(skip)),) if skip else ()
        with self._questions.asking(Pays) as question:
            while True:
                self._questions.ask(
                    State.READY,
                    says(prompt),
                    question,
                    amount=shown(amount),
                    lines=tuple(lines),
                    choices=(*other, CANCEL),
                )
                match await question.heard():
                    case Pays(code=code):
                        return code
                    case Touched():
                        return None
                    case _:
                        continue

    async def charge(self, code: PayCode, fen: Fen, consumer: EntryId, wallet: WalletId | None) -> None:
        if self._acquiring is None:
            raise RuntimeError("there is no acquirer")
        await self._shifts.begin(self._booking, self.new_id())
        await self._acquiring.charge(code, fen, consumer, wallet)
