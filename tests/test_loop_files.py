"""While the terminal sells, its event loop opens and changes no file: a disk that hangs would stop it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lab.shop.counter import Hand, watching
from lab.vm.guest.sale import exactly
from tests.counter_config import COUNTER
from tests.test_app import Daemon, examined, terminal

SHOP = (
    COUNTER
    + """
[counter]
approved_s = 1

[[catalogue.article]]
sku = "P01"
name = "面霜"
category = "care"
price = 500
barcodes = ["6900000000014"]
"""
)
WATCH = """
import os, sys, threading

if "run" in sys.orig_argv:
    loop, end = threading.get_ident(), os.dup(2)
    changes = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.listdir")

    def seen(event, told):
        if event in ("open", "sqlite3.connect", *changes) and threading.get_ident() == loop:
            name = str(told[0])
            if "/data/" in name:
                os.write(end, f"on the loop: {event} {name}\\n".encode())

    sys.addaudithook(seen)
"""
"""Put in before anything is imported: who opens or changes what, by the interpreter's own word (PEP 578)."""


async def sold(hand: Hand) -> None:
    """One of what is counted, for cash."""
    await hand.state("idle")
    await hand.touch("start", "checkout")
    await hand.state("cart")
    await hand.touch("find")
    await hand.state("keying")
    await hand.touch("key", "ms")
    await hand.until("an article", lambda at: "面霜" in str(at.screen["choices"]))
    await hand.touch("pick", "P01")
    await hand.state("cart")
    await hand.touch("done")
    await hand.touch("skip")
    await exactly(hand)
    await hand.state("confirm")
    await hand.touch("confirm")
    await hand.state("approved")


async def test_whoever_sells_what_is_counted_waits_for_no_file_on_the_loop(tmp_path: Path) -> None:
    (tmp_path / "terminal.toml").write_text(SHOP, encoding="utf-8")
    (tmp_path / "shelf.csv").write_text("货号,库存\r\nP01,3\r\n", encoding="utf-8", newline="")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    daemon = Daemon(tmp_path, {"PYTHONPATH": str(tmp_path / "site")})
    try:
        link = daemon.ready()["link"]
        assert any("on the loop: open" in line for line in daemon.log), "its own start is seen"
        begun = len(daemon.log)
        told = await asyncio.to_thread(terminal, tmp_path, "catalogue", "count", str(tmp_path / "shelf.csv"))
        assert told.returncode == 0, told.stderr
        async with watching(link) as hand:
            for _ in range(2):
                await sold(hand)
        _, found = await asyncio.to_thread(examined, tmp_path)
        assert found["stock"]["well"]
        assert [line for line in daemon.log[begun:] if line.startswith("on the loop:")] == []
    finally:
        daemon.close()
