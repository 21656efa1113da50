"""What headquarters directs a site to do. Each is applied by one entry, which names it.

Adding a kind touches this file, its command and its posting function.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from terminal.core.cards import CardState
from terminal.core.fleet import FLEET_ID_MAX, FLEET_SITE_MAX
from terminal.core.rights import Right, SaleRight, Want
from terminal.core.values import INTEGER_MAX, CardId, EntryId, MemberId, SiteId, Value, WalletId

_Id = Annotated[str, Meta(min_length=1, max_length=64)]
_Member = Annotated[MemberId, Meta(min_length=1, max_length=64)]
_HexHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Coupon = Annotated[
    str, Meta(max_length=200, pattern=r"^wallet:[^:\x00-\x1f\x7f]+:coupon:[^:\x00-\x1f\x7f]+\Z")
]
_PARTS_MAX = 100
_Wallet = Annotated[WalletId, Meta(min_length=1, max_length=64, pattern=r"^[^:\x00-\x1f\x7f-\x9f]+\Z")]
_Site = Annotated[
    SiteId, Meta(min_length=1, max_length=FLEET_SITE_MAX, pattern=r"^[^:\x00-\x1f\x7f-\x9f]*\Z")
]
_Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class Grant(Value, frozen=True, kw_only=True, omit_defaults=True, tag="grant"):
    """Rights to value come to this site. A wallet that is not known here begins with it."""

    rights: Annotated[tuple[Right, ...], Meta(max_length=_PARTS_MAX)] = ()
    sales: Annotated[tuple[SaleRight, ...], Meta(max_length=_PARTS_MAX)] = ()
    member: MemberId | None = None
    """Whose wallet it is, where it begins here."""
    tier: str = "regular"


class Release(Value, frozen=True, kw_only=True, omit_defaults=True, tag="release"):
    """Of each as much as is held here, up to its amount, goes to the pool, less what an open ask needs."""

    wants: Annotated[tuple[Want, ...], Meta(max_length=_PARTS_MAX)] = ()
    sales: Annotated[tuple[EntryId, ...], Meta(max_length=_PARTS_MAX)] = ()
    lots: Annotated[tuple[str, ...], Meta(max_length=_PARTS_MAX)] = ()
    """Of what is wanted only what lies in these; empty: whatever it lies in."""


class Covered(Value, frozen=True, kw_only=True, tag="covered"):
    """Headquarters has covered so much of what was spent here beyond the rights held."""

    account: str
    """`wallet:ID:principal`"""
    amount: int


class Merge(Value, frozen=True, kw_only=True, tag="merge"):
    """One person joined twice: all that `wallet` holds here moves to `into`."""

    wallet: WalletId
    into: WalletId
    withdrawn: tuple[str, ...] = ()
    """Coupons of the second welcome pack: they end, wherever they are."""


class GivenAway(Value, frozen=True, kw_only=True, omit_defaults=True, tag="given"):
    """That wallet was given to another person at another site: they are a visitor here from now on."""

    wallet: _Wallet
    member: Annotated[MemberId, Meta(min_length=1, max_length=64)]
    since: Annotated[int, Meta(ge=1, le=INTEGER_MAX)]
    """When that site gave it, in ms since 1970: of two transfers the later one stands."""
    cards: Annotated[tuple[CardId, ...], Meta(max_length=_PARTS_MAX)]
    """Handed over with it: any other that leads to it from here is of whoever had it before, and ends."""
    apart: bool = False
    """Two sites that had not heard of each other gave it to two people: this one has it."""


class HolderNamed(Value, frozen=True, kw_only=True, tag="named"):
    """Whose that wallet is, where it began with a merge or a fact that did not say it."""

    wallet: _Wallet
    member: Annotated[MemberId, Meta(min_length=1, max_length=64)]


class Withdraw(Value, frozen=True, kw_only=True, tag="withdraw"):
    """Those coupons end where they are held here; what was used stays used."""

    coupons: Annotated[tuple[_Coupon, ...], Meta(min_length=1, max_length=_PARTS_MAX)]
    """`wallet:ID:coupon:ID`, as the site calls them: of one that a refund brought it may know no more."""
    why: Annotated[str, Meta(min_length=1, max_length=100)]


class CardStanding(Value, frozen=True, kw_only=True, tag="card"):
    """One change of the hot list: that card is refused from now on, or no more."""

    card: CardId
    state: CardState


class TierSet(Value, frozen=True, kw_only=True, omit_defaults=True, tag="tier"):
    """Of the member wherever they come."""

    wallet: WalletId
    tier: Annotated[str, Meta(min_length=1, max_length=40)]
    why: Annotated[str, Meta(max_length=100)]
    given: bool | None = False
    """A person at headquarters said so: it stays, whatever counts. None: no news, and as it was."""


class CardUse(Value, frozen=True, kw_only=True):
    """What a company's card has used of a day at one site, in all."""

    card: Annotated[str, Meta(max_length=FLEET_ID_MAX, pattern=r"^[A-Za-z0-9_.-]*\Z")]
    """Empty: all cards of the company."""
    fen: _Count
    litres: _Count
    """In hundredths."""


