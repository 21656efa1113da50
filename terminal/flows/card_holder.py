"""Whose a membership is: it goes to another person, or two of one person become one (product.md B10)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from terminal.core import particulars
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.commands import BookMerge, BookTransfer
from terminal.core.errors import Cancelled, HolderIsMember, NamelessStays, OneMembership, UnknownCard
from terminal.core.membership import passing, succeeding
from terminal.core.money import Fen, shown
from terminal.core.particulars import QUESTIONS, Particular
from terminal.core.ports import Desk
from terminal.core.screens import Line, says
from terminal.core.tier_names import Shown, word_of
from terminal.core.trust import Credential, Holder, masked_name, masked_phone
from terminal.core.values import StaffId
from terminal.flows.join_here import identified
from terminal.flows.proving import vouched

_SALT_BYTES = 16
_SHOWN_MAX = 3
"""Numbers of cards, on a row each; then how many more."""


async def transfer(desk: Desk, by: Credential, of: CardsHeld) -> None:
    """With all that is on it, to somebody else; an unnamed card gets a name this way, too.

    Onto their membership, where they have one. The card that was presented is handed over. Any other would
    go on paying for whoever keeps it, and is cancelled: the new holder gets another one for nothing.
    """
    vouches = await vouched(desk, by, of.holder, blocked=of.blocked)
    phone = await desk.offer_phone("Key the phone number of whoever gets it")
    if phone is None:
        raise Cancelled
    if (theirs := await desk.holder(phone)) is not None:
        return await _onto(desk, of, theirs, phone=phone, vouches=vouches)
    name = await desk.ask_text(QUESTIONS[Particular.NAME].text, particulars.named)
    answers = {Particular.NAME: name or ""}
    if of.cards and desk.policy.named_cards_identified:
        answers |= await identified(desk, answers)
    lines = (
        *_of(of.holder, "From"),
        Line(label=says("To"), value=f"{masked_name(name or '')} {masked_phone(phone.number)}"),
        Line(label=says("On the card"), value=shown(of.holder.spendable)),
        *_staying(of),
    )
    if not await desk.confirm(
        "Does the new holder accept the terms, version {version}?",
        amount=Fen(0),
        lines=lines,
        version=desk.policy.terms,
    ):
        return await desk.say("Cancelled. Nothing was booked.")
    to = succeeding(phone, answers=answers, new_id=desk.new_id, salt=desk.secret(_SALT_BYTES))
    command = BookTransfer(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=of.holder.wallet,
        card=None,
        to=to.member,
        commitment=to.commitment,
        terms=desk.policy.terms,
        cancels=tuple(one.card for one in _others(of)),
    )
    second = await desk.second(command, "Who approves the transfer?", amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(vouches, second))
    booked = await desk.book_care(command, to.private)  # Point of no return.
    return await desk.hand_over(booked, "It is theirs now. They choose a PIN: press PIN.")


async def _onto(
    desk: Desk, of: CardsHeld, theirs: Holder, *, phone: Credential, vouches: StaffId | None
) -> None:
    """It goes to another person, and is one with their membership next: what its holder had is not theirs.

    They accept what counts for it today: they may have joined by other terms, or at another shop.
    """
    if theirs.wallet == of.holder.wallet:
        raise HolderIsMember("their own phone")
    tier = desk.policy.tiers.higher(theirs.tier, of.holder.tier)
    lines = (
        *_of(of.holder, "From"),
        *_of(theirs, "To"),
        Line(label=says("On the card"), value=shown(of.holder.spendable)),
        *_staying(of),
        *_tier_of_both(of.holder, theirs, tier, desk.tier_names),
    )
    if not await desk.confirm(
        "They are a member. Does it go onto their membership, by the terms, version {version}?",
        amount=Fen(0),
        lines=lines,
        version=desk.policy.terms,
    ):
        return await desk.say("Cancelled. Nothing was booked.")
    to = passing(phone, new_id=desk.new_id, salt=desk.secret(_SALT_BYTES))
    command = BookTransfer(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=of.holder.wallet,
        card=None,
        to=to.member,
        commitment=to.commitment,
        terms=desk.policy.terms,
        cancels=tuple(one.card for one in _others(of)),
        onto=theirs.wallet,
        tier=tier if tier != theirs.tier else "",
    )
    joined = BookMerge(id=command.id, at=command.at, wallet=command.wallet, into=theirs.wallet)
    second: StaffId | None = None
    for one in (command, joined):  # What policy names of the two is approved once.
        second = second or await desk.second(one, "Who approves the transfer?", amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(vouches, second))
    booked = await desk.book_care(command, to.private)  # Point of no return.
    return await desk.hand_over(booked, "It is theirs now. Hand over the slips.")


async def merge(desk: Desk, by: Credential, of: CardsHeld) -> None:
    """What was presented first ends; everything on it is on the other one from now on, its cards too."""
    vouches = await vouched(desk, by, of.holder, blocked=of.blocked)
    has_pin = await desk.has_pin(by, of.holder)
    other = await desk.read_member("Present a card of the membership that stays")
    stays = await desk.holder(other)
    if stays is None:
        raise UnknownCard(f"{other}")
    if stays.wallet == of.holder.wallet:
        raise OneMembership("the same wallet")
    if of.holder.member is not None and stays.member is None:
        raise NamelessStays("a member's wallet into an unnamed one")
    vouches = await vouched(desk, other, stays) or vouches
    tier = desk.policy.tiers.higher(stays.tier, of.holder.tier)
    lines = (
        *_of(of.holder, "It ends"),
        Line(label=says("On the card"), value=shown(of.holder.spendable)),
        *_of(stays, "It stays"),
        Line(label=says("On the card"), value=shown(stays.spendable)),
        *_tier_of_both(of.holder, stays, tier, desk.tier_names),
    )
    if await desk.has_pin(other, stays):
        lines += (Line(label=says("The PIN is that of the membership that stays")),)
    elif has_pin:
        lines += (Line(label=says("The PIN is that of the membership that ends")),)
    if not await desk.confirm("Shall these two become one?", amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookMerge(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=of.holder.wallet,
        into=stays.wallet,
        tier=tier if tier != stays.tier else "",
    )
    second = await desk.second(command, "Who approves that they become one?", amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(vouches, second))
    booked = await desk.book_care(command)  # Point of no return.
    return await desk.hand_over(booked, "They are one membership now. Hand over the slip.")


def _tier_of_both(goes: Holder, stays: Holder, tier: str, shown: Shown) -> Iterator[Line]:
    if goes.tier != stays.tier:
        yield Line(label=says("Tier"), value=tier, word=word_of(tier, shown))


def _others(of: CardsHeld) -> tuple[CardHeld, ...]:
    return tuple(one for one in of.cards if one != of.presented)


def _staying(of: CardsHeld) -> Iterator[Line]:
    """What the giver is to hand over, and what they may keep: it pays nothing."""
    if of.presented is not None:
        yield Line(label=says("To be handed over"), value=of.presented.shown)
    others = _others(of)
    numbers = [one.shown for one in others[:_SHOWN_MAX]]
    if more := len(others) - len(numbers):
        numbers.append(f"+{more}")
    for number in numbers:
        yield Line(label=says("Will be cancelled"), value=number)


def _of(holder: Holder, label: str) -> tuple[Line, ...]:
    return (Line(label=says(label), value=f"{holder.name_shown} {holder.number_shown}".strip()),)
