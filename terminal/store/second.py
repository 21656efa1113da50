"""A second copy of the journal on another medium, level with the ledger before anybody is answered.

A thread of its own reads what was committed and adds it to the copy; the ledger's writer waits for it after
COMMIT and before the answers. So nothing is ever on the copy that was not in the ledger: a copy that holds
more tells that the ledger's disk lost what it had called durable, and one that holds other entries belongs to
another history. Neither is written over. A medium that is gone, full or slow keeps nobody waiting for longer
than `WAIT_S`, once; then the copy is behind, which people see, and catches up by itself.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sqlite3
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from terminal.core.entry import GENESIS, Entry
from terminal.core.errors import TerminalFault
from terminal.core.values import SiteId, Value
from terminal.runtime.steps import reached
from terminal.store import segments
from terminal.store.queries import queries
from terminal.store.segments import Head
from terminal.store.settings import Settings
from terminal.store.standing import Standing, standing
from terminal.store.unwritten import closed_by, is_damage

log = logging.getLogger(__name__)

WAIT_S = 2.0
"""So long an answer waits for the copy; a stick that is busy with itself takes a second now and then."""
LOOK_S = 5.0
"""So long a start waits to hear whether the copy holds more than the ledger."""
RETRY_S = (5.0, 10.0, 30.0, 60.0)
"""Between two looks at a medium that was not well."""
END_S = 1.0
KEPT_MS = 90 * 24 * 3600 * 1000
FREE_BYTES_MIN = 1 << 20
_AT_ONCE = 256


class SecondState(Value, frozen=True, kw_only=True):
    """How the copy stands."""

    path: str
    level: bool
    """Everything answered from now on is on it."""
    seq: int = 0
    """The last entry on it."""
    why: str = ""
    """Why it is not level."""
    aside: tuple[str, ...] = ()
    """Files beside it that contradict the ledger."""


class SecondCopy:
    """`reach`, `state` and `refuses` may be called from any thread; `on_state` is called from its own."""

    def __init__(
        self, ledger: Path, folder: Path, settings: Settings, site: SiteId, on_state: Callable[[], None]
    ) -> None:
        self._ledger = ledger
        self._folder = folder
        self._settings = settings
        self._site = site
        self._on_state = on_state
        self._changed = threading.Condition()
        self._state = SecondState(path=str(folder), level=False, why="is being looked at")
        self._wanted = self._tries = 0
        self._ended = self._leaving = False
        self._found: Standing | None = None
        self.damage: TerminalFault | None = None
        """That it met in the ledger's file, reading what it copies."""
        self._looked, self._may_write = threading.Event(), threading.Event()
        self._reading: sqlite3.Connection | None = None
        self._file: int | None = None
        self._path = folder
        self._size = 0
        self._hash = GENESIS
        self._durable: tuple[Path, int] | None = None
        """The file added to last, and how much of it was certainly synced."""
        self._thread = threading.Thread(target=self._run, name="second-copy", daemon=True)
        self._thread.start()

    @property
    def state(self) -> SecondState:
        return self._state

    def refuses(self) -> str:
        """Why nothing may be booked now; empty when it may."""
        state = self._state
        return "" if state.level or not self._settings.second_required else state.why

    def found(self) -> Standing | None:
        """What the first look saw; None where there was nothing to see, or not in time."""
        self._looked.wait(LOOK_S)
        return self._found

    def go_on(self) -> None:
        """The ledger has what it can get; from now on the copy follows it.

        Returns when it is level, or its medium is not well, or will take longer.
        """
        self._may_write.set()
        with self._changed:
            self._changed.wait_for(lambda: self._state.level or self._tries > 0, WAIT_S)

    def reach(self, seq: int) -> None:
        """Returns when that entry is on the copy, or the copy is behind. Called after COMMIT."""
        with self._changed:
            self._wanted = max(self._wanted, seq)
            if not self._state.level:
                return
            self._changed.notify_all()
            if self._changed.wait_for(lambda: self._state.seq >= seq or not self._state.level, WAIT_S):
                return
            self._state = msgspec.structs.replace(
                self._state, level=False, why=f"did not take an entry in {WAIT_S:g} s"
            )
        self._tell()

    @asynccontextmanager
    async def away(self) -> AsyncGenerator[None, None]:
        """The ledger's file is not open here while another takes its place; that one is compared anew."""
        await asyncio.to_thread(self._leave)
        try:
            yield
        finally:
            with self._changed:
                self._leaving = False
                self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._leaving = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._reading is None, WAIT_S)

    def close(self) -> None:
        """What waits is written, unless the medium hangs or the start was refused."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._may_write.set()
        self._thread.join(END_S)

    # From here on: the thread.

    def _run(self) -> None:
        try:
            self._found = self._look()
        except (OSError, sqlite3.Error) as fault:
            self._failed(fault)
        self._looked.set()
        self._may_write.wait()
        if self._ended:
            self._let_go()
            return
        while True:
            self._stay_away()
            try:
                self._follow()
            except (OSError, sqlite3.Error) as fault:
                self._failed(fault)
            except Exception as defect:
                log.exception("the second copy failed")
                self._failed(OSError(f"a defect: {type(defect).__name__}"))
            with self._changed:
                level = self._state.level
                pause_s = None if level else RETRY_S[min(max(self._tries, 1), len(RETRY_S)) - 1]
                self._changed.wait_for(
                    lambda: (
                        self._ended or self._leaving or (self._state.level and self._wanted > self._state.seq)
                    ),
                    pause_s,
                )
                if self._ended and not (self._state.level and self._wanted > self._state.seq):
                    break
        self._let_go()

    def _stay_away(self) -> None:
        if not self._leaving:
            return
        self._let_go()
        with self._changed:
            why = "waits until the ledger's file is exchanged"
            self._state = msgspec.structs.replace(self._state, level=False, why=why)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or not self._leaving)
            self._wanted = 0  # Another ledger may be shorter.

    def _failed(self, fault: OSError | sqlite3.Error) -> None:
        self._let_go()
        why = (fault.strerror if isinstance(fault, OSError) else None) or str(fault)
        with self._changed:
            if isinstance(fault, sqlite3.Error) and is_damage(fault):
                self.damage = closed_by(fault, "read for the second copy")
            self._tries += 1
            news = self._state.why != why
            self._state = msgspec.structs.replace(self._state, level=False, why=why)
            self._changed.notify_all()
        if news:
            log.error("the second copy %s is not written: %s", self._folder, why)
            self._tell()

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _tell(self) -> None:
        self._on_state()

    def _read(self) -> sqlite3.Connection:
        if self._reading is None:
            # As the other readers do: one that is opened read-only cannot tell whether it closes last.
            where = f"{self._ledger.absolute().as_uri()}?mode=rw"
            self._reading = sqlite3.connect(where, uri=True, isolation_level=None)
            self._reading.execute("PRAGMA query_only = ON")
            self._reading.execute("PRAGMA wal_autocheckpoint = 0")
        return self._reading

    def _look(self) -> Standing:
        return standing(self._folder, self._site, self._read())

    def _distrust(self) -> None:
        """After a sync that failed the kernel shows what may be on no disk: off with it, and once more."""
        path, size = self._durable or (self._path, 0)
        if self._durable is not None and path.exists():
            with path.open("rb+") as file:
                segments.cut(file.fileno(), size)

    def _follow(self) -> None:
        """The copy goes on to the ledger's head."""
        if self._file is None:
            self._check_medium()
            self._distrust()
            self._open(self._look())
        rows = queries()["entries_after"]
        while found := self._read().execute(rows, (self._state.seq, _AT_ONCE)).fetchall():
            self._add([(seq, entry_hash, body) for seq, body, entry_hash in found])
        if not self._state.level:
            aside = tuple(map(str, segments.put_aside(self._folder, self._site)))
            with self._changed:
                self._tries = 0
                self._state = msgspec.structs.replace(self._state, level=True, why="", aside=aside)
                self._changed.notify_all()
            log.info("the second copy %s is level at %d", self._folder, self._state.seq)
            self._tell()

    def _check_medium(self) -> None:
        """Before anything is written.

        Its folder is never made: for a stick that is not there, it would lie on the very disk that it is
        to outlive.
        """
        seen = os.statvfs(self._folder)
        if seen.f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        if seen.f_bavail * seen.f_frsize < FREE_BYTES_MIN:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self, found: Standing) -> None:
        for path in found.contradicting:
            kept = segments.moved_aside(path)
            log.error("the second copy contradicts the ledger: kept as %s", kept)
        for path in found.empty:
            path.unlink()
        self._hash = found.hash
        if found.path is None:
            self._begin(found.seq)
        else:
            self._file = os.open(found.path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            segments.cut(self._file, found.end)  # What a power cut left of the last write.
            self._path, self._size = found.path, found.end
            self._durable = (found.path, found.end)
        self._state = msgspec.structs.replace(self._state, seq=found.seq)

    def _begin(self, seq: int) -> int:
        """The next file; its descriptor."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self._make_room()
        instance = str(self._read().execute(queries()["meta"], ("instance",)).fetchone()[0])
        head = Head(v=segments.VERSION, site=self._site, instance=instance)
        self._file, self._path, self._size = segments.begun(self._folder, head, seq, self._hash)
        self._durable = (self._path, self._size)
        return self._file

    def _add(self, rows: list[tuple[int, bytes, bytes]]) -> None:
        """One write and one sync."""
        file = self._file
        if file is None or self._size >= segments.SEGMENT_BYTES:
            file = self._begin(self._state.seq)
        self._size += segments.added(file, rows)
        reached("second.written")
        segments.synced(file)
        reached("second.synced")
        if not os.fstat(file).st_nlink:
            raise OSError(errno.ENOENT, "somebody removed its file")
        self._durable = (self._path, self._size)
        self._hash = rows[-1][1]
        with self._changed:
            self._state = msgspec.structs.replace(self._state, seq=rows[-1][0])
            self._changed.notify_all()

    def _make_room(self) -> None:
        """Below the bound for one more file: the oldest goes, if headquarters has all of it for long.

        Raises:
            OSError: it may not go; a new medium is needed.
        """
        files = segments.paths(self._folder, self._site)
        size = sum(one.stat().st_size for one in files) + segments.SEGMENT_BYTES
        for path in files:
            if size <= self._settings.second_bytes_max:
                return
            if not self._may_go(path):
                raise OSError(errno.EDQUOT, "is as long as second_bytes_max allows: take a new medium")
            size -= path.stat().st_size
            path.unlink()

    def _may_go(self, path: Path) -> bool:
        records = segments.read(path).records
        last = records[-1].seq if records else 0
        run = self._read().execute
        acked = int(run(queries()["meta"], ("acked",)).fetchone()[0])
        rows = [run(queries()["entries_after"], (seq - 1, 1)).fetchone() for seq in (last, self._state.seq)]
        if last > acked or None in rows:
            return False
        then, now = (msgspec.json.decode(row[1], type=Entry).at.wall_ms for row in rows)
        return now - then > KEPT_MS
