"""How printing stands, as the attendant and the technician see it."""

from __future__ import annotations

from terminal.core.errors import PrinterFault
from terminal.core.events import DeviceHealth
from terminal.core.values import Value
from terminal.runtime.log import told


class PrinterState(Value, frozen=True, kw_only=True):
    """How printing stands, for status and attendant. `code` is empty while nothing is wrong."""

    health: DeviceHealth
    why: str = ""
    code: str = ""
    advice: str = ""


def as_printer_fault(fault: Exception) -> PrinterFault:
    """What a driver raised beside its own faults may have come after the first byte left."""
    return fault if isinstance(fault, PrinterFault) else PrinterFault(told(fault))


def broken(fault: PrinterFault) -> PrinterState:
    return PrinterState(health=DeviceHealth.DOWN, why=str(fault), code=fault.code, advice=fault.for_attendant)
