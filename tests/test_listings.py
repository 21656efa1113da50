"""`terminal catalogue import` and `export`, as an owner types them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from lab.shop.counter import watching
from terminal import listings
from terminal.__main__ import main
from terminal.store import catalogue
from terminal.store.catalogue import ArticleFile, NewState
from tests.counter_config import COUNTER
from tests.test_app import Daemon, examined, terminal

HEAD = "货号,名称,售价,条码\r\n"
TEA, CAKE = "A1,红茶,12.50,96385074\r\n", "A2,蛋糕,8,6901234567892\r\n"
LISTED = """
[[catalogue.article]]
sku = "L1"
name = "袋子"
category = "-"
price = 20
"""


class Shop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.own = folder / "data/ledger.articles"
        (folder / "terminal.toml").write_text(COUNTER + LISTED)

    def typed(self, what: str, name: str, *options: str) -> int:
        config = str(self.folder / "terminal.toml")
        return main(["catalogue", what, str(self.folder / name), *options, "--config", config])

    def take(self, text: str | bytes, *options: str) -> int:
        (self.folder / "in.csv").write_bytes(text.encode() if isinstance(text, str) else text)
        return self.typed("import", "in.csv", *options)

    def sold(self) -> dict[str, int]:
        return {one.sku: one.price for one in ArticleFile(self.own).each()}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.setattr(listings, "bound_memory", lambda: None)
    return Shop(tmp_path)


Capture = pytest.CaptureFixture[str]


def test_good_rows_are_in_and_refused_ones_are_told_of(shop: Shop, capsys: Capture) -> None:
    bad = "A3,,9,\r\nA4,饼,0,\r\nA1,绿茶,1,\r\nA5,糖,1,96385074\r\n"
    assert shop.take(HEAD + TEA + CAKE + bad) == 1
    assert capsys.readouterr().out.splitlines() == [
        "row 4, name: empty, or more than 100 characters; name it shortly",
        "row 5, price: 0 is no price from 0.01 to 100000.00; write yuan such as 12.50, no other signs",
        "row 6, sku: row 2 has it already; leave one of the two",
        "row 7, barcodes: 96385074 is the one of A1; take it off one of the two",
        "2 new, 0 changed, 0 as they were, 4 refused",
        "the terminal sells by it from its next start on: No such file or directory",
    ]
    assert shop.sold() == {"A1": 12_50, "A2": 8_00, "L1": 20}


def test_the_same_again_changes_nothing_and_another_price_only_that(shop: Shop, capsys: Capture) -> None:
    assert shop.take(HEAD + TEA + CAKE) == 0
    before = shop.own.stat()
    version = ArticleFile(shop.own).version
    capsys.readouterr()
    assert shop.take(HEAD + TEA + CAKE) == 0
    assert capsys.readouterr().out == "0 new, 0 changed, 2 as they were, 0 refused; nothing was written\n"
    assert (shop.own.stat().st_ino, shop.own.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert shop.take("货号,售价\r\nA1,13\r\n") == 0
    assert shop.sold() == {"A1": 13_00, "A2": 8_00, "L1": 20}
    assert ArticleFile(shop.own).version not in {version, ""}


def test_a_whole_catalogue_takes_the_place_of_what_there_was(shop: Shop, capsys: Capture) -> None:
    shop.take(HEAD + TEA + CAKE)
    capsys.readouterr()
    assert shop.take(HEAD + TEA, "--whole") == 0
    assert "0 new, 0 changed, 2 sold no more, 1 as they were, 0 refused" in capsys.readouterr().out
    assert shop.sold() == {"A1": 12_50}
    shop.own.write_bytes(b"damaged" * 999)
    assert shop.take(HEAD + CAKE) == 1
    assert "damaged: import all articles with --whole" in capsys.readouterr().err
    assert shop.take(HEAD + CAKE, "--whole") == 0
    assert shop.sold() == {"A2": 8_00}


def test_no_two_catalogues_have_the_same_version(shop: Shop) -> None:
    """What was put together with headquarters' prices is known by it."""
    milk = "A3,牛奶,5,\r\n"
    versions = []
    for text in (TEA + CAKE + milk, TEA + CAKE, TEA, CAKE, TEA + CAKE, TEA):
        shop.take(HEAD + text, "--whole")
        versions.append(ArticleFile(shop.own).version)
    assert len(set(versions)) == 4, "only the same articles have the same"
    assert (versions[1], versions[2]) == (versions[4], versions[5])
    shop.own.unlink()
    shop.take(HEAD + TEA)  # Beside what the terminal's file lists.
    assert ArticleFile(shop.own).version not in versions


