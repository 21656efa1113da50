"""What the reader's thread keeps of each reader."""

from __future__ import annotations

from terminal.drivers.usb.ports import Plugged


class Slot:
    """One reader as the thread knows it."""

    def __init__(self, reader: str, plugged: Plugged | None) -> None:
        self.reader = reader
        self.plugged = plugged
        """None: it does not say where."""
        self.state = 0
        """SCARD_STATE_UNAWARE until pcscd has told."""
        self.atr = b""
        self.count: int | None = None
        self.occupied = False
        """Some card lay there when we last looked."""
        self.presented = False
        self.found = False
        """The card lay there before we looked."""
        self.seen_ns = 0
        self.tries = 0
        """How often the card that lies there could not be read; 0: done with it."""
        self.why = ""
