"""A forecourt controller that is not there: nozzles that dispense nothing, over TCP or a serial line."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from terminal.core.forecourt import Dispensed, NotReleased, Nozzle, Preset, Stage
from terminal.core.money import half_up
from terminal.drivers.codecs import forecourt_line as wire
from terminal.drivers.codecs.forecourt_line import Ask, Lines, Said
from terminal.drivers.virtual.serial_line import SerialLine

HOST = "127.0.0.1"
TANK_CENTILITRES = 5_500
"""What a car takes that nobody says more of."""
_OVER = frozenset({Stage.ENDED, Stage.CANCELLED})


class Whim(StrEnum):
    """What becomes of the next command."""

    DEAF = "deaf"  # it never arrives
    MUTE = "mute"  # it is done, and its answer is lost
    SPOILT = "spoilt"  # its answer does not check
    APART = "apart"  # the record that it tells has litres and amount of two fills


class Forecourt:
    """Its nozzles and records, which outlast every line and power cut."""

    def __init__(self, *nozzles: Nozzle, counted: int = 0) -> None:
        """`counted`: so many fills were released by hand there before; it goes on behind them."""
        self.nozzles = {nozzle.number: nozzle for nozzle in nozzles}
        self.fills: dict[str, Dispensed] = {}
        self.settled: set[str] = set()
        self.presets: dict[str, Preset] = {}
        self.whims: deque[Whim | None] = deque()
        self.told: Callable[[Dispensed], None] = lambda _fill: None
        self._by_hand = counted

    # Who stands at the pump

    def lift(self, number: int) -> None:
        """Without a release the dispenser calls for one."""
        if self.running(number) is None:
            self.nozzles[number] = replace(self.nozzles[number], lifted=True)

    def pump(self, number: int, centilitres: int | None = None, fen: int | None = None) -> Dispensed:
        """Fuel flows: so much, else until the preset or a full tank stops it. Raises KeyError: not released.

        `fen`: the dispenser's amount for it, which measures finer than a hundredth of a litre.
        """
        fill = self.running(number)
        if fill is None:
            raise KeyError(number)
        preset = self.presets.get(fill.id, Preset())
        litres = TANK_CENTILITRES if centilitres is None else fill.centilitres + centilitres
        if preset.centilitres:
            litres = min(litres, preset.centilitres)
        amount = half_up(litres * fill.price, 100) if fen is None else fen
        if preset.fen and (amount > preset.fen or (centilitres is None and not preset.centilitres)):
            litres, amount = half_up(preset.fen * 100, fill.price), preset.fen
        self._total(number, litres - fill.centilitres)
        return self._now(replace(fill, stage=Stage.FLOWING, centilitres=litres, fen=amount))

    def hang(self, number: int) -> Dispensed | None:
        """The nozzle is hung up: the fill has ended."""
        self.nozzles[number] = replace(self.nozzles[number], lifted=False)
        fill = self.running(number)
        if fill is None:
            return None
        return self._now(replace(fill, stage=Stage.ENDED if fill.centilitres else Stage.CANCELLED))

    def by_hand(self, number: int, centilitres: int) -> Dispensed:
        """Somebody at the dispenser releases and fills without asking any terminal."""
        self._by_hand += 1
        nozzle = self.nozzles[number]
        id_ = f"hand-{self._by_hand}"
        self.fills[id_] = Dispensed(
            id=id_, nozzle=number, grade=nozzle.grade, price=nozzle.price, stage=Stage.RELEASED
        )
        self.pump(number, centilitres)
        ended = self.hang(number)
        return ended or self.fills[id_]

    def priced(self, grade: str, price: int) -> None:
        """From the next release on: what flows keeps its price."""
        for number, nozzle in self.nozzles.items():
            if nozzle.grade == grade:
                self.nozzles[number] = replace(nozzle, price=price)

    def tested(self, number: int, centilitres: int) -> None:
        """Dispensed into a can and poured back: only the totaliser knows."""
        self._total(number, centilitres)

    # What a terminal asks

    def answer(self, ask: Ask) -> Said:
        match ask:
            case wire.AskNozzles():
                return wire.SaidNozzles(n=ask.n, nozzles=tuple(self.nozzles.values()))
            case wire.AskUnsettled():
                return self._unsettled(ask.n)
            case wire.AskSettle():
                self.settled.add(ask.id)
                return wire.SaidSettled(n=ask.n)
            case _:
                found = self._of_fill(ask)
        if isinstance(found, NotReleased):
            return wire.SaidRefused(n=ask.n, why=found)
        return wire.SaidFill(n=ask.n, fill=found)

    def _unsettled(self, turn: int) -> wire.SaidFills:
        """As many as a line has room for: what is released or flows, then the oldest."""
        fills = sorted(self.open(), key=lambda fill: fill.stage in _OVER)
        while len(wire.line(said := wire.SaidFills(n=turn, fills=tuple(fills)))) > wire.LINE_BYTES_MAX:
            fills.pop()
        return said

    def _of_fill(self, ask: wire.AskRelease | wire.AskFill | wire.AskStop) -> Dispensed | NotReleased:
        match ask:
            case wire.AskRelease():
                return self._release(ask)
            case wire.AskFill():
                return self._known(ask.id)
            case wire.AskStop():
                return self._stop(ask.id)

    def open(self) -> Sequence[Dispensed]:
        return [
            fill
            for fill in self.fills.values()
            if fill.id not in self.settled and fill.stage is not Stage.CANCELLED
        ]

    def _release(self, ask: wire.AskRelease) -> Dispensed | NotReleased:
        if ask.id in self.fills:
            known = self.fills[ask.id]
            return NotReleased.CANCELLED if known.stage is Stage.CANCELLED else known
        nozzle = self.nozzles.get(ask.nozzle)
        if nozzle is None:
            return NotReleased.UNKNOWN
        if any(fill.nozzle == ask.nozzle for fill in self.open()):
            return NotReleased.BUSY
        if ask.price != nozzle.price:
            return NotReleased.PRICE
        self.presets[ask.id] = Preset(fen=ask.fen, centilitres=ask.centilitres)
        self.nozzles[ask.nozzle] = replace(nozzle, lifted=False)
        return self._now(
            Dispensed(
                id=ask.id, nozzle=ask.nozzle, grade=nozzle.grade, price=nozzle.price, stage=Stage.RELEASED
            )
        )

    def _known(self, id_: str) -> Dispensed:
        """What it never heard of it will never release."""
        if id_ not in self.fills:
            nozzle = next(iter(self.nozzles.values()))
            self.fills[id_] = Dispensed(
                id=id_, nozzle=nozzle.number, grade=nozzle.grade, price=nozzle.price, stage=Stage.CANCELLED
            )
        return self.fills[id_]

    def _stop(self, id_: str) -> Dispensed:
        fill = self._known(id_)
        if fill.stage in _OVER:
            return fill
        return self._now(replace(fill, stage=Stage.ENDED if fill.centilitres else Stage.CANCELLED))

    def running(self, number: int) -> Dispensed | None:
        """Released, or flowing."""
        return next(
            (fill for fill in self.fills.values() if fill.nozzle == number and fill.stage not in _OVER), None
        )

    def _total(self, number: int, centilitres: int) -> None:
        nozzle = self.nozzles[number]
        self.nozzles[number] = replace(nozzle, total=nozzle.total + centilitres)

    def _now(self, fill: Dispensed) -> Dispensed:
        self.fills[fill.id] = fill
        self.told(fill)
        return fill


class _Line:
    """One terminal's line to it."""

    def __init__(self, forecourt: Forecourt, send: Callable[[bytes], object]) -> None:
        self._forecourt = forecourt
        self._send = send
        self._lines = Lines()

    def took(self, data: bytes) -> None:
        for one in self._lines.feed(data):
            ask = wire.asked(one)
            if ask is None:
                continue
            whims = self._forecourt.whims
            whim = whims.popleft() if whims else None
            if whim is not Whim.DEAF:
                self._says(self._forecourt.answer(ask), whim)

    def tell(self, fill: Dispensed) -> None:
        self._send(wire.line(wire.SaidChanged(fill=fill)))

    def _says(self, said: Said, whim: Whim | None) -> None:
        if whim is Whim.MUTE:
            return
        if whim is Whim.APART and isinstance(said, wire.SaidFill):
            said = replace(said, fill=replace(said.fill, fen=said.fill.fen + said.fill.price))
        text = wire.line(said)
        self._send(text[:-2] + b"?\n" if whim is Whim.SPOILT else text)


