"""Points are counted again on what is left of a sale (product.md B4), whatever it was paid by."""

from __future__ import annotations

import pytest

from terminal.core.commands import BookDeposit, BookRefund, BookSale, Returned, Tender, TenderKind
from terminal.core.points import earned
from tests.core.ledger.book import W1, Book
from tests.core.ledger.test_value import line


@pytest.mark.parametrize("how", [TenderKind.CODE, TenderKind.CARD, TenderKind.CASH, TenderKind.DEPOSIT])
@pytest.mark.parametrize(("back", "left"), [(50, 199), (51, 198), (19_949, 0)])
def test_what_is_left_earns_its_whole_yuan(how: TenderKind, back: int, left: int) -> None:
    book = Book().with_member()
    book.book(BookDeposit, wallet=W1, card=None, of="presale:o1", amount=19_950, received=19_950)
    of = "presale:o1" if how is TenderKind.DEPOSIT else ""
    tender = Tender(kind=how, amount=19_950, of=of)
    sold = line(19_950)
    sale = book.book(
        BookSale,
        wallet=W1,
        card=None,
        lines=(sold,),
        due=19_950,
        tenders=(tender,),
        received=19_950 if how is TenderKind.CASH else 0,
        points=earned((sold,), (tender,)),
    )
    assert book.of(W1, "points:goods") == 199
    book.book(BookRefund, of=sale.id, returned=(Returned(line=0, net=back),), why="x")
    assert book.of(W1, "points:goods") == left


def test_what_a_company_pays_earns_nothing() -> None:
    assert earned((line(10_000),), (Tender(kind=TenderKind.FLEET, amount=10_000, of="acme"),)) == ()
