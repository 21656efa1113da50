"""PROFILE: personal data on its way to headquarters, sealed to it, outside the chain (product.md G7).

And the way back: the row of the data set `members` by which another site knows the same person.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from terminal.core.card_kinds import KIND_MAX
from terminal.core.trust import Credential, Medium
from terminal.core.values import SiteId, Value, WalletId
from terminal.core.wire.forms import CLEAN, Card, Count, FromSite, HexHash, Mark, Member, Uuid, Wallet

PROFILE_PATH = "/v1/profile"
PROFILES_MAX = 100
TOKENS_MAX = 100
TRACES_MAX = 400

_Trace = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]


class KeyToken(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A card, code or phone that leads to the wallet, as its HMAC under the merchant's key."""

    token: HexHash
    card: Card | None = None
    """None: a phone."""
    shown: Annotated[str, Meta(max_length=64, pattern=CLEAN)] = ""
    """Masked number, for the receipt."""
    kind: Annotated[str, Meta(max_length=KIND_MAX, pattern=CLEAN)] = ""
    """What the card is for, by the shop's name (`core.card_kinds`); empty: none was given."""


class ProfileEdit(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of one wallet's holder now. Applied once an id.

    Of one site's the one with the highest `turn` stands, of several sites' the one that arrived last, among
    those that know of the last transfer.
    """

    id: Uuid
    turn: Count
    """Grows with each edit of the site: one that comes late does not take the place of a newer one.

    But one that knows of a later transfer does.
    """
    wallet: Wallet
    member: Member | None = None
    since: Count = 0
    """When that site saw the wallet given to this holder, in ms since 1970; 0: it saw no transfer.

    Of a wallet that another site saw given later, at most the cards of this edit are taken.
    """
    sealed: bytes = b""
    """`Known` as JSON in a box to headquarters (`runtime.box`), about `profile_about`; empty: unnamed."""
    keys: Annotated[tuple[KeyToken, ...], Meta(max_length=TOKENS_MAX)] = ()
    """All of them: what is not among them leads here no more."""
    traces: Annotated[tuple[_Trace, ...], Meta(max_length=TRACES_MAX)] = ()
    visitor: bool = False
    """Who holds the wallet is known to another site: of this edit the cards are taken, of its box the PIN."""


def kind_led_by(keys: Sequence[KeyToken], led: KeyToken | None) -> str:
    """Of the card that `led` is a key of; of a phone that of the first card."""
    if led is not None and led.card is not None:
        return led.kind
    cards = sorted((key.card, key.kind) for key in keys if key.card is not None)
    return cards[0][1] if cards else ""


def token_of(key: bytes, credential: Credential) -> bytes:
    """By which everybody of a merchant finds it, without its number (32 bytes). `key`: the merchant's.

    What a phone page shows is such a token already, under the key of today.
    """
    if credential.medium is Medium.SHOWN:
        return bytes.fromhex(credential.number)
    return hmac.digest(key, f"{credential.medium}:{credential.number}".encode(), sha256)


def cards_of(edit: ProfileEdit) -> tuple[KeyToken, ...]:
    """Of its keys those that are the wallet's, whoever holds it."""
    return tuple(key for key in edit.keys if key.card is not None)


class Known(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a person. Never outside a box, or a table under that person's own key."""

    name: str = ""
    phone: str = ""
    plate: str = ""
    told: tuple[tuple[str, str], ...] = ()
    """What else the shop asked, by its name."""
    salt: str = ""
    initials: str = ""
    pin: str = ""
    """Verifier of the PIN, never the PIN."""


class MemberRow(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A row of the data set `members`, whose key is the wallet. Also what `Asked.who` holds in a box."""

    wallet: Wallet
    member: Member | None = None
    tier: Annotated[str, Meta(min_length=1, max_length=40, pattern=CLEAN)] = "regular"
    keys: Annotated[tuple[KeyToken, ...], Meta(max_length=TOKENS_MAX)] = ()
    """All that lead here. In the set `members` hot cards' too: the set `cards` says that they are refused."""
    traces: Annotated[tuple[_Trace, ...], Meta(max_length=TRACES_MAX)] = ()
    known: Known = Known()
    given: bool = False
    """Another had the wallet before them: a card alone says nothing for who chooses the first PIN."""
    since: Count = 0
    """When it was given to them, in ms since 1970; 0: nobody gave it, or it was merged into this one."""


class Profile(FromSite, frozen=True, kw_only=True):
    """`POST /v1/profile`. Kept by the site after its answer, and sent again under a new hq_epoch."""

    hq_epoch: Count
    edits: Annotated[tuple[ProfileEdit, ...], Meta(max_length=PROFILES_MAX)]
    mark: Mark = ""
    """The last that an answer to PROFILE brought."""


def profile_about(edit: str, wallet: WalletId) -> bytes:
    """What the box of an edit is about: it opens for no other edit and no other wallet."""
    return f"card-terminal profile 1\n{edit}\n{wallet}".encode()


def who_about(site: SiteId) -> bytes:
    """What the box of `Asked.who` is about; which question it answers is in the signature of the answer."""
    return f"card-terminal who 1\n{site}".encode()


class Profiled(Value, frozen=True, kw_only=True, tag="profiled"):
    hq_epoch: Count
    ids: tuple[Uuid, ...]
    """Durable at headquarters."""
    mark: Mark = ""
    """Of how many are."""
