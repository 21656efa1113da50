"""The twin of `FilePins`: the same rules over dictionaries, and verifiers that cost nothing."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from terminal.core.commands import Occasion
from terminal.core.errors import NoPin, PinLocked
from terminal.core.pin import TRIES_MAX, counted, wrong
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId
from terminal.store.pin_tries import of_staff

if TYPE_CHECKING:
    from terminal.store.memory import MemoryLedger


class MemoryPins:
    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._heard: Occasion | None = None
        self.made_ms = 0

    async def has(self, holder: Holder, card: Credential) -> bool:
        return bool(await self._verifier(holder, card))

    async def given_away(self, holder: Holder, card: Credential) -> bool:
        told = await self._ledger.told_of(card)
        return bool(self._ledger.changed_ms(holder.wallet)) or (told is not None and told.given)

    async def check(self, holder: Holder, card: Credential, pin: str) -> None:
        verifier = await self._verifier(holder, card)
        if not verifier:
            raise NoPin("none is known here")
        self._try(holder.wallet, verifier, pin)

    async def check_staff(self, staff: StaffId, pin: str, told: str = "") -> bool:
        verifier, given = self._ledger.staff_pins.get(staff, ("", False))
        if told and (not verifier or _ms(told) > _ms(verifier)):
            verifier, given = told, False
        if not verifier:
            raise NoPin("none was given")
        self._try(of_staff(staff), verifier, pin)
        return given

    async def has_staff(self, staff: StaffId, told: str) -> bool:
        return bool(told or self._ledger.staff_pins.get(staff, ("", False))[0])

    async def staff_verifier(self, staff: StaffId) -> str:
        verifier, given = self._ledger.staff_pins.get(staff, ("", False))
        return "" if given else verifier

    def _try(self, whose: str, verifier: str, pin: str) -> None:
        tries = self._ledger.pin_tries
        if tries.get(whose, 0) >= TRIES_MAX:
            raise PinLocked(f"{TRIES_MAX} tries were wrong")
        tries[whose] = tries.get(whose, 0) + 1
        if verifier.rpartition(".")[2] != sha256(pin.encode()).hexdigest():
            raise wrong(tries[whose])
        tries[whose] = 0

    async def verifier(self, pin: str) -> str:
        return f"twin.{self.made_ms}.{sha256(pin.encode()).hexdigest()}"

    async def spent(self, holder: Holder, day: str) -> int:
        entries = [entry for entry in self._ledger.entries.values() if entry.at.business_day == day]
        return sum(counted(entry, holder.wallet, self._ledger.entry) for entry in entries)

    async def hear(self, at: Occasion) -> None:
        self._heard = at

    async def heard(self) -> Occasion | None:
        return self._heard

    async def _verifier(self, holder: Holder, card: Credential) -> str:
        own = self._ledger.pins.get(holder.wallet, "")
        told = await self._ledger.told_of(card)
        far = told.known.pin if told else ""
        changed_ms = self._ledger.changed_ms(holder.wallet)
        return far if far and _ms(far) > (_ms(own) if own else changed_ms) else own


def _ms(verifier: str) -> int:
    return int(verifier.split(".")[1])
