"""What the attendant does not see of the way out: headquarters, the shop's own cloud, and how they stand.

Heavy to import: the terminal does so in a thread, after its readers live.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct

from terminal.core.errors import AnotherMachine, ChainsDiffer, TerminalFault
from terminal.core.hook import Held
from terminal.core.wire.link import LinkCondition, LinkState
from terminal.door import Door
from terminal.maintenance.facts import HookFacts, QueueFacts
from terminal.runtime.supervisor import Service, Supervisor
from terminal.uplink import uplink as way
from terminal.uplink.backoff import Backoff
from terminal.uplink.far_prover import FarProver
from terminal.uplink.late_urls import LateUrls
from terminal.uplink.pauses import Pauses
from terminal.uplink.posting import HttpsPost
from terminal.uplink.settings import Hook
from terminal.uplink.talk import Who
from terminal.uplink.webhook import Webhook, secret_of

if TYPE_CHECKING:
    from terminal.config import File
    from terminal.desk.counter import Counter
    from terminal.runtime.clock import SystemClock
    from terminal.runtime.ids import Uuid7
    from terminal.store.ledger import Ledger

_STOPS: Mapping[LinkCondition, type[TerminalFault]] = MappingProxyType(
    {LinkCondition.FORK: ChainsDiffer, LinkCondition.REFUSED: AnotherMachine}
)
"""When nothing may be sold, and what the attendant is told."""


class Inside(Struct, frozen=True, kw_only=True):
    """What the way out begins at."""

    file: File
    ledger: Ledger
    counter: Counter
    supervisor: Supervisor
    prover: FarProver
    clock: SystemClock
    ids: Uuid7


class Outside:
    """From the settings, or from the enrolment, until the terminal ends."""

    def __init__(self, inside: Inside, told: Callable[[], None]) -> None:
        """`told`: it stands otherwise than before."""
        self._in = inside
        self._told = told
        self._link = LinkState(condition=LinkCondition.OFFLINE)
        self._offset_ms = 0
        """Of our wall clock to the monotonic one when headquarters' time was told."""
        self.webhook: Webhook | None = None
        """None where the shop has no cloud of its own."""
        self._hook: LinkState | None = None
        self._held: tuple[Held, ...] = ()
        self._feed_why = ""
        """What headquarters' feed waits for."""
        self._waiting = inside.ledger.outbox.waiting()
        self._acked_mono_ms: int | None = None
        """Of the last acknowledgement of this run."""
        self._forwards = False
        self._pauses = Pauses()
        self.door = Door(inside.file, inside.ledger, hq_ms=self._hq_ms, on_enrolled=self._open_uplink)

    def open(self) -> None:
        self._open_uplink()
        if self._in.file.webhook.url:
            self.webhook = self._made_webhook(self._in.file.webhook)
            self._in.supervisor.start(Service(name="webhook", run=self.webhook.run))

    def send_now(self) -> bool:
        """Nobody on the way to headquarters waits any longer. False: there is no headquarters."""
        self._pauses.end()
        return self._forwards

    @property
    def condition(self) -> LinkCondition:
        return self._link.condition

    @property
    def drift_ms(self) -> int | None:
        """What headquarters said, and what somebody has set our clock by since then."""
        if self._link.drift_ms is None:
            return None
        return self._link.drift_ms + self._wall_to_mono() - self._offset_ms

    async def queue(self) -> QueueFacts:
        """For the doctor."""
        acked_ms, outbox = self._acked_mono_ms, self._in.ledger.outbox
        return QueueFacts(
            configured=bool(self.door.url),
            waiting=outbox.waiting(),
            acked=await outbox.acked(),
            online=self._link.online,
            why=self._link.why,
            trouble=self._link.trouble,
            forked=self._link.condition is LinkCondition.FORK,
            feed=self._feed_why,
            acked_age_ms=None if acked_ms is None else self._in.clock.mono_ms() - acked_ms,
        )

    def hook(self) -> HookFacts | None:
        """For the doctor, where the shop has a cloud of its own."""
        if self._hook is None:
            return None
        return HookFacts(online=self._hook.online, why=self._hook.why, held=self._held)

    async def hook_now(self) -> HookFacts | None:
        """The same, after somebody decided about what is held."""
        if self._hook is not None:
            self._hook_changed(self._hook, tuple(await self._in.ledger.hook.held()))
        return self.hook()

    def waits(self, waiting: int) -> None:
        """So many entries, now."""
        if waiting < self._waiting:
            self._acked_mono_ms = self._in.clock.mono_ms()
        self._waiting = waiting

    def _open_uplink(self) -> None:
        """At the start, or when the machine was enrolled: from then on there is a headquarters."""
        if not self.door.url or self._forwards:
            return
        self._forwards = True
        uplink = self._made_uplink()
        self._in.counter.asks(uplink.asker)
        self._in.prover.connect(asyncio.get_running_loop(), uplink.prover)
        self._in.supervisor.start(Service(name="uplink", run=uplink.run))
        self._in.supervisor.start(Service(name="standing", run=self.door.standing.run))

    def _made_uplink(self) -> way.Uplink:
        here, ledger = self._in.file.terminal, self._in.ledger
        return way.Uplink(
            way.Site(ledger=ledger.link, outbox=ledger.outbox, committer=ledger.committer, sets=ledger.sets),
            self._in.file.headquarters,
            Who(merchant=here.merchant, site=here.site_id, instance=ledger.instance),
            way.Outside(
                courier=self.door.courier(),
                clock=self._in.clock,
                ids=self._in.ids,
                random=os.urandom,
                occasion=self._in.counter.occasion,
                box_key=self.door.box_key,
                hq_box_key=self.door.hq_box_key,
                reserved=self._in.counter.waited_for,
                late=LateUrls(self._in.file.ledger.path.with_suffix(".late-urls")),
                sleep=self._pauses.sleep,
                on_state=self._link_changed,
                on_feed=self._feed_changed,
                on_drift=self._in.clock.compared,
                on_heard=self._heard,
            ),
        )

    def _made_webhook(self, settings: Hook) -> Webhook:
        return Webhook(
            self._in.ledger.outbox,
            self._in.ledger.hook,
            HttpsPost(settings.url, deadline_s=settings.deadline_s, ca_file=settings.ca_file),
            secret=secret_of(settings),
            backoff=Backoff(os.urandom, longest_s=settings.retry_s_max),
            clock=self._in.clock,
            heartbeat_s=settings.heartbeat_s,
            fault_s=settings.fault_s,
            on_state=self._hook_changed,
        )

    def _link_changed(self, state: LinkState) -> None:
        if state.drift_ms != self._link.drift_ms:  # Else it is as of before, whatever became of our clock.
            self._offset_ms = self._wall_to_mono()
        self._link = state
        self._in.counter.uplink_changed(
            online=state.online,
            waiting=self._in.ledger.outbox.waiting(),
            stops=_STOPS.get(state.condition),
        )
        self._told()

    def _hook_changed(self, state: LinkState, held: tuple[Held, ...]) -> None:
        self._hook, self._held = state, held
        self._in.counter.hook_changed(refuses=bool(held))
        if not self.door.url:
            self._link_changed(state)

    async def _heard(self) -> None:
        await self._in.ledger.pin_book.hear(self._in.counter.occasion())

    def _feed_changed(self, why: str) -> None:
        self._feed_why = why

    def _hq_ms(self) -> int:
        return self._in.clock.wall_ms() - (self.drift_ms or 0)

    def _wall_to_mono(self) -> int:
        return self._in.clock.wall_ms() - self._in.clock.mono_ms()
