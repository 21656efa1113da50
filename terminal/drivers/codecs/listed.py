"""Cards as a shop's table lists them.

Each must be what a reader here finds: else nobody is known by it, or another card is.
"""

from __future__ import annotations

import re
from typing import Final

from terminal.core.cells import BadCell
from terminal.core.errors import UnknownCard
from terminal.core.issuers import of_a_bank
from terminal.core.member_codes import MEMBER
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.em4100 import BadFrame, Spelling, tag_of
from terminal.drivers.codecs.uid import known_by, whole

MEDIA: Final = tuple(medium for medium in Medium if medium not in {Medium.PHONE, Medium.SHOWN})
"""Of which a table may have cards."""
SPELLINGS: Final = tuple(spelling for spelling in Spelling if spelling is not Spelling.RAW)
"""In which it may have tags of 125 kHz; `RAW` is no text."""
_COLUMN = "card"
_NUMBER = re.compile(r"[0-9A-Z-]{4,32}", re.ASCII)
_BYTES = re.compile(r"([0-9A-F]{2})+", re.ASCII)

_TAG = "ten digits as printed: --cards em4100:10d, with number_bytes = 4 at the reader; in hex: em4100:10h"


class Form(Value, frozen=True, kw_only=True):
    """How the cards of one table are written."""

    medium: Medium
    spelling: Spelling = Spelling.AUTO
    """Of tags of 125 kHz."""
    number_bytes: int | None = None
    """So many of a tag's lowest bytes make its number here. None: as many as the table tells."""

    def read(self, text: str) -> Credential:
        """As a reader finds that card. Raises BadCell, which quotes none of it."""
        spelt = text.upper().replace(" ", "")
        if of_a_bank(spelt.replace("-", "")):
            raise _bad("the number of a bank card", "leave it out, and erase it in the list")
        match self.medium:
            case Medium.EM4100:
                return self._tag(text)
            case Medium.UID:
                return _uid(spelt)
            case Medium.CODE:
                return _code(spelt)
            case _:
                if not _NUMBER.fullmatch(spelt):
                    raise _bad("no number of a card", "write its 4 to 32 letters, digits and hyphens")
                return Credential(medium=self.medium, number=spelt)

    def _tag(self, text: str) -> Credential:
        tag = tag_of(text, self.spelling, self.number_bytes)
        if isinstance(tag, BadFrame):
            raise _bad(f"no tag as the reader here tells it: {tag.why}", _TAG)
        return Credential(medium=Medium.EM4100, number=tag.number)


def form_of(said: str, number_bytes: int | None) -> Form:
    """`stripe`, `uid`, `em4100`, `em4100:10d` and so on. Raises ValueError, which says what there is."""
    name, colon, spelling = said.partition(":")
    if name not in MEDIA or (colon and name != Medium.EM4100):
        raise ValueError(f"one of {', '.join(MEDIA)}")
    if colon and spelling not in SPELLINGS:
        raise ValueError(f"em4100 alone, or with one of {', '.join(SPELLINGS)}, such as em4100:10d")
    return Form(medium=Medium(name), spelling=Spelling(spelling or Spelling.AUTO), number_bytes=number_bytes)


def _uid(spelt: str) -> Credential:
    digits = spelt.replace(":", "").replace("-", "")
    do = "write its 4, 7, 8 or 10 bytes in hex"
    if not _BYTES.fullmatch(digits):
        raise _bad("no UID of a card: no bytes in hex", do)
    try:
        return known_by(whole(bytes.fromhex(digits)))
    except UnknownCard as fault:
        raise _bad(f"no UID of a card: {fault}", do) from None


def _code(spelt: str) -> Credential:
    if not MEMBER.fullmatch(spelt):
        why = "no member's code that the scanner knows"
        raise _bad(why, "only MC- and 6 to 32 letters or digits are: give that card's holder a new one")
    return Credential(medium=Medium.CODE, number=spelt)


def _bad(why: str, do: str) -> BadCell:
    return BadCell(_COLUMN, why, do)
