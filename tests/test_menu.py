"""`terminal menu` at this machine: over a terminal that runs, over one that does not, and over files."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
import tempfile
import threading
import time
import tty
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from lab.menu.real import BACKSPACE
from lab.menu.typing_at import Console
from lab.menu.walk import ENTER, ESC
from terminal import menu as menus
from terminal.__main__ import main
from terminal.checkup import seen
from terminal.config import load
from terminal.core.canonical import decoded
from terminal.core.commands import MAINTENANCE, STAFF_PIN, BookNote, Private
from terminal.core.shift import X_REPORT
from terminal.core.values import StaffId
from terminal.drivers.codecs.em4100 import frame
from terminal.install.box import Box
from terminal.maintenance.menu.keeping import data, settings
from terminal.maintenance.menu.looking import network
from terminal.maintenance.menu.sending import sync
from terminal.maintenance.menu.system import logs
from terminal.maintenance.menu.tree import Part, Said
from terminal.maintenance.menu.words import words_of
from terminal.menu import Machine, looked, looped
from terminal.runtime.durable import lost_at_restart, not_mounted
from terminal.runtime.trace import Record, What
from terminal.salvaged import salvaged
from terminal.support import packed
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id
from tests.test_app import Line, Start, folder, lines, spoilt, start

__all__ = ["folder", "lines", "start"]
PIN = "200731"
TAG = frame("04001A2B3C")
VT100 = {"TERM": "vt100", "LC_ALL": "C"}


@pytest.fixture(autouse=True)
def _no_machine_that_starts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where these tests lie may be memory."""
    monkeypatch.setattr(Box, "runs", property(lambda _: False))


def menu(config: Path) -> Console:
    return Console([sys.executable, "-m", "terminal", "menu", "--config", str(config)], VT100)


def back(console: Console, *texts: str) -> None:
    """Page by page: an Esc with something right behind it is another key."""
    for text in texts:
        console.type(ESC)
        console.until(text)


def test_it_looks_at_the_terminal_that_runs(folder: Path, start: Start, lines: dict[str, Line]) -> None:
    start().ready()
    with menu(folder / "terminal.toml") as console:
        console.until("S1/T1  Maintenance", "0  System")
        console.type("11")
        console.until("green terminal", "process", "Esc: back")
        back(console, "> 1  Everything", "> 1  Status")
        console.type("21")
        console.until("reader front", "scanner side")
        console.type("1")
        console.until("Use front now")
        os.write(lines["front"].ours, TAG)
        assert "1A2B3C" not in console.until("-> card em4100", " in     02 ")
        back(console, "> 1  reader front", "> 1  What they say", "> 2  Devices")
        console.type("5")
        console.until("Your PIN:")
        console.type(f"E99{ENTER}123789{ENTER}")
        console.until("that is nobody who looks after this terminal")
        back(console, "> 5  Shift")
        console.type("42")
        console.until("there is nobody to send to")
        back(console, "> 2  Send now", "> 4  Sync")
        console.type("71")
        console.until("entries,", "agree", "Esc: back")
        back(console, "> 1  Verify", "> 7  Data")
        console.type(ESC)
        assert console.ended() == 0


STAFF = """
[[counter.staff]]
id = "E01"
name = "店长"
role = "manager"

[[counter.staff]]
id = "T01"
name = "技术"
role = "technician"

[device.paper]
driver = "file_printer"
path = "paper.bin"
"""


async def a_technician_with_a_pin(ledger: Path, pin: str) -> None:
    opened: Any = await opened_at(ledger)
    note = BookNote(id=an_id(1), at=replace(AT, operator=StaffId("T01")), what=STAFF_PIN, detail="T01")
    await opened.committer.submit(note, Private(pin=await opened.pin_book.verifier(pin)))
    await opened.close()


async def notes_in(ledger: Path) -> list[tuple[str, str, str]]:
    opened: Any = await opened_at(ledger)
    bodies = [decoded(link.body).payload for link in await opened.outbox.after(0, 1_000)]
    await opened.close()
    return [(one.what, one.detail, one.at.operator) for one in bodies if isinstance(one, BookNote)]


