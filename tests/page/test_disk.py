"""A disk that is full or broken, for real: a file system of its own under the running terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from lab.environment import ROOT
from lab.shop.counter import Hand, watching, way_in

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

MIB = 1 << 20
_CONFIG = """
[terminal]
merchant = "M1"
site = "S1"
id = "T1"
socket = "{folder}/terminal.sock"

[shop]
name = "测试便利店"

[kiosk]
link_file = "{folder}/link"
port = 0

[ledger]
path = "{mounted}/ledger.db"
"""
_MOUNTS = {
    # As a shop's card: ext4 turns read-only when it meets an error.
    "ext4": "mount -o loop,errors=remount-ro {folder}/card.img {mounted}",
    "tmpfs": "mount -t tmpfs -o size=64m none {mounted}",
}


@dataclass
class Shop:
    """The running terminal, seen from outside of the file system that only it has mounted."""

    process: asyncio.subprocess.Process
    said: dict[str, Any]
    config: Path
    mounted: Path
    kind: str

    @property
    def disk(self) -> Path:
        return Path(f"/proc/{self.process.pid}/root{self.mounted}")

    def fill(self, left_mib: int) -> None:
        free = os.statvfs(self.disk)
        size = free.f_bavail * free.f_frsize - left_mib * MIB
        with (self.disk / "somebody.elses").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def make_room(self) -> None:
        (self.disk / "somebody.elses").unlink()

    def break_it(self) -> None:
        """The file system meets an error, as it would on a card that is worn out."""
        device = self.disk.stat().st_dev
        loop = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
        Path(f"/sys/fs/ext4/{loop}/trigger_fs_error").write_text("for a test")

    def doctor(self) -> dict[str, Any]:
        asked = [sys.executable, "-m", "terminal", "doctor", "--config", str(self.config), "--json"]
        done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextlib.contextmanager
def card(folder: Path) -> Iterator[str]:
    """Which kind of file system can be mounted here: the card's own, where we are root."""
    image = folder / "card.img"
    with image.open("wb") as file:
        file.truncate(96 * MIB)
    made = subprocess.run(["/usr/sbin/mkfs.ext4", "-q", str(image)], check=False, capture_output=True)
    mounted = folder / "mounted"
    mounted.mkdir()
    for kind in ("ext4", "tmpfs") if not made.returncode else ("tmpfs",):
        command = [*_unshared(), _MOUNTS[kind].format(folder=folder, mounted=mounted)]
        if not subprocess.run(command, check=False, capture_output=True).returncode:
            yield kind
            return
    pytest.skip("neither root nor a user namespace: no file system can be mounted here")


def _unshared() -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "sh", "-c"]


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    with card(tmp_path) as kind:
        mounted = tmp_path / "mounted"
        config = tmp_path / "terminal.toml"
        config.write_text(_CONFIG.format(folder=tmp_path, mounted=mounted), encoding="utf-8")
        run = f'exec "{sys.executable}" -m terminal run --config "{config}"'
        mount = _MOUNTS[kind].format(folder=tmp_path, mounted=mounted)
        process = await asyncio.create_subprocess_exec(
            *_unshared(), f"{mount} && {run}", cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            said = json.loads(await process.stdout.readline())
        yield Shop(process, said, config, mounted, kind)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(60):
            await process.wait()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, shop: Shop) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1024, "height": 600})
    await page.goto(way_in(shop.said["link"]).replace("#", "?lang=zh-Hans#"))
    await page.wait_for_selector("#stage")  # It is in: the next may use the next link.
    yield page
    await page.close()


async def sell(hand: Hand) -> None:
    await hand.touch("start", "checkout")
    await hand.state("cart")
    await hand.touch("key", "12.50")
    await hand.until("the goods", lambda seen: bool(seen.screen["lines"]))
    await hand.touch("done")
    await hand.touch("skip")
    await hand.touch("pick", "12.50")
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")
    await hand.touch("done")
    await hand.state("idle")


async def test_a_full_disk_closes_the_counter_and_room_opens_it(shop: Shop, page: Page) -> None:
    async with watching(shop.said["link"]) as hand:
        await sell(hand)
        shop.fill(left_mib=4)
        await hand.state("closed")
        assert hand.screen["code"] == "L107"
        await page.wait_for_selector("#stage.closed")
        shown = await page.inner_text("#stage")
        assert "存储空间已满" in shown
        assert "L107" in shown
        shop.make_room()
        await hand.state("idle")
        await sell(hand)
        assert hand.status["waiting"] == 2


async def test_a_disk_that_is_full_to_the_last_byte_in_the_middle_of_a_sale_books_nothing(shop: Shop) -> None:
    async with watching(shop.said["link"]) as hand:
        await hand.touch("start", "checkout")
        await hand.state("cart")
        shop.fill(left_mib=0)
        await hand.state("declined")
        assert hand.screen["code"] == "L107"
        await hand.touch("done")
        await hand.state("closed")
        found = shop.doctor()
        assert any(one["subject"] == "disk" and not one["well"] for one in found["findings"])
        shop.make_room()
        await hand.state("idle")
        await sell(hand)


async def test_a_card_that_breaks_closes_the_counter_with_what_to_do(shop: Shop, page: Page) -> None:
    if shop.kind != "ext4":
        pytest.skip("only root may mount an ext4 here; lab.diskfault breaks it below SQLite instead")
    async with watching(shop.said["link"]) as hand:
        await sell(hand)
        shop.break_it()
        await hand.state("closed")
        assert hand.screen["code"] == "L108"
        await page.wait_for_selector("#stage.closed")
        assert "存储设备无法写入" in await page.inner_text("#stage")
        (disk,) = [one for one in shop.doctor()["findings"] if one["subject"] == "disk"]
        assert "dmesg" in disk["next_step"]
    assert shop.process.returncode is None
