"""What waits for its claim code, and that it was collected: once, and not once its points were given back."""

from __future__ import annotations

from terminal.core.claim_codes import is_claim
from terminal.core.commands import CLAIMED, BookNote, BookRedeem, Command
from terminal.core.errors import ClaimUsed, NoSuchClaim, NotBookable
from terminal.core.ledger.back import undoing
from terminal.core.ledger.draft import Draft
from terminal.core.ledger.effects import Refers
from terminal.core.ledger.rules import standing_for
from terminal.core.ledger.state import Posted, State
from terminal.core.values import EntryId


def waiting(state: State, code: str) -> BookRedeem:
    """What is to be handed over for it. Raises NoSuchClaim or ClaimUsed."""
    known = state.referring(claimed_by(code))
    redeemed = known[0].payload if known else None
    if not isinstance(redeemed, BookRedeem) or undoing(redeemed.id, state):
        raise NoSuchClaim("nothing waits for it here")
    if len(known) > 1:
        raise ClaimUsed("it was collected")
    return redeemed


def still_waits(state: State, code: str) -> bool:
    """Whether something was to be collected with it and was not; never without a code."""
    return len(state.referring(claimed_by(code))) == 1


def begins(draft: Draft, code: str) -> None:
    """Raises `NotBookable`: no claim code, or one that was given out before."""
    if not is_claim(code) or draft.state.referring(claimed_by(code)):
        raise NotBookable("no claim code, or one of before")
    draft.effects.append(Refers(of=claimed_by(code)))


def collected(note: BookNote, state: State) -> Posted:
    redeemed = waiting(state, note.detail)
    if note.of not in {None, redeemed.id}:
        raise NotBookable("the code is of something else")
    return Posted(effects=(Refers(of=claimed_by(note.detail)),))


def code_in(command: Command) -> str:
    """The claim code that it gives out, or that it is about; empty: it refers to none."""
    match command:
        case BookRedeem(claim=code):
            return code
        case BookNote(what=what, detail=code) if what == CLAIMED:
            return code
        case _:
            return ""


def claimed_by(code: str) -> EntryId:
    """What entries about it refer to: no entry has that id."""
    return standing_for(f"claim code: {code}")
