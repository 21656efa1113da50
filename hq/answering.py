"""ASK, of several sites of a merchant in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from hq import asking
from hq.admitted import refused
from hq.boxes import Boxes
from hq.ports import AskRow, KeyRow, Turn
from hq.refusal import RequestRefused
from hq.sets_ports import PersonRow
from hq.work import Work
from terminal.core.values import SiteId
from terminal.core.wire.problem import ProblemCode
from terminal.core.wire.rights import Ask, Asked, AskOutcome
from terminal.core.wire.sets import SetName


class Answering:
    def __init__(
        self, work: Callable[[str, SiteId], AbstractAsyncContextManager[Work]], boxes: Boxes | None
    ) -> None:
        """`boxes`: without them nobody is told who somebody is."""
        self._work = work
        self._boxes = boxes

    async def asked(self, merchant: str, asks: Sequence[Ask]) -> list[Asked | Exception]:
        async with self._work(merchant, SiteId("")) as work:
            turn = work.turn
            sites = await turn.peeks({ask.site for ask in asks})
            faults = [refused(sites.get(ask.site), ask.instance) for ask in asks]
            good = [ask for ask, fault in zip(asks, faults, strict=True) if fault is None]
            keys = await turn.keys({ask.key for ask in good if ask.key})
            rows = await asking.answer(work, good, keys) if good else {}
            await work.finish()
            fed = await turn.fed(work.hq_epoch, sites)
            led = {key.wallet for ask in good if (key := _leads(ask, rows, keys)) is not None}
            people = await _people(turn, led) if led else {}
            for site in sorted({ask.site for ask in good}):
                here = [key.wallet for ask in good if ask.site == site and (key := _leads(ask, rows, keys))]
                if here:  # Met there: its next set has them.
                    await turn.note_changes(SetName.MEMBERS, here, site)
        answers: list[Asked | Exception] = []
        for ask, fault in zip(asks, faults, strict=True):
            if fault is not None:
                answers.append(fault)
                continue
            if not asking.same(ask, rows[ask.id]):
                answers.append(RequestRefused(ProblemCode.REUSED, "this id was asked with another body"))
                continue
            key = _leads(ask, rows, keys)
            person = people.get(key.wallet) if key else None
            answers.append(
                Asked(
                    hq_epoch=work.hq_epoch,
                    id=ask.id,
                    outcome=AskOutcome(rows[ask.id].outcome),
                    code=rows[ask.id].code,
                    fed=fed.get(ask.site, 0),
                    who=await self._who(ask, person) if person else b"",
                )
            )
        return answers

    async def _who(self, ask: Ask, person: PersonRow) -> bytes:
        if self._boxes is None:
            return b""
        public = await self._boxes.key_of(ask.merchant, ask.site, ask.instance)
        return self._boxes.who(person, ask.site, public) if public else b""


def _leads(ask: Ask, rows: Mapping[str, AskRow], keys: Mapping[str, KeyRow]) -> KeyRow | None:
    """To somebody whom the site may be told of."""
    row = rows[ask.id]
    return None if row.outcome == AskOutcome.REFUSED or not asking.same(ask, row) else keys.get(ask.key or "")


async def _people(turn: Turn, wallets: Collection[str]) -> Mapping[str, PersonRow]:
    """By wallet, those of whom anything is known."""
    roots = {wallet: family.root.wallet for wallet, family in (await turn.families(wallets)).items()}
    persons = {person.wallet: person for person in await turn.persons(set(roots.values()))}
    return {wallet: persons[root] for wallet, root in roots.items() if root in persons}
