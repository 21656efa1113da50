"""`terminal print-command-sheet`: what it prints answers the screens of its own terminal."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.command_sheets import Attendants, attendants, everything, led_by
from terminal.config import load
from terminal.core.catalogue import Listed
from terminal.core.command_sheet import Order, Says
from terminal.core.errors import NotThisSheet
from terminal.core.staff import Role
from terminal.core.values import StaffId
from terminal.desk.prices import Offer
from terminal.desk.settings import StaffMember
from terminal.drivers.virtual.escpos_reader import Paper, Tokens
from terminal.maintenance.socket import Answering
from terminal.sheet_key import command_sheet
from terminal.store.sealed import Secret
from terminal.training import trained

FILE = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "terminal.sock"

[shop]
name = "<青山>加油站"

[ledger]
path = "ledger.db"

[counter]
language = "{language}"
{counter}
[policy]
confirmed = ["code"]

[[policy.grades]]
grade = "95"
name = "95号汽油"
family = "petrol"
price = 799

[acquirer]
{acquirer}

{printer}
"""
PRINTER = '[device.front]\ndriver = "file_printer"\npath = "front.bin"\n'


def config(
    folder: Path, *, language: str = "zh-Hans", counter: str = "", printer: str = PRINTER, key: bool = True
) -> Path:
    path = folder / "terminal.toml"
    text = FILE.format(language=language, counter=counter, printer=printer, acquirer="")
    path.write_text(text, encoding="utf-8")
    if key:
        Secret(folder / "ledger.secret")
    return path


def printed(folder: Path) -> str:
    data = (folder / "front.bin").read_bytes()
    paper = Paper("gbk")
    receipts = [receipt for token in Tokens().feed(data) if (receipt := paper.take(token))]
    assert [receipt.unknown for receipt in receipts] == [()]
    return receipts[0].text


def test_on_receipt_paper_each_code_has_its_words_above_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(tmp_path)
    assert main(["print-command-sheet", "--config", str(path)]) == 0
    assert capsys.readouterr().out == "printed\n"
    text = printed(tmp_path)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    at = lines.index("确认")
    assert lines[at + 1] == "Confirm"
    codes = re.findall(r"CS-\S+", text.replace("\n", " "))
    sheet = command_sheet(load(path))
    said = [sheet.order(code.rstrip("]")).spelled for code in codes]
    assert said[:3] == ["OK", "NO", "SKIP"]
    assert {"GO.CHECKOUT", "GO.JOIN", "GRADE.95", "PAY.CASH", "PAY.STORED", "PAY.CODE"} <= set(said)
    assert "PAY.CARD" not in said


def test_as_a_page_it_is_a_new_file_that_only_we_may_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = config(tmp_path, language="en"), tmp_path / "sheet.html"
    assert main(["print-command-sheet", str(page), "--config", str(path)]) == 0
    assert page.stat().st_mode & 0o777 == 0o600
    text = page.read_text(encoding="utf-8")
    assert "<青山>" not in text
    assert "&lt;青山&gt;加油站 · S1 · 1" in text
    assert "<b>Confirm</b></li>" in text
    assert text.count("<svg") == text.count("<li>") > 15
    assert text.count("<svg viewBox=") == text.count("<svg"), "as large as its box, not a point a module"
    assert "<b>95号汽油</b>" in text
    capsys.readouterr()
    assert main(["print-command-sheet", str(page), "--config", str(path)]) == 1
    assert "sheet.html" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == text


PAGE = """
[join_page]
address = "{address}"
port = {port}

[[counter.staff]]
id = "E01"
badge = "ST-0301"
name = "<李>雷"

[[counter.staff]]
id = "E02"
name = "韩梅梅"

[[counter.staff]]
id = "T01"
badge = "ST-0399"
name = "T"
role = "technician"
"""


