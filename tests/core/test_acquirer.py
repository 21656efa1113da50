"""What is taken for a customer's payment code, while one is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.acquirer import PayCode, Wallet, pay_code

WECHAT, ALIPAY, UNIONPAY = Wallet.WECHAT, Wallet.ALIPAY, Wallet.UNIONPAY


@pytest.mark.parametrize(
    ("first", "length", "wallet"),
    [
        *((first, 18, WECHAT) for first in ("10", "11", "12", "13", "14", "15")),
        *(
            (first, length, ALIPAY)
            for first in ("25", "26", "27", "28", "29", "30")
            for length in (16, 20, 24)
        ),
        ("62", 19, UNIONPAY),
    ],
)
def test_each_wallet_has_its_first_digits_and_lengths(first: str, length: int, wallet: Wallet) -> None:
    digits = first + "0" * (length - 2)
    assert pay_code(digits) == PayCode(wallet=wallet, digits=digits)
    assert pay_code("]C1" + digits) == PayCode(wallet=wallet, digits=digits)


@pytest.mark.parametrize(
    "text",
    [
        "16" + "0" * 16,  # WeChat ends at 15
        "09" + "0" * 16,
        "10" + "0" * 15,
        "10" + "0" * 17,
        "24" + "0" * 14,  # Alipay begins at 25
        "31" + "0" * 14,
        "25" + "0" * 13,
        "25" + "0" * 23,
        "62" + "0" * 16,
        "62" + "0" * 18,
        "6901234567892",
        "",
        "]C1",
        "]",
        "１" + "0" * 17,
        "10" + "0" * 16 + "\n",
        " 10" + "0" * 16,
        "1" * 17 + "X",
        "]C1]C1" + "10" + "0" * 16,
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    assert pay_code(text) is None


@given(st.text(max_size=30) | st.text("0123456789", min_size=15, max_size=25))
def test_a_code_is_digits_and_never_of_two_wallets(text: str) -> None:
    found = pay_code(text)
    if found is not None:
        assert found.digits.isascii()
        assert found.digits.isdigit()
        assert len(found.digits) in {16, 17, 18, 19, 20, 21, 22, 23, 24}


def test_no_log_gets_the_digits() -> None:
    code = PayCode(wallet=WECHAT, digits="134567890123456789")
    assert "1345" not in f"{code} {code!r}"
    assert "wechat" in str(code)
