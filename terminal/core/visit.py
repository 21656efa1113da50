"""A member at this counter whose value or whose name lies elsewhere: what the counter may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from terminal.core import accounts as chart
from terminal.core.money import Fen
from terminal.core.policy import Offline
from terminal.core.rights import Floor, Want
from terminal.core.trust import Credential, Holder, Trust
from terminal.core.values import EntryId, Value, WalletId
from terminal.core.wire.people import MemberRow


class Brought(Value, frozen=True, kw_only=True):
    """What came of asking. What was granted stands in the ledger already."""

    reached: bool = False
    """Whether headquarters answered: only where it did not may anything be spent beyond what is held."""
    code: str = ""
    """ISO 8583 field 39 when headquarters refuses that card; empty: it does not."""
    who: MemberRow | None = None
    """For a key that is not known here."""
    allowed: Offline | None = None
    """What headquarters lets be spent beyond what is held where it was not reached; None: there is none."""


class Usable(Value, frozen=True, kw_only=True):
    """What a member may spend here now."""

    holder: Holder
    floor: Floor | None = None
    """How far beyond it, where headquarters could not be reached; None: not at all."""

    @property
    def most(self) -> int:
        """Fen of stored value at most. Whether the floor is used up already the ledger alone knows."""
        return self.holder.spendable + (self.floor.wallet if self.floor else 0)


def stored_wants(holder: Holder, due: Fen) -> tuple[Want, ...]:
    """What a payment by stored value wants to have here: which kind is spent first is decided later."""
    accounts = (chart.principal(holder.wallet), chart.bonus(holder.wallet))
    return tuple(Want(account=account.name, amount=due) for account in accounts)


def floor_of(card: Credential, offline: Offline) -> Floor:
    """By how far what was presented is believed."""
    by_trust = {Trust.SECURE: offline.secure, Trust.SIGNED: offline.signed, Trust.OPEN: offline.open}
    return Floor(wallet=by_trust[card.trust], site=offline.site)


class LeftThere(Value, frozen=True, kw_only=True):
    """What a member has besides what this shop holds."""

    any: bool = False
    fen: int = 0
    """Of it what is money."""


class Asking(Protocol):
    async def bring(
        self, wants: Sequence[Want], *, token: str | None = None, sales: Sequence[EntryId] = ()
    ) -> Brought:
        """At most two seconds. `token`: of what was presented; `sales`: to be undone here. Raises nothing."""
        ...

    async def left(self, wallets: Sequence[WalletId]) -> Mapping[WalletId, LeftThere]:
        """Of those of which it is known. Raises nothing; what takes too long is not known."""
        ...

    def forget(self) -> None:
        """The customer has gone: what came for them need not be kept."""
        ...


class Alone:
    """A shop that belongs to no headquarters holds all rights itself: there is nobody to ask."""

    async def bring(
        self, wants: Sequence[Want], *, token: str | None = None, sales: Sequence[EntryId] = ()
    ) -> Brought:
        del wants, token, sales
        return Brought(reached=True)

    async def left(self, wallets: Sequence[WalletId]) -> Mapping[WalletId, LeftThere]:
        return dict.fromkeys(wallets, LeftThere())

    def forget(self) -> None:
        """Nothing is kept."""
