"""What the desk hears from people, once devices and pages have been understood."""

from __future__ import annotations

from msgspec.structs import replace

from terminal.core.acquirer import PayCode, pay_code
from terminal.core.codes import (
    ArticleCode,
    BadgeCode,
    CampaignCode,
    CouponCode,
    JoinCode,
    MemberCode,
    ReceiptNumber,
    Scanned,
    scanned,
)
from terminal.core.errors import NotAPayCode, NotAVoucher, TerminalFault, UnknownBadge, advice_for
from terminal.core.events import CardPresented, CodeScanned, Unreadable
from terminal.core.group_buy import GroupCode, group_code
from terminal.core.member_codes import Once, SignedCode
from terminal.core.screens import Intent
from terminal.core.trust import Credential
from terminal.core.values import StaffId, Value
from terminal.desk.codes import MemberCodes
from terminal.desk.session import Roster


class Card(Value, frozen=True):
    """A card, or a code that stands for one."""

    credential: Credential
    once: Once | None = None
    """Of a code that counts a single time."""


class Badge(Value, frozen=True):
    staff: StaffId


class Pays(Value, frozen=True):
    """A customer's payment code, while one is asked for."""

    code: PayCode


class Voucher(Value, frozen=True):
    """The code of a platform's voucher, while one is asked for."""

    code: GroupCode


class OutsideSaid(Value, frozen=True):
    """The acquirer has answered."""


class Touched(Value, frozen=True):
    intent: Intent
    scanned: bool = False
    """By a code of the command sheet: whoever scans hears an answer."""


class Trouble(Value, frozen=True):
    """Something was presented and came to nothing, or was answered and cannot be used."""

    code: str
    advice: str

    @classmethod
    def of(cls, fault: TerminalFault) -> Trouble:
        return cls(fault.code, fault.for_attendant)


class Unanswered(Value, frozen=True):
    """Nobody did anything for too long."""


class SellingChanged(Value, frozen=True):
    """Nothing can be booked any more, for another reason than before, or again."""


class LookAgain(Value, frozen=True):
    """What a question offers may not be all by now."""


Heard = (
    Card
    | Badge
    | ArticleCode
    | CouponCode
    | CampaignCode
    | JoinCode
    | ReceiptNumber
    | Pays
    | Voucher
    | OutsideSaid
    | Touched
    | Trouble
    | Unanswered
    | SellingChanged
    | LookAgain
)


def understood(
    event: CardPresented | CodeScanned | Unreadable,
    roster: Roster,
    codes: MemberCodes,
    *,
    paying: bool,
    verifying: bool = False,
) -> Heard:
    """What somebody meant. What cannot be understood is trouble, never an exception.

    `paying`: a customer's payment code is asked for; `verifying`: a platform's voucher. At no other time is
    anything taken for one.
    """
    match event:
        case Unreadable(code=code):
            return Trouble(code, advice_for(code))
        case CardPresented(credential=credential):
            staff = roster.by_card(credential)
            return Badge(staff) if staff else Card(credential)
        case CodeScanned(text=text) if paying:
            pays = pay_code(text)
            return Pays(pays) if pays else Trouble.of(NotAPayCode(f"{len(text)} characters"))
        case CodeScanned(text=text) if verifying:
            shown = group_code(text)
            return Voucher(shown) if shown else Trouble.of(NotAVoucher(f"{len(text)} characters"))
        case CodeScanned(text=text):
            try:
                return _meaning(scanned(text), roster, codes)
            except TerminalFault as fault:
                return Trouble.of(fault)


def _meaning(code: Scanned, roster: Roster, codes: MemberCodes) -> Heard:
    match code:
        case BadgeCode(staff=badge):
            staff = roster.by_badge(badge)
            if staff is None:
                raise UnknownBadge("no such badge")
            return Badge(staff)
        case JoinCode(won_by=str(badge)) as driver:
            return replace(driver, won_by=roster.by_badge(badge))
        case MemberCode(credential=credential):
            return Card(credential)
        case SignedCode(claim=claim):
            return Card(codes.judged(code), claim.once)
        case ArticleCode() | CouponCode() | CampaignCode() | JoinCode() | ReceiptNumber():
            return code
