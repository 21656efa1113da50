"""The one screen: which state it is in, who watches it, and whose touch still counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypedDict, Unpack

from msgspec.structs import replace

from terminal.core.screens import (
    NEXT,
    Choice,
    DeviceShown,
    HolderShown,
    Intent,
    Keying,
    Line,
    Message,
    Screen,
    State,
    Status,
    View,
)
from terminal.core.typed import finished, seen

VALUE_CHARS_MAX = 64


class ScreenParts(TypedDict, total=False):
    """What a screen may show beside its title."""

    amount: str
    lines: tuple[Line, ...]
    choices: tuple[Choice, ...]
    keying: Keying | None
    holder: HolderShown | None
    code: str
    advice: Message | None
    hint: Message | None
    receipt: str


class StatusParts(TypedDict, total=False):
    """What of the status may change while the terminal runs."""

    shift: str
    attendant: str
    online: bool
    waiting: int
    devices: tuple[DeviceShown, ...]
    halted: Message | None
    halted_code: str
    notice: Message | None
    notice_code: str


class IllegalTransition(RuntimeError):
    """A defect: this state must not follow that one."""


class Stage:
    """`first_step` must lie above every step of the run before, so that its pages' touches are stale."""

    def __init__(self, status: Status, *, first_step: int, idle: Message) -> None:
        self._idle = idle
        self._screen = Screen(state=State.IDLE, step=first_step, title=idle)
        self._status = status
        self._answered = False
        self._typed = ""
        self._changed = asyncio.Event()
        self.flow = ""
        self.back = False
        """What is shown goes to the customer from now on, until the flow ends."""
        self.on_screen: Callable[[State, Screen], None] = lambda _before, _screen: None
        """Told of each screen, and of the state before it. Raises nothing."""

    @property
    def state(self) -> State:
        return self._screen.state

    @property
    def status(self) -> Status:
        return self._status

    def show(self, state: State, title: Message, **parts: Unpack[ScreenParts]) -> None:
        """The next screen, with a step of its own."""
        if state not in NEXT[self._screen.state]:
            raise IllegalTransition(f"{state} after {self._screen.state}")
        self._put(Screen(state=state, step=self._screen.step + 1, title=title, flow=self.flow, **parts))

    def idle(self, **parts: Unpack[ScreenParts]) -> None:
        """Back to the beginning; from idle too, when what it offers has changed."""
        self.flow, self.back = "", False
        if State.IDLE not in NEXT[self._screen.state] | {self._screen.state}:
            raise IllegalTransition(f"idle after {self._screen.state}")
        self._put(Screen(state=State.IDLE, step=self._screen.step + 1, title=self._idle, **parts))

    def restart(self) -> None:
        """Whatever was on the screen belonged to a run of the counter that is over."""
        self.flow, self.back = "", False
        self._put(Screen(state=State.IDLE, step=self._screen.step + 1, title=self._idle))

    def tell(self, **changes: Unpack[StatusParts]) -> None:
        """Change what is always in view."""
        status = replace(self._status, **changes)
        if status != self._status:
            self._status = status
            self._wake()

    @property
    def typed(self) -> str:
        """What codes have keyed on this screen: a PIN is in it, and in nothing that is shown."""
        return self._typed

    def types(self, typed: str) -> bool:
        """The same screen with so much keyed on it. False: it was answered already."""
        if self._answered:
            return False
        self._typed = typed
        self._screen = replace(self._screen, typed=seen(typed, self._screen.keying))
        self._wake()
        return True

    def whole(self, intent: Intent) -> Intent:
        """With what codes have keyed, where it hands that over."""
        if intent.do == "key" and not intent.value:
            return replace(intent, value=finished(self._typed))
        return intent

    def claims(self, intent: Intent) -> bool:
        """Whether that touch counts: on this screen, on something it has, and the first of its kind."""
        screen = self._screen
        if intent.step != screen.step or self._answered or len(intent.value) > VALUE_CHARS_MAX:
            return False
        if intent.do == "key":
            counts = screen.keying is not None
        elif intent.do in {"remove", "change"}:
            counts = bool(intent.value) and any(
                line.ref == intent.value and (intent.do == "remove" or line.changes) for line in screen.lines
            )
        else:
            counts = any((button.do, button.value) == (intent.do, intent.value) for button in screen.choices)
        self._answered = counts
        return counts

    def view(self) -> View:
        return View(screen=self._screen, status=self._status)

    async def changes(self) -> AsyncGenerator[View, None]:
        while True:
            changed = self._changed
            yield self.view()
            await changed.wait()

    def _put(self, screen: Screen) -> None:
        before = self._screen.state
        if self._answered or not _asks_again(self._screen, screen):
            self._typed = ""
        self._screen = replace(screen, typed=seen(self._typed, screen.keying), back=self.back)
        self._answered = False
        self._wake()
        self.on_screen(before, self._screen)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _asks_again(before: Screen, screen: Screen) -> bool:
    """The same question once more, under what came to nothing: a number that was begun goes on."""
    return (before.state, before.keying, before.title) == (screen.state, screen.keying, screen.title)
