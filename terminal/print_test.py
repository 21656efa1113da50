"""`terminal print-test`: a ticket on which the technician sees which `charset` the printer understands."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from terminal.config import Device, built_printer
from terminal.core.errors import PrinterFault
from terminal.drivers.codecs.escpos import Bitmap, Profile
from terminal.drivers.codecs.ticket import trial
from terminal.runtime.clock import SystemClock
from terminal.salvaged import salvaged


def print_test(path: Path, name: str) -> int:
    """While the terminal runs or not.

    Exit 1: it did not print, and why. Exit 2: the file cannot be used, and where; what of it names a printer
    is used all the same.
    """
    found = salvaged(path)
    settings = found.settings
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")
    printers = {device.name: device for device in settings.devices if device.kind == "printer"}
    device = printers.get(name) if name else settings.printer
    if device is None and found.problems:
        sys.stderr.write(f"no printer that can be used: {', '.join(printers) or 'mend the lines above'}\n")
        return 2
    if device is None:
        known = ", ".join(printers) or "there is none"
        sys.stderr.write(f"no printer {name or 'is configured'}: {known}\n")
        return 1
    try:
        sys.stdout.write(asyncio.run(_printed(device, settings.logo)) + "\n")
    except PrinterFault as fault:
        sys.stderr.write(f"{fault}{'; part of it may be on paper' if fault.sent else ''}\n")
        return 1
    return 2 if found.problems else 0


async def _printed(device: Device, logo: Bitmap | None) -> str:
    """How the printer is afterwards."""
    printer = built_printer(device, SystemClock())
    profile = getattr(printer, "profile", Profile())
    await printer.print(trial(device.name, profile, logo))
    return f"{device.name}: printed; {await printer.status()}"
