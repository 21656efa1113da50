"""A transaction while it is being decided: one posting an account, lots beside them, then effects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account, debt, held_by
from terminal.core.commands import Occasion
from terminal.core.entry import POSTINGS_MAX, LotTaken
from terminal.core.errors import InsufficientFunds, NotBookable, ShiftIsClosed
from terminal.core.ledger.effects import Effect
from terminal.core.ledger.matched import matched
from terminal.core.ledger.state import Lot, Posted, State
from terminal.core.values import WalletId

_FOR_EVER = "9999-12-31"
BESIDE_LOTS = "points:"
"""Points that do not expire lie beside lots."""

_OWED = (BESIDE_LOTS, "cashback", "voucher:")
"""What becomes a debt where it is taken back and was used."""

GOOD_AGAIN = _OWED
"""What may be used again for some days where it comes back and had ended."""


class Terms(NamedTuple):
    """Of what is laid down."""

    since: str = ""
    until: str = ""
    """First and last business day of use; empty: no bound."""
    sold: str = ""
    """What a count card was sold as (`core.sold`)."""


ALWAYS = Terms()


def _unlisted(units: int) -> int:
    """What so many of anything but uses stand for at list price: nobody asks."""
    del units
    return 0


def _none(wallet: WalletId, unit: str, lot: str) -> int:
    del wallet, unit, lot
    return 0


def between(lots: Sequence[LotTaken], after: int, upto: int) -> list[LotTaken]:
    """Of all that was taken of lots, in order, what lies between the two sums."""
    found: list[LotTaken] = []
    passed = 0
    for lot in lots:
        begin, passed = passed, passed - lot.amount
        first = max(after, begin)
        part = min(upto, passed) - first
        if part > 0:
            listed = (lot.listed * taken // -lot.amount for taken in (first - begin, first - begin + part))
            found.append(replace(lot, amount=-part, listed=-next(listed) + next(listed)))
    return found


class Draft:
    def __init__(self, at: Occasion, entry: str, state: State) -> None:
        self.at = at
        self.entry = entry
        """Id of the entry: the name of the lots it lays down."""
        self.state = state
        self.site = state.site
        self.effects: list[Effect] = []
        self.uncovered: list[tuple[Account, int]] = []
        self._sums: dict[Account, int] = {}
        self._lots: list[LotTaken] = []
        self._in_lots = Counter[tuple[WalletId, str]]()
        """What moved into them so far, by wallet and unit."""
        self._laid: list[tuple[WalletId, LotTaken]] = []
        """Of points, which go into a lot that is there already where one is like it."""
        self.anew = ""
        """Last day of what is `GOOD_AGAIN`, is given back and had ended; empty: it comes back so."""
        self.not_again: Callable[[WalletId, str, str], int] = _none
        """So much of it, in that lot of the wallet and unit, comes back as it had ended all the same."""

    def move(self, account: Account, amount: int) -> None:
        self._sums[account] = self._sums.get(account, 0) + amount

    def balance(self, account: Account) -> int:
        """As it will be after what is drafted so far."""
        return self.state.balance(account) + self._sums.get(account, 0)

    def usable(self, wallet: WalletId, unit: str, day: str = "") -> tuple[Sequence[Lot], int]:
        """Lots that may be taken from on that day, first to end first; and how much lies in no lot.

        `day`: empty: the entry's own.
        """
        lots = self.state.lots(wallet, unit)
        day = day or self.at.business_day
        # A stable sort: among equals the oldest first.
        fit = sorted((lot for lot in lots if lot.usable(day)), key=lambda lot: lot.until or _FOR_EVER)
        if not unit.startswith(BESIDE_LOTS):
            return fit, 0
        return fit, self.state.balance(held_by(wallet, unit)) - sum(lot.rest for lot in lots)

    def beside_lots(self, wallet: WalletId, unit: str) -> int:
        """What lies on the wallet and in none of its lots, after what is drafted so far."""
        in_lots = sum(lot.rest for lot in self.state.lots(wallet, unit)) + self._in_lots[wallet, unit]
        return self.balance(held_by(wallet, unit)) - in_lots

    def take(
        self,
        wallet: WalletId,
        unit: str,
        amount: int,
        *,
        listed: Callable[[int], int] = _unlisted,
        day: str = "",
    ) -> list[tuple[Lot, int]]:
        """`amount` out of the wallet, lots first. Says which lots gave how much.

        `listed`: fen that the first so many of them stand for at list price. `day`: on which they must be
        good; empty: the entry's own.

        Raises:
            InsufficientFunds: not so much may be used that day; what is owed of it is left alone.
        """
        fit, loose = self.usable(wallet, unit, day)
        owed = -self.balance(debt(held_by(wallet, unit))) if unit.startswith(_OWED) else 0
        if owed and sum(lot.rest for lot in fit) + loose < amount + owed:
            raise InsufficientFunds(f"{owed} of {unit.partition(':')[0]} are owed")
        found: list[tuple[Lot, int]] = []
        left = amount
        for lot in fit:
            if not left:
                break
            part = min(left, lot.rest)
            found.append((lot, part))
            passed = amount - left
            fen = listed(passed + part) - listed(passed)
            self.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=-part, listed=fen), of=wallet)
            left -= part
        if left > loose:
            raise InsufficientFunds(f"{left} of {amount} {unit.partition(':')[0]} are not there")
        self.move(held_by(wallet, unit), -amount)
        return found

    def lots_of(self, unit: str) -> Sequence[str]:
        """The lots of that unit that it takes from or lays, by what is drafted so far."""
        return [lot.lot for lot in self._lots if lot.unit == unit]

    def take_each(
        self,
        wallet: WalletId,
        unit: str,
        wants: Iterable[tuple[int, Callable[[Lot], bool]]],
        *,
        listed: Callable[[int], int] = _unlisted,
    ) -> list[tuple[Lot, int]]:
        """For each want so many out of lots that fit it. Says which gave how much, as it was then.

        In turn, those that end first in front; but no want takes what another needs, and could do without.

        Raises:
            InsufficientFunds: not so many may be used today for that.
        """
        lots, taken = list(self.usable(wallet, unit)[0]), list[tuple[Lot, int]]()
        rows, passed, asked = list[LotTaken](), 0, list(wants)
        found = matched(
            [amount for amount, _ in asked],
            [lot.rest for lot in lots],
            lambda want, at: asked[want][1](lots[at]),
        )
        for (amount, _), given, short in zip(asked, found.given, found.short, strict=True):
            if short:
                raise InsufficientFunds(f"{short} of {amount} {unit.partition(':')[0]} are not there")
            for at, part in enumerate(given):
                if not part:
                    continue
                lot = lots[at]
                taken.append((lot, part))
                lots[at] = replace(lot, rest=lot.rest - part)
                fen = listed(passed + part) - listed(passed)
                passed += part
                before = rows.pop() if rows and rows[-1].lot == lot.lot else None
                gone, worth = (before.amount, before.listed) if before else (0, 0)
                rows.append(LotTaken(unit=unit, lot=lot.lot, amount=gone - part, listed=worth + fen))
        for row in rows:
            self.move_lot(row, of=wallet)
        self.move(held_by(wallet, unit), -passed)
        return taken

    def give_up(self, wallet: WalletId, unit: str, amount: int, only: Collection[str] = ()) -> int:
        """`amount` out of the wallet for another holder, oldest lots first, usable today or not.

        `only`: out of these lots; empty: whichever, and what lies beside them.

        Answers how much went: no more than what lies in so many lots as there is room for in the entry.
        """
        lots = [lot for lot in self.state.lots(wallet, unit) if not only or lot.lot in only]
        room = POSTINGS_MAX - len(self._lots)
        if only or len(lots) > room:
            amount = min(amount, sum(lot.rest for lot in lots[:room]))
        left = amount
        for lot in lots:
            part = min(left, lot.rest)
            if part:
                self.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=-part, wallet=wallet), of=wallet)
                left -= part
        self.move(held_by(wallet, unit), -amount)
        return amount

    def overdraw(self, account: Account, amount: int) -> None:
        """Spent beyond what is held here: owed to headquarters, which covers it."""
        self.move(chart.overdraft(self.site, account), -amount)
        self.uncovered.append((account, amount))

    def take_lot(self, wallet: WalletId, unit: str, lot: str, amount: int) -> None:
        """Out of that very lot, which holds so much."""
        if amount:
            self.move_lot(LotTaken(unit=unit, lot=lot, amount=-amount), of=wallet)
            self.move(held_by(wallet, unit), -amount)

    def lay(self, wallet: WalletId, unit: str, amount: int, *, paid: int = 0, terms: Terms = ALWAYS) -> None:
        """Onto the wallet, as a lot of this entry; points without a window need none.

        Points go into the lot that lies there with the same window, but into none that this entry takes from:
        a regular would have a thousand lots that end on one day, more than an entry can name. Two rows of one
        lot, one that gives and one that takes, say that a debt was settled (`ledger.debts`).
        """
        self.move(held_by(wallet, unit), amount)
        if not unit.startswith(BESIDE_LOTS):
            self._lot_of_its_own(wallet, unit, amount, paid, terms)
        elif terms != ALWAYS:
            self._laid.append((wallet, self._lot_of_its_own(wallet, unit, amount, paid, terms)))

    def _lot_of_its_own(self, wallet: WalletId, unit: str, amount: int, paid: int, terms: Terms) -> LotTaken:
        if any(lot.unit == unit and lot.lot == self.entry for lot in self._lots):
            raise NotBookable(f"two lots of {unit.partition(':')[0]}")
        lot = LotTaken(
            unit=unit,
            lot=self.entry,
            amount=amount,
            paid=paid,
            since=terms.since,
            until=terms.until,
            sold=terms.sold,
        )
        self.move_lot(lot, of=wallet)
        return lot

    def give_back(
        self, wallet: WalletId, unit: str, lots: Sequence[LotTaken], *, after: int, upto: int
    ) -> None:
        """Into the lots that once gave it, in order: of all they gave, what lies between the two sums.

        What no lot gave was spent beyond the rights held: it comes back as a lot of its own. So does what is
        good again, points too: that lot says of which lots it was (`ledger.again`).
        """
        self.move(held_by(wallet, unit), upto - after)
        alone = 0
        for lot in between(lots, after, upto):
            if self.anew and unit.startswith(GOOD_AGAIN) and self._has_ended(wallet, unit, lot.lot):
                stays = min(-lot.amount, self.not_again(wallet, unit, lot.lot))
                alone -= lot.amount + stays
                if stays:
                    self.move_lot(LotTaken(unit=unit, lot=lot.lot, amount=stays), of=wallet)
                continue
            back = LotTaken(unit=unit, lot=lot.lot, amount=-lot.amount, listed=-lot.listed)
            self.move_lot(back, of=wallet)
        terms = Terms(until=self.anew) if alone else ALWAYS
        passed = -sum(lot.amount for lot in lots)
        if not unit.startswith((BESIDE_LOTS, "deposit:")):
            alone += max(0, upto - max(after, passed))
        if alone:
            self._lot_of_its_own(wallet, unit, alone, 0, terms)

    def _has_ended(self, wallet: WalletId, unit: str, lot: str) -> bool:
        known = self.state.lot(wallet, unit, lot)
        return known is not None and "" < known.until < self.at.business_day

    def move_lot(self, lot: LotTaken, *, of: WalletId) -> None:
        """`of`: the wallet on which it lies, said in it or not."""
        self._lots.append(lot)
        self._in_lots[of, lot.unit] += lot.amount

    def cash(self, amount: int) -> None:
        """Into the drawer of the shift, or out of it."""
        if self.state.shift_is_open(self.at.shift) is False:
            raise ShiftIsClosed("cash on a shift that was closed")
        self.move(chart.drawer(self.site, self.at.shift), -amount)

    def issue(self, unit: str, amount: int) -> None:
        """The other side of points, coupons and uses that were given; negative: taken back."""
        self.move(chart.issued(self.site, unit), -amount)

    def posted(self, wallet: WalletId | None) -> Posted:
        joined = {lot: self._with_its_like(of, lot) for of, lot in self._laid}
        return Posted(
            postings=tuple((account, amount) for account, amount in self._sums.items() if amount),
            lots=tuple(joined.get(lot, lot) for lot in self._lots),
            wallet=wallet,
            effects=tuple(self.effects),
            uncovered=tuple(self.uncovered),
        )

    def _with_its_like(self, wallet: WalletId, laid: LotTaken) -> LotTaken:
        touched = {lot.lot for lot in self._lots if lot.unit == laid.unit}
        for lot in self.state.lots(wallet, laid.unit):
            if (lot.since, lot.until) == (laid.since, laid.until) and lot.lot not in touched:
                return replace(laid, lot=lot.lot)
        return laid