@contextlib.asynccontextmanager
async def served(forecourt: Forecourt, port: int = 0) -> AsyncGenerator[int, None]:
    """Over TCP on this machine alone; yields its port. A second terminal is turned away."""
    writers: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if writers:
            writer.close()
            return
        writers.add(writer)
        line = _Line(forecourt, writer.write)
        forecourt.told = line.tell
        try:
            while data := await reader.read(4096):
                line.took(data)
        except ConnectionError:
            pass
        finally:
            forecourt.told = lambda _fill: None
            writers.discard(writer)
            writer.close()

    server = await asyncio.start_server(talk, HOST, port)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in list(writers):
            writer.transport.abort()


class OnSerialLine:
    """Opens its end of the line in the running event loop."""

    def __init__(self, forecourt: Forecourt, line: SerialLine) -> None:
        self._forecourt = forecourt
        self._serial = line
        self._line = _Line(forecourt, line.send)
        self._fd: int | None = None

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deafen()

    def unplug(self) -> None:
        self._deafen()
        self._serial.unplug()

    def replug(self) -> None:
        self._serial.replug()
        self._line = _Line(self._forecourt, self._serial.send)
        self._listen()

    def _listen(self) -> None:
        self._fd = self._serial.fd
        self._forecourt.told = self._line.tell
        if self._fd is not None:
            asyncio.get_running_loop().add_reader(self._fd, lambda: self._line.took(self._serial.answered()))

    def _deafen(self) -> None:
        self._forecourt.told = lambda _fill: None
        if self._fd is not None:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._fd = None


