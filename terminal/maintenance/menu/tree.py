"""What the menu is made of: items that lead to others, ask for something, do something, or go on showing.

Nothing here draws. What an item does blocks, and says lines; `Box` is the machine as the items know it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

PASSING = "Only until this machine is started anew:"
"""What of that does not stay is said behind it."""
KEYS = "1234567890"
"""By which items are chosen; a page has no more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What something came to, in lines that are shown as they are."""

    lines: tuple[str, ...] = ()
    well: bool = True
    enter: bool = False
    """It needs the technician's PIN first."""
    go: Callable[[], Said] | None = None
    """What is done when they read this and press Enter; None: that was all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    label: str
    hidden: bool = False
    filled: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row. Exactly one of `items`, `do` and `live` says what it is."""

    label: str
    items: Callable[[], Sequence[Item]] | None = None
    do: Callable[[Sequence[str]], Said] | None = None
    """Given what was keyed into `fields`, in their order."""
    fields: tuple[Field, ...] = ()
    live: Callable[[], Said] | None = None
    """Asked again and again while it is shown."""
    locked: bool = False
    """Needs the technician's PIN, and so the terminal that runs."""
    alone: Callable[[], Sequence[Item]] | None = None
    """Of a locked one: what it leads to where nobody can key a PIN; nothing: it says so."""
    typed: str = ""
    """Of a locked one: what root types instead then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A device as the configuration has it."""

    name: str
    kind: str
    place: str = ""
    """A path, an address; empty: it is found otherwise."""


class Box(Protocol):
    """The machine. All of it blocks for as long as it takes."""

    terminal: str
    """Site and terminal."""
    utc_offset_min: int
    """Of the shop, by which its days and receipts go; the machine's own time zone may be any."""
    parts: Sequence[Part]
    screen: bool
    """The counter's page is shown on this machine's own."""
    misread: Sequence[str]
    """What is wrong with the file of its settings; empty: nothing."""

    @property
    def runs(self) -> bool:
        """Whether the terminal answers on its socket, with its ledger open."""
        ...

    @property
    def closed(self) -> str:
        """Why the terminal that answers there has no ledger open; empty: it has, or none answers."""
        ...

    @property
    def earlier(self) -> bool:
        """Whether the settings before the last change are others, and can be used."""
        ...

    @property
    def entered(self) -> bool:
        """Whether somebody keyed their PIN, and that still counts."""
        ...

    def enter(self, who: str, pin: str) -> Said: ...

    def leave(self) -> None: ...

    def ask(self, what: str, *words: str) -> Said:
        """Of the terminal that runs; see `terminal.technician`."""
        ...

    def command(self, *words: str, typed: str = "") -> Said:
        """`terminal WORDS`, and what it says. `typed`: what it reads."""
        ...

    def program(self, *words: str) -> Said:
        """One of the system's."""
        ...

    def look(self, part: Part) -> Said:
        """What it says, beside what that was understood as; more of it each time."""
        ...

    def loopback(self, path: str) -> Said:
        """A serial port whose two lines are joined."""
        ...

    def network(self) -> Said:
        """To headquarters, step by step."""
        ...

    def passing(self, path: str) -> tuple[str, ...]:
        """What is said where a restart of the machine undoes what is written there; nothing: it stays."""
        ...

    def settings(self) -> Sequence[tuple[str, str]]:
        """What the file sets, by name; values as they stand in it."""
        ...

    def change(self, name: str, value: str) -> Said:
        """`go` writes it: what is said before is the difference. Empty: the line goes."""
        ...

    def before(self) -> Said:
        """`go` puts back the settings before the last change."""
        ...

    def log(self, word: str) -> Said:
        """The last lines that hold it."""
        ...


def each(*labelled: Item) -> Callable[[], Sequence[Item]]:
    """Items that are always the same."""
    return lambda: labelled


def noted(box: Box, detail: str, do: Callable[[], Said]) -> Said:
    """On record first, where the terminal runs; else it is not done."""
    on_record = box.ask("note", detail)
    return do() if on_record.well else on_record


def lasting(box: Box, path: str, done: Said) -> Said:
    """What was done, and that it does not stay where `path` lies in memory."""
    return replace(done, lines=(*done.lines, *box.passing(path))) if done.well else done
