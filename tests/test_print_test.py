"""`terminal print-test`: a ticket that helps to choose the character set."""

from __future__ import annotations

from pathlib import Path

import pytest

from terminal.__main__ import main
from terminal.drivers.codecs.escpos import Charset, Profile
from terminal.drivers.codecs.ticket import SAMPLE, trial
from terminal.drivers.virtual.escpos_reader import Paper, Tokens

FILE = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"

[shop]
name = "青山便利店"

[receipt]
printer = "front"
logo = "logo.pbm"

[device.front]
driver = "file_printer"
path = "front.bin"

[device.back]
driver = "file_printer"
path = "back.bin"
columns = 48
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "logo.pbm").write_bytes(b"P4\n8 2\n\xaa\x55")
    path = tmp_path / "terminal.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def _read(data: bytes, charset: str) -> str:
    paper = Paper(charset)
    receipts = [receipt for token in Tokens().feed(data) if (receipt := paper.take(token))]
    assert [receipt.unknown for receipt in receipts] == [()]
    return receipts[0].text


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "cp950"])
def test_a_printer_shows_the_sample_as_chinese_under_its_own_name(charset: str) -> None:
    lines = _read(trial("front", Profile()), charset).splitlines()
    named = 'charset = "big5"' if charset == "cp950" else f'charset = "{charset}"'
    shown = lines[lines.index(named) + 1]
    assert shown == (SAMPLE if charset != "cp950" else "？？充值 會員儲值 ￥12.30")
    assert lines[lines.index('charset = "utf-8"') + 1] == SAMPLE
    assert [line for line in lines if line.startswith("charset")] == [f'charset = "{one}"' for one in Charset]
    assert "12345678901234567890123456789012" in lines
    assert lines[-2] == "[QR printer front]"


def test_it_prints_where_receipts_come_out_and_says_how_the_printer_is(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["print-test", "--config", str(config)]) == 0
    assert capsys.readouterr().out.startswith("front: printed; unknown (this printer is not asked")
    text = _read((config.parent / "front.bin").read_bytes(), "gbk")
    assert text.startswith("[picture 8x2]")
    assert not (config.parent / "back.bin").exists()


def test_it_prints_on_the_printer_that_is_named(config: Path) -> None:
    assert main(["print-test", "back", "--config", str(config)]) == 0
    assert b"1234567890" * 4 + b"12345678" in (config.parent / "back.bin").read_bytes()


def test_a_printer_that_does_not_exist_is_told_with_those_that_do(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["print-test", "kitchen", "--config", str(config)]) == 1
    assert capsys.readouterr().err == "no printer kitchen: front, back\n"


def test_a_printer_that_fails_says_why(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(FILE.replace("front.bin", "/dev/full"), encoding="utf-8")
    assert main(["print-test", "--config", str(config)]) == 1
    assert "No space left on device" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (b"P4\n400 1\n" + bytes(50), "400 dots wide; the paper has 384"),
        (b"GIF89a", "no PBM in its binary form (P4)"),
        (None, "No such file or directory"),
    ],
)
def test_a_logo_that_cannot_be_printed_is_told_at_the_start(
    config: Path, picture: bytes | None, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logo = config.parent / "logo.pbm"
    if picture is None:
        logo.unlink()
    else:
        logo.write_bytes(picture)
    assert main(["print-test", "--config", str(config)]) == 2
    line = FILE.splitlines().index('logo = "logo.pbm"') + 1
    assert capsys.readouterr().err == f"line {line}: receipt.logo: {logo}: {why}\n"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('[counter]\nnotice_s = "x"\n', "line 23: counter.notice_s: "),
        ("[counter\n", "(at line 22, "),
    ],
)
def test_over_a_file_that_cannot_be_used_it_says_where_and_prints_all_the_same(
    wrong: str, said: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(FILE + wrong, encoding="utf-8")
    assert main(["print-test", "back", "--config", str(config)]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out.startswith("back: printed; ")
    assert _read((config.parent / "back.bin").read_bytes(), "gbk")
    assert main(["print-test", "kitchen", "--config", str(config)]) == 2
    assert capsys.readouterr().err.endswith("\nno printer that can be used: front, back\n")


def test_where_no_printer_can_be_read_it_says_what_to_do(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("= =\n" * 40, encoding="utf-8")
    assert main(["print-test", "--config", str(config)]) == 2
    assert capsys.readouterr().err.endswith("\nno printer that can be used: mend the lines above\n")
