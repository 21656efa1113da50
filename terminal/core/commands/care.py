"""Cards and the people behind them. None of these moves money."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from terminal.core.cards import CardState
from terminal.core.commands.occasion import Occasion
from terminal.core.commands.opens import Opens
from terminal.core.commands.pumps import Pumps
from terminal.core.commands.reward import Reward
from terminal.core.values import CardId, EntryId, MemberId, Value, WalletId


class BookCardState(Value, frozen=True, kw_only=True, omit_defaults=True, tag="card_state"):
    """Activated, reported lost, frozen, thawed, cancelled or expired (product.md B10, B11)."""

    id: EntryId
    at: Occasion
    card: CardId
    state: CardState
    batch: str = ""
    """Of work on many cards at once."""
    until: str = ""
    """Of an unnamed card that becomes active: its new last business day."""
    was: CardState | None = None
    """As the counter found a card that becomes active, for its slip; None: nobody said, or it does not."""
    ends: tuple[str, ...] = ()
    """Units of what was given with a card that is nobody's, and ends when it is cancelled."""


class BookCard(Value, frozen=True, kw_only=True, omit_defaults=True, tag="card"):
    """One more key to a wallet; with `replaces`, the old number dies. Its number travels in `Private`."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId
    replaces: CardId | None = None
    until: str = ""
    """Last business day on which it pays, of an unnamed wallet; empty: it does not end."""
    kind: str = ""
    """As in `Opens`; empty with `replaces`: that of the old card."""
    boxed: CardId | None = None
    """As in `Opens`."""


class BookTransfer(Value, frozen=True, kw_only=True, omit_defaults=True, tag="transfer"):
    """A wallet goes to another person, with all that is on it."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    card: CardId | None
    to: MemberId
    commitment: str
    terms: str
    cancels: tuple[CardId, ...] = ()
    """What of its cards is not handed over: with those whoever had it would go on paying."""
    onto: WalletId | None = None
    """The membership that they have: it is one with that next, also after a cut. None: they have none."""
    tier: str = ""
    """Of one that goes onto another: see `BookMerge.tier`."""


class BookTier(Value, frozen=True, kw_only=True, omit_defaults=True, tag="tier"):
    id: EntryId
    at: Occasion
    wallet: WalletId
    tier: str
    why: str
    fell_from: str = ""
    """The tier that the window has too little for by now; empty: it rose, or somebody gave it."""


class BookPin(Value, frozen=True, kw_only=True, omit_defaults=True, tag="pin"):
    """The member chose a PIN. Its verifier travels in `Private`, never here."""

    id: EntryId
    at: Occasion
    wallet: WalletId


class BookConsent(Value, frozen=True, kw_only=True, omit_defaults=True, tag="consent"):
    """Yes or no to one purpose, by the version of its words (product.md G7)."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    purpose: str
    """`marketing`, `partners`, `health`, ..."""
    version: str
    given: bool


class BookProfile(Value, frozen=True, kw_only=True, omit_defaults=True, tag="profile"):
    """Personal data were corrected; what they are now travels in `Private`."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    commitment: str


class BookService(Value, frozen=True, kw_only=True, omit_defaults=True, tag="service"):
    """What was done for a member on a visit was written down (product.md D10); it travels in `Private`."""

    id: EntryId
    at: Occasion
    wallet: WalletId
    commitment: str = ""
    """Salted SHA-256 of what was written, hex."""
    ends: bool = False
    """Nothing that was written down of them is kept any more."""


class ErasureReason(StrEnum):
    """Why somebody is forgotten."""

    ASKED = "asked"  # they ask for it
    WITHDRAWN = "withdrawn"  # they take back what they agreed to
    MISTAKE = "mistake"  # they never meant to join, or it is somebody else's phone
    RETENTION = "retention"  # they did not come for so long that nothing is kept any more


class BookErasure(Value, frozen=True, kw_only=True, omit_defaults=True, tag="erasure"):
    """A person is forgotten: their key and everything they could be found by are destroyed.

    Waits, locked, while a wallet of theirs holds value or the law keeps records; it is refused then.
    """

    id: EntryId
    at: Occasion
    wallet: WalletId
    """By which they ask: one of theirs; one that was, where they have none any more."""
    member: MemberId
    why: ErasureReason | None = None
    """None: an entry of before, or of another site that did not ask."""
    waits: bool = False
    """Only noted: there is a headquarters, which says so once nothing of theirs lies anywhere."""


class BookLegalHold(Value, frozen=True, kw_only=True, omit_defaults=True, tag="legal_hold"):
    """Records of a member are kept, whatever they ask, until a business day; empty lifts it."""

    id: EntryId
    at: Occasion
    member: MemberId
    until: str
    why: str


class BookJoin(Value, frozen=True, kw_only=True, omit_defaults=True, tag="join"):
    """Somebody became a member without buying anything."""

    id: EntryId
    at: Occasion
    opens: Opens
    reward: Reward | None = None
    """What it brings whoever brought them; None: nothing."""


STAFF_PIN: Final = "staff_pin"
"""What a note is called that says: whoever works here and is its detail has a new PIN, whose verifier travels
in `Private`. One that is not by themselves was given to them, and serves to choose their own."""

BATCH: Final = "batch"
"""What a note is called that says: work on many cards came to its end. Its detail is `3/4`; each card has
an entry of its own, whose `batch` is the id of the note."""

OWN_DATA: Final = "own_data"
"""What a note is called that says: a member asked of what is kept of them, at the counter. Its detail is what
was done and by which wallet, `shown:...`; what it came to has entries of its own."""

CASE_OPENED: Final = "case_opened"
"""What a note is called that says: the case of the box is open. Its detail is the device that saw it."""


MAINTENANCE: Final = "maintenance"
"""What a note is called that says: a technician did something to the box. Its detail is what, such as
`restart`; the operator is the technician."""

CLAIMED: Final = "claimed"
"""What a note is called that says: what points were taken for was collected. Its detail is the claim code."""


class BookNote(Value, frozen=True, kw_only=True, omit_defaults=True, tag="note"):
    """Something that must be on record and moves nothing: a setting, a staff change, a drawer opened."""

    id: EntryId
    at: Occasion
    what: str
    detail: str = ""
    of: EntryId | None = None
    """Of what was collected: the entry that took the points. None: of all else, and as it was before."""
    pumps: Pumps | None = None
    """Of an X report at a station, its totalisers and what is not paid; of a pump test what flowed."""
