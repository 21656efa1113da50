"""What the `Desk` port asks about nozzles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from terminal.core.cart import Article, Fill, centilitres, totaliser
from terminal.core.commands import BookHold
from terminal.core.errors import FillCame, ForecourtAway
from terminal.core.fill_words import how_many, one_unit
from terminal.core.forecourt import NOZZLES_MAX, Dispensed, Nozzle, Preset
from terminal.core.money import shown
from terminal.core.policy import Policy
from terminal.core.screens import Choice, Keying, Line, Message, a_unit, poured_by, quantity_shown, says
from terminal.core.usual import usually
from terminal.core.values import EntryId
from terminal.desk.buttons import numbered
from terminal.desk.filling import Filling
from terminal.desk.prices import Offer, Prices
from terminal.desk.question import Questions, Stale

PROMISED_MAX = 2 * NOZZLES_MAX
READ_MS = 600_000
"""Of one totaliser: whoever reads it goes to the pump."""


FILLS_MS = 300_000
"""Of which fill is paid: a driver who joins while the tank fills waits for the nozzle to hang."""


class Pumping:
    _questions: Questions
    _policy: Policy
    _filling: Filling | None
    _begin_shift: Callable[[], Awaitable[None]]
    _prices: Prices
    _promised: dict[EntryId, Offer]
    """By hold, what it was released by: another may be published before it is settled."""
    new_id: Callable[[], EntryId]
    article: Callable[[str], Article | None]
    _charges: bool

    async def _fills(self) -> Sequence[Fill]:
        return await self._filling.waiting() if self._filling else ()

    async def unpaid_fills(self) -> Sequence[Fill]:
        return await self._fills()

    def unclear_fills(self) -> int:
        return self._filling.unclear() if self._filling else 0

    async def read_fill(self, asks: Message, *, usual: str = "") -> Fill:
        return await self._fill(asks, usual, paid_next=True)

    async def _fill(self, title: Message, usual: str = "", *, paid_next: bool = False) -> Fill:
        """Of a dispenser, also where it ends while this is asked: keyed by hand it would be owed twice.

        `paid_next`: a payment code says that it is the one fill that waits.
        """
        fresh, came = await self._by_button(), None
        while True:
            waiting = fresh

            async def changed(seen: Mapping[str, Fill] = waiting) -> bool:
                nonlocal fresh
                fresh = await self._by_button()
                # Of a controller that is away those that it told before stay.
                return not fresh.keys() <= seen.keys()

            try:
                fill = await self._one_fill(title, usual, waiting, changed, came, paid_next=paid_next)
            except Stale:
                came = None
                continue
            if fill.of or self._filling is None or not await changed():
                return fill
            came = FillCame("while another was keyed")

    async def _by_button(self) -> Mapping[str, Fill]:
        return {f"fill:{fill.of}": fill for fill in await self._fills()}

    async def _one_fill(  # noqa: PLR0913  what stands on the screen, each by its name
        self,
        title: Message,
        usual: str,
        waiting: Mapping[str, Fill],
        changed: Callable[[], Awaitable[bool]],
        came: FillCame | None,
        *,
        paid_next: bool,
    ) -> Fill:
        """Raises Stale: another waits by now."""
        grades = {grade.grade: grade.as_sold(self.article) for grade in self._policy.grades}
        buttons = [_fill_button(at, each) for at, each in waiting.items()]
        buttons += [_button(at, each.name) for at, each in grades.items()]
        warns = (usually(self._policy, usual),) if usual else ()
        picked = await self._questions.picked_or_paid(
            title,
            buttons,
            pays=paid_next and len(waiting) == 1 and self._charges,
            again=came,
            stale=changed if self._filling is not None else None,
            patience_ms=FILLS_MS if self._filling is not None else None,
            lines=warns,
        )
        if picked is None:
            return next(iter(waiting.values()))
        if picked in waiting:
            return waiting[picked]
        grade = grades[picked]

        def keyed(text: str) -> Fill:
            fill = Fill(grade=grade, centilitres=centilitres(text))
            self._prices.now(fill.cart)  # Refuses what one transaction may not be.
            return fill

        price = Line(label=says("{name}", name=grade.name), value=shown(grade.price))
        measured = grade.unit.measured
        return await self._questions.keyed(
            title if one_unit(self._policy) is measured else how_many(measured),
            keyed,
            keying=poured_by(measured),
            lines=(price, *(warns if grade.grade != usual else ())),
        )

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


def _fill_button(value: str, fill: Fill) -> Choice:
    litres, sum_ = quantity_shown(fill.centilitres, fill.grade.unit.measured), shown(fill.fen or 0)
    label = says("Nozzle {number}: {litres}, {sum}", number=str(fill.nozzle), litres=litres, sum=sum_)
    return Choice(do="pick", value=value, label=label)


def _button(value: str, name: str) -> Choice:
    return Choice(do="pick", value=value, label=says("{name}", name=name))
