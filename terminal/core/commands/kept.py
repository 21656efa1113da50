"""All that is kept of one member, and what of it is printed for them."""

from __future__ import annotations

from terminal.core.commands.opens import Consent, Private
from terminal.core.services import Service
from terminal.core.values import MemberId, Value, WalletId


class Agreed(Value, frozen=True, kw_only=True):
    """Yes or no to one purpose, and when that was said."""

    consent: Consent
    when: str
    """Date and time on the wall of the shop."""


class UsesKept(Value, frozen=True, kw_only=True):
    """Of one lot of a count card."""

    unit: str
    amount: int
    until: str = ""
    """Last business day of use; empty: they do not end."""
    name: str = ""
    """As it was sold; empty: nobody says."""

    def ended(self, day: str) -> bool:
        """Before that business day."""
        return bool(self.until) and self.until < day


class Purse(Value, frozen=True, kw_only=True):
    wallet: WalletId
    tier: str
    held: tuple[tuple[str, int], ...]
    """(unit, balance) of what is not zero."""
    cards: tuple[str, ...]
    """As receipts show them."""
    uses: tuple[UsesKept, ...] = ()
    """Of count cards, lot by lot, the oldest first; ended or not."""


class Kept(Value, frozen=True, kw_only=True):
    """Of one member."""

    member: MemberId
    private: Private
    agreed: tuple[Agreed, ...] = ()
    purses: tuple[Purse, ...] = ()
    services: tuple[Service, ...] = ()
    """What was done for them on their visits, the last first, without what was corrected."""
    records_until: str = ""
    """Business day until which their records are kept, whatever they ask."""
    paid_in: str = ""
    """Day on which they last paid for value on a card (ISO date, UTC); empty: never."""

    @property
    def wallet(self) -> WalletId:
        """By which they ask; whoever gave away the last one has none that anybody knows."""
        return self.purses[0].wallet if self.purses else WalletId("none")

    def says(self, what: str) -> str:
        """What they said under that name, empty: nothing."""
        if what in _APART:
            said: str = getattr(self.private, what)
            return said
        return dict(self.private.told).get(what, "")

    def agrees(self, purpose: str) -> bool:
        return any(one.consent.purpose == purpose and one.consent.given for one in self.agreed)

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return "Kept(...)"

    __str__ = __repr__


_APART = frozenset({"name", "phone", "plate"})
"""What has a field of its own in `Private`."""


class OwnSlip(Value, frozen=True, kw_only=True):
    """What a slip for a member is printed of. It stands in no entry."""

    kept: Kept | None = None
    """As it is now; None: nothing any more."""
    changed: tuple[str, ...] = ()
    """Names of what was said anew, or purposes."""

    def __repr__(self) -> str:
        """Without anything a person could be known by."""
        return f"OwnSlip({len(self.changed)})"

    __str__ = __repr__
