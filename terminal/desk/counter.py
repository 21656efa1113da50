"""The counter: one flow at a time over one screen, fed by devices and pages.

The daemon owns the state. What comes in is understood, kept only while somebody waits for it, and
answered with a new screen; what a flow does is booked once, shown, and printed beside it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from terminal.core.codes import ArticleCode, CampaignCode, CouponCode, JoinCode, ReceiptNumber
from terminal.core.commands import Booked
from terminal.core.errors import (
    Cancelled,
    NotAskedNow,
    Refused,
    ShiftIsClosed,
    TerminalFault,
)
from terminal.core.events import (
    ButtonPressed,
    CardFound,
    CardPresented,
    CardRemoved,
    CaseOpened,
    CodeScanned,
    DeviceChanged,
    DeviceEvent,
    DeviceHealth,
    Unreadable,
)
from terminal.core.screens import (
    NEXT,
    Choice,
    DeviceShown,
    Intent,
    Screen,
    State,
    Status,
    View,
    says,
)
from terminal.core.typed import PRIVATE
from terminal.core.visit import Asking as HeadquartersAsking
from terminal.desk.asking import LYING
from terminal.desk.buttons import touched_by
from terminal.desk.closed import show_closed
from terminal.desk.employed import Employed
from terminal.desk.heard import (
    Badge,
    Card,
    Heard,
    Pays,
    SellingChanged,
    Touched,
    Trouble,
    Unanswered,
    Voucher,
    understood,
)
from terminal.desk.inbox import Inbox
from terminal.desk.means import Means, Shop
from terminal.desk.notices import Notices
from terminal.desk.offers import Offers
from terminal.desk.ordering import AGAIN_MS, Keyed, Ordered, Ordering, TwiceKeyed, is_order
from terminal.desk.prices import Offer
from terminal.desk.printer_state import PrinterState
from terminal.desk.serving import Serving
from terminal.desk.session import Roster
from terminal.desk.stage import Stage
from terminal.runtime.log import told

log = logging.getLogger(__name__)

BEGUN_BY: Mapping[type[Heard], str] = MappingProxyType(
    {
        ArticleCode: "checkout",
        CouponCode: "checkout",
        CampaignCode: "claim",
        Card: "checkout",
        Badge: "join",
        JoinCode: "join",
        ReceiptNumber: "refund",
    }
)
"""Which flow, by what is presented at rest."""
TRAINING_LEFT_MS = 600_000
"""So long nobody touches it or presents anything."""


class Counter(Serving):
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
            training=shop.training,
            waiting=0,
            devices=tuple(
                DeviceShown(name=name, kind=kind, health=DeviceHealth.STARTING)
                for name, kind in devices.items()
            ),
        )
        stage = Stage(status, first_step=first_step, idle=says("What shall it be?"))
        stage.on_screen = self._tell_beside
        self._inbox = Inbox(means.session.mono_ms)
        super().__init__(shop, means, stage, self._inbox)
        self._starts = Offers(shop.flows, shop.policy, pumps=means.forecourt is not None)
        self._roster = Roster(settings.staff)
        self._ordering = Ordering(means.sheet, means.session.mono_ms)
        self._notices = Notices(stage, means.invoicing)
        self._forwards = False
        """Whether there is anybody to whom entries go."""
        self._last_code: tuple[str, int] | None = None
        """What was scanned last, and when."""
        self._stops: TerminalFault | None = None
        self._closed: TerminalFault | None = None
        means.printing.on_state = self._printer_changed
        if self._acquiring is not None:
            self._acquiring.on_doubts = self._doubts_changed
        if self._filling is not None:
            self._filling.on_unpaid = self._unpaid_changed
            self._filling.on_unclear = self._unclear_changed

    @property
    def case_opened(self) -> bool:
        return self._notices.case_opened

    # What comes in

    def post(self, event: DeviceEvent) -> None:
        """From a device. What nobody waits for is gone, but for what lies where.

        A question that waits for something else says so; it never keeps what came for a later one.
        """
        presence = self._questions.presence
        if not presence.notice(event):
            self._inbox.put(Trouble(NotAskedNow.code, LYING.text))
            return
        match event:
            case DeviceChanged(device=device, health=health, why=why):
                self._device_changed(device, health, why)
                return
            case CardFound() | CardRemoved():
                return
            case ButtonPressed(does=does):
                if (touch := touched_by(does, self._stage.view().screen)) is not None:
                    self.intend(touch)
                return
            case CodeScanned(text=text) if is_order(text):
                self._ordered(text)
                return
            case CaseOpened(device=device):
                log.warning("the case was opened: device=%s", device)
                self._notices.case_opened = True
                self._tell_notice()
                return
            case _:
                self._presented(event)

    def _presented(self, event: CardPresented | CodeScanned | Unreadable) -> None:
        """Heard where it is waited for; where the screen says nothing of it, it is refused aloud."""
        presence = self._questions.presence
        heard = understood(
            event,
            self._roster,
            self._means.codes,
            paying=self._inbox.wants(Pays),
            verifying=self._inbox.wants(Voucher),
        )
        again = self._is_again(event, heard)
        if isinstance(heard, Card):
            presence.came(heard.credential)
            # One that came to its reader before anybody asked is the last customer's.
            if isinstance(event, CardPresented) and not self._inbox.asked_before(event.seen_ns):
                heard = Trouble.of(NotAskedNow("before anybody asked"))
        said = heard if self._expected(heard) else Trouble.of(NotAskedNow("another kind"))
        if not self._inbox.put(said) and isinstance(said, Trouble) and not again:
            # Whoever does not look at the screen takes silence for an answer.
            self._means.beside.refused((self._questions.closed or NotAskedNow("nothing")).code)

    def _is_again(self, event: CardPresented | CodeScanned | Unreadable, heard: Heard) -> bool:
        """What came last comes once more, by a hand that stayed there; or it is of no hand at all."""
        last, now_ms = self._last_code, self._means.session.mono_ms()
        match event, heard:
            case CodeScanned(text=text), _:
                self._last_code = text, now_ms
                return last is not None and last[0] == text and now_ms - last[1] < AGAIN_MS
            case _, Card(credential=credential):
                return self._questions.presence.is_latest(credential)
            case CardPresented(), _:
                return False
            case _:
                return True

    def _expected(self, heard: Heard) -> bool:
        """Whether somebody waits for it, or the flow began with that very card."""
        began = self._questions.opening_card
        again = isinstance(heard, Card) and heard.credential == began
        return again or isinstance(heard, Trouble) or self._inbox.wants(type(heard))

    def _ordered(self, text: str) -> None:
        """By a code of the command sheet: a touch, answered by a sound at least."""
        try:
            said = self._ordering.heard(text, self._stage.view().screen, self._stage.typed)
        except Refused as fault:
            # Of a number that is being keyed the rest stays: a screen that says so would be a new one.
            if self._stage.typed or not self._inbox.put(Trouble.of(fault)):
                self._means.beside.refused(fault.code)
            return
        match said:
            case Ordered(touch=touch, beforehand=beforehand) if self._stage.claims(touch):
                self._questions.beforehand = beforehand
                self._inbox.put(Touched(self._stage.whole(touch), scanned=True))
            case Keyed(typed=typed, digit=digit) if self._stage.types(typed):
                aloud = self._stage.view().screen.keying not in PRIVATE
                self._means.beside.keyed(digit if aloud else "")
            case TwiceKeyed():
                self._means.beside.twice()
            case _:
                return

    def intend(self, intent: Intent) -> bool:
        if not self._stage.claims(intent):
            return False
        self._questions.beforehand = None
        return self._inbox.put(Touched(self._stage.whole(intent)))

    def view(self) -> View:
        return self._stage.view()

    def changes(self) -> AsyncGenerator[View, None]:
        return self._stage.changes()

    def uplink_changed(self, *, online: bool, waiting: int, stops: type[TerminalFault] | None = None) -> None:
        """From the way to headquarters. `stops`: why nothing may be sold, such as `ChainsDiffer`."""
        if self._stage.status.online and not online:
            self._as_of = self._means.session.time_shown()
        self._forwards = True
        self._stops = stops() if stops else None
        self._stage.tell(online=online, waiting=waiting)
        self._tell_halted()

    def second_changed(self, *, behind: bool) -> None:
        """True: the second copy of the journal is not written, and selling goes on."""
        self._notices.copy_behind = behind
        self._tell_notice()

    @property
    def offer(self) -> Offer:
        """By which this customer, or the last, is told prices."""
        return self._prices.offer

    def employs(self, people: Employed) -> None:
        """In the place of those whom the terminal's file names."""
        self._roster = Roster(people.staff)
        self._shifts.employs(people)

    def sells(self, offer: Offer) -> None:
        """From the next customer on."""
        self._prices.renew(offer)

    def faces(self, show: Callable[[Booked], None]) -> None:
        """From now on it is told of each booking, for the faces of visual cards."""
        self._show_face = show

    def asks(self, asking: HeadquartersAsking) -> None:
        """From now on value that lies elsewhere can be asked for."""
        self._elsewhere.asking = asking
        self._roams = True

    def hook_changed(self, *, refuses: bool) -> None:
        """True: the shop's own cloud does not take some entries, and selling goes on."""
        self._notices.hook_refuses = refuses
        self._tell_notice()

    def _tell_beside(self, before: State, screen: Screen) -> None:
        presented = self._inbox.presented
        if screen.state is State.READING:
            presented = False  # It is not known yet what it will come to.
        else:
            self._inbox.presented = False
        forwarded = self._stage.status.online or not self._forwards
        self._means.beside.screen(before, screen, presented=presented, forwarded=forwarded)

    def _doubts_changed(self, left: int) -> None:
        self._notices.payment_stands = left > 0
        self._tell_notice()

    def _unpaid_changed(self, left: int) -> None:
        self._notices.fills_unpaid = left > 0
        self._tell_notice()

    def _unclear_changed(self, left: int) -> None:
        self._notices.fills_unclear = left > 0
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
        self._notices.paper = state
        self._tell_notice()
        if self._stage.state is State.IDLE and self._stage.view().screen.choices != self._offers():
            self._stage.idle(choices=self._offers())

    def _tell_notice(self) -> None:
        self._notices.shift_of_before = self._shifts.of_before
        self._notices.tell()

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
            self._inbox.want(Touched, *BEGUN_BY, Trouble, SellingChanged)
            if self._shifts.now is None:
                await self._shifts.look()
                self._stage.idle(choices=self._offers())
            self._tell_notice()
            heard = await self._heard_at_rest()
            self._inbox.want(ArticleCode, CouponCode, Trouble)
            match heard:
                case (
                    ArticleCode()
                    | CouponCode()
                    | CampaignCode()
                    | Card()
                    | Badge()
                    | JoinCode()
                    | ReceiptNumber()
                ):
                    return self._begun_by(heard), heard
                case Touched(intent=intent):
                    if flow := await self._touched_at_rest(intent):
                        return flow, None
                case Trouble(code=code, advice=advice):
                    await self._declined(code, advice)
                case Unanswered() | SellingChanged():
                    continue

    def _begun_by(self, heard: Heard) -> str:
        flow = BEGUN_BY[type(heard)]
        at_pumps = flow in self._starts.flows and self._policy.phones_at_pumps
        if isinstance(heard, JoinCode) and not at_pumps:
            return "member"  # Whoever shows it stands in the shop.
        return flow

    async def _touched_at_rest(self, intent: Intent) -> str:
        """Which flow it begins, if any."""
        looks_on, self._starts.more = self._starts.more, False
        if intent.do == "start":
            return intent.value
        if intent.do == "more":
            self._starts.more = not looks_on
            return ""
        self._means.printing.again()
        await self.say("Printing the last receipt again, marked as a duplicate.")
        return ""

    async def _heard_at_rest(self) -> Heard:
        """Training that everybody has left ends: the next customer would pay for nothing."""
        if not self._training:
            return await self._inbox.take()
        self._inbox.want(*self._inbox.wanted, Unanswered)
        over = self._means.alarms.after(TRAINING_LEFT_MS, lambda: self._inbox.put(Unanswered()))
        try:
            heard = await self._inbox.take()
        finally:
            over()
        if isinstance(heard, Unanswered):
            await self.change_over()
        return heard

    async def _shut(self, fault: TerminalFault) -> None:
        """Until something changes. What is presented meanwhile is for nobody."""
        self._inbox.want(SellingChanged)
        show_closed(self._stage, fault)
        await self._inbox.take()

    def _offers(self) -> tuple[Choice, ...]:
        sells = self._shifts.open or not self._policy.shift_first
        reprints = self._means.printing.last is not None
        return self._starts.choices(sells=sells, reprints=reprints, by_pin=self.by_pin)

    async def _serve(self, flow: str, opening: Heard | None) -> None:
        """Run one flow to its end, whatever that is; the counter lives on."""
        self._stage.flow = flow
        self._booked = None
        flows = self._starts.flows
        if flow not in flows:
            return await self.decline(NotAskedNow(f"no {flow} here"))
        self._questions.opening = opening
        self._prices.begin()
        sells = flows[flow].sells
        try:
            await self._shifts.ready(sells=sells, required=self._policy.shift_first)
            await flows[flow].script(self)
        except Cancelled:
            await self.say("Cancelled. Nothing was charged." if sells else "Cancelled. Nothing was booked.")
        except TerminalFault as fault:
            log.info("declined: flow=%s why=%s", flow, told(fault))
            if isinstance(fault, ShiftIsClosed):
                self._shifts.now = None
            await self.decline(fault)
        except Exception as fault:  # noqa: BLE001  a defect in one flow must not close the counter
            log.error("flow failed: flow=%s why=%s", flow, told(fault))  # noqa: TRY400  texts of foreign exceptions stay out of the log
            await self._failed()
        finally:
            await self._ranked()
            self._questions.opening, self._questions.beforehand = None, None
            self._elsewhere.over()
            self._served()
        return None

    async def _ranked(self) -> str | None:
        """Whoever paid, or got it back, may have another tier from the next sale on."""
        wallet = self._booked.wallet if self._booked is not None else None
        return await self._tiers.look(wallet) if wallet is not None else None

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
