"""Faults and refusals: what the attendant does next, what the technician needs to know.

`code` is what both read to each other. Refusals of a card or an amount take ISO 8583 field 39
codes; our own faults take a letter and three digits, outside that set.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class TerminalFault(Exception):
    """Something did not work. `str(fault)` is for the technician and holds no personal data."""

    code: ClassVar[str] = "96"
    for_attendant: ClassVar[str] = "The terminal has a fault. Call the technician."
    """A key of `core.texts`: the English sentence itself."""
    for_technician: ClassVar[str] = ""
    """What to do about it, where `str(fault)` says what it is alone."""
    values: Mapping[str, str] = MappingProxyType({})
    """What stands in the places of `for_attendant`."""


class Cancelled(Exception):
    """The attendant pressed cancel or left a step unanswered; raised only while nothing is booked yet."""


class Refused(TerminalFault):
    """The shop's rules say no. Nothing was booked, and the same attempt would be refused again."""

    code = "58"
    for_attendant = "That is not permitted here."


class BadAmount(Refused):
    code = "13"
    for_attendant = "That amount cannot be used. Key it again."


class OverLimit(Refused):
    code = "61"
    for_attendant = "That is above what is allowed. Take less."


class NotBookable(Refused):
    """A command whose parts contradict each other: a defect of the caller, never of the person."""

    code = "96"
    for_attendant = "The terminal has a fault. Call the technician."


class SecondPersonNeeded(Refused):
    """Policy names that kind of transaction, and only one person stands behind it (product.md B13)."""

    code = "A124"
    for_attendant = "A second person must approve this. Ask the shift lead."


class UnknownCard(Refused):
    code = "14"
    for_attendant = "This card is not known here. Ask for the phone number, or take cash."


class PhoneInTheShop(Refused):
    code = "A372"
    for_attendant = (
        "No phones at the pumps. Take the card or key the number; by phone they join in the shop, New member."
    )


class CardNotUsable(Refused):
    code = "62"
    for_attendant = "This card is blocked. Ask the member to see the manager."


class ValueElsewhere(CardNotUsable):
    """An unnamed card is all that leads to what lies at other sites or in headquarters' pool."""

    code = "A395"
    for_attendant = "Other shops may hold value of this card. Headquarters cancels it."


class CardLost(CardNotUsable):
    code = "41"
    for_attendant = "This card was reported lost. Keep it, and call the manager."


class CardReplaced(CardNotUsable):
    code = "43"
    for_attendant = "Another card took this one's place, or it was cancelled. Keep it, and call the manager."


class CardExpired(CardNotUsable):
    code = "54"
    for_attendant = "This card has expired. Its value stays: press Cards, and renew it or give a new one."


class CardNew(CardNotUsable):
    """Issued and not given out."""

    code = "A341"
    for_attendant = "This card is not in use yet. To give it out, press Cards, and activate it."


class CardNotFor(Refused):
    """Its kind is for other things, as the shop says."""

    code = "A340"
    for_attendant = "Cards of this kind are not for that. Ask for another card, or for another way."


class NotThatGrade(Refused):
    """Of a company's card: its vehicle does not run on it."""

    code = "58"
    for_attendant = "This card is not for that fuel. Do not fill; ask for another way to pay."


class NothingLeftToday(Refused):
    """Of a company's card: its day, or the company's credit, is used up."""

    code = "61"
    for_attendant = "This card may take no more today. Ask for another way to pay."


def refusal_of(state: str) -> CardNotUsable:
    """Of a card in that state (ISO 8583 field 39: 41 lost, 43 taken in, 54 expired, 62 restricted)."""
    kinds = {
        "new": CardNew,
        "lost": CardLost,
        "replaced": CardReplaced,
        "cancelled": CardReplaced,
        "expired": CardExpired,
    }
    return kinds.get(state, CardNotUsable)(f"the card is {state}")


class UnknownPhone(UnknownCard):
    code = "A170"
    for_attendant = "No member has this phone number. Key it again, or ask for the card."


class NotPaidOutside(Refused):
    """The acquirer refused the code, and nothing was taken."""

    code = "A171"
    for_attendant = "The customer's code was refused. Ask for another code, or another way to pay."


class CardNotPaid(NotPaidOutside):
    """The bank's terminal took nothing of the card."""

    code = "A267"
    for_attendant = "The bank's terminal took nothing. Ask for another card, or another way to pay."


class CardTerminalAway(Refused):
    """Nobody could say afterwards whether it took an amount that it is told now."""

    code = "A268"
    for_attendant = "The bank's terminal is busy, or does not answer. Wait, or ask for another way to pay."


class NotAPayCode(Refused):
    code = "A172"
    for_attendant = "That is no payment code. Ask the customer to show the code they pay with."


class VoucherRefused(Refused):
    """A platform's voucher pays nothing here; nothing was used."""

    code = "A260"
    for_attendant = "The platform does not know this voucher, or not for this shop. Look at the code again."


