"""`terminal member`: what a member may ask of a shop about what it keeps of them (product.md G7).

To see it, to have it corrected, to take it along in a file, to say yes or no to one purpose, to be forgotten.
Asked of the terminal that runs, by its phone; the console sees what screens show masked.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.config import Settings, load_in_place
from terminal.core import codes
from terminal.core.cells import BadCell, quoted, shown
from terminal.core.commands import BookErasure, BookLegalHold, ErasureReason, Kept, Occasion
from terminal.core.errors import (
    ErasureWaits,
    HealthNotAgreed,
    NothingNew,
    PhoneNeeded,
    Refused,
    TerminalFault,
)
from terminal.core.ledger.membership import decided_here
from terminal.core.own import PURPOSES, agreeing, by_law, corrected, profile
from terminal.core.policy import Policy
from terminal.core.ports import Committer
from terminal.core.register import CORRECTED, Column, Reading, answered
from terminal.core.services import Service
from terminal.core.trust import Credential
from terminal.core.values import EntryId, MemberId, StaffId, Value, WalletId
from terminal.maintenance.socket import Unanswered, asked
from terminal.runtime.log import legible, told
from terminal.store.export import NotExported, own_statements
from terminal.store.people import FilePeople
from terminal.store.tables import write_rows

if TYPE_CHECKING:
    from terminal.desk.counter import Counter
    from terminal.store.ledger import Ledger

CONSOLE = StaffId("console")
_ANSWER_S = 30.0
_BAD_COMMAND = 2
_WORDS: Mapping[str, bool] = {"yes": True, "no": False}


class Answer(Value, frozen=True, kw_only=True):
    rows: tuple[tuple[str, str, str], ...] = ()
    """(what, which, value)."""
    wallets: tuple[str, ...] = ()
    why: str = ""
    """Why nothing was done."""


# The terminal's end.


_REASONS = tuple(str(one) for one in ErasureReason if one is not ErasureReason.RETENTION)
"""That people give; the other is the clock's."""


class OwnData:
    """Answers one member after the other."""

    def __init__(
        self,
        people: FilePeople,
        committer: Committer,
        policy: Policy,
        new_id: Callable[[], EntryId],
        occasion: Callable[[], Occasion],
    ) -> None:
        self._people = people
        self._committer = committer
        self._policy = policy
        self._new_id = new_id
        self._occasion = occasion

    async def answer(self, said: Sequence[str]) -> Answer:
        """`said`: what, whose phone or member id, then its words."""
        what, whose, *words = said
        can: Mapping[str, Callable[[Kept, list[str]], Awaitable[Answer]]] = {
            "show": self._shown,
            "correct": self._corrected,
            "consent": self._agreed,
            "forget": self._forgotten,
            "hold": self._held,
        }
        try:
            kept = await self._people.by(_who(whose))
            if kept is None:
                return Answer(why="nobody is known by that phone or id")
            return await can[what](kept, words)
        except BadCell as bad:
            return Answer(why=f"{bad.column}: {bad.why}; {bad.do}")
        except TerminalFault as fault:
            return Answer(why=told(fault))

    async def _shown(self, kept: Kept, _words: list[str]) -> Answer:
        wallets = tuple(purse.wallet for purse in kept.purses)
        return Answer(rows=tuple(_rows(kept)), wallets=wallets)

    async def _corrected(self, kept: Kept, words: list[str]) -> Answer:
        """`name=王小明`; what stands empty is taken away."""
        reading = Reading(today=self._occasion().business_day, consent_version="")
        said = dict(_said(word, reading) for word in words)
        try:
            private = corrected(kept, said)
        except HealthNotAgreed as why:
            return Answer(why=f"{why}: terminal member consent ... health yes")
        except (PhoneNeeded, NothingNew) as why:
            return Answer(why=str(why))
        await self._committer.submit(profile(kept, private, self._new_id(), self._occasion()), private)
        return await self._again(kept)

    async def _agreed(self, kept: Kept, words: list[str]) -> Answer:
        purpose, said = words
        if purpose not in {*PURPOSES, *self._policy.consents} or said not in _WORDS:
            return Answer(why="say to what (marketing, partners, health, or as configured), and yes or no")
        version, given = self._policy.consent_version, _WORDS[said]
        for step in agreeing(kept, {purpose: given}, version, self._new_id, self._occasion()):
            await self._committer.submit(step.command, step.private)
        return await self._again(kept)

    async def _forgotten(self, kept: Kept, words: list[str]) -> Answer:
        if len(words) != 1 or words[0] not in _REASONS:
            return Answer(why=f"say why: {', '.join(_REASONS)}")
        days, at = self._policy.records_days, self._occasion()
        if (hold := by_law(kept, days, self._new_id(), at)) is not None:
            await self._committer.submit(hold.command)
        here = await self._committer.ask(partial(decided_here, kept.member))
        erasure = BookErasure(
            id=self._new_id(),
            at=at,
            wallet=kept.wallet,
            member=kept.member,
            why=ErasureReason(words[0]),
            waits=not here,
        )
        try:
            await self._committer.submit(erasure)
        except ErasureWaits as why:
            return Answer(
                why=f"noted, and done once nothing is in the way: {legible(str(why))} ({_left(kept)})"
            )
        if here:
            return Answer()
        left = f" ({_left(kept)})" if _left(kept) else ""
        return Answer(why=f"noted, and done by headquarters once nothing is left at any site{left}")

    async def _held(self, kept: Kept, words: list[str]) -> Answer:
        """Until a business day; an empty one lifts it."""
        until, why = words
        hold = BookLegalHold(id=self._new_id(), at=self._occasion(), member=kept.member, until=until, why=why)
        await self._committer.submit(hold)
        return await self._again(kept)

    async def _again(self, kept: Kept) -> Answer:
        now = await self._people.by(kept.member)
        return await self._shown(now or kept, [])


