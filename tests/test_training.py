"""Training as a process: a ledger of its own, and of the shop's nothing is touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lab.shop.counter import Hand, NotSeen, watching
from terminal.config import load
from terminal.core.catalogue import Listed
from terminal.core.values import TRAINING
from terminal.desk.prices import Offer
from terminal.training import trained
from tests.counter_config import COUNTER
from tests.test_app import Daemon, terminal

DEVICES = """
[device.paper]
driver = "tcp_printer"
host = "127.0.0.1"
port = 9
drawer = true

[device.box]
driver = "pins"
drawer = { pin = 17 }

[device.glass]
driver = "line_display"
path = "glass"

[device.pumps]
driver = "forecourt_tcp"
host = "127.0.0.1"

[device.second]
driver = "serial_reader"
path = "second"

[headquarters]
url = "https://127.0.0.1:1"

[invoice]
claim = "CT1:{entry}:{amount}:{check}"
secret_file = "secret"
folder = "invoices"

[webhook]
url = "https://127.0.0.1:1/hook"
secret_file = "secret"
"""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    (tmp_path / "terminal.toml").write_text(COUNTER)
    running = Daemon(tmp_path, {})
    yield running
    running.close()


async def sells(hand: Hand) -> None:
    await hand.touch("key", "5.00")
    await hand.until("a cart", lambda at: at.screen["state"] == "cart" and bool(at.screen["lines"]))
    await hand.touch("done")
    await hand.state("ready")
    await hand.touch("skip")
    await hand.state("keying")
    await hand.touch("key", "5.00")
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")


async def changes_over(daemon: Daemon, hand: Hand) -> dict[str, Any]:
    await hand.state("idle")
    await hand.touch("start", "training")
    await hand.state("confirm")
    with suppress(NotSeen):  # The page may be gone before it shows what comes.
        await hand.touch("confirm")
    return daemon.ready()


def entries(folder: Path) -> int:
    told = terminal(folder, "ledger", "verify", "--json")
    assert told.returncode == 0, told.stdout
    found: int = json.loads(told.stdout)["entries"]
    return found


async def test_what_is_done_in_training_is_in_a_ledger_of_its_own(daemon: Daemon, tmp_path: Path) -> None:
    said = daemon.ready()
    assert not said["training"]
    async with watching(said["link"]) as hand:
        await hand.state("idle")
        await hand.touch("start", "checkout")
        await hand.state("cart")
        await sells(hand)
        await hand.touch("done")
        said = await changes_over(daemon, hand)
    assert said["training"]
    told = terminal(tmp_path, "doctor")
    assert "is in training: nothing is booked for the shop" in " ".join(told.stdout.split())
    async with watching(said["link"]) as hand:
        await hand.state("idle")
        assert hand.status["training"]
        await hand.touch("start", "checkout")
        await hand.state("cart")
        await sells(hand)
        await hand.touch("done")
        said = await changes_over(daemon, hand)
    assert not said["training"]
    async with watching(said["link"]) as hand:
        await hand.state("idle")
        assert not hand.status["training"]
    daemon.process.terminate()
    assert daemon.ended() == 0
    assert not [line for line in daemon.log if "force" in line or "not ended" in line]
    assert entries(tmp_path) == 1
    assert (tmp_path / "data/training/ledger.db").exists()
    learnt = terminal(tmp_path, "ledger", "adopt", str(tmp_path / "data/training/ledger.db"))
    assert learnt.returncode == 1
    assert "is not a ledger of site S1" in learnt.stderr


async def test_a_power_cut_in_training_begins_as_the_shop(daemon: Daemon, tmp_path: Path) -> None:
    async with watching(daemon.ready()["link"]) as hand:
        assert (await changes_over(daemon, hand))["training"]
    daemon.process.kill()
    daemon.ended()
    again = Daemon(tmp_path, {})
    try:
        assert not again.ready()["training"]
    finally:
        again.close()


async def test_a_ledger_for_training_that_does_not_open_leaves_the_shop_selling(
    daemon: Daemon, tmp_path: Path
) -> None:
    folder = tmp_path / "data/training"
    said = daemon.ready()
    folder.mkdir()
    (folder / "ledger.db").write_bytes(b"no ledger" * 1000)
    async with watching(said["link"]) as hand:
        assert not (await changes_over(daemon, hand))["training"]
    assert any("no training: " in line for line in daemon.log)


def test_nothing_is_forwarded_and_no_drawer_opens(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s" * 32)
    (tmp_path / "terminal.toml").write_text(COUNTER + DEVICES)
    own = load(tmp_path / "terminal.toml")
    sold = Offer(articles=Listed(own.articles), tariff=own.tariff)
    learns = trained(own, sold)
    assert learns.sold is sold.articles
    assert (learns.file.headquarters.url, learns.file.webhook.url) == ("", "")
    assert (learns.file.invoice.claim, learns.file.invoice.folder) == ("", None)
    assert learns.file.ledger.path == tmp_path / "data/training/ledger.db"
    assert learns.file.terminal.site == TRAINING
    assert {one.name for one in learns.devices} == {"paper", "box", "second"}
    by_name = {one.name: one.settings for one in learns.devices}
    assert not by_name["paper"].drawer
    assert by_name["box"].drawer is None
    assert learns.printer is not None
    assert not learns.printer.settings.drawer
    assert own.printer is not None
    assert own.printer.settings.drawer


def test_no_shop_is_called_as_the_training_is(tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").write_text(COUNTER.replace('site = "S1"', f'site = "{TRAINING}"'))
    told = terminal(tmp_path, "run")
    assert told.returncode == 2
    assert "terminal.site: TRAINING is what the ledger for training is called" in told.stderr
