"""The member's PIN at this counter: whether it is needed, asking for it, and trying it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from terminal.core.commands import Occasion
from terminal.core.errors import (
    NoPin,
    NoStaffPin,
    NotAPin,
    PinLocked,
    StaffPinGiven,
    StaffPinLocked,
    WrongPin,
    WrongStaffPin,
)
from terminal.core.money import Fen, shown
from terminal.core.pin import PinCause, Pins, pin_cause, since_heard
from terminal.core.policy import WithoutPin
from terminal.core.screens import Choice, Keying, Line, Message, says
from terminal.core.trust import Credential, Holder
from terminal.core.values import StaffId
from terminal.desk.question import Questions

log = logging.getLogger(__name__)

_PIN = re.compile(r"[0-9]{4,12}\Z")
"""What ISO 9564-1 calls one; which may be chosen here is stricter."""
_FORGOTTEN = "forgotten"


class PinDesk:
    def __init__(
        self,
        pins: Pins,
        questions: Questions,
        limits: WithoutPin,
        occasion: Callable[[], Occasion],
        told: Callable[[StaffId], str],
    ) -> None:
        """`told`: what headquarters says that a PIN of somebody who works here is checked against."""
        self._pins = pins
        self._questions = questions
        self._limits = limits
        self._occasion = occasion
        self._told = told

    async def cause(self, card: Credential, holder: Holder, fen: Fen, *, roams: bool) -> PinCause | None:
        """See `core.ports.Desk`. `roams`: lost cards are reported to a headquarters, too."""
        now = self._occasion()
        cause = pin_cause(
            card,
            fen,
            spent=await self._pins.spent(holder, now.business_day),
            limits=self._limits,
            hot_list_ms=since_heard(await self._pins.heard(), now) if roams else 0,
        )
        if cause is not None and not await self._pins.has(holder, card):
            raise NoPin(f"{cause.name}")
        return cause

    async def asked(  # noqa: PLR0913  what stands on the screen, each by its name
        self, prompt: str, *, amount: Fen, points: int, why: Message | None, left: int | None, skip: str
    ) -> str | None:
        taken = (Line(label=says("Points to be used"), value=str(points)),) if points else ()

        def keyed(text: str) -> str | None:
            return None if skip and text == _FORGOTTEN else _as_keyed(text)

        return await self._questions.keyed(
            says(prompt),
            keyed,
            keying=Keying.PIN,
            lines=(*taken, *((Line(label=why),) if why else ()), *_tries(left)),
            choices=(Choice(do="pick", value=_FORGOTTEN, label=says(skip)),) if skip else (),
            amount=shown(amount) if amount and not points else "",
        )

    async def has_staff(self, staff: StaffId) -> bool:
        return await self._pins.has_staff(staff, self._told(staff))

    async def staff_verifiers(self, staff: StaffId) -> tuple[str, str]:
        """Of the PIN that they chose here, and by headquarters' word; another, once they have another PIN."""
        return await self._pins.staff_verifier(staff), self._told(staff)

    async def of_staff(self, staff: StaffId, pin: str) -> bool:
        """One try. Raises PinRefused."""
        return await self._pins.check_staff(staff, pin, self._told(staff))

    async def proved(self, staff: StaffId, name: str, *, amount: Fen, given: bool = False) -> None:
        """Somebody who works here keys theirs, asked until it is right. `given`: one that was given will do.

        Raises StaffPinLocked, NoStaffPin or StaffPinGiven.
        """
        wrong: WrongStaffPin | None = None
        while True:
            pin = await self._questions.keyed(
                says("{name} keys the PIN", name=name),
                _as_keyed,
                again=wrong,
                keying=Keying.PIN,
                lines=_tries(wrong.left if wrong else None),
                amount=shown(amount) if amount else "",
            )
            try:
                if await self.of_staff(staff, pin) and not given:
                    raise StaffPinGiven("not chosen by themselves")
            except WrongPin as refusal:
                wrong = WrongStaffPin(refusal.left)
                log.warning("wrong staff PIN: by=%s left=%d", staff, wrong.left)
            except PinLocked as locked:
                raise StaffPinLocked(str(locked)) from None
            except NoPin as none:
                raise NoStaffPin(str(none)) from None
            else:
                return


def _as_keyed(text: str) -> str:
    if not _PIN.match(text):
        raise NotAPin("not of 4 to 12 digits")
    return text


def _tries(left: int | None) -> tuple[Line, ...]:
    return () if left is None else (Line(label=says("Tries left"), value=str(left)),)
