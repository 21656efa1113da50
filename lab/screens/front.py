"""A counter that shows what it is told to, for pages to be looked at; it keeps the rules of the real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from msgspec.structs import replace

from terminal.core.screens import Choice, Intent, Screen, Status, View


class ScriptedFront:
    """`Front` for pages. `on_intent` decides what a touch that counts leads to."""

    def __init__(self, screen: Screen, status: Status, *, first_step: int = 1) -> None:
        self._view = View(screen=replace(screen, step=first_step), status=status)
        self._answered = False
        self._changed = asyncio.Event()
        self._touched = asyncio.Event()
        self.taken: list[Intent] = []
        self.refused: list[Intent] = []
        self.on_intent: Callable[[Intent], None] = lambda _: None

    def view(self) -> View:
        return self._view

    async def changes(self) -> AsyncGenerator[View, None]:
        shown: View | None = None
        while True:
            if shown is not self._view:
                shown = self._view
                yield shown
            else:
                await self._changed.wait()

    async def touched(self, times: int) -> None:
        """Returns once that many touches came, all together, whether taken or refused.

        Raises:
            TimeoutError: They did not come within a minute.
        """
        async with asyncio.timeout(60):
            while len(self.taken) + len(self.refused) < times:
                await self._touched.wait()

    def intend(self, intent: Intent) -> bool:
        self._touched.set()
        self._touched = asyncio.Event()
        screen = self._view.screen
        known = any(_sends(choice, intent) for choice in screen.choices)
        known |= intent.do == "key" and screen.keying is not None
        known |= intent.do == "remove" and any(line.ref == intent.value for line in screen.lines)
        if intent.step != screen.step or self._answered or not known:
            self.refused.append(intent)
            return False
        self._answered = True
        self.taken.append(intent)
        self.on_intent(intent)
        return True

    def show(self, screen: Screen) -> int:
        """The next screen; returns its step."""
        self._answered = False
        self._put(replace(self._view, screen=replace(screen, step=self._view.screen.step + 1)))
        return self._view.screen.step

    def types(self, typed: str) -> None:
        """Codes of the command sheet have keyed that: the same screen."""
        self._put(replace(self._view, screen=replace(self._view.screen, typed=typed)))

    def tell(self, status: Status) -> None:
        self._put(replace(self._view, status=status))

    def _put(self, view: View) -> None:
        self._view = view
        self._changed.set()
        self._changed = asyncio.Event()


def _sends(choice: Choice, intent: Intent) -> bool:
    return (choice.do, choice.value) == (intent.do, intent.value)
