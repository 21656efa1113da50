"""A program in tmux, 80 by 24: keys go in, what stands there is read back as text."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from lab.environment import ROOT
from lab.menu.typing_at import COLUMNS, LINES, WAIT_S

INSTALLED: Final = shutil.which("tmux") is not None
_POLL_S = 0.02
_NAMES: Final = {"\x1b": "Escape", "\r": "Enter", "\x7f": "BSpace", "\x1b[B": "Down"}
_PIECES = re.compile(r"\x1b\[B|[\x1b\r\x7f]|[^\x1b\r\x7f]+")


class Tmux:
    """A server of its own, which ends with the `with`."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._server = f"menu-{uuid.uuid4().hex[:12]}"
        line = shlex.join(["env", *(f"{name}={value}" for name, value in environ.items()), *command])
        size = ("-x", str(COLUMNS), "-y", str(LINES))
        self._tmux(
            *("set-option", "-g", "status", "off", ";", "set-option", "-s", "escape-time", "0", ";"),
            *("new-session", "-d", *size, line),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("kill-server")

    def type(self, keys: str) -> None:
        for piece in _PIECES.findall(keys):
            self._tmux("send-keys", *([_NAMES[piece]] if piece in _NAMES else ["-l", piece]))

    @property
    def shown(self) -> str:
        """Row by row, without the blanks at their ends."""
        rows = self._tmux("capture-pane", "-p").split("\n")[:LINES]
        return "\n".join(row.rstrip() for row in rows)

    def until(self, done: Callable[[str], bool]) -> str:
        """What is shown once it is. Raises TimeoutError with what is shown instead."""
        ends = time.monotonic() + WAIT_S
        while not done(shown := self.shown):
            if time.monotonic() > ends:
                raise TimeoutError(shown)
            time.sleep(_POLL_S)
        return shown

    def _tmux(self, *words: str) -> str:
        done = self._run(*words)
        done.check_returncode()
        return done.stdout

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = ["tmux", "-L", self._server, "-f", "/dev/null", *words]
        return subprocess.run(line, capture_output=True, text=True, check=False, cwd=ROOT)
