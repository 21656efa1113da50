"""Buzzer, lamps, drawer relay, buttons and the switch under the lid, on the header of a Raspberry Pi."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator
from typing import Final

from terminal.core.errors import DeviceMissing
from terminal.core.events import ButtonPressed, CaseOpened, DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.ports import Clock
from terminal.core.signals import DARK, SIGNALS, Cue, Moment, Signal, moment
from terminal.drivers.codecs.contact import Contact
from terminal.drivers.header.board import Board, module
from terminal.drivers.header.settings import Drawer, PinSettings

log = logging.getLogger(__name__)

KIND: Final = "signals"

_LOOK_MS = 1_000
"""So often the contacts are looked at without an edge, and it is seen whether the pins are still there."""
_REST_MS = 3
"""After each turn: a wire that picks up noise makes edges without end."""


class Settings(PinSettings, frozen=True, kw_only=True):
    """See `header.settings`; what is not named is not there."""


def build(name: str, settings: Settings, clock: Clock) -> Pins:
    return Pins(name, settings, clock)


class Pins:
    """`Signals` on the header. What is asked of it while it is down is lost: it would come too late."""

    def __init__(self, name: str, settings: Settings, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._stir = asyncio.Event()
        self._ready = False
        self._signal: Signal | None = None
        self._begun_ms: int | None = 0
        """None: it has not begun. It is counted from there: a busy machine may come to it late."""
        self._pulse: Drawer | None = None
        self._pulse_ends_ms: int | None = None
        """None: it has not begun."""

    def signal(self, cue: Cue | None) -> None:
        self._signal = SIGNALS[cue] if cue else None
        self._begun_ms = None if self._ready else self._clock.mono_ms()
        self._stir.set()

    def open_drawer(self) -> None:
        if self._settings.drawer is None:
            return
        if not self._ready:
            log.warning("the drawer was not opened: %s is down", self.name)
            return
        self._pulse = self._settings.drawer
        self._pulse_ends_ms = None
        self._stir.set()

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: no such pins, not permitted, or another program has one of them."""
        board = Board(await asyncio.to_thread(module), self._settings)
        loop = asyncio.get_running_loop()

        def on_edge(_pin: int) -> None:
            if not self._stir.is_set():
                with contextlib.suppress(RuntimeError):  # The loop may be gone when the terminal ends.
                    loop.call_soon_threadsafe(self._stir.set)

        try:
            with _as_missing():
                board.claim(on_edge)
                contacts = _Contacts(board, self._settings)
            self._ready = True
            yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
            if contacts.lid_open:
                yield CaseOpened(device=self.name)
            while True:
                self._stir.clear()
                now_ms = self._clock.mono_ms()
                with _as_missing():
                    next_ms = self._perform(board, now_ms)
                    heard = list(contacts.looked(self.name, now_ms))
                for event in heard:
                    yield event
                await self._rest(min(next_ms, contacts.next_ms(now_ms)) - self._clock.mono_ms())
        finally:
            self._ready, self._pulse = False, None
            board.release()

    def _perform(self, board: Board, now_ms: int) -> int:
        """What is due now; when the next thing is."""
        if self._pulse is not None and self._pulse_ends_ms is None:
            self._pulse_ends_ms = now_ms + self._pulse.pulse_ms
        elif self._pulse_ends_ms is not None and now_ms >= self._pulse_ends_ms:
            self._pulse = None
        board.drawer(on=self._pulse is not None)
        if self._begun_ms is None:
            self._begun_ms = now_ms
        at: Moment = moment(self._signal, now_ms - self._begun_ms) if self._signal else DARK
        board.sound(at.pitch)
        board.shine(at.lamps)
        due = [self._begun_ms + at.next_ms] if at.next_ms is not None else []
        if self._pulse is not None and self._pulse_ends_ms is not None:
            due.append(self._pulse_ends_ms)
        return min(due, default=now_ms + _LOOK_MS)

    async def _rest(self, ms: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, ms) / 1000):
                await self._stir.wait()
        await asyncio.sleep(_REST_MS / 1000)


class _Contacts:
    """Buttons and lid, as they were found when the pins were claimed."""

    def __init__(self, board: Board, settings: PinSettings) -> None:
        self._board = board
        self._settings = settings
        still_ms = settings.debounce_ms
        self._buttons = [
            (button, Contact(still_ms, closed=board.closed(button.pin))) for button in settings.buttons
        ]
        self._lid = Contact(still_ms, closed=board.closed(settings.lid.pin)) if settings.lid else None

    @property
    def lid_open(self) -> bool:
        lid = self._settings.lid
        return lid is not None and self._lid is not None and self._lid.closed is (lid.open == "low")

    def looked(self, device: str, now_ms: int) -> Iterator[DeviceEvent]:
        for button, contact in self._buttons:
            if contact.looked(now_ms, closed=self._board.closed(button.pin)) and contact.closed:
                yield ButtonPressed(device=device, does=button.does)
        lid = self._settings.lid
        if lid and self._lid and self._lid.looked(now_ms, closed=self._board.closed(lid.pin)):
            log.warning("the case was %s", "opened" if self.lid_open else "closed")
            if self.lid_open:
                yield CaseOpened(device=device)

    def next_ms(self, now_ms: int) -> int:
        contacts = [contact for _, contact in self._buttons] + ([self._lid] if self._lid else [])
        due = [one.look_at_ms for one in contacts if one.look_at_ms is not None]
        return min(due, default=now_ms + _LOOK_MS)


@contextlib.contextmanager
def _as_missing() -> Iterator[None]:
    """Whatever the library raises of pins that are not there, not ours, or gone."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001  each of the two libraries has its own
        raise DeviceMissing(f"the pins cannot be used: {type(fault).__name__} {fault}") from None
