"""The file's schema as numbered steps: which one a file has, whether we may open it, how it becomes ours.

Each `NNNN_name.sql` is one transaction, which also writes its number into `user_version`: a power cut leaves
the schema before it or after it. A step expands (a new table, a new column with a default, a trigger), so
that programs of the release before still open the file and book in it. What they use and we do not is taken
away a release later, by a step that raises `meta.openable_from` to the first schema whose program does
without it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from terminal.core.errors import LedgerDamaged, LedgerNewer
from terminal.store.unwritten import UNREACHED, closed_by, primary_code

APPLICATION_ID = 0x43544C31  # "CTL1"

_FOLDER = Path(__file__).parent / "schema"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
_ALLOWED = ("CREATE ", "ALTER ", "DROP ", "INSERT ", "UPDATE ", "DELETE ")
"""A step neither ends its transaction nor sets what belongs to the connection."""


class Step(NamedTuple):
    number: int
    path: Path


class Schema:
    """The steps that a program knows. Raises ValueError where its folder is none: 1, 2, 3, ... and no gap."""

    def __init__(self, folder: Path = _FOLDER) -> None:
        self._steps = [_step(path) for path in sorted(folder.glob("*.sql"))]
        if not self._steps or [step.number for step in self._steps] != list(range(1, len(self._steps) + 1)):
            raise ValueError(f"{folder}: the steps of a schema are numbered 0001, 0002, ... without a gap")

    @property
    def version(self) -> int:
        """What a file has once it was brought up to this program."""
        return len(self._steps)

    @property
    def openable_from(self) -> int:
        """The first schema whose program still opens a file that this one has brought up."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
            self.bring(made)
            return int(made.execute("SELECT value FROM meta WHERE name = 'openable_from'").fetchone()[0])

    def version_of(self, connection: sqlite3.Connection) -> int:
        """The file's; 0 when it is empty. Changes nothing.

        Raises:
            LedgerDamaged: another program's file, or its schema is no text any more.
            LedgerNewer: only a newer program may open it.
        """
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            marked = connection.execute("PRAGMA application_id").fetchone()[0]
            used = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        except UnicodeDecodeError as odd:  # SQLite quotes what it stumbled over, bytes of any kind.
            raise LedgerDamaged("the file itself: its schema cannot be read") from odd
        if (version or marked or used) and marked != APPLICATION_ID:
            raise LedgerDamaged(f"application id {marked:#x} is not a ledger's")
        if marked and version < 1:
            raise LedgerDamaged(f"the file itself: schema {version} was never written there (user_version)")
        if version > self.version:
            least = _openable_from(connection)
            if least is None or least > self.version:
                raise LedgerNewer(
                    f"its schema {version} needs a program of schema {least or version} or newer,"
                    f" this one has {self.version}"
                )
        return version

    def check(self, connection: sqlite3.Connection) -> None:
        """Tables, indexes and triggers are those of our steps: what guards the rows was not dropped.

        Of a file of a newer schema this program cannot say.

        Raises:
            LedgerDamaged: the first that is not.
        """
        if self.version_of(connection) != self.version:
            return
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
            self.bring(made)
            wanted, there = _shape(made), _shape(connection)
        for name in sorted(wanted.keys() | there.keys()):
            if name not in there:
                raise LedgerDamaged(f"the schema: {name} is missing")
            if wanted.get(name) != there[name]:
                raise LedgerDamaged(f"the schema: {name} is {'changed' if name in wanted else 'not ours'}")

    def bring(self, connection: sqlite3.Connection) -> None:
        """The file to our schema, step by step; one that is as new, or newer, is left as it is.

        Raises:
            LedgerClosed: the disk did not let us. The file has the last schema that was complete, and
                opens as before for the program that had it.
            LedgerDamaged: it has not what its schema says.
        """
        version = self.version_of(connection)
        for step in self._steps[version:]:
            try:
                _take(connection, step)
            except sqlite3.DatabaseError as fault:
                what = (
                    f"could not be brought from schema {step.number - 1} to {step.number}, and is as it was"
                )
                if primary_code(fault) not in UNREACHED:  # What the step needs is not there, or is already.
                    raise LedgerDamaged(f"the file itself: {what}: {fault}") from fault
                raise closed_by(fault, what) from fault


def _shape(connection: sqlite3.Connection) -> dict[str, str | None]:
    """What each part of the schema was made by. SQLite's own statistics are nobody's business."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'")
    return dict(rows)


def _step(path: Path) -> Step:
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise ValueError(f"{path}: is not named like 0001_what_it_does.sql")
    return Step(int(named[1]), path)


def _take(connection: sqlite3.Connection, step: Step) -> None:
    run = connection.execute
    # A table that is built anew is dropped while rows refer to it; it cannot be switched in a transaction.
    run("PRAGMA foreign_keys = OFF")
    try:
        run("BEGIN IMMEDIATE")
        try:
            for statement in statements(step.path.read_text(encoding="utf-8")):
                run(statement)
            _check(connection, step)
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            run(f"PRAGMA user_version = {step.number}")
            run("COMMIT")
        except BaseException:
            if connection.in_transaction:
                run("ROLLBACK")
            raise
    finally:
        run("PRAGMA foreign_keys = ON")


def statements(script: str) -> Iterator[str]:
    """One by one, triggers whole. Raises ValueError for what has no place in a step."""
    rest = ""
    for part in script.split(";")[:-1]:
        rest += part + ";"
        if sqlite3.complete_statement(rest):
            words = " ".join(line.partition("--")[0].strip() for line in rest.splitlines()).strip()
            if not words.upper().startswith(_ALLOWED):
                raise ValueError(f"not for a step of the schema: {words[:40]}")
            yield rest
            rest = ""
    left = "\n".join(line.partition("--")[0] for line in (rest + script.rpartition(";")[2]).splitlines())
    if left.strip():
        raise ValueError(f"a step ends in the middle of a statement: {left.strip()[:40]}")


def _check(connection: sqlite3.Connection, step: Step) -> None:
    """What a step must leave behind, looked at before it counts."""
    if broken := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise LedgerDamaged(f"schema {step.number}: a row of {broken[0]} refers to nothing in {broken[2]}")
    least = _openable_from(connection)
    if least is None or not 1 <= least <= step.number:
        raise LedgerDamaged(f"schema {step.number}: openable_from is {least}")


def _openable_from(connection: sqlite3.Connection) -> int | None:
    row = connection.execute("SELECT value FROM meta WHERE name = 'openable_from'").fetchone()
    return row[0] if row and isinstance(row[0], int) else None


OURS = Schema()
