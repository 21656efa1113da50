"""An invoice is asked for, its number noted on what it is for, once, or taken back (product.md B19)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.buyer import Buyer, tax_number, title
from terminal.core.commands import BookIntentEnd, BookInvoice, BookRecharge, BookSale, IntentEnd
from terminal.core.errors import NoSuchReceipt, NothingToInvoice
from terminal.core.invoiceable import Invoiceable, invoiceable
from terminal.core.invoicing import Request, Standing
from terminal.core.money import Fen, shown
from terminal.core.original import Original
from terminal.core.policy import InvoiceAt
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.values import EntryId
from terminal.flows.finding import found
from terminal.flows.picking import picked

_ACTS: Mapping[str, Message] = MappingProxyType(
    {"write": says("An invoice was written"), "red": says("One was taken back by a red letter")}
)
_ASK: Mapping[str, Message] = MappingProxyType({"ask": says("Ask for an invoice")})
_WAITING: Mapping[str, Message] = MappingProxyType({"waiting": says("Those that are asked for")})
_BUYERS: Mapping[str, Message] = MappingProxyType({"person": says("A person"), "company": says("A company")})
_STANDS: Mapping[Standing, Message] = MappingProxyType(
    {
        Standing.ASKED: says("Asked for on {day}, and not sent yet"),
        Standing.TAKEN: says("Asked for on {day}; its number is awaited"),
        Standing.REFUSED: says("Asked for on {day}, and refused: {why}"),
        Standing.LOST: says("Asked for on {day}; whom it is for was lost"),
        Standing.ODD: says("Asked for on {day}; {number} came, but the sum is another by now"),
    }
)
WAYS: Mapping[str, Message] = MappingProxyType(
    {
        "note": says("Note its number"),
        "anew": says("Ask anew, with another title"),
        "withdraw": says("Withdraw the request"),
    }
)


class _Of(Struct, frozen=True):
    """What it is about: what of it may be invoiced, and its receipt."""

    one: Invoiceable
    receipt: str


async def invoice(desk: Desk) -> None:
    asks = _ASK if desk.asks_invoices else {}
    waiting = _WAITING if desk.invoices_asked() else {}
    act = await desk.choose("What about the invoice?", {**asks, **_ACTS, **waiting})
    if act == "waiting":
        return await _looked_at(desk, await _one_of_those(desk))
    original = await found(desk, "Scan the receipt, or present the card", ("sale", "recharge"), _any)
    of = _Of(await _invoiceable(desk, original.command.id), original.receipt_no)
    if act == "red":
        return await _taken_back(desk, of)
    for request in desk.invoices_asked():
        if request.of == of.one.of:
            return await _looked_at(desk, request)
    if act == "ask":
        return await _asked(desk, of)
    return await _written(desk, of, desk.new_id())


def _any(original: Original) -> None:
    if original.voided or not isinstance(original.command, BookRecharge | BookSale):
        raise NothingToInvoice("it was undone, or is a deposit or points")


async def _invoiceable(desk: Desk, of: EntryId) -> Invoiceable:
    at_use = desk.policy.invoice_at is InvoiceAt.USE
    one = await desk.ask_ledger(partial(invoiceable, of=of, at_use=at_use))
    if one is None:
        raise NoSuchReceipt("neither a sale nor a recharge")
    return one


async def _written(desk: Desk, of: _Of, noted_as: EntryId) -> None:
    if await _has_one(desk, of.one):
        return None
    amount = Fen(of.one.amount)
    number = await desk.ask_text("Number of the invoice", particulars.invoice_number) or ""
    lines = (
        Line(label=says("Receipt"), value=of.receipt),
        Line(label=says("Invoice"), value=number),
        Line(label=says("Paid for it"), value=shown(amount)),
    )
    if not await desk.confirm("Is that the amount of the invoice?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookInvoice(
        id=noted_as,
        at=desk.occasion(),
        wallet=of.one.wallet,
        lot=of.one.of,
        number=number,
        amount=amount,
        lots=of.one.lots,
    )
    second = await desk.second(command, "Who approves the invoice?", amount=amount, lines=lines)
    command = replace(command, at=desk.occasion(second=second))
    booked = await desk.book_invoice(command)  # Point of no return.
    return await desk.hand_over(booked, "Noted. Hand over the invoice.")


async def _has_one(desk: Desk, one: Invoiceable) -> bool:
    """Then it was said. Raises NothingToInvoice."""
    if one.number:
        await desk.say(
            "It has its invoice: {number}, of {day}. Write no second one.",
            number=one.number,
            day=one.day or "?",
        )
        return True
    if one.amount <= 0:
        raise NothingToInvoice("at use" if one.at_use else "nothing was paid for it here")
    return False


async def _asked(desk: Desk, of: _Of) -> None:
    one = of.one
    if await _has_one(desk, one):
        return None
    buyer = await _buyer(desk)
    amount = Fen(one.amount)
    lines = (Line(label=says("Receipt"), value=of.receipt), *_whose(buyer))
    if not await desk.confirm("Ask for this invoice?", amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    request = Request(
        id=desk.new_id(),
        intent=desk.new_id(),
        of=one.of,
        receipt=of.receipt,
        at=desk.occasion(),
        amount=amount,
        wallet=one.wallet,
        lots=one.lots,
        buyer=buyer,
    )
    asks = "Who approves the invoice?"
    second = await desk.second(request.begun, asks, amount=amount, lines=lines)
    request = replace(request, at=desk.occasion(second=second))
    booked = await desk.ask_invoice(request)  # Point of no return.
    return await desk.hand_over(booked, "The invoice is asked for. Hand over the slip.")


async def _buyer(desk: Desk) -> Buyer:
    """A person needs no number."""
    if await desk.choose("Who is the invoice for?", _BUYERS) == "person":
        return Buyer(title=await desk.ask_text("Name on the invoice", title) or "")
    return Buyer(
        title=await desk.ask_text("Name of the company, as on its licence", title) or "",
        tax_number=await desk.ask_text("Tax number of the company", tax_number) or "",
    )


def _whose(buyer: Buyer) -> tuple[Line, ...]:
    lines = (Line(label=says("{name}", name=buyer.title)),)  # A label wraps, however long it is.
    if not buyer.tax_number:
        return lines
    return (*lines, Line(label=says("Tax number"), value=buyer.tax_number))


async def _one_of_those(desk: Desk) -> Request:
    by_id: dict[str, Request] = {one.id: one for one in desk.invoices_asked()}
    named = {
        id_: says("{day}  {sum}  {what}", day=one.at.business_day, sum=shown(one.amount), what=one.receipt)
        for id_, one in by_id.items()
    }
    return by_id[await picked(desk, "Which of these?", named)]


async def _looked_at(desk: Desk, request: Request) -> None:
    """Whoever wrote it by hand notes its number; what is refused is asked for anew, or not any more."""
    told = _STANDS[request.standing].text
    way = await desk.choose(
        told, WAYS, day=request.at.business_day, why=request.why or "?", number=request.number or "?"
    )
    if way == "anew":
        buyer = await _buyer(desk)
        if not await desk.confirm("Ask for this invoice?", amount=Fen(request.amount), lines=_whose(buyer)):
            return await desk.say("Cancelled. Nothing was booked.")
        await desk.ask_invoice_anew(request.id, buyer)  # Point of no return.
        return await desk.say("The invoice is asked for anew.")
    if way == "withdraw":
        return await _withdrawn(desk, request)
    return await _written(desk, _Of(await _invoiceable(desk, request.of), request.receipt), request.id)


async def _withdrawn(desk: Desk, request: Request) -> None:
    amount = Fen(request.amount)
    lines = (Line(label=says("Receipt"), value=request.receipt),)
    sure = "Is it certain that nobody wrote this invoice, or that it was taken back?"
    if not await desk.confirm(sure, amount=amount, lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    second = await desk.second(
        request.begun, "Who approves that it is withdrawn?", amount=amount, lines=lines
    )
    await desk.withdraw_invoice(  # Point of no return.
        BookIntentEnd(
            id=desk.new_id(),
            at=desk.occasion(second=second),
            intent=request.intent,
            end=IntentEnd.UNDONE,
            evidence="withdrawn at the counter",
        )
    )
    return await desk.say("The request is withdrawn. It may be asked for anew.")


async def _taken_back(desk: Desk, of: _Of) -> None:
    one = of.one
    if not one.number:
        raise NothingToInvoice("no invoice stands for it")
    number = await desk.ask_text("Number of the red letter", particulars.invoice_number) or ""
    lines = (
        Line(label=says("Receipt"), value=of.receipt),
        Line(label=says("Invoice"), value=one.number),
        Line(label=says("Red letter"), value=number),
    )
    if not await desk.confirm("Does the red letter take that invoice back?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookInvoice(
        id=desk.new_id(),
        at=desk.occasion(),
        wallet=one.wallet,
        lot=one.of,
        number=number,
        red=one.number,
    )
    second = await desk.second(command, "Who approves the red letter?", amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(second=second))
    booked = await desk.book_invoice(command)  # Point of no return.
    return await desk.hand_over(booked, "Noted. It may be invoiced anew.")
