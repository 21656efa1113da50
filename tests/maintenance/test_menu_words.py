"""Whatever is said to a technician has Chinese words: the sentences are looked for in the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal.core.errors import PeopleLocked, WrongPin
from terminal.core.receipts.legible import width
from terminal.drivers.codecs.escpos_status import Trouble
from terminal.maintenance import doctor, doctor_zh
from terminal.maintenance.doctor_text import as_text, in_words
from terminal.maintenance.finding import Finding
from terminal.maintenance.menu import refusals_zh, sentences_zh
from terminal.maintenance.menu.doctor_lines import about
from terminal.maintenance.menu.words import words_of
from terminal.maintenance.metrics import counted
from terminal.maintenance.sentences import CHINESE, Sentences
from terminal.runtime.log import told
from tests.maintenance.test_metrics import FIGURES

ROOT = Path(__file__).parents[2] / "terminal"
ENGLISH = re.compile(r"[A-Za-z']{2,}[,;:.?]? [a-z']{2,}")
"""Two words in a row."""
COMMANDS = re.compile(
    r"(sudo |systemctl |journalctl |terminal |python |dmesg|aplay |speaker-test |ps aux |timedatectl"
    r"|policy\.)[-a-zA-Z0-9_./= ]*"
)
NOT_SAID = {
    # Other programs', and said where there is no menu.
    "the menu needs a console: ssh -t, or a serial line\n",
    "Previous request is not finished",
    "Automatic time synchronization is enabled",
    "{}{} bytes",
    # On paper and in a file for whoever opens the safe, and while it is keyed at a console of its own.
    "SECRET of {}",
    "Back onto a new disk: sudo terminal ledger secret-back -",
    "Line {} of the code (Enter alone: that was all): ",
}
ON_RECORD = re.compile(r"(settings|update|restart|network|clock): \S+")
"""Details of entries."""
SQL = ("ATTACH ", "BEGIN ", "DELETE ", "PRAGMA ", "SELECT ", "UPDATE ", "VACUUM ", "INSERT ")
BESIDE = {
    # Parts of sentences, in the place where they stand.
    "nothing came back: are its lines joined?": "/dev/x: {}",
    "{} bytes came back, or others": "/dev/x: {}",
    "headquarters' certificate": "{}: 2025-11-01 to 2026-11-01, OVER; by CN=hq",
    " ({} restarts)": "reader down{}",
    ", held by {}": "7 entries, the last 7 agree{}",
    "; on the disk of the ledger, so it outlives no disk": "level with the ledger at 7, in /x{}",
    ", last answer {} ago": "7 waiting, 7 at headquarters{}",
    ", the oldest asked for on {}": "7 wait to be written{}",
    "; little is left of: {}": "7 articles counted{}",
    ", {} s from headquarters": "trust network, synchronised{}",
    " Then press Reprint at the counter.": "Check power, cable, paper and cover.{}",
    " Receipts that wait ({}) then print by themselves.": "Check power, cable, paper and cover.{}",
    " and {} more": "for what nobody sells: a{}",
    "Nothing is sold until it is well. ": (
        "{}Put the stick back, or a new one with that folder; it then catches up by itself."
    ),
    "Selling goes on. ": "{}Put the stick back, or a new one with that folder; it then catches up by itself.",
    "Put the stick back, or a new one with that folder; it then catches up by itself.": "Selling goes on. {}",
}


def sentences(path: Path) -> Iterator[str]:
    """Texts of more than one word that a module makes, with `{}` for what is filled in; no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node and not isinstance(part, ast.JoinedStr)
    }
    inside |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if (
            re.search(r"[A-Za-z]{2,}[^A-Za-z{]* [A-Za-z{]", text)
            and text not in NOT_SAID
            and not ON_RECORD.fullmatch(text)
        ):
            yield text


def filled(text: str) -> Iterator[str]:
    """With something in its places, and with nothing where a part may lack."""
    for one in ("7", " as 7", ""):
        for part in (text, text.removesuffix("{}")):
            yield BESIDE.get(text, "{}").format(part.replace("{}", one))


def english_in(said: str) -> list[str]:
    return ENGLISH.findall(COMMANDS.sub("", said))


@pytest.mark.parametrize(
    "module",
    [
        "technician.py",
        "menu.py",
        "cancelling.py",
        "maintenance/network.py",
        *(f"maintenance/menu/{name}.py" for name in ("keeping", "looking", "mobile", "sending", "system")),
    ],
)
def test_what_the_menu_and_its_terminal_say_has_chinese_words(module: str) -> None:
    words = words_of("zh-Hans")
    found = list(sentences(ROOT / module))
    assert len(found) >= 5
    lacking = [text for text in found if all(english_in(words(one)) for one in filled(text))]
    assert lacking == []


