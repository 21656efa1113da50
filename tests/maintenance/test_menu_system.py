"""What the menu does to this machine itself is on record first, by who keyed the PIN."""

from __future__ import annotations

import pytest

from lab.menu.box import MadeUp
from terminal.maintenance.menu.system import system
from terminal.maintenance.menu.tree import Said
from terminal.technician import FILLS

REFUSED = Said(lines=("key the PIN first",), well=False, enter=True)


class Asked(MadeUp):
    """Says what it was asked, in order.

    `refuses`: the stay has ended; `denied`: what systemd refuses; `served`: why it is not at rest.
    """

    def __init__(self, *, refuses: bool = False, denied: str = "", served: str = "") -> None:
        super().__init__()
        self.served = served
        self.denied = denied
        self.asked: list[tuple[str, ...]] = []
        self.refuses = refuses

    def ask(self, what: str, *words: str) -> Said:
        self.asked.append((what, *words))
        if what == "served":
            return Said(lines=(self.served,) if self.served else ())
        return REFUSED if self.refuses else Said(lines=("entry 1205",))

    def program(self, *words: str) -> Said:
        self.asked.append(words)
        denied = self.denied in words
        return Said(lines=("Access denied" if denied else "done",), well=not denied)


def screen_restarted(box: Asked) -> Said:
    items = system(box).items
    assert items is not None
    (item,) = [one for one in items() if one.label == "Restart the screen"]
    assert item.do is not None
    return item.do([])


def test_the_screen_is_restarted_once_that_is_on_record() -> None:
    box = Asked()
    assert screen_restarted(box) == Said(lines=("done",))
    assert box.asked == [("note", "restart: screen"), ("systemctl", "restart", "terminal-kiosk")]


def test_where_there_is_no_screen_none_begins() -> None:
    """It would take the first console's login, and begin anew for ever: no browser is there."""
    box = Asked()
    box.screen = False
    said = screen_restarted(box)
    assert not said.well
    assert "No screen" in said.lines[0]
    assert box.asked == []


def test_it_is_not_restarted_where_nobody_is_there_any_more() -> None:
    box = Asked(refuses=True)
    assert screen_restarted(box) == REFUSED
    assert [one[0] for one in box.asked] == ["note"]


@pytest.mark.parametrize(
    ("label", "words", "detail"),
    [
        ("Update from a bundle", ("/media/card-terminal.bundle",), "update"),
        ("Back to the release before", (), "update: back"),
    ],
)
def test_an_update_is_begun_only_when_nobody_is_served(
    label: str, words: tuple[str, ...], detail: str
) -> None:
    for served in ("", FILLS):
        box = Asked(served=served)
        items = system(box).items
        assert items is not None
        (item,) = [one for one in items() if one.label == label]
        assert item.do is not None
        said = item.do(words)
        assert box.asked == []
        assert said.go is not None
        done = said.go()
        if served:
            assert done == Said(lines=(FILLS,), well=False)
            assert box.asked == [("served",)]
        else:
            assert done.lines[-1].endswith("proved well")
            assert box.asked == [("served",), ("note", detail)]


def started_alone(box: Asked) -> Said:
    item = system(box)
    assert item.alone is not None
    anew = item.alone()[0]
    assert anew.do is not None
    said = anew.do([])
    assert said.go is not None
    assert box.asked == []
    return said.go()


def test_without_a_ledger_the_terminal_is_started_by_systemd_also_after_it_gave_up() -> None:
    box = Asked()
    assert started_alone(box).well
    assert box.asked == [
        ("systemctl", "--no-ask-password", "reset-failed", "terminal"),
        ("systemctl", "--no-ask-password", "restart", "terminal"),
    ]


def test_who_may_not_start_it_is_told_the_command() -> None:
    for denied, words in (("reset-failed", 1), ("restart", 2)):
        box = Asked(denied=denied)
        said = started_alone(box)
        assert said == Said(lines=("Access denied", f"sudo systemctl {denied} terminal"), well=False)
        assert len(box.asked) == words
