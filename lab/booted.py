"""Updates under a real systemd: the first process of namespaces of its own, in a root that `install.sh` made.

    python -m lab booted [bookworm] [trixie]

The units are as they are, so is what they may do. A bundle is tried and kept; one whose terminal ends at once
is gone back from; and all processes are killed in a trial, from which the next boot goes back, and in what
follows one that proved well, which the next boot ends. A terminal that ends in order begins again as often as
it is asked to; one that fails so often does not, until its failures are forgotten. No network and no devices.
Needs root, on Linux. Exit 1 when a trial fails.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lab.bundle import given_out, new_keys, release_of
from lab.roots import PYTHONS, CannotTry, Root, Wrong, fresh

_UP_S = 600.0
_TRIAL_S = 900
_STARTS = 10
"""Of failures, by `StartLimitBurst=` of the unit; the first is the boot's."""
_APART = ("unshare", "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net", "--fork", "--kill-child")
_BOOT = """
r=$1
mount --bind "$r" "$r"
mount -t proc proc "$r/proc"
mount -t sysfs sysfs "$r/sys"
for place in run dev; do mount -t tmpfs tmpfs "$r/$place"; done
mkdir "$r/dev/pts" "$r/dev/shm"
mount -t devpts devpts "$r/dev/pts"
ln -s pts/ptmx "$r/dev/ptmx"
for node in "null 3" "zero 5" "full 7" "random 8" "urandom 9"; do
    mknod -m 666 "$r/dev/${node% *}" c 1 "${node#* }"
done
if grep -q name=systemd /proc/self/cgroup; then
    mount -t tmpfs tmpfs "$r/sys/fs/cgroup"
    mkdir "$r/sys/fs/cgroup/unified" "$r/sys/fs/cgroup/systemd"
    mount -t cgroup2 none "$r/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd none "$r/sys/fs/cgroup/systemd"
else
    mount -t cgroup2 none "$r/sys/fs/cgroup"
fi
exec env -i container=other PATH=/usr/sbin:/usr/bin \\
    chroot "$r" /lib/systemd/systemd --system --log-target=null
"""
_ENDS_AT_ONCE = 'import sys\n\nif sys.argv[1:2] == ["run"]:\n    sys.exit(1)\n'


