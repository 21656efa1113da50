"""DESFire EV2 and EV3: it proves that it has the key, and says its UID or number under that proof."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from terminal.core.chips import CardProver
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.trust import Credential, Medium, Trust
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import Conversation, Spelling, heard, number_in
from terminal.drivers.codecs.ev2 import (
    OK,
    Session,
    answer_to,
    authenticated,
    challenge,
    maced,
    sealed,
    wrapped,
)
from terminal.drivers.codecs.uid import known_by

_SELECT, _GET_UID, _READ_DATA = 0x5A, 0x51, 0xAD


class NumberFile(Value, frozen=True, kw_only=True):
    """`number`: the file of the application that holds the shop's number, a standard data file."""

    file: Annotated[int, Meta(ge=0, le=31)]
    start: Annotated[int, Meta(ge=0, le=8191)] = 0
    length: Annotated[int, Meta(ge=1, le=32)]
    mode: Literal["mac", "full"] = "full"
    """Communication mode of the file."""
    spelling: Spelling = Spelling.TEXT


class Settings(Value, frozen=True, kw_only=True):
    """`desfire`: which application, and by what the card is known."""

    application: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{6}$")]
    """Its AID in hex, as it is written: `F48E10`."""
    key_number: Annotated[int, Meta(ge=0, le=13)] = 0
    number: NumberFile | None = None
    """Empty: it is known by its UID, with its key and without, which is what most shops want: a card whose
    key is not at this site is then the same card, only `open`."""


def presented(uid: bytes, key: bytes, rnd_a: bytes, settings: Settings) -> Conversation[Credential]:
    """By its UID or number, `secure`. `rnd_a`: 16 random bytes, never used again.

    Raises CardTorn, UnknownCard; CardNotGenuine: its key is here, and it has not got it.
    """
    _, status = heard((yield _selected(settings)))
    if status != OK:
        raise CardNotGenuine(f"it has not the application of the shop: it answered {status:04x}")
    session = yield from authenticated(key, settings.key_number, rnd_a)
    return (yield from _told(uid, session, settings))


def relayed(uid: bytes, prover: CardProver, settings: Settings) -> Conversation[Credential | None]:
    """The same, where its key is elsewhere. None: nobody could say, or it is another kind of card.

    Raises CardTorn, UnknownCard; CardNotGenuine: it has not the key that its UID should have.
    """
    _, status = heard((yield _selected(settings)))
    if status != OK:
        return None
    try:
        said = yield from challenge(settings.key_number)
    except UnknownCard:
        return None
    begun = prover.begin(uid, settings.application.upper(), said)
    if begun is None:
        return None
    judged = prover.finish(begun.state, (yield from answer_to(begun.say)))
    if judged is None:
        return None
    if not judged.genuine:
        raise CardNotGenuine("it did not prove that it has its key")
    session = Session(ti=judged.ti, enc=judged.enc, mac=judged.mac)
    return (yield from _told(uid, session, settings))


def _selected(settings: Settings) -> bytes:
    return wrapped(_SELECT, bytes.fromhex(settings.application)[::-1])


def _told(uid: bytes, session: Session, settings: Settings) -> Conversation[Credential]:
    """Who it is, under its proof."""
    own = yield from sealed(session, _GET_UID)
    if own != uid:
        raise CardNotGenuine("it shows another UID than the one it has")
    where = settings.number
    if where is None:
        return known_by(uid, Trust.SECURE)
    ask = sealed if where.mode == "full" else maced
    header = bytes([where.file]) + where.start.to_bytes(3, "little") + where.length.to_bytes(3, "little")
    data = yield from ask(session.after(), _READ_DATA, header)
    if len(data) != where.length:
        raise UnknownCard(f"file {where.file}: {len(data)} bytes instead of {where.length}")
    number = number_in(data, where.spelling, f"file {where.file}")
    return Credential(medium=Medium.DESFIRE, number=number, trust=Trust.SECURE)
