"""A person takes something off a line of the cart: what, why, and who answers for it (product.md B13)."""

from __future__ import annotations

import re

from terminal.core.cart import Cart
from terminal.core.commands import SaleLine
from terminal.core.errors import BadAmount, MayNotApprove, NotBesideOneself, NothingOff
from terminal.core.money import Fen, amount, shown
from terminal.core.override import Override
from terminal.core.policy import Policy
from terminal.core.pricing import Priced
from terminal.core.screens import Choice, Keying, Line, quantity_shown, says
from terminal.core.values import StaffId
from terminal.desk.approving import Approving
from terminal.desk.prices import Prices
from terminal.desk.question import Questions
from terminal.desk.settings import StaffMember

_PERCENT = re.compile(r"[1-9][0-9]?|100")
_PRICE = Choice(do="pick", value="price", label=says("Another price"))
_OFF = Choice(do="pick", value="percent", label=says("Percent off"))
_NONE = Choice(do="pick", value="none", label=says("Nothing off"))


class Overriding:
    def __init__(self, questions: Questions, policy: Policy, prices: Prices, people: Approving) -> None:
        self._questions = questions
        self._policy = policy
        self._prices = prices
        self._people = people

    async def overridden(self, cart: Cart, place: int) -> Cart:
        """The cart with it. Raises Cancelled, and PinRefused where the other does not prove who they are."""
        plain = cart.overridden(place, None)
        line = cart.lines[place]
        title = says("{name}", name=line.article.name)
        how = await self._questions.picked(title, [_PRICE, _OFF, *([_NONE] if line.override else [])])
        if how == _NONE.value:
            return plain
        before = _lines_of(self._prices.now(plain), place)
        net = sum(one.net for one in before)
        count = quantity_shown(line.quantity, line.article.measured)
        now = Line(
            label=says("{name} x {quantity}", name=line.article.name, quantity=count), value=shown(Fen(net))
        )

        def usable(text: str) -> Override:
            said = Override(reason="", by=self._people.operator, **_said(how, text))
            if not _off(said, before):
                raise NothingOff("no lower than promotions leave it")
            return said

        said = await self._questions.keyed(
            says("Which unit price?") if how == _PRICE.value else says("How many percent off?"),
            usable,
            keying=Keying.AMOUNT if how == _PRICE.value else Keying.PIECES,
            lines=(now,),
        )
        reason = await self._reason()
        by = await self._answers(said, before, now, reason)
        return cart.overridden(place, Override(reason=reason, by=by, price=said.price, percent=said.percent))

    async def _reason(self) -> str:
        reasons = self._policy.override_reasons
        if len(reasons) == 1:
            return reasons[0]
        buttons = [Choice(do="pick", value=one, label=says("{name}", name=one)) for one in reasons]
        return await self._questions.picked(says("Why is it taken off?"), buttons)

    async def _answers(self, said: Override, lines: list[SaleLine], now: Line, reason: str) -> StaffId:
        """Whoever is at the drawer, as far as their role goes; else somebody whose role goes so far.

        Line by line of the bill, as it is judged when it is booked.
        """
        operator = self._people.operator

        def reaches(who: StaffId) -> bool:
            return all(self._people.may_take_off(who, said.off(one), one.net) for one in lines)

        def may(who: StaffMember) -> None:
            if who.id == operator:
                raise NotBesideOneself("the same badge")
            if not reaches(who.id):
                raise MayNotApprove(f"{_off(said, lines)} off")

        if reaches(operator):
            return operator
        less = Line(label=says("{name}", name=reason), value=f"-{shown(Fen(_off(said, lines)))}")
        return await self._people.takes_off(may, lines=(now, less))


def _said(how: str, text: str) -> dict[str, int]:
    """Raises BadAmount."""
    if how == _PRICE.value:
        return {"price": 0 if text.strip() == "0" else amount(text)}
    if not _PERCENT.fullmatch(text.strip()):
        raise BadAmount("not of 1 to 100 percent")
    return {"percent": int(text)}


def _off(said: Override, lines: list[SaleLine]) -> int:
    return sum(said.off(line) for line in lines)


def _lines_of(bill: Priced, place: int) -> list[SaleLine]:
    """One line of the cart may be several of the bill."""
    return [line for line, at in zip(bill.lines, bill.places, strict=True) if at == place]
