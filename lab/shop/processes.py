"""The shop's own processes: started with a first line that says they are ready, ended by their id."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.environment import ROOT

_READY_S = 180
"""A busy machine takes long; one that hangs says nothing for ever."""
_END_S = 60


class NotStarted(Exception):
    """A process ended, or said nothing, before it was ready."""


class Process:
    """`python -m MODULE ...` whose first line of output is a JSON object."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.said: dict[str, Any] = {}
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Returns what the first line says. Raises NotStarted."""
        with self._log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *arguments,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        assert self._process.stdout is not None  # noqa: S101  asked for above
        try:
            async with asyncio.timeout(_READY_S):
                line = await self._process.stdout.readline()
                if not line:  # It ends by itself. A signal now would take its exit code from us.
                    await self._process.wait()
            self.said = json.loads(line)
        except (TimeoutError, ValueError) as fault:
            await self.stop()
            tail = self._log.read_text(errors="replace")[-2000:]
            raise NotStarted(f"{self.name} did not start; its log ends:\n{tail}") from fault
        return self.said

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """Of one that was started."""
        assert self._process is not None  # noqa: S101  see above
        return self._process.pid

    async def ended(self) -> int:
        """Waits; its exit code."""
        if self._process is None:
            return 0
        return await self._process.wait()

    async def stop(self) -> int:
        """SIGTERM, then SIGKILL; its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(_END_S):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
        return await self._process.wait()

    def kill(self) -> None:
        """As the power would."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()


async def told(*arguments: str) -> dict[str, Any]:
    """Runs `python -m ...` to its end and returns the JSON object that it printed."""
    try:
        found: dict[str, Any] = json.loads(await printed(*arguments))
    except ValueError:
        raise NotStarted(f"{' '.join(arguments)}: printed no JSON") from None
    return found


async def printed(*arguments: str) -> str:
    """Runs `python -m ...` to its end and returns what it printed, well or not."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if not out:
        raise NotStarted(f"{' '.join(arguments)}: exit {process.returncode}: {errors.decode()[-500:]}")
    return out.decode().strip()
