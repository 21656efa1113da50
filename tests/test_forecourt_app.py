"""A running terminal with a forecourt controller on its network: the one process that names both."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lab.shop.counter import watching
from terminal.command_sheets import Attendant, Attendants
from terminal.config import load
from terminal.core.forecourt import Nozzle
from terminal.drivers.codecs import forecourt_line as wire
from terminal.drivers.codecs.forecourt_line import Ask, Said
from terminal.drivers.virtual.forecourt import Forecourt, served
from terminal.maintenance.socket import asked
from tests.counter_config import COUNTER
from tests.test_app import Daemon

PUMPS = """
[[counter.staff]]
id = "E01"
badge = "ST-0301"
name = "Chen"

[[policy.grades]]
grade = "92"
name = "92号汽油"
family = "petrol"
price = 738

[device.pumps]
driver = "forecourt_tcp"
host = "127.0.0.1"
port = {port}
"""


class Heard(Forecourt):
    """And whether somebody asked what is not settled."""

    def __init__(self) -> None:
        super().__init__(Nozzle(number=1, grade="92", price=7_38))
        self.asked_unsettled = asyncio.Event()

    def answer(self, ask: Ask) -> Said:
        if isinstance(ask, wire.AskUnsettled):
            self.asked_unsettled.set()
        return super().answer(ask)


async def test_the_counter_releases_nozzles_and_asks_what_is_not_settled(tmp_path: Path) -> None:
    there = Heard()
    async with served(there) as port:
        (tmp_path / "terminal.toml").write_text(COUNTER + PUMPS.format(port=port))
        daemon = await asyncio.to_thread(Daemon, tmp_path, {})
        try:
            said = await asyncio.to_thread(daemon.ready)
            socket = load(tmp_path / "terminal.toml").file.terminal.socket
            sell = await asyncio.to_thread(asked, socket, "attendants", Attendants, within_s=30)
            assert sell.attendants == (Attendant(name="Chen", badge="ST-0301"),)
            async with watching(said["link"]) as hand:
                await hand.until("a controller", lambda at: _pumps(at.status) == ("forecourt", "ready"))
                await hand.touch("start", "release")
                await hand.state("ready")
            async with asyncio.timeout(60):
                await there.asked_unsettled.wait()
        finally:
            await asyncio.to_thread(daemon.close)


def _pumps(status: dict[str, object]) -> tuple[str, str] | None:
    devices = status["devices"]
    assert isinstance(devices, list)
    return next(((one["kind"], one["health"]) for one in devices if one["name"] == "pumps"), None)
