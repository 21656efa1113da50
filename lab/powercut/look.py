"""What the terminal's own start makes of one disk; and whether that is what people were told."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.powercut.day import Day, digest
from lab.powercut.facts import Facts, facts_of
from lab.powercut.shop import SITE, STICK, opened
from terminal.core.commands import Balances, Booked
from terminal.core.errors import LedgerClosed, LedgerDamaged, TerminalFault
from terminal.core.values import EntryId
from terminal.store import segments
from terminal.store.answers import entry_id, stored_answer
from terminal.store.beside import check_beside
from terminal.store.ledger import Ledger
from terminal.store.sealed import MemberKeys, Secret
from terminal.store.shelf import Shelf
from terminal.store.standing import compared
from terminal.store.verify import verified

Told = list[tuple[Any, ...]]
Answer = tuple[int, str, Balances | None]
_NONE = b"a key that was never in the file"
_BACK, _ON = 5, 4
"""Around the last entry that is there the counters are not sure of so many, and submit them again."""


class Wrong(Exception):
    """A promise was broken; says which."""


@dataclass
class Start:
    """Of one disk. A fault, or all that can be asked of the ledger that was opened."""

    fault: str = ""
    answers: dict[EntryId, Answer] = field(default_factory=dict)
    acked: int = 0
    unprinted: set[EntryId] = field(default_factory=set)


@dataclass(frozen=True)
class _File:
    """What stands in it, read through the writer's own connection."""

    journal: list[tuple[EntryId, bytes]]
    answers: dict[EntryId, Answer]
    digest: bytes
    intents: dict[EntryId, tuple[EntryId, int, str]]
    profiles: dict[str, bytes]
    erased: set[str]
    tokens: dict[bytes, tuple[str, str | None]]
    pins: dict[str, str]


