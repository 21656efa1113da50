"""What members pay with of what they hold here: each kind of it is one way of paying (product.md B1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from terminal.core.commands import TenderKind
from terminal.core.errors import InsufficientFunds
from terminal.core.money import Fen, shown
from terminal.core.payment import Payment, Payments, paid_by
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.rights import Floor, Want
from terminal.core.screens import Line, Toggles, says
from terminal.core.trust import Credential, Holder
from terminal.core.visit import Usable, stored_wants


class Paying(Struct, frozen=True, kw_only=True):
    """What is said so far of how a bill is paid. Nothing of it has happened yet."""

    bill: Priced
    card: Credential | None = None
    holder: Holder | None = None
    """As of the last look: value that lay elsewhere may have been brought meanwhile."""
    brought: Mapping[TenderKind, Usable] = MappingProxyType({})
    """What may be spent here of each kind of value that headquarters was asked for."""
    also: tuple[TenderKind, ...] = ()
    """Ways that are offered here whatever the shop takes elsewhere."""
    toggles: Toggles | None = None
    """What is asked beside the ways to pay."""
    about: tuple[Line, ...] = ()
    """What stands above the bill, such as whose vehicle it is."""
    below: tuple[Line, ...] = ()
    """What stands below it, such as by what terms: a long bill is shown from its end."""
    by_pin: bool = False
    proved: bool = False
    """The PIN was keyed for one of these parts, and so for all that the member pays with."""
    payments: Payments = Payments()

    @property
    def left(self) -> Fen:
        return Fen(self.bill.due - self.payments.covered)

    @property
    def left_of_goods(self) -> Fen:
        """What of it cash vouchers and cashback may pay."""
        paid = sum(one.amount for one in self.payments.tenders if one.for_goods)
        return Fen(min(self.left, self.bill.goods - paid))

    @property
    def floor(self) -> Floor | None:
        """How far stored value goes beyond what is held here, by what was said when it was asked for."""
        stored = self.brought.get(TenderKind.STORED)
        return stored.floor if stored else None

    @property
    def kinds(self) -> frozenset[TenderKind]:
        """In which ways some of it is paid."""
        return frozenset(part.kind for part in self.payments.parts)


class Held(Protocol):
    """One kind of value that members hold."""

    @property
    def kind(self) -> TenderKind: ...

    async def offered(self, desk: Desk, said: Paying, holder: Holder) -> bool:
        """Whether it may be asked for: it is held here, or may lie elsewhere."""
        ...

    async def part(self, desk: Desk, said: Paying, *, whole: bool) -> tuple[Paying, Payment]:
        """What it pays of what is left: where `whole` all of it, if it can; else as much as is said.

        Raises InsufficientFunds, CardNotUsable.
        """
        ...

    def after(self, part: Payment, holder: Holder) -> tuple[Line, ...]:
        """What is left of it then, as the last question shows it."""
        ...


class Stored:
    """Principal and bonus."""

    kind = TenderKind.STORED

    async def offered(self, desk: Desk, said: Paying, holder: Holder) -> bool:
        """Also of an empty card: value may lie elsewhere, or be spent beyond what is held here."""
        del desk, holder
        return self.kind not in said.kinds

    async def part(self, desk: Desk, said: Paying, *, whole: bool) -> tuple[Paying, Payment]:
        fen = said.left
        said = await self._brought(desk, said, fen)
        if not whole:
            most = Fen(min(fen, self._most(said)))
            if not most:
                raise InsufficientFunds("nothing is there")
            fen = await desk.ask_part("How much of it?", self.kind, at_most=most)
        return said, paid_by(self.kind, fen, said.holder, desk.policy, said.floor)

    async def _brought(self, desk: Desk, said: Paying, fen: Fen) -> Paying:
        if said.holder is None or said.holder.spendable >= fen:
            return said
        return await brought(desk, said, self.kind, stored_wants(said.holder, fen))

    def _most(self, said: Paying) -> int:
        if usable := said.brought.get(self.kind):
            return usable.most
        return said.holder.spendable if said.holder else 0

    def after(self, part: Payment, holder: Holder) -> tuple[Line, ...]:
        spent = part.spent.principal + part.spent.bonus
        left = (Line(label=says("Balance after"), value=shown(holder.spendable - spent)),)
        if not part.beyond:
            return left
        return (*left, Line(label=says("Beyond what is held here"), value=shown(part.beyond)))


async def brought(desk: Desk, said: Paying, kind: TenderKind, wants: Sequence[Want]) -> Paying:
    """What less is held of than is wanted, and lies elsewhere, is asked for: each kind once."""
    if not (said.card and said.holder) or kind in said.brought:
        return said
    usable = await desk.bring(said.card, said.holder, wants)
    return replace(said, holder=usable.holder, brought={**said.brought, kind: usable})