class VoucherUsed(VoucherRefused):
    code = "A261"
    for_attendant = "This voucher was used, or given back to its buyer. Ask for another way to pay."


class VoucherEnded(VoucherRefused):
    code = "A262"
    for_attendant = "This voucher cannot be used today: it has ended, or not begun. The platform refunds it."


class VoucherUnasked(VoucherRefused):
    """Nobody says what it is worth."""

    code = "A263"
    for_attendant = "The platform cannot be asked now. Try again in a minute, or take another way to pay."


class VoucherNotForThis(VoucherRefused):
    code = "A264"
    for_attendant = "This voucher pays nothing of this bill: it is for other goods, or they are paid already."


class VoucherAlone(VoucherRefused):
    code = "A265"
    for_attendant = "These vouchers do not go together in one bill. Use one, and pay the rest another way."


class NotAVoucher(Refused):
    code = "A266"
    for_attendant = "That is no voucher code. Scan the code that the platform shows, or key its number."


class PaymentInDoubt(TerminalFault):
    """Nobody knows what became of a payment outside; it is asked about, and taken back, until it is known."""

    code = "A173"
    for_attendant = "It is not certain whether the customer paid. Do not hand over: the money goes back."


class RefundUndecided(TerminalFault):
    """The acquirer may give it back yet: paid by hand it could be paid twice."""

    code = "A175"
    for_attendant = "The payment service may still pay it back. Pay nothing now, and try again later."


class PaymentStands(TerminalFault):
    """A payment outside of before is still not certain; selling goes on."""

    code = "A174"
    for_attendant = "A payment outside is not certain yet. Sell on; see under Shift whether you must end it."


class InsufficientFunds(Refused):
    code = "51"
    for_attendant = "Not enough value on the card. Take cash, or recharge first."


class TooFewPoints(InsufficientFunds):
    code = "A195"
    for_attendant = "Too few points for that. Take less of them, or another way to pay."


class BadClaim(Refused):
    code = "A250"
    for_attendant = "That is no claim code. Key the nine digits on the receipt."


class NoSuchClaim(Refused):
    code = "A251"
    for_attendant = "Nothing waits for that code here. Ask in which shop the points were taken."


class ClaimUsed(Refused):
    code = "A252"
    for_attendant = "This code was used: it was collected. Hand over nothing."


class NotInSteps(Refused):
    code = "A196"
    for_attendant = "Points are used in whole steps only. Key as many as the screen says, or a multiple."


class PinRefused(Refused):
    """The PIN was needed and did not come. Another way to pay is open."""


class WrongPin(PinRefused):
    code = "55"
    for_attendant = "That is not the PIN. Let the member key it again."

    def __init__(self, left: int) -> None:
        super().__init__(f"{left} tries left")
        self.left = left


class NotAPin(Refused):
    code = "A133"
    for_attendant = "A PIN has 4 to 12 digits. Key it again."


class PinLocked(PinRefused):
    code = "75"
    for_attendant = "The PIN was wrong too often. Take cash; the member may choose a new one."


class NoPin(PinRefused):
    code = "A127"
    for_attendant = (
        "This needs a PIN, and none is known here. Let the member choose one (button PIN), or take cash."
    )


class WrongStaffPin(WrongPin):
    code = "A150"
    for_attendant = "That is not the PIN of this badge. Key it again."


class StaffPinLocked(PinLocked):
    code = "A151"
    for_attendant = "This badge's PIN was wrong too often. The manager gives a new one: press Staff."


class NoStaffPin(NoPin):
    code = "A152"
    for_attendant = "This badge has no PIN yet. The manager gives the first one: press Staff."


class StaffPinGiven(PinRefused):
    """Somebody else knows it: it serves to choose one's own."""

    code = "A155"
    for_attendant = "This PIN was given to you. Choose one of your own first: press Staff."


class SamePin(Refused):
    code = "A156"
    for_attendant = "That is the PIN of before. Choose another."


class NotBesideOneself(Refused):
    """The second person is the one at the drawer."""

    code = "A153"
    for_attendant = "Whoever is at the drawer cannot approve it too. Scan another badge."


class MayNotApprove(Refused):
    code = "A154"
    for_attendant = "This badge may not approve that. Ask the shift lead or the manager."


class OwnMembership(Refused):
    """Whoever is at the drawer recharges, or takes back for, their own membership."""

    code = "A158"
    for_attendant = "This membership is the attendant's own. Somebody else does that, in another shift."


class OwnSheet(OwnMembership):
    """Whoever signs for the sheet too takes over their own balance."""

    code = "A185"
    for_attendant = "This membership is that person's own. Somebody else signs for the sheet."


class IntroducedByStaff(Refused):
    """Whoever is named as who brought a newcomer is on the staff."""

    code = "A253"
    for_attendant = "This member works here and earns nothing for whom they bring. Leave it out."


