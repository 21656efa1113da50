"""What this lab must be able to find: the product with one fault put in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import terminal.store.file
import terminal.store.ledger
from lab.crashdisk import Recorder
from lab.diskfault import answer_before_commit
from lab.powercut.day import Mutant
from terminal.core.accounts import Account
from terminal.core.commands import Booked, BookIntentEnd, Command, Private
from terminal.core.ledger import effects as of
from terminal.core.values import EntryId
from terminal.store.answers import id_bytes
from terminal.store.effects import Effects
from terminal.store.file import connected
from terminal.store.hot import HotRows
from terminal.store.migrations import Schema
from terminal.store.queries import queries
from terminal.store.sealed import MemberKeys
from terminal.store.second import SecondCopy
from terminal.store.shelf import Shelf

# ruff: noqa: SLF001  a mutant is made inside


@contextmanager
def _synchronous_normal(_: Recorder) -> Iterator[None]:
    set_up = terminal.store.file._set_up

    def weaker(connection: sqlite3.Connection) -> None:
        set_up(connection)
        connection.execute("PRAGMA synchronous = NORMAL")

    with mock.patch.object(terminal.store.file, "_set_up", weaker):
        yield


@contextmanager
def _removal_not_synced(_: Recorder) -> Iterator[None]:
    set_up = terminal.store.file._set_up

    def weaker(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        set_up(connection)

    with mock.patch.object(terminal.store.file, "_set_up", weaker):
        yield


@contextmanager
def _posting_dropped(_: Recorder) -> Iterator[None]:
    post = HotRows.post

    def fewer(rows: HotRows, seq: int, postings: Sequence[tuple[Account, int]]) -> None:
        post(rows, seq, postings[:-1])

    def unwatched(path: Path, schema: Schema) -> sqlite3.Connection:
        connection = connected(path, schema=schema)
        connection.execute("DROP TRIGGER IF EXISTS entries_balance")  # The file itself would refuse it.
        return connection

    with (
        mock.patch.object(HotRows, "post", fewer),
        mock.patch.object(terminal.store.ledger, "connected", unwatched),
    ):
        yield


@contextmanager
def _answer_before_commit(_: Recorder) -> Iterator[None]:
    with answer_before_commit():
        yield


@contextmanager
def _copy_after_answer(_: Recorder) -> Iterator[None]:
    """The writer does not wait for the copy."""

    def hasty(second: SecondCopy, _seq: int) -> None:
        second._wanted = 0

    with mock.patch.object(SecondCopy, "reach", hasty):
        yield


@contextmanager
def _print_before_commit(recorder: Recorder) -> Iterator[None]:
    book = Shelf.book

    def eager(shelf: Shelf, command: Command, private: Private | None) -> Booked:
        booked = book(shelf, command, private)
        if booked.receipt_no:
            recorder.mark(("printed", booked.command.id, booked.receipt_no))
        return booked

    with mock.patch.object(Shelf, "book", eager):
        yield


@contextmanager
def _intent_end_not_journalled(_: Recorder) -> Iterator[None]:
    """The end stands in the file in a commit of its own, before the entry that ends it."""
    book = Shelf.book

    def early(shelf: Shelf, command: Command, private: Private | None) -> Booked:
        known = shelf.intent_for(command.id)
        end = "done"
        if isinstance(command, BookIntentEnd):
            known, end = shelf.intent(command.intent), command.end
        if known is not None and not known.end:
            run, intent = shelf.connection.execute, id_bytes(known.intent)
            run(queries()["end_intent"], (end, intent))
            run("COMMIT")
            run("BEGIN IMMEDIATE")
            run(queries()["end_intent"], ("", intent))
        return book(shelf, command, private)

    with mock.patch.object(Shelf, "book", early):
        yield


@contextmanager
def _intent_end_apart(_: Recorder) -> Iterator[None]:
    """The entry is committed, what it does to the intent only after it."""
    one = Effects._one

    def later(effects: Effects, effect: of.Effect, private: Private, entry: EntryId, seq: int) -> None:
        if isinstance(effect, of.IntentEnded):
            connection = effects._do("meta", "site").connection
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
        one(effects, effect, private, entry, seq)

    with mock.patch.object(Effects, "_one", later):
        yield


@contextmanager
def _key_not_synced(_: Recorder) -> Iterator[None]:
    file = MemberKeys._file

    def weaker(keys: MemberKeys) -> sqlite3.Connection:
        connection = file(keys)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    with mock.patch.object(MemberKeys, "_file", weaker):
        yield


@contextmanager
def _key_destroyed_before_commit(_: Recorder) -> Iterator[None]:
    erase = Effects._erase

    def eager(effects: Effects, effect: of.Erased) -> None:
        erase(effects, effect)
        effects._keys.destroy(effect.member)

    with mock.patch.object(Effects, "_erase", eager):
        yield


@contextmanager
def _erasure_not_made_up_for(_: Recorder) -> Iterator[None]:
    """A start does not look for keys that should be gone."""
    destroy = Effects.destroy_keys

    def only_then(effects: Effects, *, at_start: bool = False) -> None:
        if not at_start:
            destroy(effects)

    with mock.patch.object(Effects, "destroy_keys", only_then):
        yield


def _without(left_out: type[of.Effect]) -> Mutant:
    """The entry is committed, one thing that it says is not done."""
    one = Effects._one

    def less(effects: Effects, effect: of.Effect, private: Private, entry: EntryId, seq: int) -> None:
        if not isinstance(effect, left_out):
            one(effects, effect, private, entry, seq)

    @contextmanager
    def mutant(_: Recorder) -> Iterator[None]:
        with mock.patch.object(Effects, "_one", less):
            yield

    return mutant


MUTANTS: dict[str, Mutant] = {
    "answer-before-commit": _answer_before_commit,
    "copy-after-answer": _copy_after_answer,
    "erasure-not-made-up-for": _erasure_not_made_up_for,
    "intent-end-apart": _intent_end_apart,
    "intent-end-not-journalled": _intent_end_not_journalled,
    "key-destroyed-before-commit": _key_destroyed_before_commit,
    "key-not-synced": _key_not_synced,
    "keys-not-removed": _without(of.KeysDropped),
    "pin-dropped": _without(of.PinKept),
    "posting-dropped": _posting_dropped,
    "print-before-commit": _print_before_commit,
    "removal-not-synced": _removal_not_synced,
    "synchronous-normal": _synchronous_normal,
}
"""While the day is sold; what is left on the disk is opened by the product as it is."""
AT_START = frozenset({"erasure-not-made-up-for"})
"""Of these the fault lies in the start itself."""
OF_THE_COPY = frozenset({"copy-after-answer"})
"""These need a second copy."""
