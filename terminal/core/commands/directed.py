"""What a site books because headquarters directs it, names somebody, or is given rights back."""

from __future__ import annotations

from terminal.core.commands.occasion import Occasion
from terminal.core.directives import Directed, Directive
from terminal.core.rights import Want
from terminal.core.values import CardId, EntryId, MemberId, Value, WalletId


class BookDirective(Value, frozen=True, kw_only=True, omit_defaults=True, tag="directive"):
    """One directive of headquarters, applied: grant, release, merge, hot list, key, lapse and so on."""

    id: EntryId
    """The directive's."""
    at: Occasion
    directed: Directed
    directive: Directive
    keeps: tuple[Want, ...] = ()
    """Of a release: what an open ask waits for and is not given away."""
    apart: bool = False
    """Of a merge: more lies on the first than one entry moves, so that they stay two wallets here."""
    lapsed: tuple[WalletId, ...] = ()
    """Of a lapse: by which of its wallets something is not kept any more; of the others it is kept here."""
    erased: tuple[MemberId, ...] = ()
    """Whose key is destroyed with it: they were known here by more than a card."""


class BookRightsBack(Value, frozen=True, kw_only=True, omit_defaults=True, tag="rights_back"):
    """Rights that this site does not need go to the pool unasked: points, or after a visit."""

    id: EntryId
    at: Occasion
    wants: tuple[Want, ...]


class BookGuest(Value, frozen=True, kw_only=True, omit_defaults=True, tag="guest"):
    """A member of another site stands here for the first time: the wallet that headquarters names is known.

    Nobody joins and nothing is moved; value comes by a grant. The number presented travels in `Private`.
    """

    id: EntryId
    at: Occasion
    wallet: WalletId
    member: MemberId | None = None
    card: CardId | None = None
    tier: str = "regular"
    kind: str = ""
    """Of that card, as headquarters heard it of the site that gave it out."""
    boxed: CardId | None = None
    """A card out of this site's box with that number, which gives way; None: there is none."""
    since: int = 0
    """When the wallet was given to them, in ms since 1970; 0: nobody gave it, or nobody said so."""