class Looker:
    """Knows what a day's disks must hold."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._facts = facts_of(day)
        self._order = list(day.sent)
        self._booked = {entry for entry, _ in day.journal}
        self._walked: set[int] = set()
        """Lengths of the journal for which everything beside it was told anew."""

    async def start(self, path: Path, *, rolled_back: bool = False) -> Start:
        """Opens that disk with the product's own start, looks, books on, closes it and walks all of it.

        `rolled_back`: the ledger was brought level from its copy, which knows entries and nothing private.
        """
        try:
            ledger = await opened(path)
        except (LedgerClosed, LedgerDamaged) as refused:
            return Start(f"does not open: {refused}")
        start = Start()
        try:
            try:
                await self._look(ledger, path, start, rolled_back=rolled_back)
                await self._once_more(ledger, start)
            finally:
                await ledger.close()
            _walk(path, beside=len(start.answers) not in self._walked)
            if (path.parent / STICK).exists():
                _walk_copy(path)
            self._walked.add(len(start.answers))
        except Wrong as wrong:
            start.fault = str(wrong)
        except (TerminalFault, sqlite3.Error) as failed:
            start.fault = f"{type(failed).__name__}: {failed}"
        return start

    async def _look(self, ledger: Ledger, path: Path, start: Start, *, rolled_back: bool) -> None:
        file: _File = await ledger.committer.do(_read)
        start.answers = file.answers
        start.acked = await ledger.outbox.acked()
        start.unprinted = set(await ledger.books.waiting_prints())
        head = len(file.journal)
        if file.journal != self._day.journal[:head]:
            raise Wrong("I2: the journal is not the beginning of what was booked")
        facts = self._facts[head]
        if file.intents != facts.intents:
            raise Wrong("I11: an intent stands otherwise than the journal says")
        shown = [one.id for one in await ledger.books.open_intents()]
        if shown != facts.open_intents():
            raise Wrong("I11: the start lists other intents than those that are open")
        if rolled_back:
            return
        _check_people(path, file, facts, self._day.wrapped)
        if self._day.states and self._day.states.get(head) != file.digest:
            raise Wrong(
                f"I2: entries up to {head} did something else, or were committed together with others"
            )

    async def _once_more(self, ledger: Ledger, start: Start) -> None:
        """The counters submit again what they are not sure of, in the order of the day."""
        last = max((self._order.index(entry) for entry in start.answers), default=-1)
        ids = self._order[max(0, last - _BACK) : last + _ON]
        answers = await asyncio.gather(
            *(ledger.committer.submit(*self._day.sent[entry]) for entry in ids), return_exceptions=True
        )
        for entry, again in zip(ids, answers, strict=True):
            before = start.answers.get(entry)
            if isinstance(again, Booked):
                if before is not None and before != _answer(again):
                    raise Wrong(f"I2: entry {before[0]} answered in another way")
            elif entry in self._booked or isinstance(again, LedgerClosed):
                raise Wrong(f"I2: what was booked is refused when it comes again: {type(again).__name__}")


def kept(start: Start, told: Iterable[tuple[Any, ...]]) -> str:
    """The first thing that people were told and that is not so; empty when all is."""
    printed = set()
    for what in told:
        if fault := _broken(start, what):
            return fault
        if what[0] == "printed":
            printed.add(what[1])
    for entry, (seq, number, _) in start.answers.items():
        if number and entry not in printed and entry not in start.unprinted:
            return f"I8: the receipt of entry {seq} is neither on paper nor waiting"
    return ""


def _broken(start: Start, what: tuple[Any, ...]) -> str:
    match what:
        case ("answered", Booked() as booked):
            stands = start.answers.get(booked.command.id)
            if stands is None:
                return f"I1: entry {booked.seq} was answered and is gone"
            if stands != _answer(booked):
                return f"I1: entry {booked.seq} is another than was answered"
        case ("printed", entry, number):
            stands = start.answers.get(entry)
            if stands is None or stands[1] != number:
                return f"I8: {number} is on paper and belongs to no entry"
        case ("acked", seq):
            if start.acked < seq:
                return f"I1: acknowledged up to {seq}, kept up to {start.acked}"
    return ""


def _answer(booked: Booked) -> Answer:
    return booked.seq, booked.receipt_no, booked.after


def _read(shelf: Shelf) -> _File:
    run = shelf.connection.execute
    journal = [(entry_id(row[0]), row[1]) for row in run("SELECT id, hash FROM entries ORDER BY seq")]
    answers = {}
    for entry, _ in journal:
        if (stands := stored_answer(shelf.connection, entry)) is not None:
            answers[entry] = _answer(stands)
    ends = run("SELECT i.* FROM intents i LEFT JOIN entries e ON e.id = i.intent ORDER BY e.seq")
    return _File(
        journal=journal,
        answers=answers,
        digest=digest(shelf.connection),
        intents={entry_id(row[0]): (entry_id(row[1]), row[2], row[3]) for row in ends},
        profiles=dict(run("SELECT member, sealed FROM profiles")),
        erased={row[0] for row in run("SELECT member FROM erased")},
        tokens={row[0]: (row[1], row[2]) for row in run("SELECT token, wallet, card FROM tokens")},
        pins=dict(run("SELECT wallet, pin FROM wallets WHERE pin <> ''")),
    )


def _check_people(path: Path, file: _File, facts: Facts, wrapped: dict[str, bytes]) -> None:
    """Everybody's data can be read, and what they show and type is theirs.

    Of those who were erased no key is left, and nobody else's is gone.
    """
    if file.profiles.keys() != facts.profiles.keys() or file.erased != facts.erased:
        raise Wrong("people: others are known, or erased, than the journal says")
    if file.pins != facts.pins:
        raise Wrong("people: a PIN is not the one that was set last")
    where, secret = path.with_suffix(".keys"), Secret(path.with_suffix(".secret"))
    if file.tokens != {secret.token(key): to for key, to in facts.keys.items()}:
        raise Wrong("people: a card or phone leads elsewhere, or nowhere, or still does")
    _check_keys(where)
    with closing(MemberKeys(where, secret)) as keys:
        for member, private in facts.profiles.items():
            if keys.unseal(member, file.profiles[member]) != private:
                raise Wrong("people: a member's data cannot be read: the key is gone, or another")
        for member in facts.erased:
            with suppress(LedgerDamaged):  # There is a key, and nothing to open with it.
                if keys.unseal(member, b"") is None and wrapped.get(member, _NONE) not in where.read_bytes():
                    continue
            raise Wrong("people: the key of somebody who was erased is still there")


def _check_keys(where: Path) -> None:
    """Also where nobody has one yet: a file that was torn while it was made lets nobody join."""
    try:
        with closing(sqlite3.connect(where)) as file:
            found = file.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as fault:
        found = str(fault)
    if found != "ok":
        raise Wrong(f"people: the file of members' keys is damaged: {found}")


def _walk(path: Path, *, beside: bool) -> None:
    """The whole ledger, as `terminal ledger verify` walks it, after it went on working."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            verified(connection)
            if beside:
                check_beside(connection)
            below = connection.execute(
                "SELECT count(*) FROM accounts"
                " WHERE owner LIKE 'wallet:%' AND balance < 0 AND unit NOT LIKE 'debt:%'"
            ).fetchone()[0]
        except (LedgerDamaged, sqlite3.Error) as fault:
            raise Wrong(f"I3 or I7: {fault}") from fault
    if below:
        raise Wrong("I5: value below zero")


def _walk_copy(path: Path) -> None:
    """It holds all that the ledger does, nothing else, and nothing was found to contradict."""
    folder = path.parent / STICK
    if aside := segments.put_aside(folder, SITE):
        raise Wrong(f"copy: was found to contradict the ledger: {aside[0].name}")
    with closing(sqlite3.connect(path)) as connection:
        found = compared(folder, SITE, connection)
        held = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
    if found.fault or found.entries != held:
        raise Wrong(f"copy: {found.fault or f'{found.entries} of {held} entries are on it'}")
