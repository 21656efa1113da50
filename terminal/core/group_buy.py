"""Vouchers that customers bought on a platform, and who verifies them for the shop (核销, product.md B18).

Verified as a code is charged (`core.acquirer`): by an id of ours, that of its intent, written down before the
service is asked, and asked for again until it is known.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol

from terminal.core.acquirer import Order, Said, Wallet
from terminal.core.commands import BookSale, Command, SaleLine
from terminal.core.money import AMOUNT_MAX
from terminal.core.values import EntryId, Value

GROUP_BUY = "group_buy:"
"""How an intent to verify a voucher begins; the platform and the id of the sale that it is to pay follow."""

VOUCHERS_MAX = 20
"""Of one platform in one bill."""

_TAKEN = frozenset({*Wallet, "code", "card", "cash", "transfer"})
"""What money outside goes by already: a platform of that name could not be told from it."""
_PLATFORM = re.compile(r"[a-z][a-z0-9_]{1,15}", re.ASCII)
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/?&=%+-]{5,399}", re.ASCII)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)


def is_platform(name: str) -> bool:
    """Whether a platform may be called so in the books: `meituan`, `douyin`."""
    return _PLATFORM.fullmatch(name) is not None and name not in _TAKEN


def begun_for(platform: str, sale: EntryId) -> str:
    """What the intent to verify one of that platform's vouchers for that sale is called."""
    return f"{GROUP_BUY}{platform}:{sale}"


def verifying(what: str) -> tuple[str, EntryId] | None:
    """The platform, and the sale that waits, of an intent that is called so; None: it verifies nothing."""
    if not what.startswith(GROUP_BUY):
        return None
    platform, _, sale = what.removeprefix(GROUP_BUY).partition(":")
    return platform, EntryId(sale)


class GroupCode(Value, frozen=True, kw_only=True):
    """What the customer shows: whoever has it may use the voucher."""

    text: str

    def __repr__(self) -> str:
        """Without the code: it is money."""
        return "GroupCode(...)"

    __str__ = __repr__


def group_code(text: str) -> GroupCode | None:
    """None: it is none. Digits, letters, or what a platform's QR says; without the spaces in it."""
    plain = text.replace(" ", "")
    code = _SYMBOLOGY.sub("", plain, count=1) if plain.startswith("]") else plain
    return GroupCode(text=code) if _CODE.fullmatch(code) else None


class Offer(Value, frozen=True, kw_only=True):
    """What a voucher is worth here, and for what. Nothing is used by asking."""

    platform: str
    worth: int
    """Fen that it pays of a bill: its face value."""
    settles: int = 0
    """Fen that the platform will pay the shop for it; 0: the service does not say."""
    title: str = ""
    """What was bought, as the platform calls it."""
    only: tuple[str, ...] = ()
    """Articles or categories that it pays; empty: all."""
    several: bool = False
    """Whether it goes with other vouchers in one bill."""

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not is_platform(self.platform):
            raise ValueError("no platform is called so")
        if not 0 < self.worth <= AMOUNT_MAX or not 0 <= self.settles <= AMOUNT_MAX:
            raise ValueError("a sum that cannot be")

    def pays(self, line: SaleLine) -> bool:
        return not self.only or line.sku in self.only or line.category in self.only


def vouchers_of(command: Command) -> tuple[EntryId, ...]:
    """The intents of the vouchers that pay it, and end with it."""
    if not isinstance(command, BookSale):
        return ()
    return tuple(voucher for tender in command.tenders for voucher in tender.vouchers)


class Bought(Value, frozen=True, kw_only=True):
    """A voucher that the customer shows, and what it is worth."""

    code: GroupCode
    offer: Offer


class WhyNot(StrEnum):
    """Why a voucher pays nothing."""

    USED = "used"  # verified before, here or elsewhere, or given back to its buyer
    ENDED = "ended"  # or not usable yet
    UNKNOWN = "unknown"  # no such code, or not of this shop
    AWAY = "away"  # no answer, or none that can be read


class GroupBuy(Protocol):
    """Nothing of it raises: what went wrong on the way is `UNKNOWN`, and the same id is asked about again."""

    async def offer(self, code: GroupCode) -> Offer | WhyNot:
        """What it is worth. Uses nothing."""
        ...

    async def redeem(self, order: Order, code: GroupCode) -> Said:
        """It is used, once for each id. PAID: it is. `order.amount`: so much of the bill it pays."""
        ...

    async def query(self, order: Order) -> Said: ...

    async def cancel(self, order: Order) -> Said:
        """It may be used again, by whatever id. UNDONE; REFUSED: the platform does not do that any more."""
        ...

    async def close(self) -> None: ...
