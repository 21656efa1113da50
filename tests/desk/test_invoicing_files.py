"""Invoices asked for through a folder, over a ledger in a file, opened again wherever the power went."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from terminal.core.buyer import Buyer
from terminal.core.commands import BookInvoice
from terminal.core.invoicing import Asker, Request, Standing
from terminal.core.values import EntryId, WalletId
from terminal.desk.invoicing import Invoicing
from terminal.uplink.invoice_folder import FolderWriter
from tests.desk.fakes import ManualTime
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, issue, recharge

NUMBER = "24312000000012345678"
LOT = an_id(2)
REQUEST = Request(
    id=an_id(20),
    intent=an_id(10),
    of=LOT,
    receipt="T1-1-2-9F3A01BC",
    at=AT,
    amount=100_00,
    wallet=WalletId("w1"),
    buyer=Buyer(title="杭州鲜果有限公司", tax_number="91350100M000100Y43"),
)
FILE, ANSWER = f"{REQUEST.id}.json", f"{REQUEST.id}.answer.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@asynccontextmanager
async def started(folder: Path) -> AsyncGenerator[tuple[Invoicing, Any], None]:
    """One run of the terminal, as far as it is about invoices."""
    ledger = await opened_at(folder.parent / "ledger.db")
    time = ManualTime()
    invoicing = Invoicing(
        FolderWriter(folder, Asker(merchant="M1", site="S1", terminal="T1")),
        ledger.requests,
        committer=ledger.committer,
        books=ledger.books,
        occasion=lambda _operator=None, _second=None: AT,
        clock=time,
        alarms=time,
        at_use=False,
        again_ms=0,
        retry_ms_max=1_000,
    )
    try:
        yield invoicing, ledger
    finally:
        await ledger.close()


async def asks(folder: Path) -> None:
    """In a run of its own, that ends before anything is sent."""
    async with started(folder) as (invoicing, ledger):
        await ledger.committer.submit(*issue(1))
        await ledger.committer.submit(recharge(2))
        await invoicing.begin(REQUEST)
        await ledger.committer.submit(REQUEST.begun)
        invoicing.begun(REQUEST.intent)


async def number_of(ledger: Any) -> str:
    lot: Any = await ledger.committer.ask(lambda state: state.lot(WalletId("w1"), "principal", LOT))
    return str(lot.invoice)


async def test_asked_for_and_not_yet_sent_is_found_again_and_goes_out(folder: Path) -> None:
    await asks(folder)
    assert names(folder) == []
    async with started(folder) as (invoicing, ledger):
        assert await invoicing.swept()
        assert names(folder) == [FILE]
        assert json.loads((folder / FILE).read_bytes())["title"] == "杭州鲜果有限公司"
        assert [one.standing for one in ledger.requests.all()] == [Standing.TAKEN]


async def test_the_answer_is_booked_in_a_later_run_once_and_nothing_is_left_of_whom_it_was_for(
    folder: Path,
) -> None:
    await asks(folder)
    async with started(folder) as (invoicing, _):
        await invoicing.swept()
    (folder / ANSWER).write_text(json.dumps({"id": REQUEST.id, "outcome": "written", "number": NUMBER}))
    for _ in range(3):
        async with started(folder) as (invoicing, ledger):
            await invoicing.swept()
            assert await number_of(ledger) == NUMBER
            assert (names(folder), ledger.requests.all()) == ([], ())
            booked = await ledger.books.booked(REQUEST.id)
            assert isinstance(booked.command, BookInvoice)
    journal = (folder.parent / "ledger.db").read_bytes()
    assert not any(word.encode() in journal for word in ("杭州鲜果有限公司", "91350100M000100Y43"))


async def test_the_power_gone_between_booking_and_forgetting_books_it_once(folder: Path) -> None:
    await asks(folder)
    async with started(folder) as (invoicing, ledger):
        await invoicing.swept()
        (before,) = ledger.requests.all()
        answer = json.dumps({"id": REQUEST.id, "outcome": "written", "number": NUMBER})
        (folder / ANSWER).write_text(answer)
        await invoicing.swept()
        await ledger.requests.put((before,))
        (folder / ANSWER).write_text(answer.replace(NUMBER, NUMBER[::-1]))
    async with started(folder) as (invoicing, ledger):
        await invoicing.swept()
        assert await number_of(ledger) == NUMBER
        assert (names(folder), ledger.requests.all()) == ([], ())


async def test_the_power_gone_before_the_journal_knows_of_it_asks_nobody(folder: Path) -> None:
    async with started(folder) as (invoicing, ledger):
        await ledger.committer.submit(*issue(1))
        await ledger.committer.submit(recharge(2))
        await invoicing.begin(REQUEST)
    async with started(folder) as (invoicing, ledger):
        assert await invoicing.swept()
        assert (names(folder), ledger.requests.all()) == ([], ())


async def test_where_the_file_beside_the_ledger_is_gone_people_are_asked_and_it_goes_out_again(
    folder: Path,
) -> None:
    await asks(folder)
    (folder.parent / "ledger.invoices").unlink()
    async with started(folder) as (invoicing, ledger):
        await invoicing.swept()
        (lost,) = ledger.requests.all()
        assert (lost.id, lost.of, lost.standing, names(folder)) == (REQUEST.id, LOT, Standing.LOST, [])
        await invoicing.anew(EntryId(lost.id), Buyer(title="王小明"))
        await invoicing.swept()
        assert json.loads((folder / FILE).read_bytes())["title"] == "王小明"
