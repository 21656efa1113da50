"""How a bill is paid, in one part or in several, up to the last answer (product.md B1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.card_kinds import CardUse
from terminal.core.commands import TenderKind
from terminal.core.errors import CardNotUsable, InsufficientFunds, PinRefused, VoucherRefused
from terminal.core.money import Fen, shown
from terminal.core.payment import (
    AHEAD,
    OUTSIDE,
    Payments,
    coupon_lines,
    off_by_coupons,
    paid_by,
    paid_lines,
    payment_lines,
)
from terminal.core.ports import Desk
from terminal.core.pricing import Priced
from terminal.core.screens import Line, Toggles, sale_lines
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId
from terminal.flows import by_group_buy
from terminal.flows.by_points import Points
from terminal.flows.by_voucher import CashedBack, Vouchers
from terminal.flows.held import Held, Paying, Stored
from terminal.flows.outside import arrived
from terminal.flows.proving import proved

HELD: Mapping[TenderKind, Held] = MappingProxyType(
    {one.kind: one for one in (Stored(), Vouchers(), Points(), CashedBack())}
)
"""What members hold and may pay with, in the order of the buttons."""
_USES: Mapping[TenderKind, CardUse] = MappingProxyType(
    {
        TenderKind.STORED: CardUse.STORED,
        TenderKind.POINTS: CardUse.POINTS,
        TenderKind.CASHBACK: CardUse.CASHBACK,
    }
)
"""What a card must be for; vouchers are paid with by every card."""


async def paying(  # noqa: PLR0913  what is paid of the bill already, and how it was proved
    desk: Desk,
    bill: Priced,
    card: Credential | None,
    holder: Holder | None,
    before: Payments = Payments(),  # noqa: B008  a frozen value
    *,
    by_pin: bool = False,
    also: tuple[TenderKind, ...] = (),
    toggles: Toggles | None = None,
    about: tuple[Line, ...] = (),
    below: tuple[Line, ...] = (),
) -> Paying:
    """Asked part by part until nothing is left to pay; what is refused is asked again.

    `before`: what of it is paid already, as by a deposit; `by_pin`: the PIN was keyed for that. `also`: ways
    that are offered whatever the shop takes elsewhere. `toggles`: asked on the same screen. `about` and
    `below`: stand above and below the bill until it is paid.
    """
    said = Paying(
        bill=bill,
        card=card,
        holder=holder,
        also=also,
        toggles=toggles,
        about=about,
        below=below,
        by_pin=by_pin,
        payments=before,
    )
    while said.left:
        try:
            said = await _part(desk, said)
        except (InsufficientFunds, CardNotUsable, PinRefused, VoucherRefused) as refusal:
            await desk.decline(refusal)
            if (
                len(await _kinds(desk, said)) <= 1
            ):  # No other way is left for the rest: the parts are said anew.
                said = replace(said, by_pin=by_pin, proved=False, payments=before)
    return said


async def _part(desk: Desk, said: Paying) -> Paying:
    """One more way of paying, for all that is left or for less of it."""
    bill = (*sale_lines(said.bill.lines), *coupon_lines(said.bill))
    lines = (*said.about, *bill, *said.below, *paid_lines(said.payments.parts))
    kinds, left = await _kinds(desk, said), said.left
    if not kinds:  # Points pay in steps, and a voucher not beyond its worth.
        raise InsufficientFunds("no other way is left")
    if OUTSIDE.issuperset(kinds):  # Of one of them alone, so all that is left.
        kind = await desk.choose_tender(
            "How is the rest paid?", kinds, due=left, lines=lines, holder=said.holder
        )
        return await _taken(desk, said, kind, whole=True)
    way = await desk.choose_way(
        "How is the rest paid?" if said.payments.parts else "How is it paid?",
        kinds,
        due=left,
        lines=lines,
        holder=said.holder,
        toggles=said.toggles,
    )
    if way is not None:
        return await _taken(desk, said, way, whole=True)
    kind = await desk.choose_tender(
        "How is a part of it paid?", kinds, due=left, lines=lines, holder=said.holder
    )
    return await _taken(desk, said, kind, whole=False)


async def _kinds(desk: Desk, said: Paying) -> tuple[TenderKind, ...]:
    """Each way once, and each voucher; one outside: only one can be the last answer before the booking."""
    holder = said.holder
    held = [
        one.kind
        for one in HELD.values()
        if holder and _for(desk, holder, one.kind) and await one.offered(desk, said, holder)
    ]
    others = [TenderKind.CASH]
    if desk.acquires:
        others.append(TenderKind.CODE)
    if desk.takes_cards:
        others.append(TenderKind.CARD)
    others += [*(TenderKind(one) for one in desk.policy.confirmed), *said.also]
    used = said.kinds | OUTSIDE if said.kinds & OUTSIDE else said.kinds
    bought = [TenderKind.GROUP_BUY] if by_group_buy.offered(desk, said) else []
    return tuple(dict.fromkeys((*held, *(kind for kind in others if kind not in used), *bought)))


def _for(desk: Desk, holder: Holder, kind: TenderKind) -> bool:
    """Whether the card they presented pays that way."""
    use = _USES.get(kind)
    return use is None or desk.policy.card_may(holder.card_kind, use)


async def _taken(desk: Desk, said: Paying, kind: TenderKind, *, whole: bool) -> Paying:
    """All that is left is paid that way, or as much of it as is said now."""
    if kind is TenderKind.GROUP_BUY:
        return await by_group_buy.shown_to_pay(desk, said)
    if kind in HELD:
        return await _of_member(desk, said, HELD[kind], whole=whole)
    fen = said.left
    if not whole:
        fen = await desk.ask_part("How much of it?", kind, at_most=fen)
    part = paid_by(kind, fen, said.holder, desk.policy)
    if kind is TenderKind.CASH:
        part = part.handed(await desk.ask_cash("How much cash was given?", due=part.amount))
    return replace(said, payments=said.payments.then(part))


async def _of_member(desk: Desk, said: Paying, held: Held, *, whole: bool) -> Paying:
    """Of what the member holds, once it is known to be them."""
    said, part = await held.part(desk, said, whole=whole)
    payments = said.payments.then(part)
    if said.proved or not (said.card and said.holder):
        return replace(said, payments=payments)
    proof = await proved(desk, said.card, said.holder, _unproved(said, payments))
    return replace(said, by_pin=said.by_pin or proof, proved=proof, payments=payments)


def _unproved(said: Paying, payments: Payments) -> Fen:
    """What goes off the wallet, a deposit and a coupon too that no PIN was keyed for."""
    counted = HELD.keys() if said.by_pin else {*HELD, *AHEAD}
    off = 0 if said.by_pin else off_by_coupons(said.bill)
    return Fen(off + sum(part.amount for part in payments.parts if part.kind in counted))


async def agreed(desk: Desk, said: Paying, consumer: EntryId) -> Paying | None:
    """The last answers before `consumer` is booked; None when one of them is no.

    What is paid outside comes last, vouchers of platforms before what a code pays: nothing but these stands
    between it and the booking. Raises what `Desk.charge` raises, CardSwapped and CardGone.
    """
    rests = by_group_buy.rests(said)
    bill = (*said.about, *sale_lines(said.bill.lines), *said.below)
    lines = (*bill, *payment_lines(said.payments), *rests)
    outside = said.payments.by(*OUTSIDE)
    by_outside_alone = outside is not None and len(said.payments.parts) == 1
    if not by_outside_alone and not await _charged(desk, said, lines):
        return None
    if said.card and said.payments.by(*HELD, *AHEAD):
        desk.still_there(said.card)
    said = await by_group_buy.used(desk, said, consumer)
    if outside is None:
        return said
    tender = await arrived(desk, outside.tender, consumer, lines=lines, holder=said.holder)
    return replace(said, payments=said.payments.paid(outside, tender)) if tender else None


async def _charged(desk: Desk, said: Paying, lines: Sequence[Line]) -> bool:
    payments, holder, amount = said.payments, said.holder, said.payments.amount
    if not payments.parts:
        return await desk.confirm("Nothing is due. Hand over the goods?", amount=amount, lines=lines)
    if {part.kind for part in payments.parts} == {TenderKind.USES}:
        return await desk.confirm("Take it off the count card?", amount=amount, lines=lines, holder=holder)
    if AHEAD.issuperset(part.kind for part in payments.parts):
        return await desk.confirm("Settle it with the deposit?", amount=amount, lines=lines, holder=holder)
    if {TenderKind.GROUP_BUY, *OUTSIDE}.issuperset(part.kind for part in payments.parts):
        return await desk.confirm("Use the vouchers?", amount=amount, lines=lines, holder=holder)
    held = [(HELD[part.kind], part) for part in payments.parts if part.kind in HELD]
    if holder is not None:
        lines = (*lines, *(line for one, part in held for line in one.after(part, holder)))
    company = payments.by(TenderKind.FLEET) is not None
    if payments.by(TenderKind.CASH) is None:
        asks = "Charge the company?" if company else "Charge the card?"
        return await desk.confirm(asks, amount=amount, lines=lines, holder=holder)
    asks = "Take the cash, give {change} back?"
    if company:
        asks = "Charge the company, take the cash, give {change} back?"
    elif held:
        asks = "Charge the card, take the cash, give {change} back?"
    change = shown(payments.change)
    return await desk.confirm(asks, amount=amount, lines=lines, holder=holder, change=change)
