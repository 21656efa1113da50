"""The second copy's own writes, recorded beside those of SQLite: both media lose the power together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from lab.crashdisk import Kind, Operation, Recorder
from terminal.store import segments


@contextmanager
def recording_copy(recorder: Recorder) -> Iterator[None]:
    """Everything that reaches a file of the copy goes through these three."""
    written, synced, cut = segments.written, segments.synced, segments.cut

    def recorded_write(descriptor: int, data: bytes) -> None:
        recorder.operations.append(
            Operation(Kind.WRITE, _name(descriptor), os.fstat(descriptor).st_size, bytes(data))
        )
        written(descriptor, data)

    def recorded_sync(descriptor: int) -> None:
        synced(descriptor)
        recorder.operations.append(Operation(Kind.SYNC, _name(descriptor)))

    def recorded_cut(descriptor: int, size: int) -> None:
        if size != os.fstat(descriptor).st_size:
            recorder.operations.append(Operation(Kind.TRUNCATE, _name(descriptor), size))
        cut(descriptor, size)

    with (
        mock.patch.object(segments, "written", recorded_write),
        mock.patch.object(segments, "synced", recorded_sync),
        mock.patch.object(segments, "cut", recorded_cut),
    ):
        yield


def _name(descriptor: int) -> str:
    return Path(f"/proc/self/fd/{descriptor}").readlink().name
