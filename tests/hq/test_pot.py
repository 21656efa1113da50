"""One account of value, as the rules change it."""

from __future__ import annotations

from hq.pot import POOL, Overdraft, Pot


def owed(amount: int, lot: str = "lot-1") -> Overdraft:
    return Overdraft(
        site=POOL,
        id="entry-1",
        account="wallet:w1:bonus",
        lot=lot,
        amount=amount,
        rest=amount,
        opened_ms=1,
    )


def test_a_grant_that_names_a_lot_in_two_of_its_rights_is_owed_whole() -> None:
    pot = Pot(account="wallet:w1:bonus")
    for amount, lot in ((124, "lot-1"), (322, "lot-1"), (5, "lot-2")):
        pot.owe(owed(amount, lot))
    assert pot.open == 451
    (first, second) = pot.changed_overdrafts.values()
    assert (first.amount, first.rest) == (446, 446)
    assert (second.amount, second.rest) == (5, 5)


def test_what_is_paid_of_it_is_open_no_more() -> None:
    pot = Pot(account="wallet:w1:bonus")
    pot.owe(owed(446))
    left = pot.pay(owed(446), 400)
    assert (left.rest, pot.open) == (46, 46)
    pot.pay(left, 46)
    assert pot.open == 0
