"""A locked price, litre by litre: no more than that for as many as are left, the rest as for anybody.

A fill that passes what is left is priced in two lines. Each line takes one price: the locked one where it is
the lower, never both; what is cheaper without it leaves the lock as it is (product.md C4).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from terminal.core.cart import FUEL, Cart, CartLine
from terminal.core.commands import Locked
from terminal.core.locks import Lock
from terminal.core.money import half_up, plain
from terminal.core.pricing.engine import Priced
from terminal.core.pricing.promotion import LinePrice, Part
from terminal.core.pricing.tariff import Tariff
from terminal.core.pricing.used import priced_with_uses
from terminal.core.pricing.visit import Visit
from terminal.core.units import POURED, UNITS


class LockedPrice(LinePrice, frozen=True, kw_only=True):
    """Of the line that was cut for it. No shop has it among its promotions: it is its member's own."""

    price: int
    """Fen a litre."""

    def net(self, part: Part, visit: Visit) -> int | None:
        del visit
        if part.line.lock != self.id:
            return None
        off = half_up(part.quantity * (part.article.price - self.price), UNITS[part.article.measured])
        return max(0, part.gross - off)


def priced_with_locks(cart: Cart, visit: Visit, tariff: Tariff) -> Priced:
    """`priced_with_uses`, at the member's locked prices where these are lower."""
    best = priced_with_uses(cart, visit, tariff)
    locks = list(visit.buyer.locks if visit.buyer else ())
    while locks:
        cuts = list(_cut(cart, locks))
        prices = (_price(lock) for lock in locks)
        split = replace(cart, lines=tuple(line for _, line in cuts))
        bill = priced_with_uses(split, visit, Tariff((*tariff.promotions, *prices)))
        used = [lock for lock in locks if lock.unit in bill.touched]
        if used == locks:
            return _as_of(bill, split, [at for at, _ in cuts]) if bill.due < best.due else best
        locks = used
    return best


def _price(lock: Lock) -> LockedPrice:
    return LockedPrice(id=lock.unit, name=f"锁价 {plain(lock.price)}", price=lock.price)


def _cut(cart: Cart, locks: Sequence[Lock]) -> Iterator[tuple[int, CartLine]]:
    """The lines with their places, each cut where a lock ends."""
    left = {lock.unit: lock.left for lock in locks}
    for at, line in enumerate(cart.lines):
        for part in _parts(line, locks, left):
            yield at, part


def _parts(line: CartLine, locks: Sequence[Lock], left: dict[str, int]) -> Iterator[CartLine]:
    """One lock is for one line: an entry takes it for one."""
    if line.article.measured not in POURED or line.used or line.override:
        yield line
        return
    passed, whole = 0, line.quantity
    gross = line.labelled or half_up(whole * line.article.price, UNITS[line.article.measured])
    for lock in locks:
        fits = line.article.sku == f"{FUEL}{lock.grade}"
        part = min(left.pop(lock.unit, 0), whole - passed) if fits else 0
        if part:
            yield _part(line, passed, part, gross, lock.unit)
            passed += part
    if passed < whole:
        yield _part(line, passed, whole - passed, gross, "")


def _part(line: CartLine, after: int, quantity: int, gross: int, lock: str) -> CartLine:
    """The dispenser's own amount is shared by litres: the parts come to it, to the fen."""
    fen = half_up(gross * (after + quantity), line.quantity) - half_up(gross * after, line.quantity)
    return replace(line, quantity=quantity, labelled=fen, lock=lock)


def _as_of(bill: Priced, split: Cart, places: Sequence[int]) -> Priced:
    """As of the cart before it was cut, with what the lines take of the locks."""
    taken = tuple(
        Locked(place=at, unit=unit, litres=line.quantity)
        for at, (line, place) in enumerate(zip(bill.lines, bill.places, strict=True))
        if place is not None and (unit := split.lines[place].lock)
    )
    old = tuple(None if place is None else places[place] for place in bill.places)
    return replace(bill, places=old, locked=taken)
