"""The attendant's scripts, one file a flow."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from terminal.core.policy import Policy
from terminal.core.ports import Desk
from terminal.core.screens import Message, says
from terminal.flows.card_care import card_care
from terminal.flows.checkout import checkout
from terminal.flows.choose_pin import choose_pin
from terminal.flows.claim import claim
from terminal.flows.company_account import company_account
from terminal.flows.deposit import deposit
from terminal.flows.invoice import invoice
from terminal.flows.join import join
from terminal.flows.join_here import join_here
from terminal.flows.many_cards import many_cards
from terminal.flows.own_data import own_data
from terminal.flows.paper import paper
from terminal.flows.profile import profile
from terminal.flows.recharge import recharge
from terminal.flows.recharge_refund import recharge_refund
from terminal.flows.redeem import redeem
from terminal.flows.refund import refund
from terminal.flows.release import release
from terminal.flows.shift import shift
from terminal.flows.staff import staff
from terminal.flows.stop import stop
from terminal.flows.training import training
from terminal.flows.void import void


class Flow(Struct, frozen=True):
    """A script, the button that starts it, and whether a shop with that policy has a use for it."""

    label: Message
    script: Callable[[Desk], Awaitable[None]]
    fits: Callable[[Policy], bool] = lambda _policy: True
    often: bool = False
    """Whether it has a large button."""
    sells: bool = True
    """Whether it waits for an open shift, where the shop asks for one."""
    pins: bool = False
    """Whether it is of use only where those who work here have PINs."""
    pumps: bool = False
    """Whether it is of use only where nozzles can be released from here."""


FLOWS: Mapping[str, Flow] = MappingProxyType(
    {
        "release": Flow(
            says("Release a nozzle"),
            release,
            fits=lambda policy: bool(policy.grades),
            often=True,
            pumps=True,
        ),
        "checkout": Flow(says("Sale"), checkout, often=True),
        "recharge": Flow(says("Recharge"), recharge, often=True),
        "join": Flow(says("Fuel and join"), join, fits=lambda policy: bool(policy.grades), often=True),
        "stop": Flow(
            says("Stop a nozzle"), stop, fits=lambda policy: bool(policy.grades), sells=False, pumps=True
        ),
        "refund": Flow(says("Refund"), refund),
        "shift": Flow(says("Shift"), shift, sells=False),
        "member": Flow(says("New member"), join_here, sells=False),
        "company": Flow(says("Company account"), company_account, fits=lambda policy: bool(policy.companies)),
        "card": Flow(says("Cards"), card_care, sells=False),
        "own": Flow(says("Member's data"), own_data, sells=False),
        "profile": Flow(says("Profile"), profile, sells=False),
        "points": Flow(says("Points"), redeem, fits=lambda policy: bool(policy.gifts)),
        "claim": Flow(says("Coupon campaign"), claim, fits=lambda policy: bool(policy.campaigns)),
        "deposit": Flow(says("Deposit"), deposit),
        "invoice": Flow(says("Invoice"), invoice, sells=False),
        "paper": Flow(says("Paper balance"), paper),
        "void": Flow(says("Void"), void),
        "recharge_refund": Flow(says("Recharge refund"), recharge_refund),
        "pin": Flow(says("PIN"), choose_pin),
        "cards": Flow(says("Many cards"), many_cards, sells=False, pins=True),
        "staff": Flow(says("Staff"), staff, sells=False, pins=True),
        "training": Flow(says("Training"), training, fits=lambda policy: policy.training, sells=False),
    }
)
"""By the name that screens and intents use, in the order of the buttons."""
