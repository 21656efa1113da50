"""A platform's voucher pays a part of a bill or all of it: whole, without change or rest (product.md B18)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import Tender, TenderKind
from terminal.core.errors import VoucherAlone, VoucherNotForThis, VoucherUsed
from terminal.core.group_buy import VOUCHERS_MAX, Bought, Offer
from terminal.core.money import Fen, shown
from terminal.core.payment import Payment, paid_lines
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.values import EntryId
from terminal.flows.held import Paying


def offered(desk: Desk, said: Paying) -> bool:
    """Whether one more of them may pay."""
    return desk.verifies and len(said.payments.vouchers) < VOUCHERS_MAX


async def shown_to_pay(desk: Desk, said: Paying) -> Paying:
    """One that the customer shows: asked about, and used only at the last answer. Raises VoucherRefused."""
    code = await desk.ask_voucher(
        "Scan or key the voucher's code", amount=said.left, lines=paid_lines(said.payments.parts)
    )
    if any(one.code == code for one in said.payments.vouchers):
        raise VoucherUsed("shown twice")
    offer = await desk.verify(code)
    if said.payments.vouchers and not all(
        one.several for one in (offer, *(one.offer for one in said.payments.vouchers))
    ):
        raise VoucherAlone(offer.platform)
    fen = most(said, offer)
    if not fen:
        raise VoucherNotForThis(offer.platform)
    tender = Tender(kind=TenderKind.GROUP_BUY, amount=fen, of=offer.platform, settles=offer.settles)
    part = Payment(tender=tender, ends=offer.worth - fen, voucher=Bought(code=code, offer=offer))
    return replace(said, payments=said.payments.then(part))


def most(said: Paying, offer: Offer) -> int:
    """Fen that it may pay: of its goods, where others are for some of the same, what those leave."""
    lines = said.bill.lines[said.bill.ahead :]
    ours = {at for at, line in enumerate(lines) if offer.pays(line)}
    gone = sum(
        part.amount
        for part in said.payments.parts
        if part.voucher and any(at in ours and part.voucher.offer.pays(line) for at, line in enumerate(lines))
    )
    there = sum(lines[at].net for at in ours)
    return max(0, min(offer.worth, there - gone, said.left))


async def used(desk: Desk, said: Paying, sale: EntryId) -> Paying:
    """All of them, one after another; `sale` must then be booked. Raises what `Desk.redeem` raises."""
    wallet = said.holder.wallet if said.holder else None
    for part in said.payments.parts:
        if part.voucher is not None:
            intent = await desk.redeem(part.voucher, Fen(part.amount), sale, wallet)
            tender = replace(part.tender, vouchers=(intent,))
            said = replace(said, payments=said.payments.paid(part, tender))
    return said


def rests(said: Paying) -> tuple[Line, ...]:
    """What of them ends."""
    return tuple(
        Line(label=says("The voucher's rest ends"), value=shown(part.ends))
        for part in said.payments.parts
        if part.voucher and part.ends
    )
