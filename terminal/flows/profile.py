"""What the shop knows of a member: what was done for them, their tags, who serves them (D5, D10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from terminal.core import particulars
from terminal.core.commands import BookSale, BookService, Kept, Private
from terminal.core.errors import NothingWritten, UnknownCard, UnknownPhone
from terminal.core.money import Fen
from terminal.core.own import corrected
from terminal.core.own import profile as changed
from terminal.core.particulars import HEALTH_PURPOSE, Particular, words
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.services import DONE_MAX, SHOWN_MAX, Service, Written, commitment, text_of
from terminal.core.trust import Credential, Holder, Medium, masked_name
from terminal.core.values import StaffId
from terminal.flows.picking import picked
from terminal.flows.proving import vouched

_SALT_BYTES = 16
_ABOUT_VISITS: Mapping[str, Message] = MappingProxyType(
    {
        "write": says("Write down what was done"),
        "see": says("What was done before"),
        "correct": says("Correct what was written"),
    }
)
_ABOUT_THEM: Mapping[str, Message] = MappingProxyType(
    {"tags": says("Tags"), "stylist": says("Who serves them")}
)


async def profile(desk: Desk) -> None:
    by, holder = await _whose(desk)
    kept = await desk.kept(holder)
    vouches = await vouched(desk, by, holder)
    acts = {**(_ABOUT_VISITS if desk.policy.keeps_services else {}), **_ABOUT_THEM}
    match await desk.choose("What about this member?", acts):
        case "write":
            await _written(desk, kept, vouches, await _done(desk, holder), None)
        case "see":
            await _seen(desk, kept, await desk.services(kept.member))
        case "correct":
            await _corrected(desk, kept, vouches)
        case "tags":
            await _tagged(desk, kept, vouches)
        case _:
            await _served(desk, kept, vouches)


async def _whose(desk: Desk) -> tuple[Credential, Holder]:
    by = await desk.read_member("Present the member's card, or key their phone")
    holder = await desk.holder(by)
    if holder is None:
        raise (UnknownPhone if by.medium is Medium.PHONE else UnknownCard)(f"{by}")
    return by, holder


async def _done(desk: Desk, holder: Holder) -> tuple[str, ...]:
    """What they paid for today, or what somebody says."""
    if paid := await _paid(desk, holder):
        answers = {"paid": says("{name}", name="、".join(paid)), "other": says("Something else")}
        if await desk.choose("What was done?", answers) == "paid":
            return paid
    return await _said(desk)


async def _paid(desk: Desk, holder: Holder) -> tuple[str, ...]:
    """The articles of their last sale of today that stands, but for what came back."""
    today = desk.occasion().business_day
    for one in await desk.originals(holder.wallet, {"sale"}):
        sale = one.command
        if isinstance(sale, BookSale) and sale.at.business_day == today and not one.voided:
            stands = [line for line, rest in zip(sale.lines, one.rests, strict=True) if not rest.gone]
            names = dict.fromkeys(line.name[: particulars.WORDS_CHARS_MAX] for line in stands)
            if names:
                return tuple(names)[:DONE_MAX]
    return ()


async def _said(desk: Desk) -> tuple[str, ...]:
    first = await desk.ask_text("What was done?", words)
    return (first or "", *await _more(desk, "What else was done?", DONE_MAX - 1))


async def _more(desk: Desk, prompt: str, at_most: int) -> tuple[str, ...]:
    found: list[str] = []
    while len(found) < at_most:
        said = await desk.ask_text(prompt, words, skip="That is all")
        if said is None:
            break
        found.append(said)
    return tuple(found)


async def _written(
    desk: Desk, kept: Kept, vouches: StaffId | None, done: tuple[str, ...], corrects: Service | None
) -> None:
    """A remark only of who agreed that notes about health are kept: nobody can tell what it will say."""
    by = await desk.choose_attendant("Who did it?")
    used = await _more(desk, "A product that was used, and how much of it", DONE_MAX)
    remark = None
    if kept.agrees(HEALTH_PURPOSE):
        remark = await desk.ask_text("What the next one should know", words, skip="Leave it out")
    salt = desk.secret(_SALT_BYTES)
    written = Written(
        day=corrects.written.day if corrects else desk.occasion().business_day,
        done=done,
        by=by,
        used=used,
        corrects=corrects.entry if corrects else None,
        salt=salt.hex(),
    )
    lines = (*_name(kept), *visit_lines(desk, written, remark or ""))
    if not await desk.confirm("Write it down like this?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    text = text_of(written)
    command = BookService(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=kept.wallet,
        commitment=commitment(salt, text, remark or ""),
    )
    await desk.book_kept(command, Private(service=text, remark=remark or ""))  # Point of no return.
    return await desk.say("It is written down.")


def _name(kept: Kept) -> tuple[Line, ...]:
    name = kept.private.name
    return (Line(label=says("Name"), value=masked_name(name)),) if name else ()


def visit_lines(desk: Desk, written: Written, remark: str) -> tuple[Line, ...]:
    return (
        Line(label=says("Day"), value=written.day),
        *(Line(label=says("Done"), value=one) for one in written.done),
        Line(label=says("By"), value=desk.called(written.by) or written.by),
        *(Line(label=says("Used"), value=one) for one in written.used),
        *((Line(label=says("To know"), value=remark),) if remark else ()),
    )


async def _seen(desk: Desk, kept: Kept, services: Sequence[Service]) -> None:
    """The last first, one on each screen."""
    if not services:
        raise NothingWritten("of this member")
    for one in services[:SHOWN_MAX]:
        lines = (*_name(kept), *visit_lines(desk, one.written, one.remark))
        if not await desk.confirm("Show the visit before?", amount=Fen(0), lines=lines):
            break
    return await desk.say("That is all.")


async def _corrected(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    """What was written stays until the new takes its place; nothing of it is shown any more."""
    by_entry: dict[str, Service] = {one.entry: one for one in (await desk.services(kept.member))[:SHOWN_MAX]}
    if not by_entry:
        raise NothingWritten("of this member")
    names = {entry: _called(one) for entry, one in by_entry.items()}
    one = by_entry[await picked(desk, "Which visit?", names)]
    await _written(desk, kept, vouches, await _said(desk), one)


def _called(one: Service) -> Message:
    return says("{day}: {name}", day=one.written.day, name="、".join(one.written.done))


async def _tagged(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    said = await desk.ask_text("Tags, with commas between them", particulars.tags, skip="Take them away")
    await _changed(desk, kept, vouches, Particular.TAGS, said or "")


async def _served(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    answers = {"one": says("One of us"), "anybody": says("Anybody")}
    said = ""
    if await desk.choose("Who serves them?", answers) == "one":
        said = await desk.choose_attendant("Who serves them?")
    await _changed(desk, kept, vouches, Particular.STYLIST, said)


async def _changed(desk: Desk, kept: Kept, vouches: StaffId | None, what: Particular, said: str) -> None:
    private = corrected(kept, {what: said})
    command = changed(kept, private, desk.new_id(), desk.occasion(vouches))
    await desk.book_kept(command, private)  # Point of no return.
    await desk.say("It is noted.")
