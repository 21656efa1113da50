"""Faults put into the product on purpose: a year that does not find each of them is worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

Mutant = Callable[[], Any]


@contextmanager
def _withdrawn_back() -> Iterator[None]:
    """What was withdrawn after it was used comes back with what it came off."""
    with mock.patch("terminal.core.ledger.coupons.end_again"):
        yield


@contextmanager
def _withdrawn_kept() -> Iterator[None]:
    """What is withdrawn stays where it lies."""
    with mock.patch("terminal.core.ledger.withdrawals.end_coupon", return_value=True):
        yield


MUTANTS: dict[str, Mutant] = {
    "withdrawn-back": _withdrawn_back,
    "withdrawn-kept": _withdrawn_kept,
}
