"""What a site knows of chips that can prove themselves: their keys, and how far they had counted.

No master key comes to a terminal. A key here is one card's own, diversified from the master by its UID or
number. Some may be common to all cards, because they prove nothing: what opens a place with a plain number in
it, and what shows which card it is. A secure access module keeps masters that never leave it: it judges cards
itself, as headquarters does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, Protocol

from terminal.core.sun import Proof
from terminal.core.values import Value


class KeyUse(StrEnum):
    """What a key is for."""

    SECTOR = "sector"
    """6 bytes: opens a MIFARE Classic sector. May be common."""
    SUN_META = "sun_meta"
    """AES-128: shows the UID and counter that an NTAG 424 DNA encrypts. May be common."""
    SUN = "sun"
    """AES-128: checks the MAC of an NTAG 424 DNA's message."""
    DESFIRE = "desfire"
    """AES-128: mutual authentication with a DESFire application."""
    CPU = "cpu"
    """Triple DES of 16 bytes: internal authentication of an ISO 7816-4 card, by its number."""
    CPU_READ = "cpu_read"
    """The same, for external authentication where the number may not be read without."""


COMMON: Final = frozenset({KeyUse.SECTOR, KeyUse.SUN_META, KeyUse.CPU_READ})
KEY_BYTES: Final = {KeyUse.SECTOR: 6} | {use: 16 for use in KeyUse if use is not KeyUse.SECTOR}


def diversified_by(uid: bytes, application: str, system: str) -> bytes:
    """What an issuer diversifies a card's AES key by (AN10922). `application`: its AID in hex."""
    return uid + bytes.fromhex(application) + system.encode("ascii")


class CardKeys(Protocol):
    """Asked by the thread that talks to the card; may read a file, never the network."""

    def key(self, use: KeyUse, card: str) -> bytes | None:
        """Of this card, by its UID in upper-case hex or its number; the common one by an empty name."""
        ...


class SeenCounters(Protocol):
    def rises(self, card: str, counter: int) -> bool | None:
        """Whether that is higher than all before of this card: then it is durable when it returns.

        None: it cannot be remembered now.
        """
        ...


class Begun(Value, frozen=True, kw_only=True):
    say: bytes
    """To the card."""
    state: bytes
    """To be brought back with its answer."""


class Judged(Value, frozen=True, kw_only=True):
    """`genuine` with the session that the card has opened."""

    genuine: bool
    ti: bytes = b""
    enc: bytes = b""
    mac: bytes = b""


class SunJudged(Value, frozen=True, kw_only=True):
    """Of the URL of an NTAG 424 DNA."""

    genuine: bool
    replayed: bool = False
    """It is right, and its counter was seen before."""
    uid: bytes = b""
    """Of a genuine one."""
    counter: int | None = None
    """Where whoever judged remembers no counters: whether it rises is to be asked here."""


class CardProver(Protocol):
    """Headquarters, for cards whose keys are not here and for counters that other sites saw; or a SAM.

    Asked by the reader's thread, which waits for it.
    """

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        """What to say to its challenge. None: nobody knows, or nobody answers now."""
        ...

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        """A challenge for the ISO 7816-4 card of that number."""
        ...

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        """What the card answered to what was begun."""
        ...

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        """`uid`: as the card shows it; empty where it shows a random one."""
        ...


class NoKeys:
    """A site that was given none: every card is known by what it says."""

    def key(self, use: KeyUse, card: str) -> bytes | None:
        _ = use, card
        return None


class NoneSeen:
    """Nobody remembers counters."""

    def rises(self, card: str, counter: int) -> bool | None:
        _ = card, counter
        return None


class NobodyProves:
    """There is no headquarters."""

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        _ = uid, application, said
        return None

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        _ = application, number
        return None

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        _ = uid, proof
        return None

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        _ = state, said
        return None


class InTurn:
    """`CardProver` of several: whoever of them answers first has the key. At most 256."""

    def __init__(self, provers: Sequence[CardProver]) -> None:
        self._provers = tuple(provers)

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        return self._first(one.begin(uid, application, said) for one in self._provers)

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        return self._first(one.begin_cpu(application, number) for one in self._provers)

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        """By whom it was begun."""
        return self._provers[state[0]].finish(state[1:], said)

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        """Those behind the one that takes it for genuine may have seen its counter elsewhere."""
        found: SunJudged | None = None
        for one in self._provers:
            judged = one.sun(uid, proof)
            if found is None:
                found = judged
            elif judged is not None and judged.replayed:
                return judged
            if found is not None and not found.genuine:
                return found
        return found

    def _first(self, answers: Iterator[Begun | None]) -> Begun | None:
        for at, begun in enumerate(answers):
            if begun is not None:
                return Begun(say=begun.say, state=bytes([at]) + begun.state)
        return None
