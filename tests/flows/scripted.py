"""A desk whose attendant follows a script, and a way to step a flow without an event loop."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from itertools import count
from typing import Any

from terminal.core.cart import Cart, Fill
from terminal.core.commands import (
    Balances,
    Booked,
    BookIssue,
    BookRecharge,
    BookSale,
    ClockTrust,
    Command,
    Occasion,
    Private,
    TenderKind,
)
from terminal.core.errors import Cancelled, TerminalFault
from terminal.core.money import Fen
from terminal.core.policy import Policy
from terminal.core.rights import Want
from terminal.core.screens import Line
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, ShiftId, StaffId, TerminalId
from terminal.core.visit import Usable

CANCEL = "the attendant presses cancel"
SKIP = "the attendant presses the other button"

Script = Sequence[tuple[str, Any]]


def play(flow: Coroutine[Any, Any, None]) -> TerminalFault | Cancelled | None:
    """Steps a flow to its end; what it ended with. A flow that waits for anything but its desk fails."""
    try:
        flow.send(None)
    except StopIteration:
        return None
    except (TerminalFault, Cancelled) as ended:
        return ended
    raise AssertionError("the flow waited for something that is not the desk")


class ScriptedDesk:
    """Answers `(question, answer)` in order, and insists on the order."""

    def __init__(
        self,
        script: Script,
        *,
        holders: dict[Credential, Holder] | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._script = list(script)
        self._holders = holders or {}
        self._policy = policy or Policy()
        self._ids = count(1)
        self._read: list[Credential] = []
        self.asked: list[tuple[str, str]] = []
        self.shown: list[Fen] = []
        self.said: list[str] = []
        self.declined: list[str] = []
        self.booked: list[Command] = []
        self.private: list[Private | None] = []
        self.handed_over: list[str] = []
        self.lines: Sequence[Line] = ()
        self.fails: TerminalFault | None = None
        """What booking or the look at the card comes to."""
        self.card_gone: TerminalFault | None = None
        self.brings: dict[Credential, Usable | TerminalFault] = {}
        """What headquarters brings for a card; nothing, where it is not named."""
        self.wanted: list[tuple[Want, ...]] = []

    @property
    def policy(self) -> Policy:
        return self._policy

    @property
    def finished(self) -> bool:
        return not self._script

    def new_id(self) -> EntryId:
        return EntryId(f"id-{next(self._ids)}")

    def secret(self, size: int) -> bytes:
        return bytes(range(size))

    def occasion(self, operator: StaffId | None = None) -> Occasion:
        return Occasion(
            terminal=TerminalId("T1"),
            shift=ShiftId("S1"),
            operator=operator or StaffId("E01"),
            business_day="2026-11-24",
            wall_ms=1_795_478_400_000,
            utc_offset_min=480,
            clock=ClockTrust.NETWORK,
            mono_ms=1,
            boot="b",
        )

    async def fill_cart(self, prompt: str) -> Cart:
        return self._answer("fill_cart", prompt, Cart)

    async def read_card(self, prompt: str) -> Credential:
        return self._answer("read_card", prompt, Credential)

    async def offer_card(self, prompt: str, *, skip: str, amount: Fen) -> Credential | None:
        assert skip
        self.shown.append(amount)
        return self._answer("offer_card", prompt, Credential)

    async def read_badge(self, prompt: str) -> StaffId:
        return self._answer("read_badge", prompt, str)

    async def offer_phone(self, prompt: str, *, skip: str) -> Credential | None:
        assert skip
        return self._answer("offer_phone", prompt, Credential)

    async def read_fill(self, prompt: str, **values: str) -> Fill:
        return self._answer("read_fill", prompt.format(**values), Fill)

    async def holder(self, credential: Credential) -> Holder | None:
        return self._holders.get(credential)

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        self.wanted.append(tuple(wants))
        brought = self.brings.get(card, Usable(holder=holder))
        if isinstance(brought, TerminalFault):
            raise brought
        return brought

    def still_there(self, card: Credential) -> None:
        assert card == self._read[-1], "it is the card that was read"
        if self.card_gone:
            raise self.card_gone

    async def ask_amount(self, prompt: str, *, at_most: Fen, holder: Holder | None = None) -> Fen:
        del holder
        fen = self._answer("ask_amount", prompt, int)
        assert fen <= at_most, "the desk never lets such an amount through"
        return fen

    async def ask_cash(self, prompt: str, *, due: Fen) -> Fen:
        fen = self._answer("ask_cash", prompt, int)
        assert fen >= due, "the desk never lets so little through"
        return fen

    async def choose_tender(
        self,
        prompt: str,
        kinds: Sequence[TenderKind],
        *,
        due: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
    ) -> TenderKind:
        del lines, holder
        self.shown.append(due)
        if len(kinds) == 1:
            return kinds[0]
        kind = self._answer("choose_tender", prompt, TenderKind)
        assert kind in kinds
        return kind

    async def confirm(
        self,
        prompt: str,
        *,
        amount: Fen,
        lines: Sequence[Line] = (),
        holder: Holder | None = None,
        **values: str,
    ) -> bool:
        del holder
        self.shown.append(amount)
        self.lines = lines
        try:
            return self._answer("confirm", prompt.format(**values), bool)
        except Cancelled:
            return False

    async def decline(self, fault: TerminalFault) -> None:
        self.declined.append(fault.code)

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        return self._book(sale, private)

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked:
        return self._book(recharge, private)

    async def book_issue(self, issue: BookIssue, private: Private | None = None) -> Booked:
        return self._book(issue, private)

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        assert booked.command in self.booked
        self.handed_over.append(message.format(**values))

    async def say(self, message: str, **values: str) -> None:
        self.said.append(message.format(**values))

    def _book(self, command: Command, private: Private | None) -> Booked:
        assert not self.booked, "a flow books once"
        if self.fails:
            raise self.fails
        self.booked.append(command)
        self.private.append(private)
        return Booked(command=command, seq=1, receipt_no="T1-1-1-9F3A01BC", after=Balances())

    def _answer(self, question: str, prompt: str, kind: type) -> Any:
        assert self._script, f"nobody answers {question}: {prompt}"
        expected, answer = self._script.pop(0)
        assert question == expected, f"asked {question} ({prompt}), the script answers {expected}"
        self.asked.append((question, prompt))
        if answer == CANCEL:
            raise Cancelled
        if answer == SKIP:
            return None
        assert isinstance(answer, kind)
        if isinstance(answer, Credential):
            self._read.append(answer)
        return answer
