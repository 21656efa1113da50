"""Parked carts in a small file beside the ledger, written whole at each change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec

from terminal.core.errors import LedgerClosed, TooManyParked
from terminal.core.parked import PARKED_MAX, ParkedCart
from terminal.runtime.durable import put

log = logging.getLogger(__name__)

_read = msgspec.json.Decoder(tuple[ParkedCart, ...])


class ParkedFile:
    """The `ParkedCarts` port. A file that cannot be read is put aside: no sale was booked in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._all = _kept(path)
        self._turn = asyncio.Lock()

    def all(self) -> Sequence[ParkedCart]:
        return self._all

    async def put(self, parked: ParkedCart) -> None:
        async with self._turn:
            if len(self._all) >= PARKED_MAX:
                raise TooManyParked(f"{PARKED_MAX} carts")
            await self._keep((*self._all, parked))

    async def take(self, id_: str) -> ParkedCart | None:
        async with self._turn:
            found = next((one for one in self._all if one.id == id_), None)
            if found is not None:
                await self._keep(tuple(one for one in self._all if one is not found))
            return found

    async def _keep(self, carts: tuple[ParkedCart, ...]) -> None:
        try:
            await asyncio.to_thread(put, self._path, msgspec.json.encode(carts))
        except OSError as fault:
            raise LedgerClosed(f"parked carts: {fault.strerror}") from fault
        self._all = carts


def _kept(path: Path) -> tuple[ParkedCart, ...]:
    try:
        return _read.decode(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        aside = path.with_name(f"{path.name}-unreadable")
        log.error("parked carts cannot be read, put aside as %s: %s", aside.name, type(fault).__name__)  # noqa: TRY400  it says enough
        path.replace(aside)
        return ()