async def test_a_technician_does_things_that_are_on_record(folder: Path, start: Start) -> None:
    config, ledger = folder / "terminal.toml", folder / "data" / "ledger.db"
    config.write_text(config.read_text(encoding="utf-8") + STAFF, encoding="utf-8")
    await a_technician_with_a_pin(ledger, PIN)
    daemon = start()
    daemon.ready()
    with menu(config) as console:
        console.until("Maintenance")
        console.type("5")
        console.until("Your PIN:")
        console.type(f"T01{ENTER}111999{ENTER}")
        console.until("WrongPin", "NOT DONE")
        back(console, "> 5  Shift")
        console.type(f"5T01{ENTER}{PIN}{ENTER}")
        console.until("X report")
        console.type(f"1{ENTER}{ENTER}")
        console.until("the report is printed", "should be in the drawer")
        back(console, "> 1  X report", "> 5  Shift")
        console.type("63")
        console.until("T01              technician")
        back(console, "> 3  Who works here")
        console.type("2")
        console.until("Name, as counter.notice_s:")
        console.type(f'terminal.log{ENTER}"debug"{ENTER}')
        console.until("+log = ", "Enter: do it")
        console.type(ENTER)
        console.until("written; what was there is in")
        back(console, "> 2  Add a setting")
        console.type(f"4E01{ENTER}")
        console.until("E01 gets another PIN", "Enter: do it")
        console.type(ENTER)
        console.until("Said once.")
        back(console, "> 4  Give somebody", "> 6  Settings")
        console.type("02")
        console.until("NOT DONE", "Enter or Esc: back")
        back(console, "> 2  Restart the screen", "> 0  System")
        console.type("01")
        console.until("It ends in order", "Enter: do it")
        console.type(ENTER)
        console.until("it ends now")
        assert daemon.ended() == 0
    assert load(config).file.terminal.log == "debug"
    assert (folder / "paper.bin").stat().st_size > 100
    assert await notes_in(ledger) == [
        (STAFF_PIN, "T01", "T01"),
        (X_REPORT, "", "T01"),
        (MAINTENANCE, "settings: terminal.log", "T01"),
        (STAFF_PIN, "E01", "T01"),
        (MAINTENANCE, "restart", "T01"),
    ]
    assert PIN not in "".join(daemon.log)


