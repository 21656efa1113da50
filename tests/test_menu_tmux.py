"""Every item of the menu over a terminal that runs, in tmux at 80 by 24, and what docs/menu shows of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from lab.menu.real import ASKED, FORM, LIVE, MENU, PAGE, Seen, Walk, programs
from lab.menu.tmux import INSTALLED, Tmux
from lab.menu.walk import POOR, TYPED
from terminal.config import load
from terminal.core.batches import code_key
from terminal.core.commands import STAFF_PIN, BookIssue, BookNote, Private
from terminal.core.values import CardId, StaffId, WalletId
from terminal.install.slots import HOME
from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import KEYS, Item
from terminal.menu import Machine
from tests.counter_config import COUNTER
from tests.store.conftest import opened_at
from tests.store.facts import AT, an_id, opens
from tests.test_app import Daemon, Line
from tests.test_menu import notes_in

SCREENS = Path(__file__).parents[1] / "docs" / "menu"
PIN = "200731"
NOISE = b"zzzzzzz"
"""No card: one that is read here is also read at the counter, which then serves somebody."""
WHO = ("T01", PIN)
SHOP = """
[[counter.staff]]
id = "E01"
name = "店长"
role = "manager"

[[counter.staff]]
id = "T01"
name = "李师傅"
role = "technician"

[[counter.staff]]
id = "E02"
name = "王二"

[device.front]
driver = "serial_reader"
path = "front"

[device.side]
driver = "serial_scanner"
path = "side"

[device.receipts]
driver = "file_printer"
path = "paper.bin"
drawer = true
"""


async def stocked(ledger: Path) -> None:
    """Two people with PINs, and three cards that were not given out yet."""
    opened: Any = await opened_at(ledger)
    for number, who in enumerate(("E01", "T01"), 1):
        at = replace(AT, operator=StaffId(who))
        note = BookNote(id=an_id(number), at=at, what=STAFF_PIN, detail=who)
        await opened.committer.submit(note, Private(pin=await opened.pin_book.verifier(PIN)))
    for number in range(1, 4):
        of = replace(opens(number), wallet=WalletId(f"w{number}"), card=CardId(f"c{number}"), new=True)
        issue = BookIssue(id=an_id(10 + number), at=AT, opens=of)
        await opened.committer.submit(issue, Private(credentials=(code_key(f"PT{number:04d}"),)))
    await opened.close()


ANSWERED = {
    "Everything at one look": "green terminal         S1/T1 runs, process ",
    "Print it": "receipts: printed; unknown",
    "Counters": "front: went down 0 times since the start\nside: went down 0",
    "receipts": "receipts: printed; unknown",
    "Test: drawer": "the drawer was told to open; that is on record",
    "as for: accepted": "no lamps or buzzer are configured",
    "silent and dark": "no lamps or buzzer are configured",
    "Test: serial port with its lines joined": "could not open port",
    "Reach headquarters, step by step": "no headquarters is configured",
    "Addresses of this machine": "192.0.2.31/24",
    "Clock": "green clock            trust ",
    "Set the APN": "Connection successfully activated",
    "What waits": "green queue            no headquarters; ",
    "Send now": "there is nobody to send to",
    "Entries in quarantine": "there is no [webhook], or nothing was sent to it yet",
    "Send those again": "not understood, or there is no [webhook]",
    "Give one up": "not understood, or there is no [webhook]",
    "Join headquarters": "not enrolled: say where headquarters is",
    "X report": "booked; the report is printed\nshould be in the drawer: ?0.00",
    "Z: close the shift": "counted: ?1.00\nover or short: ?1.00",
    "kiosk.port = 0": "that is what stands there",
    "Add a setting": "written; what was there is in",
    "Who works here": "E01              manager     ??\nT01              technician  ???\nE02",
    "Give somebody a PIN": "Said once. It serves to choose another at the counter.",
    "Verify the ledger": "rows beside them agree, head",
    "Back up": "no backup was made:",
    "Restore a backup (while the terminal does not run)": "The terminal runs. Stop it first",
    "Put that secret back (while the terminal does not run)": "The terminal runs. Stop it first",
    "Export days as CSV": "export.csv",
    "End coupons of a kind": "no coupon of kind 'c3' is held here",
    "Cancel cards by number": "3 cards cancelled, 0 left out; the list is printed",
    "Restart the terminal": "it ends now; systemd starts it again",
    "Begin, or end it": "training begins",
    "Bundle for support": "not enrolled: there is no headquarters that could open it",
    "Releases": "not laid out in two",
    "Update from a bundle": "not laid out in two",
    "Back to the release before": "not laid out in two",
    "Versions": "Linux terminal 6.12.47",
}
"""In the last screen of an item."""
OWN = {"Add a setting", "Cancel cards by number"}
"""What they ask before it is done is of this shop's file and cards."""
ENDS = {"Begin, or end it", "Restart the terminal"}
"""They end the terminal, so the others come first."""
ON_RECORD = [
    ("drawer", "self-test"),
    ("maintenance", "clock: network"),
    ("maintenance", "clock: 2026-11-27 14:05:00"),
    ("maintenance", "network: apn"),
    ("maintenance", "give up entry 877"),
    ("x_report", ""),
    ("maintenance", "settings: counter.notice_s"),
    ("staff_pin", "E02"),
    ("maintenance", "backup"),
    ("maintenance", "export"),
    ("batch", "3/3"),
    ("maintenance", "secret"),
    ("maintenance", "update"),
    ("maintenance", "update: back"),
    ("maintenance", "restart"),
    ("maintenance", "training begins"),
]


