"""The attendant's scripts, one file a flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from terminal.core.policy import Policy
from terminal.core.ports import Desk
from terminal.core.screens import Message, says
from terminal.flows.checkout import checkout
from terminal.flows.join import join
from terminal.flows.recharge import recharge


class Flow(Struct, frozen=True):
    """A script, the button that starts it, and whether a shop with that policy has a use for it."""

    label: Message
    script: Callable[[Desk], Awaitable[None]]
    fits: Callable[[Policy], bool] = lambda _policy: True


FLOWS: Mapping[str, Flow] = MappingProxyType(
    {
        "checkout": Flow(says("Sale"), checkout),
        "recharge": Flow(says("Recharge"), recharge),
        "join": Flow(says("Fuel and join"), join, fits=lambda policy: bool(policy.grades)),
    }
)
"""By the name that screens and intents use, in the order of the buttons."""
