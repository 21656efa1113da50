"""A part of the cases, drawn: with whatever each of them needs, and what gives back what it took."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from lab.faces.face import Case

_MEMBER, _OTHER = "a newcomer with everything", "a newcomer who says little"
_UNNAMED, _VALUE = "a recharge of a new card", "a recharge"
NEEDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        _OTHER: (_MEMBER,),
        "somebody who is a member already": (_MEMBER,),
        _VALUE: (_MEMBER,),
        "a recharge by bank transfer": (_VALUE,),
        "a sale with stored value": (_VALUE,),
        "a card that does not reach": (_UNNAMED,),
        "a sale by phone and PIN": (_VALUE,),
        "a sale in parts": (_UNNAMED,),
        "an invoice is noted": ("a sale for cash",),
        "what has its invoice does not come back": ("an invoice is noted",),
        "an invoice is taken back": ("an invoice is noted",),
        "no invoice to take back": ("an invoice is taken back",),
        "goods come back": ("an invoice is taken back", _VALUE),
        "nothing comes back twice": ("goods come back",),
        "a sale is void": ("a sale with stored value",),
        "a recharge is paid back": ("a recharge by bank transfer", "a sale by phone and PIN"),
        "nothing was paid onto a card": (_OTHER,),
        "a coupon is claimed": (_MEMBER,),
        "a coupon is claimed once": ("a coupon is claimed",),
        "a coupon is for members": (_UNNAMED,),
        "a coupon pays": ("a coupon is claimed",),
        "too few points": (_MEMBER,),
        "a large sale": (_MEMBER,),
        "points for something that is collected": (
            "a coupon pays",
            "a sale by phone and PIN",
            "a large sale",
        ),
        "it is collected": ("points for something that is collected",),
        "it is collected once": ("it is collected",),
        "points for a coupon": ("a large sale",),
        "points and money": ("a sale by phone and PIN", "a large sale"),
        "a count card": (_MEMBER,),
        "a use of it": ("points and money", "a count card"),
        "a deposit": (_MEMBER,),
        "it settles what is picked up": ("a deposit",),
        "another deposit": ("it settles what is picked up",),
        "a deposit is given back": ("another deposit",),
        "a sheet of paper is taken over": (_MEMBER,),
        "a sheet is taken over once": ("a sheet of paper is taken over",),
        "a card is lost": (_MEMBER,),
        "a lost card pays nothing": ("a card is lost",),
        "a card pays again": ("a card is lost",),
        "a card is frozen": (_MEMBER,),
        "a frozen card pays nothing": ("a card is frozen",),
        "a frozen card pays again": ("a card is frozen",),
        "one more card": (_MEMBER, _UNNAMED),
        "a card in the place of another": ("one more card",),
        "a card is cancelled": ("a card in the place of another",),
        "what is on a card without a name is paid back first": (_UNNAMED,),
        "no name stays with a card that has none": (_OTHER,),
        "a card goes to nobody who has it": (_OTHER,),
        "another tier": (_OTHER,),
        "a PIN that is keyed wrong too often": (_OTHER,),
        "a card goes to another person": (_OTHER,),
        "two become one": (_MEMBER, _UNNAMED),
        "numbers that are there": ("many cards are issued",),
        "many cards are cancelled": ("many cards are issued",),
        "a PIN is chosen anew": (_MEMBER,),
        "all that is kept is shown": (_MEMBER,),
        "what is kept is corrected": (_MEMBER,),
        "nothing new": (_MEMBER,),
        "another consent": (_MEMBER,),
        "the highest tier": ("a sale by phone and PIN", "a large sale"),
        "the highest tier stays": ("the highest tier",),
        "tags": (_MEMBER,),
        "who serves them": (_MEMBER,),
        "a member asks to be forgotten": (_MEMBER,),
        "fuel for a member": (_MEMBER,),
        "a nozzle is in use": ("a nozzle is released, and paid afterwards",),
        "a nozzle is stopped": ("a nozzle is released, and paid afterwards",),
        "a card pays what flows": (_VALUE,),
        "the PIN that was given is not one's own": ("a PIN is given, and another chosen",),
        "the next is opened": ("the shift is closed",),
        "what another shift sold is no more void": ("a sale in parts", "the next is opened"),
    }
)
"""Of a case those before it; of one that is not here none. Once so much was paid, a PIN is asked for."""
ENDED_BY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "an invoice is noted": "an invoice is taken back",
        "a card is lost": "a card pays again",
        "a card is frozen": "a frozen card pays again",
        "a deposit": "it settles what is picked up",
        "a nozzle is released, and paid afterwards": "a nozzle is stopped",
        "the shift is closed": "the next is opened",
    }
)
"""What has to follow: the cases after that find the card, the nozzle or the shift as they expect it."""


def drawn(every: Sequence[Case], draw: random.Random, at_most: int) -> list[Case]:
    """In the order of the day, as many as there is room for. Whatever one needs is drawn with it."""
    taken: set[str] = set()
    for case in draw.sample(every, len(every)):
        with_it = taken | whole(case.name)
        if len(with_it) <= at_most:
            taken = with_it
    return [case for case in every if case.name in taken]


def whole(name: str) -> set[str]:
    """That case, what it needs, and what ends what they began."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += (*NEEDS.get(one, ()), *((ENDED_BY[one],) if one in ENDED_BY else ()))
    return found
