"""A bank's card terminal on a serial cable that speaks ZVT (see `codecs.zvt`). Not yet proven on hardware.

It does one thing at a time. What was begun there goes on although nobody waits for its answer any more, so
that the next one who asks hears how it ended.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta

from terminal.core.acquirer import Order, Outcome, Said
from terminal.core.card_terminal import Printed
from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.drivers.codecs import zvt
from terminal.drivers.codecs.zvt import Control, Packet, Sign, Spoilt, Status
from terminal.runtime.descriptor import Bell
from terminal.runtime.serial_port import BytePort, opened

log = logging.getLogger(__name__)

KIND: Final = "bank_terminal"
UNRECORDED: Final = ""
"""No device has that name: numbers of bank cards pass over this line, and no recording is made of it."""
_TRIES = 3
_UNKNOWN: Final = Said(outcome=Outcome.UNKNOWN)


class Settings(Value, frozen=True, kw_only=True):
    """Where it is, and who may tell it what to do."""

    path: Path
    baud: Annotated[int, Meta(ge=1_200, le=115_200)] = 9_600
    password_file: Path
    """Six digits, set at the terminal, alone in a file that only the terminal's user can read."""
    currency: Annotated[int, Meta(ge=1, le=999)] = 156
    """ISO 4217's number; 156 is the yuan."""
    answer_ms: Annotated[int, Meta(ge=100, le=30_000)] = 5_000
    """For the first answer to a command."""
    customer_s: Annotated[int, Meta(ge=10, le=600)] = 120
    """For whatever follows while the customer presents a card and keys a PIN there."""

    def password(self) -> int:
        """Raises DeviceMissing: it cannot be read."""
        try:
            said = self.password_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            said = ""
        if len(said) != 6 or not said.isdecimal():  # noqa: PLR2004  as the protocol has it
            raise DeviceMissing(f"{self.password_file}: not six digits that can be read")
        return int(said)


def build(name: str, settings: Settings, clock: Clock) -> BankTerminal:
    return BankTerminal(name, settings, clock)


class _Ended(Value, frozen=True, kw_only=True):
    """How a command ended at the terminal."""

    done: bool
    status: Status = Status()
    code: int = 0


class _Job:
    """What somebody wants of the terminal."""

    def __init__(self, packet: Packet, order: Order | None) -> None:
        self.packet = packet
        self.order = order
        self.ended: asyncio.Future[_Ended | None] = asyncio.get_running_loop().create_future()
        """None: the line went, or nothing was heard."""

    def end(self, ended: _Ended | None) -> None:
        if not self.ended.done():
            self.ended.set_result(ended)