def made(counter: Counter, ledger: Ledger, policy: Policy) -> OwnData:
    return OwnData(ledger.people, ledger.committer, policy, counter.new_id, lambda: counter.occasion(CONSOLE))


def _who(said: str) -> Credential | MemberId:
    try:
        return codes.phone(said)
    except Refused:
        return MemberId(said)


def _said(word: str, reading: Reading) -> tuple[str, str]:
    """What, and how it is kept; empty: it is taken away. Raises BadCell."""
    what, _, text = word.partition("=")
    column = next((one for one in CORRECTED if one == what), None)
    if column is None:
        raise BadCell(shown(what), "not of what a member says", f"one of {', '.join(CORRECTED)}")
    return column.value, answered(column, text, reading) if text or column is Column.PHONE else ""


def _in_one(service: Service) -> str:
    """What was done, by whom, with what, and what the next one should know."""
    said = service.written
    return "; ".join((*said.done, said.by, *said.used, *filter(None, (service.remark,))))


def _rows(kept: Kept) -> Iterator[tuple[str, str, str]]:
    private = kept.private
    yield "member", "id", kept.member
    for what in ("phone", "name", "plate"):
        if said := getattr(private, what):
            yield "member", what, said
    yield from (("member", what, said) for what, said in private.told)
    for one in kept.agreed:
        said = "yes" if one.consent.given else "no"
        yield "consent", one.consent.purpose, f"{said}, words {one.consent.version}, {one.when}"
    for purse in kept.purses:
        yield "wallet", purse.wallet, purse.tier
        yield from (("card", purse.wallet, shown) for shown in purse.cards)
        yield from (("holds", unit, str(balance)) for unit, balance in purse.held)
    yield from (("service", one.written.day, _in_one(one)) for one in kept.services)
    if kept.records_until:
        yield "records", "kept until", kept.records_until


# The command's.


class Misspelt(Exception):
    """What was typed is no command; `str()` is how it is."""


def _left(kept: Kept) -> str:
    """Here."""
    return ", ".join(f"{unit} {balance}" for purse in kept.purses for unit, balance in purse.held)


_SPELT = {
    "show": "show WHO",
    "forget": f"forget WHO {'|'.join(_REASONS)}",
    "copy": "copy WHO FILE",
    "correct": "correct WHO name=NAME ...",
    "consent": "consent WHO PURPOSE yes|no",
    "hold": "hold WHO DAY WHY, or hold WHO lifted",
}
_WORDS_MAX = 20
_WORDS_OF = {
    "copy": (1, 1),
    "correct": (1, _WORDS_MAX),
    "consent": (2, 2),
    "forget": (1, 1),
    "hold": (2, _WORDS_MAX),
}
"""How many at least and at most."""


def run(config: Path, what: str, who: str, words: Sequence[str]) -> int:
    """Exit 0: it is done; 1: it is not; 2: that is no command. Raises BadConfig."""
    try:
        question = _question(what, who, words)
    except Misspelt as how:
        return _failed(f"terminal member {how}", _BAD_COMMAND)
    settings = load_in_place(config)
    answer = _asked(settings, question)
    if answer.why:
        return _failed(answer.why)
    if what == "copy":
        return _given(settings, answer, Path(words[0]))
    for kind, which, value in answer.rows:
        sys.stdout.write(f"{kind:<8} {which}: {legible(value)}\n")
    if not answer.rows:
        sys.stdout.write("forgotten\n")
    return 0


def _question(what: str, who: str, words: Sequence[str]) -> list[str]:
    """What the terminal is asked. Raises Misspelt."""
    if what == "hold" and list(words) == ["lifted"]:
        return [what, who, "", "lifted"]
    few, many = _WORDS_OF.get(what, (0, 0))
    if not few <= len(words) <= many or (what == "hold" and not _is_day(words[0])):
        raise Misspelt(_SPELT[what])
    if what == "copy":
        return ["show", who]
    return [what, who, words[0], " ".join(words[1:])] if what == "hold" else [what, who, *words]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _asked(settings: Settings, words: Sequence[str]) -> Answer:
    try:
        return asked(settings.file.terminal.socket, "member", Answer, *words, within_s=_ANSWER_S)
    except Unanswered as why:
        return Answer(why=f"the terminal must run: {why}")


def copied(kept: Kept, ledger: Path, file: Path) -> None:
    """All that is kept of them into a new file. Raises OSError, NotExported."""
    _write(tuple(_rows(kept)), kept.member, tuple(purse.wallet for purse in kept.purses), ledger, file)


def _write(
    kept: Sequence[tuple[str, str, str]], member: str, wallets: Sequence[str], ledger: Path, file: Path
) -> None:
    def rows() -> Iterator[Sequence[str]]:
        yield from ([what, which, quoted(value)] for what, which, value in kept)
        yield from own_statements(ledger, MemberId(member), [WalletId(wallet) for wallet in wallets])

    write_rows(file, ("what", "which", "value"), rows(), personal=True)


def _given(settings: Settings, answer: Answer, file: Path) -> int:
    try:
        member = next(value for kind, which, value in answer.rows if (kind, which) == ("member", "id"))
        _write(answer.rows, member, answer.wallets, settings.file.ledger.path, file)
    except (OSError, NotExported) as why:
        return _failed(f"no file was written: {why}")
    sys.stdout.write(f"{file}: all that is kept of the member, for them alone\n")
    return 0


def _failed(why: str, code: int = 1) -> int:
    sys.stderr.write(f"{legible(why)}\n")
    return code
