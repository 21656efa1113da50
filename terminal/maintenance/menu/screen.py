"""The menu on a terminal of 80 by 24, by keyboard alone: numbers or arrows, Enter, Esc back.

Without colours, without lines of a character set that a serial console may not have. What something does
blocks the menu; Ctrl-C stops waiting for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from terminal.maintenance.menu.toolkit import urwid
from terminal.maintenance.menu.tree import KEYS, Box, Field, Item, Said
from terminal.maintenance.sentences import Words
from terminal.runtime.log import legible, told

LIVE_S = 0.5
_PALETTE = [("title", "standout", ""), ("chosen", "standout", "")]
_ESC_AND = "meta "
"""An Esc and a key behind it that a slow line brings in one piece."""
_WHO = (Field(label="Your id"), Field(label="Your PIN", hidden=True))


_Size = Any  # As urwid says it in each version.


class Row(urwid.Text):
    """One item. What is chosen is marked by a sign, too."""

    _selectable = True

    def __init__(self, key: str, label: str) -> None:
        self._plain = f"{key or ' '}  {label}"
        super().__init__(f"  {self._plain}", wrap="clip")

    def render(self, size: _Size, focus: bool = False) -> urwid.TextCanvas:  # noqa: FBT001, FBT002  as urwid calls it
        self.set_text(("chosen", f"> {self._plain}") if focus else f"  {self._plain}")
        return super().render(size, focus)

    def keypress(self, _size: _Size, key: str) -> str:
        return key


class View:
    """What is shown now."""

    def __init__(self, title: str, rows: Sequence[Any], keys: str) -> None:
        self.title = title
        self.keys = keys
        self.walker: Any = urwid.SimpleFocusListWalker(list(rows))
        self.body = urwid.ListBox(self.walker)

    def pressed(self, _key: str) -> None:
        """A key that the body has no use for."""


class Screen:
    """One menu from its first page until somebody leaves it."""

    def __init__(self, box: Box, tree: Sequence[Item], words: Words) -> None:
        self._box = box
        self._words = words
        self._views: list[View] = []
        self._head = urwid.Text("", wrap="clip")
        self._foot = urwid.Text("", wrap="clip")
        self._frame: Any = urwid.Frame(
            urwid.SolidFill(" "), urwid.AttrMap(self._head, "title"), urwid.AttrMap(self._foot, "title")
        )
        self._loop = urwid.MainLoop(
            self._frame, _PALETTE, handle_mouse=False, unhandled_input=self._unhandled
        )
        screen: Any = self._loop.screen
        screen.set_terminal_properties(colors=1)
        self._push(_Menu(self, words("Maintenance"), tree))

    def run(self) -> None:
        try:
            self._loop.run()
        except KeyboardInterrupt:
            pass
        finally:
            self._box.leave()

    def begin(self, label: str, said: Said) -> None:
        """With that, before the tree."""
        self._said(label, said)

    # For the views

    def words(self, text: str) -> str:
        return self._words(text)

    def chosen(self, item: Item) -> None:
        """First whoever it is, where that matters; then what it asks, then what it does."""
        if item.locked and not self._box.entered:
            if self._box.runs:
                self._push(_Form(self, self._words(item.label), _WHO, lambda words: self._enter(item, words)))
                return
            self._listed(item, item.alone or tuple, nobody_enters(self._box.closed, item.typed))
            return
        if item.items is not None:
            self._listed(item, item.items)
        elif item.live is not None:
            self._push(_Live(self, self._words(item.label), item.live))
        elif item.do is not None and item.fields:
            self._push(_Form(self, self._words(item.label), item.fields, lambda words: self._do(item, words)))
        else:
            self._do(item, ())

    def back(self) -> None:
        self._views.pop()
        if not self._views:
            raise urwid.ExitMainLoop
        self.show()

    def go(self, title: str, go: Callable[[], Said]) -> None:
        """In the place of what asked for it."""
        self._views.pop()
        self._said(title, self._waited(go))

    def later(self, ring: Callable[[], None]) -> object:
        return self._loop.set_alarm_in(LIVE_S, lambda _loop, _data: ring())

    def never(self, alarm: object) -> None:
        self._loop.remove_alarm(alarm)

    def on_top(self, view: View) -> bool:
        return bool(self._views) and self._views[-1] is view

    def show(self) -> None:
        view = self._views[-1]
        self._head.set_text(f" {self._box.terminal}  {view.title}")
        self._foot.set_text(f" {view.keys}")
        self._frame.body = view.body

    # Its own

    def _listed(self, item: Item, items: Callable[[], Sequence[Item]], without: Said | None = None) -> None:
        """`without`: what is said where there are none; None: that. What cannot be listed is said."""
        try:
            found = items()
        except Exception as fault:  # noqa: BLE001  as in `guarded`
            self._said(item.label, Said(lines=(told(fault),), well=False))
            return
        if found or without is None:
            self._push(_Menu(self, self._words(item.label), found))
        else:
            self._said(item.label, without)

    def _push(self, view: View) -> None:
        self._views.append(view)
        self.show()

    def _unhandled(self, key: str | tuple[str, int, int, int]) -> None:
        view = self._views[-1]
        if key == "esc":
            self.back()
        elif isinstance(key, str) and key.startswith(_ESC_AND):
            self.back()
            self._loop.process_input([key.removeprefix(_ESC_AND)])
        elif isinstance(key, str):
            view.pressed(key)

    def _enter(self, item: Item, words: Sequence[str]) -> None:
        self._views.pop()
        said = self._waited(lambda: self._box.enter(*words))
        if said.well:
            self.chosen(item)
        else:
            self._said(item.label, said)

    def _do(self, item: Item, words: Sequence[str]) -> None:
        """A form that led here is left behind: what was keyed is not shown again."""
        do = item.do
        if do is None:
            return
        if item.fields:
            self._views.pop()
        self._said(item.label, self._waited(lambda: do(words)))

    def _said(self, label: str, said: Said) -> None:
        self._push(_Page(self, self._words(label), said))

    def _waited(self, do: Callable[[], Said]) -> Said:
        self._frame.body = urwid.Filler(urwid.Text(f"  {self._words('One moment ...')}"), "top", top=1)
        self._foot.set_text("")
        try:
            self._loop.draw_screen()
            return guarded(do)
        except KeyboardInterrupt:
            return Said(lines=("Stopped. Look whether it was done.",), well=False)


class _Menu(View):
    def __init__(self, screen: Screen, title: str, items: Sequence[Item]) -> None:
        words = screen.words
        rows: list[Any] = [urwid.Divider()]
        keys = [KEYS[place] if place < len(KEYS) else "" for place in range(len(items))]
        rows += [Row(key, words(item.label)) for key, item in zip(keys, items, strict=True)]
        if not items:
            rows.append(urwid.Text(f"  {words('There is none.')}"))
        super().__init__(title, rows, words("Number or arrows and Enter; Esc: back"))
        self._screen = screen
        self._items = items
        if items:
            self.walker.set_focus(1)

    def pressed(self, key: str) -> None:
        place = KEYS.find(key) if len(key) == 1 else -1
        if 0 <= place < len(self._items):
            self.walker.set_focus(place + 1)
            self._screen.chosen(self._items[place])
        elif key == "enter" and self._items:
            self._screen.chosen(self._items[self.walker.focus - 1])


class _Page(View):
    """Lines; longer ones are wrapped, more of them are reached by arrows."""

    def __init__(self, screen: Screen, title: str, said: Said) -> None:
        words = screen.words
        self._screen, self._go = screen, said.go
        keys = "Enter: do it; Esc: back" if said.go else "Arrows: more of it; Enter or Esc: back"
        super().__init__(title, _lines(screen, said), words(keys))

    def pressed(self, key: str) -> None:
        if key != "enter":
            return
        if self._go is not None:
            self._screen.go(self.title, self._go)
        else:
            self._screen.back()


class _Live(View):
    def __init__(self, screen: Screen, title: str, live: Callable[[], Said]) -> None:
        super().__init__(title, [urwid.Divider()], screen.words("It goes on showing; Esc: back"))
        self._screen = screen
        self._live = live
        self._again()

    def _again(self) -> None:
        self.walker[:] = _lines(self._screen, guarded(self._live))
        self.walker.set_focus(len(self.walker) - 1)
        self._screen.later(self._ring)

    def _ring(self) -> None:
        if self._screen.on_top(self):
            self._again()


class _Form(View):
    def __init__(
        self, screen: Screen, title: str, fields: Sequence[Field], done: Callable[[Sequence[str]], None]
    ) -> None:
        words = screen.words
        self._edits = [
            urwid.Edit(f"  {words(one.label)}: ", one.filled, mask="*" if one.hidden else None)
            for one in fields
        ]
        rows: list[Any] = [urwid.Divider()]
        for edit in self._edits:
            rows += [edit, urwid.Divider()]
        super().__init__(title, rows, words("Enter: next, then go on; Esc: back"))
        self._done = done
        self.walker.set_focus(1)

    def pressed(self, key: str) -> None:
        if key != "enter":
            return
        at = self._edits.index(self.walker[self.walker.focus])
        if at + 1 < len(self._edits):
            self.walker.set_focus(2 * at + 3)
        else:
            self._done([one.edit_text.strip() for one in self._edits])


def nobody_enters(closed: str, typed: str) -> Said:
    """`closed`: why the terminal that runs has no ledger. `typed`: what is done as root without it."""
    if not closed:
        lines: tuple[str, ...] = (
            "The terminal does not run, so nobody can key a PIN.",
            "From here you can look, start it (0, then 1), and restore a backup (7).",
        )
    else:
        lines = (
            closed,
            "So nobody can key a PIN. From here you can look, and start it anew (0, then 1).",
            "To restore a backup, stop it first: sudo systemctl stop terminal; then 7, 3.",
        )
    if typed:
        lines += ("", "Or as root, which is in no journal:", typed)
    return Said(lines=lines, well=False)


def guarded(do: Callable[[], Said]) -> Said:
    """A defect of one item is said and ends no menu: the others may be what is needed now."""
    try:
        return do()
    except Exception as fault:  # noqa: BLE001  as it says
        return Said(lines=(told(fault),), well=False)


def _lines(screen: Screen, said: Said) -> list[Any]:
    """From the left edge: what commands say is 80 wide as it is."""
    lines = said.lines or ("It said nothing.",)
    head = [] if said.well else [urwid.Text(screen.words("NOT DONE, or not well:")), urwid.Divider()]
    return [urwid.Divider(), *head, *(urwid.Text(legible(screen.words(one))) for one in lines)]
