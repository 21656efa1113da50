"""Uses of count cards as they lie on a wallet: which may be used today, and of what (product.md B6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec.structs import replace

from terminal.core.cart import COUNTED, VOUCHER, Article, Cart
from terminal.core.commands import BookSale, Grant, Measured, RechargeRefundReason, Tender, TenderKind
from terminal.core.errors import TwoAlike
from terminal.core.ledger.listed import ended_before, taken_at_list, unused_of, used_of
from terminal.core.ledger.rules import current
from terminal.core.ledger.sold_for import sold_as, weekday_of
from terminal.core.ledger.state import Lot, State
from terminal.core.locks import LITRES
from terminal.core.pricing import Priced
from terminal.core.sold import Out, Scope, SoldAs, spelt
from terminal.core.values import EntryId, Value, WalletId

_FOR_EVER = "9999-12-31"


class UsesLeft(Value, frozen=True, kw_only=True):
    """Of one version of a count card, as far as they may be used that day."""

    unit: str
    left: int
    until: str = ""
    """The day on which the first of them end; empty: none does."""
    name: str = ""
    """As it was sold; empty: as the catalogue calls it."""
    uses_of: tuple[str, ...] = ()
    """SKUs of the services for which it was sold; empty: what the catalogue says (`_today`)."""
    scope: Scope | None = None
    """Where and when it is good, as it was sold."""
    out: Out | None = None
    """What keeps it from being used here and now; None: nothing, or nobody asked."""

    @property
    def sku(self) -> str:
        return self.unit.removeprefix(COUNTED)

    @property
    def hours(self) -> tuple[str, str]:
        """From when to before when it is good, `HH:MM`."""
        if self.scope is None:
            return "00:00", "24:00"
        return self.scope.opens or "00:00", self.scope.closes or "24:00"


class Unused(Value, frozen=True, kw_only=True):
    """Of a count card that was sold, some of whose uses are gone."""

    line: int
    name: str
    used: int
    """Uses, or hundredths of a litre."""
    measured: Measured = Measured.PIECE
    listed: int
    """Fen that was taken with it, at list price."""
    by_member: int
    """What the member gets who wishes it: what was paid less what was taken."""
    by_shop: int
    """What the shop pays back that ends it: in proportion."""


class MayUse(Value, frozen=True, kw_only=True):
    """A line of the cart, and a count card that may pay for it."""

    place: int
    service: Article
    quantity: int
    name: str
    """Of the card."""
    left: UsesLeft


class NotNow(Value, frozen=True, kw_only=True):
    """A count card that is for a service of the cart, and not good here and now."""

    name: str
    """Of the card."""
    out: Out
    opens: str
    closes: str
    """Its hours, `HH:MM`."""


def uses_left(state: State, *, wallet: WalletId, day: str, clock: str = "") -> tuple[UsesLeft, ...]:
    """What ends first in front. `clock`: local time, `HH:MM`; empty: also what is not good at this hour."""
    found = []
    wallet = current(wallet, state)
    for unit, _ in state.holdings(wallet):
        if not unit.startswith(COUNTED):
            continue
        versions: dict[UsesLeft, list[Lot]] = {}
        for lot in state.lots(wallet, unit):
            if lot.usable(day):
                versions.setdefault(_version(state, unit, lot, day, clock), []).append(lot)
        for version, lots in versions.items():
            until = min(lot.until or _FOR_EVER for lot in lots)
            left = sum(lot.rest for lot in lots)
            found.append(replace(version, left=left, until="" if until == _FOR_EVER else until))
    return tuple(sorted(found, key=_order))


def _order(one: UsesLeft) -> tuple[object, ...]:
    return one.until or _FOR_EVER, one.unit, one.name, one.uses_of, one.scope is not None


def _version(state: State, unit: str, lot: Lot, day: str, clock: str) -> UsesLeft:
    """As it was sold; nothing of how many there are."""
    version = sold_as(state, unit, lot)
    if version is None:
        return UsesLeft(unit=unit, left=0)
    return UsesLeft(
        unit=unit,
        left=0,
        name=version.name,
        uses_of=version.uses_of,
        scope=version.scope,
        out=version.out(state.site, weekday_of(day), clock) if clock else None,
    )


def unused(state: State, *, sale: EntryId) -> tuple[Unused, ...]:
    """Of the count cards that were sold with it those of which something is used, and something is left."""
    entry = state.entry(sale)
    if entry is None or not isinstance(entry.payload, BookSale) or entry.payload.wallet is None:
        return ()
    wallet, found = current(entry.payload.wallet, state), list[Unused]()
    for at, line in enumerate(entry.payload.lines):
        if line.sells is None or not line.sells.unit.startswith((COUNTED, LITRES)):
            continue
        lot = state.lot(wallet, line.sells.unit, sale)
        if lot is not None and 0 < lot.rest < lot.laid:
            before = ended_before(state, sale, line.sells.unit, at)
            found.append(
                Unused(
                    line=at,
                    name=line.name,
                    used=used_of(lot, before),
                    measured=Measured.PIECE if line.sells.unit.startswith(COUNTED) else Measured.CENTILITRE,
                    listed=taken_at_list(lot, before),
                    by_member=unused_of(lot, RechargeRefundReason.MEMBER, before),
                    by_shop=unused_of(lot, RechargeRefundReason.SHOP, before),
                )
            )
    return tuple(found)


def may_use(
    cart: Cart,
    left: Sequence[UsesLeft],
    named: Callable[[str], Article | None],
    asked: Collection[tuple[str, UsesLeft]] = (),
) -> MayUse | None:
    """The first line that a use may pay for, and by which card: as it was sold, else as it is sold today.

    `named`: an article by its SKU. `asked`: SKUs of services for which that card was offered before, as
    it was at first (`version_of`).
    """
    cards = [(one, *known) for one in left if one.left and not one.out and (known := _known(one, named))]
    for place, line in enumerate(cart.lines):
        if line.used or line.labelled is not None:
            continue
        for one, name, services in cards:
            if line.article.sku in services and (line.article.sku, version_of(one)) not in asked:
                return MayUse(
                    place=place,
                    service=line.article,
                    quantity=min(line.quantity, one.left),
                    name=name,
                    left=one,
                )
    return None


def not_now(
    cart: Cart, left: Sequence[UsesLeft], named: Callable[[str], Article | None]
) -> tuple[NotNow, ...]:
    """Cards that would pay for something of the cart elsewhere, or at another time; and no other does now."""
    cards = [(one, *known) for one in left if one.left and (known := _known(one, named))]
    found: dict[NotNow, None] = {}
    for line in cart.lines:
        if line.used or line.labelled is not None:
            continue
        fit = [(one, name) for one, name, services in cards if line.article.sku in services]
        outs = [_not_now(one, name, one.out) for one, name in fit if one.out]
        if len(outs) == len(fit):
            found |= dict.fromkeys(outs)
    return tuple(found)


def _not_now(one: UsesLeft, name: str, out: Out) -> NotNow:
    opens, closes = one.hours
    return NotNow(name=name, out=out, opens=opens, closes=closes)


def version_of(one: UsesLeft) -> UsesLeft:
    """The same whatever is left of it."""
    return replace(one, left=0, until="")


def _known(one: UsesLeft, named: Callable[[str], Article | None]) -> tuple[str, tuple[str, ...]] | None:
    """How it is called, and what it may be used for; None: nobody knows."""
    if one.uses_of:
        return one.name, one.uses_of
    today = _today(one.unit, named)
    return (today.name, today.uses_of) if today is not None else None


def tenders_of(cart: Cart, bill: Priced, named: Callable[[str], Article | None]) -> tuple[Tender, ...]:
    """What uses pay of the bill: one for each count card. `named`: an article by its SKU."""
    fen: dict[str, int] = {}
    units: dict[str, int] = {}
    places: dict[str, tuple[int, ...]] = {}
    for at, (line, place) in enumerate(zip(bill.lines, bill.places, strict=True)):
        unit = cart.lines[place].used if place is not None else ""
        if unit:
            fen[unit] = fen.get(unit, 0) + line.net
            units[unit] = units.get(unit, 0) + line.quantity
            places[unit] = (*places.get(unit, ()), at)
    return tuple(
        Tender(
            kind=TenderKind.USES,
            amount=amount,
            of=unit,
            units=units[unit],
            places=places[unit],
            as_sold=_as_sold(unit, bill, places[unit], named),
            offered=max(line.offered for line in cart.lines if line.used == unit),
        )
        for unit, amount in fen.items()
    )


def _as_sold(
    unit: str, bill: Priced, places: Sequence[int], named: Callable[[str], Article | None]
) -> tuple[int, ...]:
    """Litres are for their grade, whoever sold them."""
    if not unit.startswith(COUNTED):
        return ()
    fits = good_for(unit, named)
    return tuple(at for at in places if bill.lines[at].sku not in fits)


def _today(unit: str, named: Callable[[str], Article | None]) -> SoldAs | None:
    """The version of that card that is sold by now; of what is no card, that article itself, by the piece."""
    article = named(unit.removeprefix(COUNTED)) if unit.startswith(COUNTED) else None
    if article is None or article.measured is not Measured.PIECE:
        return None
    if article.uses:
        return article.sold_as
    return None if article.puts else SoldAs(name=article.name, uses_of=(article.sku,))


def good_for(unit: str, named: Callable[[str], Article | None]) -> tuple[str, ...]:
    """By SKU what uses that are given under that unit today pay for; none: nobody could ever use them."""
    today = _today(unit, named)
    return today.uses_of if today is not None else ()


def in_force(grants: Iterable[Grant], named: Callable[[str], Article | None]) -> tuple[Grant, ...]:
    """Uses that are given as the version that the shop sells today, where nothing else was said of them."""
    return tuple(replace(one, sold=one.sold or _version_today(one.unit, named)) for one in grants)


def _version_today(unit: str, named: Callable[[str], Article | None]) -> str:
    today = _today(unit, named)
    return spelt(today) if today is not None else ""


def sells_anything(bill: Priced) -> bool:
    """Whether something of it goes onto a wallet, so that there must be one."""
    return any(line.sells for line in bill.lines)


def sells_uses(bill: Priced) -> bool:
    """Whether some of it is a count card."""
    return any(line.sells is not None and line.sells.unit.startswith(COUNTED) for line in bill.lines)


def check_sells(bill: Priced) -> None:
    """Raises TwoAlike: the ledger keeps one lot of a kind for each transaction."""
    units = [line.sells.unit for line in bill.lines if line.sells and line.sells.unit != VOUCHER]
    if len(set(units)) < len(units):
        raise TwoAlike("the same count card on two lines")


def without(left: Iterable[UsesLeft], used: UsesLeft, count: int) -> tuple[UsesLeft, ...]:
    """What is left once so many of that one are spoken for."""
    gone = version_of(used)
    return tuple(replace(one, left=one.left - count) if version_of(one) == gone else one for one in left)
