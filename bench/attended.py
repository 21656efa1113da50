"""The whole terminal as `terminal run` starts it, with an attendant who answers at once and a stopwatch.

    python -m bench.attended CONFIG NOTES

Nothing of it is left out or replaced: the attendant is one more watcher of the `Front` port, which pages
use too, and touches what stands there. The stopwatch notes monotonic nanoseconds, in memory until the sale
is approved; then they are one more line of NOTES, a JSON object of `MOMENTS`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from unittest.mock import patch

from terminal.app import Terminal
from terminal.config import load
from terminal.core.events import CardPresented, DeviceEvent
from terminal.core.ports import Front, InputDevice
from terminal.core.screens import Intent, Screen, State
from terminal.kiosk.server import Kiosk
from terminal.runtime import log as logs
from terminal.runtime.notify import notifier_of_this_process
from terminal.runtime.steps import reached
from terminal.runtime.supervisor import Service
from terminal.store import committer

MOMENTS = ("seen", "heard", "asked", "picked", "confirming", "confirmed", "committing", "committed")
"""In their order: pcscd said that a card came; its UID is on the event loop; the attendant is asked how it
is paid; has answered; is asked to confirm; has confirmed; everything of the sale is in the transaction; it
is durable."""


class Stopwatch:
    """Of one sale at a time. The ledger's thread notes here too: each moment is one item of a dict."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._noted: dict[str, int] = {}

    def card(self, seen_ns: int) -> None:
        self._noted = {"seen": seen_ns, "heard": time.monotonic_ns()}

    def note(self, moment: str) -> None:
        """The first time counts: what is printed and acknowledged later is committed too."""
        self._noted.setdefault(moment, time.monotonic_ns())

    def reached(self, label: str) -> None:
        """In the place of `runtime.steps.reached`, for the ledger."""
        if label == "ledger.before_commit" and "confirmed" in self._noted:
            self.note("committing")
        elif label == "ledger.committed" and "confirmed" in self._noted:
            self.note("committed")
        reached(label)

    def approved(self) -> None:
        """Raises KeyError when a moment is missing: then this was not the sale that is measured."""
        noted, self._noted = self._noted, {}
        if noted:
            json.dump({moment: noted[moment] for moment in MOMENTS}, self._file)
            self._file.write("\n")
            self._file.flush()


class _Heard:
    """An input device whose cards are noted as they reach the event loop."""

    def __init__(self, device: InputDevice, watch: Stopwatch) -> None:
        self.name = device.name
        self._device = device
        self._watch = watch

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        async with aclosing(self._device.events()) as events:
            async for event in events:
                if isinstance(event, CardPresented):
                    self._watch.card(event.seen_ns)
                yield event


class Attendant:
    """Takes what was scanned, charges the card, confirms. All else is for the hand at the page."""

    def __init__(self, front: Front, watch: Stopwatch) -> None:
        self._front = front
        self._watch = watch

    async def run(self) -> None:
        async with aclosing(self._front.changes()) as changes:
            async for view in changes:
                self._answer(view.screen)

    def _answer(self, screen: Screen) -> None:
        watch, step = self._watch, screen.step
        match screen.state:
            case State.CART if screen.lines:
                self._front.intend(Intent(step=step, do="done"))
            case State.CHOOSING:
                watch.note("asked")
                self._front.intend(Intent(step=step, do="pick", value="stored"))
                watch.note("picked")
            case State.CONFIRM:
                watch.note("confirming")
                # Before the touch, which may wake the ledger's thread.
                watch.note("confirmed")
                self._front.intend(Intent(step=step, do="confirm"))
            case State.APPROVED:
                watch.approved()
            case _:
                pass


class Attended(Terminal):
    """Its devices are listened to through the stopwatch, and somebody stands at its counter."""

    watch: Stopwatch

    async def _opened_page(self) -> Kiosk:
        attendant = Attendant(self._counter, self.watch)
        self._supervisor.start(Service(name="attendant", run=attendant.run))
        return await super()._opened_page()

    async def _listen(self, device: InputDevice) -> None:
        await super()._listen(_Heard(device, self.watch))


def main(config: Path, notes: Path) -> None:
    settings = load(config)
    logs.begin(settings.file.terminal.log, journal="JOURNAL_STREAM" in os.environ)
    terminal = Attended(settings, notifier_of_this_process())
    terminal.watch = Stopwatch(notes)
    with patch.object(committer, "reached", terminal.watch.reached):
        asyncio.run(terminal.run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
