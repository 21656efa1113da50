"""Numbers in what a device said, replaced by others of the same form: the same by the same, and nobody's.

A reading is one line, swipe or scan. Digits become digits and letters letters; of all that could stand there
the first is taken with which the reading comes to the same (a tag, a bank card, a code of that kind, the same
fault), so check digits and check characters fit where they did.
"""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import groupby
from operator import xor
from typing import Final, Protocol

from terminal.core.codes import ArticleCode, scanned
from terminal.core.errors import BadScan, TerminalFault, UnknownCard
from terminal.core.issuers import banks_digits
from terminal.core.member_codes import PREFIX
from terminal.drivers.codecs.em4100 import Spelling, Tag, tag_of
from terminal.drivers.codecs.scan_line import BadLine, unwrapped
from terminal.drivers.codecs.stripe import (
    BadSwipe,
    BankCard,
    Swipe,
    Track,
    Where,
    check_character,
    credential_of,
    swiped,
)

TRIES_MAX: Final = 20_000
"""For one reading."""
ALL_TRIES_MAX: Final = 400_000
"""For a whole recording: some ten seconds."""
_HEX_CHARS = 12
_ANY = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_HEX = (string.digits, "ABCDEF", "abcdef")
_A_BANKS = "a bank card"
_DAYS = frozenset({"11", "12", "13", "15", "16", "17"})
_BASE32 = ("234567" + string.ascii_uppercase,)


class Reading(Protocol):
    """What is known of a device's readings."""

    def alphabets(self, text: str) -> Sequence[str]:
        """A character is replaced by one of the same alphabet; one of none stays."""
        ...

    def stays(self, text: str) -> set[int]:
        """Places of characters that say what it is, and not whose."""
        ...

    def mended(self, text: str, other: str) -> str:
        """`other` with the checks right that are right in `text`."""
        ...

    def comes_to(self, text: str) -> str:
        """In words without numbers."""
        ...


