"""The original that is to be undone: by its receipt, by the member's card, or among those of today."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from terminal.core.codes import ReceiptNumber
from terminal.core.commands import BookDeposit, BookRecharge, BookRedeem, BookSale
from terminal.core.errors import (
    InvoiceIsAsked,
    NoSuchReceipt,
    OfAnotherKind,
    OfAnotherTill,
    RedLetterFirst,
    Refused,
    UnknownCard,
)
from terminal.core.given_back import GivenBack
from terminal.core.invoiceable import number_of
from terminal.core.ledger import kind_of
from terminal.core.money import Fen, shown
from terminal.core.original import Original, Undoable
from terminal.core.ports import Desk
from terminal.core.screens import Message, says
from terminal.core.times import clock_of
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, WalletId
from terminal.flows.picking import picked
from terminal.flows.proving import proved

Presented = tuple[Credential, Holder]


async def found(
    desk: Desk, prompt: str, kinds: Collection[str], check: Callable[[Original], None]
) -> Original:
    """Asked until there is one. `check` raises Refused: why one cannot be undone."""
    return (await found_by(desk, prompt, kinds, check))[0]


async def found_by(
    desk: Desk, prompt: str, kinds: Collection[str], check: Callable[[Original], None]
) -> tuple[Original, Presented | None]:
    """The same, and what of the member it was found by; None: by its receipt, or among those of today."""
    while True:
        asked: ReceiptNumber | Credential | WalletId | Fen | None = await desk.ask_original(
            prompt, or_else="Today's receipts"
        )
        try:
            by: Presented | None = None
            if isinstance(asked, Credential):
                by = asked, await _holder(desk, asked)
                asked = by[1].wallet
            original = await _one_of(desk, await _fitting(desk, asked, kinds, check))
            if original.elsewhere:
                original = await desk.bring_original(original)
                check(original)
        except Refused as refusal:
            await desk.decline(refusal)
        else:
            return original, by


async def uninvoiced(desk: Desk, of: EntryId, wallet: WalletId | None = None) -> None:
    """Before money goes back, for a lot off that wallet. Raises RedLetterFirst or InvoiceIsAsked."""
    if any(one.of == of for one in desk.invoices_asked()):
        raise InvoiceIsAsked("an invoice is asked for it")
    if await desk.ask_ledger(partial(number_of, of=of, wallet=wallet)):
        raise RedLetterFirst("an invoice stands for it")


async def proved_for(desk: Desk, back: GivenBack, shown_by: Presented | None) -> None:
    """The PIN before cash goes out: a receipt proves whose it is, a card may have been found.

    Raises PinRefused: it is needed, and none is known or the tries are used up.
    """
    if shown_by is not None and back.cash > 0:
        await proved(desk, *shown_by, Fen(back.cash))


async def _holder(desk: Desk, card: Credential) -> Holder:
    holder = await desk.holder(card)
    if holder is None:
        raise UnknownCard(f"{card}")
    return holder


async def _fitting(
    desk: Desk,
    asked: ReceiptNumber | WalletId | Fen | None,
    kinds: Collection[str],
    check: Callable[[Original], None],
) -> Sequence[Original]:
    """Of one that was named it is said why it cannot be undone; of many those that can are shown."""
    if isinstance(asked, ReceiptNumber):
        one = await desk.originals(asked, kinds)
        here = desk.occasion().terminal
        if not one and asked.terminal.casefold() != here.casefold():  # As it is keyed, in small letters.
            raise OfAnotherTill(asked.terminal)
        for original in one:
            check(original)  # It may know better why not.
            if kind_of(original.command) not in kinds:
                raise OfAnotherKind(original.receipt_no)
        return one
    if isinstance(asked, str):
        return [one for one in await desk.originals(asked, kinds) if _passes(check, one)]
    today = await desk.originals(None, kinds)
    return [one for one in today if _passes(check, one) and asked in {None, sum_of(one.command)}]


def _passes(check: Callable[[Original], None], original: Original) -> bool:
    try:
        check(original)
    except Refused:
        return False
    return True


async def _one_of(desk: Desk, originals: Sequence[Original]) -> Original:
    if not originals:
        raise NoSuchReceipt("nothing fits")
    if len(originals) == 1:
        return originals[0]
    by_id: dict[str, Original] = {one.command.id: one for one in originals}
    return by_id[await picked(desk, "Which of these?", {id_: named(one) for id_, one in by_id.items()})]


def named(original: Original) -> Message:
    """When it was, what it came to, and the first of what was bought."""
    at, lines = original.command.at, original.lines
    if isinstance(original.command, BookRedeem):
        return says(
            "{day} {time}  {points} points  {what}",
            day=at.business_day[5:],
            time=clock_of(at),
            points=str(original.command.points.points),
            what=original.command.called,
        )
    return says(
        "{day} {time}  {sum}  {what}",
        day=at.business_day[5:],
        time=clock_of(at),
        sum=shown(sum_of(original.command)),
        what=lines[0].name if lines else "",
    )


def sum_of(command: Undoable) -> int:
    match command:
        case BookSale(due=due):
            return due
        case BookRecharge(principal=principal):
            return principal
        case BookDeposit(amount=amount):
            return amount
        case BookRedeem(worth=worth, costs=costs):
            return max(worth, costs)
