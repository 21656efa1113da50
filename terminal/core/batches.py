"""Work on many cards at once: which ones, what lies on them, what is left out (product.md B11)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from terminal.core.accounts import TIER_UNIT
from terminal.core.cards import CardState
from terminal.core.commands import BookCardState, BookIssue, Private
from terminal.core.errors import BadNumbers
from terminal.core.member_codes import MEMBER
from terminal.core.trust import Credential, Medium
from terminal.core.values import CardId, EntryId, Value, WalletId
from terminal.core.visit import LeftThere

NUMBERS_MAX = 10_000
"""Of one batch."""

_ONE = r"([A-Z]{0,12})([0-9]{1,12})"
_RANGE = re.compile(rf"{_ONE}(?:\s*[-~,\s]\s*{_ONE})?", re.ASCII)
_PREFIX = re.compile(r"[A-Z]{1,12}", re.ASCII)
_CODE = "MC-"
_DIGITS = 4
"""Of a number after a prefix, as in PT0001."""
_ON_CARDS = (Medium.STRIPE, Medium.SECTOR, Medium.NDEF, Medium.MEMORY, Medium.DESFIRE, Medium.CPU)
"""Media that hold the number printed on the card. A UID is the maker's, and no number of the shop's."""
END_ALONE = ("points:", "debt:")
"""Units that keep no card which is nobody's where nothing else lies on it."""
_MONEY = ("principal", "bonus", "cashback", "voucher", "deposit", "held")


class Numbers(Value, frozen=True, kw_only=True):
    """`PT0001` to `PT0100`: one prefix, and digits that keep their leading zeros."""

    prefix: str
    first: int
    last: int
    digits: int

    def __repr__(self) -> str:
        """Without the numbers: they are cards'."""
        return f"Numbers({len(self)})"

    __str__ = __repr__

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[str]:
        return (self.spelt(number) for number in range(self.first, self.last + 1))

    def spelt(self, number: int) -> str:
        return f"{self.prefix}{number:0{self.digits}d}"

    @property
    def shown(self) -> str:
        return f"{self.spelt(self.first)} - {self.spelt(self.last)}"


class Chosen(Value, frozen=True, kw_only=True):
    """Which accounts a batch is about: all that is said must fit."""

    numbers: Numbers | None = None
    issued_until: str = ""
    """Business day on which the account began, at the latest."""
    tier: str = ""


class CardAccount(Value, frozen=True, kw_only=True):
    """A card that is not cancelled, and what lies on its wallet."""

    card: CardId
    wallet: WalletId = WalletId("")
    shown: str
    """Its number where it was keyed, else masked."""
    state: CardState = CardState.ACTIVE
    left: tuple[tuple[str, int], ...] = ()
    """(unit, amount) of all that is not zero."""
    nobodys: bool = False
    """Without a name: what is on it nobody comes to by anything else."""
    elsewhere: bool = False
    """Nobody's, and other shops may hold value of it."""
    partly: bool = False
    """A member's in a chain, and nobody said what of theirs lies elsewhere."""
    away: LeftThere = LeftThere()
    """What headquarters says that a member has elsewhere."""

    @property
    def worth(self) -> bool:
        """Whether somebody would miss it."""
        return self.elsewhere or self.partly or self.away.any or self.worth_here

    @property
    def known(self) -> bool:
        """Whether anybody could say what lies on it: something is here, or headquarters told of all."""
        return self.worth_here or self.away.any or not (self.elsewhere or self.partly)

    @property
    def worth_here(self) -> bool:
        """As far as this shop knows. What counts towards a tier is a member's by any card.

        Points alone on a card that is nobody's end with it, and what it owes nobody is asked for.
        """
        if self.nobodys:
            return not all(unit.startswith(END_ALONE) for unit, _ in self.left)
        return any(unit.removeprefix("debt:") != TIER_UNIT for unit, _ in self.left)

    @property
    def ends(self) -> tuple[str, ...]:
        """Units that end when it is cancelled."""
        given = (unit for unit, _ in self.left if not unit.startswith("debt:"))
        return tuple(given) if self.nobodys else ()

    @property
    def fen(self) -> int:
        """Of it what is money, elsewhere too as far as that is known."""
        return self.away.fen + sum(amount for unit, amount in self.left if unit.partition(":")[0] in _MONEY)


class Step(Value, frozen=True, kw_only=True):
    """One card's part of a batch."""

    command: BookCardState | BookIssue
    private: Private | None = None
    shown: str

    def __repr__(self) -> str:
        """Without the number."""
        return f"Step({self.command.id})"

    __str__ = __repr__