def documented() -> set[str]:
    rule = "-" * 80 + "\n"
    return {
        screen.removesuffix("\n")
        for file in SCREENS.iterdir()
        for screen in file.read_text("utf-8").split(rule)
    }


def labels(items: Sequence[Item]) -> Iterator[str]:
    for one in items:
        yield one.label
        if one.items is not None:
            yield from labels(one.items())


class Shop:
    """A terminal that runs, with devices, people and cards, and the menu over it in tmux."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.config = folder / "terminal.toml"
        self.config.write_text(COUNTER + SHOP, encoding="utf-8")
        self.lines = {name: Line(folder / name) for name in ("front", "side")}
        programs(folder / "programs")
        self.items = tree(Machine(self.config, load(self.config)))

    def walk(self, console: Tmux, left: Collection[str] = ()) -> Walk:
        typed = {
            **TYPED,
            "Test: serial port with its lines joined": (str(self._folder / "none"),),
            "Join headquarters": ("x", ""),
            "Back up": (str(self._folder / "copies"),),
            "Export days as CSV": (str(self._folder / "export.csv"), "2026-11-24", ""),
            "Bundle for support": (str(self._folder / "bundle"),),
        }
        return Walk(
            console=console, terminal="S1/T1", typed=typed, entered=WHO, left=left, on_live=self._on_live
        )

    def menu(self) -> Tmux:
        path = {"PATH": f"{self._folder}/programs:{os.environ['PATH']}"}
        imports = {"PYTHONPATH": str(Path(__file__).parents[1])}
        command = (sys.executable, "-m", "terminal", "menu", "--config", str(self.config))
        return Tmux(command, {**POOR[2], **path, **imports})

    def branch(self, label: str) -> Sequence[Item]:
        (found,) = (one for one in self.items if one.label == label)
        return found.items() if found.items is not None else ()

    def alone(self, label: str, left: Collection[str] = ()) -> list[Seen]:
        """One branch in a menu of its own, but for what is `left`. What it does ends the terminal."""
        (place,) = (at for at, one in enumerate(self.items) if one.label == label)
        with self.menu() as console:
            console.until(lambda shown: shown.endswith(MENU))
            console.type(KEYS[place])
            return list(self.walk(console, left).chosen(self.items[place], ("Maintenance", label)))

    def _on_live(self, label: str) -> str:
        if label != "reader front":
            return ""
        os.write(self.lines["front"].ours, NOISE)
        return " zzzzzzz"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.chdir(tmp_path)
    made = Shop(tmp_path)
    yield made
    for line in made.lines.values():
        line.unplug()


@pytest.mark.skipif(not INSTALLED, reason="tmux is not installed")
@pytest.mark.skipif(Path(HOME, "current").exists(), reason="a terminal is installed on this machine")
async def test_every_item_is_driven_over_a_terminal_that_runs(shop: Shop, tmp_path: Path) -> None:
    await stocked(tmp_path / "data" / "ledger.db")
    wanted = set(labels(shop.items))
    daemon = Daemon(tmp_path, {})
    try:
        daemon.ready()
        with shop.menu() as console:
            found = list(shop.walk(console, ENDS).page(shop.items, ("Maintenance",)))
        found += shop.alone("System", {*labels(shop.branch("System"))} - ENDS)
        assert daemon.ended() == 0
        log = daemon.log
        daemon.close()
        daemon = Daemon(tmp_path, {})
        daemon.ready()
        found += shop.alone("Training")
        assert daemon.ready()["training"]
    finally:
        daemon.close()
    assert wanted - {one.path[-1] for one in found} == set()
    last = {one.path[-1]: one for one in found}
    assert [label for label, said in ANSWERED.items() if said not in last[label].screen] == []
    shown = documented()
    fixed = [one for one in found if one.foot in {MENU, FORM, ASKED} and "Change a setting" not in one.path]
    assert len(fixed) > 45
    # In docs/menu the PIN is keyed once, and two things are of this shop alone.
    differ = [
        one
        for one in fixed
        if one.screen not in shown
        and not (one.foot == ASKED and one.path[-1] in OWN)
        and not (one.foot == FORM and one.path[1:] in {("System",), ("Training",)})
    ]
    assert [one.screen for one in differ] == []
    assert {one.foot for one in found} == {MENU, FORM, ASKED, LIVE, PAGE}
    notes = await notes_in(tmp_path / "data" / "ledger.db")
    assert [one[:2] for one in notes[2:]] == ON_RECORD
    assert {who for what, _, who in notes[2:] if what != "batch"} == {"T01"}
    assert PIN not in "".join((*log, *daemon.log))