@pytest.mark.parametrize(
    ("address", "port", "led"),
    [
        ("192.168.1.9", 8322, [("<李>雷 ST-0301", "http://192.168.1.9:8322/#ST-0301")]),
        ("fd00::9", 80, [("<李>雷 ST-0301", "http://[fd00::9]:80/#ST-0301")]),
        ("192.168.1.9", 0, []),
        ("", 8322, []),
    ],
)
def test_drivers_scan_the_code_of_the_attendant_whose_page_it_leads_to(
    tmp_path: Path, address: str, port: int, led: list[tuple[str, str]]
) -> None:
    """Of those who have a badge with a code, and nobody who sells nothing."""
    path = config(tmp_path)
    path.write_text(
        path.read_text(encoding="utf-8") + PAGE.format(address=address, port=port), encoding="utf-8"
    )
    assert list(led_by(load(path))) == led
    assert main(["print-command-sheet", str(tmp_path / "sheet.html"), "--config", str(path)]) == 0
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert page.count("&lt;李&gt;雷 ST-0301") == len(led)
    assert "<李>" not in page


async def test_attendants_are_those_that_the_running_terminal_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Headquarters may name who works here: its file then names others, or nobody."""
    path = config(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + PAGE.format(address="::1", port=80), encoding="utf-8")
    named = (
        StaffMember(id=StaffId("s7"), name="Lee", badge="ST-7"),
        StaffMember(id=StaffId("s8"), name="Wu"),
        StaffMember(id=StaffId("t1"), name="Fu", badge="ST-9", role=Role.TECHNICIAN),
    )

    async def answer(_said: tuple[str, ...]) -> Attendants:
        return attendants(named)

    settings = load(path)
    answering = Answering(settings.file.terminal.socket, {"attendants": answer})
    task = asyncio.create_task(answering.run())
    await answering.listens.wait()
    led = await asyncio.to_thread(lambda: list(led_by(settings)))
    task.cancel()
    await asyncio.wait([task])
    assert (led, capsys.readouterr().err) == ([("Lee ST-7", "http://[::1]:80/#ST-7")], "")
    assert [name for name, _ in led_by(settings)] == ["<李>雷 ST-0301"]
    assert capsys.readouterr().err.startswith("the terminal does not run; attendants here are")


@pytest.mark.parametrize("at_pumps", [True, False])
def test_where_phones_are_not_used_at_the_pumps_the_code_to_join_says_where_to_go(
    tmp_path: Path,
    at_pumps: bool,  # noqa: FBT001  a column
) -> None:
    path = config(tmp_path)
    text = path.read_text(encoding="utf-8") + PAGE.format(address="192.168.1.9", port=8322)
    said = f"[policy]\nphones_at_pumps = {str(at_pumps).lower()}\n"
    path.write_text(
        text.replace("[policy]\n", said) if "[policy]\n" in text else text + said, encoding="utf-8"
    )
    assert main(["print-command-sheet", str(tmp_path / "sheet.html"), "--config", str(path)]) == 0
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert page.count("<b>加入会员</b>") == at_pumps
    assert page.count("<b>加入会员：请到店内扫码，加油区不使用手机</b>") == (not at_pumps)


def test_a_raised_edition_ends_the_sheets_of_before(tmp_path: Path) -> None:
    code = command_sheet(load(config(tmp_path))).code(Order(says=Says.CONFIRM))
    with pytest.raises(NotThisSheet):
        command_sheet(load(config(tmp_path, counter="command_sheet = 2"))).order(code)


def test_who_learns_uses_the_shops_sheet(tmp_path: Path) -> None:
    settings = load(config(tmp_path))
    code = command_sheet(settings).code(Order(says=Says.CONFIRM))
    assert command_sheet(trained(settings, Offer(articles=Listed(()), tariff=settings.tariff))).order(
        code
    ) == Order(says=Says.CONFIRM)
    assert not (tmp_path / "training").exists()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"printer": ""}, "not printed: no printer is configured\n"),
        ({"key": False}, "no sheet: this site has no key yet: start the terminal once\n"),
        (
            {"printer": '[device.front]\ndriver = "tcp_printer"\nhost = "127.0.0.1"\nport = 9\n'},
            "not printed: ",
        ),
    ],
)
def test_where_there_is_none_it_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: dict[str, str], why: str
) -> None:
    path = config(tmp_path, **more)  # type: ignore[arg-type]  one of the three
    assert main(["print-command-sheet", "--config", str(path)]) == 1
    assert capsys.readouterr().err.startswith(why)


def test_where_no_key_is_no_code_fits_and_none_is_made(tmp_path: Path) -> None:
    sheet = command_sheet(load(config(tmp_path, key=False)))
    with pytest.raises(NotThisSheet):
        sheet.order(sheet.code(Order(says=Says.CONFIRM)))
    assert not (tmp_path / "ledger.secret").exists()


def test_a_key_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path)
    (tmp_path / "ledger.secret").write_bytes(b"short")
    assert main(["print-command-sheet", "--config", str(path)]) == 1
    assert "no sheet: " in capsys.readouterr().err


def test_nozzles_are_on_it_where_a_forecourt_controller_is_configured(tmp_path: Path) -> None:
    pumps = '[device.pumps]\ndriver = "forecourt_tcp"\nhost = "127.0.0.1"\nport = 9110\n'
    for folder, devices in (("with", PRINTER + pumps), ("without", PRINTER)):
        (tmp_path / folder).mkdir()
        path = config(tmp_path / folder, printer=devices)
        assert main(["print-command-sheet", str(tmp_path / f"{folder}.html"), "--config", str(path)]) == 0
    station, shop = ((tmp_path / f"{one}.html").read_text(encoding="utf-8") for one in ("with", "without"))
    for label in ("授权加油", "停枪", "#1", "#12", "按升数", "换一张卡"):
        assert (f"<b>{label}</b>" in station, f"<b>{label}</b>" in shop) == (True, False), label
    assert "<b>加油入会</b>" in shop
    assert "<b>#13</b>" not in station
    for label in ("加油", "用预付的", "现金，正好", "组合付款", "积分", "是否同意接收本店优惠信息？", "[10]"):
        assert f"<b>{label}</b>" in shop, label


def test_digits_are_a_page_of_their_own_with_what_ends_a_number(tmp_path: Path) -> None:
    path = config(tmp_path, language="en")
    assert main(["print-command-sheet", str(tmp_path / "sheet.html"), "--config", str(path)]) == 0
    _, pad = (tmp_path / "sheet.html").read_text(encoding="utf-8").split('<ul class="pad">')
    assert re.findall(r"<b>(.*?)</b>", pad) == [
        *"123456789", "Point", "0", "Erase a digit", "Erase all digits", "Confirm", "Cancel"
    ]  # fmt: skip


def test_quantities_of_gas_are_printed_in_its_own_unit(tmp_path: Path) -> None:
    path = config(tmp_path)
    text = path.read_text(encoding="utf-8").replace('family = "petrol"', 'family = "gas"\nunit = "kg"')
    path.write_text(text, encoding="utf-8")
    assert main(["print-command-sheet", str(tmp_path / "sheet.html"), "--config", str(path)]) == 0
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "<b>10 kg</b>" in page
    assert "10 L" not in page


def test_as_many_nozzles_are_printed_as_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(
        tmp_path, printer=PRINTER + '[device.pumps]\ndriver = "forecourt_tcp"\nhost = "127.0.0.1"\n'
    )
    for many in (1, 99):
        page = tmp_path / f"{many}.html"
        args = ["print-command-sheet", str(page), "--nozzles", str(many), "--config", str(path)]
        assert main(args) == 0
        text = page.read_text(encoding="utf-8")
        assert [f"<b>#{one}</b>" in text for one in (many, many + 1)] == [True, False]
    for wrong in ("0", "100", "x"):
        with pytest.raises(SystemExit):
            main(["print-command-sheet", "--nozzles", wrong, "--config", str(path)])
    assert "--nozzles" in capsys.readouterr().err


def test_vouchers_of_platforms_are_paid_with_where_somebody_verifies_them(tmp_path: Path) -> None:
    path = config(tmp_path)
    assert Order(says=Says.TENDER, value="group_buy") not in [one.order for one in everything(load(path), 0)]
    (tmp_path / "word").write_text("x" * 32)
    more = '[group_buy]\nurl = "https://vouchers.invalid"\nsecret_file = "word"\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert Order(says=Says.TENDER, value="group_buy") in [one.order for one in everything(load(path), 0)]
