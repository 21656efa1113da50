"""Adds up what is known of each account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict

from hq.ports import Total
from terminal.core.accounts import FEN, TIER_UNIT, measure_of

APART = ("points", "count", "litres", "coupon")
"""What is counted in its own measure: points, uses, hundredths of a litre, coupons."""


def in_fen(account: str) -> bool:
    """Whether it is value, of a wallet or a company, that is counted in money."""
    owner, _, unit = account.split(":", 2)
    return owner != "site" and not unit.startswith("debt:") and measure_of(unit) == FEN


def counted_apart(account: str) -> str:
    """Which of `APART` it is; empty where it is counted in money, owed, or pays for nothing."""
    owner, _, unit = account.split(":", 2)
    measure = measure_of(unit)
    kind = measure.partition(":")[0]
    out = owner == "site" or unit.startswith("debt:") or measure == TIER_UNIT or kind not in APART
    return "" if out else kind


def of_family(lines: Iterable[Total]) -> Sequence[Total]:
    """One total for each account, of the lines that name it."""
    sums: dict[str, dict[str, int]] = {}
    for line in lines:
        parts = asdict(line)
        account = parts.pop("account")
        kept = sums.setdefault(account, dict.fromkeys(parts, 0))
        for name, amount in parts.items():
            kept[name] += amount
    return [Total(account=account, **parts) for account, parts in sorted(sums.items())]