class BankTerminal:
    """`CardTerminal` of one cable."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._waiting: deque[_Job] = deque()
        self._now: _Job | None = None
        self._bell = Bell()
        self._stop = False
        self._live = False

    @property
    def present(self) -> bool:
        return self._live

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: the port is not there, gone, or nobody answers at it."""
        password = self._settings.password()
        with opened(self._settings.path, baud=self._settings.baud, device=UNRECORDED) as port:
            talk = _Talk(port, self._settings, self._clock)
            try:
                begun = await self._done(talk, zvt.registration(password, self._settings.currency))
                if begun is None or not begun.done:
                    raise DeviceMissing(f"{self._settings.path}: it does not register")
                self._live = True
                yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
                while True:
                    await self._serve(talk)
            finally:
                self._live = False
                for job in (self._now, *self._waiting):
                    if job is not None:
                        job.end(None)
                self._now = None
                self._waiting.clear()

    async def last(self) -> Printed | None:
        ended = None if self._now or self._waiting else await self._ask(zvt.repeat)
        said = ended.status if ended is not None and ended.done else Status()
        if said.receipt is None or said.amount is None:  # Of none nobody could tell what came after it.
            return None
        return Printed(number=said.receipt, amount=said.amount, done=said.result == 0)

    async def pay(self, order: Order) -> Said:
        ended = await self._ask(lambda _: zvt.authorisation(order.amount, self._settings.currency), order)
        if ended is None:
            return _UNKNOWN
        if not ended.done:
            return Said(outcome=Outcome.REFUSED, evidence=f"code {ended.code:02X}")
        said = ended.status
        if not said.done or said.receipt is None or said.amount != order.amount:
            return _UNKNOWN
        return Said(outcome=Outcome.PAID, evidence=f"receipt {said.receipt:04}", receipt=said.receipt)

    async def stop(self, order: Order) -> None:
        running = self._now
        if running is not None and running.order == order:
            self._stop = True
            self._bell.ring()
            await asyncio.wait([running.ended], timeout=self._settings.answer_ms / 1000)

    async def reverse(self, receipt: Printed) -> Said:
        ended = await self._ask(lambda password: zvt.reversal(password, receipt.number))
        if ended is not None and ended.done:
            return Said(outcome=Outcome.UNDONE, evidence=f"reversed {receipt.number:04}")
        now = await self.last() if ended is not None else None
        if ended is None or now is None or now.number != receipt.number:
            return _UNKNOWN  # It may have been reversed before, and its answer lost.
        return Said(outcome=Outcome.REFUSED, evidence=f"code {ended.code:02X}")

    async def _ask(self, made: Callable[[int], Packet], order: Order | None = None) -> _Ended | None:
        """After what is done there now; None: it is away, or says nothing."""
        if not self._live:
            return None
        job = _Job(made(self._settings.password()), order)
        self._waiting.append(job)
        self._bell.ring()
        return await asyncio.shield(job.ended)

    async def _serve(self, talk: _Talk) -> None:
        if not self._waiting:
            await talk.idle(self._bell)
            self._bell.answered()
            return
        self._now, self._stop = self._waiting.popleft(), False
        job = self._now
        ended = await self._done(talk, job.packet)
        self._now = None
        job.end(ended)

    async def _done(self, talk: _Talk, packet: Packet) -> _Ended | None:
        """From the command to its completion. None: nothing was heard in time."""
        if not await talk.sent(packet):
            return None
        taken = await talk.heard(self._settings.answer_ms)
        while taken is not None and not (taken.refused or taken.control == Control.DONE):
            await talk.sent(zvt.DONE)  # Said once more of what was before.
            taken = await talk.heard(self._settings.answer_ms)
        if taken is None or taken.refused:
            return None if taken is None else _Ended(done=False, code=taken.code)
        return await self._followed(talk)

    async def _followed(self, talk: _Talk) -> _Ended | None:
        status, until = Status(), self._clock.mono_ms() + self._settings.customer_s * 1000
        while (left := until - self._clock.mono_ms()) > 0:
            heard = await talk.heard(left, self._bell)
            if heard is None:
                if self._bell.answered() and self._stop:
                    self._stop = False
                    await talk.sent(zvt.ABORT)
                continue
            if heard.control == Control.DONE or heard.refused:  # Of the abort.
                continue
            await talk.sent(zvt.DONE)
            match heard.control:
                case Control.STATUS:
                    status = zvt.status_of(heard.data)
                case Control.COMPLETION:
                    return _Ended(done=True, status=status)
                case Control.ABORTED:
                    return _Ended(done=False, status=status, code=heard.code)
                case _:
                    pass
        return None


class _Talk:
    """Packets over the line: each acknowledged, and sent again where it was spoilt."""

    def __init__(self, port: BytePort, settings: Settings, clock: Clock) -> None:
        self._port = port
        self._settings = settings
        self._clock = clock
        self._decoder = zvt.ZvtDecoder()
        self._heard: deque[Packet | Sign] = deque()

    async def idle(self, bell: Bell) -> None:
        """Until somebody wants something. Raises DeviceMissing: the line ended meanwhile."""
        self._took(await self._port.read(bell=bell))
        self._heard.clear()  # It has nothing to say by itself.

    async def sent(self, packet: Packet) -> bool:
        """Whether it was acknowledged. What came meanwhile is kept.

        Sent again is only what the terminal says came spoilt: of silence nobody knows what it heard.
        """
        for _ in range(_TRIES):
            self._port.answer(zvt.framed(packet))
            if (sign := await self._sign()) is Sign.ACK:
                return True
            if sign is None:
                break
        log.warning("not acknowledged: device=bank terminal command=%04X", packet.control)
        return False

    async def heard(self, within_ms: int, bell: Bell | None = None) -> Packet | None:
        """The next packet; None: none in that time, or the bell rang."""
        until = self._clock.mono_ms() + within_ms
        while True:
            while self._heard:
                if isinstance(one := self._heard.popleft(), Packet):
                    return one
            left = until - self._clock.mono_ms()
            if left <= 0:
                return None
            data = await self._port.read(left, bell=bell)
            if not data:
                self._spoilt(self._decoder.silence())
                return None
            self._took(data)

    async def _sign(self) -> Sign | None:
        until = self._clock.mono_ms() + self._settings.answer_ms
        while True:
            for one in list(self._heard):
                if isinstance(one, Sign):
                    self._heard.remove(one)
                    return one
            left = until - self._clock.mono_ms()
            if left <= 0:
                return None
            self._took(await self._port.read(left))

    def _took(self, data: bytes) -> None:
        for one in self._decoder.feed(data):
            if isinstance(one, Spoilt):
                self._spoilt([one])
            else:
                if isinstance(one, Packet):
                    self._port.answer(bytes([zvt.ACK]))
                self._heard.append(one)

    def _spoilt(self, found: list[zvt.Heard]) -> None:
        for one in found:
            log.info("a packet was spoilt: why=%s", one.why if isinstance(one, Spoilt) else "")
            self._port.answer(bytes([zvt.NAK]))
