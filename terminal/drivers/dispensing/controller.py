"""A forecourt controller on a line. It does one thing at a time, and every command may be said twice."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from terminal.core.errors import DeviceMissing
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.core.forecourt import Dispensed, NotReleased, Nozzle, Preset
from terminal.core.ports import Clock
from terminal.drivers.codecs import forecourt_line as wire
from terminal.drivers.codecs.forecourt_line import Ask, Lines, Said, SaidUnclear
from terminal.runtime.descriptor import Bell
from terminal.runtime.serial_port import BytePort

log = logging.getLogger(__name__)

_TRIES = 3
_QUIET_MS = 5_000
"""Silence after which the controller is asked whether it is still there."""
_CHANGES_MAX = 64
"""That nobody has looked at: the newest are what counts."""


class _Job:
    """What somebody wants of the controller."""

    def __init__(self, made: Callable[[int], Ask]) -> None:
        self.made = made
        self.said: asyncio.Future[Said | SaidUnclear | None] = asyncio.get_running_loop().create_future()
        """None: the line went, or nothing was heard."""

    def end(self, said: Said | SaidUnclear | None) -> None:
        if not self.said.done():
            self.said.set_result(said)


class Controller:
    """`Forecourt` over whatever `opened` opens."""

    def __init__(
        self,
        name: str,
        opened: Callable[[], AbstractAsyncContextManager[BytePort]],
        *,
        answer_ms: int,
        where: str,
        clock: Clock,
    ) -> None:
        self.name = name
        self._opened = opened
        self._answer_ms = answer_ms
        self._where = where
        self._clock = clock
        self._turns = itertools.count(1)
        self._waiting: deque[_Job] = deque()
        self._bell = Bell()
        self._live = False
        self._listening: set[asyncio.Queue[Dispensed | None]] = set()

    @property
    def present(self) -> bool:
        return self._live

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        """Raises DeviceMissing: it is not there, gone, or nobody answers."""
        async with self._opened() as port:
            talk = _Talk(port, self._clock, self._tell)
            job: _Job | None = None
            try:
                if await self._answer(talk, self._nozzles_job()) is None:
                    raise DeviceMissing(f"{self._where}: no forecourt controller answers")
                self._live = True
                yield DeviceChanged(device=self.name, health=DeviceHealth.READY)
                while True:
                    job = await self._next(talk)
                    said = await self._answer(talk, job)
                    job.end(said)
                    if said is None:
                        raise DeviceMissing(f"{self._where}: the forecourt controller says nothing")
            finally:
                self._live = False
                for left in (job, *self._waiting):
                    if left is not None:
                        left.end(None)
                self._waiting.clear()
                for listener in self._listening:
                    _put(listener, None)

    async def nozzles(self) -> Sequence[Nozzle] | None:
        said = await self._ask(lambda n: wire.AskNozzles(n=n))
        return said.nozzles if isinstance(said, wire.SaidNozzles) else None

    async def release(self, id_: str, nozzle: int, price: int, preset: Preset) -> Dispensed | NotReleased:
        said = await self._ask(
            lambda n: wire.AskRelease(
                n=n, id=id_, nozzle=nozzle, price=price, fen=preset.fen, centilitres=preset.centilitres
            )
        )
        match said:
            case wire.SaidFill(fill=fill) if fill.id == id_:
                return fill
            case wire.SaidRefused(why=why):
                return why
            case _:
                return NotReleased.AWAY

    async def fill(self, id_: str) -> Dispensed | None:
        return _fill(await self._ask(lambda n: wire.AskFill(n=n, id=id_)), id_)

    async def stop(self, id_: str) -> Dispensed | None:
        return _fill(await self._ask(lambda n: wire.AskStop(n=n, id=id_)), id_)

    async def settle(self, id_: str) -> bool:
        return isinstance(await self._ask(lambda n: wire.AskSettle(n=n, id=id_)), wire.SaidSettled)

    async def unsettled(self) -> Sequence[Dispensed] | None:
        said = await self._ask(lambda n: wire.AskUnsettled(n=n))
        return said.fills if isinstance(said, wire.SaidFills | SaidUnclear) else None

    async def changes(self) -> AsyncGenerator[Dispensed, None]:
        if not self._live:
            return
        mine: asyncio.Queue[Dispensed | None] = asyncio.Queue(_CHANGES_MAX)
        self._listening.add(mine)
        try:
            while (fill := await mine.get()) is not None:
                yield fill
        finally:
            self._listening.discard(mine)

    def _tell(self, fill: Dispensed) -> None:
        for listener in self._listening:
            _put(listener, fill)

    def _nozzles_job(self) -> _Job:
        return _Job(lambda n: wire.AskNozzles(n=n))

    async def _ask(self, made: Callable[[int], Ask]) -> Said | SaidUnclear | None:
        """After what it is asked now; None: it is away, or says nothing."""
        if not self._live:
            return None
        job = _Job(made)
        self._waiting.append(job)
        self._bell.ring()
        return await asyncio.shield(job.said)

    async def _next(self, talk: _Talk) -> _Job:
        """What is wanted next; after a while of silence, whether it is there."""
        while not self._waiting:
            rung = await talk.idle(self._bell, _QUIET_MS)
            if not rung and not self._waiting:
                return self._nozzles_job()
        return self._waiting.popleft()

    async def _answer(self, talk: _Talk, job: _Job) -> Said | SaidUnclear | None:
        turn = next(self._turns)
        command = job.made(turn)
        for _ in range(_TRIES):
            if (said := await talk.asked(command, turn, self._answer_ms)) is not None:
                return said
        log.warning("no answer: device=%s command=%s", self.name, type(command).__name__)
        return None


def _fill(said: Said | SaidUnclear | None, id_: str) -> Dispensed | None:
    """As it stands; whether it agrees with itself is for whoever books it."""
    return said.fill if isinstance(said, wire.SaidFill) and said.fill.id == id_ else None


def _put(listener: asyncio.Queue[Dispensed | None], fill: Dispensed | None) -> None:
    if listener.full():
        listener.get_nowait()
    listener.put_nowait(fill)


class _Talk:
    """Lines over an open port."""

    def __init__(self, port: BytePort, clock: Clock, tell: Callable[[Dispensed], None]) -> None:
        self._port = port
        self._clock = clock
        self._tell = tell
        self._lines = Lines()
        self._heard: deque[Said | SaidUnclear] = deque()

    async def idle(self, bell: Bell, within_ms: int) -> bool:
        """Until somebody wants something, or it says something. False: neither in that time."""
        data = await self._port.read(within_ms, bell=bell)
        self._took(data)
        self._heard.clear()
        return bell.answered() or bool(data)

    async def asked(self, command: Ask, turn: int, within_ms: int) -> Said | SaidUnclear | None:
        self._port.answer(wire.line(command))
        until = self._clock.mono_ms() + within_ms
        while True:
            while self._heard:
                said = self._heard.popleft()
                if not isinstance(said, wire.SaidChanged) and said.n == turn:
                    return said
            left = until - self._clock.mono_ms()
            if left <= 0:
                return None
            self._took(await self._port.read(left))

    def _took(self, data: bytes) -> None:
        for one in self._lines.feed(data):
            said = wire.said(one)
            if said is None:
                log.info("a line was spoilt: %s bytes", len(one))
            elif isinstance(said, wire.SaidChanged):
                self._tell(said.fill)
            else:
                if isinstance(said, SaidUnclear):
                    log.warning("records that no fill can have are left out: how many=%s", said.left_out)
                self._heard.append(said)
