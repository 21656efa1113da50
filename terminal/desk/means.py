"""What a counter sells by, and what it works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct, field

from terminal.core.acquirer import Acquirer
from terminal.core.calls import Lasting, NothingLasts
from terminal.core.card_terminal import CardTerminal
from terminal.core.command_sheet import CommandSheet
from terminal.core.fleet import DayLimits
from terminal.core.forecourt import Forecourt
from terminal.core.group_buy import GroupBuy
from terminal.core.own_wallets import OwnWallets, OwnWalletsNow
from terminal.core.parked import ParkedCarts
from terminal.core.pin import Pins
from terminal.core.policy import Policy
from terminal.core.ports import Books, Committer, Ids
from terminal.core.stock import Stock, Uncounted
from terminal.desk.alarms import Alarms
from terminal.desk.beside import Beside
from terminal.desk.codes import MemberCodes
from terminal.desk.invoicing import Invoicing
from terminal.desk.own_data import Copies
from terminal.desk.prices import Offer
from terminal.desk.printing import Printing
from terminal.desk.session import Session
from terminal.desk.settings import Settings
from terminal.flows import FLOWS, Flow


class Shop(Struct, frozen=True, kw_only=True):
    """What the counter sells by."""

    policy: Policy
    offer: Offer
    settings: Settings
    flows: Mapping[str, Flow] = FLOWS
    training: bool = False
    """Nothing of it is the shop's."""


async def _no_limits(company: str, card: str) -> DayLimits:
    del company, card
    return DayLimits()


class Means(Struct, frozen=True, kw_only=True):
    """What the counter works with."""

    committer: Committer
    books: Books
    printing: Printing
    session: Session
    ids: Ids
    secret: Callable[[int], bytes]
    """So many random bytes."""
    alarms: Alarms
    parked: ParkedCarts
    codes: MemberCodes
    pins: Pins
    sheet: CommandSheet
    acquirer: Acquirer | None = None
    marked: Callable[[str], str] = lambda _payer: ""
    """The mark of whoever paid outside, by what the acquirer calls them."""
    group_buy: GroupBuy | None = None
    cards: CardTerminal | None = None
    """None: outside payments are what the attendant confirms."""
    forecourt: Forecourt | None = None
    """None: nobody releases a nozzle from here."""
    day_limits: Callable[[str, str], Awaitable[DayLimits]] = _no_limits
    """What headquarters lets a company's card take in a day."""
    invoicing: Invoicing | None = None
    """None: invoices are written by hand alone."""
    beside: Beside = field(default_factory=Beside)
    stock: Stock = field(default_factory=Uncounted)
    lasting: Lasting = field(default_factory=NothingLasts)
    own_wallets: OwnWallets = field(default_factory=OwnWalletsNow)
    """Where the staff's own keys led."""
    copies: Copies | None = None
    """None: members take no files along."""
    change_over: Callable[[], None] = lambda: None
    """Ends this counter: the next is the shop's own again, or for training."""
