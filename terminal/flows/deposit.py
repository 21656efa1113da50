"""Money is left for what will be picked up, settles it then, or is given back (product.md B16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.agreed import at_agreed, ordered
from terminal.core.codes import spoken
from terminal.core.commands import BookDeposit, BookRefund, Ordered, Returned, Tender, TenderKind
from terminal.core.deposits import Deposited, deposits, presale
from terminal.core.errors import Refused, UnknownCard, UnknownPhone
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.payment import Payment, Payments, off_by_coupons
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.trust import Credential, Holder, Medium
from terminal.core.values import Value
from terminal.flows.coupons import couponed
from terminal.flows.proving import proved
from terminal.flows.receiving import WAYS, paid_in, taken_in
from terminal.flows.selling import sold

_TAKE: Mapping[str, Message] = MappingProxyType({"take": says("Take a deposit")})
_ACTS: Mapping[str, Message] = MappingProxyType(
    {**_TAKE, "settle": says("Pick up and settle"), "back": says("Give a deposit back")}
)
_FOR: Mapping[str, Message] = MappingProxyType(
    {"articles": says("Articles of the shop"), "order": says("An order in words")}
)
_WHAT_CHARS_MAX = 60
_KINDS = frozenset({"deposit"})


class _What(Value, frozen=True, kw_only=True):
    """What a deposit is for."""

    name: str
    price: Fen = Fen(0)
    """At list price, where that is known."""
    at_most: Fen = AMOUNT_MAX
    """That may be left."""
    ordered: tuple[Ordered, ...] = ()


async def deposit(desk: Desk) -> None:
    card, holder = await _whose(desk)
    left = await desk.ask_ledger(partial(deposits, wallet=holder.wallet))
    match await desk.choose("What about the deposit?", _ACTS if left else _TAKE):
        case "settle":
            await _settled(desk, card, holder, await _which(desk, holder, left))
        case "back":
            await _given_back(desk, card, holder, await _which(desk, holder, left))
        case _:
            await _taken(desk, card, holder)


async def _whose(desk: Desk) -> tuple[Credential, Holder]:
    card = await desk.read_member("Present the member card or code")
    holder = await desk.holder(card)
    if holder is None:
        unknown = UnknownPhone if card.medium is Medium.PHONE else UnknownCard
        raise unknown(f"{card}")
    return card, holder


async def _taken(desk: Desk, card: Credential, holder: Holder) -> None:
    what = await _what(desk, holder)
    amount = await desk.ask_amount("How much is left as a deposit?", at_most=what.at_most, holder=holder)
    asked = await paid_in(desk, amount, step=desk.policy.cash_step)
    lines = (
        Line(label=says("{name}", name=what.name)),
        *((Line(label=says("Price"), value=shown(what.price)),) if what.price else ()),
        Line(label=says("Deposit"), value=shown(amount)),
    )
    entry = desk.new_id()
    desk.still_there(card)
    paid = await taken_in(desk, asked, entry, lines=lines, holder=holder)
    if paid is None:
        return await desk.say("Cancelled. Nothing was charged.")
    if not paid.through:  # What a code paid is booked, whatever became of the card.
        desk.still_there(card)
    booked = await desk.book_deposit(  # Point of no return.
        BookDeposit(
            id=entry,
            at=desk.occasion(),
            wallet=holder.wallet,
            card=holder.card,
            of=presale(entry),
            amount=amount,
            received=paid.received,
            paid_by=paid.by,
            through=paid.through,
            what=what.name,
            price=what.price,
            rounding=paid.rounding,
            ordered=what.ordered,
        )
    )
    return await desk.hand_over(booked, "The deposit is booked. Hand over the receipt.")


async def _what(desk: Desk, holder: Holder) -> _What:
    """What it is for. What comes off is settled when it is picked up: by the promotions of that day."""
    if await desk.choose("What is it for?", _FOR) == "order":
        said = await desk.ask_text("What was ordered?", particulars.words)
        return _What(name=said or "")
    cart = await desk.fill_cart("Scan what is ordered")
    bill = await desk.price(cart, holder)
    names = "、".join(line.name for line in bill.lines)
    if len(names) > _WHAT_CHARS_MAX:
        names = f"{names[: _WHAT_CHARS_MAX - 1]}…"
    return _What(
        name=names,
        price=Fen(sum(line.gross for line in bill.lines)),
        at_most=bill.due,
        ordered=ordered(cart, desk.policy.keyed_article.sku),
    )


async def _which(desk: Desk, holder: Holder, left: Sequence[Deposited]) -> Deposited:
    by_name = {one.of: one for one in left}
    told = await desk.originals(holder.wallet, _KINDS) if len(left) > 1 else ()
    numbers: dict[str, str] = {one.command.id: one.receipt_no for one in told}
    words = {one.of: _named(one, numbers.get(one.entry or "", "")) for one in left}
    return by_name[await desk.choose("Which deposit?", words)]


def _named(one: Deposited, receipt_no: str) -> Message:
    """By the number of its receipt, as people say it."""
    what, left = one.what or one.of.partition(":")[2], shown(one.left)
    if number := spoken(receipt_no):
        return says("{number}  {name} {price}", number=number, name=what, price=left)
    return says("{name} {price}", name=what, price=left)


async def _settled(desk: Desk, card: Credential, holder: Holder, one: Deposited) -> None:
    """What is picked up is sold at no more than was agreed; what was left pays it first."""
    cart = at_agreed(await desk.fill_cart("Scan what is picked up"), one.ordered)
    said = await couponed(desk, cart, card, holder)
    bill = said.bill
    put = Fen(min(one.left, bill.due))
    tender = Tender(kind=TenderKind.DEPOSIT, amount=put, of=one.of)
    by_pin = said.by_pin or await proved(desk, card, holder, Fen(off_by_coupons(bill) + put))
    before = Payments(parts=(Payment(tender=tender),))
    booked = await sold(desk, bill, card, holder, before, by_pin=by_pin)
    if booked is None:
        return await desk.say("Cancelled. Nothing was charged.")
    return await desk.hand_over(booked, "Settled. Hand over the goods and the receipt.")


async def _given_back(desk: Desk, card: Credential, holder: Holder, one: Deposited) -> None:
    """All that is left of it, as it came."""
    desk.gives_back()
    if one.entry is None:
        raise Refused("it was not left at a counter")
    left = Fen(one.left)
    command = BookRefund(
        id=desk.new_id(),
        at=desk.occasion(),
        of=one.entry,
        returned=(Returned(line=0, net=left),),
        why="deposit",
        cash_step=desk.policy.cash_step,
    )
    await desk.foresee(command)  # Refused where nobody could send back what a code paid.
    lines = (
        Line(label=says("{name}", name=one.what)),
        Line(label=says("Left on {day}", day=one.business_day), value=shown(one.amount)),
        Line(label=WAYS[one.paid_by], value=shown(left)),
    )
    if not await desk.confirm("Give the deposit back?", amount=left, lines=lines, holder=holder):
        return await desk.say("Cancelled. Nothing was booked.")
    await proved(desk, card, holder, left)
    second = await desk.second(
        command, "Who approves that the deposit is given back?", amount=left, lines=lines
    )
    desk.still_there(card)
    booked = await desk.book_back(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await desk.hand_over(booked, "Booked. Give the deposit back, with the receipt.")