class IntroducedByNobody(Refused):
    code = "A254"
    for_attendant = (
        "Only a member with a name earns for whom they bring. Ask for their phone, or leave it out."
    )


class HadBefore(Refused):
    """More of something than there is in its period: it was had since the price was told, or elsewhere."""

    code = "A270"
    for_attendant = (
        "This member has had it by now, at another counter or shop. Begin again, at the price shown."
    )


class SheetTaken(Refused):
    """The balance on that sheet of paper stands in the ledger already."""

    code = "A186"
    for_attendant = "This sheet was taken over before. Check its number, and ask the manager."


class NothingOff(Refused):
    code = "A159"
    for_attendant = "That takes nothing off what it costs now. Key another, or cancel."


class SellsNothing(Refused):
    code = "A157"
    for_attendant = "A technician sells nothing. Let an attendant scan a badge."


class WeakPin(Refused):
    code = "A128"
    for_attendant = "A PIN has six digits, not all the same and not in a row. Choose another."


class PinsDiffer(Refused):
    code = "A129"
    for_attendant = "The two were not the same. Choose again."


class NeedsName(Refused):
    """So much is not sold at once to somebody whose name and document nobody knows (preset cn-prepaid)."""

    code = "A160"
    for_attendant = "So much needs a card with a name. Let them join first, or take less."


class BadName(Refused):
    code = "A161"
    for_attendant = "That is no name. Key it as the member writes it, at most 40 characters."


class BadDay(Refused):
    code = "A162"
    for_attendant = "There is no such day. Key it like 19900830."


class UsesOfNothing(Refused):
    """What stands on paper of a count card that the shop does not know."""

    code = "A360"
    for_attendant = "No count card and no service has that number. Key it as the catalogue has it."


class UsesTwice(Refused):
    code = "A361"
    for_attendant = "That count card is on the list already. Begin again, and key all its uses at once."


class BadPlate(Refused):
    code = "A163"
    for_attendant = "That is no number plate. Key all its 7 or 8 characters."


class BadDocument(Refused):
    code = "A164"
    for_attendant = "That number cannot be right. Read it from the document once more."


class BadWords(Refused):
    code = "A165"
    for_attendant = "That is empty or too long. Key at most 60 characters."


class BadTags(Refused):
    code = "A300"
    for_attendant = (
        "Those tags cannot be used. Key at most 8, of 12 letters or digits each, with commas between them."
    )


class BadStylist(Refused):
    code = "A301"
    for_attendant = "Nobody who works here is called so. Choose a name."


class NothingWritten(Refused):
    """Of what was done for a member."""

    code = "A302"
    for_attendant = "Nothing is written down of what was done for this member."


class UnderAge(Refused):
    code = "A166"
    for_attendant = "They are under 18. The law lets nobody of that age join here."


class BadInvoiceNumber(Refused):
    code = "A168"
    for_attendant = "That is no invoice number. Key its 8 to 30 letters and digits."


class BadTitle(Refused):
    code = "A230"
    for_attendant = (
        "That is no name for an invoice. Key it as it stands on the licence, at most 60 characters."
    )


class BadTaxNumber(Refused):
    code = "A231"
    for_attendant = "That tax number cannot be right. Read all its 15 to 20 characters once more."


class RedLetterFirst(Refused):
    """It has its invoice: money goes back only once that is taken back."""

    code = "A232"
    for_attendant = "It has its invoice. Take that back by a red letter first, under Invoice."


class InvoiceIsAsked(Refused):
    """Somebody outside may be writing it: money goes back only once it is known whether they did."""

    code = "A233"
    for_attendant = "Its invoice is asked for. Under Invoice, note its number or withdraw the request first."


class TooManyRequests(Refused):
    code = "A234"
    for_attendant = "Too many invoices wait to be written. Under Invoice, look at those that are asked for."


class NothingToInvoice(Refused):
    code = "A169"
    for_attendant = "For that no invoice is written: it was undone, paid ahead, or has none to take back."


class ValueLeft(Refused):
    """An unnamed card's value would be nobody's; a member who goes is paid back what they paid in."""

    code = "A189"
    for_attendant = "Pay back what is left first: press Recharge refund. Then cancel the card."


class WorthLeft(Refused):
    """On an unnamed card: uses, fuel, a deposit that were paid for; cashback or a voucher with a last day."""

    code = "A362"
    for_attendant = "What was paid for is still on this card: use it, or press Refund. Then cancel the card."


class LeftChanged(Refused):
    """Other kinds of value lie on an unnamed card than whoever cancels it was told of."""

    code = "A363"
    for_attendant = "What is on this card changed just now. Press Cards again."


class BadNumbers(Refused):
    """Of cards: no range, none that a card has, or more than one batch takes."""

    code = "A191"
    for_attendant = "Those numbers cannot be used. Key the first and the last, such as PT0001-PT0100."


class NothingToCancel(Refused):
    code = "A210"
    for_attendant = "No card there can be cancelled: none fits, or each has value left. Nothing was changed."