def test_what_the_doctor_says_has_chinese_words() -> None:
    words = Sentences("zh-Hans", doctor_zh.ZH).in_chinese
    texts = {
        *(
            text
            for path in (ROOT / "maintenance").glob("doctor*.py")
            if not path.stem.endswith("_zh")
            for text in sentences(path)
        ),
        *doctor._LEDGER_STEPS.values(),
    }
    assert len(texts) > 100

    def chinese(text: str) -> bool:
        said = in_words(Finding(subject=text, well=True, reason=text, next_step=text), words)
        return any(not english_in(one) for one in (said.subject, said.reason, said.next_step))

    lacking = [text for text in texts if not any(map(chinese, filled(text)))]
    assert lacking == []
    assert chinese(PeopleLocked.for_technician)


@pytest.mark.parametrize(
    "module",
    [
        *(f"store/{name}.py" for name in ("backup", "restore", "export")),
        *(
            f"maintenance/update/{name}.py"
            for name in ("bundle", "settling", "taking", "trial", "trusted", "unpack", "version")
        ),
        "install/slots.py",
        "updating.py",
        "live_devices.py",
        "secret_copies.py",
        "store/secret_copy.py",
        "first_pin.py",
        "print_test.py",
        "status_ticket.py",
    ],
)
def test_why_something_was_not_done_has_chinese_words(module: str) -> None:
    words = words_of("zh-Hans")
    found = [text for text in sentences(ROOT / module) if "%" not in text and not text.startswith(SQL)]
    assert found
    lacking = [text for text in found if all(english_in(words(one)) for one in filled(text))]
    assert lacking == []


@pytest.mark.parametrize("copied", ["", "; so do 7 on the second copy"])
@pytest.mark.parametrize("erased", ["", "; members who wait to be forgotten: 7, since 2026-11-27"])
@pytest.mark.parametrize("language", CHINESE)
def test_a_ledger_that_agrees_is_told_in_chinese(copied: str, erased: str, language: str) -> None:
    whole = "/data/ledger.db: 7 entries, 7 postings and 7 rows beside them agree, head 41ba08cd15f9a2e7"
    assert not re.search(
        r"[A-Za-z]{4}",
        words_of(language)(f"{whole}{copied}{erased}")
        .replace("/data/ledger.db", "")
        .replace("41ba08cd15f9a2e7", ""),
    )


@pytest.mark.parametrize(
    "said",
    [
        "the second copy /stick: {}",
        "/stick holds 7 entries that the ledger has not",
        "there is no ledger yet; the first start makes it",
        "held by process 7",
        "schema 7, brought to 8 by the next start",
    ],
)
def test_a_ledger_that_does_not_is_told_in_chinese(said: str) -> None:
    words, doctors = words_of("zh-Hans"), Sentences("zh-Hans", doctor_zh.ZH).in_chinese
    why = said.format("7 entries behind")
    assert english_in(words(f"/data/ledger.db: {why}")) == []
    assert english_in(doctors(why)) == [] or why.startswith("held")


def test_a_code_stays_before_what_it_says() -> None:
    simplified = words_of("zh-Hans")
    assert simplified("A389 slot a is in use") == "A389 槽 a 正在使用"
    for one in ("A389 what no table has", "a389 slot a is in use", "A38 slot a is in use", "A389"):
        assert simplified(one) == one


def test_the_counters_have_chinese_words() -> None:
    words = words_of("zh-Hans")
    shown = [words(line) for line in counted(FIGURES)]
    assert len(shown) == 8
    assert [line for line in shown if english_in(line)] == []


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("asked", [b"\x16\x32\x12\x72", b"\x12\x12\x12\x1e"])
def test_how_a_printer_stands_has_chinese_words(trouble: Trouble, asked: bytes) -> None:
    said = f"{trouble} (DLE EOT 1-4: {asked.hex(' ')})"
    words, doctors = words_of("zh-Hans"), Sentences("zh-Hans", doctor_zh.ZH).in_chinese
    shown = (
        doctors(f"printer down: {said}"),
        words(f"receipts: {said}"),
        words(f"receipts: {said}; part of it may be on paper"),
        words("receipts: printed; unknown (this printer is not asked for its status)"),
    )
    assert [one for one in shown if english_in(one) or re.search("paper|error|line|cover", one)] == []


def test_no_place_of_a_sentence_is_lost_or_made_up() -> None:
    for key, said in {**sentences_zh.ZH, **refusals_zh.ZH, **doctor_zh.ZH}.items():
        places = len(re.findall(r"\{\*?\}", key))
        assert sorted(re.findall(r"\{(\d)\}", said)) == [str(one) for one in range(places)], key


