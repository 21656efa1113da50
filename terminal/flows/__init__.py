"""The attendant's scripts, one file a flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from terminal.core.ports import Desk
from terminal.flows.checkout import checkout
from terminal.flows.join import join
from terminal.flows.recharge import recharge

Flow = Callable[[Desk], Awaitable[None]]

FLOWS: Mapping[str, Flow] = MappingProxyType({"checkout": checkout, "recharge": recharge, "join": join})
"""What can be started, by the name that screens and intents use, in the order of the buttons."""
