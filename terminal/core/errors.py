"""Faults and refusals: what the attendant does next, what the technician needs to know.

`code` is what both read to each other. Refusals of a card or an amount take ISO 8583 field 39
codes; our own faults take a letter and three digits, outside that set.
"""

from __future__ import annotations

from typing import ClassVar


class TerminalFault(Exception):
    """Something did not work. `str(fault)` is for the technician and holds no personal data."""

    code: ClassVar[str] = "96"
    for_attendant: ClassVar[str] = "The terminal has a fault. Call the technician."
    """A key of `core.texts`: the English sentence itself."""


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


class UnknownCard(Refused):
    code = "14"
    for_attendant = "This card is not known here. Ask for the phone number, or take cash."


class CardNotUsable(Refused):
    code = "62"
    for_attendant = "This card is blocked. Ask the member to see the manager."


class CardLost(CardNotUsable):
    code = "41"
    for_attendant = "This card was reported lost. Keep it, and call the manager."


class CardReplaced(CardNotUsable):
    code = "43"
    for_attendant = "Another card took this one's place, or it was cancelled. Keep it, and call the manager."


class CardExpired(CardNotUsable):
    code = "54"
    for_attendant = "This card has expired. Ask the member to have it renewed."


def refusal_of(state: str) -> CardNotUsable:
    """Of a card in that state (ISO 8583 field 39: 41 lost, 43 taken in, 54 expired, 62 restricted)."""
    kinds = {"lost": CardLost, "replaced": CardReplaced, "cancelled": CardReplaced, "expired": CardExpired}
    return kinds.get(state, CardNotUsable)(f"the card is {state}")


class InsufficientFunds(Refused):
    code = "51"
    for_attendant = "Not enough value on the card. Take cash, or recharge first."


class BadScan(Refused):
    code = "30"
    for_attendant = "The code could not be read. Scan it again."


class UnknownArticle(Refused):
    code = "A101"
    for_attendant = "This article is not in the catalogue. Key its price, or leave it out."


class AlreadyMember(Refused):
    code = "A102"
    for_attendant = "This phone is already a member. The sale goes to that membership."


class CartFull(Refused):
    code = "A103"
    for_attendant = "The sale has too many articles. Finish it, then begin another."


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


class ShiftIsClosed(Refused):
    code = "A110"
    for_attendant = "This shift is closed. Open a new shift first."


class ErasureWaits(Refused):
    code = "A111"
    for_attendant = "Value is left, or the law keeps the records. Pay it out first; the wish stays noted."


class IntentUndone(Refused):
    code = "A112"
    for_attendant = "That payment was ended before. Start again."


class NotAskedNow(Refused):
    code = "A113"
    for_attendant = "That is not asked for now. Do what the screen says, then show it again."


class NothingDue(Refused):
    code = "A114"
    for_attendant = "These goods come to nothing. Key their price, or cancel."


class HeldElsewhere(Refused):
    """Another site holds it. Only headquarters can bring it here, while both are online."""

    code = "A115"
    for_attendant = "Another shop holds this now. Try again online, or send the member there."


class FillNotSettled(NotBookable):
    """Value is held for a fill: until it is settled or released its wallet stays where it is."""

    code = "A116"
    for_attendant = "A fill of this member is not settled yet. Settle it at the pump first."


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


class LedgerNewer(LedgerDamaged):
    """The file says that only a newer program may open it. It is whole, and left as it is."""

    code = "L105"
    for_attendant = "The ledger needs a newer program than this. Do not sell; call the technician."


class SecondMissing(LedgerClosed):
    """Nothing is booked while the second copy of the journal is not level, because the shop wants it so."""

    code = "L106"
    for_attendant = "The second copy cannot be written. Do not sell; check its stick, call the technician."


class CopyBehind(TerminalFault):
    """The second copy of the journal is not written. Everything is booked in the ledger as ever."""

    code = "S102"
    for_attendant = "The second copy of the journal is not written. Sell on, and call the technician."


def advice_for(code: str) -> str:
    """What the attendant does about a fault that reached us as its code alone."""
    waiting: list[type[TerminalFault]] = [TerminalFault]
    while waiting:
        kind = waiting.pop()
        if kind.__dict__.get("code") == code:
            return kind.for_attendant
        waiting += kind.__subclasses__()
    return TerminalFault.for_attendant
