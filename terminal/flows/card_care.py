"""Cards: lost, found again, frozen, in the place of another, one more, cancelled (product.md B10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from terminal.core.cards import CardState
from terminal.core.cards_held import CardHeld, CardsHeld
from terminal.core.cart import called
from terminal.core.commands import BookCard, BookCardState, Private
from terminal.core.errors import UnknownCard, UnknownPhone, ValueElsewhere, ValueLeft, WorthLeft
from terminal.core.given_back import GivenBack
from terminal.core.ledger.left_over import ending_with, keeps_from_erasure
from terminal.core.membership import valid_until
from terminal.core.money import Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, back_lines, left_lines, says
from terminal.core.trust import Credential, Medium, masked
from terminal.core.uses_kept import staying
from terminal.core.values import CardId, StaffId
from terminal.flows.card_holder import merge, transfer
from terminal.flows.handing_out import GivenOut, kind_given, new_card
from terminal.flows.picking import picked
from terminal.flows.proving import vouched

ACTS: Mapping[str, Message] = MappingProxyType(
    {
        "replace": says("A new card in its place"),
        "activate": says("Activate"),
        "renew": says("Renew"),
        "lost": says("Lost or stolen"),
        "freeze": says("Freeze"),
        "thaw": says("Use it again"),
        "another": says("One more card"),
        "transfer": says("To another person"),
        "merge": says("Two memberships become one"),
        "cancel": says("Cancel the card"),
    }
)
"""What is done about a card."""
_BECOMES: Mapping[str, CardState] = MappingProxyType(
    {
        "lost": CardState.LOST,
        "freeze": CardState.FROZEN,
        "activate": CardState.ACTIVE,
        "thaw": CardState.ACTIVE,
        "renew": CardState.ACTIVE,
        "cancel": CardState.CANCELLED,
    }
)
_FROM: Mapping[str, frozenset[CardState]] = MappingProxyType(
    {
        "replace": frozenset(
            {CardState.ACTIVE, CardState.LOST, CardState.FROZEN, CardState.EXPIRED, CardState.NEW}
        ),
        "lost": frozenset({CardState.ACTIVE, CardState.FROZEN}),
        "freeze": frozenset({CardState.ACTIVE}),
        "activate": frozenset({CardState.NEW}),
        "thaw": frozenset({CardState.LOST, CardState.FROZEN}),
        "renew": frozenset({CardState.EXPIRED}),
        "cancel": frozenset(
            {CardState.ACTIVE, CardState.LOST, CardState.FROZEN, CardState.EXPIRED, CardState.NEW}
        ),
    }
)
"""What may be done to a card in which state."""
_PROTECTS = frozenset({"lost", "freeze"})
"""Done at once, whoever asks: it keeps value from others, and the member undoes it."""
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        "lost": "Block this card? It pays nothing from now on.",
        "freeze": "Freeze this card? It pays nothing until it is used again.",
        "activate": "Give this card out? It pays from now on.",
        "thaw": "Shall this card pay again?",
        "renew": "Renew this card? All that is on it stays.",
        "cancel": "Cancel this card? Its number is never used again.",
    }
)
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "lost": "The card is blocked. Offer a new one: press Cards.",
        "freeze": "The card is frozen.",
        "activate": "The card is in use. Hand over the card and the slip.",
        "thaw": "The card pays again.",
        "renew": "The card is renewed. Hand over the card and the slip.",
        "cancel": "The card is cancelled. Keep it.",
    }
)
_APPROVED: Mapping[str, str] = MappingProxyType(
    {
        "lost": "Who approves that the card is blocked?",
        "freeze": "Who approves that the card is frozen?",
        "activate": "Who approves that the card is given out?",
        "thaw": "Who approves that the card pays again?",
        "renew": "Who approves that the card is renewed?",
        "cancel": "Who approves that the card is cancelled?",
    }
)
_STATES: Mapping[CardState, str] = MappingProxyType(
    {
        CardState.NEW: "{card}, not in use yet",
        CardState.ACTIVE: "{card}, in use",
        CardState.LOST: "{card}, reported lost",
        CardState.FROZEN: "{card}, frozen",
        CardState.EXPIRED: "{card}, expired",
    }
)


_ENDS = "Cancel this card? What is left on it ends with it."
_STAYS = "Cancel this card? What is left stays with the member."


class Left(NamedTuple):
    """(unit, amount) of what lies on the wallet of a card that is cancelled, and what becomes of it."""

    ends: Sequence[tuple[str, int]] = ()
    stays: Sequence[tuple[str, int]] = ()


async def card_care(desk: Desk) -> None:
    by, of = await _whose(desk)
    act = await desk.choose("What about the card?", _offered(of))
    match act:
        case "another":
            await _another(desk, by, of)
        case "replace":
            await _replaced(desk, by, of, await _which(desk, of, act))
        case "transfer":
            await transfer(desk, by, of)
        case "merge":
            await merge(desk, by, of)
        case _:
            await _becomes(desk, by, of, await _which(desk, of, act), act)


async def _whose(desk: Desk) -> tuple[Credential, CardsHeld]:
    by = await desk.read_member("Present the card, or key the phone of whoever lost it")
    of = await desk.cards_held(by)
    if of is None:
        raise (UnknownPhone if by.medium is Medium.PHONE else UnknownCard)(f"{by}")
    return by, of


def _offered(of: CardsHeld) -> dict[str, Message]:
    """What fits any of their cards; whoever holds an unnamed card is nobody who could report it lost."""
    acts = dict(ACTS)
    for act in _FROM:
        if not _fitting(of, act):
            del acts[act]
    if of.holder.member is None:
        for act in ("lost", "another"):
            acts.pop(act, None)
    if of.visitor:  # The card that is handed over would end: this shop cannot say what leads to it.
        for act in ("transfer", "merge"):
            acts.pop(act)
    return acts


def _fitting(of: CardsHeld, act: str) -> list[CardHeld]:
    """Of one that was presented the question is about that one."""
    cards = [of.presented] if of.presented else of.cards
    return [one for one in cards if one.state in _FROM[act]]


async def _which(desk: Desk, of: CardsHeld, act: str) -> CardHeld:
    by_id: dict[str, CardHeld] = {one.card: one for one in _fitting(of, act)}
    return by_id[await picked(desk, "Which card?", {id_: _called(one) for id_, one in by_id.items()})]


def _until(desk: Desk, of: CardsHeld) -> str:
    """The last day of a card that is handed out or renewed now; with a name it has none."""
    if of.holder.member is not None:
        return ""
    return valid_until(desk.occasion().business_day, desk.policy.unnamed_valid_years)


def _valid(until: str) -> tuple[Line, ...]:
    return (Line(label=says("Valid until"), value=until),) if until else ()


def _called(one: CardHeld) -> Message:
    return says(_STATES[one.state], card=one.shown)


def _lines(of: CardsHeld, *cards: Line) -> tuple[Line, ...]:
    holder = of.holder
    name = (Line(label=says("Name"), value=holder.name_shown),) if holder.name_shown else ()
    return (
        *name,
        *cards,
        Line(label=says("On the card"), value=shown(holder.spendable)),
    )


async def _becomes(desk: Desk, by: Credential, of: CardsHeld, one: CardHeld, act: str) -> None:
    left = await _left(desk, of, one) if act == "cancel" else Left()
    vouches = None if act in _PROTECTS else await vouched(desk, by, of.holder, blocked=of.blocked)
    renews = act in {"activate", "renew"} or (act == "thaw" and of.ended(one, desk.occasion().business_day))
    until = _until(desk, of) if renews else ""
    which = Line(label=says("Card"), value=one.shown)
    if act == "thaw":
        which = Line(label=says(_STATES[one.state], card=one.shown))
    taken = GivenBack(value=tuple((unit, -amount) for unit, amount in left.ends))
    gone = back_lines(taken, partial(called, desk.article), desk.policy.measured)
    stays = left_lines(left.stays, partial(called, desk.article), desk.policy.measured)
    lines = (*_lines(of, which, *_valid(until)), *gone, *stays)
    question = _ENDS if gone else _STAYS if left.stays else _ASKED[act]
    if not await desk.confirm(question, amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookCardState(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        card=one.card,
        state=_BECOMES[act],
        until=until,
        was=one.state if _BECOMES[act] is CardState.ACTIVE else None,
        ends=tuple(unit for unit, _ in left.ends),
    )
    second = await desk.second(command, _APPROVED[act], amount=Fen(0), lines=lines)
    command = replace(command, at=desk.occasion(vouches, second))
    booked = await desk.book_care(command)  # Point of no return.
    return await desk.hand_over(booked, _DONE[act])


async def _left(desk: Desk, of: CardsHeld, one: CardHeld) -> Left:
    """What was given with a card that is nobody's ends with it: nothing else would lead there.

    Value of a member waits for them under their name; who goes is paid back first what they paid for.
    Raises `Refused` for what is no gift.
    """
    wallet = of.holder.wallet
    if of.holder.member is None:
        ends = await desk.ask_ledger(partial(ending_with, wallet))
        if one.state is not CardState.NEW and not await desk.ask_ledger(lambda state: state.alone()):
            raise ValueElsewhere("unnamed, in a chain")
        return Left(ends=ends)
    if len(of.cards) > 1:
        return Left()
    day = desk.occasion().business_day
    stays = await desk.ask_ledger(partial(staying, wallet=wallet, business_day=day))
    recharged = bool(await desk.recharges(wallet))
    if recharged or (stays and await desk.ask_ledger(partial(keeps_from_erasure, (wallet,)))):
        words = {
            "stays": says("It stays with the member"),
            "back": says("It is paid back first"),
        }
        if await desk.choose("There is value left. What becomes of it?", words) == "back":
            raise ValueLeft("paid back first") if recharged else WorthLeft("paid back first")
    return Left(stays=stays)


async def _replaced(desk: Desk, by: Credential, of: CardsHeld, old: CardHeld) -> None:
    """In a minute: the old number dies, everything else stays."""
    vouches = await vouched(desk, by, of.holder, blocked=of.blocked)
    new = await new_card(desk)
    lines = _lines(
        of,
        Line(label=says("Card until now"), value=old.shown),
        Line(label=says("New card"), value=masked(new.card.number)),
        *_valid(_until(desk, of)),
    )
    await _handed_out(desk, of, new, vouches, lines, replaces=old.card)


async def _another(desk: Desk, by: Credential, of: CardsHeld) -> None:
    vouches = await vouched(desk, by, of.holder, blocked=of.blocked)
    new = await new_card(desk)
    kind = await kind_given(desk, new)
    lines = _lines(of, Line(label=says("New card"), value=masked(new.card.number)))
    await _handed_out(desk, of, new, vouches, lines, replaces=None, kind=kind)


async def _handed_out(  # noqa: PLR0913  whose, which, on whose word
    desk: Desk,
    of: CardsHeld,
    new: GivenOut,
    vouches: StaffId | None,
    lines: tuple[Line, ...],
    *,
    replaces: CardId | None,
    kind: str = "",
) -> None:
    question = "Does the new card take the place of the old one?" if replaces else "Hand out one more card?"
    if not await desk.confirm(question, amount=Fen(0), lines=lines):
        return await desk.say("Cancelled. Nothing was booked.")
    command = BookCard(
        id=desk.new_id(),
        at=desk.occasion(vouches),
        wallet=of.holder.wallet,
        card=CardId(desk.new_id()),
        replaces=replaces,
        until=_until(desk, of),
        kind=kind,
        boxed=new.boxed.card if new.boxed else None,
    )
    second = await desk.second(command, "Who approves the new card?", amount=Fen(0), lines=lines)
    desk.still_there(new.card)
    command = replace(command, at=desk.occasion(vouches, second))
    booked = await desk.book_care(command, Private(credentials=(new.card,)))  # Point of no return.
    if replaces is None:
        return await desk.hand_over(booked, "Hand over the card and the slip.")
    return await desk.hand_over(booked, "Hand over the new card and the slip. The old number is dead.")