class Batch(Value, frozen=True, kw_only=True):
    """Cards that can be cancelled, and accounts with something left, which are listed and left out."""

    cancels: tuple[CardAccount, ...] = ()
    left_out: tuple[CardAccount, ...] = ()

    @property
    def new(self) -> int:
        """How many of those that can be cancelled were never given out."""
        return sum(one.state is CardState.NEW for one in self.cancels)

    @property
    def partly(self) -> int:
        """How many of those left out are members' who have nothing here, and perhaps elsewhere."""
        return sum(one.partly and not one.known for one in self.left_out)

    @property
    def with_points(self) -> int:
        """On how many of them points lie that end with them; what counts for a tier is shown nowhere."""
        return sum(any(unit != TIER_UNIT for unit in one.ends) for one in self.cancels)

    @property
    def of_headquarters(self) -> int:
        """How many of those left out are nobody's with nothing here: headquarters alone ends them."""
        return sum(one.elsewhere and not one.known for one in self.left_out)

    @property
    def left_fen(self) -> int:
        return sum(one.fen for one in self.left_out)


class CutShort(Value, frozen=True, kw_only=True):
    """Work on many cards that never came to its end: no list of it was printed."""

    of: EntryId
    """What its entries have as `batch`."""
    done: tuple[str, ...]
    """Masked numbers of its cards, in the order in which they were done."""

    def __repr__(self) -> str:
        """Without the numbers."""
        return f"CutShort({self.of}, {len(self.done)})"

    __str__ = __repr__


def counted(done: int, left_out: int) -> str:
    """Of how many what was done: `3/4`, as the note at the end says it."""
    return f"{done}/{done + left_out}"


def counts(detail: str) -> tuple[int, int]:
    """What `counted` was made of: (done, left out)."""
    done, _, of = detail.partition("/")
    return int(done), int(of) - int(done)


def batch_of(accounts: Iterable[CardAccount]) -> Batch:
    found = tuple(accounts)
    return Batch(
        cancels=tuple(one for one in found if not one.worth),
        left_out=tuple(one for one in found if one.worth),
    )


def numbers(text: str) -> Numbers:
    """As keyed: `pt0001-pt0100`, `8000 8999`, or one number. Raises BadNumbers."""
    found = _RANGE.fullmatch(text.strip().upper())
    if found is None:
        raise BadNumbers(f"{len(text)} characters")
    prefix, first, other, last = found.groups()
    if last is None:
        other, last = prefix, first
    if other != prefix or len(first) != len(last) or not 0 <= int(last) - int(first) < NUMBERS_MAX:
        raise BadNumbers("two prefixes, lengths, backwards, or too many")
    return Numbers(prefix=prefix, first=int(first), last=int(last), digits=len(first))


def prefix(text: str) -> str:
    """As keyed: letters. Raises BadNumbers."""
    spelt = text.strip().upper()
    if not _PREFIX.fullmatch(spelt) or not MEMBER.fullmatch(f"{_CODE}{spelt}{1:0{_DIGITS}d}"):
        raise BadNumbers(f"a prefix of {len(text)} characters")
    return spelt


def series(of: str) -> Numbers:
    """All numbers that a prefix has: `PT0001` to `PT9999`."""
    return Numbers(prefix=of, first=1, last=10**_DIGITS - 1, digits=_DIGITS)


def next_numbers(of: str, taken: Iterable[str], count: int) -> Numbers:
    """The next `count` after the highest that still leads to an account; from 1 again where none does.

    Raises BadNumbers: there are not so many.
    """
    of_all = series(of)
    highest = max((int(one[len(of) :]) for one in taken), default=0)
    last = highest + count
    if not 0 < count <= NUMBERS_MAX or last > of_all.last:
        raise BadNumbers(f"{count} after {highest}")
    return Numbers(prefix=of, first=highest + 1, last=last, digits=_DIGITS)


def code_key(number: str) -> Credential:
    """As a scanner reads it from what is printed on the card. Raises BadNumbers: no code has that number."""
    text = f"{_CODE}{number}"
    if not MEMBER.fullmatch(text):
        raise BadNumbers("no member's code")
    return Credential(medium=Medium.CODE, number=text)


def keys(number: str) -> tuple[Credential, ...]:
    """Everything by which a card of that number may be known."""
    text = f"{_CODE}{number}"
    code = (Credential(medium=Medium.CODE, number=text),) if MEMBER.fullmatch(text) else ()
    return (*code, *(Credential(medium=medium, number=number) for medium in _ON_CARDS))
