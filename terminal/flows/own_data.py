"""A member asks of what is kept of them: to see it, correct it, agree or not, be forgotten (G7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.commands import BookErasure, ErasureReason, Kept, Private, Purse
from terminal.core.errors import KeptElsewhere, NothingNew, PhoneTaken, UnknownCard, UnknownPhone
from terminal.core.money import Fen, shown
from terminal.core.own import (
    NAMES,
    PHONE,
    OwnAct,
    OwnStep,
    agreeing,
    by_law,
    corrected,
    profile,
    purposes,
    slip,
)
from terminal.core.particulars import HEALTH, HEALTH_PURPOSE, Asked, Particular
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.core.trust import Credential, Holder, Medium, masked_name, masked_phone
from terminal.core.values import StaffId
from terminal.flows.giving_tier import given_tier
from terminal.flows.join_here import PURPOSES, answer, fields
from terminal.flows.picking import picked
from terminal.flows.proving import vouched

ACTS: Mapping[str, Message] = MappingProxyType(
    {
        "see": says("See what is kept"),
        "correct": says("Correct it"),
        "consents": says("What they agree to"),
        "copy": says("A file to take along"),
        "tier": says("Another tier"),
        "forget": says("Erase it"),
    }
)
_ANSWERS: Mapping[str, Message] = MappingProxyType(
    {"yes": says("Yes"), "no": says("No"), "same": says("As it is")}
)
_SAID: Mapping[bool | None, str] = MappingProxyType({True: "✓", False: "✗", None: "?"})

_WHY: Mapping[str, Message] = MappingProxyType(
    {
        ErasureReason.ASKED: says("They ask for it"),
        ErasureReason.WITHDRAWN: says("They take back what they agreed to"),
        ErasureReason.MISTAKE: says("It is not theirs, or was a mistake"),
    }
)
"""Why somebody is forgotten, as people say it."""


ASKS = "Note that all shops erase it? They do once nothing is left at any, and nothing brings it back."


async def own_data(desk: Desk) -> None:
    by, holder = await _whose(desk)
    elsewhere, kept = await _kept(desk, holder)
    vouches = await _proved(desk, by, holder)
    acts = {act: label for act, label in ACTS.items() if act != "copy" or desk.copies}
    act = await desk.choose("What does the member ask?", acts)
    if elsewhere is not None and act != "forget":
        raise elsewhere
    match act:
        case "see":
            await _seen(desk, kept, vouches)
        case "copy":
            await _copied(desk, kept, vouches)
        case "tier":
            await given_tier(desk, holder)
        case "correct":
            await _corrected(desk, kept, vouches)
        case "consents":
            await _agreed(desk, kept, vouches)
        case _:
            await _forgotten(desk, holder, kept, vouches)


async def _whose(desk: Desk) -> tuple[Credential, Holder]:
    """Also by a card that pays no more: what is kept of them stays theirs."""
    by = await desk.read_member("Present the member's card, or key their phone")
    of = await desk.cards_held(by)
    if of is None:
        raise (UnknownPhone if by.medium is Medium.PHONE else UnknownCard)(f"{by}")
    return by, of.holder


async def _kept(desk: Desk, holder: Holder) -> tuple[KeptElsewhere | None, Kept]:
    """Of a visitor their wallet, and how screens show them: they can ask to be forgotten all the same."""
    try:
        return None, await desk.kept(holder)
    except KeptElsewhere as elsewhere:
        if holder.member is None or await desk.forgets_here(holder.member):
            raise
        purse = Purse(wallet=holder.wallet, tier=holder.tier, held=(), cards=())
        private = Private(name=holder.name_shown, phone=holder.number_shown if holder.card is None else "")
        return elsewhere, Kept(member=holder.member, private=private, purses=(purse,))


async def _proved(desk: Desk, by: Credential, holder: Holder) -> StaffId | None:
    """The PIN, or somebody who knows them: a card alone may have been found, and says nothing of anybody."""
    vouches = await vouched(desk, by, holder)
    if vouches is None and not await desk.has_pin(by, holder):
        return await desk.read_badge("Scan your badge: you vouch for the member")
    return vouches


def _lines(kept: Kept) -> tuple[Line, ...]:
    """Masked: whoever stands at the counter reads it."""
    private = kept.private
    name = (Line(label=says("Name"), value=masked_name(private.name)),) if private.name else ()
    return (*name, Line(label=says("Phone"), value=masked_phone(private.phone)))


async def _seen(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    if not await desk.confirm("Print all that is kept of this member?", amount=Fen(0), lines=_lines(kept)):
        return await desk.say("Cancelled. Nothing was booked.")
    of = slip(OwnAct.SHOWN, kept, desk.new_id(), desk.occasion(vouches))
    booked = await desk.book_own((), of, kept)  # Point of no return.
    return await desk.hand_over(booked, "Hand over the slip: all that is kept stands on it.")


async def _copied(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    """That it was asked for is on record before anything is in the clear."""
    question = "Write all that is kept of this member into a file?"
    if not await desk.confirm(question, amount=Fen(0), lines=_lines(kept)):
        return await desk.say("Cancelled. Nothing was booked.")
    of = slip(OwnAct.COPIED, kept, desk.new_id(), desk.occasion(vouches))
    booked = await desk.book_own((), of, kept)  # Point of no return.
    await desk.copy_own(kept, of)
    return await desk.hand_over(booked, "The file is written. Hand over the stick and the slip.")


async def _corrected(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    what = await picked(desk, "What is to be corrected?", _correctable(desk, kept))
    said = await _said_anew(desk, kept, what)
    private = corrected(kept, {what: said})
    lines = (*_lines(kept), Line(label=says(NAMES[what]), value=_change(what, kept.says(what), said)))
    if not await desk.confirm("Is this so from now on?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    at = desk.occasion(vouches)
    step = OwnStep(command=profile(kept, private, desk.new_id(), at), private=private)
    of = slip(OwnAct.CORRECTED, kept, desk.new_id(), at)
    booked = await desk.book_own((step,), of, kept, (what,))  # Point of no return.
    return await desk.hand_over(booked, "It is corrected. Hand over the slip.")


def _correctable(desk: Desk, kept: Kept) -> dict[str, Message]:
    """What the shop asks, and whatever else they once said; of health only who agreed to that."""
    asked = {one.of for one in fields(desk)} | {Particular.NAME, Particular.BIRTHDAY}
    names = [PHONE, *(one for one in Particular if one in asked or kept.says(one))]
    agrees = kept.agrees(HEALTH_PURPOSE)
    return {str(one): says(NAMES[one]) for one in names if agrees or one not in HEALTH}


async def _said_anew(desk: Desk, kept: Kept, what: str) -> str:
    """As it is kept; empty: taken away."""
    if what == PHONE:
        return await _phone(desk, kept)
    asked = Asked(of=Particular(what), required=what == Particular.NAME)
    return await answer(desk, asked, "Take it away") or ""


async def _phone(desk: Desk, kept: Kept) -> str:
    phone = await desk.offer_phone("Key the new phone number")
    number = phone.number if phone else ""
    if phone and number != kept.private.phone and await desk.holder(phone) is not None:
        raise PhoneTaken("another membership's")
    return number


def _change(what: str, before: str, after: str) -> str:
    """Of others than name and phone only whether there is anything."""
    mask = _MASKS.get(what, _hidden)
    return f"{mask(before) or '-'} → {mask(after) or '-'}"


def _hidden(said: str) -> str:
    return "***" if said else ""


_MASKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {PHONE: masked_phone, Particular.NAME: masked_name}
)


async def _agreed(desk: Desk, kept: Kept, vouches: StaffId | None) -> None:
    """Each apart, given or taken back; what is left as it is keeps its day and the words of then."""
    version = desk.policy.consent_version
    before = {one.consent.purpose: one.consent for one in kept.agreed}
    said: dict[str, bool] = {}
    for purpose in purposes(desk.policy, kept, [one.of for one in fields(desk)]):
        question = PURPOSES.get(purpose, says("{name}", name=purpose))
        answered = await desk.choose(question.text, _ANSWERS, **question.values)
        known = before.get(purpose)
        given = answered == "yes"
        if answered != "same" and (known is None or (known.given, known.version) != (given, version)):
            said[purpose] = given
    if not said:
        raise NothingNew("every answer is as it was")
    lines = [
        *_lines(kept),
        *(
            Line(
                label=PURPOSES.get(purpose, says("{name}", name=purpose)),
                value=f"{_SAID[before[purpose].given if purpose in before else None]} → {_SAID[given]}",
            )
            for purpose, given in said.items()
        ),
    ]
    if not await desk.confirm(
        "Is that what they agree to, by version {version}?", amount=Fen(0), lines=lines, version=version
    ):
        return await desk.say("Cancelled. Nothing was booked.")
    at = desk.occasion(vouches)
    steps = agreeing(kept, said, version, desk.new_id, at)
    of = slip(OwnAct.CONSENTS, kept, desk.new_id(), at)
    booked = await desk.book_own(steps, of, kept, tuple(said))  # Point of no return.
    return await desk.hand_over(booked, "It is noted. Hand over the slip.")


async def _forgotten(desk: Desk, holder: Holder, kept: Kept, vouches: StaffId | None) -> None:
    """What they paid in must have gone back before; what they were given goes with them.

    In a chain that is so at every shop, as headquarters sees: what is booked here is the wish.
    """
    lines = (
        *_lines(kept),
        Line(label=says("On the card"), value=shown(holder.spendable)),
        Line(label=says("Goods points"), value=str(holder.points)),
        Line(label=says("Coupons"), value=str(holder.coupons)),
    )
    why = ErasureReason(await desk.choose("Why is it erased?", _WHY))
    here = await desk.forgets_here(kept.member)
    question = "Erase all that is known of this member? Nothing brings it back." if here else ASKS
    if not await desk.confirm(question, amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookErasure(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=kept.wallet,
        member=kept.member,
        why=why,
        waits=not here,
    )
    second = await desk.second(command, "Who approves that it is erased?", amount=Fen(0), lines=lines)
    at = desk.occasion(vouches, second)
    of = slip(OwnAct.FORGOTTEN if here else OwnAct.ASKED, kept, desk.new_id(), at)
    hold = by_law(kept, desk.policy.records_days, desk.new_id(), at)
    steps = (*([hold] if hold else ()), OwnStep(command=replace(command, at=at)))
    booked = await desk.book_own(steps, of, kept)  # Point of no return.
    done = "It is erased. Hand over the slip." if here else "The wish is noted. Hand over the slip."
    return await desk.hand_over(booked, done)
