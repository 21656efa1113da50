"""Ends this process in time, even where a thread hangs in a device."""

from __future__ import annotations

import logging
import os
import threading

log = logging.getLogger(__name__)


class Ending:
    """Armed when the terminal is told to stop.

    A thread that blocks in a driver would keep the process for ever. Once the ledger is closed nothing is
    lost by leaving it behind: exit 0. Before that, leaving is a fault: exit 1.
    """

    def __init__(self) -> None:
        self._durable = threading.Event()
        self._timer: threading.Timer | None = None

    def durable(self) -> None:
        """The ledger is closed."""
        self._durable.set()

    def within(self, seconds: float) -> None:
        """From now on."""
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def over(self) -> None:
        """It ended in time, and this process goes on."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        log.warning("ended by force: durable=%s", self._durable.is_set())
        os._exit(0 if self._durable.is_set() else 1)
