"""The product's keyboard scanner, saying what it hears as JSON lines; run again whenever it ends."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import aclosing

import msgspec

from terminal.core.errors import DeviceMissing
from terminal.drivers import keyboard_scanner
from terminal.runtime.clock import SystemClock

AGAIN_S = 0.05


def _say(what: dict[str, object]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")


async def _read(settings: keyboard_scanner.Settings) -> None:
    missing = ""
    while True:
        scanner = keyboard_scanner.build("front", settings, SystemClock())
        try:
            async with aclosing(scanner.events()) as events:
                async for event in events:
                    missing = ""
                    _say({"event": type(event).__name__, **msgspec.to_builtins(event)})
        except DeviceMissing as fault:
            if str(fault) != missing:
                missing = str(fault)
                _say({"missing": missing})
        await asyncio.sleep(AGAIN_S)


asyncio.run(
    _read(
        msgspec.json.decode(
            sys.argv[1], type=keyboard_scanner.Settings, dec_hook=lambda kind, value: kind(value)
        )
    )
)
