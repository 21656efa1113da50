"""What lies between shops and headquarters: it loses, delays, repeats and reorders, and is cut for hours."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from lab.fleet.loop import SeededLoop
from terminal.core.wire.forms import ANSWER_BYTES_MAX
from terminal.core.wire.link import LinkTrouble
from terminal.uplink.courier import Reply, Unreachable

Answering = Callable[[str, bytes], Awaitable[Reply]]


@dataclass(frozen=True)
class Weather:
    """Shares of 1, seconds."""

    lost: float = 0.08
    twice: float = 0.08
    slow: float = 0.07
    usual_s: float = 0.3
    slow_s: float = 30.0


CALM = Weather(lost=0, twice=0, slow=0, usual_s=0.1)


class Network:
    def __init__(self, loop: SeededLoop, answering: Answering, weather: Weather) -> None:
        self._loop = loop
        self._answering = answering
        self.weather = weather
        self.cut: set[str] = set()
        """Names of machines without a way."""
        self.under_way: Counter[Weather] = Counter()
        """Requests that may still arrive, by the weather in which they were sent."""
        self.counts: Counter[str] = Counter()
        self.heard: Counter[tuple[str, str]] = Counter()
        """By machine and path."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def carried(self, machine: str, path: str, body: bytes, deadline_s: float) -> Reply:
        """Raises Unreachable. Whether the request arrived is unknown then, or it may arrive later."""
        answer: asyncio.Future[Reply] = self._loop.create_future()
        if machine not in self.cut:
            for _ in range(self._copies()):
                self.under_way[self.weather] += 1
                deliver = partial(self._arrive, machine, path, body, answer, self.weather)
                self._loop.call_later(self._latency_s(), deliver)
        try:
            async with asyncio.timeout(deadline_s):
                return await answer
        except TimeoutError as fault:
            raise Unreachable("no answer in time") from fault

    def _arrive(
        self, machine: str, path: str, body: bytes, answer: asyncio.Future[Reply], sent_in: Weather
    ) -> None:
        self.under_way[sent_in] -= 1
        task = self._loop.create_task(self._answered(machine, path, body, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answered(self, machine: str, path: str, body: bytes, answer: asyncio.Future[Reply]) -> None:
        if machine in self.cut:
            return
        self.counts[path] += 1
        self.heard[machine, path] += 1
        reply = await self._answering(path, body)
        if machine not in self.cut and self._copies():
            self._loop.call_later(self._latency_s(), _give, answer, reply)

    def _copies(self) -> int:
        drawn, weather = self._loop.dice.random(), self.weather
        if drawn < weather.lost:
            return 0
        return 2 if drawn < weather.lost + weather.twice else 1

    def _latency_s(self) -> float:
        weather = self.weather
        slow = self._loop.dice.random() < weather.slow
        return self._loop.dice.expovariate(1 / (weather.slow_s if slow else weather.usual_s))


def _give(answer: asyncio.Future[Reply], reply: Reply) -> None:
    if not answer.done():
        answer.set_result(reply)


class SimulatedCourier:
    """The `Courier` of one machine."""

    def __init__(self, network: Network, machine: str, *, deadline_s: float) -> None:
        self._network = network
        self._machine = machine
        self._deadline_s = deadline_s

    async def ask(
        self, path: str, body: bytes, *, bytes_max: int = ANSWER_BYTES_MAX, wait_s: float = 0.0
    ) -> Reply:
        reply = await self._network.carried(self._machine, path, body, self._deadline_s + wait_s)
        if len(reply.body) > bytes_max:
            raise Unreachable(f"the answer is longer than {bytes_max} bytes", LinkTrouble.UNREADABLE)
        return reply

    async def close(self) -> None:
        """Nothing is open."""
