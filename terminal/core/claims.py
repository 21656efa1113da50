"""The claim (开票码) on the receipt of what may be invoiced: the customer scans it, and asks for the invoice.

A form that the site sets, with places that are filled in. The check is that only who has the secret makes it,
so that a service recognises the sum as the shop's own. See docs/invoices.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256
from string import Formatter
from types import MappingProxyType
from typing import Final

from terminal.core.money import AMOUNT_MAX
from terminal.core.values import EntryId, Value

CLAIM_CHARS_MAX: Final = 180
"""A QR code of version 9 with correction M: 53 modules of 6 dots fit the 384 of 58 mm paper."""
_CHECK_BYTES: Final = 12
_ID_CHARS: Final = 36
_IDENT_CHARS_MAX: Final = 16
_LONGEST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "merchant": "M" * _IDENT_CHARS_MAX,
        "site": "S" * _IDENT_CHARS_MAX,
        "entry": "e" * _ID_CHARS,
        "amount": str(AMOUNT_MAX),
        "check": "c" * 2 * _CHECK_BYTES,
    }
)
_NEEDED: Final = frozenset({"entry", "amount", "check"})


class ClaimForm(Value, frozen=True, kw_only=True):
    """How this site's claims are made."""

    form: str
    """Such as `https://invoice.example/c?s={site}&e={entry}&a={amount}&k={check}`."""
    secret: bytes
    merchant: str
    site: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"ClaimForm({self.form})"

    __str__ = __repr__

    def of(self, entry: EntryId, amount: int) -> str:
        """`amount` in fen."""
        return self.form.format(
            merchant=self.merchant,
            site=self.site,
            entry=entry,
            amount=amount,
            check=check_of(self.secret, self.merchant, self.site, entry, amount),
        )


def check_of(secret: bytes, merchant: str, site: str, entry: EntryId, amount: int) -> str:
    """The first 12 bytes of an HMAC-SHA-256 (RFC 2104), in hex, over these, each on a line of its own."""
    said = "\n".join(("claim 1", merchant, site, entry, str(amount)))
    return hmac.digest(secret, said.encode(), sha256)[:_CHECK_BYTES].hex()


def unfit(form: str) -> str:
    """Why no claim can be made by it; empty where it can."""
    if not (form.isascii() and form.isprintable()) or " " in form:
        return "has signs that are none of a QR code's: printable ASCII without spaces"
    try:
        parts = [(name, spec or conversion) for _, name, spec, conversion in Formatter().parse(form)]
    except ValueError:
        return "has a brace without its other"
    named = {name for name, _ in parts if name is not None}
    if odd := sorted(named - set(_LONGEST)) or [f"{name}" for name, more in parts if more]:
        return f"has a place {{{odd[0]}}} that is none of {', '.join(_LONGEST)} alone"
    if missing := sorted(_NEEDED - named):
        return f"lacks {{{missing[0]}}}"
    longest = len(form.format(**_LONGEST))
    fits = longest <= CLAIM_CHARS_MAX
    return "" if fits else f"may come to {longest} characters; at most {CLAIM_CHARS_MAX} fit 58 mm paper"
