"""The maintenance menu at a pseudo-terminal of 80 by 24: every item, and what is shown where it cannot."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lab.menu.box import PIN, PROGRAMS, WHO, MadeUp
from lab.menu.tmux import INSTALLED, Tmux
from lab.menu.typing_at import COLUMNS, Console
from lab.menu.walk import ENTER, ESC, POOR, drawn, framed, opened
from terminal.core.texts.hant import traditional
from terminal.maintenance import doctor_zh
from terminal.maintenance.menu import refusals_zh, sentences_zh
from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import KEYS, Item
from terminal.maintenance.menu.words import ZH, words_for

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "menu"
COLOUR = re.compile(rb"\x1b\[[0-9;]*\b(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
UP, DOWN, CTRL_C = "\x1b[A", "\x1b[B", "\x03"
BACK = "Enter or Esc: back"
LOCKED_BRANCHES = ("5", "6", "8")


def all_of(items: Sequence[Item]) -> Iterator[Item]:
    for one in items:
        yield one
        if one.alone is not None:
            yield from one.alone()
        if one.items is not None:
            yield from all_of(one.items())


def test_every_item_is_as_it_is_drawn_in_the_documentation() -> None:
    found = drawn()
    assert sorted(found) == sorted(one.name for one in SCREENS.iterdir())
    for name, text in found.items():
        assert text == (SCREENS / name).read_text(encoding="utf-8"), name


ENGLISH = re.compile(r"[A-Za-z']+(?:[ ,;:]+[a-z']+){2,}")
"""Three words in a row are a sentence, or a part of one."""
AS_IT_IS = (
    r"(sudo )?(terminal|systemctl|journalctl|python -m hq) [-a-zA-Z0-9_./ ]+",
    r"\{.*\}",  # The log.
    r"answered 422: no such shop",  # Another's server.
    *(re.escape(line) for lines in PROGRAMS.values() for line in lines),
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh-Hans", ("维护", "培训开始", "缺纸", "不可用", "河边便利店")),
        ("zh-Hant", ("維護", "培訓開始", "缺紙", "不可用")),
    ],
)
def test_every_item_asks_and_answers_in_chinese(language: str, said: tuple[str, ...]) -> None:
    found = drawn(language, rich=True)
    assert len(found) == len(list(SCREENS.iterdir()))
    shown = "".join(found.values())
    assert [one for one in said if one not in shown] == []
    for name, text in found.items():
        left = re.sub("|".join(AS_IT_IS), "", text)
        assert ENGLISH.findall(left) == [], name
    if language == "zh-Hant":  # The shop's name stands as the file has it.
        table = (*refusals_zh.ZH.values(), *sentences_zh.ZH.values(), *ZH.values(), *doctor_zh.ZH.values())
        simplified = {char for one in table for char in one if traditional(char) != char}
        assert (
            sorted(
                simplified & set(shown.replace("河边便利店", "").replace("王店长", "").replace("李师傅", ""))
            )
            == []
        )


def test_everything_that_is_the_menus_own_has_chinese_words() -> None:
    labels = {one.label for one in all_of(tree(MadeUp()))}
    made = {one for one in labels if re.match(r"as for: |(reader|scanner|printer) |receipts$|.* = ", one)}
    fields = {one.label for item in all_of(tree(MadeUp())) for one in item.fields}
    settings = {one for one in fields if one.endswith("(empty: as usual)")}
    assert (labels - made | fields - settings) - set(ZH) == set()


def test_no_page_has_more_items_than_keys_and_no_label_more_than_a_row() -> None:
    for item in all_of(tree(MadeUp())):
        assert len(item.label) <= COLUMNS - 6
        assert sum(one is not None for one in (item.items, item.do, item.live)) == 1
        if item.items is not None:
            assert len(item.items()) <= len(KEYS)


@pytest.mark.parametrize(
    ("language", "kind", "encoding", "status"),
    [
        ("zh-Hans", "xterm-256color", "UTF-8", "状态"),
        ("zh-Hant", "screen", "utf8", "狀態"),
        ("en", "xterm", "UTF-8", "Status"),
        ("zh-Hans", "linux", "UTF-8", "Status"),
        ("zh-Hans", "vt100", "UTF-8", "Status"),
        ("zh-Hans", "", "UTF-8", "Status"),
        ("zh-Hant", "xterm", "ANSI_X3.4-1968", "Status"),
    ],
)
def test_a_console_that_draws_no_chinese_has_english(
    language: str, kind: str, encoding: str, status: str
) -> None:
    words = words_for(language, kind, encoding)
    assert words("Status") == status
    assert words("front") == "front"


@pytest.fixture
def console() -> Iterator[Console]:
    with opened() as one:
        one.until("Maintenance")
        yield one


def test_a_vt100_gets_no_colours_and_the_chosen_row_has_a_sign(console: Console) -> None:
    console.type(f"{DOWN}{DOWN}{UP}")
    assert "\n> 2  Devices\n  3  Network" in console.until("> 2  Devices")
    console.type(ENTER)
    console.until("> 1  What they say, live")
    assert not COLOUR.search(console.written)
    assert all(one < 0x80 for one in console.written)


def test_the_wrong_pin_opens_nothing_and_is_not_shown(console: Console) -> None:
    console.type("5")
    console.until("Your PIN:")
    console.type(f"{WHO}{ENTER}111222")
    assert "111222" not in console.until("******")
    console.type(ENTER)
    assert "55 WrongPin: 4 tries left" in console.until("NOT DONE", BACK)
    console.type(ENTER)
    console.until("Maintenance")
    console.type(f"5{WHO}{ENTER}{PIN}{ENTER}")
    console.until("X report")
    console.type(f"{ESC}")
    console.until("Maintenance")
    console.type("8")
    console.until("Begin, or end it")


def test_what_is_asked_for_is_only_done_with_enter(console: Console) -> None:
    console.type(f"0{WHO}{ENTER}{PIN}{ENTER}")
    console.until("Restart the terminal")
    console.type("1")
    console.until("Enter: do it")
    console.type("9")
    console.type(ESC)
    assert "it ends now" not in console.until("Restart the screen")
    console.type(f"1{ENTER}")
    console.until("it ends now")


def test_it_is_left_by_esc_and_by_ctrl_c(console: Console) -> None:
    console.type(ESC)
    assert console.ended() == 0
    with opened() as other:
        other.until("Maintenance")
        other.type(CTRL_C)
        assert other.ended() == 0


def test_an_esc_and_a_key_that_come_in_one_piece_are_two(console: Console) -> None:
    console.type("2")
    console.until("Test: drawer")
    console.type(f"{ESC}9")
    console.until("Lines with a word")
    console.type(f"2pap{ESC}1")
    console.until("paper low", BACK)
    console.type(f"{ESC}{ESC}")
    console.until("> 9  Logs")


def test_a_form_may_be_left_and_a_key_without_item_does_nothing(console: Console) -> None:
    console.type("9")
    console.until("2  Lines with a word")
    console.type("7x2")
    console.until("Word, such as printer:")
    console.type(f"pap{ESC}")
    console.until("> 2  Lines with a word")
    console.type(f"{ENTER}ready{ENTER}")
    assert "paper" not in console.until('"event":"ready"', BACK)


def test_without_the_terminal_it_looks_and_restores_and_says_so() -> None:
    with opened(runs="down") as console:
        console.until("Maintenance")
        for key in LOCKED_BRANCHES:
            console.type(key)
            console.until("The terminal does not run, so nobody can key a PIN.", BACK)
            console.type(ENTER)
            console.until("Number or arrows")
        console.type("72")
        console.until("The terminal does not run", BACK)
        console.type(ESC)
        console.until("> 2  Back up")
        console.type(f"3{ENTER}")
        console.until("takes the place of the ledger", "Enter: do it")
        console.type(ENTER)
        console.until("1204 entries restored")
        console.type(ESC)
        console.until("> 3  Restore")
        console.type(f"8{ENTER}{ENTER}")
        console.until("NOT DONE", "Say its file, or key its code.", BACK)
        console.type(ESC)
        console.until("> 8  Put that secret back")
        console.type("8")
        console.until("Its code")
        console.type(f"{ENTER}ABCD EFGH")
        assert "ABCD" not in console.until("*********")
        console.type(ENTER)
        console.until("takes the place of the secret", "Enter: do it")
        console.type(ENTER)
        console.until("The secret is back.")


def test_over_a_terminal_without_its_ledger_it_says_why_and_starts_it_anew() -> None:
    why = "L103 LedgerDamaged:"
    with opened(runs="closed") as console:
        console.until("Maintenance")
        for key in LOCKED_BRANCHES:
            console.type(key)
            console.until(why, "nobody can key a PIN", "sudo systemctl stop terminal", BACK)
            console.type(ENTER)
            console.until("Number or arrows")
        console.type("11")
        console.until("NOT DONE", why, BACK)
        console.type(f"{ESC}")
        console.until("> 1  Everything")
        console.type(ESC)
        console.until("> 1  Status")
        console.type(f"73{ENTER}")
        assert "takes the place" not in console.until(why, "sudo systemctl stop terminal; then again", BACK)
        console.type(ESC)
        console.until("> 3  Restore")
        console.type(ESC)
        console.until("> 7  Data")
        console.type("46")
        console.until("Code that headquarters printed")
        console.type(f"ABCD{ENTER}{ENTER}")
        console.until("NOT DONE", why, BACK)
        console.type(ESC)
        console.until("> 6  Join")
        console.type(ESC)
        console.until("> 4  Sync")
        console.type("01")
        console.until("systemd starts the terminal anew", "Enter: do it")
        console.type(ENTER)
        console.until("It is started.")


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_that_is_said_in_chinese_too(language: str) -> None:
    with opened(language, rich=True, runs="closed") as console:
        console.until("0  ")
        console.type("5")
        shown = console.until("sudo systemctl stop terminal", "LedgerDamaged")
        assert [one for one in ("ledger", "nobody", "first") if one in shown] == []


def test_while_it_runs_nothing_is_restored(console: Console) -> None:
    console.type(f"73{ENTER}")
    console.until("sudo systemctl stop terminal", "NOT DONE", BACK)


def test_what_ends_the_waiting_leaves_the_menu_open() -> None:
    program = """
