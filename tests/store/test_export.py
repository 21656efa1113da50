"""What is exported opens in a spreadsheet, adds up, and says nobody's name."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terminal.core.canonical import decoded
from terminal.core.commands import (
    BookDirective,
    BookErasure,
    BookExpiry,
    BookFleetFunds,
    BookGrant,
    BookRightsBack,
    BookSale,
    BookVoid,
    CouponGrant,
    Discount,
    ErasureReason,
    FleetCard,
    Measured,
    PaidBy,
    SaleLine,
    Tender,
    TenderKind,
)
from terminal.core.company_statement import CardSum
from terminal.core.directives import Directed, Release
from terminal.core.rights import Want
from terminal.core.values import MemberId, ShiftId, StaffId, WalletId
from terminal.store.export import (
    COMPANY_HEAD,
    COUPON_HEAD,
    PERIOD_HEAD,
    STATEMENT_HEAD,
    NotExported,
    _amount,
    _kind,
    _stands,
    _text,
    export_company,
    export_coupons,
    export_period,
    export_statement,
)
from tests.store.conftest import opened_at
from tests.store.copies import NAME, NUMBER, join
from tests.store.facts import AT, an_id, issue, recharge, sale


def on(day: str, command: BookSale) -> BookSale:
    return replace(command, at=replace(AT, business_day=day))


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    where = tmp_path / "data" / "ledger.db"
    ledger = await opened_at(where)
    submit = ledger.committer.submit
    await submit(*issue(1))
    await submit(recharge(2, principal=10_005, bonus=100))
    await submit(*join(3))
    await submit(on("2026-11-25", sale(4, 1990, number=1, stored=1990, points=19)))
    await submit(on("2026-11-26", sale(5, 5)))
    await submit(on("2026-11-27", sale(6, 700)))
    await ledger.close()
    return where


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def names_in(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


def text_of(path: Path) -> bytes:
    return path.read_bytes()


async def test_a_period_comes_back_posting_by_posting_and_sums_to_zero(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "period.csv"
    count = export_period(path, "2026-11-25", "2026-11-26", target)
    found = rows(target)
    assert len(found) == count
    assert tuple(found[0]) == PERIOD_HEAD
    assert {row["business_day"] for row in found} == {"2026-11-25", "2026-11-26"}
    assert {row["seq"] for row in found} == {"4", "5"}
    sums: Counter[tuple[str, str]] = Counter()
    for row in found:
        sums[row["seq"], row["measure"]] += Decimal(row["amount"])  # type: ignore[assignment]
    assert set(sums.values()) == {Decimal(0)}
    revenue = [row["amount"] for row in found if row["account"] == "site:S1:revenue:fruit"]
    assert revenue == ["19.90", "0.05"]
    drawer = [row["amount"] for row in found if ":drawer:" in row["account"]]
    assert drawer == ["-0.05"]
    assert [row["amount"] for row in found if row["account"] == "wallet:w1:points:goods"] == ["19"]


async def test_a_statement_ends_with_what_the_wallet_holds(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "statement.csv"
    export_statement(path, WalletId("w1"), target)
    found = rows(target)
    assert tuple(found[0]) == STATEMENT_HEAD
    money = [
        (row["seq"], row["kind"], row["amount"], row["balance"])
        for row in found
        if row["unit"] == "principal"
    ]
    assert money == [("2", "recharge", "100.05", "100.05"), ("4", "sale", "-19.90", "80.15")]
    assert {row["local_time"] for row in found} == {"2026-11-18 19:06:40"}
    assert found[0]["receipt"].startswith("T1-1-")
    assert {row["card"] for row in found} == {"******0001"}
    held = {row["unit"]: row["balance"] for row in found}
    assert held == {"principal": "80.15", "bonus": "1.00", "points:goods": "19"}


async def test_nothing_personal_leaves(path: Path, tmp_path: Path) -> None:
    export_period(path, "0000-01-01", "9999-12-31", tmp_path / "all.csv")
    export_statement(path, WalletId("w7"), tmp_path / "member.csv")
    raw = text_of(tmp_path / "all.csv") + text_of(tmp_path / "member.csv")
    for secret in (NAME, NUMBER, "0A00BC0001"):
        assert secret.encode() not in raw


async def test_the_file_is_as_rfc_4180_says_with_the_mark_that_spreadsheets_need(
    path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "all.csv"
    count = export_period(path, "2026-11-01", "2026-11-30", target)
    raw = text_of(target)
    assert raw.startswith(b"\xef\xbb\xbfbusiness_day,")
    assert raw.count(b"\r\n") == raw.count(b"\n") == count + 1


async def test_what_could_be_a_formula_is_a_text(tmp_path: Path) -> None:
    path, target = tmp_path / "ledger.db", tmp_path / "all.csv"
    ledger = await opened_at(path)
    hostile = replace(AT, shift=ShiftId('=HYPERLINK("http://x","y")'), operator=StaffId("@SUM(1),\r\n2"))
    await ledger.committer.submit(replace(sale(1, 1000), at=hostile))
    await ledger.close()
    export_period(path, "2026-11-24", "2026-11-24", target)
    found = rows(target)
    assert {row["shift"] for row in found} == {'\'=HYPERLINK("http://x","y")'}
    assert {row["operator"] for row in found} == {"'@SUM(1),\r\n2"}


@given(st.text(max_size=20))
def test_no_text_begins_as_a_formula_and_no_text_is_lost(text: str) -> None:
    cell = _text(text)
    assert cell.removeprefix("'") == text.removeprefix("'")
    assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "＝", "＋", "－", "＠"}


@given(st.sampled_from(["principal", "litres:92", "points:goods", "coupon:k1"]), st.integers(-(2**53), 2**53))
def test_an_amount_comes_back_to_the_unit(unit: str, amount: int) -> None:
    scale = 100 if unit in {"principal", "litres:92"} else 1
    assert Decimal(_amount(unit, amount)) * scale == amount


async def test_an_export_beside_sales_holds_whole_entries(path: Path, tmp_path: Path) -> None:
    ledger = await opened_at(path)
    booking = asyncio.gather(*(ledger.committer.submit(sale(100 + one, 10)) for one in range(200)))
    target = tmp_path / "all.csv"
    await asyncio.to_thread(export_period, path, "2026-11-24", "2026-11-24", target)
    await booking
    await ledger.close()
    postings = Counter(row["seq"] for row in rows(target) if row["kind"] == "sale")
    assert set(postings.values()) <= {2}


async def test_what_is_there_is_never_written_over_and_nothing_half_stays(path: Path, tmp_path: Path) -> None:
    whole = text_of(path)
    with pytest.raises(NotExported, match="is there already"):
        export_period(path, "2026-11-24", "2026-11-24", path)
    with pytest.raises(NotExported, match="no such wallet"):
        export_statement(path, WalletId("w404"), tmp_path / "none.csv")
    with pytest.raises(NotExported, match="no ledger yet"):
        export_period(tmp_path / "none.db", "2026-11-24", "2026-11-24", tmp_path / "none.csv")
    assert text_of(path) == whole
    assert names_in(tmp_path) == ["data"]


# Coupons


LAST, AFTER = "2026-11-30", "2026-12-01"
W1 = WalletId("w1")


def coupon(name: str, until: str = LAST, **more: Any) -> CouponGrant:
    return CouponGrant(coupon=name, kind="=c5", face=500, threshold=2_000, until=until, **more)


def given(entry: int, *coupons: CouponGrant) -> BookGrant:
    return BookGrant(id=an_id(entry), at=AT, wallet=W1, why="x", coupons=coupons)


def a_sale_with(entry: int, used: str) -> BookSale:
    line = SaleLine(
        sku="A", name="a", category="fruit", quantity=1, unit_price=2_500, gross=2_500, net=2_000,
        discounts=(Discount(name="c", amount=500, coupon=used),),
    )  # fmt: skip
    return replace(sale(entry, 2_000, number=1), lines=(line,), coupons_used=(used,))


@pytest.fixture
async def with_coupons(tmp_path: Path) -> Path:
    where = tmp_path / "data" / "ledger.db"
    ledger = await opened_at(where)
    submit = ledger.committer.submit
    await submit(*issue(1))
    names = ("expired", "held", "used", "gone", "released", "early")
    untils = {"held": AFTER, "early": "2026-11-29"}
    await submit(given(2, *(coupon(name, untils.get(name, LAST), since="2026-11-25") for name in names)))
    await submit(given(3, coupon("back")))
    await submit(BookVoid(id=an_id(4), at=AT, of=an_id(3), why="x"))
    await submit(replace(a_sale_with(5, "used"), at=replace(AT, business_day="2026-11-26")))
    wants = tuple(Want(account=f"wallet:w1:coupon:{name}", amount=1) for name in ("gone", "released"))
    await submit(BookRightsBack(id=an_id(6), at=AT, wants=wants[:1]))
    release = Release(wants=wants[1:])
    await submit(BookDirective(id=an_id(7), at=AT, directed=Directed(hq_epoch=1, m=1), directive=release))
    await submit(BookExpiry(id=an_id(8), at=replace(AT, business_day=AFTER), wallet=W1, unit="coupon"))
    await submit(given(9, coupon("for-ever", "")))
    await ledger.close()
    return where


async def test_each_coupon_whose_last_day_is_of_those_is_told_with_how_it_stands(
    with_coupons: Path, tmp_path: Path
) -> None:
    target = tmp_path / "coupons.csv"
    assert export_coupons(with_coupons, LAST, AFTER, target) == 6
    found = rows(target)
    assert tuple(found[0]) == COUPON_HEAD
    assert {(row["coupon"], row["stands"], row["changed"]) for row in found} == {
        ("expired", "expired", AFTER),
        ("held", "held", AT.business_day),
        ("used", "used", "2026-11-26"),
        ("gone", "elsewhere", AT.business_day),
        ("released", "elsewhere", AT.business_day),
        ("back", "taken_back", AT.business_day),
    }
    (held,) = (row for row in found if row["coupon"] == "held")
    assert held == {
        "until": AFTER, "since": "2026-11-25", "kind": "'=c5", "face": "5.00", "threshold": "20.00",
        "stands": "held", "changed": AT.business_day, "card": held["card"], "wallet": "w1", "coupon": "held",
    }  # fmt: skip
    assert held["card"].startswith("****")


async def test_of_coupons_only_those_of_the_days_are_told(with_coupons: Path, tmp_path: Path) -> None:
    export_coupons(with_coupons, "2026-11-29", "2026-11-29", tmp_path / "a.csv")
    assert [row["coupon"] for row in rows(tmp_path / "a.csv")] == ["early"]
    assert export_coupons(with_coupons, "2026-12-02", "2099-12-31", tmp_path / "b.csv") == 0


async def test_one_that_never_lay_here_is_elsewhere() -> None:
    assert _stands(sqlite3.connect(":memory:"), None, None) == ("elsewhere", "")


async def test_more_coupons_than_one_look_takes_are_all_told_once(tmp_path: Path) -> None:
    where = tmp_path / "data" / "ledger.db"
    ledger = await opened_at(where)
    await ledger.committer.submit(*issue(1))
    for entry in range(2, 8):
        await ledger.committer.submit(given(entry, *(coupon(f"{entry}-{at}") for at in range(100))))
    await ledger.close()
    assert export_coupons(where, LAST, LAST, tmp_path / "x.csv") == 600
    assert len({row["coupon"] for row in rows(tmp_path / "x.csv")}) == 600


async def test_who_asked_and_waits_is_not_forgotten_yet(tmp_path: Path) -> None:
    where, target = tmp_path / "data" / "ledger.db", tmp_path / "out.csv"
    ledger = await opened_at(where)
    await ledger.committer.submit(*join(3))
    asks = BookErasure(id=an_id(4), at=AT, wallet=WalletId("w7"), member=MemberId("m7"), waits=True)
    await ledger.committer.submit(asks)
    await ledger.committer.submit(replace(asks, id=an_id(5), why=ErasureReason.ASKED))
    await ledger.close()
    assert export_period(where, AT.business_day, AT.business_day, target) == 0
    with closing(sqlite3.connect(where)) as run:
        entries = [decoded(body) for (body,) in run.execute("SELECT body FROM entries ORDER BY seq")]
    kinds = [_kind(entry) for entry in entries]
    assert kinds == ["join", "erasure_noted", "erasure_noted:asked"]


@pytest.mark.parametrize(("why", "kind"), [(ErasureReason.MISTAKE, "erasure:mistake"), (None, "erasure")])
async def test_who_was_forgotten_stands_there_with_the_reason(
    tmp_path: Path, why: ErasureReason | None, kind: str
) -> None:
    where, target = tmp_path / "data" / "ledger.db", tmp_path / "out.csv"
    ledger = await opened_at(where)
    await ledger.committer.submit(*join(3))
    gone = BookErasure(id=an_id(4), at=AT, wallet=WalletId("w7"), member=MemberId("m7"), why=why)
    await ledger.committer.submit(gone)
    await ledger.close()
    assert export_period(where, AT.business_day, AT.business_day, target) == 1
    with target.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["wallet"], row["account"], row["amount"]) == (kind, "w7", "", "")


async def test_a_company_has_its_cards_fills_of_those_days_with_their_plates(
    path: Path, tmp_path: Path
) -> None:
    ledger = await opened_at(path)
    funds = BookFleetFunds(id=an_id(20), at=AT, company="haulage", amount=1_000_00, paid_by=PaidBy.TRANSFER)
    await ledger.committer.submit(funds)
    for number, day, card in (
        (21, "2026-11-25", "van-1"),
        (22, "2026-11-26", "bus"),
        (23, "2026-11-27", "van-1"),
    ):
        await ledger.committer.submit(filled(number, day, card))
    await ledger.close()
    target = tmp_path / "haulage.csv"
    sums = export_company(
        path, "haulage", ("2026-11-25", "2026-11-26"), {"van-1": "测A·00012", "bus": "=1"}, target
    )
    litres = {Measured.CENTILITRE: 10_00}
    assert sums == {one: CardSum(quantities=litres, fen=73_80) for one in ("van-1", "bus")}
    found = rows(target)
    assert tuple(found[0]) == COMPANY_HEAD
    assert [(row["business_day"], row["card"], row["plate"]) for row in found] == [
        ("2026-11-25", "van-1", "测A·00012"),
        ("2026-11-26", "bus", "'=1"),
    ]
    assert {(row["what"], row["grade"], row["quantity"], row["unit"], row["amount"]) for row in found} == {
        ("fill", "92", "10.00", "L", "73.80")
    }
    assert found[0]["receipt"].startswith("T1-1-")
    whole = tmp_path / "all.csv"
    sums = export_company(path, "haulage", ("0000-01-01", "9999-12-31"), {}, whole)
    assert {card: (dict(one.quantities), one.fen) for card, one in sums.items()} == {
        "": ({}, -1_000_00),
        "van-1": ({Measured.CENTILITRE: 20_00}, 147_60),
        "bus": (litres, 73_80),
    }
    funds_row, *_ = rows(whole)
    assert (funds_row["what"], funds_row["quantity"], funds_row["unit"]) == ("funds", "0.00", "")


def filled(
    number: int, day: str, card: str, grade: str = "92", measured: Measured = Measured.CENTILITRE
) -> BookSale:
    line = SaleLine(
        sku=f"fuel-{grade}",
        name=grade,
        category="fuel",
        quantity=10_00,
        unit_price=7_38,
        gross=73_80,
        net=73_80,
        measured=measured,
    )
    taken = FleetCard(card=card, litres=10_00)
    tender = Tender(kind=TenderKind.FLEET, amount=73_80, of="haulage", fleet=taken)
    at = replace(AT, business_day=day)
    return BookSale(
        id=an_id(number), at=at, wallet=None, card=None, lines=(line,), due=73_80, tenders=(tender,)
    )
