"""Adds up what is known of each account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import asdict

from hq.ports import Total
from terminal.core.accounts import FEN, measure_of


def in_fen(account: str) -> bool:
    """Whether it is value, of a wallet or a company, that is counted in money."""
    owner, _, unit = account.split(":", 2)
    return owner != "site" and not unit.startswith("debt:") and measure_of(unit) == FEN


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
