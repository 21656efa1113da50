"""A forwarder over any courier, as the uplink makes it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from terminal.core.ports import Clock
from terminal.core.values import SiteId
from terminal.core.wire.link import LinkState
from terminal.runtime.clock import SystemClock
from terminal.uplink.courier import Courier
from terminal.uplink.forwarder import Forwarder
from terminal.uplink.settings import Settings
from terminal.uplink.talk import Talk, Who


def made_forwarder(
    outbox: Any,
    ledger: Any,
    courier: Courier,
    *,
    merchant: str = "m",
    site: str = "S1",
    instance: str = "i1",
    settings: Settings | None = None,
    random: Callable[[int], bytes] = os.urandom,
    clock: Clock | None = None,
    on_state: Callable[[LinkState], None] = lambda _: None,
    on_drift: Callable[[int, int], None] = lambda _drift, _took: None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Forwarder:
    who = Who(merchant=merchant, site=SiteId(site), instance=instance)
    return Forwarder(
        outbox,
        ledger,
        Talk(courier, who, ledger),
        settings or Settings(),
        random=random,
        clock=clock or SystemClock(),
        on_state=on_state,
        on_drift=on_drift,
        sleep=sleep,
    )
