"""Who somebody is follows from what they present, and how far we believe it from how it was proven."""

from __future__ import annotations

from enum import StrEnum

from terminal.core.points_notice import PointsNotice
from terminal.core.values import CardId, MemberId, Value, WalletId

_TAIL = 4


class Trust(StrEnum):
    """How an identity was proven (product.md, section A). What may be done with it is policy."""

    OPEN = "open"
    SIGNED = "signed"
    SECURE = "secure"


class Medium(StrEnum):
    """What was presented."""

    UID = "uid"  # contactless IC, ISO 14443 UID in upper-case hex
    EM4100 = "em4100"  # 125 kHz, ten upper-case hex digits: version byte and 32-bit number
    STRIPE = "stripe"  # number on a magnetic stripe
    CODE = "code"  # printed or shown code, its text
    PHONE = "phone"  # typed or scanned; identifies, does not pay
    SHOWN = "shown"  # shown by a phone page: the token of a phone, in hex; stored nowhere as such
    SECTOR = "sector"  # number that the shop wrote into a MIFARE Classic sector
    NDEF = "ndef"  # number in a text or URI record of an Ultralight or NTAG
    MEMORY = "memory"  # number in an SLE4442 or SLE4428
    DESFIRE = "desfire"  # number in a file of a DESFire application, read under its key
    CPU = "cpu"  # number in a file of an ISO 7816-4 card


class Credential(Value, frozen=True, kw_only=True):
    """One thing that somebody presented, in the one spelling under which it is stored."""

    medium: Medium
    number: str
    trust: Trust = Trust.OPEN

    def __repr__(self) -> str:
        """Without the number: credentials reach logs by accident, card numbers must not."""
        return f"Credential({self.medium}, {masked(self.number)}, {self.trust})"

    __str__ = __repr__


class PointsRead(Value, frozen=True, kw_only=True):
    """Goods points as they lie on a wallet."""

    lots: tuple[tuple[str, int], ...] = ()
    """(Last business day, rest) of those that end."""
    owed: int = 0
    """Taken back after they were spent; the next that come settle it."""


class Holder(Value, frozen=True, kw_only=True):
    """A member (or an unnamed wallet) as the counter sees them after a card was read."""

    wallet: WalletId
    member: MemberId | None
    card: CardId | None
    name_shown: str
    """Masked name for the screen, such as 王** ; empty for an unnamed wallet."""
    number_shown: str
    """Masked card or phone number."""
    tier: str
    principal: int
    bonus: int
    points: int
    """Goods points; below zero where more were taken back than were there."""
    points_ending: int = 0
    """So many of them end next, soon."""
    points_end: str = ""
    """The last business day of those."""
    points_others: tuple[PointsNotice, ...] = ()
    """The same of petrol and diesel points, of which there is something to say."""
    points_read: PointsRead | None = None
    """What `points` are made of, as the ledger had them when it said who this is; None: they are what may be
    used of them, or it must be asked."""
    coupons: int
    """How many coupons this wallet may use here."""
    card_until: str = ""
    """Last business day on which that card pays, of one without a name; empty: it does not end."""
    card_kind: str = ""
    """What that card is for, by the shop's name (`core.card_kinds`); of a phone, what their first card is."""
    units: tuple[str, ...] | None = None
    """Of what lies on the wallet, as the ledger had it when it said who this is; None: it must be asked."""
    since: int = 0
    """Of a guest: when another person gave them the wallet, in ms since 1970; 0: nobody did."""
    guest: bool = False
    """Known by headquarters' word alone: nothing was booked here yet on this wallet, or by this card."""

    @property
    def spendable(self) -> int:
        """Fen that can be spent here and now."""
        return self.principal + self.bonus

    def may_have(self, beginning: str) -> bool:
        """Whether it is worth asking what lies there of units that begin so."""
        return self.units is None or any(unit.startswith(beginning) for unit in self.units)

    def card_ended(self, business_day: str) -> bool:
        """Whether what was presented pays no more on that day; a name that came onto it since keeps it."""
        return self.member is None and bool(self.card_until) and self.card_until < business_day


class Person(Value, frozen=True, kw_only=True):
    """Somebody a search found, masked."""

    wallet: WalletId
    member: MemberId
    name_shown: str
    phone_shown: str


def masked(number: str) -> str:
    """`****1234`: the last four characters are what a person compares, the rest stays hidden."""
    tail = number[-_TAIL:] if len(number) > _TAIL else ""
    return "*" * (len(number) - len(tail)) + tail


def masked_phone(number: str) -> str:
    """`138****1234`, as Chinese receipts and screens show a mobile number."""
    shown = len("138"), len("1234")
    if len(number) <= sum(shown):
        return "*" * len(number)
    return number[: shown[0]] + "*" * (len(number) - sum(shown)) + number[-shown[1] :]


def masked_name(name: str) -> str:
    """`王**`: the first character is what a person answers to at a counter."""
    return name[:1] + "*" * (len(name) - 1)