class Booted(Root):
    """A root whose systemd runs; commands are run in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _TRIAL_S)
        self._outside: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Raises Wrong: the terminal does not come up."""
        self._outside = subprocess.Popen(
            [*_APART, "sh", "-euc", _BOOT, "sh", str(self.folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        awaited(lambda: bool(self._children), "systemd begins")
        awaited(lambda: self.run("systemctl", "is-active", "terminal")[1] == "active\n", "the terminal is up")

    def cut(self) -> None:
        """The power goes: every process ends at once."""
        if self._outside is not None:
            for child in self._children:
                os.kill(int(child), signal.SIGKILL)
            self._outside.wait()
            self._outside = None

    @property
    def _children(self) -> list[str]:
        """The first process of the namespaces, as seen from outside."""
        outside = self._outside.pid if self._outside else 0
        return Path(f"/proc/{outside}/task/{outside}/children").read_text(encoding="ascii").split()

    def command(self, *command: str) -> list[str]:
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
        inside = ("nsenter", "-t", self._children[0], "-m", "-p", "-i", "-u", "-n", "-C")
        return [*inside, "chroot", str(self.folder), "env", "-i", path, *command]

    def run(self, *command: str, network: bool = False) -> tuple[int, str]:
        """As `Root.run`; there is never a network."""
        if self._outside is None:
            return super().run(*command, network=network)
        done = subprocess.run(
            self.command(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_TRIAL_S,
        )
        return done.returncode, done.stdout

    def slot(self, link: str) -> str:
        return str((self.folder / "opt/card-terminal" / link).readlink())


def expect(good: bool, said: str) -> None:  # noqa: FBT001  reads as what is expected
    """Raises Wrong with what was said."""
    if not good:
        raise Wrong(said[-3_000:])


def awaited(there: Callable[[], bool], what: str) -> None:
    """Raises Wrong."""
    end = time.monotonic() + _UP_S
    while not there():
        if time.monotonic() > end:
            raise Wrong(f"not after {_UP_S:.0f} s: {what}")
        time.sleep(0.2)


def tried(name: str) -> dict[str, object]:
    """Raises Wrong, CannotTry; gives what it took."""
    with fresh(name) as made:
        root = Booted(made.folder)
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
        keys = new_keys(root.folder / "keys", until)
        made.do("/src/install.sh", "--answers", "/src/answers.toml", "--maker", "/keys/root.json")
        ill = root.folder / "ill"
        shutil.copytree(root.folder / "src", ill)
        program = ill / "terminal/__main__.py"
        after = "from __future__ import annotations\n"
        text = program.read_text(encoding="utf-8")
        program.write_text(text.replace(after, f"{after}\n{_ENDS_AT_ONCE}", 1), encoding="utf-8")
        for bundle in ("src", "ill", "again"):
            source = ill if bundle == "ill" else root.folder / "src"
            meant = release_of(source, platform.machine(), PYTHONS[name])
            given_out(keys, root.folder / f"{bundle}.bundle", source, meant, until)
        try:
            return {"root": name} | _ways(root)
        finally:
            root.cut()


def _ways(root: Booted) -> dict[str, object]:
    root.begin()
    begun = time.monotonic()
    said = root.do("terminal", "update", "/src.bundle")
    kept_s = time.monotonic() - begun
    expect("proved well" in said and root.slot("current") == root.slot("steady") == "b", said)
    begun = time.monotonic()
    code, said = root.run("terminal", "update", "/ill.bundle")
    given_up_s = time.monotonic() - begun
    expect(code == 1 and "A390 " in said and root.slot("current") == "b", said)
    awaited(lambda: root.run("systemctl", "is-active", "terminal")[1] == "active\n", "it runs again")
    # Whoever types the command goes with the rest.
    typed = subprocess.Popen(
        root.command("terminal", "update", "/again.bundle"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    awaited(lambda: root.slot("current") == "a", "it is tried")
    root.cut()
    typed.wait()
    root.begin()
    said = root.do("terminal", "update", "status")
    expect(root.slot("current") == "b" and "started anew while slot a" in said, said)
    shown = root.do("systemctl", "show", "terminal", "--property=MainPID", "--value").strip()
    line = root.do("cat", f"/proc/{shown}/cmdline")
    expect(line.startswith("/opt/card-terminal/b/"), line)
    _ended_by_the_boot(root)
    _begun_as_often_as_asked(root)
    _given_up_when_it_fails(root)
    return {"kept_s": round(kept_s, 1), "given_up_s": round(given_up_s, 1)}


def _ended_by_the_boot(root: Booted) -> None:
    """The power went after the release was kept, and before the other units had followed it."""
    root.cut()
    left = root.folder / "opt/card-terminal/wanted.json"
    for one in ("cut.json", "last.json"):
        (left.parent / one).unlink(missing_ok=True)
    left.write_text(f'{{"slot": "{root.slot("steady")}", "boot": "before"}}', encoding="utf-8")
    root.begin()
    awaited(lambda: not left.exists(), "what was kept is ended")
    said = root.do("terminal", "update", "status")
    expect("given up" not in said and (left.parent / "last.json").exists(), said)


def _begun_as_often_as_asked(root: Booted) -> None:
    for _ in range(_STARTS + 2):
        _ends(root, "TERM")
        awaited(lambda: _state(root) == "active", "it is asked to begin again, and does")


def _given_up_when_it_fails(root: Booted) -> None:
    """Each time after it came up: so many starts, and no more; then it is started by hand."""
    for _ in range(_STARTS - 1):
        _ends(root, "KILL")
        awaited(lambda: _state(root) == "active", "it failed, and begins again")
    _ends(root, "KILL")
    awaited(lambda: _state(root) == "failed", "it failed too often")
    root.do("systemctl", "reset-failed", "terminal.service")
    root.do("systemctl", "start", "terminal.service")
    expect(_state(root) == "active", _state(root))


def _ends(root: Booted, by: str) -> None:
    before = _main(root)
    root.do("systemctl", "kill", "--kill-who=main", f"--signal={by}", "terminal.service")
    awaited(lambda: _main(root) != before, "it ends")


def _main(root: Booted) -> str:
    return root.do("systemctl", "show", "terminal", "--property=MainPID", "--value").strip()


def _state(root: Booted) -> str:
    return root.run("systemctl", "is-active", "terminal")[1].strip()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m lab booted")
    parser.add_argument("roots", nargs="*", choices=[[], *PYTHONS])
    wrong = 0
    for name in parser.parse_args(arguments).roots or PYTHONS:
        try:
            print(tried(name), flush=True)
        except Wrong as why:
            wrong += 1
            print(f"{name}: {why}", flush=True)
        except CannotTry as why:
            print(f"lab booted: {why}", file=sys.stderr)
            return 2
    return 1 if wrong else 0
