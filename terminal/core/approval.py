"""Who must stand behind a transaction beside the operator (product.md B13).

Policy says it in two ways: what always takes two (`second_person`), and what is above the operator's own role
(`permits`), which is done with somebody of that role beside them. The second counts only in a shop that tells
its people apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from terminal.core.commands import (
    BATCH,
    CLAIMED,
    MAINTENANCE,
    OWN_DATA,
    PUMP_TEST,
    STAFF_PIN,
    BookCardState,
    BookCashMove,
    BookGrant,
    BookIntent,
    BookIntentEnd,
    BookNote,
    BookRefund,
    BookSale,
    Command,
    PaidBy,
    SaleLine,
)
from terminal.core.errors import MayNotApprove, NotBesideOneself, SecondPersonNeeded
from terminal.core.invoicing import invoices
from terminal.core.money import PriceOrNothing, half_up
from terminal.core.override import Cap, by_people
from terminal.core.shift import DRAWER as DRAWER_NOTE
from terminal.core.staff import Role, highest, led, reaches
from terminal.core.values import StaffId, Value


class Approved(StrEnum):
    """Kinds of transaction that policy may ask a second person for."""

    VOID = "void"
    REFUND = "refund"
    FAVOUR = "favour"  # a refund that gives more for a begun count card than its rule: always
    RECHARGE_REFUND = "recharge_refund"
    INVOICE = "invoice"
    GRANT = "grant"
    IMPORT = "import"  # a paper balance: always
    MERGE = "merge"
    TRANSFER = "transfer"
    CARD_STATE = "card_state"
    TIER = "tier"  # by hand
    CARD = "card"  # a new one, in the place of another or beside it
    CASH_MOVE = "cash_move"
    PAID_OUT = "paid_out"  # a cash move out of the drawer
    FLEET_FUNDS = "fleet_funds"
    ERASURE = "erasure"
    NOTE = "note"
    PAID_BY_HAND = "paid_by_hand"  # a refund that the acquirer refuses
    DRAWER = "drawer"  # a note: the drawer without a sale
    PUMP_TEST = "pump_test"  # a note: fuel back into the tank, which somebody else always saw


_ALWAYS = frozenset({Approved.IMPORT, Approved.FAVOUR})
_OF = {
    Approved.FAVOUR: Approved.REFUND,
    Approved.PAID_OUT: Approved.CASH_MOVE,
    Approved.DRAWER: Approved.NOTE,
    Approved.PUMP_TEST: Approved.NOTE,
}
"""What is one of a wider kind: whoever names that names it, too."""
_BY_TAG: Mapping[str, Approved] = {str(kind): kind for kind in Approved} | {"merge_part": Approved.MERGE}
_NOTES: Mapping[str, Approved] = {DRAWER_NOTE: Approved.DRAWER, PUMP_TEST: Approved.PUMP_TEST}
_NO_SUM = frozenset(
    {
        Approved.MERGE,
        Approved.TRANSFER,
        Approved.CARD_STATE,
        Approved.TIER,
        Approved.CARD,
        Approved.ERASURE,
        Approved.NOTE,
        Approved.DRAWER,
        Approved.PUMP_TEST,
    }
)


class Permit(Value, frozen=True, kw_only=True):
    """Of which role one must be to do that alone, where it comes to more than `above` fen."""

    what: Approved
    role: Role
    above: PriceOrNothing = 0

    def __post_init__(self) -> None:
        """Raises ValueError: a technician approves nothing, and what has no sum never comes to more."""
        if self.role is Role.TECHNICIAN:
            raise ValueError(f"{self.what}: a technician approves nothing")
        if self.above and self.what in _NO_SUM:
            raise ValueError(f"{self.what} comes to no sum")


PERMITS = (
    Permit(what=Approved.VOID, role=Role.SHIFT_LEAD),
    Permit(what=Approved.REFUND, role=Role.SHIFT_LEAD),
    Permit(what=Approved.RECHARGE_REFUND, role=Role.SHIFT_LEAD),
    Permit(what=Approved.PAID_OUT, role=Role.SHIFT_LEAD, above=500_00),
    Permit(what=Approved.PAID_BY_HAND, role=Role.SHIFT_LEAD),
    Permit(what=Approved.DRAWER, role=Role.SHIFT_LEAD),
    Permit(what=Approved.GRANT, role=Role.MANAGER),
    Permit(what=Approved.MERGE, role=Role.MANAGER),
    Permit(what=Approved.TRANSFER, role=Role.MANAGER),
    Permit(what=Approved.TIER, role=Role.MANAGER),
    Permit(what=Approved.FLEET_FUNDS, role=Role.MANAGER),
    Permit(what=Approved.ERASURE, role=Role.MANAGER),
)


class Rules(Struct, frozen=True, kw_only=True):
    """A shop's policy, and the roles of those who work there."""

    second_person: Collection[Approved] = ()
    permits: Sequence[Permit] = ()
    caps: Sequence[Cap] = ()
    roles: Mapping[StaffId, Role] = {}

    def role(self, staff: StaffId) -> Role:
        return self.roles.get(staff, Role.ATTENDANT)

    @property
    def told_apart(self) -> bool:
        return led(self.roles.values())

    @property
    def proves(self) -> bool:
        """Whether people here prove who they are where two are needed: else nobody has been given a PIN."""
        return self.told_apart or bool(self.second_person)

    def needed(self, kind: Approved, fen: int, operator: StaffId) -> Role | None:
        """Of which role at least somebody must stand behind it beside the operator; None: nobody must."""
        kinds = {kind, _OF.get(kind, kind)}
        asked = [Role.SHIFT_LEAD] if kind in _ALWAYS or kinds & {*self.second_person} else []
        if self.told_apart:
            own = self.role(operator)
            asked += [
                permit.role
                for permit in self.permits
                if permit.what in kinds
                and (fen > permit.above or not permit.above)
                and not reaches(own, permit.role)
            ]
        if kind is Approved.PUMP_TEST and self.proves:
            asked.append(Role.ATTENDANT if reaches(self.role(operator), Role.SHIFT_LEAD) else Role.SHIFT_LEAD)
        return highest(asked)

    def beside(self, command: Command, fen: int) -> Role | None:
        """The same of one transaction. `fen`: what it comes to (`core.ledger.worth`)."""
        kind = approved_as(command)
        return self.needed(kind, fen, command.at.operator) if kind else None

    def may_take_off(self, staff: StaffId, off: int, of: int) -> bool:
        """Whether that person may take `off` fen off `of` by themselves."""
        return off <= half_up(of * self._most_off(staff), 100)

    def behind(self, lines: Iterable[SaleLine], operator: StaffId) -> StaffId | None:
        """Who stands behind all that others took off: who of them may take off most, and came last."""
        given = [one.by for line in lines for one in line.discounts]
        others = [by for by in given if by is not None and by != operator]
        return max(reversed(others), key=self._most_off, default=None)

    def _most_off(self, staff: StaffId) -> int:
        """Percent."""
        return max((cap.percent for cap in self.caps if self.reaches(staff, cap.role)), default=0)

    def reaches(self, staff: StaffId, role: Role) -> bool:
        """Where nobody leads, anybody but a technician."""
        return reaches(self.role(staff), role if self.told_apart else Role.ATTENDANT)

    def check_second(self, second: StaffId, role: Role, operator: StaffId) -> None:
        """Raises NotBesideOneself or MayNotApprove."""
        if second == operator:
            raise NotBesideOneself("the same person")
        if not self.reaches(second, role):
            raise MayNotApprove(f"a {self.role(second)}")


