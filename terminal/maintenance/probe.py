"""Devices of a terminal that does not run: each is opened once, to see whether it answers."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from terminal.core.events import DeviceChanged, DeviceHealth
from terminal.core.ports import InputDevice, PosPrinter
from terminal.maintenance.facts import DeviceFacts
from terminal.runtime.log import told

PROBE_S = 3.0
PRINTER_PROBE_S = 20.0
"""A printer is not ready, it is asked; its driver's own times are shorter as they usually are."""


async def input_facts(name: str, kind: str, device: InputDevice) -> DeviceFacts:
    """Of a reader or scanner."""
    try:
        async with asyncio.timeout(PROBE_S):
            return await _opened(name, kind, device)
    except TimeoutError:
        return _down(name, kind, f"did not say that it is ready within {PROBE_S:.0f} s")
    except Exception as fault:  # noqa: BLE001  whatever a driver raises is what is to be shown
        return _down(name, kind, told(fault))


async def _opened(name: str, kind: str, device: InputDevice) -> DeviceFacts:
    async with aclosing(device.events()) as events:
        async for event in events:
            if not isinstance(event, DeviceChanged):
                continue
            if event.health is DeviceHealth.READY:
                return DeviceFacts(name=name, kind=kind, health=DeviceHealth.READY, why=event.why)
            if event.health is DeviceHealth.DOWN:
                return _down(name, kind, event.why)
    return _down(name, kind, "ended without a reason")


async def printer_facts(name: str, printer: PosPrinter) -> DeviceFacts:
    try:
        async with asyncio.timeout(PRINTER_PROBE_S):
            said = await printer.status()
    except TimeoutError:
        return _down(name, "printer", f"did not say how it is within {PRINTER_PROBE_S:.0f} s")
    except Exception as fault:  # noqa: BLE001  as with a reader
        return _down(name, "printer", told(fault))
    if said.startswith("unknown"):
        return DeviceFacts(name=name, kind="printer", health=DeviceHealth.UNKNOWN, why=said)
    if not said.startswith("ready"):
        return _down(name, "printer", said)
    return DeviceFacts(name=name, kind="printer", health=DeviceHealth.READY)


def _down(name: str, kind: str, why: str) -> DeviceFacts:
    return DeviceFacts(name=name, kind=kind, health=DeviceHealth.DOWN, why=why)
