"""Somebody becomes a member at the counter, without buying anything (product.md B14, G7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from terminal.core import particulars
from terminal.core.commands import BookJoin, Consent
from terminal.core.given_lines import given_lines
from terminal.core.membership import Driver, Newcomer, Recruited, Told, joining, pack_of, without_pack
from terminal.core.money import Fen
from terminal.core.particulars import (
    ASKED_BY,
    HEALTH,
    QUESTIONS,
    Asked,
    Calendar,
    Document,
    Particular,
    Trade,
)
from terminal.core.policy import JoinPin, Policy
from terminal.core.ports import Desk
from terminal.core.screens import Keying, Line, Message, Toggle, says
from terminal.core.trust import Credential, Holder, masked, masked_name, masked_phone
from terminal.core.values import StaffId
from terminal.flows.handing_out import kind_given, offered_card
from terminal.flows.introducing import introduced
from terminal.flows.proving import chosen_twice, offered

_SALT_BYTES = 16
_HEALTH = "health"
_YES_OR_NO: Mapping[str, Message] = MappingProxyType({"yes": says("Yes"), "no": says("No")})
PURPOSES: Mapping[str, Message] = MappingProxyType(
    {
        "marketing": says("May the shop send offers?"),
        "partners": says("May partners of the shop send offers?"),
        _HEALTH: says("May the shop keep what they say about their health?"),
    }
)
_ANSWERS: Mapping[str, tuple[Message, Message]] = MappingProxyType(
    {
        "marketing": (says("Agree to offers"), says("Without offers")),
        "partners": (says("Agree to partners' offers"), says("Without partners' offers")),
        _HEALTH: (says("Agree to notes about health"), says("Without notes about health")),
    }
)
_CALENDARS: Mapping[str, Message] = MappingProxyType(
    {
        Calendar.SUN: says("By the sun"),
        Calendar.MOON: says("By the moon"),
        Calendar.LEAP: says("By the moon, in a leap month"),
    }
)
_DOCUMENTS: Mapping[str, Message] = MappingProxyType(
    {
        Document.CITIZEN: says("Identity card"),
        Document.PASSPORT: says("Passport"),
        Document.PERMIT: says("Permit to travel or stay"),
    }
)

Answers = dict[Particular, str]


async def join_here(desk: Desk) -> None:
    newcomer = await desk.read_newcomer("Scan the newcomer's code, or key the phone number")
    phone = newcomer.card
    member = await desk.holder(phone)
    if member is not None:
        return await desk.say("{name} is a member already. Nothing was changed.", name=member.name_shown)
    recruiter = winner(desk, newcomer) or await desk.choose_attendant("Who won this member?")
    before = await desk.was_members(phone)  # Who joins again is no newcomer: neither theirs nor anybody's.
    by = None if before else await introduced(desk)
    consents = await _consents(desk)
    answers = await _answers(desk, consents, newcomer.plate)
    given = await offered_card(desk, "Without a card")
    card = given.card if given else None
    kind = await kind_given(desk, given) if given else ""
    if card and desk.policy.named_cards_identified and Particular.DOCUMENT not in answers:
        answers |= await identified(desk, answers)
    pin = await _pin(desk)
    told = Told(
        answers=answers,
        consents=tuple(consents.values()),
        card=card,
        pin=pin is not None,
        kind=kind,
        boxed=given.boxed.card if given and given.boxed else None,
    )
    if not await _agreed(desk, phone, told, by, before=before):
        return await desk.say("Cancelled. Nothing was booked.")
    if card:
        desk.still_there(card)
    recruited = Recruited(by=recruiter, channel="counter", introduced_by=by.wallet if by else None)
    begins = _newcomer(desk, phone, recruited, told, before=before)
    booked = await desk.book_join(  # Point of no return.
        BookJoin(
            id=desk.new_id(),
            at=desk.occasion(),
            opens=begins.opens,
            reward=desk.policy.referral.joined(desk.new_id, desk.occasion().business_day) if by else None,
        ),
        begins.private,
        pin,
    )
    if card:
        return await desk.hand_over(booked, "A new member. Hand over the card and the slip.")
    return await desk.hand_over(booked, "A new member. Hand over the slip.")


def winner(desk: Desk, newcomer: Driver) -> StaffId | None:
    """Whose code they scanned, as their phone says it; None: nobody's who works here."""
    return newcomer.won_by if newcomer.won_by and desk.is_attendant(newcomer.won_by) else None


async def _consents(desk: Desk) -> dict[str, Consent]:
    """Each apart: a no to one is no to that one alone."""
    purposes = list(dict.fromkeys(desk.policy.consents))
    if any(one.of in HEALTH for one in fields(desk)) and _HEALTH not in purposes:
        purposes.append(_HEALTH)
    return {purpose: await _consent(desk, purpose) for purpose in purposes}


async def _consent(desk: Desk, purpose: str) -> Consent:
    question = asks(purpose)
    answer = await desk.choose(question.text, _YES_OR_NO, **question.values)
    return Consent(purpose=purpose, version=desk.policy.consent_version, given=answer == "yes")


def asks(purpose: str) -> Message:
    return PURPOSES.get(purpose, says("{name}", name=purpose))


