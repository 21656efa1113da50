"""Which dynamic codes were used here: a line for each beside the ledger, synced before it counts.

A nonce is kept for a day, though its code is believed for a minute: a clock may be set back. Under a clock
that nobody vouches for none is forgotten.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from pathlib import Path

from terminal.core.hexes import hex_bytes
from terminal.core.member_codes import NONCE_BYTES, Once
from terminal.runtime.durable import put

log = logging.getLogger(__name__)

KEPT_S = 86_400
USED_MAX = 100_000
"""More than a site sees in a week; above that the oldest go."""
_STALE_LINES = 10_000
"""So many more lines than nonces, and the file is written anew."""


class UsedCodes:
    """Of one site."""

    def __init__(self, ledger: Path) -> None:
        self._path = ledger.with_suffix(".used-codes")
        self._lock = threading.Lock()
        self._used: dict[bytes, int] | None = None
        self._lines = 0

    async def first(self, once: Once, *, now_s: int, clock_believed: bool) -> bool | None:
        """Whether it was never used before: then it is durable that it is now.

        None: it cannot be remembered.
        """
        return await asyncio.to_thread(self._looked_up, once, now_s, clock_believed=clock_believed)

    def _looked_up(self, once: Once, now_s: int, *, clock_believed: bool) -> bool | None:
        with self._lock:
            try:
                return self._first(once, now_s if clock_believed else 0)
            except OSError as fault:
                log.warning("use of a code not kept: %s", fault.strerror)
                return None

    def _first(self, once: Once, now_s: int) -> bool:
        if self._used is None:
            self._used = self._read()
        if once.nonce in self._used:
            return False
        self._forget(now_s)
        self._append(f"\n{once.nonce.hex()} {once.issued_s}\n")
        self._used[once.nonce] = once.issued_s
        return True

    def _forget(self, now_s: int) -> None:
        """Raises OSError: it could not be written anew."""
        used = self._used or {}
        if self._lines <= len(used) + _STALE_LINES and len(used) < USED_MAX:
            return
        kept = sorted(((issued_s, nonce) for nonce, issued_s in used.items() if issued_s > now_s - KEPT_S))
        kept = kept[-(USED_MAX // 2) :]
        lines = "".join(f"{nonce.hex()} {issued_s}\n" for issued_s, nonce in kept)
        put(self._path, lines.encode("ascii"))
        self._used = {nonce: issued_s for issued_s, nonce in kept}
        self._lines = len(kept)

    def _append(self, line: str) -> None:
        """A line of its own even behind one that a power cut broke off."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._lines += 1

    def _read(self) -> dict[bytes, int]:
        """Raises OSError. What is no line was broken off: that code was never believed."""
        found: dict[bytes, int] = {}
        try:
            text = self._path.read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            return found
        for line in text.splitlines():
            nonce, _, issued_s = line.partition(" ")
            if issued_s.isdecimal() and len(nonce) == 2 * NONCE_BYTES:
                try:
                    found[hex_bytes(nonce)] = int(issued_s)
                except ValueError:
                    continue
                self._lines += 1
        return found
