"""One flow at the counter, and what was booked and seen of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from msgspec import Struct

from lab.days.answers import as_fen
from lab.days.hand import Act, Answers, Hand, NotAnswered, Served, scan
from lab.days.house import House
from lab.days.till import Till
from lab.days.told import Facts
from terminal.core.commands import (
    Command,
)
from terminal.core.entry import Entry
from terminal.core.money import plain
from terminal.core.screens import Screen
from terminal.core.staff import Role

C = TypeVar("C", bound=Command)


class Declined(Exception):
    """As the counter's screen says it."""

    def __init__(self, screen: Screen, reason: str = "") -> None:
        """`reason`: in the day's words, where the screen says it in its own."""
        most = next((line.value for line in screen.lines if line.label.text == "At most"), "")
        self.code = screen.code
        said = screen.advice.text.format(**screen.advice.values) if screen.advice else screen.title.text
        self.reason = reason or (f"{as_fen(most)} possible" if most else said)
        super().__init__(self.reason)


class NotOnPaper(Exception):
    """The receipt does not show what was booked."""


class Came(Struct, Generic[C]):
    """What was booked, and what was seen of it."""

    command: C
    entry: Entry
    served: Served


class AtTheCounter:
    def __init__(self, house: House, till: Till, hand: Hand) -> None:
        self._house = house
        self._till = till
        self.hand = hand

    def second(self, said: Facts) -> dict[str, Act]:
        by = said.get("approved_by")
        badge = self.badge(by) if by else self._manager()
        return {
            "Who approves the refund?": scan(badge),
            "Who approves that it is paid back?": scan(badge),
        }

    def _manager(self) -> str:
        return next((one.badge for one in self.hand.staff if one.role is Role.MANAGER), "")

    def badge(self, staff: str) -> str:
        return self._house.day.badge(staff)

    async def booked(
        self, kind: type[C], flow: str, answers: Answers, otherwise: Mapping[str, Act] | None = None
    ) -> Came[C]:
        """The one command of that kind that came of it. Raises Declined, NotAnswered."""
        served = await self.hand.serve(flow, answers, otherwise or {})
        entries = await self._till.heard()
        if served.refused is not None:
            if entries:
                raise NotAnswered(f"refused, and {len(entries)} entries were booked")
            raise Declined(served.refused)
        ((command, entry),) = [(one.payload, one) for one in entries if isinstance(one.payload, kind)]
        return Came(command, entry, served)


def on_paper(served: Served, *amounts: int) -> None:
    """Raises NotOnPaper: the receipt that was handed over lacks one of them."""
    (screen,) = served.approved
    if lacking := [fen for fen in amounts if fen and plain(fen) not in screen.receipt]:
        raise NotOnPaper(f"{lacking} fen are not on the receipt")


def number_of(served: Served) -> str:
    (screen,) = served.approved
    return next(line.value for line in screen.lines if line.label.text == "Number")
