from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.cart import GRAMS_MAX, Article
from terminal.core.codes import ArticleCode, scanned
from terminal.core.commands import Measured
from terminal.core.errors import BadScan
from terminal.core.labels import Label, Layout, label_in, long_label, weighed
from terminal.core.money import AMOUNT_MAX

SHORT = Layout(form="22PPPPPAAAAAC")
LONG = Layout(form="25PPPPPAAAAAWWWWWC")
APPLES = Article(sku="A01", name="苹果", category="fruit", price=11_96, measured=Measured.GRAM, plu=10001)
BOX = Article(sku="X01", name="果切", category="cut", price=15_80, plu=7)


def checked(digits: str) -> str:
    """With the check digit that fits."""
    weighted = sum(int(one) * (3 if at % 2 == 0 else 1) for at, one in enumerate(reversed(digits)))
    return f"{digits}{-weighted % 10}"


def test_thirteen_digits_with_an_amount() -> None:
    assert label_in("2210001014786", [SHORT]) == Label(plu=10001, amount=14_78)
    assert label_in("2210002006735", [SHORT]) == Label(plu=10002, amount=6_73)


def test_thirteen_digits_with_a_weight() -> None:
    layout = Layout(form="21PPPPPWWWWWC", weight_unit=10)
    assert label_in(checked("210000700123"), [layout]) == Label(plu=7, grams=1230)


def test_eighteen_digits_with_both() -> None:
    assert label_in(checked("25100010147801236"), [LONG]) == Label(plu=10001, amount=14_78, grams=1236)


def test_eighteen_digits_without_a_check_digit_and_with_some_that_mean_nothing() -> None:
    layout = Layout(form="2XXPPPPWWWWWAAAAAX", amount_unit=10)
    assert label_in("299000712345000429", [layout]) == Label(plu=7, grams=12345, amount=4_20)


def test_the_first_layout_that_fits_is_meant() -> None:
    code = checked("221000101478")
    assert label_in(code, [LONG, Layout(form="21PPPPPWWWWWC"), SHORT]) == Label(plu=10001, amount=14_78)
    assert label_in(code, [Layout(form="2XPPPPPWWWWWC"), SHORT]) == Label(plu=10001, grams=1478)


def test_what_no_layout_fits_is_no_label() -> None:
    assert label_in("2210001014786", [LONG]) is None
    assert label_in("2310001014787", [SHORT]) is None
    assert label_in("2210001014786", []) is None


def test_a_wrong_check_digit_is_refused() -> None:
    with pytest.raises(BadScan):
        label_in("251000101478012360", [LONG])


@pytest.mark.parametrize(
    "form",
    ["", "22PPPPPAAAAA", "22PPPPPXXXXXC", "22XXXXXAAAAAC", "12PPPPPAAAAAC", "22PPPPPAAAAACC", "22PPPXAAXAAAC",
     "22PPPPPaaaaaC", "22PPPPPAAAAAC ", "22PPAAAPPAAAC", "22CPPPPAAAAAX",
     "22PPPPAXAAAAC", "22PPPPPPPAXAC"],
)  # fmt: skip
def test_a_form_that_is_none_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match=r"not a form|twice"):
        Layout(form=form)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"form": form}, Layout)


def test_one_digit_is_enough() -> None:
    assert Layout(form="22PPPPPPPPPAC").of("A", "2200000000075") == 7


def test_the_weight_follows_from_the_amount() -> None:
    found = weighed(Label(plu=10001, amount=14_78), APPLES)
    assert (found.quantity, found.labelled, found.by_weight, found.differs) == (1236, 14_78, 14_78, False)


def test_the_labels_amount_wins_over_weight_times_price() -> None:
    found = weighed(Label(plu=10001, amount=14_00, grams=1236), APPLES)
    assert (found.quantity, found.labelled, found.by_weight, found.differs) == (1236, 14_00, 14_78, True)


def test_a_weight_alone_is_priced_here() -> None:
    found = weighed(Label(plu=10001, grams=1236), APPLES)
    assert (found.quantity, found.labelled, found.by_weight, found.differs) == (1236, None, 14_78, False)


def test_a_piece_may_have_an_amount_on_its_label_and_no_weight() -> None:
    assert weighed(Label(plu=7, amount=9_90), BOX).quantity == 1
    for label in (Label(plu=7, grams=5), Label(plu=7, amount=9_90, grams=5)):
        with pytest.raises(BadScan):
            weighed(label, BOX)


@pytest.mark.parametrize(
    "label",
    [
        Label(plu=1, amount=0),
        Label(plu=1, grams=0),
        Label(plu=1, amount=0, grams=100),
        Label(plu=1, grams=GRAMS_MAX + 1),
        Label(plu=1, amount=AMOUNT_MAX + 1, grams=1),
        Label(plu=1, amount=5, grams=0),
    ],
)
def test_a_label_that_comes_to_nothing_or_too_much_is_refused(label: Label) -> None:
    with pytest.raises(BadScan):
        weighed(label, APPLES)


def test_the_most_that_a_label_may_be() -> None:
    assert (
        weighed(Label(plu=1, grams=GRAMS_MAX), msgspec.structs.replace(APPLES, price=1)).quantity == GRAMS_MAX
    )
    assert weighed(Label(plu=1, amount=AMOUNT_MAX, grams=1), APPLES).labelled == AMOUNT_MAX


def test_eighteen_digits_are_goods_only_where_they_begin_with_2() -> None:
    assert scanned("251000101478012360") == ArticleCode(code="251000101478012360")
    for payment in ("134567890123456789", "310110199001011234"):
        with pytest.raises(BadScan):
            scanned(payment)
        assert long_label(payment) is None


@given(st.text(alphabet="0123456789ABX]", max_size=20))
def test_whatever_is_scanned_it_is_a_label_none_or_refused(text: str) -> None:
    try:
        found = label_in(text, [SHORT, LONG])
    except BadScan:
        return
    assert found is None or found.plu < 10**5
