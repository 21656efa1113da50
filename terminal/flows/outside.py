"""The last answer of a payment outside: a code is charged, or the attendant has seen the money (B18)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from terminal.core.commands import Tender, TenderKind
from terminal.core.money import Fen
from terminal.core.policy import Confirmed
from terminal.core.ports import Desk
from terminal.core.screens import Line
from terminal.core.trust import Holder
from terminal.core.values import EntryId, Value


class ByCode(Value, frozen=True, kw_only=True):
    """How a code was paid."""

    through: str = ""
    """Whose code was charged; empty: the attendant has seen the money."""
    payer: str = ""
    """Mark of who paid, where it is known and anything is judged by it."""


async def arrived(
    desk: Desk, tender: Tender, consumer: EntryId, *, lines: Sequence[Line], holder: Holder | None
) -> Tender | None:
    """The tender as it was paid, and through whom; None when the attendant says that it was not.

    Nothing may come between this and booking `consumer`. Raises what `Desk.charge` raises.
    """
    amount = Fen(tender.amount)
    if tender.kind is TenderKind.CODE:
        came = await by_code(desk, amount, consumer, lines=lines, holder=holder)
        return None if came is None else replace(tender, of=came.through or tender.of, payer=came.payer)
    return tender if await by_card(desk, amount, consumer, lines=lines, holder=holder) else None


async def by_card(
    desk: Desk, amount: Fen, consumer: EntryId, *, lines: Sequence[Line], holder: Holder | None
) -> bool:
    """Whether the bank's terminal took it; where none answers on a cable, by the attendant's word.

    Nothing may come between this and booking `consumer`. Raises what `Desk.charge_card` raises.
    """
    if desk.takes_cards:
        await desk.charge_card(amount, consumer, holder.wallet if holder else None)
        return True
    return await desk.confirm("Did the bank's terminal take it?", amount=amount, lines=lines, holder=holder)


async def by_code(
    desk: Desk, amount: Fen, consumer: EntryId, *, lines: Sequence[Line], holder: Holder | None
) -> ByCode | None:
    """None: it was not paid.

    Nothing may come between this and booking `consumer`. Raises what `Desk.charge` raises.
    """
    if desk.acquires:
        by_word = Confirmed.CODE in desk.policy.confirmed
        code = await desk.scan_pay_code(
            "Scan the customer's payment code",
            amount=amount,
            lines=lines,
            skip="By the shop's own code" if by_word else "",
        )
        if code is not None:
            payer = await desk.charge(code, amount, consumer, holder.wallet if holder else None)
            judged = desk.policy.referral.runs or desk.gives_bringers
            return ByCode(through=code.wallet, payer=payer if judged else "")
    sure = await desk.confirm("Has the outside payment arrived?", amount=amount, lines=lines, holder=holder)
    return ByCode() if sure else None
