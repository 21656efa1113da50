"""One sum over several lines, and a line's net over what comes back of it: always to the fen."""

from __future__ import annotations

from collections.abc import Sequence

from terminal.core.errors import BadAmount
from terminal.core.money import half_up


def shared(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in proportion to `weights`, floors first, then one fen each to the largest remainders.

    Of equal remainders the earlier has it. No share is above its weight where `whole` is not above their sum.
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [whole * weight // total for weight in weights]
    lacking = whole - sum(shares)
    if lacking:
        by_rest = sorted(range(len(weights)), key=lambda at: -(whole * weights[at] % total))
        for at in by_rest[:lacking]:
            shares[at] += 1
    return shares


def given_back(net: int, sold: int, before: int, now: int) -> int:
    """Fen of a line's `net` that go back for `now` of the `sold` units, `before` of which came back earlier.

    What is kept is rounded, half up, not what goes back: so it comes to the same however often it is cut.

    Raises:
        BadAmount: more than was sold, or nothing.
    """
    if not (before >= 0 and now > 0 and before + now <= sold):
        raise BadAmount(f"{now} of {sold}, {before} came back before")
    kept_before, kept = sold - before, sold - before - now
    return half_up(net * kept_before, sold) - half_up(net * kept, sold)
