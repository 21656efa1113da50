"""Who is a member when a whole shop opens for the first time, and what they were given by then."""

from __future__ import annotations

from lab.shop.setting import GivenCard
from terminal.core.commands import Grant
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value


class Known(Value, frozen=True, kw_only=True):
    """A member, their card on the bench, and what was given to them before the first morning."""

    name: str
    phone: str
    card: GivenCard
    given: tuple[Grant, ...] = ()
    kind: str = ""
    """Of the card, as the shop's policy calls it."""


WANG = Known(
    name="王晓梅",
    phone="19000000411",
    card=GivenCard(
        id="wang",
        label="Card of 王晓梅, a member, 125 kHz",
        note="phone 19000000411; 1200 points, ¥20.00 cashback, a voucher of ¥10.00",
        credential=Credential(medium=Medium.EM4100, number="0A00BC6152"),
    ),
    given=(
        Grant(unit="points:goods", amount=1_200),
        Grant(unit="cashback", amount=20_00),
        Grant(unit="voucher:OPENING-1", amount=10_00),
    ),
)
ZHANG = Known(
    name="张伟",
    phone="19000000412",
    card=GivenCard(
        id="zhang",
        label="Card of 张伟, a member, 125 kHz",
        note="phone 19000000412; nothing on it yet",
        credential=Credential(medium=Medium.EM4100, number="0A00BC6154"),
    ),
)
LI = Known(
    name="李娜",
    phone="19000000413",
    card=GivenCard(
        id="li",
        label="Points card of 李娜, a member, 125 kHz",
        note="phone 19000000413; for points and prices alone: it pays nothing, and is not recharged",
        credential=Credential(medium=Medium.EM4100, number="0A00BC6156"),
    ),
    given=(Grant(unit="points:goods", amount=300),),
    kind="points",
)
MEMBERS = (WANG, ZHANG, LI)
