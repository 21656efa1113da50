"""A company pays ahead for its vehicles, is given credit, or pays that back (product.md C5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core import accounts as chart
from terminal.core.accounts import Account
from terminal.core.commands import BookFleetFunds, PaidBy
from terminal.core.companies import Company
from terminal.core.ledger.state import State
from terminal.core.money import AMOUNT_MAX, Fen, shown
from terminal.core.ports import Desk
from terminal.core.screens import Line, Message, says
from terminal.flows.picking import picked
from terminal.flows.receiving import Paid, paid_in, taken_in

_ACTS: Mapping[str, Message] = MappingProxyType(
    {
        "ahead": says("It pays ahead"),
        "credit": says("It is given credit"),
        "owed": says("It pays what it owes"),
    }
)


async def company_account(desk: Desk) -> None:
    company = await _which(desk)
    credit, owed = await desk.ask_ledger(partial(_balances, company=company.company))
    lines = _stands(company, credit, owed)
    acts = {what: words for what, words in _ACTS.items() if owed or what != "owed"}
    what = await desk.choose("What about the company's account?", acts)
    # Before it is taken: what is beyond could not be booked, and would have to go back.
    amount = await desk.ask_amount("How much?", at_most=Fen(owed if what == "owed" else AMOUNT_MAX))
    command = BookFleetFunds(
        id=desk.new_id(),
        at=desk.occasion(),
        company=company.company,
        amount=amount,
        paid_by=None,
        settles=what == "owed",
    )
    if what == "credit":
        if not await desk.confirm("Give the company this credit?", amount=amount, lines=lines):
            return await desk.say("Cancelled. Nothing was booked.")
    else:
        command = replace(command, paid_by=PaidBy.TRANSFER)
    second = await desk.second(command, "Who approves it?", amount=amount, lines=lines)
    if what != "credit":
        paid = await _paid(desk, command, amount, lines)
        if paid is None:
            return await desk.say("Cancelled. Nothing was charged.")
        command = replace(command, paid_by=paid.by, through=paid.through)
    booked = await desk.book_funds(replace(command, at=desk.occasion(second=second)))  # Point of no return.
    return await desk.hand_over(booked, "Booked. The company's cards may take it now.")


async def _which(desk: Desk) -> Company:
    companies = {one.company: one for one in desk.policy.companies}
    if len(companies) == 1:
        return next(iter(companies.values()))
    names = {id_: says("{name}", name=one.name) for id_, one in companies.items()}
    return companies[await picked(desk, "Which company?", names)]


def _stands(company: Company, credit: int, owed: int) -> tuple[Line, ...]:
    return (
        Line(label=says("Company"), value=company.name),
        Line(label=says("Can be used here"), value=shown(credit)),
        Line(label=says("Owed here"), value=shown(owed)),
    )


def _balances(state: State, *, company: str) -> tuple[int, int]:
    """Of its credit here what its cards may take, and what it owes."""
    accounts: tuple[Account, Account] = (
        chart.company_credit(company),
        chart.receivable(state.site, company),
    )
    credit, receivable = (state.balance(one) for one in accounts)
    return credit, -receivable


async def _paid(desk: Desk, command: BookFleetFunds, amount: Fen, lines: tuple[Line, ...]) -> Paid | None:
    asked = await paid_in(desk, amount)
    return await taken_in(desk, asked, command.id, lines=lines, holder=None)
