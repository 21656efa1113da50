"""The `OwnWallets` port: where the staff's own keys led, in a small file beside the ledger.

Written whole at each change. It has marks of keys, and no number.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from terminal.core.errors import LedgerClosed
from terminal.core.own_wallets import OwnWallet
from terminal.core.trust import Credential
from terminal.core.values import Value, WalletId
from terminal.runtime.durable import put

WALLETS_MAX = 500
"""Those that were led to last; a shop has fewer staff."""
log = logging.getLogger(__name__)


class _Led(Value, frozen=True, kw_only=True):
    mark: str
    to: OwnWallet


_read = msgspec.json.Decoder(tuple[_Led, ...])


class OwnWalletsFile:
    """A file that cannot be read is begun anew: keys that live lead to the same wallets again."""

    def __init__(self, path: Path, marked: Callable[[str], str]) -> None:
        """`marked`: of a text, by which only this site finds it. Raises nothing."""
        self._path = path
        self._marked = marked
        self._all = _kept(path)
        self._turn = asyncio.Lock()

    async def led_to(self, key: Credential) -> Sequence[OwnWallet]:
        mark = self._mark(key)
        return tuple(one.to for one in self._all if one.mark == mark)

    async def keep(self, key: Credential, wallet: OwnWallet, *, was: WalletId | None = None) -> None:
        led = _Led(mark=self._mark(key), to=wallet)
        over = {wallet.wallet, was}
        async with self._turn:
            others = [one for one in self._all if one.mark != led.mark or one.to.wallet not in over]
            if led in self._all and len(others) == len(self._all) - 1:
                return
            rows = (*others, led)[-WALLETS_MAX:]
            try:
                await asyncio.to_thread(put, self._path, msgspec.json.encode(rows))
            except OSError as fault:
                raise LedgerClosed(f"own memberships: {fault.strerror}") from fault
            self._all = rows

    def _mark(self, key: Credential) -> str:
        return self._marked(f"own {key.medium}:{key.number}")


def _kept(path: Path) -> tuple[_Led, ...]:
    try:
        return _read.decode(path.read_bytes())
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        log.error("own memberships cannot be read, begun anew: %s", type(fault).__name__)  # noqa: TRY400  it says enough
        return ()