class DayUsed(Value, frozen=True, kw_only=True, tag="day_used"):
    """What another site's entries say that a company's cards used there: daily limits hold at all sites."""

    site: _Site
    company: Annotated[str, Meta(max_length=FLEET_ID_MAX, pattern=r"^[A-Za-z0-9_.-]+\Z")]
    day: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
    uses: Annotated[tuple[CardUse, ...], Meta(max_length=_PARTS_MAX)]
    """Of those that changed; each figure takes the place of the one before it."""


class HadCount(Value, frozen=True, kw_only=True):
    """How much of something whoever holds that wallet had at one site in a period, in all."""

    wallet: Annotated[WalletId, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.-]+\Z")]
    period: Annotated[str, Meta(pattern=r"^(ever|b?\d{4}(-\d{2}){0,2})\Z")]
    """As `commands.Had` names it; what is had a visit is no other site's business."""
    what: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f:]{1,64}\Z")]
    count: Annotated[int, Meta(ge=-INTEGER_MAX, le=INTEGER_MAX)]
    """Below nothing where more came back there than was had there: of sales of other sites."""


class HadThere(Value, frozen=True, kw_only=True, tag="had"):
    """What another site's entries say that members had there of what they have only so often."""

    site: _Site
    hads: Annotated[tuple[HadCount, ...], Meta(max_length=_PARTS_MAX)]
    """Of those that changed; each figure takes the place of the one before it."""


class Lapsing(StrEnum):
    """What is kept of a member so long after their last transaction anywhere, each for days of its own."""

    DOCUMENT = "document"  # numbers of documents
    HEALTH = "health"  # skin, allergies
    NOTES = "notes"  # other notes
    SERVICES = "services"  # what was done on visits
    MEMBER = "member"  # all that is known of them


NEVER_MIND = "9999-12-31"
"""In the place of a last day: they asked for it, and go whenever they were here."""


class Lapse(Value, frozen=True, kw_only=True, omit_defaults=True, tag="lapse"):
    """Who holds those wallets came to no site for so long that it is not kept any more, or asked for it."""

    kind: Lapsing
    upto: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
    """Whoever was here after that day is left alone here: headquarters could not know it yet."""
    wallets: Annotated[tuple[_Wallet, ...], Meta(min_length=1, max_length=_PARTS_MAX)]
    members: Annotated[tuple[_Member, ...], Meta(max_length=2 * _PARTS_MAX)] = ()
    """Whoever else has one of them is left alone: it was given to them. Empty: whoever has them."""


class KeyUse(StrEnum):
    CODE = "code"  # signs member codes and static signed codes
    HQ = "hq"  # signs headquarters' answers


class KeyTrusted(Value, frozen=True, kw_only=True, tag="key"):
    """A key that is believed from now on beside those before it; what ends is named."""

    use: KeyUse
    public: _HexHash
    ends: tuple[_HexHash, ...] = ()


class Activate(Value, frozen=True, kw_only=True, tag="activate"):
    """The data set is switched to the manifest with that hash, which lies here in whole by then."""

    set: Annotated[str, Meta(min_length=1, max_length=40)]
    version: Annotated[str, Meta(min_length=1, max_length=64)]
    hash: _HexHash


Directive = (
    Grant
    | Release
    | Covered
    | Merge
    | GivenAway
    | HolderNamed
    | Withdraw
    | CardStanding
    | TierSet
    | KeyTrusted
    | Activate
    | DayUsed
    | HadThere
    | Lapse
)


class Directed(Value, frozen=True, kw_only=True):
    """Where in the feed an entry's directive stood. The directive's id is the entry's own."""

    hq_epoch: int
    m: int
