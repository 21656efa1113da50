"""Which grade a car usually takes, so that another one is asked about (product.md C2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from terminal.core.cart import FUEL, Family
from terminal.core.commands import BookSale
from terminal.core.policy import Policy
from terminal.core.screens import Line, says
from terminal.core.values import WalletId

_CAR = "a car's plate\n"


def car_text(wallet: WalletId, plate: str) -> str:
    """What the site's mark of a car is made of: the same plate of another member has another."""
    return f"{_CAR}{wallet}\n{plate}"


def usual_grade(sales: Iterable[BookSale], car: str) -> str:
    """Which was taken most often, the later where two are even; empty: none.

    `sales`: of one member, newest first. `car`: its mark, whose own fills go first; empty: which it is was
    not said.
    """
    fills = [
        (one.car, line.sku.removeprefix(FUEL))
        for one in sales
        for line in one.lines
        if line.sku.startswith(FUEL)
    ]
    own = [grade for whose, grade in fills if car and whose == car]
    took = Counter(own or (grade for _, grade in fills))
    return took.most_common(1)[0][0] if took else ""


def usually(policy: Policy, grade: str) -> Line:
    """As the screen says it."""
    named = policy.grade(grade)
    if named is not None and named.family is Family.GAS:  # Nobody calls it by a number.
        return Line(label=says("Usually they take {name}", name=named.name))
    return Line(label=says("Usually they take {grade}", grade=grade))
