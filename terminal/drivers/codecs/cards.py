"""Which conversation is had with a card: by its answer to reset, and by what the reader's settings expect."""

from __future__ import annotations

from typing import Final

from terminal.core.chips import CardKeys, CardProver, KeyUse, SeenCounters
from terminal.core.errors import CardNotGenuine, UnknownCard
from terminal.core.trust import Credential
from terminal.core.values import Value
from terminal.drivers.codecs import classic, cpu_card, desfire, memory_card, ndef, sun
from terminal.drivers.codecs.apdu import Conversation
from terminal.drivers.codecs.atr import Chip, chip_of
from terminal.drivers.codecs.uid import is_random, known_by, uid


class Kinds(Value, frozen=True, kw_only=True):
    """The cards that a reader expects. One of a kind that is not set is known by its UID."""

    classic: classic.Settings | None = None
    ndef: ndef.Settings | None = None
    memory: memory_card.Settings | None = None
    sun: sun.Settings | None = None
    desfire: desfire.Settings | None = None
    cpu: cpu_card.Settings | None = None


def proves(kinds: Kinds) -> bool:
    """Some of them prove themselves: ciphers will be needed."""
    return any((kinds.sun, kinds.desfire, kinds.cpu))


FRESH_BYTES: Final = 16


class Known(Value, frozen=True, kw_only=True):
    """What this site knows of cards, and randomness for one conversation."""

    keys: CardKeys
    seen: SeenCounters
    prover: CardProver
    fresh: bytes
    """`FRESH_BYTES` random bytes, never used again."""


def presented(atr: bytes, kinds: Kinds, known: Known) -> Conversation[Credential]:
    """Who that is, and how it was proven. Raises the faults that `apdu` names."""
    chip = chip_of(atr)
    if chip in {Chip.SLE4442, Chip.SLE4428}:
        if kinds.memory is None:
            raise UnknownCard("a memory card, and this reader was not told where its number lies")
        return (yield from memory_card.presented(chip, kinds.memory))
    if chip is Chip.CONTACT:
        found = yield from _processor(kinds, known)
        if found is not None:
            return found
    return (yield from _contactless(chip, kinds, known))


def _contactless(chip: Chip, kinds: Kinds, known: Known) -> Conversation[Credential]:
    """A key that is here for this UID must be proven, whatever chip says that it is there."""
    found = yield from uid()
    name = found.hex().upper()
    if kinds.desfire and (key := known.keys.key(KeyUse.DESFIRE, name)):
        return (yield from desfire.presented(found, key, known.fresh, kinds.desfire))
    must_sign = bool(kinds.sun and known.keys.key(KeyUse.SUN, name))
    if kinds.sun and (must_sign or chip is Chip.CONTACTLESS):
        signed = yield from sun.presented(found, known.keys, known.seen, known.prover, kinds.sun)
        if signed is not None:
            return signed
        if must_sign:
            raise CardNotGenuine("it has not the message that its key is for")
    if chip is Chip.CONTACTLESS:
        return (yield from _elsewhere(found, kinds, known)) or known_by(found)
    if chip is Chip.CLASSIC and kinds.classic:
        return (yield from classic.presented(found, known.keys, kinds.classic))
    if chip is Chip.STORAGE and kinds.ndef:
        return (yield from ndef.presented(found, kinds.ndef))
    return known_by(found)


def _elsewhere(found: bytes, kinds: Kinds, known: Known) -> Conversation[Credential | None]:
    """A card whose key is not here: headquarters may have it; or it is known by another number."""
    if kinds.desfire and not is_random(found):
        proven = yield from desfire.relayed(found, known.prover, kinds.desfire)
        if proven is not None:
            return proven
    return (yield from _processor(kinds, known))


def _processor(kinds: Kinds, known: Known) -> Conversation[Credential | None]:
    if kinds.cpu is None:
        return None
    challenge = known.fresh[: cpu_card.CHALLENGE_BYTES]
    return (yield from cpu_card.presented(known.keys, known.prover, challenge, kinds.cpu))