def check_approved(command: Command, rules: Rules, fen: int) -> None:
    """`fen`: what it comes to. Raises SecondPersonNeeded, NotBesideOneself or MayNotApprove."""
    at = command.at
    if isinstance(command, BookSale):
        _check_overrides(command, rules)
    if isinstance(command, BookCardState) and command.batch and not rules.reaches(at.operator, Role.MANAGER):
        raise MayNotApprove("many cards at once")
    role = rules.beside(command, fen)
    if role is None:
        return
    if at.second is None:
        raise SecondPersonNeeded(f"{approved_as(command)} by one person")
    rules.check_second(at.second, role, at.operator)


def _check_overrides(command: BookSale, rules: Rules) -> None:
    """Whoever took it off may; where that is not the operator, whoever proved to be beside them may, too."""
    at = command.at
    for line in command.lines:
        off = by_people(line)
        for by in {one.by for one in line.discounts if one.by is not None}:
            behind = {by}
            if by != at.operator:
                if at.second is None:
                    raise SecondPersonNeeded("taken off by another")
                if at.second == at.operator:
                    raise NotBesideOneself("the same person")
                behind.add(at.second)
            if not all(rules.may_take_off(who, off, line.net + off) for who in behind):
                raise MayNotApprove(f"{off} off {line.net + off}")


def comes_to_a_sum(command: Command) -> bool:
    """Whether what it comes to can matter to who may do it alone."""
    kind = approved_as(command)
    return kind is not None and kind not in _NO_SUM


def _said_otherwise(command: BookNote | BookGrant) -> bool:
    """By whoever keys a PIN or brings the code; of what was approved each by itself.

    What a campaign gives was said when it was made, and the member has its code.
    """
    if isinstance(command, BookGrant):
        return command.claim is not None
    return command.what in {STAFF_PIN, BATCH, CLAIMED, OWN_DATA, MAINTENANCE}


def approved_as(command: Command) -> Approved | None:
    """The kind by which policy may ask for a second person; None: it never does."""
    if isinstance(command, BookRefund) and any(one.favour for one in command.returned):
        return Approved.FAVOUR
    return _of_tag(command)


def _of_tag(command: Command) -> Approved | None:
    tag = str(command.__struct_config__.tag)
    match command:
        case BookCashMove(amount=amount) if amount < 0:
            return Approved.PAID_OUT
        case BookIntentEnd(by_hand=PaidBy()):
            return Approved.PAID_BY_HAND
        case BookNote(what=what) if what in _NOTES:
            return _NOTES[what]
        case BookNote() | BookGrant() if _said_otherwise(command):
            return None
        case BookIntent() if invoices(command) is not None:
            return Approved.INVOICE
        case _:
            return _BY_TAG.get(tag)
