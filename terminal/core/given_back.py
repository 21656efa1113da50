"""What an undoing gives back and takes, by kind of value, told from its postings (product.md B3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec.structs import replace

from terminal.core.accounts import TIER_UNIT, Account, Owner
from terminal.core.locks import locked
from terminal.core.money import plain
from terminal.core.values import Value, WalletId


class GivenBack(Value, frozen=True, kw_only=True):
    """Fen, or what the unit counts. What goes to the customer is positive, what is taken is negative."""

    cash: int = 0
    rounding: int = 0
    """Of the cash: what the member gets beyond their share; negative: what the sale had dropped."""
    outside: tuple[tuple[str, int], ...] = ()
    """By whom it goes back."""
    company: int = 0
    value: tuple[tuple[str, int], ...] = ()
    """On the wallet, by unit."""
    owed: tuple[tuple[str, int], ...] = ()
    """What had to be taken and is spent by now, by unit; negative: an old debt that this settles."""
    anew: str = ""
    """Last business day of what of it had ended and is good again; empty: nothing is."""

    def of(self, unit: str) -> int:
        """On the wallet."""
        return dict(self.value).get(unit, 0)

    @property
    def money(self) -> int:
        """Fen that go back to the customer in any way that is money."""
        stored = sum(max(0, self.of(unit)) for unit in ("principal", "bonus"))
        return self.cash + sum(fen for _, fen in self.outside) + self.company + stored


_DRAWER, _OUTSIDE, _DEBT = "drawer:", "outside:", "debt:"


def given_back(postings: Iterable[tuple[Account, int]], anew: str = "") -> GivenBack:
    """Told of an entry that undoes another. `anew`: as there."""
    cash = rounding = company = 0
    outside, value, owed = Counter[str](), Counter[str](), Counter[str]()
    for account, amount in postings:
        unit = account.unit
        if account.owner is Owner.COMPANY:
            company += amount
        elif account.owner is Owner.WALLET:
            if account.is_debt:
                owed[unit.removeprefix(_DEBT)] -= amount
            else:
                value[unit] += amount
        elif unit.startswith(_DRAWER):
            cash += amount
        elif unit.startswith(_OUTSIDE):
            outside[unit.removeprefix(_OUTSIDE)] += amount
        elif unit == "cash_rounding":
            rounding -= amount
    return GivenBack(
        cash=cash,
        rounding=rounding,
        outside=tuple(sorted(outside.items())),
        company=company,
        value=tuple(sorted(value.items())),
        owed=tuple(sorted(owed.items())),
        anew=anew,
    )


OWED_APART: Final = ("cashback", "coupon:", "voucher:")
"""Of these it is said what is owed with what lies there; of points apart, with those that end."""
_WHOLE: Final = ("coupon:", "voucher:")


def usable_of(came: int, there: int, owed: int) -> int:
    """How much more may be used since so much came.

    `there`: what lies there with it; `owed`: what is owed of that unit, at least 0.
    """
    return max(0, there - owed) - max(0, there - came - owed)


def less_owed(back: GivenBack, owed: Mapping[str, tuple[int, int]]) -> GivenBack:
    """With coupons and vouchers that come back and are owed told as the debts that they settle.

    `owed`: by unit, what is owed of it and what lies there afterwards. Where there is a headquarters it lies
    there until that asks for it, and nobody may use it; where there is none the entry itself settled what is
    owed.
    """
    value, debts = dict(back.value), dict(back.owed)
    for unit, amount in back.value:
        if amount < 0 or unit not in owed or unit in debts or not unit.startswith(_WHOLE):
            continue
        value[unit] = usable_of(amount, owed[unit][1], owed[unit][0])
        if value[unit] < amount:
            debts[unit] = value[unit] - amount
    left = tuple((unit, amount) for unit, amount in value.items() if amount)
    return replace(back, value=left, owed=tuple(sorted(debts.items())))


def customers(
    postings: Iterable[tuple[Account, int]], wallet: WalletId | None
) -> Iterator[tuple[Account, int]]:
    """All but what somebody else has to give back with it, such as who brought the customer."""
    for account, amount in postings:
        if account.owner is not Owner.WALLET or account.of == wallet:
            yield account, amount


class Counted(StrEnum):
    """In what an amount is told."""

    MONEY = "money"
    LITRES = "litres"
    """Counted in hundredths."""
    PIECES = "pieces"


class Told(NamedTuple):
    """One row of it: a sentence, a name in it, and what stands on the right."""

    text: str
    """English, with `{name}` where there is one; the key of `core.texts`."""
    name: str
    amount: int
    counted: Counted
    signed: bool
    """Whether a sign says that it is given or taken."""

    @property
    def grade(self) -> str:
        """Of fuel, whose price may stand behind it."""
        return self.name.partition(",")[0]


_TO_OUTSIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "code": "Back by code payment",
        "card": "Back to the bank card",
        "transfer": "By transfer to an account of the same name",
        "wechat": "Back to WeChat Pay",
        "alipay": "Back to Alipay",
        "unionpay": "Back to UnionPay",
        "meituan": "Back to Meituan",
        "douyin": "Back to Douyin",
    }
)
_ON_WALLET: Final[Mapping[str, str]] = MappingProxyType(
    {
        "points:goods": "Goods points",
        "points:petrol": "Petrol points",
        "points:diesel": "Diesel points",
        "points:gas": "Gas points",
        "cashback": "Cashback held",
        "coupon": "Coupons",
        "voucher": "Voucher",
        "deposit": "Deposit held",
    }
)
_OWED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "points:goods": "Goods points owed",
        "points:petrol": "Petrol points owed",
        "points:diesel": "Diesel points owed",
        "points:gas": "Gas points owed",
        "cashback": "Cashback owed",
        "coupon": "Coupons owed",
        "voucher": "Vouchers owed",
        "bonus": "Bonus owed",
    }
)
"""What had to be taken and was spent by then; it is taken from the next."""
_OF_LITRES: Final[Mapping[str, str]] = MappingProxyType(
    {"{name}": "Fuel, grade {name}", "{name} owed": "Fuel owed, grade {name}"}
)
"""By what is said of other units: of which grade, and at which price where one is locked."""
_MONEY: Final = frozenset({"principal", "bonus", "cashback", "voucher", "deposit"})


def rows_of(moved: GivenBack, article: Callable[[str], str] = str) -> Iterator[Told]:
    """What is shown of it, money first; nothing of what did not move.

    Nor of a deposit that goes back: it lay in no purse, and what it comes to stands above.

    `article`: what the shop calls it, by its SKU.
    """
    if moved.cash:
        yield Told("Cash back", "", moved.cash, counted=Counted.MONEY, signed=False)
    for through, fen in moved.outside:
        text = _TO_OUTSIDE.get(through, "Back through {name}")
        yield Told(text, "" if through in _TO_OUTSIDE else through, fen, counted=Counted.MONEY, signed=False)
    if moved.company:
        yield Told("Back to the company account", "", moved.company, counted=Counted.MONEY, signed=False)
    for unit, given, taken in (
        ("principal", "Back to the card: principal", "Principal that ends"),
        ("bonus", "Back to the card: bonus", "Bonus that ends"),
    ):
        if fen := moved.of(unit):
            yield Told(given if fen > 0 else taken, "", fen, counted=Counted.MONEY, signed=False)
    if moved.rounding:
        yield Told("Cash rounding", "", moved.rounding, counted=Counted.MONEY, signed=True)
    for unit, amount in _by_kind(moved.value):
        if unit not in {"principal", "bonus"} and not (unit == "deposit" and amount < 0):
            yield _told(unit, amount, _ON_WALLET, "{name}", article)
    for unit, amount in _by_kind(moved.owed):
        yield _told(unit, amount, _OWED, "{name} owed", article)


def rows_left(held: Iterable[tuple[str, int]], article: Callable[[str], str] = str) -> Iterator[Told]:
    """(unit, amount) of what lies on a wallet and stays there, beside stored value."""
    for unit, amount in _by_kind(one for one in held if one[0] not in {"principal", "bonus"}):
        yield _told(unit, amount, _ON_WALLET, "{name}", article)._replace(signed=False)


def _by_kind(amounts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Coupons and vouchers have an account each, and are told together; what counts for tiers is not."""
    sums = Counter[str]()
    for unit, amount in amounts:
        head = unit.partition(":")[0]
        sums[head if head in {"coupon", "voucher", "deposit"} else unit] += amount
    return ((unit, amount) for unit, amount in sums.items() if amount and unit != TIER_UNIT)


def _told(
    unit: str, amount: int, known: Mapping[str, str], other: str, article: Callable[[str], str]
) -> Told:
    head, _, rest = unit.partition(":")
    rest = article(rest) if head == "count" else rest
    if head == "litres":
        grade, price = locked(unit) or (rest, 0)
        name = f"{grade}, {plain(price)}" if price else grade
        return Told(_OF_LITRES[other], name, amount, counted=Counted.LITRES, signed=True)
    name = "" if unit in known else rest or head
    counted = Counted.MONEY if head in _MONEY else Counted.PIECES
    return Told(known.get(unit, other), name, amount, counted=counted, signed=True)
