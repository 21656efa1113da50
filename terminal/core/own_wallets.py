"""Which wallets the staff's own keys led to: a number that is dead leads nowhere any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from terminal.core.ledger.rules import current
from terminal.core.ledger.state import State
from terminal.core.trust import Credential
from terminal.core.values import MemberId, Value, WalletId


class OwnWallet(Value, frozen=True, kw_only=True):
    """A membership as a key led to it, and whose it was then; None: without a name."""

    wallet: WalletId
    member: MemberId | None = None


class OwnWallets(Protocol):
    async def led_to(self, key: Credential) -> Sequence[OwnWallet]:
        """All that this key ever led to."""
        ...

    async def keep(self, key: Credential, wallet: OwnWallet, *, was: WalletId | None = None) -> None:
        """Where it leads now; the last word on that wallet, and on `was`, which went into it.

        Raises LedgerClosed: the disk did not take it.
        """
        ...


class OwnWalletsNow:
    """In memory alone: for training, and as the twin of the file."""

    def __init__(self) -> None:
        self._all: dict[Credential, dict[WalletId | None, OwnWallet]] = {}

    async def led_to(self, key: Credential) -> Sequence[OwnWallet]:
        return tuple(self._all.get(key, {}).values())

    async def keep(self, key: Credential, wallet: OwnWallet, *, was: WalletId | None = None) -> None:
        led = self._all.setdefault(key, {})
        led.pop(was, None)
        led[wallet.wallet] = wallet


def still_theirs(state: State, of: OwnWallet) -> OwnWallet | None:
    """Where it is by now, merged into another or named since; None: it was given to another person."""
    wallet = current(of.wallet, state)
    known = state.wallet(wallet)
    if known is None:  # A visitor's, that no ledger has here.
        return of
    given = of.member is not None and known.member != of.member
    if given and wallet == of.wallet:
        return None
    return OwnWallet(wallet=wallet, member=known.member)
