"""Which of two versions is the newer, in the order of PEP 440; of its forms those that a release has."""

from __future__ import annotations

import re

_NUMBER = r"0|[1-9]\d{0,8}"
_VERSION = re.compile(
    rf"(?P<numbers>(?:{_NUMBER})(?:\.(?:{_NUMBER}))*)"
    rf"(?:(?P<before>a|b|rc)(?P<nth>{_NUMBER}))?(?:\.post(?P<after>{_NUMBER}))?(?:\.dev(?P<made>{_NUMBER}))?"
)
_LENGTH_MAX = 64
_WHOLE = "z"
"""Behind a, b and rc, which come before it."""

Order = tuple[tuple[int, ...], str, int, int, tuple[bool, int]]


def order(version: str) -> Order:
    """The newer one's is the greater. Raises ValueError: no version, or in a form that no release has."""
    found = _VERSION.fullmatch(version) if len(version) <= _LENGTH_MAX else None
    if found is None:
        raise ValueError(f"{version[:_LENGTH_MAX]!r} is no version, such as 2.0.0")
    numbers = [int(one) for one in found["numbers"].split(".")]
    while numbers and not numbers[-1]:  # 2.0 is 2.
        numbers.pop()
    after = -1 if found["after"] is None else int(found["after"])
    made = found["made"]
    early = made is not None and found["before"] is None and after < 0  # 2.0.dev1 comes before 2.0a1.
    return (
        tuple(numbers),
        "" if early else found["before"] or _WHOLE,
        int(found["nth"] or 0),
        after,
        (made is None, int(made or 0)),
    )
