"""What was paid outside goes back through whom it came, once the ledger says that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from terminal.core.acquirer import CODE_REFUND, Outcome, Said, Wallet, payment_of
from terminal.core.commands import (
    BookIntent,
    BookIntentEnd,
    BookRechargeRefund,
    BookRefund,
    BookSale,
    BookVoid,
    IntentEnd,
    Occasion,
    Tender,
    TenderKind,
)
from terminal.core.errors import NoWayBack
from terminal.core.given_back import GivenBack, given_back
from terminal.core.ledger import State, posted
from terminal.core.ports import Committer
from terminal.core.values import EntryId
from terminal.desk.outside import Services

GivesBack = BookVoid | BookRefund | BookRechargeRefund
"""What may give money back."""


async def check_way_back(
    command: GivesBack, back: GivenBack, committer: Committer, services: Services
) -> None:
    """Raises NoWayBack: paid by a code or a voucher, and from here nobody can be asked to give it back.

    Who took it was taken out of the configuration, or another site asked them: booked, nobody would send it.
    """
    if _through_wallets(back) > 0:
        paid = await committer.ask(lambda state: state.intent_for(_of(command)))
        if not services.acquirer or paid is None or paid.end != IntentEnd.DONE:
            raise NoWayBack(f"of {_of(command)}")
    tenders = await committer.ask(partial(_by_vouchers, sale=_of(command)))
    for platform in dict(back.outside).keys() & tenders.keys():
        used = await committer.ask(partial(_used, vouchers=tenders[platform].vouchers))
        if not services.group_buy or used is None:
            raise NoWayBack(f"of {_of(command)}")


async def owed(
    command: GivesBack, committer: Committer, *, new_id: Callable[[], EntryId], at: Occasion
) -> Sequence[BookIntent]:
    """What is to be written down before `command` is booked; none: nothing goes back outside by itself.

    Each says what it is of, because the booking must not end it: others are asked afterwards. What would
    consume it is an id that nothing is ever booked under. Raises Refused: the command cannot be booked.
    """
    paid = await committer.ask(lambda state: state.intent_for(_of(command)))
    by_code = paid if paid and paid.end == IntentEnd.DONE else None
    tenders = await committer.ask(partial(_by_vouchers, sale=_of(command)))
    if not by_code and not tenders:
        return ()
    back = given_back((await committer.ask(partial(posted, command))).postings)
    goes = [(str(by_code.intent), _through_wallets(back))] if by_code else []
    for platform, fen in back.outside:
        if platform in tenders:
            goes += await committer.ask(partial(_vouchers_back, tender=tenders[platform], fen=fen))
    return [
        BookIntent(
            id=new_id(),
            at=at,
            what=f"{CODE_REFUND}{command.id}:{of}",
            amount=fen,
            consumed_by=new_id(),
        )
        for of, fen in goes
        if fen > 0
    ]


async def settled(
    begun: BookIntent, services: Services, committer: Committer, *, id_: EntryId, at: Occasion
) -> tuple[BookIntentEnd | None, Said]:
    """How it ended, None: not yet; and what is said outside, where nobody heard of what was not booked."""
    booked = begun.what.removeprefix(CODE_REFUND).partition(":")[0]
    if await committer.ask(lambda state: state.entry(EntryId(booked))) is None:
        return _end(begun, IntentEnd.UNDONE, "not booked", id_, at), Said(outcome=Outcome.UNDONE)
    said = await services.back(begun, payment_of(begun), committer)
    went = said.outcome is Outcome.PAID
    return _end(begun, IntentEnd.DONE, said.evidence, id_, at) if went else None, said


def _by_vouchers(state: State, sale: EntryId) -> Mapping[str, Tender]:
    """By platform, what its vouchers paid of it."""
    found = state.entry(sale)
    if found is None or not isinstance(found.payload, BookSale):
        return {}
    return {one.of: one for one in found.payload.tenders if one.kind is TenderKind.GROUP_BUY}


def _used(state: State, vouchers: Sequence[EntryId]) -> Sequence[tuple[str, int]] | None:
    """Each with what it paid; None: they were not verified here."""
    known = [state.intent(one) for one in vouchers]
    used = [(str(one.intent), one.amount) for one in known if one and one.end == IntentEnd.DONE]
    return used if len(used) == len(vouchers) else None


def _vouchers_back(state: State, tender: Tender, fen: int) -> Sequence[tuple[str, int]]:
    """Each voucher whole, where all that they paid comes back at once; else a part, which people pay."""
    whole = _used(state, tender.vouchers) if fen == tender.amount else None
    return whole or [(tender.of, fen)]


def _of(command: GivesBack) -> EntryId:
    """What had been paid."""
    return command.lot if isinstance(command, BookRechargeRefund) else command.of


def _through_wallets(back: GivenBack) -> int:
    """Fen. What the attendant's word paid goes by their hand, under other names."""
    return sum(amount for through, amount in back.outside if through in set(Wallet))


def _end(begun: BookIntent, end: IntentEnd, evidence: str, id_: EntryId, at: Occasion) -> BookIntentEnd:
    return BookIntentEnd(id=id_, at=at, intent=begun.id, end=end, evidence=evidence)