class MemberNeeded(Refused):
    """What is used later lies on a wallet."""

    code = "A211"
    for_attendant = "A count card is a member's. Ask for the card or phone, or let them join first."


class TwoAlike(Refused):
    code = "A212"
    for_attendant = "The same count card is there on two lines. Sell them one after the other."


class OneMembership(Refused):
    code = "A190"
    for_attendant = "Both belong to the same membership already. Nothing was changed."


class MergeUnderWay(Refused):
    """A merge in parts was begun, and takes along all that lies there: it is done first."""

    code = "A397"
    for_attendant = "This membership is becoming one with another. Do it again some minutes later."


class GivenMeanwhile(Refused):
    """The site heard, since the counter looked, that the wallet was given to another person elsewhere."""

    code = "A396"
    for_attendant = "This membership was given to somebody else just now. Press Cards again."


class NamelessStays(Refused):
    """Two memberships were to become one, and the name would have gone with the one that ends."""

    code = "A380"
    for_attendant = "The card that stays has no name. Do it again, and present that card first."


class CardTaken(Refused):
    """To be handed out to a newcomer, and somebody has it."""

    code = "A167"
    for_attendant = "Somebody has this card already. Take another one."


class BadScan(Refused):
    code = "30"
    for_attendant = "The code could not be read. Scan it again."


class UnknownArticle(Refused):
    code = "A101"
    for_attendant = "This article is not in the catalogue. Key its price, or leave it out."


class AlreadyMember(Refused):
    code = "A102"
    for_attendant = "This phone or card is a member's already. Nothing was booked: begin again."


class HolderIsMember(Refused):
    """A membership is given to whoever has it."""

    code = "A381"
    for_attendant = "It is theirs already, by this phone. Key the phone of whoever gets it."


class PhoneTaken(Refused):
    """Somebody wants to be found by a phone by which another is."""

    code = "A310"
    for_attendant = "Another member has this phone. Make the two one under Cards, or key another phone."


class HealthNotAgreed(Refused):
    """What is said of somebody's health is kept only where they agreed to that, apart from all else."""

    code = "A311"
    for_attendant = "They have not agreed that notes about health are kept. Ask that first."


class NothingNew(Refused):
    code = "A312"
    for_attendant = "That is what is kept already. Nothing was changed."


class Nameless(Refused):
    """Nothing is kept of whoever holds a card without a name."""

    code = "A313"
    for_attendant = "This card has no name: nothing is kept of anybody."


class KeptElsewhere(Refused):
    """Known by headquarters' word alone: what they said lies where they joined."""

    code = "A314"
    for_attendant = "What they said is kept by the shop where they joined. Send the member there."


class PhoneNeeded(Refused):
    """On the console, where what is empty is taken away."""

    code = "A315"
    for_attendant = "A member is found by phone. Key another in its place."


class NotCopied(Refused):
    """The slip says that a file was asked for; it is not there."""

    code = "A318"
    for_attendant = "The file could not be written. Look whether the stick is in, then begin again."


class NumbersTaken(Refused):
    code = "A319"
    for_attendant = "All of these numbers are in use. Key others, or cancel those cards first."


class NoTierForThem(Refused):
    """A wallet without a name, or one that is known by headquarters' word alone."""

    code = "A316"
    for_attendant = "Only a member who was here before can be given a tier."


class TierStays(Refused):
    code = "A317"
    for_attendant = "They have that tier by what they bought. Nothing was changed."


class CartFull(Refused):
    code = "A103"
    for_attendant = "The sale has too many articles. Finish it, then begin another."


class FillsUnpaid(TerminalFault):
    """Fuel flowed that nobody has paid; selling goes on."""

    code = "A376"
    for_attendant = "A fill is not paid yet. Take the money under Fuel and join."


class FillCame(Refused):
    """A dispenser recorded one while a quantity was keyed by hand: most likely the same."""

    code = "A343"
    for_attendant = "A fill has come meanwhile. Touch it; key how much only of another."


class FillUnclear(TerminalFault):
    """Its record contradicts itself, what was released or what was sold of its id, or names no grade of ours.

    It cannot be sold so. Or what a voided fill held does not go back, for the ledger refuses that.
    """

    code = "A342"
    for_attendant = "A record of the pump is not clear. Note nozzle, litres, amount; call the shift lead."
    for_technician = (
        "The log names the nozzle, and what the controller's record does not agree with; or the void after "
        "which what was held stays held, and why."
    )


class OneFillASale(Refused):
    code = "A374"
    for_attendant = "One fill stands on a receipt. Sell the other by itself, under Fuel and join."


class SoldByMeasure(Refused):
    code = "A104"
    for_attendant = "This article is sold by weight or litre. Key its amount."


class UnknownBadge(Refused):
    code = "A105"
    for_attendant = "This badge is not known here. Scan a badge of this shop."


class BadPhone(Refused):
    code = "A106"
    for_attendant = "That is not a mobile phone number. Key its 11 digits again."


