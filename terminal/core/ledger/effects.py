"""What an entry changes beside accounts and lots. Each store has one way to do each of them."""

from __future__ import annotations

from terminal.core.commands import BookErasure, CardState, Consent, CouponGrant
from terminal.core.rights import SaleRight
from terminal.core.values import CardId, EntryId, MemberId, ShiftId, StaffId, Value, WalletId


class WalletOpened(Value, frozen=True, kw_only=True):
    wallet: WalletId
    member: MemberId | None
    since: int = 0
    """When it was given to them, in ms since 1970; 0: nobody gave it."""


class WalletMerged(Value, frozen=True, kw_only=True):
    """Its cards, keys, coupons and used-up lots now belong to another; nothing is booked on it any more."""

    wallet: WalletId
    into: WalletId


class CardAdded(Value, frozen=True, kw_only=True):
    """The tail of its number is taken from the credentials that came with the command."""

    card: CardId
    wallet: WalletId
    until: str = ""
    kind: str = ""
    state: CardState = CardState.ACTIVE


class GuestCard(Value, frozen=True, kw_only=True):
    """A card that another site gave out; what leads to it stands in the data set of members."""

    card: CardId
    wallet: WalletId
    kind: str
    until: str = ""


class KeysAdded(Value, frozen=True, kw_only=True):
    """The credentials that came with the command lead to this wallet; phones to no card of it."""

    wallet: WalletId
    card: CardId | None


class KeysDropped(Value, frozen=True, kw_only=True):
    """What was read from that card leads nowhere any more; without a card: the wallet's phones."""

    wallet: WalletId
    card: CardId | None


class CardChanged(Value, frozen=True, kw_only=True):
    card: CardId
    state: CardState
    until: str | None = None
    """Its last day from now on; None: as before."""


class CouponAdded(Value, frozen=True, kw_only=True):
    wallet: WalletId
    coupon: CouponGrant


class CouponMoved(Value, frozen=True, kw_only=True):
    """It is that wallet's from now on, of two that become one."""

    coupon: str
    wallet: WalletId


class ProfileKept(Value, frozen=True, kw_only=True):
    """The personal data that came with the command, sealed under the member's own key."""

    member: MemberId
    wallet: WalletId


class ServiceKept(Value, frozen=True, kw_only=True):
    """What was done for a member, as it came with the command, sealed under their own key.

    The remark with it is kept only of who agrees that the shop keeps notes about health.
    """

    member: MemberId


class ServicesDropped(Value, frozen=True, kw_only=True):
    """Nothing that was written down of what was done for them is kept any more."""

    member: MemberId


class NotesDropped(Value, frozen=True, kw_only=True):
    """Of a member's profile those particulars go; the rest is sealed anew, and told to headquarters."""

    member: MemberId
    wallets: tuple[WalletId, ...]
    what: frozenset[str]
    """`core.particulars.Particular`"""


class VisitorForgotten(Value, frozen=True, kw_only=True):
    """What leads to the wallets of a member of another site, and what was done for them here, goes."""

    member: MemberId
    wallets: tuple[WalletId, ...]


class Erased(Value, frozen=True, kw_only=True):
    """The member's key and shown name are destroyed, and all that leads to their wallets."""

    member: MemberId
    wallets: tuple[WalletId, ...]
    """None where they gave away, or merged, the last one."""


class ErasureNoted(Value, frozen=True, kw_only=True):
    """They asked to be forgotten and wait for headquarters."""

    asked: BookErasure
    until: str
    """The last business day on which their records are kept; empty: they are not."""


class ConsentKept(Value, frozen=True, kw_only=True):
    """Yes or no of a member to one purpose, in the place of what they said before."""

    member: MemberId
    consent: Consent


class RecordsKept(Value, frozen=True, kw_only=True):
    member: MemberId
    until: str


class HolderChanged(Value, frozen=True, kw_only=True):
    wallet: WalletId
    member: MemberId


class HolderLearnt(Value, frozen=True, kw_only=True):
    """Headquarters said whose wallet it is, of one that began here with a fact that did not."""

    wallet: WalletId
    member: MemberId


class GivenElsewhere(Value, frozen=True, kw_only=True):
    """Another site gave the wallet to them, unless it was given to somebody here later.

    PIN, phone, search tokens and all cards but those handed over were those of whoever had it before; of
    nobody's wallet the cards stay.
    """

    wallet: WalletId
    member: MemberId
    since: int
    """ms since 1970."""
    cards: tuple[CardId, ...]


class TierChanged(Value, frozen=True, kw_only=True):
    wallet: WalletId
    tier: str


class PinKept(Value, frozen=True, kw_only=True):
    """The verifier that came with the command."""

    wallet: WalletId


class StaffPinKept(Value, frozen=True, kw_only=True):
    """The verifier that came with the note."""

    staff: StaffId
    given: bool
    """By somebody else."""


class PinDropped(Value, frozen=True, kw_only=True):
    """Whoever had it is not the holder any more."""

    wallet: WalletId


class Refers(Value, frozen=True, kw_only=True):
    """This entry undoes that one, wholly or in part, or came with it."""

    of: EntryId


class LotInvoiced(Value, frozen=True, kw_only=True):
    wallet: WalletId
    lot: EntryId
    number: str


class IntentOpened(Value, frozen=True, kw_only=True):
    consumed_by: EntryId
    amount: int


class IntentEnded(Value, frozen=True, kw_only=True):
    intent: EntryId
    end: str


class ShiftOpened(Value, frozen=True, kw_only=True):
    shift: ShiftId


class ShiftClosed(Value, frozen=True, kw_only=True):
    shift: ShiftId


class FeedRead(Value, frozen=True, kw_only=True):
    """Headquarters' directives are applied up to here; under a new hq_epoch they are numbered anew."""

    hq_epoch: int
    m: int


class CardListed(Value, frozen=True, kw_only=True):
    """A change of the hot list, also for a card that is not known here."""

    card: CardId
    state: CardState


class TrustChanged(Value, frozen=True, kw_only=True):
    use: str
    public: str
    ends: tuple[str, ...]


class SetActivated(Value, frozen=True, kw_only=True):
    """A data set is read by another manifest from now on."""

    set: str
    version: str
    hash: str


class SaleLeft(Value, frozen=True, kw_only=True):
    """The right to undo that sale lies with headquarters or another site."""

    sale: EntryId


class SaleCame(Value, frozen=True, kw_only=True):
    """The right to undo that sale lies here, with what it is decided by."""

    right: SaleRight
    wallet: WalletId | None
    """Where its lots lie now, of which nothing is here until it is given back."""


Effect = (
    WalletOpened
    | WalletMerged
    | CardAdded
    | GuestCard
    | KeysAdded
    | KeysDropped
    | CardChanged
    | CouponAdded
    | CouponMoved
    | ProfileKept
    | ServiceKept
    | ServicesDropped
    | NotesDropped
    | VisitorForgotten
    | Erased
    | ErasureNoted
    | ConsentKept
    | RecordsKept
    | HolderChanged
    | HolderLearnt
    | GivenElsewhere
    | TierChanged
    | PinKept
    | PinDropped
    | StaffPinKept
    | Refers
    | LotInvoiced
    | IntentOpened
    | IntentEnded
    | ShiftOpened
    | ShiftClosed
    | FeedRead
    | CardListed
    | TrustChanged
    | SetActivated
    | SaleLeft
    | SaleCame
)
