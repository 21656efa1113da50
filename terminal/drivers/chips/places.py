"""At which USB port each chip card reader is.

pcscd calls two of one model `00 00` and `01 00` in the order in which it found them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from terminal.core.values import Value
from terminal.drivers.chips.played import PlayedScard
from terminal.drivers.usb.ports import Plugged, is_there, plugged

CHANNEL_ID: Final = 0x00020110
"""SCARD_ATTR_CHANNEL_ID (PC/SC part 3)."""
_BYTES = 4
_USB = 0x0020
_CODE = 0xFFFFFFFF
_ANSWER_S = 0.5
"""For a reader to say where it is. One that waits for a card that answers nothing does not."""


def usb_address(channel: bytes) -> tuple[int, int] | None:
    """Bus and device address; None: it says something else.

    A number 0xDDDDCCCC in this machine's order, where DDDD is 0x0020 for USB; of CCCC libccid makes bus
    and address (its SCARDGETATTRIB, since 1.4.32).
    """
    number = int.from_bytes(channel, sys.byteorder)
    if len(channel) != _BYTES or number >> 16 != _USB:
        return None
    return number >> 8 & 0xFF, number & 0xFF


class Untold(Value, frozen=True, kw_only=True):
    """It is not known where a reader is."""

    why: str
    for_good: bool
    """It would say the same again."""


class Places:
    """Of the readers that are called so; each is asked once as long as it is plugged in.

    Outlives the reader's thread: while a card hangs, its reader cannot be asked. To be made anew for another
    pcscd, which may call the readers otherwise.

    Args:
        called: a part of their names.
        port: of USB, where those are that are wanted; empty: anywhere.
        devices: of sysfs.
        asking: of readers that have not answered yet; another run goes on waiting for those.
    """

    def __init__(
        self, called: str, port: str, devices: Path, asking: dict[str, Asking] | None = None
    ) -> None:
        self._called = called
        self._port = port
        self._devices = devices
        self._known: dict[str, Plugged | Untold] = {}
        self._asking = {} if asking is None else asking
        for name in [name for name, one in self._asking.items() if one.over.is_set()]:
            self._asking.pop(name, None)  # Of another pcscd, perhaps.

    def of(self, scard: Any, names: Iterable[str]) -> dict[str, Plugged | None]:  # noqa: ANN401
        """Those of them that are wanted; None: it does not say where, and may be anywhere. Blocks.

        Args:
            scard: pyscard's plain functions, which have no types, or a recording.
            names: of all readers.
        """
        found = sorted(name for name in names if self._called.casefold() in name.casefold())
        if isinstance(scard, PlayedScard):  # It holds only the readers that were wanted.
            return dict.fromkeys(found)
        for name in self._known.keys() - set(found):
            self._known.pop(name, None)
            self._asking.pop(name, None)
        for name in found:
            if not self._holds(self._known.get(name)):
                self._known[name] = self._asked(scard, name)
        return {
            name: place if isinstance(place, Plugged) else None
            for name, place in sorted(self._known.items())
            if not self._port or (isinstance(place, Plugged) and place.port == self._port)
        }

    def why_none(self, names: Sequence[str]) -> str:
        """Of these was wanted; for the technician."""
        if not self._known:
            return f"no reader is called {self._called!r}; there are: {names}"
        told = ", ".join(
            f"{name} at port {place.port}" if isinstance(place, Plugged) else f"{name} ({place.why})"
            for name, place in sorted(self._known.items())
        )
        if not any(isinstance(place, Plugged) for place in self._known.values()):
            return f"`port` cannot say which reader it is: {told}"
        return f"no reader called {self._called!r} is at port {self._port}; there are: {told}"

    def _holds(self, place: Plugged | Untold | None) -> bool:
        if isinstance(place, Plugged):
            return is_there(place, self._devices)
        return place is not None and place.for_good

    def _asked(self, scard: Any, reader: str) -> Plugged | Untold:  # noqa: ANN401
        asking = self._asking.get(reader)
        if asking is None:
            asking = self._asking[reader] = Asking(scard, reader)
            asking.over.wait(_ANSWER_S)
        if not asking.over.is_set():
            return Untold(why="does not answer now", for_good=False)
        self._asking.pop(reader, None)  # Also a thread that was left behind takes it, when it goes on.
        found = asking.found
        if isinstance(found, Untold):
            return found
        return plugged(*found, self._devices) or Untold(
            why="bus {} has no device {}".format(*found), for_good=False
        )


class Asking:
    """One reader is asked where it is, in a thread of its own.

    That may hang as long as a card there answers nothing, and must not keep down a reader beside it.
    """

    def __init__(self, scard: Any, reader: str) -> None:  # noqa: ANN401
        self._scard = scard
        self._reader = reader
        self.over = threading.Event()
        self.found: tuple[int, int] | Untold = Untold(why="cannot be asked", for_good=False)
        """Bus and device address."""
        threading.Thread(target=self._run, name=f"place of {reader}", daemon=True).start()

    def _run(self) -> None:
        scard = self._scard
        try:
            result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
            if result:
                self.found = _busy(result)
                return
            try:
                self.found = self._asked(context)
            finally:
                scard.SCardReleaseContext(context)
        finally:
            self.over.set()

    def _asked(self, context: int) -> tuple[int, int] | Untold:
        """Without waking a card."""
        scard = self._scard
        result, handle, _ = scard.SCardConnect(context, self._reader, scard.SCARD_SHARE_DIRECT, 0)
        if result:
            return _busy(result)
        try:
            result, channel = scard.SCardGetAttrib(handle, CHANNEL_ID)
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
        if result:
            return Untold(why=f"its driver tells no port, {result & _CODE:#010x}", for_good=True)
        if (told := usb_address(bytes(channel))) is None:
            return Untold(why=f"its driver tells no USB port but {bytes(channel).hex()}", for_good=True)
        return told


def _busy(result: int) -> Untold:
    return Untold(why=f"cannot be asked now, {result & _CODE:#010x}", for_good=False)
