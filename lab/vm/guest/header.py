"""The product's pins on the kernel's simulated header: what is driven is read back, what is done is heard."""

from __future__ import annotations

import asyncio
import os

from lab.vm.guest.pins import Header
from lab.vm.guest.stand import NOTICED_S, Stand, Wrong, standing
from terminal.core.events import ButtonPressed, CaseOpened, Does
from terminal.core.signals import Cue
from terminal.drivers import pins
from terminal.drivers.header.settings import Button, Buzzer, Drawer, Lamps, Lid
from terminal.runtime.clock import SystemClock

_BUZZER, _GREEN, _RED, _DRAWER, _BUTTON, _LID = 18, 17, 27, 23, 22, 24
_SETTINGS = pins.Settings(
    buzzer=Buzzer(pin=_BUZZER),
    lamps=Lamps(green=_GREEN, red=_RED),
    drawer=Drawer(pin=_DRAWER, pulse_ms=300),
    buttons=(Button(pin=_BUTTON, does=Does.CONFIRM),),
    lid=Lid(pin=_LID),
    debounce_ms=100,
)
_BOUNCES, _BOUNCE_S = 7, 0.01
_PRESSES = 3


async def pins_are_driven_and_heard_as_on_a_pi() -> None:
    header = Header()
    os.environ.update(header.environment)
    os.chdir("/tmp")  # noqa: S108  where its library may leave a pipe
    box = pins.build("box", _SETTINGS, SystemClock())
    async with standing(box) as stand:
        await stand.ready()
        await stand.said(CaseOpened(device="box"))  # Nothing is at that pin, as with a wire that was cut.
        await _signals(box, header)
        box.open_drawer()
        await _becomes(header, _DRAWER, 1, 0)
        for _ in range(_PRESSES):
            await _pressed(header, stand)
        header.pull(_LID, up=False)
        await asyncio.sleep(1)  # It may be a press, or an open case, that nobody made.
        await stand.silent()
        header.pull(_LID, up=True)
        await stand.said(CaseOpened(device="box"))


async def _signals(box: pins.Pins, header: Header) -> None:
    box.signal(Cue.REJECTED)
    await _becomes(header, _RED, 1)
    await _becomes(header, _BUZZER, 1, 0, 1, 0)
    box.signal(Cue.ACCEPTED)
    await _becomes(header, _GREEN, 1, 0)
    if header.level(_RED):
        raise Wrong("it stayed red after the next result")
    if any(header.level(_BUZZER) for _ in range(200)):
        raise Wrong("it sounds after its signal has ended")


async def _pressed(header: Header, stand: Stand) -> None:
    """Once, however it bounces, when it goes down and when it comes up."""
    await _bounced(header, up=False)
    await stand.said(ButtonPressed(device="box", does=Does.CONFIRM))
    await _bounced(header, up=True)
    await asyncio.sleep(0.5)
    await stand.silent()


async def _bounced(header: Header, *, up: bool) -> None:
    for _ in range(_BOUNCES):
        header.pull(_BUTTON, up=up)
        await asyncio.sleep(_BOUNCE_S)
        header.pull(_BUTTON, up=not up)
        await asyncio.sleep(_BOUNCE_S)
    header.pull(_BUTTON, up=up)


async def _becomes(header: Header, pin: int, *levels: int) -> None:
    for level in levels:
        if not await asyncio.to_thread(header.becomes, pin, level, NOTICED_S):
            raise Wrong(f"pin {pin} was to become {level}")
