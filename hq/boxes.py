"""What was sealed to headquarters is opened here, and sealed again to the machine that may read it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from hq.sets_ports import PersonRow, ToldRow
from terminal.core.pin import made_ms
from terminal.core.values import MemberId, SiteId, WalletId
from terminal.core.wire.forms import UNREADABLE
from terminal.core.wire.people import TOKENS_MAX, Known, MemberRow, profile_about, who_about
from terminal.runtime.box import BoxSpoilt, sealed_to

log = logging.getLogger(__name__)

_FRESH_BYTES = 32

_known = msgspec.json.Decoder(Known)


class OwnKey(Protocol):
    def opened(self, box: bytes, about: bytes) -> bytes:
        """Raises BoxSpoilt."""
        ...


class MachineKeys(Protocol):
    async def box_key(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        """Of the machine that was let in last with that instance; None: there is none, or it was shut out."""
        ...


class Boxes:
    def __init__(self, own: OwnKey, machines: MachineKeys, random: Callable[[int], bytes]) -> None:
        """`random(n)` gives n random bytes."""
        self._own = own
        self._machines = machines
        self._random = random

    async def key_of(self, merchant: str, site: SiteId, instance: str) -> bytes | None:
        """In a transaction of its own: never asked within another one, which would wait for itself."""
        return await self._machines.box_key(merchant, site, instance)

    def who(self, person: PersonRow, site: SiteId, public: bytes) -> bytes:
        """The answer to ASK: only the machine with that key learns who it is."""
        return self.sealed(public, msgspec.json.encode(self.row(person)), who_about(site))

    def row(self, person: PersonRow) -> MemberRow:
        return MemberRow(
            wallet=WalletId(person.wallet),
            member=MemberId(person.member) if person.member else None,
            tier=person.tier,
            keys=person.keys[:TOKENS_MAX],
            traces=person.traces,
            known=self._with_pin(person),
            given=person.since > 0,
            since=person.since if person.told == person.wallet else 0,
        )

    def sealed(self, public: bytes, clear: bytes, about: bytes) -> bytes:
        return sealed_to(public, clear, about=about, fresh=self._random(_FRESH_BYTES))

    def own(self, box: bytes, about: bytes) -> bytes:
        """What was sealed to headquarters itself. Raises BoxSpoilt."""
        return self._own.opened(box, about)

    def _with_pin(self, person: PersonRow) -> Known:
        """Whoever has none where their wallets became one has that of another of them, as at the sites.

        Not one that was chosen before the wallet was given to them; nor where their own cannot be read.
        """
        known = self._known(person)
        if person.sealed and known == Known():
            return known
        stands = known.pin or self._newest(person, person.others)
        away = self._newest(person, person.pins)
        return replace(known, pin=away if made_ms(away) > made_ms(stands) else stands)

    def _newest(self, person: PersonRow, told: Sequence[ToldRow]) -> str:
        """Of the PINs in these that was chosen last, since the wallet is theirs."""
        boxes = (replace(person, told=one.wallet, edit=one.edit, sealed=one.sealed) for one in told)
        newest = max((self._known(one).pin for one in boxes), key=made_ms, default="")
        return newest if made_ms(newest) > person.since else ""

    def _known(self, person: PersonRow) -> Known:
        """Whose box does not open is known by key and wallet all the same."""
        if not person.sealed:
            return Known()
        try:
            about = profile_about(person.edit, WalletId(person.told))
            known = _known.decode(self._own.opened(person.sealed, about))
            return replace(known, told=())  # What one shop asked for its trade is told to no other.
        except (BoxSpoilt, *UNREADABLE) as fault:
            log.warning("the profile %s cannot be read: %s", person.edit, type(fault).__name__)
            return Known()
