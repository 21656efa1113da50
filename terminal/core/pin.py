"""When the PIN is asked for before stored value is spent (ledger-and-sync.md section 3; product.md A10, B13).

What was presented says how far it is believed; what anybody could have copied is believed less where this
site has not heard for a day which cards are lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from itertools import pairwise
from typing import Protocol

from terminal.core.accounts import named
from terminal.core.commands import (
    BookHold,
    BookRechargeRefund,
    BookRedeem,
    BookRefund,
    BookRelease,
    BookReversal,
    BookSale,
    BookVoid,
    ClockTrust,
    Occasion,
    SaleLine,
    TenderKind,
)
from terminal.core.entry import Entry
from terminal.core.errors import PinLocked, PinRefused, WeakPin, WrongPin
from terminal.core.given_back import given_back
from terminal.core.policy import WithoutPin
from terminal.core.screens import says
from terminal.core.trust import Credential, Holder, Medium, Trust
from terminal.core.values import EntryId, StaffId, WalletId

VERSION = "a1"
"""Of verifiers: the first of their parts, before the ms since 1970 at which they were made."""
HOT_LIST_MS = 24 * 3600 * 1000
"""So long what headquarters said of lost cards is good enough for a number that anybody could have copied."""
TRIES_MAX = 5
"""In a row that are wrong; then nobody is believed until a new PIN was chosen."""
OF_WALLET = frozenset(
    {
        TenderKind.STORED,
        TenderKind.DEPOSIT,
        TenderKind.POINTS,
        TenderKind.VOUCHER,
        TenderKind.CASHBACK,
        TenderKind.USES,
        TenderKind.HELD,
    }
)
"""What is spent of a wallet, and counts to what it may spend without PIN."""
_CHOSEN = re.compile(r"[0-9]{6}\Z")


class PinCause(Enum):
    """Why the PIN is asked for, as the screen says it."""

    PHONE = says("A phone number pays only with the PIN.")
    HOT_LIST = says("Lost cards were not heard of for a day: this card pays only with the PIN.")
    ABOVE = says("Above what is paid without the PIN today.")


def pin_cause(
    card: Credential, fen: int, *, spent: int, limits: WithoutPin, hot_list_ms: int | None
) -> PinCause | None:
    """Why `fen` of stored value need the PIN; None: they do not.

    `spent`: fen that this wallet has spent without PIN on this business day, by whatever was presented.
    `hot_list_ms`: see `since_heard`; 0 where the site belongs to no headquarters and keeps the list itself.
    """
    if card.medium is Medium.PHONE:
        return PinCause.PHONE
    if card.trust is Trust.OPEN and (hot_list_ms is None or hot_list_ms > HOT_LIST_MS):
        return PinCause.HOT_LIST
    by_trust = {Trust.SECURE: limits.secure, Trust.SIGNED: limits.signed, Trust.OPEN: limits.open}
    return PinCause.ABOVE if spent + fen > by_trust[card.trust] else None


def unproved(entry: Entry) -> int:
    """Fen that the wallet of that entry spent by it without PIN; what a recharge's refund paid out too.

    What points become counts as what they come to, and of a sale also what the wallet's coupons took off. All
    that is held for a fill counts from the release of the nozzle on: nobody is asked once it flows.
    """
    match entry.payload:
        case BookSale(by_pin=False) as sale:
            spent = sum(one.amount for one in sale.tenders if one.kind in OF_WALLET)
            return spent + coupons_off(sale.lines, by_code=sale.by_code)
        case BookRedeem(by_pin=False, worth=worth, costs=costs):
            return max(worth, costs)
        case BookRechargeRefund(by_pin=False):
            return given_back((named(name), fen) for name, fen in entry.postings).money
        case BookHold(by_pin=False) as hold:
            return hold.worth
    return 0


def counted(entry: Entry, wallet: WalletId, found: Callable[[EntryId], Entry | None]) -> int:
    """Fen that an entry adds to what that wallet spent without PIN on its business day.

    Below 0: what came back whole on the day on which it was spent, by a void, as points that were taken, or
    of what was held for a fill. Of what comes back in pieces, or was spent on another day, nothing is counted
    off. `found`: by its id.
    """
    match entry.payload:
        case BookSale(wallet=whose) as sale:
            return _beyond(entry, sale, wallet, found) if whose == wallet else 0
        case BookHold(wallet=whose) | BookRedeem(wallet=whose) | BookRechargeRefund(wallet=whose):
            return unproved(entry) if whose == wallet else 0
        case BookVoid(of=of) | BookReversal(of=of) | BookRefund(of=of) | BookRelease(hold=of):
            undone = found(of)
            if undone is None or undone.at.business_day != entry.at.business_day:
                return 0
            if isinstance(entry.payload, BookRefund) and not isinstance(undone.payload, BookRedeem):
                return 0
            return -counted(undone, wallet, found)
    return 0


def _beyond(entry: Entry, sale: BookSale, wallet: WalletId, found: Callable[[EntryId], Entry | None]) -> int:
    """Fen of a sale that its holds did not count already; below 0: they counted more, on the same day."""
    held = [found(EntryId(one.of)) for one in sale.tenders if one.kind is TenderKind.HELD]
    holds = [one for one in held if one is not None]
    more = unproved(entry) - sum(counted(one, wallet, found) for one in holds)
    same = all(one.at.business_day == entry.at.business_day for one in holds)
    return more if same else max(0, more)


def coupons_off(lines: Iterable[SaleLine], *, by_code: Collection[str]) -> int:
    """Fen that the coupons of a wallet take off, but for those whose codes were handed over."""
    return sum(
        off.amount for line in lines for off in line.discounts if off.coupon and off.coupon not in by_code
    )


def wrong(tried: int) -> PinRefused:
    """What is said of a PIN that was wrong, so many times in a row by now."""
    left = TRIES_MAX - tried
    return WrongPin(left) if left > 0 else PinLocked(f"{tried} tries were wrong")


def since_heard(heard: Occasion | None, now: Occasion) -> int | None:
    """Milliseconds since headquarters' directives were last all applied, `heard`; None: nobody can say.

    Within one run of the machine its monotonic clock tells. Across a restart the wall clock must be believed
    at both ends, and time that runs backwards tells nothing.
    """
    if heard is None:
        return None
    if heard.boot == now.boot:
        return now.mono_ms - heard.mono_ms
    if ClockTrust.UNKNOWN in {heard.clock, now.clock} or now.wall_ms < heard.wall_ms:
        return None
    return now.wall_ms - heard.wall_ms


def chosen(keyed: str) -> str:
    """A PIN that may be chosen: six digits, not all the same and not in even steps. Raises WeakPin."""
    if not _CHOSEN.match(keyed) or len({(int(b) - int(a)) % 10 for a, b in pairwise(keyed)}) == 1:
        raise WeakPin("six digits, not a row")
    return keyed


def made_ms(verifier: str) -> int:
    """When it was made; -1: it is none."""
    version, _, rest = verifier.partition(".")
    at = rest.partition(".")[0]
    return int(at) if version == VERSION and at.isascii() and at.isdecimal() else -1


class Pins(Protocol):
    """The ledger as the PIN needs it. No PIN is kept, only what it can be checked against."""

    async def has(self, holder: Holder, card: Credential) -> bool:
        """Whether it can be checked here. `card`: by which headquarters may have told of it."""
        ...

    async def given_away(self, holder: Holder, card: Credential) -> bool:
        """Whether another had the wallet before them, here or as headquarters told."""
        ...

    async def check(self, holder: Holder, card: Credential, pin: str) -> None:
        """One try, durably counted before anything is compared; one that is right ends the count.

        Raises:
            WrongPin: with how many tries are left.
            PinLocked: none is left, and nothing was compared.
            NoPin: there is nothing to check it against.
        """
        ...

    async def check_staff(self, staff: StaffId, pin: str, told: str = "") -> bool:
        """The same for somebody who works here. True: somebody else gave it to them.

        `told`: a verifier by headquarters' word, which counts where it was made later than the one here.
        """
        ...

    async def has_staff(self, staff: StaffId, told: str) -> bool:
        """Whether somebody who works here has one, given or chosen. `told`: as for `check_staff`."""
        ...

    async def staff_verifier(self, staff: StaffId) -> str:
        """Of the PIN that they chose here, for headquarters; empty: they chose none."""
        ...

    async def verifier(self, pin: str) -> str:
        """What travels in `Private.pin`."""
        ...

    async def spent(self, holder: Holder, day: str) -> int:
        """Fen of stored value that were spent or paid out here without PIN on that business day."""
        ...

    async def hear(self, at: Occasion) -> None:
        """All that headquarters directs is applied, also what it says of lost cards."""
        ...

    async def heard(self) -> Occasion | None:
        """When that was so last."""
        ...
