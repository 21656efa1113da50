"""What people are asked to agree to, in the shop's own words (product.md G7)."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value

_Short = Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,40}\\Z")]


class ConsentText(Value, frozen=True, kw_only=True):
    """The words of one purpose in one version. They stay for as long as anybody said yes or no to them."""

    purpose: _Short
    version: _Short
    text: Annotated[str, Meta(pattern="^[^\\x00-\\x1f]{1,2000}\\Z")]
