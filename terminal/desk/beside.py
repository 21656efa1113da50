"""Beside the page and never in its way: sounds, lights, drawer, the customer's display, spoken amounts."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from terminal.core.commands import (
    BookDeposit,
    Booked,
    BookFleetFunds,
    BookRecharge,
    BookSale,
    Command,
)
from terminal.core.facing import facing
from terminal.core.ports import InputDevice, LineDisplay, Signals, Voice
from terminal.core.screens import Screen, State
from terminal.core.signals import Cue, cue_for, cue_of
from terminal.core.spoken import Outcome
from terminal.desk.shown import paid, takes_cash
from terminal.runtime.log import told

log = logging.getLogger(__name__)


class Beside:
    """All such devices of this terminal. Raises nothing: a sale stands without them."""

    def __init__(self) -> None:
        self._signals: list[Signals] = []
        self._displays: list[LineDisplay] = []
        self._voices: list[Voice] = []

    def add(self, device: InputDevice) -> None:
        """What it can do is used from now on; a reader can do nothing of that."""
        if isinstance(device, Signals):
            self._signals.append(device)
        if isinstance(device, LineDisplay):
            self._displays.append(device)
        if isinstance(device, Voice):
            self._voices.append(device)

    def screen(self, before: State, screen: Screen, *, presented: bool, forwarded: bool) -> None:
        """See `core.signals.cue_for` and `core.facing`."""
        for display in self._displays:
            _done("rows", display, partial(display.face, facing(screen, balance=display.shows_balance)))
        cue = cue_for(before, screen, presented=presented, forwarded=forwarded)
        reopened = before is State.CLOSED and screen.state is not State.CLOSED
        if cue is not None or reopened:
            self._signal(cue)

    def refused(self, code: str) -> None:
        """What was presented came to nothing, and no screen says so."""
        self._signal(cue_of(code))

    def keyed(self, digit: str) -> None:
        """By a code of the command sheet, with no new screen. `digit`: what is said aloud; empty: nothing."""
        self._signal(Cue.ACCEPTED)
        if digit.isdecimal():
            for voice in self._voices:
                _done("digit", voice, partial(voice.spell, digit))

    def twice(self) -> None:
        """A digit was read twice, and counted once."""
        self._signal(Cue.USED)

    def tried(self, cue: Cue | None) -> bool:
        """A technician looks whether lamps and buzzer work. False: there are none."""
        self._signal(cue)
        return bool(self._signals)

    def _signal(self, cue: Cue | None) -> None:
        for one in self._signals:
            _done("signal", one, partial(one.signal, cue))

    def booked(self, booked: Booked) -> None:
        """After COMMIT, once."""
        if takes_cash(booked):
            for one in self._signals:
                _done("drawer", one, one.open_drawer)
        outcome = _said_of(booked.command)
        if outcome is None:
            return
        for voice in self._voices:
            _done("amount", voice, partial(voice.say, outcome, paid(booked.command)))


def _said_of(command: Command) -> Outcome | None:
    """None: nobody has paid anything, as where a company is given credit."""
    match command:
        case BookRecharge():
            return Outcome.RECHARGED
        case BookSale() | BookDeposit():
            return Outcome.PAID
        case BookFleetFunds(paid_by=way) if way is not None:
            return Outcome.PAID
        case _:
            return None


def _done(what: str, device: InputDevice, do: Callable[[], None]) -> None:
    try:
        do()
    except Exception as fault:  # noqa: BLE001  a defect of a driver must not end a sale
        log.error("%s not given: device=%s why=%s", what, device.name, told(fault))  # noqa: TRY400  texts of foreign exceptions stay out of the log
