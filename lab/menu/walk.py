"""Every item of the menu is chosen, filled in and gone on with; what is shown on the way is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from lab.menu.box import PIN, WHO, MadeUp
from lab.menu.typing_at import COLUMNS, Console
from terminal.maintenance.menu.root import tree
from terminal.maintenance.menu.tree import KEYS, Item, Said
from terminal.maintenance.menu.words import words_for
from terminal.maintenance.sentences import Words

ESC, ENTER = "\x1b", "\r"
POOR: Final = (
    "vt100",
    "ascii",
    {"TERM": "vt100", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
)
RICH: Final = ("xterm", "utf-8", {"TERM": "xterm", "LC_ALL": "C.UTF-8"})
TYPED: Final[Mapping[str, Sequence[str | None]]] = {
    "Test: drawer": ("E01", PIN),
    "Set the clock by hand": ("2026-11-27 14:05:00",),
    "Set the APN": ("cmiot", "", ""),
    "Give one up": ("877",),
    "Join headquarters": ("ABCD", ""),
    "X report": ("", ""),
    "Z: close the shift": ("1", "1"),
    "Add a setting": ("counter.notice_s", "9"),
    "Give somebody a PIN": ("E02",),
    "Export days as CSV": (None, "2026-11-27", ""),
    "End coupons of a kind": ("c3", "misprint", "E01", PIN),
    "Cancel cards by number": ("PT0001-PT0003", "E01", PIN, "", ""),
    "Lines with a word": ("printer",),
}
"""Into the fields of an item, in their order; None leaves one as it is filled, as all of other items are."""


def opened(language: str = "en", *, rich: bool = False, runs: str = "runs") -> Console:
    """The menu over the machine that is made up; `runs`: or `down`, or `closed`."""
    kind, encoding, environ = RICH if rich else POOR
    command = (
        *(sys.executable, "-m", "lab.menu.box"),
        *(language, kind, encoding, runs),
    )
    return Console(command, environ)


def drawn(language: str = "en", *, rich: bool = False) -> Mapping[str, str]:
    """A file for each branch, by its name: its screens one under the other."""
    with opened(language, rich=rich) as console:
        kind, encoding, _ = RICH if rich else POOR
        walk = Walk(console, words_for(language, kind, encoding), encoding)
        files = {"0-menu.txt": framed([walk.menu("Maintenance")])}
        for key, item in zip(KEYS, walk.tree, strict=True):
            name = "-".join(item.label.lower().split())
            files[f"{key if key != '0' else '10'}-{name}.txt"] = framed(
                list(walk.chosen(key, item, "Maintenance"))
            )
        console.type(ESC)
        if code := console.ended():
            raise ValueError(f"the menu ended with {code}")
    return files


def framed(screens: Sequence[str]) -> str:
    rule = "-" * COLUMNS
    return "".join(f"{rule}\n{screen}\n" for screen in screens) + f"{rule}\n"


class Walk:
    """Knows the tree, and so what must be shown next."""

    def __init__(self, console: Console, words: Words, encoding: str) -> None:
        self._console = console
        self._encoding = encoding
        self._words = words
        self._box = MadeUp()
        self.tree = tree(self._box)

    def menu(self, label: str) -> str:
        return self._until(label, "Number or arrows and Enter; Esc: back")

    def chosen(self, key: str, item: Item, parent: str) -> Iterator[str]:
        """From the page of `parent` and back to it."""
        self._console.type(key)
        if item.locked and not self._box.entered:
            yield self._until(item.label, "Enter: next, then go on; Esc: back", "Your id")
            self._console.type(f"{WHO}{ENTER}{PIN}{ENTER}")
            self._box.enter(WHO, PIN)
        if item.items is not None:
            yield self.menu(item.label)
            for inner, one in zip(KEYS, item.items(), strict=False):
                yield from self.chosen(inner, one, item.label)
            self._console.type(ESC)
        elif item.live is not None:
            yield self._until(item.label, "It goes on showing; Esc: back")
            self._console.type(ESC)
        else:
            yield from self._done(item)
        self.menu(parent)

    def _done(self, item: Item) -> Iterator[str]:
        typed = TYPED.get(item.label, [None] * len(item.fields))
        if item.fields:
            yield self._until(item.label, "Enter: next, then go on; Esc: back", item.fields[0].label)
            self._console.type("".join(f"{one or ''}{ENTER}" for one in typed))
        words = [one.filled if said is None else said for one, said in zip(item.fields, typed, strict=True)]
        said = item.do(words) if item.do else Said()
        if said.go is not None:
            yield self._until(item.label, "Enter: do it; Esc: back")
            self._console.type(ENTER)
        yield self._until(item.label, "Arrows: more of it; Enter or Esc: back")
        self._console.type(ENTER)

    def _until(self, *texts: str) -> str:
        """What such a console makes of them."""
        said = [self._words(one).encode(self._encoding, "replace").decode(self._encoding) for one in texts]
        return self._console.until(f"{self._box.terminal}  {said[0]}", *said[1:])