class BadLitres(Refused):
    code = "A107"
    for_attendant = "Those litres cannot be used. Key them as the pump shows them."


class TooLittleCash(Refused):
    code = "A108"
    for_attendant = "That is less than the amount due. Count the money again."


class CouponNotUsable(Refused):
    code = "A109"
    for_attendant = "This coupon cannot be used here. Take it out of the sale."


class CouponUsed(CouponNotUsable):
    code = "94"
    for_attendant = "This coupon was used at {time}. Take it back, and sell without it."

    def __init__(self, at: str) -> None:
        """`at`: time of the day, or day and time."""
        super().__init__(f"coupon already used at {at}")
        self.values = {"time": at}


class CouponReserved(CouponNotUsable):
    code = "A199"
    for_attendant = "A parked cart keeps this coupon. Take that cart back, or sell without it."


class CouponOfMember(CouponNotUsable):
    code = "A201"
    for_attendant = "The coupon is a member's. Ask for the card, or sell without it."


class CouponWithdrawn(CouponNotUsable):
    code = "A290"
    for_attendant = "This coupon was withdrawn. Take it back, and sell without it."


class CouponOver(CouponNotUsable):
    code = "A280"
    for_attendant = "This coupon ended on {day}. Take it back, and sell without it."

    def __init__(self, day: str) -> None:
        """`day`: its last one."""
        super().__init__(f"its last day was {day}")
        self.values = {"day": day}


class NoSuchCampaign(Refused):
    code = "A281"
    for_attendant = "No campaign that runs today has this code. Scan or key it again, or cancel."


class ClaimedBefore(Refused):
    code = "A282"
    for_attendant = "This member has claimed these coupons before. Nothing was booked."


class ClaimsGone(Refused):
    code = "A283"
    for_attendant = "All of these coupons are claimed. Nothing was booked."


class ClaimNeedsName(Refused):
    """Once a person: of a card without a name nobody knows whose it is."""

    code = "A284"
    for_attendant = "Such coupons are for members. Let them join first."


class NothingToWithdraw(Refused):
    code = "A291"
    for_attendant = "This coupon is not held here. Nothing was withdrawn."


class ShiftIsClosed(Refused):
    code = "A110"
    for_attendant = "This shift is closed. Open a new shift first."


class ShiftNotOpen(Refused):
    """Policy wants the drawer counted before anything is sold."""

    code = "A130"
    for_attendant = "No shift is open. Count the drawer and open the shift first."


class ShiftOfBefore(TerminalFault):
    """It was opened on an earlier business day; selling goes on, on it."""

    code = "A132"
    for_attendant = "This shift began on an earlier day. Sell on, and close it soon."


class NotInDrawer(InsufficientFunds):
    code = "A131"
    for_attendant = "So much does not lie in the drawer. Take less, or count it."


class ErasureWaits(Refused):
    code = "A111"
    for_attendant = "Value is left, or the law keeps the records. Pay it out first; the wish stays noted."


class ErasureDecidedElsewhere(ErasureWaits):
    code = "A398"
    for_attendant = "The wish is noted. Headquarters has it done once nothing is left at any shop."


class IntentUndone(Refused):
    code = "A112"
    for_attendant = "That payment was ended before. Start again."


class NotAskedNow(Refused):
    code = "A113"
    for_attendant = "That is not asked for now. Do what the screen says, then show it again."


class NumberFull(Refused):
    """One more digit, or a second point, by a code of the command sheet."""

    code = "A369"
    for_attendant = "This number takes no more digits. Erase, or confirm it."


class NothingToErase(Refused):
    """No digit of this number was scanned yet, by a code of the command sheet."""

    code = "A373"
    for_attendant = "No digit was scanned yet. Nothing was erased."


class NotThisSheet(Refused):
    code = "A375"
    for_attendant = (
        "This command sheet is not good here any more. Use the new one, or ask the technician for it."
    )
    for_technician = "It is of another site, or `command_sheet` was raised: terminal print-command-sheet."


class ForecourtAway(Refused):
    code = "A350"
    for_attendant = (
        "The dispensers' controller does not answer. Fill at the dispenser, and key the litres here."
    )
    for_technician = "terminal doctor says how the device of kind forecourt is."


class NozzleBusy(Refused):
    code = "A351"
    for_attendant = "That nozzle is in use, or its last fill is not paid yet. Nothing was charged."


class NozzlePrice(Refused):
    """It is not released at a price that the driver does not see, or that is not the station's."""

    code = "A352"
    for_attendant = "The dispenser shows another price. Wait until it shows the station's, then begin again."
    for_technician = "The station's price is the catalogue's of fuel-GRADE, else that of policy.grades."


class NozzleRefused(Refused):
    code = "A353"
    for_attendant = (
        "The dispenser did not take that. Choose another nozzle, or fill less. Nothing was charged."
    )


