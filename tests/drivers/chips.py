"""A conversation played against a card in one process, and what is true of every conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

from terminal.core.chips import KeyUse
from terminal.core.errors import CardNotGenuine, CardSwapped, CardTorn, UnknownCard
from terminal.core.trust import Credential
from terminal.drivers.codecs.apdu import Conversation
from terminal.drivers.virtual.vpcd_card import Card

T = TypeVar("T")

FAULTS = (CardTorn, UnknownCard, CardNotGenuine, CardSwapped)
COMMANDS_MAX = 300

Talk = Callable[[], Conversation[Credential]]


class Keys:
    """`CardKeys` out of a table."""

    def __init__(self, table: dict[tuple[KeyUse, str], bytes]) -> None:
        self._table = table

    def key(self, use: KeyUse, card: str) -> bytes | None:
        return self._table.get((use, card))


class Seen:
    """`SeenCounters` in memory."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}

    def rises(self, card: str, counter: int) -> bool:
        higher = counter > self.last.get(card, -1)
        if higher:
            self.last[card] = counter
        return higher


def played(talk: Conversation[T], card: Card, *, tear_at: int | None = None) -> T:
    """With a card that leaves in the middle of the n-th command, where that is asked for."""
    card.powered()
    try:
        command = next(talk)
        for number in range(1, COMMANDS_MAX):
            command = talk.send(b"" if number == tear_at else card.answer(command))
    except StopIteration as done:
        found: T = done.value
        return found
    raise AssertionError("it never ends")


def commands_of(talk: Conversation[Credential], card: Card) -> int:
    count = 0

    class Counted:
        atr, tear_at, mute = card.atr, None, False

        def powered(self) -> None:
            card.powered()

        def answer(self, apdu: bytes) -> bytes:
            nonlocal count
            count += 1
            return card.answer(apdu)

    played(talk, Counted())
    return count


def torn_anywhere(talk: Talk, card: Callable[[], Card]) -> int:
    """Torn at each of its commands it says so, and that it may be tried again. How many there were."""
    count = commands_of(talk(), card())
    for at in range(1, count + 1):
        with pytest.raises(CardTorn):
            played(talk(), card(), tear_at=at)
    return count


def answered(talk: Conversation[Credential], answers: Iterable[bytes]) -> Credential | None:
    """By a card that says anything. None: it ended with one of the faults that have words."""
    said = iter(answers)
    try:
        command = next(talk)
        for _ in range(COMMANDS_MAX):
            assert 4 <= len(command) <= 5 + 255 + 1
            command = talk.send(next(said, b"\x6f\x00"))
    except StopIteration as done:
        found: Credential = done.value
        return found
    except FAULTS as fault:
        words = str(fault)
    else:
        raise AssertionError("it never ends")
    assert words
    return None