def test_without_a_terminal_it_sees_what_can_be_seen(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    with menu(config) as console:
        console.until("S1/T1  Maintenance")
        console.type("11")
        console.until("NOT DONE", "S1/T1 does not run")
        back(console, "> 1  Everything", "> 1  Status")
        console.type("73")
        console.until("Backup, or their folder")
        console.type(f"{ENTER}")
        console.until("Enter: do it")
        console.type(f"{ENTER}")
        console.until("nothing was restored")


@pytest.mark.usefixtures("lines")
def test_over_a_terminal_whose_ledger_does_not_open_it_says_why_and_restores_once_that_is_stopped(
    folder: Path, start: Start
) -> None:
    config, backups = folder / "terminal.toml", folder / "backups"
    backups.mkdir()
    daemon = start()
    daemon.ready()
    assert main(["ledger", "backup", str(backups), "--same-disk", "--config", str(config)]) == 0
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.ended() == 0
    spoilt(folder, "no database")
    daemon = start()
    assert daemon.ready()["event"] == "closed"
    box = Machine(config, load(config))
    assert (box.runs, box.closed[:10]) == (False, "The termin")
    for said in (box.enter("T01", PIN), box.ask("counters"), box.ask("send-now")):
        assert (said.well, said.lines) == (False, (box.closed,))
    assert "L103 LedgerDamaged" in box.closed
    with menu(config) as console:
        console.until("Maintenance")
        console.type("11")
        console.until("NOT DONE", "runs without its ledger", "green terminal", "RED   ledger")
        back(console, "> 1  Everything", "> 1  Status")
        console.type("21")
        console.until("reader front")
        console.type("1")
        console.until("The terminal does not use it now", "two seconds")
        back(console, "> 1  reader front", "> 1  What they say", "> 2  Devices")
        console.type(f"73{BACKSPACE * 40}{backups}{ENTER}")
        console.until("NOT DONE", "sudo systemctl stop terminal")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.ended() == 0
        back(console, "> 3  Restore")
        console.type(f"3{BACKSPACE * 40}{backups}{ENTER}")
        console.until("The newest backup in", "Enter: do it")
        console.type(ENTER)
        console.until("epoch 2")
    assert start().ready()["event"] == "ready"


BROKEN = COUNTER.replace("port = 0", "port = zero")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    config = tmp_path / "terminal.toml"
    config.write_text(BROKEN, encoding="utf-8")
    return config


def test_over_a_file_that_cannot_be_used_it_opens_and_names_the_line(broken: Path) -> None:
    with menu(broken) as console:
        console.until("S1/T1  Settings and staff", "NOT DONE", "(at line 15, column 8)", "put back by 6")
        back(console, "> 1  Status")
        console.type("11")
        console.until("RED   settings", "RED   terminal", "S1/T1 does not run", "there is no ledger yet")
        back(console, "> 1  Everything", "> 1  Status")
        console.type("32")
        console.until("Esc: back", "lo ")
        back(console, "> 2  Addresses", "> 3  Network")
        console.type(f"73{ENTER}")
        console.until("NOT DONE", "sudo terminal ledger restore /mnt/backup --ledger FILE")
        back(console, "> 3  Restore", "> 7  Data")
        console.type("61")
        console.until("NOT DONE", "No such file")
        back(console, "> 1  Put back", "> 6  Settings")
        console.type("5")
        console.until("nobody can key a PIN")


def test_what_stood_there_before_the_last_change_is_put_back_and_nothing_is_lost(broken: Path) -> None:
    kept = broken.with_name("terminal.toml.before")
    box = Machine(broken, salvaged(broken).settings, misread=["line 14"])
    assert not box.before().well
    kept.write_text(BROKEN, encoding="utf-8")
    assert box.before() == Said(lines=(f"{kept}: cannot be used either",), well=False)
    kept.write_text(COUNTER, encoding="utf-8")
    said = box.before()
    assert "-port = zero" in said.lines
    assert "+port = 0" in said.lines
    assert broken.read_text(encoding="utf-8") == BROKEN
    assert said.go is not None
    assert said.go().well
    assert (broken.read_text(encoding="utf-8"), kept.read_text(encoding="utf-8")) == (COUNTER, BROKEN)
    assert box.misread == ()


def test_a_change_with_which_nothing_is_sold_is_put_back_while_nobody_can_key_a_pin(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    box = Machine(config, load(config))
    assert shop_settings(box) == []  # Nothing was changed yet.
    other = COUNTER.replace('site = "S1"', 'site = "S2"')
    assert box._put(other).well  # As a change that was confirmed does.
    assert shop_settings(box) == ["Put back the settings before the last change"]
    said = box.before()
    assert '+site = "S1"' in said.lines
    assert said.go is not None
    assert said.go().well
    assert config.read_text(encoding="utf-8") == COUNTER
    config.with_name("terminal.toml.before").write_text(BROKEN, encoding="utf-8")
    assert shop_settings(box) == []  # Nor is it replaced by one that cannot be used.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ledger.path", '"other.db"'),
        ("terminal.merchant", '"M77"'),
        ("terminal.site", '"S77"'),
        ("terminal.id", '"T77"'),
    ],
)
def test_what_a_ledger_was_begun_with_stays(tmp_path: Path, name: str, value: str) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    box = Machine(config, load(config))
    ledger = load(config).file.ledger.path
    assert not_mounted(ledger) == ""
    said = box.change(name, value)  # A terminal that has never begun may still become another.
    assert said.go is not None
    for left in (ledger, ledger.with_suffix(".made")):
        ledger.parent.mkdir(exist_ok=True)
        left.write_bytes(b"SQLite format 3")
        said = box.change(name, value)
        assert (said.well, said.go) == (False, None)
        assert "empty shop" in said.lines[0]
        assert box.change("shop.name", '"Other"').go is not None
        left.unlink()


def shop_settings(box: Machine) -> list[str]:
    item = settings(box)
    assert item.alone is not None
    return [one.label for one in item.alone()]


def test_while_the_terminal_runs_that_is_on_record_first(broken: Path) -> None:
    class Running(Recorded):
        runs = True

    broken.with_name("terminal.toml.before").write_text(COUNTER, encoding="utf-8")
    box = Running(broken, salvaged(broken).settings, misread=["line 14"])
    said = box.before()
    assert said.go is not None
    assert said.go().well
    assert box.asked == ("note", "settings: before")
    assert broken.read_text(encoding="utf-8") == COUNTER


