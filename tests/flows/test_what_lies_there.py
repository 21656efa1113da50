"""What a wallet is known not to hold is not asked for while its member waits; what it may hold is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from terminal.core.commands import BookGrant
from terminal.core.trust import Holder
from terminal.flows.checkout import checkout
from tests.core.ledger.book import C1, W1, Book
from tests.flows.scripted import Script, ScriptedDesk, play
from tests.flows.shop import WANG_CARD
from tests.flows.test_by_voucher import SHOP
from tests.flows.test_checkout import PAYS_FROM_CARD
from tests.flows.test_coupons import CASH, FIVE, HOLDER, THREE, counter, handed, sale_of, tariff

EACH = ("uses_left", "held_coupons", "vouchers", "cashback")


def desk_of(script: Script, holder: Holder) -> ScriptedDesk:
    desk = ScriptedDesk(script, holders={WANG_CARD: holder}, policy=SHOP, tariff=tariff())
    desk.sold.book = Book().with_member(card=C1)
    return desk


def asked(holder: Holder) -> set[str]:
    """By a checkout that is paid from the card."""
    desk = desk_of(PAYS_FROM_CARD, holder)
    found: set[str] = set()
    ask = desk.ask_ledger

    async def noted(question: Any) -> Any:
        found.add(question.func.__name__)
        return await ask(question)

    desk.ask_ledger = noted  # type: ignore[method-assign,assignment]
    play(checkout(desk))
    return found


@pytest.mark.parametrize(
    ("units", "of"),
    [
        ((), ()),
        (("principal", "bonus", "points:goods", "litres:92", "debt:coupon:"), ()),
        (("count:K10",), ("uses_left",)),
        (("coupon:five",), ("held_coupons",)),
        (("principal", "voucher:1"), ("vouchers",)),
        (("bonus", "cashback"), ("cashback",)),
        (None, EACH),
    ],
)
def test_the_ledger_is_asked_for_what_may_lie_there(
    units: tuple[str, ...] | None, of: tuple[str, ...]
) -> None:
    assert asked(replace(HOLDER, units=units)) == set(of)


def test_where_one_was_handed_over_all_are_looked_for_though_none_lay_there() -> None:
    """It may have been brought from elsewhere meanwhile, and another with it."""
    script = counter(("choose", "five"), *CASH, goods=handed("three"))
    desk = desk_of(script, replace(HOLDER, units=()))
    desk.sold.book.book(BookGrant, wallet=W1, why="autumn", coupons=(FIVE, THREE))
    play(checkout(desk))
    assert desk.offered == [("three", "five", "none")]
    assert sale_of(desk).coupons_used == ("five",)
