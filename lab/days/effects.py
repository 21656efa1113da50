"""What the day says came of a line that was not played: booked, so that the lines after it find it so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lab.days.people import (
    as_counted,
    coupons_of,
    given,
    imported,
    points_unit,
    ranked,
    stands,
)
from lab.days.till import Person, Till
from lab.days.told import Facts
from terminal.core.commands import (
    BookCashMove,
    BookFleetFunds,
    BookGrant,
    BookRedeem,
    BookSale,
    BookVoid,
    CouponGrant,
    Discount,
    Grant,
    PaidBy,
    PointsEarned,
    SaleLine,
    Tender,
    TenderKind,
)

_WHY = "as the day says"


class NotSet(Exception):
    """The day says something that no booking brings about."""


async def set_to(till: Till, person: Person, facts: Facts) -> None:
    """Raises NotSet."""
    now = await stands(till, person, facts)
    wanted: Facts = {fact: as_counted(fact, facts[fact]) for fact in now}
    for command in _moves(till, person, now, wanted):
        await till.sets_down(command)
    await _grants(till, person, now, wanted)
    if "coupons" in wanted:
        await _coupons(till, person, Counter(now["coupons"]), Counter(wanted["coupons"]))
    if "tier" in wanted and wanted["tier"] != now["tier"]:
        await ranked(till, person, wanted["tier"])
    came = await stands(till, person, facts)
    if came != wanted:
        raise NotSet(f"{person.name}: {came} instead of {wanted}")


async def drawer_holds(till: Till, fen: int) -> None:
    if there := fen - till.drawer():
        await till.sets_down(BookCashMove(id=till.new_id(), at=till.occasion(), amount=there, reason="day"))


def _moves(till: Till, person: Person, now: Facts, wanted: Facts) -> Iterator[BookSale | BookRedeem]:
    """What goes down."""
    less = {fact: now[fact] - wanted[fact] for fact in now if isinstance(now[fact], int)}
    value = max(0, less.get("principal", 0)) + max(0, less.get("bonus", 0))
    kind, of = (TenderKind.FLEET, person.company) if person.company else (TenderKind.STORED, "")
    if value:
        yield _sale(till, person, Tender(kind=kind, amount=value, of=of))
    if less.get("cashback", 0) > 0:
        yield _sale(till, person, Tender(kind=TenderKind.CASHBACK, amount=less["cashback"]))
    for sku, uses in now.get("counts", {}).items():
        gone = uses - wanted["counts"].get(sku, 0)
        if gone > 0:
            yield _sale(
                till, person, Tender(kind=TenderKind.USES, amount=1, of=till.day.uses_unit(sku), units=gone)
            )
    for fact, fen in less.items():
        if fact.startswith("points") and fen > 0:
            family = points_unit(fact).partition(":")[2]
            yield BookRedeem(
                id=till.new_id(),
                at=till.occasion(),
                wallet=person.wallet,
                card=None,
                points=PointsEarned(family=family, points=fen),
                what=_WHY,
            )


def _sale(till: Till, person: Person, *tenders: Tender, coupons: tuple[CouponGrant, ...] = ()) -> BookSale:
    """Of nothing, dear enough for the coupons."""
    due = sum(one.amount for one in tenders)
    off = max([1, *(one.threshold for one in coupons)])
    line = SaleLine(
        sku="day",
        name=_WHY,
        category="day",
        quantity=1,
        unit_price=due + off,
        gross=due + off,
        discounts=(Discount(name=_WHY, amount=off),),
        net=due,
    )
    return BookSale(
        id=till.new_id(),
        at=till.occasion(),
        wallet=None if person.company else person.wallet,
        card=None,
        lines=(line,),
        due=due,
        tenders=tenders,
        coupons_used=tuple(one.coupon for one in coupons),
    )


async def _grants(till: Till, person: Person, now: Facts, wanted: Facts) -> None:
    """What goes up."""
    more = {fact: wanted[fact] - now[fact] for fact in now if isinstance(now[fact], int)}
    up = {fact: amount for fact, amount in more.items() if amount > 0}
    if person.company:
        if "principal" in up:
            await till.sets_down(_funds(till, person, up["principal"]))
        return
    paid = [Grant(unit="principal", amount=up["principal"])] if "principal" in up else []
    if paid:
        await imported(till, person, tuple(paid))
    gifts = [Grant(unit=unit, amount=up[unit]) for unit in ("bonus", "cashback") if unit in up]
    points = [fact for fact in up if fact.startswith("points")]
    gifts += [Grant(unit=points_unit(fact), amount=up[fact]) for fact in points]
    gifts += [
        Grant(unit=till.day.uses_unit(sku), amount=uses - now["counts"].get(sku, 0))
        for sku, uses in wanted.get("counts", {}).items()
        if uses > now["counts"].get(sku, 0)
    ]
    if gifts:
        grant = BookGrant(
            id=till.new_id(), at=till.occasion(), wallet=person.wallet, why=_WHY, grants=tuple(gifts)
        )
        await till.sets_down(grant)


def _funds(till: Till, person: Person, amount: int) -> BookFleetFunds:
    return BookFleetFunds(
        id=till.new_id(),
        at=till.occasion(),
        company=person.company,
        amount=amount,
        paid_by=PaidBy.TRANSFER,
    )


async def _coupons(till: Till, person: Person, now: Counter[str], wanted: Counter[str]) -> None:
    for said in sorted({*now, *wanted}):
        kind, _, state = said.partition(":")
        if state != "held":
            continue
        for _ in range(now[said] - wanted[said]):
            await _uses_one(till, person, kind)
        for _ in range(wanted[said] - now[said]):
            if kind in person.uses:
                of = person.uses.pop(kind)
                await till.sets_down(BookVoid(id=till.new_id(), at=till.occasion(), of=of, why=_WHY))
            else:
                await given(till, person, kind, 1)


async def _uses_one(till: Till, person: Person, kind: str) -> None:
    one = next(coupon for coupon, there in coupons_of(till, person) if coupon.kind == kind and there)
    used = _sale(till, person, coupons=(one,))
    person.uses[kind] = used.id
    await till.sets_down(used)
