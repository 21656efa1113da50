"""What was done for a member on a visit, by whom, with what, and what the next one should know (D10).

It is personal data: it stands in no entry, log or error text, and leaves the site for nobody but the member.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from terminal.core.errors import BadWords
from terminal.core.values import EntryId, StaffId, Value

DONE_MAX: Final = 10
"""Services of one visit; products of one too."""
TEXT_MAX: Final = 60
"""Characters of each."""
SHOWN_MAX: Final = 8
"""Visits that a screen offers: the last."""
KEPT_MAX: Final = 1_000
"""Of one member, that are read at once."""


class Written(Value, frozen=True, kw_only=True, omit_defaults=True):
    """As it is sealed."""

    day: str
    """Business day of the visit."""
    done: tuple[str, ...]
    by: StaffId
    used: tuple[str, ...] = ()
    """Each a product and how much of it, as somebody said it."""
    corrects: EntryId | None = None
    """In the place of which it stands."""
    salt: str = ""
    """Hex; with it the commitment in the entry can be proven."""

    def __repr__(self) -> str:
        """Without anything of a person."""
        return "Written(...)"

    __str__ = __repr__


class Service(Value, frozen=True, kw_only=True):
    entry: EntryId
    written: Written
    remark: str = ""
    """What the next one should know."""

    def __repr__(self) -> str:
        """Without anything of a person."""
        return "Service(...)"

    __str__ = __repr__


_written = msgspec.json.Decoder(Written)


def text_of(written: Written) -> str:
    """As it is sealed; `read` reads it. Raises BadWords: more than a visit may have."""
    if not 0 < len(written.done) <= DONE_MAX or len(written.used) > DONE_MAX:
        raise BadWords(f"{len(written.done)} services, {len(written.used)} products")
    if not all(one.isprintable() and 0 < len(one) <= TEXT_MAX for one in (*written.done, *written.used)):
        raise BadWords("one of them")
    return msgspec.json.encode(written).decode()


def read(entry: EntryId, text: str, remark: str = "") -> Service:
    return Service(entry=entry, written=_written.decode(text), remark=remark)


def commitment(salt: bytes, text: str, remark: str) -> str:
    """SHA-256, hex, of the salt and then `[text, remark]`, compact JSON in UTF-8."""
    return hashlib.sha256(salt + msgspec.json.encode([text, remark])).hexdigest()


def standing(services: Iterable[Service]) -> tuple[Service, ...]:
    """Without what was corrected; the last first, as they come."""
    found = tuple(services)
    corrected = {one.written.corrects for one in found}
    return tuple(one for one in found if one.entry not in corrected)
