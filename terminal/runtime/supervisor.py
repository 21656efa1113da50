"""Keeps every device and service running: a crash restarts, a return is a crash, cancellation passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Final

from msgspec import Struct

from terminal.core.events import DeviceHealth
from terminal.core.ports import Clock
from terminal.core.values import Value
from terminal.runtime.log import told

log = logging.getLogger(__name__)

DEVICE = "device."
"""In front of a device's name among the services, as in its path in the configuration: a shop may call one
`counter`."""
_DOUBLINGS_MAX = 16


class Backoff(Value, frozen=True, kw_only=True):
    """How long a service that crashed waits. Doubles from `first_ms` to `most_ms`."""

    first_ms: int = 500
    most_ms: int = 30_000
    healthy_ms: int = 60_000
    """A service that ran this long is well: its next crash waits `first_ms` again."""

    def wait_ms(self, crashes: int, chance: float) -> int:
        """Before restart number `crashes` (from 1).

        `chance` from [0, 1) takes off up to half, so that what fell together does not rise together.
        """
        doublings = min(crashes - 1, _DOUBLINGS_MAX)
        whole = min(self.most_ms, self.first_ms << doublings)
        return whole - int(whole / 2 * chance)


_USUAL = Backoff()
DEVICE_BACKOFF: Final = Backoff(first_ms=250, most_ms=2_500, healthy_ms=30_000)
"""Somebody plugs it back in and wants to see it work: pause, opening and first reading in five seconds."""


class Service(Struct, frozen=True, kw_only=True):
    """Something that runs as long as the terminal does."""

    name: str
    run: Callable[[], Coroutine[object, object, None]]
    backoff: Backoff = _USUAL


class Standing(Value, frozen=True, kw_only=True):
    """How a service stands, for the technician."""

    health: DeviceHealth
    why: str = ""
    crashes: int = 0
    """Since the terminal started."""


class Supervisor:
    """One task a service, all in the TaskGroup that is passed in.

    Args:
        group: ends with the terminal; nothing runs outside of it.
        clock: for how long a service was well.
        sleep: `asyncio.sleep` in a shop.
        chance: a number from [0, 1), for jitter.
        on_health: told of every start and every crash. What says READY is the service itself.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]],
        chance: Callable[[], float],
        on_health: Callable[[str, DeviceHealth, str], None],
    ) -> None:
        self._group = group
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._on_health = on_health
        self._standings: dict[str, Standing] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def standings(self) -> Mapping[str, Standing]:
        return self._standings

    def start(self, service: Service) -> None:
        if service.name in self._standings:
            raise ValueError(f"two services are called {service.name}")
        self._tell(service.name, Standing(health=DeviceHealth.STARTING))
        self._tasks.append(self._group.create_task(self._keep(service), name=service.name))

    def ready(self, name: str) -> None:
        """The service says that it works now."""
        standing = self._standings[name]
        self._standings[name] = Standing(health=DeviceHealth.READY, crashes=standing.crashes)

    def stop(self) -> None:
        """Cancels every service; the TaskGroup waits until they have ended."""
        for task in self._tasks:
            task.cancel()

    async def ended(self, within_s: float) -> list[str]:
        """After `stop`: the names of those that have not ended in that time."""
        if not self._tasks:
            return []
        _, late = await asyncio.wait(self._tasks, timeout=within_s)
        return sorted(task.get_name() for task in late)

    async def _keep(self, service: Service) -> None:
        crashes = in_a_row = 0
        before = ""
        while True:
            started = self._clock.mono_ms()
            why = await self._crashed(service)
            ran_ms = self._clock.mono_ms() - started
            crashes += 1
            in_a_row = 1 if ran_ms >= service.backoff.healthy_ms else in_a_row + 1
            wait_ms = service.backoff.wait_ms(in_a_row, self._chance())
            # A cable that is out for a night is one line of the log, not twenty thousand.
            level = logging.WARNING if in_a_row == 1 or why != before else logging.DEBUG
            log.log(level, "service down: service=%s why=%s restart_ms=%d", service.name, why, wait_ms)
            before = why
            self._tell(service.name, Standing(health=DeviceHealth.DOWN, why=why, crashes=crashes))
            await self._sleep(wait_ms / 1000)
            self._tell(service.name, Standing(health=DeviceHealth.STARTING, why=why, crashes=crashes))

    async def _crashed(self, service: Service) -> str:
        """Runs it once; why it ended."""
        try:
            await service.run()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Nobody cancelled us: a cancelled future leaked out of the service.
            return "cancelled itself"
        except Exception as fault:
            log.debug("service crashed: service=%s", service.name, exc_info=True)
            return told(fault)
        return "ended without a reason"

    def _tell(self, name: str, standing: Standing) -> None:
        self._standings[name] = standing
        try:
            self._on_health(name, standing.health, standing.why)
        except Exception:
            # Whoever listens must not bring down what it listens to.
            log.exception("health not heard: service=%s", name)