import time
from lab.menu.box import MadeUp
from terminal.maintenance.menu.screen import Screen
from terminal.maintenance.menu.tree import Item
def waits(_words):
    time.sleep(60)
Screen(MadeUp(), [Item(label="Wait", do=waits)], str).run()
"""
    with Console([sys.executable, "-c", program], {"TERM": "vt100", "LC_ALL": "C"}) as console:
        console.until("1  Wait")
        console.type("1")
        console.until("One moment ...")
        console.type(CTRL_C)
        console.until("Stopped. Look whether it was done.", BACK)
        console.type(ESC)
        console.until("Number or arrows")


def test_a_long_answer_is_read_by_arrows_and_an_empty_page_says_that_it_is() -> None:
    program = """
from lab.menu.box import MadeUp
from terminal.maintenance.menu.screen import Screen
from terminal.maintenance.menu.tree import Item, Said
lines = tuple(f"line {n}" for n in range(99)) + ("a\\x1bb",)
tree = [
    Item(label="Long", do=lambda _: Said(lines=lines)),
    Item(label="None", items=list),
    Item(label="Fault", do=lambda _: 1 / 0),
    Item(label="Live fault", live=lambda: 1 / 0),
    Item(label="List fault", items=lambda: 1 / 0),
]
Screen(MadeUp(), tree, str).run()
"""
    with Console([sys.executable, "-c", program], {"TERM": "vt100", "LC_ALL": "C"}) as console:
        console.until("1  Long")
        console.type("1")
        assert "line 40" not in console.until("line 20")
        console.type("\x1b[6~" * 6)
        console.until("line 98", "a\\x1bb")
        console.type(ESC)
        console.until("> 1  Long")
        console.type("2")
        console.until("There is none.")
        console.type(f"1{ENTER}{ESC}")
        console.until("> 2  None")
        for key in "345":
            console.type(key)
            console.until("NOT DONE", "ZeroDivisionError at")
            console.type(ESC)
            console.until("Number or arrows")


@pytest.mark.skipif(not INSTALLED, reason="tmux is not installed")
def test_it_is_the_same_in_tmux() -> None:
    """So is every item over a terminal that runs: tests/test_menu_tmux.py."""
    command = (sys.executable, "-m", "lab.menu.box", "en", "vt100", "ascii", "runs")
    with Tmux(command, POOR[2]) as console:
        shown = console.until(lambda one: one.endswith("Esc: back"))
        assert framed([shown]) == (SCREENS / "0-menu.txt").read_text(encoding="utf-8")
        console.type("11")
        shown = console.until(lambda one: "/var/lib/card-terminal" in one and one.endswith(BACK))
        assert shown in (SCREENS / "1-status.txt").read_text(encoding="utf-8")
