"""What the menu does to this machine itself is on record first, by who keyed the PIN."""

from __future__ import annotations

from lab.menu.box import MadeUp
from terminal.maintenance.menu.system import system
from terminal.maintenance.menu.tree import Said

REFUSED = Said(lines=("key the PIN first",), well=False, enter=True)


class Asked(MadeUp):
    """Says what it was asked, in order; `refuses`: the stay has ended."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []
        self.refuses = refuses

    def ask(self, what: str, *words: str) -> Said:
        self.asked.append((what, *words))
        return REFUSED if self.refuses else Said(lines=("entry 1205",))

    def program(self, *words: str) -> Said:
        self.asked.append(words)
        return Said(lines=("done",))


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


def test_it_is_not_restarted_where_nobody_is_there_any_more() -> None:
    box = Asked(refuses=True)
    assert screen_restarted(box) == REFUSED
    assert [one[0] for one in box.asked] == ["note"]