class NozzleInDoubt(TerminalFault):
    """What is held goes back by itself, or is settled, once the controller can be asked."""

    code = "A354"
    for_attendant = "Nobody knows whether the nozzle was released. Look at the dispenser; it settles itself."


class FillSoldTooOften(Refused):
    """All but the last id that it may be sold under were used up by payments outside that came to nothing."""

    code = "A355"
    for_attendant = "No more codes or bank cards for this fill. Take it in another way, and tell the manager."


class UsesElsewhere(Refused):
    """A count card that was sold for other shops (product.md B15)."""

    code = "A357"
    for_attendant = "{name} is not good in this shop. Take another way to pay."

    def __init__(self, name: str) -> None:
        """`name`: of the card."""
        super().__init__("uses that are not good at this site")
        self.values = {"name": name}


class UsesOtherDays(Refused):
    code = "A358"
    for_attendant = "{name} is not good on this day of the week. Take another way to pay."

    def __init__(self, name: str) -> None:
        """`name`: of the card."""
        super().__init__("uses that are not good on this weekday")
        self.values = {"name": name}


class UsesOtherHours(Refused):
    code = "A359"
    for_attendant = "{name} is good from {opens} to {closes} only. Take another way to pay."

    def __init__(self, name: str, opens: str, closes: str) -> None:
        """`name`: of the card. From `opens` to before `closes`, `HH:MM`."""
        super().__init__(f"uses that are good from {opens} to {closes}")
        self.values = {"name": name, "opens": opens, "closes": closes}


class NothingDue(Refused):
    code = "A114"
    for_attendant = "These goods come to nothing. Key their price, or cancel."


class HeldElsewhere(Refused):
    """Another site holds it. Only headquarters can bring it here, while both are online."""

    code = "A115"
    for_attendant = "Another shop holds this now. Try again online, or send the member there."


class NoSuchReceipt(Refused):
    code = "A180"
    for_attendant = "No such receipt here. What another shop sold goes back to that shop."


class OfAnotherTill(NoSuchReceipt):
    """Its number says so: only who booked it can undo it."""

    code = "A229"
    for_attendant = "Till {terminal} booked that, not this one. Send the customer there with the receipt."

    def __init__(self, terminal: str) -> None:
        super().__init__(f"booked by {terminal}")
        self.values = {"terminal": terminal}


class OfAnotherKind(Refused):
    """A receipt, shown where only others can come back."""

    code = "A371"
    for_attendant = "Not with this receipt. A recharge is under Recharge refund, a deposit under Deposit."


class AlreadyUndone(Refused):
    """Nothing of it is left to come back."""

    code = "A181"
    for_attendant = "All of that came back before. Look for its other receipts."


class CouponGone(Refused):
    """Points became coupons, and a coupon of them cannot be taken back."""

    code = "A335"
    for_attendant = (
        "A coupon that came for these points was used or has ended, or another shop holds it."
        " The points stay taken."
    )


class VoucherGone(Refused):
    """Points became cash vouchers, and one of them cannot be taken back."""

    code = "A347"
    for_attendant = (
        "A voucher that came for these points was used or has ended, or another shop holds it."
        " The points stay taken."
    )


class CouponInCart(Refused):
    code = "A336"
    for_attendant = "A parked cart keeps a coupon that came for these points. Take that cart back first."


class GiftTooCheap(Refused):
    """The article costs no more today than the money that is asked for beside the points."""

    code = "A337"
    for_attendant = "This costs no more than the money asked beside the points. Sell it without points."


class OfAnotherShift(Refused):
    code = "A182"
    for_attendant = "That was another shift. Take it back as a refund."


class HeadquartersAway(HeldElsewhere):
    """Only headquarters could bring it here, and it was not reached."""

    code = "A183"
    for_attendant = "Another shop holds this, and the network is away. Keep the receipt and try again later."


class CouponElsewhere(HeldElsewhere):
    code = "A197"
    for_attendant = "Another shop holds this coupon. Try again in a minute, or sell without it."


class CouponAway(HeadquartersAway):
    code = "A198"
    for_attendant = "Another shop holds this coupon, and the network is away. Sell without it."


class NoWayBack(Refused):
    """It was charged through an acquirer, and this site cannot have that asked to give it back."""

    code = "A187"
    for_attendant = (
        "A code paid this, and it cannot be sent back from here. Send the customer to the shop that sold it,"
        " or call the technician."
    )


class NothingPaidIn(Refused):
    code = "A184"
    for_attendant = "Nothing that was paid onto this card is left. There is nothing to pay back."


class BadQuantity(Refused):
    code = "A121"
    for_attendant = "That quantity cannot be used. Key the pieces, or the kilograms, again."


class TooManyParked(Refused):
    code = "A122"
    for_attendant = "Too many sales are parked. Finish one of them first."


class NothingFound(Refused):
    code = "A123"
    for_attendant = "No article is called so. Key other letters, or its code."