def toggle(purpose: str) -> Toggle:
    """Where several are asked on one screen: each answer says to what it is one."""
    ours = says("Agree: {name}", name=purpose), says("Without: {name}", name=purpose)
    agree, without = _ANSWERS.get(purpose, ours)
    return Toggle(question=asks(purpose), agree=agree, without=without)


def fields(desk: Desk) -> tuple[Asked, ...]:
    return asked_of(desk.policy)


def asked_of(policy: Policy) -> tuple[Asked, ...]:
    return policy.join_fields or ASKED_BY[policy.trade]


async def _answers(desk: Desk, consents: Mapping[str, Consent], plate: str) -> Answers:
    """`plate`: as their phone shows it; where the shop asks for none it is not kept."""
    health = consents.get(_HEALTH)
    asked = {one.of for one in fields(desk)}
    answers: Answers = {Particular.PLATE: plate} if plate and Particular.PLATE in asked else {}
    for one in fields(desk):
        if one.of in HEALTH and not (health and health.given):
            continue
        if one.of not in answers and (said := await answer(desk, one)) is not None:
            answers[one.of] = said
    return answers


async def answer(desk: Desk, asked: Asked, otherwise: str = "Leave it out") -> str | None:
    """None: they do not say, and need not: `otherwise` was pressed."""
    skip = "" if asked.required else otherwise
    match asked.of:
        case Particular.DOCUMENT:
            return await _document(desk, skip)
        case Particular.BIRTHDAY:
            return await _birthday(desk, skip)
        case _:
            check = particulars.CHECKS.get(asked.of, particulars.words)
    return await desk.ask_text(QUESTIONS[asked.of].text, check, skip=skip)


async def _birthday(desk: Desk, skip: str) -> str | None:
    question, today = QUESTIONS[Particular.BIRTHDAY].text, desk.occasion().business_day
    calendars = {**_CALENDARS, "none": says(skip)} if skip else _CALENDARS
    kept = await desk.choose("By which calendar is the birthday kept?", calendars)
    if kept == "none":
        return None
    check = partial(particulars.birthday, calendar=Calendar(kept), today=today)
    return await desk.ask_text(question, check, skip=skip, keying=Keying.DAY)


async def _document(desk: Desk, skip: str) -> str | None:
    today, adults = desk.occasion().business_day, desk.policy.trade is Trade.NETCAFE
    documents = {**_DOCUMENTS, "none": says(skip)} if skip else _DOCUMENTS
    kind = await desk.choose("Which document do they show?", documents)
    if kind == "none":
        return None
    check = partial(particulars.document, kind=Document(kind), today=today, adults=adults)
    number = await desk.ask_text(QUESTIONS[Particular.DOCUMENT].text, check)
    if adults and kind != Document.CITIZEN:
        by_sun = partial(particulars.birthday, calendar=Calendar.SUN, today=today)
        born = await desk.ask_text("The birthday in the document, in eight digits", by_sun, keying=Keying.DAY)
        particulars.check_adult(born or today, today)
    return number


async def identified(desk: Desk, answers: Answers) -> Answers:
    """A card in somebody's name: the law wants the name and the document."""
    found: Answers = {}
    for one in (Particular.NAME, Particular.DOCUMENT):
        if one not in answers and (said := await answer(desk, Asked(of=one, required=True))):
            found[one] = said
    return found


async def _pin(desk: Desk) -> str | None:
    match desk.policy.join_pin:
        case JoinPin.NEVER:
            return None
        case JoinPin.OFFERED:
            return await offered(desk, "The member chooses a PIN of six digits", skip="Without a PIN")
        case JoinPin.REQUIRED:
            return await chosen_twice(desk, "The member chooses a PIN of six digits")


async def _agreed(desk: Desk, phone: Credential, told: Told, by: Holder | None, *, before: bool) -> bool:
    """The last look: what stands here is read by whoever stands at the counter, so it is masked."""
    name = told.answers.get(Particular.NAME, "")
    lines = [Line(label=says("Phone"), value=masked_phone(phone.number))]
    if name:
        lines.append(Line(label=says("Name"), value=masked_name(name)))
    if told.card:
        lines.append(Line(label=says("Card"), value=masked(told.card.number)))
    lines += [
        Line(
            label=PURPOSES.get(one.purpose, says("{name}", name=one.purpose)),
            value="✓" if one.given else "✗",
        )
        for one in told.consents
    ]
    if by:
        lines.append(Line(label=says("Brought by"), value=by.name_shown))
    if before:
        lines.append(Line(label=says("They were a member before: no gifts for joining")))
    lines += given_lines(*pack_of(_rules(desk, before=before), desk.occasion().business_day, lambda: ""))
    return await desk.confirm(
        "Does the member accept the terms, version {version}?",
        amount=Fen(0),
        lines=lines,
        version=desk.policy.terms,
    )


def _rules(desk: Desk, *, before: bool) -> Policy:
    return without_pack(desk.policy) if before else desk.policy


def _newcomer(desk: Desk, phone: Credential, recruited: Recruited, told: Told, *, before: bool) -> Newcomer:
    return joining(
        phone,
        policy=_rules(desk, before=before),
        recruited=recruited,
        new_id=desk.new_id,
        salt=desk.secret(_SALT_BYTES),
        business_day=desk.occasion().business_day,
        told=told,
    )