def test_the_sentence_that_says_most_itself_is_taken_and_names_stay_as_they_are() -> None:
    table = {"{} is {*}": "{0} {1}了", "{} is not {*}": "{0} 没{1}", "ready": "就绪", "front": "前面"}
    simplified, traditional = (Sentences(one, table).in_chinese for one in CHINESE)
    assert simplified("front is ready") == "front 就绪了"
    assert simplified("front is not ready") == "front 没就绪"
    assert traditional("front is not ready") == "front 沒就緒"
    assert simplified("门 is not 门") == "门 没门"
    assert traditional("门 is not 门") == "门 沒门"
    assert simplified("front\nis ready") == "front\nis ready"
    for nothing in ("", "is", " is ready", "front is "):
        assert simplified(nothing) == nothing


def test_a_fault_is_what_the_attendant_reads_and_behind_it_what_it_was() -> None:
    simplified, traditional = (words_of(one) for one in CHINESE)
    fault = told(WrongPin(4))
    assert simplified(fault) == "55 密码错误，请会员重新输入。 (WrongPin: 还可试 4 次)"
    assert traditional(fault) == "55 密碼錯誤，請會員重新輸入。 (WrongPin: 還可試 4 次)"
    assert words_of("en")(fault) == fault
    for no_fault in ("55 NoSuchFault: x", "55 Words: x", "55 WrongPin", "L1 Mapping: y"):
        assert simplified(no_fault) == no_fault


LONG = Finding(
    subject="a-very-long-name-of-a-device",
    well=False,
    reason="printer down: paper out (DLE EOT 1-4: 16 32 12 72)",
    next_step=doctor._LEDGER_STEPS[doctor.LedgerTrouble.DAMAGED],
)


@pytest.mark.parametrize("language", CHINESE)
@pytest.mark.parametrize("many", [1, 3, 30])
def test_the_doctor_fits_on_the_screen_in_chinese(language: str, many: int) -> None:
    words = Sentences(language, doctor_zh.ZH).in_chinese
    found = (*[LONG] * many, Finding(subject="clock", well=True, reason="trust network, synchronised"))
    lines = as_text(found, colours=False, words=words).splitlines()
    assert max(map(width, lines)) <= 80
    assert lines[0].startswith("故障  a-very-long-n... ")
    assert lines[-1] == (f"1 项正常，{many} 项故障" if language == "zh-Hans" else f"1 項正常，{many} 項故障")
    if many < 30:
        assert len(lines) <= 23
    painted = as_text(found, colours=True, words=words).splitlines()
    assert painted[0].startswith("\x1b[31m故障 \x1b[0m a-very")
    assert [
        one.replace("\x1b[31m", "").replace("\x1b[32m", "").replace("\x1b[0m", "") for one in painted
    ] == lines


def test_what_lies_beyond_the_rows_is_cut_with_a_sign() -> None:
    words = Sentences("zh-Hans", doctor_zh.ZH).in_chinese
    lines = as_text((LONG,) * 11, colours=False, words=words).splitlines()
    steps = [line for line in lines if "-> " in line]
    assert len(steps) == 11
    assert all(line.endswith(" ...") and width(line) <= 80 for line in steps)


@pytest.mark.parametrize("language", ["en", *CHINESE])
def test_lines_of_a_subject_are_found_in_each_language(language: str) -> None:
    words = Sentences(language, doctor_zh.ZH).in_chinese if language in CHINESE else str
    step = "Set the time: timedatectl; check the network's time server and the clock's battery."
    found = (
        Finding(
            subject="clock", well=False, reason="it is wrong; trust unknown, not synchronised", next_step=step
        ),
        Finding(subject="clock-reader", well=True, reason="reader ready"),
        Finding(subject="queue", well=True, reason="no headquarters; 7 entries kept"),
    )
    lines = as_text(found, colours=False, words=words).splitlines()
    clock = about(lines, "clock")
    assert clock == tuple(lines[: len(clock)])
    assert len(clock) >= 2
    assert "-> " in clock[1]
    assert about(lines, "queue") == (lines[-2],)
    assert about(lines, "clock", "queue") == (*clock, lines[-2])
    assert about(lines, "ledger") == ()


def test_why_no_backup_was_made_is_told_whole_in_chinese() -> None:
    why = (
        "/mnt/backup: no disk is mounted there. Plug in the stick, sudo mount /mnt/backup, then again."
        " Where no other disk can be had, say --same-disk"
    )
    said = words_of("zh-Hans")(f"no backup was made: {why}")
    assert said.startswith("没有备份：/mnt/backup：没有挂载磁盘。")
