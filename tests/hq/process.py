"""Headquarters as the process that shops talk to, with its PostgreSQL."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

from terminal.core.wire.signing import SIGNATURE_HEADER, request_signed
from terminal.runtime.authority import Identity
from tests.hq.guest import Guest, let_in, named

END_S = 60
"""No step of a test takes this long; it ends one that hangs."""


class Headquarters:
    """`python -m hq run` over a folder of its own. Started again after a kill, it keeps its port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = self.phones = ""
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.other_dsn = ""
        self._guests: dict[tuple[Identity, str], Guest] = {}

    def start(self, *more: str, die_at: str = "") -> None:
        env = {**os.environ, "TERMINAL_DIE_AT": die_at}
        self.other_dsn = more[1] if more[:1] == ("--dsn",) else self.other_dsn
        command = [
            sys.executable,
            "-m",
            "hq",
            "run",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
            *more,
        ]
        with (self.data.parent / "hq.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        watchdog = threading.Timer(END_S, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline()
        watchdog.cancel()
        assert line, f"headquarters did not start: {self.words()}"
        told = json.loads(line)
        assert told["hq"] == "ready"
        self.url = told["url"]
        self.phones = told.get("phones", "")
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def died(self) -> int:
        """Waits for the end that a kill campaign has set."""
        assert self.process is not None
        code = self.process.wait(END_S)
        self._close()
        return code

    def words(self) -> str:
        return (self.data.parent / "hq.log").read_text()[-3000:]

    def dsn(self) -> str:
        if self.other_dsn:
            return self.other_dsn
        sockets = (self.data / "postgres" / "postmaster.pid").read_text().splitlines()[4]
        return f"postgresql://postgres@/postgres?host={quote(sockets)}"

    def guest(self, merchant: str, site: str = "S1", terminal: str = "T1", *, instance: str = "i1") -> Guest:
        """The same machine each time, while this headquarters stands."""
        machine = (named(merchant, site, terminal), instance)
        if machine not in self._guests:
            self._guests[machine] = let_in(self.data, self.dsn(), machine[0], self.url, instance)
        return self._guests[machine]

    def ask(self, path: str, body: bytes, method: str = "POST") -> tuple[int, Any]:
        """Signed and certified by the machine that the body names, or by another where it names none."""
        merchant, site, instance = _says(body)
        return self.ask_as(self.guest(merchant, site, instance=instance), path, body, method)

    def ask_as(
        self,
        guest: Guest | None,
        path: str,
        body: bytes,
        method: str = "POST",
        *,
        signature: str | None = None,
    ) -> tuple[int, Any]:
        """Without a certificate where there is no guest; signed by the guest unless otherwise given."""
        if signature is None:
            signature = b64encode(guest.sign(request_signed(path, body))[0]).decode() if guest else ""
        headers = {SIGNATURE_HEADER: signature} if signature else {}
        request = urllib.request.Request(  # noqa: S310  our own URL
            self.url + path, data=body, method=method, headers=headers
        )
        try:
            context = guest.tls() if guest else self.stranger()
            with urllib.request.urlopen(request, timeout=END_S, context=context) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.loads(refusal.read())

    def stranger(self) -> ssl.SSLContext:
        """Knows the authority, has no certificate."""
        return ssl.create_default_context(cafile=str(self.data / "authority.pem"))

    def tell(self, command: str, *more: str) -> tuple[int, Any]:
        """`python -m hq verify`, `report` or another that prints JSON: exit code and JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "hq", command, "--data", str(self.data), *more],
            capture_output=True,
            text=True,
            timeout=END_S,
            check=False,
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.died()

    def _close(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def close(self) -> None:
        self.kill()


def _says(body: bytes) -> tuple[str, str, str]:
    """The merchant, the site and the machine that a request names."""
    try:
        said = json.loads(body)
        names = said["merchant"], said["site"], said["instance"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return _SOMEBODY
    usable = all(isinstance(name, str) and 0 < len(name) <= 64 and name.isprintable() for name in names)
    return names if usable else _SOMEBODY


_SOMEBODY = ("m", "s", "i1")