@pytest.mark.parametrize("many", [1, 9])
def test_what_is_wrong_is_said_in_chinese_and_no_longer_than_a_page(many: int) -> None:
    lines = menus.unusable([f"line {one}: x" for one in range(many)]).lines
    assert len(lines) <= 12
    said = [words_of("zh-Hans")(one) for one in lines]
    assert [one for one in said if "cannot" in one or "This menu" in one or "line" in one] == []
    assert any("另有 3 行" in one for one in said) is (many > 6)


def test_it_is_chinese_with_all_that_is_answered(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(f'{COUNTER}\n[counter]\nlanguage = "zh-Hant"\n', encoding="utf-8")
    line = [sys.executable, "-m", "terminal", "menu", "--config", str(config)]
    with Console(line, {"TERM": "xterm", "LC_ALL": "C.UTF-8"}) as console:
        console.until("S1/T1  維護")
        console.type("11")
        shown = console.until("未完成", "S1/T1 未運行", "還沒有帳本", "時鐘")
        assert "does not run" not in shown
        back(console, "> 1  一覽", "> 1  狀態")
        console.type("33")
        console.until("時鐘", "可信度：")
        back(console, "> 3  時鐘", "> 3  網路和時鐘")
        console.type("41")
        console.until("沒有總部")


def test_where_there_is_no_console_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    assert main(["menu", "--config", str(config)]) == 1
    assert "needs a console" in capsys.readouterr().err


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    return Machine(config, load(config))


class Recorded(Machine):
    """Whose terminal puts everything on record."""

    asked: tuple[str, ...] = ()

    def ask(self, what: str, *words: str) -> Said:
        self.asked = (what, *words)
        return Said(lines=("entry 1",))


def test_a_setting_is_written_after_it_is_seen_and_on_record(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    config.chmod(0o644)
    box = Recorded(config, load(config))
    assert ("kiosk.port", "0") in box.settings()
    said = box.change("terminal.log", '"debug"')
    assert '+log = "debug"' in said.lines
    assert config.read_text(encoding="utf-8") == COUNTER
    assert said.go is not None
    assert said.go().well
    assert box.asked == ("note", "settings: terminal.log")
    assert load(config).file.terminal.log == "debug"
    assert config.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "terminal.toml.before").read_text(encoding="utf-8") == COUNTER


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_a_restart_would_take_back_is_not_offered(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a read-only root, as docs/appliance.md has it."""
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    (tmp_path / "mounts").write_text("/dev/p2 / ext4 ro 0 0\noverlay / overlay rw 0 0\n")
    monkeypatch.setattr(menus, "lost_at_restart", lambda path: lost_at_restart(path, tmp_path / "mounts"))
    monkeypatch.setattr(Box, "runs", property(lambda _: True))
    said = Recorded(config, load(config)).change("terminal.log", '"debug"')
    assert (said.well, said.go) == (False, None)
    assert [words_of(language)(line) for line in said.lines] == [
        f"{config} lies in memory (overlay), and is as before after a restart:"
        " make the root writable for the time (docs/appliance.md, 1.)"
        if language == "en"
        else f"{config} 在内存中（overlay），重启后恢复原样：请先暂时把根文件系统改为可写"
        "（docs/appliance.md 第 1 条）"
    ]
    assert [one.name for one in tmp_path.glob("*terminal*")] == ["terminal.toml"]
    monkeypatch.setattr(Box, "runs", property(lambda _: False))  # In a container nothing starts anew.
    assert Recorded(config, load(config)).change("terminal.log", '"debug"').go is not None


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_is_done_in_memory_is_said_to_last_until_the_restart(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stood there before, and files for somebody: they are of use until then."""

    class Done(Recorded):
        def command(self, *words: str, typed: str = "") -> Said:
            return Said(lines=(" ".join((*words[:2], typed)),))

    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    (tmp_path / "terminal.toml.before").write_text(COUNTER, encoding="utf-8")
    (tmp_path / "mounts").write_text("overlay / overlay rw 0 0\n/dev/p3 /mnt/stick ext4 rw 0 0\n")
    monkeypatch.setattr(menus, "lost_at_restart", lambda path: lost_at_restart(path, tmp_path / "mounts"))
    monkeypatch.setattr(Box, "runs", property(lambda _: True))
    box = Done(config, load(config))
    by_label = {
        one.label: one.do
        for items in (data(box).items, logs(box).items)
        if items is not None
        for one in items()
        if one.do is not None
    }
    export, support = by_label["Export days as CSV"], by_label["Bundle for support"]
    for said, place in (
        (export(["/tmp/x.csv", "2026-11-24", ""]), "/tmp/x.csv"),
        (support(["/tmp/x.bundle"]), "/tmp/x.bundle"),
        (box.before(), str(config)),
    ):
        assert said.well
        assert [words_of(language)(line) for line in said.lines[-2:]] == [
            "Only until this machine is started anew:" if language == "en" else "仅在本机重新启动前有效：",
            words_of(language)(lost_at_restart(Path(place), tmp_path / "mounts")),
        ]
    assert support(["/mnt/stick/x.bundle"]).lines == ("support /mnt/stick/x.bundle ",)
    assert export(["/mnt/stick/x.csv", "2026-11-24", ""]).lines == ("ledger export ",)


def test_a_file_that_an_editor_saved_otherwise_is_said_and_stays(tmp_path: Path) -> None:
    """As one of Windows does while the terminal runs by what stood there before."""
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    machine = Recorded(config, load(config))
    config.write_text(COUNTER, encoding="gb18030")
    before = config.read_bytes()
    with pytest.raises(UnicodeDecodeError) as wrong:
        before.decode()
    assert "terminal.site" in dict(machine.settings())
    said = machine.change("counter.notice_s", "3")
    why = f"{config}: not UTF-8 at byte {wrong.value.start}: save it as that"
    assert said == Said(lines=(why,), well=False)
    assert words_of("zh-Hans")(why).endswith("请另存为 UTF-8")
    assert config.read_bytes() == before


def test_what_could_not_be_used_is_not_offered(machine: Machine, tmp_path: Path) -> None:
    for name, value, why in (
        ("terminal.log", '"loud"', "it could not be used so:"),
        ("terminal.site", "", "it could not be used so:"),
        ("terminal.log", "loud", "is no value"),
        ("terminal.lgo", '"info"', "did you mean"),
    ):
        said = machine.change(name, value)
        assert (said.well, said.go) == (False, None)
        assert why in "\n".join(said.lines)
    assert machine.change("kiosk.port", "0").go is None
    assert sorted(one.name for one in tmp_path.iterdir()) == ["terminal.toml"]


def test_without_the_terminal_nothing_is_on_record_and_so_nothing_written(
    machine: Machine, tmp_path: Path
) -> None:
    said = machine.change("terminal.log", '"debug"')
    assert said.go is not None
    end = said.go()
    assert not end.well
    assert "cannot be asked" in end.lines[0]
    assert (tmp_path / "terminal.toml").read_text(encoding="utf-8") == COUNTER


def test_what_somebody_else_wrote_meanwhile_stays(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(COUNTER, encoding="utf-8")
    box = Recorded(config, load(config))
    said = box.change("terminal.log", '"debug"')
    config.write_text(COUNTER + "# mine\n", encoding="utf-8")
    assert said.go is not None
    assert not said.go().well
    assert config.read_text(encoding="utf-8").endswith("# mine\n")


def two_menus(config: Path) -> tuple[Recorded, Recorded]:
    config.write_text(COUNTER, encoding="utf-8")
    return Recorded(config, load(config)), Recorded(config, load(config))


def test_what_is_written_is_what_was_shown_though_another_menu_asks_meanwhile(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    mine, other = two_menus(config)
    shown = mine.change("terminal.log", '"debug"')
    assert other.change("shop.name", '"Another"').go is not None
    assert shown.go is not None
    assert shown.go().well
    assert mine.asked == ("note", "settings: terminal.log")
    assert load(config).file.terminal.log == "debug"
    assert "Another" not in config.read_text(encoding="utf-8")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["terminal.toml", "terminal.toml.before"]


def test_the_second_of_two_menus_writes_nothing_and_puts_nothing_on_record(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    mine, other = two_menus(config)
    first, second = mine.change("terminal.log", '"debug"'), other.change("shop.name", '"Another"')
    assert first.go is not None
    assert second.go is not None
    assert first.go().well
    assert second.go() == Said(lines=("somebody else changed the file meanwhile: look again",), well=False)
    assert other.asked == ()
    assert "Another" not in config.read_text(encoding="utf-8")


def test_one_menu_writes_after_the_other(tmp_path: Path) -> None:
    """The second looks at the file only when the first is done."""
    config = tmp_path / "terminal.toml"
    mine, other = two_menus(config)
    ends: list[Said] = []
    second = other.change("shop.name", '"Another"').go
    assert second is not None
    waits = threading.Thread(target=lambda: ends.append(second()))

    class Slow(Recorded):
        def ask(self, what: str, *words: str) -> Said:
            waits.start()
            waits.join(0.3)
            assert ends == []
            return super().ask(what, *words)

    first = Slow(config, mine._settings).change("terminal.log", '"debug"').go
    assert first is not None
    assert first().well
    waits.join(10)
    assert [one.well for one in ends] == [False]
    assert load(config).file.terminal.log == "debug"


def test_nobody_else_may_read_what_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "terminal.toml"
    mine, _ = two_menus(config)
    config.chmod(0o600)
    modes = []

    def looked_at(fresh: Path) -> None:
        modes.append(fresh.stat().st_mode & 0o777)

    monkeypatch.setattr(menus, "load", looked_at)
    assert mine.change("terminal.log", '"debug"').go is not None
    assert modes == [0o600]


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "terminal.toml"
    mine, _ = two_menus(config)
    shown = mine.change("terminal.log", '"debug"')

    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert shown.go is not None
    for said in (shown.go(), mine.change("terminal.log", '"debug"')):
        assert not said.well
        assert "No space left on device" in said.lines[0]
    assert config.read_text(encoding="utf-8") == COUNTER
    assert not (tmp_path / "terminal.toml.before").exists()


def test_a_program_that_is_not_there_is_said(machine: Machine) -> None:
    assert machine.program("/no/such/program") == Said(
        lines=("/no/such/program: No such file or directory",), well=False
    )
    assert machine.program("sh", "-c", "echo a; echo b >&2; exit 3") == Said(lines=("a", "b"), well=False)


def test_what_an_item_shows_of_the_doctor_gives_way_to_nothing_that_is_red(tmp_path: Path) -> None:
    """On the doctor's own 24 rows the clock, which is well, was one of `green 9 more`."""
    missing = "/dev/serial/by-id/usb-Prolific_Technology_Inc._USB-Serial_Controller_D-if0{}-port0"
    readers = [
        f'[device.reader-{n}]\ndriver = "serial_reader"\npath = "{missing.format(n)}"\n' for n in range(9)
    ]
    config = tmp_path / "terminal.toml"
    config.write_text("\n".join([COUNTER, *readers]), encoding="utf-8")
    box = Machine(config, load(config))
    assert "clock" not in [line.split()[1] for line in box.command("doctor").lines if line[0] != " "]
    for branch, item, subject in ((network(box), 2, "clock"), (sync(box), 0, "queue")):
        assert branch.items is not None
        look = branch.items()[item].do
        assert look is not None
        assert look(()).lines[0].split()[1] == subject
    packed_here = packed(config.read_text(), seen(box._settings), "")
    assert len(re.findall(r"^RED   reader-", packed_here["doctor.txt"].decode(), re.MULTILINE)) == 9
    assert re.search(r"^green clock ", packed_here["doctor.txt"].decode(), re.MULTILINE)


def test_a_command_is_of_this_release_wherever_the_menu_was_typed(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a checkout, or where somebody laid something for root to run."""
    (tmp_path / "terminal").mkdir()
    (tmp_path / "terminal/__init__.py").touch()
    (tmp_path / "terminal/__main__.py").write_text("print('another one')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert machine.command("print-test").lines == ("no printer is configured: there is none",)


def test_lines_of_the_log_are_found_by_a_word(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also behind all that a browser has said since."""
    journal = ["Paper low", "ready", "paper out", *(f"GPU {n}" for n in range(9_000))]

    def program(*words: str) -> Said:
        return Said(lines=tuple(journal[-int(words[words.index("-n") + 1]) :]))

    monkeypatch.setattr(machine, "program", program)
    assert machine.log("PAPER").lines == ("Paper low", "paper out")
    assert machine.log("").lines == tuple(journal[-300:])


def test_without_headquarters_there_is_no_way_to_look_at(machine: Machine) -> None:
    assert not machine.network().well


def test_without_the_terminal_a_device_is_listened_to_some_seconds_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.menu.LISTEN_S", 0.3)
    config, line = tmp_path / "terminal.toml", Line(tmp_path / "front")
    path = tmp_path / "front"
    config.write_text(
        COUNTER + f'[device.front]\ndriver = "serial_reader"\npath = "{path}"\n', encoding="utf-8"
    )
    box = Machine(config, load(config))
    assert box.parts == [Part(name="front", kind="reader", place=str(path))]
    for _ in range(20):
        writing = threading.Timer(0.1, os.write, (line.ours, TAG))
        writing.start()
        said = box.look(box.parts[0])
        writing.join()
        assert "1A2B3C" not in "".join(said.lines)
        if sum(" in     02 " in one for one in said.lines) >= 2:
            break
    assert said.well
    assert sum(" in     02 " in one for one in said.lines) >= 2
    assert any("-> card em4100" in one for one in said.lines)
    line.unplug()
    box.look(box.parts[0])
    assert not box.look(box.parts[0]).well


def test_what_was_read_stands_behind_its_bytes(tmp_path: Path) -> None:
    config = tmp_path / "terminal.toml"
    config.write_text(
        COUNTER + '[device.front]\ndriver = "serial_reader"\npath = "/dev/x"\n', encoding="utf-8"
    )
    device = load(config).devices[0]
    records = [
        Record(at_ms=1_204, what=What.IN, data=TAG),
        Record(at_ms=9_000, what=What.IN, data=b"\x02" + b"z" * 14 + b"\x03"),
        Record(at_ms=9_500, what=What.SENT, data=(7).to_bytes(4)),
    ]
    shown = [line for line in looked(device, records) if "-> ready" not in line]
    assert shown[:2] == [
        "   1.204 in     02 30 34 30 30 31 41 32 42 33 43 30 39 03 .04001A2B3C09.",
        "             -> card em4100 04001A2B3C open",
    ]
    assert "   9.000 in     02 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a 7a .zzzzzzzzzzzzz" in shown
    assert "                7a 03                                     z." in shown
    assert any(line.endswith("sent   7 bytes") for line in shown)


def joined() -> tuple[int, str]:
    """A line whose other end we hold."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    return ours, os.ttyname(theirs)


def test_a_port_whose_lines_are_joined_says_everything_back(monkeypatch: pytest.MonkeyPatch) -> None:
    class Port:
        back = bytes(range(256))

        def __init__(self, *_: Any, **__: Any) -> None: ...
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...
        def reset_input_buffer(self) -> None: ...
        def write(self, data: bytes) -> None:
            assert data == bytes(range(256))

        def read(self, size: int) -> bytes:
            return self.back[:size]

    monkeypatch.setattr("serial.Serial", Port)
    assert looped("/dev/x") == Said(lines=("/dev/x: 256 bytes sent, all of them came back",))
    Port.back = b"abc"
    assert looped("/dev/x").lines == ("/dev/x: 3 bytes came back, or others",)
    Port.back = b""
    assert looped("/dev/x").lines == ("/dev/x: nothing came back: are its lines joined?",)


def test_a_port_that_is_not_there_is_said() -> None:
    said = looped("/dev/no-such-port")
    assert not said.well


@pytest.mark.parametrize("runs", [True, False])
def test_a_port_of_the_terminal_is_not_tried_while_that_runs_by_whichever_name(
    runs: bool,  # noqa: FBT001  a parameter
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A printer's port is open while it prints alone: it would print what is sent."""
    ours, name = joined()
    stays = tmp_path / "by-id"
    stays.symlink_to(name)
    config = tmp_path / "terminal.toml"
    config.write_text(f'{COUNTER}[device.roll]\ndriver = "serial_printer"\npath = "{stays}"\n')
    monkeypatch.setattr(Machine, "runs", property(lambda _: runs))
    monkeypatch.setattr("terminal.menu._LOOP_S", 0.1)
    machine = Machine(config, load(config))
    for path in (name, str(stays)):
        used = machine.loopback(path).lines == (f"{path} is used by the terminal: stop it first",)
        assert used is runs
    os.close(ours)


def test_a_port_that_says_nothing_back_is_no_loop() -> None:
    ours, name = joined()
    began = time.monotonic()
    assert looped(name).lines == (f"{name}: nothing came back: are its lines joined?",)
    assert time.monotonic() - began < 30
    os.close(ours)
