"""The menu over a terminal that runs, in tmux: every item is chosen, filled in and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.menu.box import PROGRAMS
from lab.menu.tmux import Tmux
from lab.menu.walk import ENTER, ESC
from terminal.maintenance.menu.tree import KEYS, Item

DOWN, BACKSPACE = "\x1b[B", "\x7f"
MENU = " Number or arrows and Enter; Esc: back"
FORM = " Enter: next, then go on; Esc: back"
ASKED = " Enter: do it; Esc: back"
LIVE = " It goes on showing; Esc: back"
PAGE = " Arrows: more of it; Enter or Esc: back"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One screen on the way, and which it is: of the items that led there, and by its last row."""

    path: tuple[str, ...]
    foot: str
    screen: str


def programs(folder: Path) -> None:
    """The system's own, which say what they are told and change nothing."""
    folder.mkdir()
    for name in sorted({line.split()[0] for line in PROGRAMS} | {"systemctl", "journalctl"}):
        cases = [
            f"'{line.removeprefix(name).strip()}') cat <<'END'\n{chr(10).join(said)}\nEND\n;;"
            for line, said in PROGRAMS.items()
            if line.split()[0] == name
        ]
        file = folder / name
        file.write_text("\n".join(["#!/bin/sh", 'case "$*" in', *cases, "esac", ""]), encoding="utf-8")
        file.chmod(0o755)


@dataclass(frozen=True, kw_only=True)
class Walk:
    console: Tmux
    terminal: str
    """Site and terminal, as the menu has them."""
    typed: Mapping[str, Sequence[str | None]]
    """By item, what goes into its fields; None leaves one as it is filled."""
    entered: tuple[str, str]
    """Who comes in where that is asked, and their PIN."""
    left: Collection[str] = ()
    """Items that are not chosen."""
    on_live: Callable[[str], str] = lambda _label: ""
    """Does something at a device, and says what is shown then."""
    inside: set[str] = field(default_factory=set)
    """Who came in."""

    def page(self, items: Sequence[Item], path: tuple[str, ...]) -> Iterator[Seen]:
        """Its items one after the other; it is shown before and after."""
        yield self._seen(path, MENU)
        for place, item in enumerate(items):
            if item.label in self.left:
                continue
            self.console.type(KEYS[place] if place < len(KEYS) else f"{DOWN}{ENTER}")
            yield from self.chosen(item, (*path, item.label))
            self._seen(path, MENU)

    def chosen(self, item: Item, path: tuple[str, ...]) -> Iterator[Seen]:
        if item.locked and not self.inside:
            yield self._seen(path, FORM)
            self.console.type("".join(f"{one}{ENTER}" for one in self.entered))
            self.inside.add(self.entered[0])
            if item.fields:
                self.console.until(lambda shown: item.fields[0].label in shown)
        if item.items is not None:
            yield from self.page(item.items(), path)
            self.console.type(ESC)
        elif item.live is not None:
            self._seen(path, LIVE)
            said = self.on_live(item.label)
            screen = self.console.until(lambda shown: said in shown)
            yield Seen(path=path, foot=LIVE, screen=screen)
            self.console.type(ESC)
        else:
            yield from self._done(item, path)

    def _done(self, item: Item, path: tuple[str, ...]) -> Iterator[Seen]:
        if item.fields:
            yield self._seen(path, FORM)
            typed = self.typed.get(item.label, [None] * len(item.fields))
            for field, words in zip(item.fields, typed, strict=True):
                fresh = "" if words is None else BACKSPACE * len(field.filled) + words
                self.console.type(f"{fresh}{ENTER}")
        seen = self._seen(path, ASKED, PAGE)
        yield seen
        if seen.foot == ASKED:
            self.console.type(ENTER)
            yield self._seen(path, PAGE)
        self.console.type(ENTER)

    def _seen(self, path: tuple[str, ...], *feet: str) -> Seen:
        head = f" {self.terminal}  {path[-1]}".encode("ascii", "replace").decode()

        def there(shown: str) -> bool:
            first, *_, last = shown.split("\n")
            return first == head and last in feet

        screen = self.console.until(there)
        return Seen(path=path, foot=screen.rpartition("\n")[2], screen=screen)