def test_a_dry_run_writes_nothing(shop: Shop, capsys: Capture) -> None:
    assert shop.take(HEAD + TEA, "--dry-run") == 0
    assert capsys.readouterr().out == "1 new, 0 changed, 0 as they were, 0 refused; nothing was written\n"
    assert list(shop.own.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "no row that names the columns"),
        ("名称,售价\r\n茶,1\r\n", "no column says 货号"),
        ("货号,售价,售价\r\n", "two columns say 售价"),
        (b"PK\x03\x04" + bytes(99), "no XLSX that can be read"),
        ("货号,售价\r\n".encode("utf-16"), "save it as CSV UTF-8"),
    ],
)
def test_a_file_that_is_no_table_changes_nothing(
    shop: Shop, capsys: Capture, text: str | bytes, said: str
) -> None:
    shop.take(HEAD + TEA)
    capsys.readouterr()
    assert shop.take(text) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith("nothing was imported: ")
    assert said in shown.err
    assert shop.sold() == {"A1": 12_50, "L1": 20}
    assert not shop.own.with_name("ledger.articles-new").exists()


def test_what_cannot_be_read_or_written_is_said(
    shop: Shop, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shop.typed("import", "nowhere.csv") == 1
    assert "nowhere.csv: No such file" in capsys.readouterr().err
    state = NewState(shop.own)
    assert shop.take(HEAD + TEA) == 1
    assert "another import is under way" in capsys.readouterr().err
    state.drop()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device", "ledger.articles-new")

    monkeypatch.setattr(catalogue.os, "fsync", full)
    assert shop.take(HEAD + TEA) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert not shop.own.exists()


def test_a_report_has_every_refused_row(shop: Shop, capsys: Capture) -> None:
    rows = "".join(f"B{at},-x{at},-1,\r\n" for at in range(150))
    assert shop.take(HEAD + rows) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[100:] == [
        "and 50 more: --report FILE has all of them",
        "0 new, 0 changed, 0 as they were, 150 refused; nothing was written",
    ]
    report = shop.folder / "refused.csv"
    assert shop.take(HEAD + rows, "--report", str(report)) == 1
    with report.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == 150
    assert found[149] == {
        "row": "151",
        "column": "price",
        "why": "'-1 is no price from 0.01 to 100000.00",
        "do": "write yuan such as 12.50, no other signs",
    }
    assert shop.take(HEAD + rows, "--report", str(report)) == 1
    assert "refused.csv: File exists" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_what_was_exported_is_as_it_was_when_it_comes_back(shop: Shop, capsys: Capture, name: str) -> None:
    head = "货号,名称,分类,售价,会员价,单位,条码,秤码,税率,内含,售价:gold,库存预警\r\n"
    shop.take(head + "A1,'=红茶,-x,12.50,12,公斤,96385074,7,13%,L1,11,2.5\r\nA2,+绿茶,,1,,,,,,,,\r\n")
    version = ArticleFile(shop.own).version
    assert shop.typed("export", name) == 0
    assert "3 articles" in capsys.readouterr().out
    assert shop.typed("import", name, "--whole") == 0
    assert "0 new, 0 changed, 3 as they were, 0 refused; nothing was written" in capsys.readouterr().out
    assert ArticleFile(shop.own).version == version
    assert shop.typed("export", name) == 1
    assert "File exists" in capsys.readouterr().err


def test_what_the_terminals_file_lists_is_exported_where_nothing_was_imported(
    shop: Shop, capsys: Capture
) -> None:
    assert shop.typed("export", "out.csv") == 0
    assert (shop.folder / "out.csv").read_text(encoding="utf-8-sig").splitlines() == [
        (
            "货号,名称,分类,售价,会员价,单位,条码,秤码,税率,内含,库存预警,使用周期天数,次数,适用项目,有效天数,使用范围,"
            "升数,油品,锁价,代金券面值"
        ),
        "L1,袋子,'-,0.20,,件,,,0.00%,,,,,,,,,,,",
    ]
    capsys.readouterr()


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    made = Workbook()
    for row in rows:
        made.active.append(list(row))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def test_a_workbook_with_formulas_gives_its_other_rows(shop: Shop, capsys: Capture) -> None:
    rows = [["货号", "名称", "售价"], ["A1", "红茶", 12.5], ["A2", "蛋糕", "=B1*2"], ["A3", "=1+1", 3]]
    assert shop.take(workbook(rows)) == 1
    assert capsys.readouterr().out.splitlines()[:2] == [
        "row 3, price: a formula; paste its value in its place",
        "row 4, name: a formula; paste its value in its place",
    ]
    assert shop.sold() == {"A1": 12_50, "L1": 20}


def test_nothing_is_counted_where_no_terminal_runs(shop: Shop, capsys: Capture) -> None:
    (shop.folder / "shelf.csv").write_text("货号,库存\r\nL1,20\r\n", newline="")
    shop.own.parent.mkdir()
    assert shop.typed("count", "shelf.csv") == 1
    assert "nothing was counted, the terminal must run" in capsys.readouterr().err
    assert list(shop.own.parent.iterdir()) == []
    assert shop.typed("count", "nowhere.csv") == 1
    (shop.folder / "shelf.csv").write_text("货号,名称\r\nL1,20\r\n", newline="")
    assert shop.typed("count", "shelf.csv") == 1
    assert "no column says 库存" in capsys.readouterr().err


async def test_a_running_terminal_sells_by_it_from_the_next_customer_on_and_tells_what_is_short(
    shop: Shop,
) -> None:
    daemon = Daemon(shop.folder, {})
    try:
        said = daemon.ready()
        (shop.folder / "in.csv").write_text(HEAD + TEA, newline="")
        async with watching(said["link"]) as hand:
            await hand.state("idle")
            told = terminal(shop.folder, "catalogue", "import", str(shop.folder / "in.csv"))
            assert told.returncode == 0, told.stderr
            assert "from the next customer on" in told.stdout
            await hand.touch("start", "checkout")
            await hand.state("cart")
            await hand.touch("find")
            await hand.state("keying")
            await hand.touch("key", "hc")
            await hand.until("an article", lambda at: "红茶" in str(at.screen["choices"]))
            (shop.folder / "shelf.csv").write_text("货号,库存\r\nA1,20\r\nX,1\r\n", newline="")
            told = terminal(shop.folder, "catalogue", "count", str(shop.folder / "shelf.csv"))
            assert "row 3, sku: X is not in the catalogue" in told.stdout
            assert "1 articles counted, 1 rows refused" in told.stdout, told.stderr
            await hand.touch("pick", "A1")
            await hand.until("a warning", lambda at: "19" in str(at.screen["advice"]))
            assert hand.screen["advice"]["values"] == {"left": "19", "name": "红茶"}
        found = examined(shop.folder)[1]["stock"]
        assert (found["well"], found["reason"]) == (True, "1 articles counted")
    finally:
        daemon.close()


TIERS = """
[policy.tiers]
steps = [{ tier = "gold", reach = 100 }, { tier = "diamond", reach = 500 }]
shown.diamond = { zh = "钻石会员", en = "Diamond Card" }
"""


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("zh-Hans", ["售价:钻石会员", "售价:金卡"]),
        ("zh-Hant", ["售价:鑽石會員", "售价:金卡"]),
        ("en", ["price:Diamond Card", "price:gold"]),
    ],
)
def test_a_price_for_a_tier_comes_and_goes_by_what_it_is_called(
    shop: Shop, language: str, heads: list[str]
) -> None:
    (shop.folder / "terminal.toml").write_text(f'{COUNTER}{TIERS}[counter]\nlanguage = "{language}"\n')
    assert shop.take("货号,名称,售价,售价:钻石会员,售价:金卡\r\nA1,红茶,12,10,11\r\n") == 0
    prices = {"diamond": 10_00, "gold": 11_00}
    assert [one.tier_prices for one in ArticleFile(shop.own).each()] == [prices]
    assert shop.typed("export", "out.csv") == 0
    text = (shop.folder / "out.csv").read_text(encoding="utf-8-sig")
    assert next(csv.reader(io.StringIO(text)))[-2:] == heads
    assert shop.take(text, "--whole") == 0
    assert [one.tier_prices for one in ArticleFile(shop.own).each()] == [prices]
