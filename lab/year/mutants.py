"""Faults put into the product on purpose: a year that does not find each of them is worth nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from msgspec.structs import replace

from terminal.core.ledger import left_over, merging
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.state import Lot
from terminal.core.values import WalletId

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


@contextmanager
def _had_goes_along() -> Iterator[None]:
    """Whoever is given a card has had what its holder before had."""
    with mock.patch("terminal.core.ledger.allowances.counted_as", lambda wallet, _state: wallet):
        yield


@contextmanager
def _had_of_one() -> Iterator[None]:
    """What the one that goes had is not had by the one that stays."""
    with mock.patch("terminal.core.ledger.merging.had_by_both"):
        yield


@contextmanager
def _parts_last() -> Iterator[None]:
    """What goes ahead of a merge has no end any more."""
    move_ahead = merging._move_ahead  # noqa: SLF001  a mutant is made inside

    def lasting(draft: Draft, unit: str, lots: Sequence[Lot], *of: WalletId) -> None:
        move_ahead(draft, unit, [replace(lot, until="") for lot in lots], *of)

    with mock.patch.object(merging, "_move_ahead", lasting):
        yield


@contextmanager
def _gifts_stay() -> Iterator[None]:
    """What was given with a card without a name outlives it."""
    with mock.patch("terminal.core.ledger.membership.end_with_card"):
        yield


@contextmanager
def _cashback_ends() -> Iterator[None]:
    """Cashback that has a day of its own ends with a card without a name, whenever that is cancelled."""
    with mock.patch.object(left_over, "KEEPS_UNLESS_GIVEN", frozenset()):
        yield


MUTANTS: dict[str, Mutant] = {
    "cashback-ends": _cashback_ends,
    "gifts-stay": _gifts_stay,
    "had-goes-along": _had_goes_along,
    "had-of-one": _had_of_one,
    "parts-last": _parts_last,
    "withdrawn-back": _withdrawn_back,
    "withdrawn-kept": _withdrawn_kept,
}
