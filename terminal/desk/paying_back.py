"""What was paid by a customer's code goes back through the acquirer, once the ledger says that it does."""

from __future__ import annotations

from functools import partial

from terminal.core.acquirer import CODE_REFUND, Acquirer, Order, Outcome, Said, Wallet
from terminal.core.commands import (
    BookIntent,
    BookIntentEnd,
    BookRechargeRefund,
    BookRefund,
    BookVoid,
    IntentEnd,
    Occasion,
)
from terminal.core.errors import NoWayBack
from terminal.core.given_back import GivenBack, given_back
from terminal.core.ledger import posted
from terminal.core.ports import Committer
from terminal.core.values import EntryId

GivesBack = BookVoid | BookRefund | BookRechargeRefund
"""What may give money back."""


async def check_way_back(
    command: GivesBack, back: GivenBack, committer: Committer, *, acquires: bool
) -> None:
    """Raises NoWayBack: a customer's code was charged, and from here nobody can be asked to give it back.

    The acquirer was taken out of the configuration, or another site charged it: booked, nobody would send it.
    """
    if _through_wallets(back) <= 0:
        return
    paid = await committer.ask(lambda state: state.intent_for(_of(command)))
    if not acquires or paid is None or paid.end != IntentEnd.DONE:
        raise NoWayBack(f"of {_of(command)}")


async def owed(
    command: GivesBack, committer: Committer, *, id_: EntryId, spare: EntryId, at: Occasion
) -> BookIntent | None:
    """What is to be written down before `command` is booked; None: nothing goes back through an acquirer.

    It says what it is of, because the booking must not end it: the acquirer is asked afterwards.
    `spare`: an id that nothing is ever booked under. Raises Refused: the command cannot be booked.
    """
    paid = await committer.ask(lambda state: state.intent_for(_of(command)))
    if paid is None or paid.end != IntentEnd.DONE:
        return None
    back = given_back((await committer.ask(partial(posted, command))).postings)
    fen = _through_wallets(back)
    if fen <= 0:
        return None
    what = f"{CODE_REFUND}{command.id}:{paid.intent}"
    return BookIntent(id=id_, at=at, what=what, amount=fen, consumed_by=spare)


async def settled(
    begun: BookIntent, acquirer: Acquirer, committer: Committer, *, id_: EntryId, at: Occasion
) -> tuple[BookIntentEnd | None, Said]:
    """How it ended, None: not yet; and what the acquirer says, who never heard of what was not booked."""
    booked, _, paid = begun.what.removeprefix(CODE_REFUND).partition(":")
    if await committer.ask(lambda state: state.entry(EntryId(booked))) is None:
        return _end(begun, IntentEnd.UNDONE, "not booked", id_, at), Said(outcome=Outcome.UNDONE)
    said = await acquirer.refund(Order(id=begun.id, amount=begun.amount), EntryId(paid))
    went = said.outcome is Outcome.PAID
    return _end(begun, IntentEnd.DONE, said.evidence, id_, at) if went else None, said


def _of(command: GivesBack) -> EntryId:
    """What had been paid."""
    return command.lot if isinstance(command, BookRechargeRefund) else command.of


def _through_wallets(back: GivenBack) -> int:
    """Fen. What the attendant's word paid goes by their hand, under other names."""
    return sum(amount for through, amount in back.outside if through in set(Wallet))


def _end(begun: BookIntent, end: IntentEnd, evidence: str, id_: EntryId, at: Occasion) -> BookIntentEnd:
    return BookIntentEnd(id=id_, at=at, intent=begun.id, end=end, evidence=evidence)
