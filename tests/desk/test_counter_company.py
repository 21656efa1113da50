"""A company's account at the counter: what is paid into it, and what the receipt calls it (product.md C7)."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.commands import BookFleetFunds
from terminal.core.companies import Company, company_called
from terminal.core.errors import OverLimit
from terminal.core.screens import State
from terminal.drivers.codecs.escpos import Profile
from tests.desk.fakes import Bench
from tests.flows.shop import POLICY

HAULAGE, TAXI = Company(company="haulage", name="顺达运输"), Company(company="taxi", name="出租")


async def test_a_company_pays_ahead_into_the_open_drawer_and_its_receipt_names_it() -> None:
    async with Bench(
        policy=replace(POLICY, companies=(HAULAGE, TAXI)), profile=Profile(drawer=True)
    ) as bench:
        await bench.touch("start", "company")
        await bench.touch("pick", "haulage")
        await bench.touch("pick", "ahead")
        await bench.key("500")
        await bench.touch("pick", "cash")
        await bench.key("500")
        await bench.touch("confirm")
        assert bench.state is State.APPROVED, bench.title
        (booked,) = bench.booked
        assert isinstance(booked.command, BookFleetFunds)
        assert booked.command.company == "haulage"
        assert "顺达运输" in bench.screen.receipt
        (paper,) = bench.printer.paper
        assert "顺达运输" in paper
        assert "haulage" not in paper
        assert (bench.screen.amount, bench.printer.kicks) == ("¥500.00", 1)


def test_one_that_the_policy_names_no_more_is_called_by_its_id() -> None:
    assert company_called((HAULAGE, TAXI), "taxi") == "出租"
    assert company_called((HAULAGE,), "taxi") == "taxi"


async def test_nobody_pays_more_than_is_owed() -> None:
    async with Bench(policy=replace(POLICY, companies=(HAULAGE,))) as bench:
        await bench.touch("start", "company")
        assert "owed" not in {one.value for one in bench.screen.choices}, "nothing is"
        await bench.touch("pick", "credit")
        await bench.key("300")
        await bench.touch("confirm")
        await bench.touch("done")
        await bench.touch("start", "company")
        await bench.touch("pick", "owed")
        await bench.key("300.01")
        assert (bench.state, bench.screen.code) == (State.KEYING, OverLimit.code)
        await bench.key("300")
        await bench.key("300")
        await bench.touch("confirm")
        funds = bench.booked[-1].command
        assert isinstance(funds, BookFleetFunds)
        assert (funds.amount, funds.settles) == (300_00, True)
