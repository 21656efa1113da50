"""What a company pays ahead, is given, and pays back, at the counter."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from terminal.core.approval import Approved
from terminal.core.commands import BookFleetFunds, PaidBy
from terminal.core.companies import Company
from terminal.flows.company_account import company_account
from tests.flows.scripted import Script, ScriptedDesk, play
from tests.flows.shop import POLICY

HAULAGE, TAXI = Company(company="haulage", name="运输"), Company(company="taxi", name="出租")


def shop(script: Script, *companies: Company) -> ScriptedDesk:
    return ScriptedDesk(script, policy=replace(POLICY, companies=companies or (HAULAGE,)))


def booked(desk: ScriptedDesk) -> BookFleetFunds:
    assert desk.finished
    (funds,) = desk.booked
    assert isinstance(funds, BookFleetFunds)
    return funds


CASH: tuple[Any, ...] = (("ask_cash", 600_00), ("confirm", True))


def test_a_company_pays_ahead_in_cash() -> None:
    desk = shop((("choose", "ahead"), ("ask_amount", 500_00), *CASH))
    play(company_account(desk))
    funds = booked(desk)
    assert (funds.company, funds.amount, funds.paid_by, funds.settles) == (
        "haulage",
        500_00,
        PaidBy.CASH,
        False,
    )
    assert desk.handed_over == ["Booked. The company's cards may take it now."]


def test_it_is_given_credit_and_pays_that_back() -> None:
    desk = shop((("choose", "credit"), ("ask_amount", 500_00), ("confirm", True)))
    play(company_account(desk))
    funds = booked(desk)
    assert (funds.amount, funds.paid_by, funds.settles) == (500_00, None, False)
    assert [line.value for line in desk.lines] == ["运输", "¥0.00", "¥0.00"]
    owes = shop((("choose", "owed"), ("ask_amount", 500_00), *CASH))
    owes.sold.book.book(BookFleetFunds, company="haulage", amount=700_00, paid_by=None)
    play(company_account(owes))
    funds = booked(owes)
    assert (funds.paid_by, funds.settles) == (PaidBy.CASH, True)
    told = [line.value for line in owes.lines]
    assert told[:3] == ["运输", "¥700.00", "¥700.00"]


def test_which_company_is_asked_where_there_are_several() -> None:
    desk = shop(
        (("choose", "taxi"), ("choose", "credit"), ("ask_amount", 1), ("confirm", True)), HAULAGE, TAXI
    )
    play(company_account(desk))
    assert booked(desk).company == "taxi"


def test_a_second_person_stands_behind_it() -> None:
    script = (("choose", "credit"), ("ask_amount", 500_00), ("confirm", True), ("second", "E09"))
    policy = replace(POLICY, companies=(HAULAGE,), second_person=(Approved.FLEET_FUNDS,))
    desk = ScriptedDesk(script, policy=policy)
    play(company_account(desk))
    assert booked(desk).at.second == "E09"


def test_the_last_answer_may_be_no() -> None:
    for script in (
        (("choose", "credit"), ("ask_amount", 5_00), ("confirm", False)),
        (("choose", "ahead"), ("ask_amount", 500_00), *CASH[:-1], ("confirm", False)),
    ):
        desk = shop(script)
        play(company_account(desk))
        assert desk.booked == []
        assert desk.said[0].startswith("Cancelled.")


def test_a_code_is_charged_for_it() -> None:
    script = (("choose", "ahead"), ("ask_amount", 5_00), ("choose", "code"), ("confirm", True))
    policy = replace(POLICY, companies=(HAULAGE,), recharge_by=(PaidBy.CASH, PaidBy.CODE))
    desk = ScriptedDesk(script, policy=policy)
    play(company_account(desk))
    assert booked(desk).paid_by is PaidBy.CODE
