"""The counter: one flow at a time over one screen, fed by devices and pages.

The daemon owns the state. What comes in is understood, kept only while somebody waits for it, and
answered with a new screen; what a flow does is booked once, shown, and printed beside it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Unpack

from msgspec import Struct
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.codes import ArticleCode, JoinCode
from terminal.core.commands import (
    Booked,
    BookIssue,
    BookRecharge,
    BookSale,
    Command,
    Occasion,
    Private,
)
from terminal.core.errors import (
    Cancelled,
    CopyBehind,
    HookRefuses,
    NotAskedNow,
    OutcomeUnknown,
    Refused,
    TerminalFault,
)
from terminal.core.events import CardRemoved, DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.money import shown
from terminal.core.policy import Policy
from terminal.core.ports import Books, Committer, Ids
from terminal.core.rights import Want
from terminal.core.screens import (
    NEXT,
    Choice,
    DeviceShown,
    HolderShown,
    Intent,
    Message,
    State,
    Status,
    View,
    holder_shown,
    says,
)
from terminal.core.trust import Credential, Holder
from terminal.core.values import EntryId, StaffId
from terminal.core.visit import Asking as HeadquartersAsking
from terminal.core.visit import Usable
from terminal.desk.alarms import Alarms
from terminal.desk.asking import Asking
from terminal.desk.booking import Booking
from terminal.desk.closed import show_closed
from terminal.desk.elsewhere import Elsewhere
from terminal.desk.heard import Badge, Card, Heard, SellingChanged, Touched, Trouble, Unanswered, understood
from terminal.desk.inbox import Inbox
from terminal.desk.printing import PrinterState, Printing
from terminal.desk.question import Questions
from terminal.desk.session import Roster, Session
from terminal.desk.settings import Settings
from terminal.desk.shown import approved_lines, paid
from terminal.desk.stage import ScreenParts, Stage
from terminal.flows import FLOWS, Flow
from terminal.runtime.log import told

log = logging.getLogger(__name__)

_OK = Choice(do="done", label=says("OK"), key="Enter")
_NEXT_CUSTOMER = Choice(do="done", label=says("Next customer"), key="Enter")
_REPRINT = Choice(do="reprint", label=says("Reprint"))


class Shop(Struct, frozen=True, kw_only=True):
    """What the counter sells by."""

    policy: Policy
    catalogue: Mapping[str, Article]
    """By barcode."""
    settings: Settings
    flows: Mapping[str, Flow] = FLOWS


class Means(Struct, frozen=True, kw_only=True):
    """What the counter works with."""

    committer: Committer
    books: Books
    printing: Printing
    session: Session
    ids: Ids
    secret: Callable[[int], bytes]
    """So many random bytes."""
    alarms: Alarms


class Counter(Asking):
    """`Desk` for flows, `Front` for pages; `post` for devices. Call `run` under supervision."""

    def __init__(self, shop: Shop, means: Means, devices: Mapping[str, str], *, first_step: int) -> None:
        """`devices`: kinds by name. `first_step`: above the steps of earlier runs, such as `wall_ms()`."""
        settings, duty = shop.settings, means.session.duty
        status = Status(
            shop=duty.shop.name,
            terminal=duty.terminal,
            shift=duty.shift,
            attendant=duty.attendant,
            online=False,
            waiting=0,
            devices=tuple(
                DeviceShown(name=name, kind=kind, health=DeviceHealth.STARTING)
                for name, kind in devices.items()
            ),
        )
        self._stage = Stage(status, first_step=first_step, idle=says("What shall it be?"))
        self._inbox = Inbox()
        super().__init__(
            Questions(self._stage, self._inbox, means.alarms, settings.question_s * 1000),
            shop.policy,
            shop.catalogue,
        )
        self._flows = {name: flow for name, flow in shop.flows.items() if flow.fits(shop.policy)}
        self._settings = settings
        self._means = means
        self._roster = Roster(settings.staff)
        self._booking = Booking(means.committer, means.alarms, self._show_doubt)
        self._elsewhere = Elsewhere(
            means.books, means.committer, means.ids, means.session.occasion, shop.policy
        )
        self._booked: Booked | None = None
        self._paper: PrinterState | None = None
        self._copy_behind = False
        self._hook_refuses = False
        self._stops: TerminalFault | None = None
        self._closed: TerminalFault | None = None
        self._roams = False
        """Whether members' value may lie elsewhere."""
        self._as_of = ""
        """When headquarters was there last, since it is not."""
        means.printing.on_state = self._printer_changed

    # What comes in

    def post(self, event: DeviceEvent) -> None:
        """From a device. What nobody waits for is gone, but for what lies where.

        A question that waits for something else says so; it never keeps what came for a later one.
        """
        presence = self._questions.presence
        presence.notice(event)
        match event:
            case DeviceChanged(device=device, health=health, why=why):
                self._device_changed(device, health, why)
                return
            case CardRemoved():
                return
            case _:
                heard = understood(event, self._roster)
        if isinstance(heard, Card):
            presence.came(heard.credential)
        self._inbox.put(heard if self._expected(heard) else Trouble.of(NotAskedNow("another kind")))

    def _expected(self, heard: Heard) -> bool:
        """Whether somebody waits for it, or the flow began with that very card."""
        began = self._questions.opening_card
        again = isinstance(heard, Card) and heard.credential == began
        return again or isinstance(heard, Trouble) or self._inbox.wants(type(heard))

    def intend(self, intent: Intent) -> bool:
        return self._stage.claims(intent) and self._inbox.put(Touched(intent))

    def view(self) -> View:
        return self._stage.view()

    def changes(self) -> AsyncGenerator[View, None]:
        return self._stage.changes()

    def uplink_changed(self, *, online: bool, waiting: int, stops: type[TerminalFault] | None = None) -> None:
        """From the way to headquarters. `stops`: why nothing may be sold, such as `ChainsDiffer`."""
        if self._stage.status.online and not online:
            self._as_of = self._means.session.time_shown()
        self._stops = stops() if stops else None
        self._stage.tell(online=online, waiting=waiting)
        self._tell_halted()

    def second_changed(self, *, behind: bool) -> None:
        """True: the second copy of the journal is not written, and selling goes on."""
        self._copy_behind = behind
        self._tell_notice()

    def asks(self, asking: HeadquartersAsking) -> None:
        """From now on value that lies elsewhere can be asked for."""
        self._elsewhere.asking = asking
        self._roams = True

    def _shown(self, holder: Holder) -> HolderShown:
        as_of = "" if self._stage.status.online or not self._roams else self._as_of
        return holder_shown(holder, roams=self._roams, as_of=as_of)

    def hook_changed(self, *, refuses: bool) -> None:
        """True: the shop's own cloud does not take some entries, and selling goes on."""
        self._hook_refuses = refuses
        self._tell_notice()

    def waiting_changed(self, waiting: int) -> None:
        self._stage.tell(waiting=waiting)

    def closed_by(self, fault: TerminalFault | None) -> None:
        """Why nothing can be booked: a question that waits ends, no flow is started. None: it can again."""
        self._closed = fault
        self._tell_halted()

    def _tell_halted(self) -> None:
        """The ledger first: what cannot be booked need not be healed either."""
        fault = self._closed or self._stops
        if type(fault) is type(self._questions.closed) and str(fault) == str(self._questions.closed):
            return
        self._questions.closed = fault
        self._stage.tell(
            halted=says(fault.for_attendant) if fault else None, halted_code=fault.code if fault else ""
        )
        self._inbox.put(SellingChanged())

    def _device_changed(self, device: str, health: DeviceHealth, why: str) -> None:
        devices = self._stage.status.devices
        self._stage.tell(
            devices=tuple(
                replace(one, health=health, why=why) if one.name == device else one for one in devices
            )
        )

    def _printer_changed(self, state: PrinterState) -> None:
        for device in self._stage.status.devices:
            if device.kind == "printer":
                self._device_changed(device.name, state.health, state.why)
        self._paper = state
        self._tell_notice()
        if self._stage.state is State.IDLE and self._stage.view().screen.choices != self._offers():
            self._stage.idle(choices=self._offers())

    def _tell_notice(self) -> None:
        """What should be known beside the sale; the paper first, because somebody can mend that at once."""
        advice, code = (self._paper.advice, self._paper.code) if self._paper else ("", "")
        if not advice and self._copy_behind:
            advice, code = CopyBehind.for_attendant, CopyBehind.code
        if not advice and self._hook_refuses:
            advice, code = HookRefuses.for_attendant, HookRefuses.code
        self._stage.tell(notice=says(advice) if advice else None, notice_code=code)

    # The day

    async def run(self) -> None:
        """One customer after the other. After a crash it begins at the idle screen."""
        self._stage.restart()
        self._inbox.want()
        while True:
            await self._serve(*await self._idle())

    async def _idle(self) -> tuple[str, Heard | None]:
        """Which flow, and what began it."""
        while True:
            if (closed := self._questions.closed) is not None:
                await self._shut(closed)
                continue
            self._stage.idle(choices=self._offers())
            self._inbox.want(Touched, Card, ArticleCode, Badge, JoinCode, Trouble, SellingChanged)
            heard = await self._inbox.take()
            self._inbox.want(ArticleCode, Trouble)
            match heard:
                case ArticleCode() | Card():
                    return "checkout", heard
                case Badge() | JoinCode():
                    return "join", heard
                case Touched(intent=Intent(do="start", value=flow)):
                    return flow, None
                case Touched():
                    self._means.printing.again()
                    await self.say("Printing the last receipt again, marked as a duplicate.")
                case Trouble(code=code, advice=advice):
                    await self._declined(code, advice)
                case Unanswered() | SellingChanged():
                    continue

    async def _shut(self, fault: TerminalFault) -> None:
        """Until something changes. What is presented meanwhile is for nobody."""
        self._inbox.want(SellingChanged)
        show_closed(self._stage, fault)
        await self._inbox.take()

    def _offers(self) -> tuple[Choice, ...]:
        starts = tuple(Choice(do="start", value=name, label=flow.label) for name, flow in self._flows.items())
        return (*starts, _REPRINT) if self._means.printing.last else starts

    async def _serve(self, flow: str, opening: Heard | None) -> None:
        """Run one flow to its end, whatever that is; the counter lives on."""
        self._stage.flow = flow
        self._booked = None
        if flow not in self._flows:
            return await self.decline(Refused(f"no {flow} here"))
        self._questions.opening = opening
        try:
            await self._flows[flow].script(self)
        except Cancelled:
            await self.say("Cancelled. Nothing was charged.")
        except TerminalFault as fault:
            log.info("declined: flow=%s why=%s", flow, told(fault))
            await self.decline(fault)
        except Exception as fault:  # noqa: BLE001  a defect in one flow must not close the counter
            log.error("flow failed: flow=%s why=%s", flow, told(fault))  # noqa: TRY400  texts of foreign exceptions stay out of the log
            await self._failed()
        finally:
            self._questions.opening = None
            self._elsewhere.over()
        return None

    async def _failed(self) -> None:
        if State.DECLINED not in NEXT[self._stage.state]:
            return self._stage.restart()
        if self._booked is None:
            return await self.decline(TerminalFault("a defect"))
        number = self._booked.receipt_no
        advice = says(
            "This was booked as {number}. Do not charge again; print it with Reprint.", number=number
        )
        return await self._notice(
            State.DECLINED, says("Booked, but something failed"), code=TerminalFault.code, advice=advice
        )

    # What flows ask of it, beside questions

    def new_id(self) -> EntryId:
        return EntryId(self._means.ids.new())

    def secret(self, size: int) -> bytes:
        return self._means.secret(size)

    def occasion(self, operator: StaffId | None = None) -> Occasion:
        return self._means.session.occasion(operator)

    async def holder(self, credential: Credential) -> Holder | None:
        return await self._elsewhere.holder(credential)

    async def bring(self, card: Credential, holder: Holder, wants: Sequence[Want]) -> Usable:
        return await self._elsewhere.bring(card, holder, wants)

    async def book_sale(self, sale: BookSale, private: Private | None = None) -> Booked:
        return await self._book(sale, private)

    async def book_recharge(self, recharge: BookRecharge, private: Private | None = None) -> Booked:
        return await self._book(recharge, private)

    async def book_issue(self, issue: BookIssue, private: Private | None = None) -> Booked:
        return await self._book(issue, private)

    async def _book(self, command: Command, private: Private | None) -> Booked:
        if self._booked is not None:
            raise RuntimeError("a flow books once")
        self._stage.show(
            State.PROCESSING, says("Booking. Do not remove the card."), amount=shown(paid(command))
        )
        self._means.printing.expect(command.id)
        self._booked = await self._booking.book(command, private)
        self._means.printing.original(self._booked)
        return self._booked

    def _show_doubt(self) -> None:
        advice = says(OutcomeUnknown.for_attendant)
        self._stage.show(State.PROCESSING, says("Looking it up"), code=OutcomeUnknown.code, advice=advice)

    async def hand_over(self, booked: Booked, message: str, **values: str) -> None:
        title, printing = says(message, **values), self._means.printing
        while True:
            heard = await self._questions.notice(
                State.APPROVED,
                title,
                ArticleCode,
                Badge,
                wait_ms=self._settings.approved_s * 1000,
                choices=(_NEXT_CUSTOMER, _REPRINT),
                amount=shown(paid(booked.command)),
                lines=approved_lines(booked),
                receipt=printing.preview(booked),
            )
            if not (isinstance(heard, Touched) and heard.intent.do == "reprint"):
                break
            printing.again()
            title = says("Printing the last receipt again, marked as a duplicate.")

    async def say(self, message: str, **values: str) -> None:
        await self._notice(State.SAYING, says(message, **values))

    async def decline(self, fault: TerminalFault) -> None:
        await self._declined(fault.code, fault.for_attendant)

    async def _declined(self, code: str, advice: str) -> None:
        await self._notice(State.DECLINED, says("Declined"), code=code, advice=says(advice))

    async def _notice(self, state: State, title: Message, **parts: Unpack[ScreenParts]) -> None:
        parts["choices"] = (_OK,)
        await self._questions.notice(state, title, wait_ms=self._settings.notice_s * 1000, **parts)