class Veil:
    """One recording's. `secret` is thrown away with it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._known: dict[str, str] = {}
        self._hopeless: set[str] = set()
        self._left = ALL_TRIES_MAX

    def over(self, text: str, reading: Reading) -> Iterator[str]:
        """Others that come to the same, at best the one that this reading was replaced by before."""
        if not text or text in self._hopeless:
            return
        wanted = reading.comes_to(text)
        known = self._known.get(text)
        if known is not None:
            yield known
        for number in range(min(TRIES_MAX, self._left)):
            self._left -= 1
            other = reading.mended(text, self._drawn(text, reading, number))
            if len(other) == len(text) and reading.comes_to(other) == wanted:
                self._known[text] = other
                yield other
        self._hopeless.add(text)

    def blank(self, text: str) -> str:
        """Where nothing that stands there may stay and nothing else comes to the same."""
        return "".join("0" if char.isalnum() else char for char in text)

    def noise(self, data: bytes, number: int = 0) -> bytes:
        """Other bytes, the same for the same."""
        return b"".join(
            hashlib.sha256(self._secret + number.to_bytes(4, "big") + at.to_bytes(4, "big") + data).digest()
            for at in range(-(-len(data) // 32))
        )[: len(data)]

    def _drawn(self, text: str, reading: Reading, number: int) -> str:
        """Runs of letters and digits are replaced each by itself: the same number in other company is too."""
        alphabets, stays = reading.alphabets(text), reading.stays(text)
        table = {char: alphabet for alphabet in alphabets for char in alphabet}
        other = list(text)
        for goes, places in groupby(range(len(text)), lambda at: text[at] in table and at not in stays):
            run = list(places)
            if not goes:
                continue
            noise = self.noise("".join(text[at] for at in run).encode(), number)
            for at, byte in zip(run, noise, strict=True):
                alphabet = table[text[at]]
                other[at] = alphabet[byte % len(alphabet)]
        return "".join(other)


class Tags:
    """125 kHz tags, as text."""

    def __init__(self, spelling: Spelling, kept: int | None) -> None:
        self._spelling = spelling
        self._kept = kept

    def alphabets(self, text: str) -> Sequence[str]:
        _ = text
        return _HEX

    def stays(self, text: str) -> set[int]:
        _ = text
        return set()

    def mended(self, text: str, other: str) -> str:
        if len(text) != _HEX_CHARS or self._spelling not in {Spelling.HEX, Spelling.AUTO}:
            return other
        try:
            fits = reduce(xor, bytes.fromhex(text)) == 0
            check = reduce(xor, bytes.fromhex(other[:-2]))
        except ValueError:
            return other
        spelt = f"{check:02x}" if text.endswith(tuple("abcdef")) else f"{check:02X}"
        return other[:-2] + spelt if fits else other

    def comes_to(self, text: str) -> str:
        found = tag_of(text, self._spelling, self._kept)
        return "tag" if isinstance(found, Tag) else found.why


class Stripes:
    """Magnetic stripes, as text."""

    _TRACKS = re.compile(r"([%;+])([^?]*)\?(.)", re.DOTALL)
    _KINDS = re.compile(r"(?<=%)[A-Z]|(?<=[%;+])E(?=\?)")
    _BY_START = {"%": Track.ONE, ";": Track.TWO, "+": Track.THREE}

    def __init__(self, where: Where, *, lrc: bool) -> None:
        self._where = where
        self._lrc = lrc

    def alphabets(self, text: str) -> Sequence[str]:
        _ = text
        return _ANY

    def stays(self, text: str) -> set[int]:
        """Format codes, and what a reader says of a track that it could not read."""
        return {found.start() for found in self._KINDS.finditer(text)}

    def mended(self, text: str, other: str) -> str:
        if not self._lrc:
            return other
        whole = list(other)
        for before, after in zip(self._TRACKS.finditer(text), self._TRACKS.finditer(other), strict=False):
            track = self._BY_START[before[1]]
            if before.span() == after.span() and before[3] == check_character(track, before[2]):
                whole[after.end() - 1] = check_character(track, after[2])
        return "".join(whole)

    def comes_to(self, text: str) -> str:
        found = swiped(text, lrc=self._lrc)
        match found:
            case BankCard():
                return _A_BANKS
            case BadSwipe(why=why):
                return why
            case _:
                pass
        try:
            credential_of(found, self._where)
        except UnknownCard as fault:
            return f"{found}: {fault}"
        return f"{found}"


class Banks(Stripes):
    """What is whole and no bank's stays. A cut or spoilt swipe may be a bank's: nobody can say."""

    def stays(self, text: str) -> set[int]:
        if not isinstance(swiped(text, lrc=self._lrc), Swipe):
            return super().stays(text)
        return set(range(len(text))) - set(banks_digits(text))


class Scans:
    """Scanned texts. `articles`: what stands on goods of the shop, and stays."""

    _KINDS = re.compile(r"(?:\][A-Za-z][0-9A-Za-z])?(?:[A-Z]{2,4}[-:])?")
    _JOINS = re.compile(r"(?<=JOIN:)1|(?<=\.)[0-9A-F]{4}|(?<=:)ST(?=-)")
    """Of a driver's code the province of the plate, and that a badge is one: of these thousands are alike."""

    def __init__(self, prefix: str, suffix: str, articles: frozenset[str]) -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._articles = articles

    def alphabets(self, text: str) -> Sequence[str]:
        return _BASE32 if text.removeprefix(self._prefix).startswith(PREFIX) else _ANY

    def stays(self, text: str) -> set[int]:
        bare = unwrapped(text, self._prefix, self._suffix)
        if isinstance(bare, BadLine):
            return set()
        begin, end = len(self._prefix), len(text) - len(self._suffix)
        kind = self._KINDS.match(bare)
        if bare in self._articles:
            return set(range(len(text)))
        around = {*range(begin + (kind.end() if kind else 0)), *range(end, len(text))}
        joins = self._JOINS.finditer(bare) if bare.startswith("JOIN:") else ()
        known = {at for one in joins for at in range(*one.span())}
        return around | {begin + at for at in known | self._identifiers(bare)}

    def _identifiers(self, bare: str) -> set[int]:
        """Of a label with elements: what says which they are, and days."""
        try:
            found = scanned(bare)
        except TerminalFault:
            return set()
        if not isinstance(found, ArticleCode) or found.elements is None:
            return set()
        places: set[int] = set()
        at = 0
        for identifier, value in found.elements.said:
            at = bare.index(identifier + value, at)
            places |= {*range(at, at + len(identifier) + len(value) * (identifier in _DAYS))}
            at += len(identifier) + len(value)
        return places

    def mended(self, text: str, other: str) -> str:
        _ = text
        return other

    def comes_to(self, text: str) -> str:
        bare = unwrapped(text, self._prefix, self._suffix)
        if isinstance(bare, BadLine):
            return bare.why
        try:
            return type(scanned(bare)).__name__
        except BadScan:
            return BadScan.code
        except TerminalFault as fault:
            return fault.code
