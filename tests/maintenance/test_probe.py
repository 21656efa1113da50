"""Whatever a driver raises while it is looked at is a line of the answer, never the end of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from terminal.core.errors import PaperOut
from terminal.core.events import DeviceChanged, DeviceEvent, DeviceHealth
from terminal.maintenance.probe import input_facts, printer_facts


class Asked:
    """A printer and a reader that answer so."""

    name = "front"

    def __init__(self, answer: str | Exception) -> None:
        self._answer = answer

    async def print(self, data: bytes) -> None:
        raise AssertionError(data)

    async def open_drawer(self) -> None:
        raise AssertionError

    async def status(self) -> str:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    async def events(self) -> AsyncGenerator[DeviceEvent, None]:
        yield DeviceChanged(device=self.name, health=DeviceHealth(await self.status()))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (OverflowError("port must be 0-65535"), "OverflowError at "),
        (TimeoutError(), "did not say how it is within 20 s"),
        (PaperOut("DLE EOT 4: 0x7e"), "P101 PaperOut: DLE EOT 4: 0x7e"),
        (ZeroDivisionError("13800138000"), "ZeroDivisionError at "),
        ("paper out (DLE EOT 4: 0x7e)", "paper out (DLE EOT 4: 0x7e)"),
    ],
)
async def test_a_printer_that_is_not_well_says_why(answer: str | Exception, why: str) -> None:
    facts = await printer_facts("front", Asked(answer))
    assert (facts.name, facts.kind, facts.health) == ("front", "printer", DeviceHealth.DOWN)
    assert facts.why.startswith(why)
    assert "13800138000" not in facts.why


async def test_a_reader_that_is_not_well_says_why() -> None:
    facts = await input_facts("front", "reader", Asked(OverflowError("port")))
    assert facts.health is DeviceHealth.DOWN
    assert facts.why.startswith("OverflowError at ")


async def test_a_printer_that_is_never_asked_is_neither_ready_nor_down() -> None:
    facts = await printer_facts("front", Asked("unknown (not asked)"))
    assert (facts.health, facts.why) == (DeviceHealth.UNKNOWN, "unknown (not asked)")


async def test_what_is_ready_is_ready() -> None:
    assert (await printer_facts("front", Asked("ready"))).health is DeviceHealth.READY
    assert (await input_facts("front", "reader", Asked("ready"))).health is DeviceHealth.READY
