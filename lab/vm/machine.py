"""One virtual machine: started from its disk or from a snapshot, spoken to through its guest agent.

The emulator's control protocol is QMP, the agent's is that of qemu-guest-agent: both are lines of JSON over a
Unix socket (QEMU, docs/interop/qmp-spec.txt and qemu-ga-ref).
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from lab.vm.recipe import Built

_BOOT_S, _CONNECT_S, _ANSWER_S = 900.0, 60.0, 300.0
"""After which it is taken for dead; it shares processors with others."""
_LOOK_S = 0.1
_MEMORY_MB = 512
"""As a Zero 2 W has."""


class MachineFault(Exception):
    """The machine, its emulator or what ran in it did not do as told."""


class Ran(Struct, frozen=True):
    """A command that ended in the guest."""

    code: int
    out: str
    err: str


class Machine:
    """Ends with its `with` block, as if its plug was pulled.

    Args:
        made: kernel and initrd; its disk is not written.
        disk: a qcow2 file of this machine's own.
        snapshot: a name of `save`, to go on from there; otherwise it boots.
    """

    def __init__(self, made: Built, disk: Path, snapshot: str = "") -> None:
        self._made, self._disk, self._snapshot = made, disk, snapshot
        self._end = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="card-terminal-vm-")))
            log = stack.enter_context((folder / "qemu.log").open("wb+"))
            self._console = folder / "console.log"
            self._process = subprocess.Popen(
                self._command(folder), stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
            stack.callback(self._kill)
            self._qmp = stack.enter_context(_Line(folder / "qmp", self._alive))
            self._qmp.read()
            self._qmp.ask("qmp_capabilities")
            self._agent = stack.enter_context(_Line(folder / "agent", self._alive))
            self._wait_for_agent()
            self._end = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.close()

    def _command(self, folder: Path) -> list[str]:
        disk = {
            "driver": "qcow2",
            "node-name": "system",
            "cache": {"no-flush": True},
            "file": {"driver": "file", "filename": str(self._disk)},
        }
        return [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2",
            "-m", str(_MEMORY_MB),
            "-nodefaults", "-no-user-config", "-display", "none",
            "-kernel", str(self._made.kernel), "-initrd", str(self._made.initrd),
            "-append", "root=/dev/vda rw console=ttyS0 mitigations=off quiet",
            "-blockdev", json.dumps(disk), "-device", "virtio-blk-pci,drive=system",
            "-device", "virtio-rng-pci", "-serial", f"file:{self._console}",
            "-device", "virtio-serial-pci",
            "-chardev", f"socket,id=agent,path={folder / 'agent'},server=on,wait=off",
            "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "-qmp", f"unix:{folder / 'qmp'},server=on,wait=off",
            *(["-loadvm", self._snapshot] if self._snapshot else []),
        ]  # fmt: skip

    def _alive(self) -> None:
        if self._process.poll() is not None:
            raise MachineFault(f"the emulator ended with {self._process.returncode}")

    def _wait_for_agent(self) -> None:
        until = time.monotonic() + _BOOT_S
        while time.monotonic() < until:
            self._alive()
            with contextlib.suppress(TimeoutError):
                self._agent.ask("guest-ping", wait_s=2.0)
                # An answer to an earlier ping may still come: from here on, only what is asked now.
                self._agent.settle()
                return
        raise MachineFault("its guest agent never answered")

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pull(self) -> None:
        """The plug, now; what was said on the console can still be read."""
        self._kill()

    def save(self, name: str) -> None:
        """The whole machine, memory and disk, to go on from. Raises MachineFault."""
        said = self._qmp.ask("human-monitor-command", {"command-line": f"savevm {name}"})
        if said:
            raise MachineFault(f"savevm: {said}")

    def attach(self, disk: Path, name: str, *, writable: bool = False) -> None:
        """A raw disk more, while it runs; the guest finds it as /dev/disk/by-id/virtio-NAME."""
        kept = not writable
        file = {"driver": "file", "filename": str(disk), "read-only": kept}
        self._plug(name, {"driver": "raw", "read-only": kept, "file": file})

    def attach_served(self, path: Path, name: str) -> None:
        """One that an NBD server on that socket holds; what the guest flushes is flushed there."""
        server = {"type": "unix", "path": str(path)}
        self._plug(name, {"driver": "nbd", "server": server}, {"write-cache": "on"})

    def _plug(self, name: str, block: dict[str, object], more: Mapping[str, object] | None = None) -> None:
        self._qmp.ask("blockdev-add", {"node-name": name, **block})
        device = {"driver": "virtio-blk-pci", "drive": name, "id": f"dev-{name}", "serial": name}
        self._qmp.ask("device_add", {**device, **(more or {})})
        self.run(["udevadm", "wait", "--timeout=20", f"/dev/disk/by-id/virtio-{name}"])

    def detach(self, name: str) -> None:
        """A disk that nothing in the guest uses. Raises MachineFault when the guest does not let go of it."""
        self._qmp.ask("device_del", {"id": f"dev-{name}"})
        until = time.monotonic() + _CONNECT_S
        while True:
            try:
                self._qmp.ask("blockdev-del", {"node-name": name})
            except MachineFault:
                if time.monotonic() > until:
                    raise
                time.sleep(_LOOK_S)
            else:
                return

    def restart(self) -> None:
        """The guest ends in order and boots again. Raises MachineFault."""
        self.begin(["systemctl", "reboot"])
        # Until then the agent of the guest that goes down may still answer.
        self._qmp.happens("RESET", _BOOT_S)
        self._wait_for_agent()

    @property
    def console(self) -> str:
        """What was said on the first serial line since it was started."""
        return self.said.decode(errors="replace")

    @property
    def said(self) -> bytes:
        """The same, as it came."""
        return self._console.read_bytes()

    def heard(self) -> int:
        """Bytes of it, so far."""
        return self._console.stat().st_size

    def run(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, wait_s: float = _ANSWER_S
    ) -> Ran:
        """In the guest, as root. Raises MachineFault when it does not end in time."""
        pid = self.begin(command, env)
        until = time.monotonic() + wait_s
        while time.monotonic() < until:
            said = self._agent.ask("guest-exec-status", {"pid": pid})
            if said["exited"]:
                code = said.get("exitcode", -said.get("signal", 0))
                return Ran(code, _text(said.get("out-data", "")), _text(said.get("err-data", "")))
            time.sleep(_LOOK_S)
        raise MachineFault(f"{command[0]} did not end within {wait_s:.0f} s")

    def begin(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
        """In the guest, as root, and nobody waits for its end; its number there."""
        asked = {
            "path": command[0],
            "arg": list(command[1:]),
            "env": [f"{key}={value}" for key, value in {"PATH": "/usr/sbin:/usr/bin", **(env or {})}.items()],
            "capture-output": True,
        }
        return int(self._agent.ask("guest-exec", asked)["pid"])


class _Line:
    """Lines of JSON over a Unix socket: one question, one answer."""

    def __init__(self, path: Path, alive: Any) -> None:  # noqa: ANN401
        until = time.monotonic() + _CONNECT_S
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(str(path))
            except OSError:
                self._socket.close()
                alive()
                if time.monotonic() > until:
                    raise MachineFault(f"{path.name}: no connection") from None
                time.sleep(_LOOK_S)
            else:
                break
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *what: object) -> None:
        self._socket.close()

    def ask(self, what: str, arguments: Mapping[str, object] | None = None, wait_s: float = _ANSWER_S) -> Any:  # noqa: ANN401
        """Its `return`. Raises TimeoutError, MachineFault: it answered with an error, or hung up."""
        question = {"execute": what} | ({"arguments": arguments} if arguments else {})
        self._socket.sendall(json.dumps(question).encode() + b"\n")
        while True:
            said = self.read(wait_s)
            if "return" in said:
                return said["return"]
            if "error" in said:
                raise MachineFault(f"{what}: {said['error']}")
            # An event: something happened, nothing was asked.

    def happens(self, event: str, wait_s: float) -> None:
        """Waits for it, from now on. Raises MachineFault: not in that time."""
        until = time.monotonic() + wait_s
        try:
            while self.read(max(until - time.monotonic(), _LOOK_S)).get("event") != event:
                continue
        except TimeoutError:
            raise MachineFault(f"{event} did not happen within {wait_s:.0f} s") from None

    def settle(self) -> None:
        """Throws away answers to questions that nobody waited for."""
        number = time.monotonic_ns() & 0xFFFF_FFFF
        self._socket.sendall(
            json.dumps({"execute": "guest-sync", "arguments": {"id": number}}).encode() + b"\n"
        )
        while self.read().get("return") != number:
            continue

    def read(self, wait_s: float = _ANSWER_S) -> Any:  # noqa: ANN401
        self._socket.settimeout(wait_s)
        while b"\n" not in self._buffer:
            data = self._socket.recv(65_536)
            if not data:
                raise MachineFault("the line was closed")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)


def _text(data: str) -> str:
    return base64.b64decode(data).decode(errors="replace")
