"""What a company's cards took: filled with a hold or after the fact, in part, and what came back of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import (
    BookFleetFunds,
    BookHold,
    BookRefund,
    BookRelease,
    BookReversal,
    BookSale,
    BookVoid,
    FleetCard,
    Measured,
    PaidBy,
    Returned,
    Tender,
    TenderKind,
)
from terminal.core.company_statement import NOTHING_TAKEN, CompanyStatement, Took
from terminal.core.entry import Entry
from tests.core.ledger.test_value import line
from tests.core.test_filled import fuel
from tests.core.test_shift import Till

VAN, TRUCK = FleetCard(card="van-1", litres=10_00), FleetCard(card="truck-7", litres=5_00)


class Fleet(Till):
    def __init__(self) -> None:
        super().__init__()
        for company in ("haulage", "taxi"):
            self.book(BookFleetFunds, company=company, amount=1_000_00, paid_by=PaidBy.TRANSFER)

    def fills(self, *tenders: Tender, goods: int = 0, litres: int = 10_00) -> Entry:
        lines = (*((line(goods),) if goods else ()), replace(fuel(litres), measured=Measured.CENTILITRE))
        due = sum(one.net for one in lines)
        rest = due - sum(one.amount for one in tenders)
        cash = (Tender(kind=TenderKind.CASH, amount=rest),) if rest else ()
        return self.book(
            BookSale, wallet=None, card=None, lines=lines, due=due, tenders=(*tenders, *cash), received=rest
        )

    def holds(self, card: FleetCard, company: str = "haulage") -> Entry:
        return self.book(
            BookHold,
            wallet=None,
            card=None,
            amount=200_00,
            for_what="pump:1",
            company=company,
            fleet=card,
        )

    def told(self, company: str = "haulage") -> list[Took]:
        statement = CompanyStatement(company)
        return [took for entry in self.journal for took in statement.rows(entry) if took.what != "funds"]


def by_fleet(amount: int, card: FleetCard = VAN, company: str = "haulage") -> Tender:
    return Tender(kind=TenderKind.FLEET, amount=amount, of=company, fleet=card)


def took(card: str, litres: int, fen: int, what: str = "fill") -> Took:
    return Took(what=what, card=card, grade="92", quantity=litres, measured=Measured.CENTILITRE, fen=fen)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


def test_each_card_has_what_it_took_and_another_company_none_of_it(fleet: Fleet) -> None:
    fleet.fills(by_fleet(70_00))
    fleet.fills(by_fleet(35_00, TRUCK), goods=3_00)
    fleet.fills(by_fleet(70_00, company="taxi"))
    fleet.fills()
    assert fleet.told() == [took("van-1", 10_00, 70_00), took("truck-7", 5_00, 35_00)]
    assert fleet.told("taxi") == [took("van-1", 10_00, 70_00)]
    assert fleet.told("nobody") == []


def test_what_was_held_is_told_by_what_flowed(fleet: Fleet) -> None:
    hold, other = fleet.holds(VAN), fleet.holds(TRUCK, "taxi")
    fleet.fills(Tender(kind=TenderKind.HELD, amount=56_00, of=hold.id, units=8_00), litres=8_00)
    fleet.fills(Tender(kind=TenderKind.HELD, amount=35_00, of=other.id, units=5_00), litres=5_00)
    back = fleet.holds(TRUCK)
    fleet.book(BookRelease, hold=back.id)
    assert fleet.told() == [took("van-1", 8_00, 56_00)]
    assert fleet.told("taxi") == [took("truck-7", 5_00, 35_00)]


@pytest.mark.parametrize("kind", [BookVoid, BookReversal])
def test_what_was_undone_comes_off_again(fleet: Fleet, kind: Any) -> None:
    sale = fleet.fills(by_fleet(70_00))
    other = fleet.fills(by_fleet(70_00, company="taxi"))
    fleet.book(kind, of=sale.id, why="left")
    fleet.book(kind, of=other.id, why="left")
    assert fleet.told() == [took("van-1", 10_00, 70_00), took("van-1", -10_00, -70_00, "back")]


def test_what_was_paid_back_comes_off_as_far_as_the_company_has_it_again(fleet: Fleet) -> None:
    sale = fleet.fills(by_fleet(35_00, TRUCK), goods=3_00)
    half = Returned(line=1, net=35_00, quantity=6_00)
    fleet.book(BookRefund, of=sale.id, returned=(half,), why="wrong", to_shelf=False)
    first, back = fleet.told()
    assert first == took("truck-7", 5_00, 35_00)
    credit = [amount for name, amount in fleet.journal[-1].postings if name == "company:haulage:credit"]
    assert back == took("truck-7", -5_00, -sum(credit), "back")
    assert 0 < sum(credit) < 35_00
    goods = Returned(line=0, net=1_00, quantity=1)
    fleet.book(BookRefund, of=sale.id, returned=(goods,), why="wrong", to_shelf=False)
    assert fleet.told()[-1].quantity == 0


def test_what_a_company_paid_in_stands_there_and_a_debt_that_it_settled_does_not() -> None:
    fleet = Fleet()
    fleet.book(BookFleetFunds, company="haulage", amount=50_00, paid_by=None)
    fleet.book(BookFleetFunds, company="haulage", amount=20_00, paid_by=PaidBy.CASH, settles=True)
    statement = CompanyStatement("haulage")
    told = [one for entry in fleet.journal for one in statement.rows(entry)]
    assert told == [Took(what="funds", fen=-1_000_00), Took(what="credit", fen=-50_00)]


@pytest.mark.parametrize("measured", [Measured.DECAGRAM, Measured.CENTICUBIC])
def test_gas_is_told_in_what_it_was_sold_by_and_no_litres_are_added_to_it(
    fleet: Fleet, measured: Measured
) -> None:
    gas = replace(fuel(10_00, "lng"), measured=measured)
    sale = fleet.book(
        BookSale, wallet=None, card=None, lines=(gas,), due=70_00, tenders=(by_fleet(70_00),), received=0
    )
    fleet.fills(by_fleet(35_00, replace(VAN, litres=5_00)), goods=3_00, litres=5_00)
    fleet.book(
        BookRefund,
        of=sale.id,
        returned=(Returned(line=0, net=7_00, quantity=1_00),),
        why="wrong",
        to_shelf=False,
    )
    told = fleet.told()
    assert [(one.grade, one.quantity, one.measured) for one in told] == [
        ("lng", 10_00, measured),
        ("92", 5_00, Measured.CENTILITRE),
        ("lng", -1_00, measured),
    ]
    in_all = NOTHING_TAKEN
    for one in told:
        in_all = in_all.with_row(one)
    assert in_all.quantities == {measured: 9_00, Measured.CENTILITRE: 5_00}
    assert in_all.fen == 70_00 + 35_00 - 7_00
