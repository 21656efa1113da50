"""Who takes outside payments for the shop, as the counter needs it (product.md B18).

A payment outside goes by an id of ours: it is written down as an intent before the acquirer is asked, and
whatever becomes of the answer is asked for again by that id.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol

from terminal.core.commands import BookIntent, Command
from terminal.core.values import EntryId, Value

CODE_PAYMENT = "code_payment"
"""What an intent to charge a customer's code is called."""

CODE_REFUND = "code_refund:"
"""How an intent to give some of it back begins; the id of what undid it and that of the payment follow."""


def undoing_of(begun: Command) -> EntryId | None:
    """The refund or void that such an intent gives money back for; None: it gives none back."""
    if not isinstance(begun, BookIntent) or not begun.what.startswith(CODE_REFUND):
        return None
    return EntryId(begun.what.removeprefix(CODE_REFUND).partition(":")[0])


def payment_of(begun: BookIntent) -> str:
    """What such an intent gives back of: an intent, or of a platform's vouchers a part, by its name."""
    return begun.what.removeprefix(CODE_REFUND).partition(":")[2]


_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)


class Wallet(StrEnum):
    """Whose payment code it is; as X, Z and the receipt call it."""

    WECHAT = "wechat"
    ALIPAY = "alipay"
    UNIONPAY = "unionpay"


_FORMS = {
    Wallet.WECHAT: re.compile(r"1[0-5]\d{16}", re.ASCII),
    Wallet.ALIPAY: re.compile(r"(?:2[5-9]|30)\d{14,22}", re.ASCII),
    Wallet.UNIONPAY: re.compile(r"62\d{17}", re.ASCII),
}


class PayCode(Value, frozen=True, kw_only=True):
    """What a customer's phone shows for a minute, and whoever has it may charge."""

    wallet: Wallet
    digits: str

    def __repr__(self) -> str:
        """Without the digits: they are money."""
        return f"PayCode({self.wallet}, ...)"

    __str__ = __repr__


def pay_code(text: str) -> PayCode | None:
    """None: it is none. Only for what is scanned while a customer pays.

    Labels of scales (18 digits) and citizens' ids look the same.
    """
    digits = _SYMBOLOGY.sub("", text, count=1) if text.startswith("]") else text
    for wallet, form in _FORMS.items():
        if form.fullmatch(digits):
            return PayCode(wallet=wallet, digits=digits)
    return None


class Order(Value, frozen=True, kw_only=True):
    """One payment, by our id: that of its intent."""

    id: EntryId
    amount: int
    """Fen."""


class Outcome(StrEnum):
    PAID = "paid"
    WAITING = "waiting"  # the customer is asked on their phone
    REFUSED = "refused"  # not paid; another code may be tried under another id
    UNDONE = "undone"  # nothing is taken by that id, nor ever will be: also what was paid went back
    UNKNOWN = "unknown"  # no answer, or one that says nothing; also: the acquirer has never heard of it


class Said(Value, frozen=True, kw_only=True):
    """What the acquirer answered."""

    outcome: Outcome
    evidence: str = ""
    """Its own number of it, or its words. No personal data."""
    receipt: int = 0
    """Of a bank's terminal, the number of what it printed; 0: nothing."""
    payer: str = ""
    """What it calls whoever paid; empty: it does not say. Kept nowhere: only a mark of it is."""

    def __repr__(self) -> str:
        """Without who paid."""
        return f"Said({self.outcome}, {self.evidence!r}, receipt={self.receipt})"

    __str__ = __repr__


class Acquirer(Protocol):
    """Nothing of it raises: what went wrong on the way is `UNKNOWN`, and the same id is asked about again."""

    async def pay(self, order: Order, code: PayCode) -> Said:
        """Once for each id. Asked twice, the acquirer charges once."""
        ...

    async def query(self, order: Order) -> Said: ...

    async def reverse(self, order: Order) -> Said:
        """Whatever became of it is undone. UNDONE, or UNKNOWN: ask again."""
        ...

    async def refund(self, refund: Order, of: EntryId) -> Said:
        """Gives back so much of what was paid by `of`, once for each id of a refund. PAID, once it went."""
        ...

    async def close(self) -> None: ...
