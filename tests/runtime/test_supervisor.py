"""What the supervisor promises to devices and services, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.commands import ClockTrust
from terminal.core.errors import CardTorn
from terminal.core.events import DeviceHealth
from terminal.runtime.supervisor import Backoff, Service, Supervisor


class VirtualTime:
    """A `Clock` and a `sleep`: sleeping moves the clock and takes none of ours."""

    def __init__(self) -> None:
        self.now_ms = 1_000
        self.slept_s: list[float] = []

    def wall_ms(self) -> int:
        return self.now_ms

    def mono_ms(self) -> int:
        return self.now_ms

    @property
    def trust(self) -> ClockTrust:
        return ClockTrust.UNKNOWN

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_ms += round(seconds * 1000)
        await asyncio.sleep(0)


@pytest.fixture
def virtual_time() -> VirtualTime:
    return VirtualTime()


class Told:
    """A supervisor in a TaskGroup, and what it told."""

    def __init__(self, time: VirtualTime, chance: float = 0.0) -> None:
        self.time = time
        self.health: list[tuple[str, DeviceHealth, str]] = []
        self.chance = chance

    def on_health(self, name: str, health: DeviceHealth, why: str) -> None:
        self.health.append((name, health, why))

    def over(self, group: asyncio.TaskGroup) -> Supervisor:
        return Supervisor(
            group,
            clock=self.time,
            sleep=self.time.sleep,
            chance=lambda: self.chance,
            on_health=self.on_health,
        )


async def run_until(done: asyncio.Event, told: Told, *services: Service) -> Supervisor:
    async with asyncio.TaskGroup() as group:
        supervisor = told.over(group)
        for service in services:
            supervisor.start(service)
        await done.wait()
        supervisor.stop()
    return supervisor


def crashing(
    times: int, then: asyncio.Event, fault: Exception | None
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Crashes (or returns) so many times, then says so and stays."""
    left = times

    async def run() -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            if fault is not None:
                raise fault
            return
        then.set()
        await asyncio.Event().wait()

    return run


@pytest.mark.parametrize("fault", [OSError(19, "No such device"), CardTorn("slot 1"), ValueError("x"), None])
async def test_a_crash_and_a_return_both_restart(virtual_time: VirtualTime, fault: Exception | None) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    supervisor = await run_until(done, told, Service(name="front", run=crashing(3, done, fault)))
    assert [health for _, health, _ in told.health] == [
        DeviceHealth.STARTING,
        *(DeviceHealth.DOWN, DeviceHealth.STARTING) * 3,
    ]
    assert supervisor.standings["front"].crashes == 3


async def test_the_reason_is_told_but_not_what_an_unknown_exception_carries(
    virtual_time: VirtualTime,
) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    await run_until(
        done,
        told,
        Service(name="a", run=crashing(1, done, OSError(19, "No such device"))),
    )
    assert told.health[1] == ("a", DeviceHealth.DOWN, "OSError: No such device")
    done, told = asyncio.Event(), Told(virtual_time)
    await run_until(done, told, Service(name="a", run=crashing(1, done, ValueError("phone 13800138000"))))
    why = told.health[1][2]
    assert "13800138000" not in why
    assert why.startswith("ValueError at runtime/test_supervisor.py:")


async def test_the_same_reason_again_and_again_is_one_line_of_the_log(
    virtual_time: VirtualTime, caplog: pytest.LogCaptureFixture
) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    await run_until(done, told, Service(name="front", run=crashing(50, done, OSError(5, "gone"))))
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert [record.getMessage() for record in warnings] == [
        "service down: service=front why=OSError: gone restart_ms=500"
    ]


async def test_waits_double_up_to_the_cap(virtual_time: VirtualTime) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    backoff = Backoff(first_ms=500, most_ms=4_000)
    await run_until(
        done, told, Service(name="front", run=crashing(6, done, OSError(2, "gone")), backoff=backoff)
    )
    assert virtual_time.slept_s == [0.5, 1, 2, 4, 4, 4]


@given(crashes=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_a_wait_lies_between_half_and_the_cap(crashes: int, chance: float) -> None:
    backoff = Backoff(first_ms=500, most_ms=30_000)
    assert 250 <= backoff.wait_ms(crashes, chance) <= 30_000


async def test_after_a_healthy_while_the_next_crash_waits_shortly_again(virtual_time: VirtualTime) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 4:
            virtual_time.now_ms += 60_000
        if runs == 6:
            done.set()
            await asyncio.Event().wait()
        raise OSError(5, "Input/output error")

    await run_until(done, told, Service(name="front", run=run))
    assert virtual_time.slept_s == [0.5, 1, 2, 0.5, 1]


async def test_one_crashing_device_does_not_touch_the_others(virtual_time: VirtualTime) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    runs = ended = 0

    async def steady() -> None:
        nonlocal runs, ended
        runs += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended += 1

    bad = crashing(50, done, RuntimeError("defect"))
    await run_until(done, told, Service(name="steady", run=steady), Service(name="bad", run=bad))
    assert (runs, ended) == (1, 1)
    assert [name for name, _, _ in told.health].count("steady") == 1


async def test_cancellation_passes_and_ends_everything(virtual_time: VirtualTime) -> None:
    told, started, cleaned = Told(virtual_time), asyncio.Event(), []

    async def run() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("closed")

    await run_until(started, told, Service(name="front", run=run))
    assert cleaned == ["closed"]
    assert told.health == [("front", DeviceHealth.STARTING, "")]


async def test_a_cancelled_future_leaking_out_of_a_service_is_a_crash(virtual_time: VirtualTime) -> None:
    done, told, runs = asyncio.Event(), Told(virtual_time), 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            done.set()
            await asyncio.Event().wait()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.cancel()
        await future

    await run_until(done, told, Service(name="front", run=run))
    assert told.health[1] == ("front", DeviceHealth.DOWN, "cancelled itself")


async def test_a_listener_that_fails_brings_nothing_down(virtual_time: VirtualTime) -> None:
    done = asyncio.Event()

    def deaf(name: str, health: DeviceHealth, why: str) -> None:
        raise RuntimeError(name, health, why)

    async with asyncio.TaskGroup() as group:
        supervisor = Supervisor(
            group, clock=virtual_time, sleep=virtual_time.sleep, chance=lambda: 0.0, on_health=deaf
        )
        supervisor.start(Service(name="front", run=crashing(2, done, OSError(2, "gone"))))
        await done.wait()
        assert supervisor.standings["front"].crashes == 2
        supervisor.stop()


async def test_two_services_of_one_name_are_refused(virtual_time: VirtualTime) -> None:
    async with asyncio.TaskGroup() as group:
        supervisor = Told(virtual_time).over(group)
        supervisor.start(Service(name="front", run=asyncio.Event().wait))
        with pytest.raises(ValueError, match="two services"):
            supervisor.start(Service(name="front", run=asyncio.Event().wait))
        supervisor.stop()


async def test_ready_is_what_the_service_says_and_keeps_the_count_of_crashes(
    virtual_time: VirtualTime,
) -> None:
    done, told = asyncio.Event(), Told(virtual_time)
    async with asyncio.TaskGroup() as group:
        supervisor = told.over(group)
        supervisor.start(Service(name="front", run=crashing(1, done, OSError(2, "gone"))))
        await done.wait()
        supervisor.ready("front")
        standing = supervisor.standings["front"]
        assert (standing.health, standing.crashes, standing.why) == (DeviceHealth.READY, 1, "")
        supervisor.stop()
