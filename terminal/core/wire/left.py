"""LEFT: what members have elsewhere, of many at once."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.values import Value
from terminal.core.wire.forms import Count, Fresh, FromSite, Wallet

LEFT_PATH = "/v1/left"
WALLETS_MAX = 200


class AskLeft(FromSite, frozen=True, kw_only=True):
    """`POST /v1/left`: what lies on these wallets elsewhere. Nothing is moved."""

    wallets: Annotated[tuple[Wallet, ...], Meta(max_length=WALLETS_MAX)]
    fresh: Fresh = ""
    """What lay there some day is no answer to what lies there now."""


class LeftOn(Value, frozen=True, kw_only=True):
    wallet: Wallet
    fen: Count = 0
    """Of it what is money."""


class Left(Value, frozen=True, kw_only=True, tag="left"):
    whole: bool
    """Every other shop was heard just now, and has told all: on what is not listed nothing lies elsewhere."""
    wallets: tuple[LeftOn, ...]
    """Those on which anything lies, or is owed, but what counts towards a tier."""
