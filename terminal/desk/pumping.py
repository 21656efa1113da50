"""What the `Desk` port asks about nozzles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from terminal.core.cart import Fill, centilitres, totaliser
from terminal.core.commands import BookHold
from terminal.core.errors import ForecourtAway
from terminal.core.forecourt import NOZZLES_MAX, Dispensed, Nozzle, Preset
from terminal.core.money import shown
from terminal.core.policy import Policy
from terminal.core.screens import Keying, Line, a_unit, poured_by, says
from terminal.core.values import EntryId
from terminal.desk.buttons import numbered
from terminal.desk.filling import Filling
from terminal.desk.prices import Offer, Prices
from terminal.desk.question import Questions

PROMISED_MAX = 2 * NOZZLES_MAX
READ_MS = 600_000
"""Of one totaliser: whoever reads it goes to the pump."""


class Pumping:
    _questions: Questions
    _policy: Policy
    _filling: Filling | None
    _begin_shift: Callable[[], Awaitable[None]]
    _prices: Prices
    _promised: dict[EntryId, Offer]
    """By hold, what it was released by: another may be published before it is settled."""
    new_id: Callable[[], EntryId]

    async def _fills(self) -> Sequence[Fill]:
        return await self._filling.waiting() if self._filling else ()

    async def unpaid_fills(self) -> Sequence[Fill]:
        return await self._fills()

    def unclear_fills(self) -> int:
        return self._filling.unclear() if self._filling else 0

    async def nozzles(self) -> Sequence[Nozzle]:
        grades = {grade.grade: grade for grade in self._policy.grades}
        told = await self._filling.forecourt.nozzles() if self._filling else None
        if told is None:
            told = [
                Nozzle(number=one.number, grade=one.grade, price=grades[one.grade].price)
                for one in self._policy.nozzles
                if one.grade in grades
            ]
        return sorted((one for one in told if one.grade in grades), key=lambda one: one.number)

    async def ask_total(self, prompt: str, nozzle: Nozzle, **values: str) -> int:
        grade = next(one.name for one in self._policy.grades if one.grade == nozzle.grade)
        lines = (Line(label=says("{name}", name=grade)),)
        title = says(prompt, **values)
        return await self._questions.keyed(
            title, totaliser, patience_ms=READ_MS, keying=Keying.TOTAL, lines=lines
        )

    async def sale_id(self, fill: Fill) -> EntryId:
        if self._filling is None or not fill.of:
            return self.new_id()
        return await self._filling.sale_id(fill)

    def fill_sold(self) -> None:
        if self._filling is not None:
            self._filling.look()

    async def choose_nozzle(self, prompt: str) -> Nozzle:
        names = {grade.grade: grade.name for grade in self._policy.grades}
        nozzles = await self._filling.forecourt.nozzles() if self._filling else None
        known = {str(one.number): one for one in nozzles or () if one.grade in names}
        if not known:
            raise ForecourtAway("no nozzle is told")
        buttons = [
            numbered(
                number,
                says(
                    "Nozzle {number}: {name}, {price}",
                    number=number,
                    name=names[one.grade],
                    price=shown(one.price),
                ),
            )
            for number, one in known.items()
        ]
        return known[await self._questions.picked(says(prompt), buttons)]

    async def ask_litres(self, prompt: str, nozzle: Nozzle) -> int:
        measured = self._policy.measured(nozzle.grade)
        price = Line(label=a_unit(measured), value=shown(nozzle.price))
        return await self._questions.keyed(
            says(prompt), centilitres, keying=poured_by(measured), lines=(price,)
        )

    async def flowing(self) -> Sequence[Dispensed]:
        if self._filling is None:
            raise ForecourtAway("there is none")
        return await self._filling.flowing()

    def _promise(self, hold: EntryId) -> None:
        while len(self._promised) >= PROMISED_MAX:
            del self._promised[next(iter(self._promised))]
        self._promised[hold] = self._prices.offer

    async def stop(self, fill: Dispensed) -> Dispensed:
        if self._filling is None:
            raise ForecourtAway("there is none")
        return await self._filling.stop(fill.id)

    async def is_held_for(self, fill: Dispensed) -> bool:
        return self._filling is not None and await self._filling.is_held_for(fill.id)

    async def release(self, fill: EntryId, nozzle: Nozzle, preset: Preset, hold: BookHold | None) -> None:
        if self._filling is None:
            raise ForecourtAway("there is none")
        if hold is not None:
            await self._begin_shift()
            self._promise(hold.id)
        await self._filling.release(fill, nozzle, preset, hold)
