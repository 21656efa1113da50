"""The list of whom to call: by what is used up, by birthdays, and without who wants none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from terminal import calls, members
from terminal.__main__ import main
from terminal.calls import Due, due_on
from terminal.core.cart import Article, Cart
from terminal.core.catalogue import Listed
from terminal.core.commands import (
    BookConsent,
    BookJoin,
    BookMerge,
    BookNote,
    BookSale,
    BookTransfer,
    Private,
    Tender,
    TenderKind,
)
from terminal.core.errors import LedgerClosed
from terminal.core.pricing import Tariff, Visit, priced
from terminal.core.trust import Credential, Medium
from terminal.core.values import EntryId, MemberId, WalletId
from terminal.maintenance.socket import Answering
from terminal.members import Page
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens

DAY = "2026-11-07"
CREAM = Article(sku="P01", name="洁面乳", category="care", price=89_00, cycle_days=80)
GLOSS = Article(sku="P06", name="口红", category="care", price=79_00)
ARTICLES = Listed([CREAM, GLOSS])
Capture = pytest.CaptureFixture[str]


class Shop:
    def __init__(self, folder: Path, ledger: Any) -> None:
        self.folder, self.ledger = folder, ledger
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER)
        self._ids = 0
        self.fails: LedgerClosed | None = None
        self.days: list[str] = []
        self.articles = ARTICLES

    def new_id(self) -> EntryId:
        self._ids += 1
        return an_id(self._ids)

    async def joins(self, n: int, name: str, born: str = "") -> WalletId:
        phone = Credential(medium=Medium.PHONE, number=f"1900000000{n}")
        told = (("birthday", born),) if born else ()
        private = Private(credentials=(phone,), name=name, phone=phone.number, told=told)
        join = BookJoin(id=self.new_id(), at=AT, opens=opens(n, member=True))
        await self.ledger.committer.submit(join, private)
        return WalletId(f"w{n}")

    async def buys(self, wallet: WalletId, article: Article, day: str) -> None:
        bill = priced(Cart().scanned(article), Visit(business_day=day), Tariff())
        await self.ledger.committer.submit(
            BookSale(
                id=self.new_id(),
                at=replace(AT, business_day=day),
                wallet=wallet,
                card=None,
                lines=bill.lines,
                due=bill.due,
                tenders=(Tender(kind=TenderKind.CODE, amount=bill.due),),
            )
        )

    async def page(self, said: Sequence[str]) -> Page:
        note = BookNote(id=self.new_id(), at=AT, what=members.EXPORTED)
        return await members.page_after(said[0], self.ledger.people, self.ledger.committer, note)

    async def answer(self, said: Sequence[str]) -> Due:
        if self.fails:
            return Due(why=str(self.fails))
        self.days.append(said[0])
        return await due_on(self.ledger.outbox, self.articles, said[0] or DAY)

    async def typed(self, name: str = "calls.csv", *day: str) -> int:
        words = ["members", "calls", str(self.folder / name), *day, "--config", str(self.config)]
        return await asyncio.to_thread(main, words)

    async def listed(self) -> list[str]:
        assert await self.typed("calls.csv", "--day", DAY, "--clear") == 0
        return (self.folder / "calls.csv").read_text(encoding="utf-8-sig").splitlines()[1:]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncGenerator[Shop, None]:
    ledger: Any = await opened_at(tmp_path / "ledger.db")
    shop = Shop(tmp_path, ledger)
    answering = Answering(tmp_path / "t.sock", {"calls": shop.answer, "members-after": shop.page})
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    yield shop
    task.cancel()
    await asyncio.wait([task])
    await ledger.close()


async def test_it_names_who_has_used_up_what_and_whose_birthday_it_is(shop: Shop) -> None:
    wang = await shop.joins(1, "王小明")
    await shop.buys(wang, CREAM, "2026-08-19")
    await shop.buys(wang, GLOSS, "2026-08-19")
    li = await shop.joins(2, "李四", "1990-11-07")
    await shop.buys(li, CREAM, "2026-08-20")
    await shop.joins(3, "赵六", "moon:1990-09-29")  # 7 November 2026 by the sun.
    await shop.joins(4, "孙七", "1990-11-08")
    both = await shop.joins(5, "周八", "1990-11-07")
    await shop.buys(both, CREAM, "2026-08-19")
    assert sorted(await shop.listed()) == sorted(
        [
            "王小明,19000000001,洁面乳",
            "李四,19000000002,生日",
            "赵六,19000000003,生日",
            "周八,19000000005,洁面乳、生日",
        ]
    )
    assert (shop.folder / "calls.csv").stat().st_mode & 0o077 == 0


async def test_phones_are_masked_unless_somebody_asks_for_them(shop: Shop, capsys: Capture) -> None:
    await shop.joins(2, "李四", "1990-11-07")
    assert await shop.typed("masked.csv", "--day", DAY) == 0
    assert capsys.readouterr().out.endswith("masked.csv: 1 to call\n")
    lines = (shop.folder / "masked.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1:] == ["李四,190****0002,生日"]
    assert await shop.typed("clear.csv", "--day", DAY, "--clear") == 0
    assert capsys.readouterr().out.endswith("clear.csv: 1 to call, in the clear: lock it away\n")
    assert "19000000002" in (shop.folder / "clear.csv").read_text(encoding="utf-8-sig")


_PAPER = """
[device.paper]
driver = "file_printer"
path = "paper.bin"
"""


async def test_on_paper_phones_are_masked_whatever_is_in_the_file(shop: Shop, capsys: Capture) -> None:
    shop.config.write_text(COUNTER + _PAPER)
    wang = await shop.joins(1, "王小明")
    await shop.buys(wang, CREAM, "2026-08-19")
    await shop.joins(2, "", "1990-11-07")
    assert await shop.typed("calls.csv", "--day", DAY, "--clear", "--print") == 0
    assert capsys.readouterr().out.endswith("printed, with masked phones\n")
    paper = (shop.folder / "paper.bin").read_bytes().decode("gbk", errors="ignore")
    for said in ("回访名单", DAY, "王小明", "190****0001", "洁面乳", "190****0002", "生日"):
        assert said in paper, said
    assert "19000000001" not in paper
    assert "另有" not in paper


async def test_on_paper_stand_as_many_as_are_called_in_a_morning(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "PRINTED_MAX", 1)
    shop.config.write_text(COUNTER + _PAPER)
    for number in (1, 2, 3):
        await shop.joins(number, "王小明", "1990-11-07")
    assert await shop.typed("calls.csv", "--day", DAY, "--print") == 0
    paper = (shop.folder / "paper.bin").read_bytes().decode("gbk", errors="ignore")
    assert "另有\x1c. 2 \x1c&位，见文件" in paper
    assert "190****0002" not in paper


async def test_without_a_printer_the_file_is_there_and_that_is_said(shop: Shop, capsys: Capture) -> None:
    assert await shop.typed("calls.csv", "--print") == 1
    assert "no printer" in capsys.readouterr().err
    assert (shop.folder / "calls.csv").exists()


async def test_who_said_no_to_offers_is_on_no_list(shop: Shop) -> None:
    wang = await shop.joins(1, "王小明", "1990-11-07")
    no = BookConsent(id=shop.new_id(), at=AT, wallet=wang, purpose="marketing", version="1", given=False)
    await shop.ledger.committer.submit(no)
    assert await shop.listed() == []


async def test_who_gave_their_card_away_or_was_merged_is_called_by_no_old_name(shop: Shop) -> None:
    wang, li = await shop.joins(1, "王小明", "1990-11-07"), await shop.joins(2, "李雷", "1990-11-07")
    stays = await shop.joins(3, "李雷", "1990-11-07")
    no = BookConsent(id=shop.new_id(), at=AT, wallet=stays, purpose="marketing", version="1", given=False)
    to = BookTransfer(
        id=shop.new_id(), at=AT, wallet=wang, card=None, to=MemberId("m9"), commitment="", terms="1"
    )
    merge = BookMerge(id=shop.new_id(), at=AT, wallet=li, into=stays)
    assert len(await shop.listed()) == 3
    (shop.folder / "calls.csv").unlink()
    for command in (no, merge):
        await shop.ledger.committer.submit(command)
    await shop.ledger.committer.submit(to, Private(name="韩梅", phone="19000000009"))
    assert await shop.listed() == []


async def test_where_no_day_is_said_it_is_the_terminals_own(shop: Shop) -> None:
    await shop.joins(2, "李四", "1990-11-07")
    assert await shop.typed() == 0
    assert shop.days == [""]
    assert "李四" in (shop.folder / "calls.csv").read_text(encoding="utf-8-sig")


async def test_a_list_is_never_written_over_another_and_says_why_there_is_none(
    shop: Shop, capsys: Capture
) -> None:
    assert await shop.typed() == 0
    assert await shop.typed() == 1
    assert "exists" in capsys.readouterr().err
    shop.fails = LedgerClosed("the disk is full")
    assert await shop.typed("other.csv") == 1
    assert "the disk is full" in capsys.readouterr().err
    assert not (shop.folder / "other.csv").exists()


async def test_a_day_that_is_none_is_not_looked_for(shop: Shop) -> None:
    words = ["members", "calls", str(shop.folder / "x.csv"), "--day", "2026-13-01"]
    with pytest.raises(SystemExit):
        main(words)


async def test_of_a_journal_that_cannot_be_read_the_answer_says_why() -> None:
    class Closed:
        async def after(self, seq: int, limit: int) -> Sequence[Any]:
            raise LedgerClosed(f"no entries after {seq}, {limit} at most")

    due = await due_on(Closed(), ARTICLES, DAY)  # type: ignore[arg-type]
    assert "no entries after 0" in due.why
    assert await due_on(Closed(), Listed([GLOSS]), DAY) == Due(day=DAY)  # type: ignore[arg-type]


async def test_no_name_is_a_formula_in_it(shop: Shop) -> None:
    wallet = await shop.joins(1, "=1+1王")
    at_once = Article(sku="P01", name="+1 洁面乳", category="care", price=89_00, cycle_days=80)
    await shop.buys(wallet, at_once, "2026-08-19")
    shop.articles = Listed([at_once])
    assert await shop.listed() == ["'=1+1王,19000000001,'+1 洁面乳"]
