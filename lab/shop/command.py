"""`python -m lab shop [--once] [--data DIR] [--port N]`, which is what `./run` starts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

from lab.environment import ROOT
from lab.shop.acting import Differs
from lab.shop.bench_page import BenchPage
from lab.shop.counter import NotSeen, way_in
from lab.shop.day import played
from lab.shop.hands import Hands
from lab.shop.people import STAFF
from lab.shop.processes import NotStarted
from lab.shop.setting import JOIN_PAGE, MERCHANT, TILL_PAGE
from lab.shop.world import CODES_FILE, opened
from terminal.core.errors import TerminalFault

_KIOSK_PORT = 8321


def main(arguments: list[str]) -> int:
    """Exit 0 when all is well, 1 with the reason when anything differs."""
    parser = argparse.ArgumentParser(prog="./run", description="A shop with virtual devices.")
    parser.add_argument("--once", action="store_true", help="play a scripted day and end")
    parser.add_argument("--data", type=Path, default=None, help="folder of the shop (default .cache/shop)")
    parser.add_argument(
        "--port",
        type=int,
        default=_KIOSK_PORT,
        help="of the counter page; the bench, and pages for others, have the next three",
    )
    typed = parser.parse_args(arguments)
    try:
        if typed.once:
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # What it started ends with it.
            return _once(typed.data)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_until_told(typed.data or ROOT / ".cache" / "shop", typed.port))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (Differs, NotSeen, NotStarted, TerminalFault, OSError) as why:
        sys.stderr.write(f"./run: {type(why).__name__}: {why}\n")
        return 1
    return 0


def _once(data: Path | None) -> int:
    """On a folder of its own: the day starts from the same morning each time."""
    folder = data or Path(tempfile.mkdtemp(prefix="card-terminal-"))
    try:
        result = asyncio.run(played(folder))
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result))
    return 0 if result["ledger"] == result["hq"] == "ok" else 1


async def _until_told(folder: Path, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    for wanted in range(port, port + TILL_PAGE + 1) if port else ():
        _check_free(wanted)
    async with opened(folder, kiosk_port=port, whole=True) as world:
        page = BenchPage(Hands(world))
        address, close = await page.start(port + 1 if port else 0)
        try:
            print(f"counter page  {way_in(world.link)}")
            print(
                f"device bench  {address}  (with the next way to the counter page: each lets one browser in)"
            )
            counter = way_in(world.link).partition("enter")[0]
            print(f"second screen {counter}display  (in a browser that the counter page let in)")
            if port:
                print(f"to join       http://127.0.0.1:{port + JOIN_PAGE}/")
                print(f"handheld page https://127.0.0.1:{port + TILL_PAGE}/  (once it was let in, as below)")
                print(f"let one in    .venv/bin/terminal enrol-handheld NAME --config {world.config}")
            print(f"headquarters  {world.hq.said['url']}")
            print(f"phone page    {world.hq.said['phones']}/m/{MERCHANT}")
            print(f"its codes     {world.folder / 'hq' / CODES_FILE}")
            print(f"ledger        {world.folder / 'ledger.db'}")
            print(f"doctor        .venv/bin/terminal doctor --config {world.config}")
            print(f"maintenance   .venv/bin/terminal menu --config {world.config}  (the manager's PIN)")
            for one in STAFF:
                pin = world.pins.get(one.id, "none yet: sudo .venv/bin/terminal staff-pin gives one")
                print(f"{one.role.replace('_', ' '):<13} {one.name}, badge {one.id}, PIN {pin}")
            if world.without_pcsc:
                print(f"left out      {world.without_pcsc}")
            print("Ctrl-C ends it.", flush=True)
            ended = asyncio.ensure_future(world.terminal.ended())
            told = asyncio.ensure_future(stop.wait())
            await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if not stop.is_set():
                raise NotStarted(
                    f"the terminal ended with {await ended}; see {world.folder / 'terminal.log'}"
                )
        finally:
            await close()


def _check_free(port: int) -> None:
    """Raises NotStarted at once, instead of a terminal that waits for its page."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as taken:
            raise NotStarted(f"port {port} is taken (another ./run?): choose with --port N") from taken
