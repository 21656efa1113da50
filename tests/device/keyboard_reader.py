"""A driver of something that plays a keyboard, saying what it hears as JSON lines; run again when it ends."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from contextlib import aclosing
from types import ModuleType
from typing import Any

import msgspec

from terminal.core.errors import DeviceMissing
from terminal.runtime.clock import SystemClock

AGAIN_S = 0.05


def _say(what: dict[str, object]) -> None:
    os.write(sys.stdout.fileno(), json.dumps(what).encode() + b"\n")


async def _read(driver: ModuleType, settings: Any) -> None:
    missing = ""
    while True:
        device = driver.build("front", settings, SystemClock())
        try:
            async with aclosing(device.events()) as events:
                async for event in events:
                    missing = ""
                    _say({"event": type(event).__name__, **msgspec.to_builtins(event)})
        except DeviceMissing as fault:
            if str(fault) != missing:
                missing = str(fault)
                _say({"missing": missing})
        await asyncio.sleep(AGAIN_S)


driver = importlib.import_module(f"terminal.drivers.{sys.argv[1]}")
settings = msgspec.json.decode(sys.argv[2], type=driver.Settings, dec_hook=lambda kind, value: kind(value))
asyncio.run(_read(driver, settings))