class NobodyFound(Refused):
    code = "A240"
    for_attendant = "No member is found by that. Key other letters, or ask for the phone number."


class NoPhoneKnown(Refused):
    code = "A241"
    for_attendant = "No phone number is kept of this member. Ask for the card."


class CatalogueUnread(Refused):
    """The file that it lies in is damaged, or the disk does not give it."""

    code = "A140"
    for_attendant = "The article list cannot be read. Key the price, and call the technician."
    for_technician = "Import the catalogue again: terminal catalogue import FILE."


class BankCardRefused(Refused):
    """Its number is read, stored and logged nowhere; the bank's own terminal takes it."""

    code = "A117"
    for_attendant = "That is a bank card. It is not read here: use the bank's terminal."


class CodeNotGenuine(Refused):
    """A signed code that nobody who may signed for this merchant, or whose key was retired."""

    code = "A118"
    for_attendant = "This code was not made by headquarters. Take no value from it; call the manager."


class CodeExpired(Refused):
    code = "A119"
    for_attendant = "This code is too old. Ask the member to show a new one."


class CodeUsed(Refused):
    """A dynamic code counts a single time."""

    code = "A120"
    for_attendant = "This code was used already. Ask the member to show a new one."


class NotForHandingOut(Refused):
    """What a phone shows is gone in a minute."""

    code = "A370"
    for_attendant = "A code on a phone cannot be handed out. Present a card, or a printed code."


class TooMuchAtOnce(NotBookable):
    """More postings or lots than one entry holds, of what is promised or owed where wallets are merged.

    All else goes ahead of a merge in parts (`core.going_ahead`).
    """

    code = "A125"
    for_attendant = "Too much lies there at once. Use up some of it first, a part at a time."


class PartElsewhere(HeldElsewhere):
    """Of a recharge that is to be paid back: nobody knows here what of it was spent there."""

    code = "A126"
    for_attendant = (
        "Part of this recharge lies elsewhere. Fetch it online, or agree on a sum within what lies here."
    )


class CardTorn(TerminalFault):
    code = "D101"
    for_attendant = "The card was taken away too early. Present it again."


class CardSwapped(TerminalFault):
    code = "D103"
    for_attendant = "Another card was presented. Nothing was charged. Start again with one card."


class CardGone(TerminalFault):
    code = "D104"
    for_attendant = "The card was taken away. Nothing was charged. Start again and leave it there."


class ReaderNoise(TerminalFault):
    code = "D105"
    for_attendant = "The card reader sends noise. Check its cable and what stands near it."


class CardNotGenuine(TerminalFault):
    """It was asked to prove itself, by a key that this site holds for it, and did not."""

    code = "D106"
    for_attendant = "This card did not prove that it is genuine. Take no value from it; call the manager."


class CardReplayed(CardNotGenuine):
    """What it said is right, and was said before: a copy of an earlier answer."""

    code = "D107"
    for_attendant = "This card's answer was used before. Present it again; if it stays so, call the manager."


class FaceNotPrinted(TerminalFault):
    """A visual card still shows what was on it before."""

    code = "D108"
    for_attendant = "The card's face was not printed anew. The sale stands; the receipt says what is on it."


class CaseOpen(TerminalFault):
    """The terminal's case is, or was, open since it started. Selling goes on."""

    code = "D109"
    for_attendant = "The terminal's case was opened. Sell on, and call the technician."


class DeviceMissing(TerminalFault):
    code = "D102"
    for_attendant = "A device is not connected. Check its cable."


class PrinterFault(TerminalFault):
    """`sent` is False when certainly nothing left for the printer: only then is there no doubt."""

    code = "P100"
    for_attendant = "The receipt did not print. The sale stands; press Reprint."

    def __init__(self, why: str = "", *, sent: bool = True) -> None:
        super().__init__(why)
        self.sent = sent


class PaperOut(PrinterFault):
    code = "P101"
    for_attendant = "Paper is out. Change the roll, then press Reprint."


class CoverOpen(PrinterFault):
    code = "P102"
    for_attendant = "The printer's cover is open. Close it, then press Reprint."


class PrinterSilent(PrinterFault):
    """No answer: off, unplugged, hanging. What was sent to it may or may not be on paper."""

    code = "P103"
    for_attendant = "The printer does not answer. Check its power and cable, then press Reprint."


class ChainsDiffer(TerminalFault):
    """Headquarters holds more than, or other than, this site: a restored or swapped disk."""

    code = "S101"
    for_attendant = "Selling pauses while the records of this shop are joined with headquarters'. Wait."


class AnotherMachine(TerminalFault):
    """Headquarters believes another machine of this site; a person there decides which one stays."""

    code = "S102"
    for_attendant = "Another terminal sells for this shop now. Do not sell here; call the technician."


class HookRefuses(TerminalFault):
    """The shop's own cloud does not take some entries (webhook mode). They are kept and tried again."""

    code = "S103"
    for_attendant = "The shop's cloud refuses some entries. Sell on, and tell the technician."


