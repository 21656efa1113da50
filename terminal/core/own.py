"""What members may have done with what is kept of them: corrected, agreed to or not (product.md G7).

Asked at the counter and on the console: both come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from terminal.core import codes
from terminal.core.commands import (
    OWN_DATA,
    BookConsent,
    BookErasure,
    BookLegalHold,
    BookNote,
    BookProfile,
    Kept,
    Occasion,
    Private,
)
from terminal.core.errors import HealthNotAgreed, NothingNew, PhoneNeeded
from terminal.core.initials import initials_of_name
from terminal.core.membership import commitment
from terminal.core.particulars import HEALTH, HEALTH_PURPOSE, Particular
from terminal.core.policy import Policy
from terminal.core.retention import day_after
from terminal.core.values import EntryId, Value

PURPOSES: Final = ("marketing", "partners", HEALTH_PURPOSE)
PREPAID: Final = "cn-prepaid"
"""Why records are kept of who paid for value on a card."""
PHONE: Final = "phone"
"""Beside the particulars, what a member may say anew."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        PHONE: "Phone",
        Particular.NAME: "Name",
        Particular.BIRTHDAY: "Birthday",
        Particular.PLATE: "Number plate",
        Particular.VEHICLE: "Car",
        Particular.DOCUMENT: "Document",
        Particular.HAIR: "Hair",
        Particular.TASTE: "Taste",
        Particular.ROOM: "Room",
        Particular.SKIN: "Skin",
        Particular.ALLERGY: "Allergies",
        Particular.TAGS: "Tags",
        Particular.STYLIST: "Who serves them",
    }
)
"""What is kept, as screens and slips call it: keys of `core.texts`."""


class OwnAct(StrEnum):
    """What a member asked; it begins the detail of the note."""

    SHOWN = "shown"
    CONSENTS = "consents"
    CORRECTED = "corrected"
    FORGOTTEN = "forgotten"
    COPIED = "copied"
    ASKED = "asked"  # to be forgotten, which waits for headquarters


def slip(act: OwnAct, kept: Kept, id_: EntryId, at: Occasion) -> BookNote:
    """What says that it was asked, and is printed. It names a wallet and nobody."""
    return BookNote(id=id_, at=at, what=OWN_DATA, detail=f"{act}:{kept.wallet}")


def file_of(note: BookNote) -> str:
    """What the file is called that such a note says was written: by the day, and nobody."""
    return f"{note.at.business_day}-{note.id[-8:]}.csv"


def act_of(note: BookNote) -> OwnAct:
    """Of such a note. Raises ValueError: a later version booked it."""
    return OwnAct(note.detail.partition(":")[0])


class OwnStep(Value, frozen=True, kw_only=True):
    """One entry of what a member asked."""

    command: BookConsent | BookProfile | BookErasure | BookLegalHold
    private: Private | None = None


_APART = (PHONE, Particular.NAME, Particular.PLATE)


def corrected(kept: Kept, said: Mapping[str, str]) -> Private:
    """`said`: what is so from now on, each as `core.particulars` spells it; empty takes it away.

    Raises HealthNotAgreed, PhoneNeeded, NothingNew.
    """
    private = kept.private
    for what, text in said.items():
        private = _with(private, what, text)
    if _says_health(private) and not kept.agrees(HEALTH_PURPOSE):
        raise HealthNotAgreed("health is kept only of who agreed to that")
    if not private.phone:
        raise PhoneNeeded("a member is found by phone: give another in its place")
    if private == kept.private:
        raise NothingNew("that is what is kept already")
    return found_by(private)


def _with(private: Private, what: str, text: str) -> Private:
    if what in _APART:
        return replace(private, **{str(what): text})
    others = tuple(one for one in private.told if one[0] != what)
    return replace(private, told=(*others, (str(what), text)) if text else others)


def found_by(private: Private) -> Private:
    """The same, with what people are found by as it follows from it."""
    phones = (codes.phone(private.phone),) if private.phone else ()
    return replace(private, credentials=phones, initials=initials_of_name(private.name))


def _says_health(private: Private) -> bool:
    return any(what in HEALTH for what, _ in private.told)


def profile(kept: Kept, private: Private, id_: EntryId, at: Occasion) -> BookProfile:
    """What enters the journal of it: nothing that names anybody."""
    salted = commitment(bytes.fromhex(private.salt), private)
    return BookProfile(id=id_, at=at, wallet=kept.wallet, commitment=salted)


def agreeing(
    kept: Kept, said: Mapping[str, bool], version: str, new_id: Callable[[], EntryId], at: Occasion
) -> tuple[OwnStep, ...]:
    """`said`: yes or no by purpose, to the words of that version; an entry for each.

    Notes about health go first, where they may not be kept any more: cut off in between they are gone, and
    the no is said again.
    """
    steps: list[OwnStep] = []
    if said.get(HEALTH_PURPOSE) is False and _says_health(kept.private):
        told = tuple(one for one in kept.private.told if one[0] not in HEALTH)
        left = found_by(replace(kept.private, told=told))
        steps.append(OwnStep(command=profile(kept, left, new_id(), at), private=left))
    for purpose, given in said.items():
        consent = BookConsent(
            id=new_id(), at=at, wallet=kept.wallet, purpose=purpose, version=version, given=given
        )
        steps.append(OwnStep(command=consent))
    return tuple(steps)


def by_law(kept: Kept, days: int, id_: EntryId, at: Occasion) -> OwnStep | None:
    """Before an erasure: what the law keeps of who paid for value is kept so many days from then on.

    Of who has no wallet any more nobody knows what they paid on the last: from today on, as the daily round
    has it (`desk.parting`), unless it was said before.

    None: nothing is, or it is over, or as long is said already.
    """
    gave_away = not kept.purses and not kept.records_until
    paid_in = at.business_day if gave_away else kept.paid_in
    if not paid_in or not days:
        return None
    until = day_after(paid_in, days)
    if until < at.business_day or until <= kept.records_until:
        return None
    hold = BookLegalHold(id=id_, at=at, member=kept.member, until=until, why=PREPAID)
    return OwnStep(command=hold)


def purposes(policy: Policy, kept: Kept, asked: Iterable[Particular]) -> tuple[str, ...]:
    """What they are asked: what the shop asks newcomers, and whatever they once said yes or no to.

    `asked`: what the shop asks of who joins.
    """
    found = dict.fromkeys((*policy.consents, *(one.consent.purpose for one in kept.agreed)))
    if any(one in HEALTH for one in asked):
        found.setdefault(HEALTH_PURPOSE)
    return tuple(found)