class Near:
    """`core.forecourt.Forecourt` over one in this process, with no line between. It is away when told so."""

    def __init__(self, there: Forecourt) -> None:
        self.there = there
        self.away = False
        self.deaf = False
        """It does not hear the next release, or the one who asked does not hear its answer."""
        self.mute = False

    @property
    def present(self) -> bool:
        return not self.away

    async def nozzles(self) -> Sequence[Nozzle] | None:
        return None if self.away else tuple(self.there.nozzles.values())

    async def release(self, id_: str, nozzle: int, price: int, preset: Preset) -> Dispensed | NotReleased:
        if self.away or self.deaf:
            return NotReleased.AWAY
        ask = wire.AskRelease(
            n=1, id=id_, nozzle=nozzle, price=price, fen=preset.fen, centilitres=preset.centilitres
        )
        said = self.there.answer(ask)
        if self.mute:
            return NotReleased.AWAY
        return said.why if isinstance(said, wire.SaidRefused) else _filled(said) or NotReleased.AWAY

    async def fill(self, id_: str) -> Dispensed | None:
        return None if self.away else _filled(self.there.answer(wire.AskFill(n=1, id=id_)))

    async def stop(self, id_: str) -> Dispensed | None:
        return None if self.away else _filled(self.there.answer(wire.AskStop(n=1, id=id_)))

    async def settle(self, id_: str) -> bool:
        return not self.away and isinstance(self.there.answer(wire.AskSettle(n=1, id=id_)), wire.SaidSettled)

    async def unsettled(self) -> Sequence[Dispensed] | None:
        return None if self.away else tuple(self.there.open())

    async def changes(self) -> AsyncGenerator[Dispensed, None]:
        for fill in self.there.open():
            yield fill


def _filled(said: Said) -> Dispensed | None:
    return said.fill if isinstance(said, wire.SaidFill) else None
