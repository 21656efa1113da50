"""One question: its screen, what may answer it, and how long it waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar, Unpack

from msgspec import Struct

from terminal.core.command_sheet import Order, Says, handed, pays_by
from terminal.core.commands import TenderKind
from terminal.core.errors import Cancelled, NotAskedNow, Refused, TerminalFault
from terminal.core.money import Fen
from terminal.core.screens import Choice, Message, State, says
from terminal.core.trust import Credential
from terminal.desk.alarms import Alarms
from terminal.desk.heard import Card, Heard, LookAgain, Pays, SellingChanged, Touched, Trouble, Unanswered
from terminal.desk.inbox import Inbox
from terminal.desk.presence import Presence
from terminal.desk.stage import ScreenParts, Stage

T = TypeVar("T")

CANCEL = Choice(do="cancel", label=says("Cancel"), key="Escape")
LOOK_MS = 1_000
"""Between two looks at whether what a question offers is still all there is."""


class Stale(Exception):
    """There is more to choose from than the question offers."""


class Question(Struct, eq=False):
    """One question while it waits: what it heard last that could not be used, and for how long it waits."""

    inbox: Inbox
    alarms: Alarms
    patience_ms: int
    closed: Callable[[], TerminalFault | None]
    trouble: Trouble | None = None
    _stop: Callable[[], None] | None = None
    _no_look: Callable[[], None] | None = None

    async def heard(self) -> Heard:
        """What somebody did. Trouble does not lengthen the wait.

        Raises:
            Cancelled: cancel was pressed, or nobody answered.
            TerminalFault: nothing can be booked any more, so nothing need be asked.
        """
        heard = await self.inbox.take()
        if isinstance(heard, SellingChanged) and (closed := self.closed()) is not None:
            raise closed
        self.trouble = heard if isinstance(heard, Trouble) else None
        if isinstance(heard, Unanswered) or (isinstance(heard, Touched) and heard.intent.do == "cancel"):
            raise Cancelled
        return heard

    def refuse(self, fault: Refused) -> None:
        """The answer cannot be used: it is shown why, and asked again."""
        self.trouble = Trouble.of(fault)

    def wait(self) -> None:
        """Begin to wait, or wait as long again."""
        self.stop()
        self._stop = self.alarms.after(self.patience_ms, self._ring)

    def look_later(self) -> None:
        """A look at what is offered, in a second."""
        self._no_look = self.alarms.after(LOOK_MS, lambda: self.inbox.put(LookAgain()))

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    def end(self) -> None:
        self.stop()
        if self._no_look is not None:
            self._no_look()

    def _ring(self) -> None:
        self.inbox.put(Unanswered())


class Questions:
    """Waiting for people. Knows the inbox and the stage, and nothing of flows, ledger or printer."""

    def __init__(self, stage: Stage, inbox: Inbox, alarms: Alarms, patience_ms: int) -> None:
        self.stage = stage
        self.inbox = inbox
        self.alarms = alarms
        self.presence = Presence()
        self.closed: TerminalFault | None = None
        """Why nothing can be booked now."""
        self.opening: Heard | None = None
        """What began the flow or was scanned early, until the question that it answers is asked."""
        self.beforehand: Order | None = None
        """What a code of the command sheet said that a screen behind the one it touched is to hear."""
        self._patience_ms = patience_ms

    @property
    def opening_card(self) -> Credential | None:
        return self.opening.credential if isinstance(self.opening, Card) else None

    async def picked(self, title: Message, buttons: Sequence[Choice], **parts: Unpack[ScreenParts]) -> str:
        """The value of the button that was touched."""
        return await self.picked_or_paid(title, buttons, pays=False, **parts) or ""

    async def picked_or_paid(  # noqa: PLR0913  what it waits for, each by its name
        self,
        title: Message,
        buttons: Sequence[Choice],
        *,
        pays: bool,
        again: Refused | None = None,
        stale: Callable[[], Awaitable[bool]] | None = None,
        patience_ms: int | None = None,
        **parts: Unpack[ScreenParts],
    ) -> str | None:
        """The same; None: a customer's payment code, which the question that asks for one then hears first.

        `pays`: one is taken. `again`: why what was said before came to nothing. `stale`: asked each second.
        `patience_ms`: other than the usual. Raises Stale: it said so, and nobody has answered.
        """
        parts["choices"] = (*buttons, CANCEL)
        kinds, looks = ((Pays,) if pays else ()), stale is not None
        with self.asking(*kinds, patience_ms=patience_ms, looks=looks) as question:
            if again is not None:
                question.refuse(again)
            self.ask(State.CHOOSING, title, question, **parts)
            while True:
                heard = await question.heard()
                if isinstance(heard, LookAgain):
                    if stale is not None and await stale() and not self.inbox.waits:
                        raise Stale
                    question.look_later()
                if isinstance(heard, Touched):
                    return heard.intent.value
                if isinstance(heard, Pays):
                    self.opening = heard
                    return None
                if question.trouble is not None:
                    self.ask(State.CHOOSING, title, question, **parts)

    def way_beforehand(self, kinds: Sequence[TenderKind]) -> TenderKind | None:
        """How it is paid, where that was said already. Raises NotAskedNow: it cannot be paid so."""
        if (order := self.beforehand) is None:
            return None
        kind = pays_by(order)
        if kind not in kinds:
            self.beforehand = None
            raise NotAskedNow("it cannot be paid so")
        if order.says is Says.TENDER:  # A sum is still to be heard.
            self.beforehand = None
        return kind

    def cash_beforehand(self, due: Fen) -> Fen | None:
        """What came over the counter, where that was said already."""
        order, self.beforehand = self.beforehand, None
        return handed(order, due) if order else None

    async def keyed(
        self,
        title: Message,
        usable: Callable[[str], T],
        *,
        patience_ms: int | None = None,
        again: Refused | None = None,
        **parts: Unpack[ScreenParts],
    ) -> T:
        """What was keyed, once it can be used; a button stands for keying its value.

        `usable` raises `Refused` where it cannot, and the question is asked again. `patience_ms`: other than
        the usual. `again`: why what was keyed before came to nothing.
        """
        parts["choices"] = (*parts.get("choices", ()), CANCEL)
        with self.asking(patience_ms=patience_ms) as question:
            if again is not None:
                question.refuse(again)
            while True:
                self.ask(State.KEYING, title, question, **parts)
                heard = await question.heard()
                try:
                    if isinstance(heard, Touched):
                        return usable(heard.intent.value)
                except Refused as refusal:
                    question.refuse(refusal)

    async def notice(
        self, state: State, title: Message, *ends: type[Heard], wait_ms: int, **parts: Unpack[ScreenParts]
    ) -> Heard:
        """Shown until it is touched, or that time has passed, or one of `ends` begins something new.

        What began something new is heard again by whoever asks next.
        """
        self.inbox.want(Touched, Unanswered, *ends)
        stop = self.alarms.after(wait_ms, lambda: self.inbox.put(Unanswered()))
        try:
            self.stage.show(state, title, **parts)
            heard = await self.inbox.take()
        finally:
            stop()
            self.inbox.want(*ends)
        if isinstance(heard, ends):
            self.inbox.put_first(heard)
        return heard

    @contextmanager
    def asking(
        self, *kinds: type[Heard], patience_ms: int | None = None, looks: bool = False
    ) -> Iterator[Question]:
        """Wait for touches and these kinds; what comes outside of it is not for this question.

        `looks`: and each second for a look at what it offers.
        """
        beside = [LookAgain] if looks else []
        self.inbox.want(Touched, Unanswered, SellingChanged, *beside, *([Trouble, *kinds] if kinds else []))
        opening = self.opening
        if opening is not None and isinstance(opening, kinds):
            self.opening = None
            if not isinstance(opening, Card) or self.presence.is_latest(opening.credential):
                self.inbox.put_first(opening)
        question = Question(self.inbox, self.alarms, patience_ms or self._patience_ms, lambda: self.closed)
        question.wait()
        if looks:
            question.look_later()
        try:
            yield question
        finally:
            question.end()
            self.inbox.want()

    def ask(self, state: State, title: Message, question: Question, **parts: Unpack[ScreenParts]) -> None:
        """The question's screen; what could not be used before comes with its code and advice."""
        if question.trouble is not None:
            parts["code"] = question.trouble.code
            parts["advice"] = says(question.trouble.advice)
        self.stage.show(state, title, **parts)
