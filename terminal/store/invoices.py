"""The `Requests` port: requests for invoices that wait, in a small sealed file beside the ledger.

Written whole at each change. Whoever copies it learns nobody's name; what is answered is in it no more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from terminal.core.errors import LedgerClosed, LedgerDamaged
from terminal.core.invoicing import Request
from terminal.runtime.durable import put
from terminal.store.sealed import Secret

log = logging.getLogger(__name__)

_ABOUT = b"invoice requests 1"
_read = msgspec.json.Decoder(tuple[Request, ...])


class RequestsFile:
    def __init__(self, path: Path, secret: Secret) -> None:
        """A file that cannot be read is put aside: the journal still knows what was asked for.

        Raises nothing: a shop sells without it.
        """
        self._path = path
        self._secret = secret
        self._unread = False
        """There is one that the disk did not give: it is put aside before another takes its place."""
        self._all = self._kept()

    def all(self) -> Sequence[Request]:
        return self._all

    async def put(self, requests: Sequence[Request]) -> None:
        kept = tuple(requests)
        try:
            await asyncio.to_thread(self._write, kept)
        except OSError as fault:
            raise LedgerClosed(f"requests for invoices: {fault.strerror}") from fault
        self._all = kept

    def _write(self, kept: tuple[Request, ...]) -> None:
        if self._unread:
            self._path.replace(self._aside)
            self._unread = False
        put(self._path, self._secret.seal(msgspec.json.encode(kept), about=_ABOUT))

    def _kept(self) -> tuple[Request, ...]:
        try:
            return _read.decode(self._secret.unseal(self._path.read_bytes(), about=_ABOUT))
        except FileNotFoundError:
            return ()
        except OSError as fault:
            log.error("requests for invoices cannot be read: %s", fault.strerror)  # noqa: TRY400  it says enough
            self._unread = True
            return ()
        except (LedgerDamaged, msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            why = type(fault).__name__
        log.error("requests for invoices cannot be read, put aside as %s: %s", self._aside.name, why)
        with suppress(OSError):  # A disk that takes nothing: the ledger itself says so.
            self._path.replace(self._aside)
        return ()

    @property
    def _aside(self) -> Path:
        return self._path.with_name(f"{self._path.name}-unreadable")
