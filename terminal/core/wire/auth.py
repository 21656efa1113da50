"""AUTH: headquarters proves, or judges, what a site without a card's key only carries to and fro.

Two questions for a card that answers a challenge: what to say to it, and whether what it then said proves it;
one for a URL that a card made. Card numbers and session keys travel in boxes; headquarters keeps nothing
between two questions, it seals what it must remember and the site brings it back. Of URLs it keeps the
highest counter of each card.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.values import SiteId, Value
from terminal.core.wire.forms import FromSite

AUTH_PATH = "/v1/auth"
SEALED_BYTES_MAX = 1024
CHALLENGE_BYTES, ANSWER_BYTES = 16, 32
CPU_BYTES = 8
SUN_OVER_BYTES_MAX = 256
REPORT_BYTES = 16


class Begin(Value, frozen=True, kw_only=True, tag="begin"):
    """A DESFire was asked to authenticate (AuthenticateEV2First) and answered with its challenge."""

    card: Annotated[str, Meta(pattern=r"^([0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})\Z")]
    """Its UID."""
    application: Annotated[str, Meta(pattern=r"^[0-9A-F]{6}\Z")]
    said: Annotated[bytes, Meta(min_length=CHALLENGE_BYTES, max_length=CHALLENGE_BYTES)]


class BeginCpu(Value, frozen=True, kw_only=True, tag="cpu"):
    """An ISO 7816-4 card shows that number, and would authenticate itself (INTERNAL AUTHENTICATE)."""

    application: Annotated[str, Meta(pattern=r"^([0-9A-F]{2}){1,16}\Z")]
    """Name of its folder."""
    number: Annotated[str, Meta(min_length=1, max_length=32)]


class Sun(Value, frozen=True, kw_only=True, tag="sun"):
    """An NTAG 424 DNA made this URL. Answered at once: nothing follows."""

    card: Annotated[str, Meta(pattern=r"^([0-9A-F]{14})?\Z")] = ""
    """The UID that it shows; empty: a random one."""
    picc: Annotated[bytes, Meta(min_length=16, max_length=16)]
    mac: Annotated[bytes, Meta(min_length=8, max_length=8)]
    over: Annotated[bytes, Meta(max_length=SUN_OVER_BYTES_MAX)] = b""


class SunLate(Value, frozen=True, kw_only=True, tag="late"):
    """Such a URL was taken while nobody answered; how far it was believed cannot be changed any more."""

    card: Annotated[str, Meta(pattern=r"^([0-9A-F]{14})?\Z")] = ""
    picc: Annotated[bytes, Meta(min_length=16, max_length=16)]
    mac: Annotated[bytes, Meta(min_length=8, max_length=8)]
    over: Annotated[bytes, Meta(max_length=SUN_OVER_BYTES_MAX)] = b""
    report: Annotated[bytes, Meta(min_length=REPORT_BYTES, max_length=REPORT_BYTES)]
    """Random, of this presentation: told twice, it is still one."""
    asked: bool
    """`sun` had been asked of it, and may have come to headquarters."""


class Finish(Value, frozen=True, kw_only=True, tag="finish"):
    """It was told what headquarters said, and answered."""

    state: Annotated[bytes, Meta(max_length=256)]
    """As it came with what to say."""
    said: Annotated[bytes, Meta(min_length=CPU_BYTES, max_length=ANSWER_BYTES)]


Question = Begin | BeginCpu | Sun | SunLate | Finish


class Verdict(StrEnum):
    SAY = "say"  # say this to the card, and bring what it answers
    GENUINE = "genuine"
    FALSE = "false"  # it has not the key that its UID should have
    REPLAYED = "replayed"  # its URL is right, and its counter was seen before
    UNKNOWN = "unknown"  # headquarters has no key for it, or the state is too old: the card is open


class Word(Value, frozen=True, kw_only=True, omit_defaults=True):
    verdict: Verdict
    say: Annotated[bytes, Meta(max_length=ANSWER_BYTES)] = b""
    state: Annotated[bytes, Meta(max_length=256)] = b""
    ti: Annotated[bytes, Meta(max_length=4)] = b""
    """Of the session that the card has opened, with its keys: for what is read of it now."""
    enc: Annotated[bytes, Meta(max_length=16)] = b""
    mac: Annotated[bytes, Meta(max_length=16)] = b""
    card: Annotated[str, Meta(max_length=20)] = ""
    """The UID in a genuine URL."""


class Auth(FromSite, frozen=True, kw_only=True):
    """`POST /v1/auth`: what a card said, whose key is not at the site. Books nothing."""

    sealed: Annotated[bytes, Meta(max_length=SEALED_BYTES_MAX)]
    """A `Question` as JSON in a box to headquarters (`runtime.box`), about `auth_about`."""


class Authed(Value, frozen=True, kw_only=True, tag="authed"):
    sealed: Annotated[bytes, Meta(max_length=SEALED_BYTES_MAX)]
    """`Word` as JSON in a box to the machine that asked, about `auth_about`."""


def auth_about(site: SiteId) -> bytes:
    """What the boxes of both ways are about; which question is answered is in the signature of the answer."""
    return f"card-terminal auth 1\n{site}".encode()