class InvoiceWaits(TerminalFault):
    """Of what is asked for one was refused, or needs somebody's hand; selling goes on."""

    code = "S110"
    for_attendant = "An invoice that was asked for needs you. Press Invoice, then those that are asked for."


class OutcomeUnknown(TerminalFault):
    """COMMIT raised: the entry may or may not be there. Look its id up before anything else."""

    code = "L101"
    for_attendant = "It is not certain whether this was booked. Wait: the terminal is looking it up."


class OutcomeUndecided(TerminalFault):
    """After all tries nobody can say whether it was booked. The id is in the log."""

    code = "L104"
    for_attendant = "It is not certain whether this was booked. Do not charge again; call the technician."


class IdReused(TerminalFault):
    """The same id came with another command. A defect of the caller, never of the person."""

    code = "94"
    for_attendant = "This was already booked as something else. Start again."


class PeopleLocked(Refused):
    """The file with the members' keys cannot be read: what needs nobody's name or phone is booked as ever."""

    code = "L111"
    for_attendant = "Names and phones cannot be kept now. Sell on, but let nobody join; call the technician."
    for_technician = (
        "Selling goes on, cards and phones are known. The newest backup has the keys sealed in it: with the"
        " terminal stopped, sudo terminal ledger restore DIR --over-whole brings back those of its day."
    )


class LedgerClosed(TerminalFault):
    """The ledger cannot take entries now (disk full, read-only, stopping). Nothing was booked."""

    code = "L102"
    for_attendant = "The terminal cannot book now. Do not sell; call the technician."


class LedgerHeld(LedgerClosed):
    """Another process has the file: a second terminal, or a tool at work."""


class DiskFull(LedgerClosed):
    """Nothing was booked; it goes on by itself when there is room."""

    code = "L107"
    for_attendant = (
        "The storage is full. Do not sell; call the technician. Selling goes on once there is room."
    )


class DiskReadOnly(LedgerClosed):
    """Nothing was booked; it goes on by itself when the disk can be written to."""

    code = "L108"
    for_attendant = "The storage cannot be written to. Do not sell; call the technician."


class DiskFailing(LedgerClosed):
    """An operation of the disk failed. It is tried again, ever more seldom."""

    code = "L109"
    for_attendant = "The storage fails. Do not sell; call the technician. The terminal keeps trying."


class LedgerDamaged(TerminalFault):
    """Chain, postings or balances do not agree. `str()` names the first fault and its seq."""

    code = "L103"
    for_attendant = "The ledger is damaged. Do not sell; call the technician."
    for_technician = (
        "Do not sell. sudo systemctl stop terminal; sudo terminal ledger restore DIR, the folder of the"
        " backups: what the second copy holds beyond comes back too; then start it. No backup: keep all"
        " files as they are, ask headquarters."
    )


class LedgerMismatched(LedgerDamaged):
    """The file may be whole: what lies beside it is missing or another's. `str()` says what to do."""

    for_technician = "Put right what the reason names; the terminal then opens it by itself."


class LedgerNewer(LedgerDamaged):
    """The file says that only a newer program may open it. It is whole, and left as it is."""

    code = "L105"
    for_attendant = "The ledger needs a newer program than this. Do not sell; call the technician."
    for_technician = "Install the version of the program that ran here last, or a newer one."


class SecondMissing(LedgerClosed):
    """Nothing is booked while the second copy of the journal is not level, because the shop wants it so."""

    code = "L106"
    for_attendant = "The second copy cannot be written. Do not sell; check its stick, call the technician."


class CopyBehind(TerminalFault):
    """The second copy of the journal is not written. Everything is booked in the ledger as ever."""

    code = "L110"
    for_attendant = "The second copy of the journal is not written. Sell on, and call the technician."


class BundleRefused(TerminalFault):
    """It is not what the maker gave out for this machine now. Nothing was changed."""

    code = "A388"
    for_technician = "Fetch the newest bundle for this machine again. The release that runs goes on."


class NoUpdateHere(TerminalFault):
    """Nothing was looked at, or the release was not tried."""

    code = "A389"
    for_technician = "The release that runs goes on. terminal update status says how it stands."


class UpdateWentBack(TerminalFault):
    """The release was tried, did not run well, and the one before it runs again."""

    code = "A390"
    for_technician = "The release before runs again. journalctl -u terminal says what the other one met."


class NoReleaseBefore(TerminalFault):
    """No other release lies here whole."""

    code = "A391"
    for_technician = "An older release comes as a bundle of its own, given out anew by the maker."


def advice_for(code: str) -> str:
    """What the attendant does about a fault that reached us as its code alone."""
    waiting: list[type[TerminalFault]] = [TerminalFault]
    while waiting:
        kind = waiting.pop()
        if kind.__dict__.get("code") == code:
            return kind.for_attendant
        waiting += kind.__subclasses__()
    return TerminalFault.for_attendant
