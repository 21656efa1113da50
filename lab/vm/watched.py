"""`python -m lab vm watchdog`: what stops in an installed terminal on purpose, and systemd ends it.

Each fault leaves the process alive, so that nothing but the watchdog can notice: the event loop does not
turn; it does, and the ledger's writer does not; the disk takes nothing, and whoever writes cannot even be
killed until it does. systemd must end the terminal for that very reason and start it again, what its disk
holds must verify, and it must sell on. Without a fault it must go on.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lab.vm import installed
from lab.vm.installed import LEDGER, LINK, PYTHON, SITE, done, sale, shown, started, until, written
from lab.vm.machine import Machine, MachineFault
from lab.vm.recipe import tell
from terminal.install.data import DATA
from terminal.store.committer import BUSY_S

_LOOP, _WRITER = "kill -USR1 {process}", "kill -USR2 {process}"
_DISK = (
    "systemd-run --quiet --collect --unit=customer --setenv=HOME=/root "
    f"sh -c '{PYTHON} lab.vm.guest.sale {LINK} on' && "
    "until journalctl --unit=customer --output=cat --no-pager | grep -q SOLD; do sleep 1; done && "
    f"fsfreeze --freeze {DATA}"
)
"""Nobody notices before something is to be booked, by somebody who is at the page already."""
_DISK_IS_BACK = f"fsfreeze --unfreeze {DATA}"
_FOREVER = "lambda *_: __import__('time').sleep(3600)"
_THREADS = "__import__('terminal.runtime.threads', fromlist=['_']).__dict__['_WorkerThread']"
_FAULT = (
    f"import signal; signal.signal(signal.SIGUSR1, {_FOREVER}); "
    f"signal.signal(signal.SIGUSR2, lambda *_: setattr({_THREADS}, '_next', {_FOREVER}))"
)
"""Put in: a signal that stops the event loop and nothing else, and one that stops the ledger's thread."""
_SLOW = 8.0
"""So many times as long as it should take: the machine is emulated, on processors that others use."""
_JOURNAL = "journalctl --unit=terminal --output=cat --no-pager"
_IS_NOT = 'test "$(systemctl show --property=MainPID --value terminal)" !='
_ENDED = "Watchdog timeout"


def trial() -> dict[str, float]:
    """Seconds from each fault until systemd had noticed. Raises CannotBuild, MachineFault."""
    installed.standing()
    with installed.product() as product, tempfile.TemporaryDirectory(prefix="card-terminal-vm-") as folder:
        ledger = Path(folder) / "data.raw"
        shutil.copyfile(LEDGER, ledger)

        def plugs(machine: Machine) -> None:
            machine.attach(ledger, "data", writable=True)

        with installed.going_on(product, plugs) as machine:
            written(machine, f"{SITE}/fault.pth", f"{_FAULT}\n")
            started(machine)
            period_s = float(shown(machine, "WatchdogUSec").removesuffix("s"))
            parts: dict[str, Callable[[], float]] = {
                "nothing is wrong": lambda: _goes_on(machine, 3 * period_s),
                "the event loop stops": lambda: _ended(machine, _LOOP, period_s),
                "the ledger's writer stops": lambda: _ended(machine, _WRITER, BUSY_S + period_s),
                "the disk hangs": lambda: _ended(machine, _DISK, BUSY_S + period_s, _DISK_IS_BACK),
            }
            noticed: dict[str, float] = {}
            for name, part in parts.items():
                noticed[name] = round(part(), 1)
                tell(f"{name}: {noticed[name]} s")
            return noticed


def _goes_on(machine: Machine, seconds: float) -> float:
    """Sales one after the other, for at least so long: the terminal is the same as before."""
    before, begun = _process(machine), time.monotonic()
    while time.monotonic() < begun + seconds:
        sale(machine)
    if _process(machine) != before:
        raise MachineFault(f"it was ended, and nothing was wrong: {_journal(machine)[-2000:]}")
    return time.monotonic() - begun


def _ended(machine: Machine, fault: str, after_s: float, mends: str = "true") -> float:
    """By its watchdog, after about so long; once that is mended it is there again, whole, and sells."""
    before, ends = _process(machine), _journal(machine).count(_ENDED)
    done(machine, fault.format(process=before))
    begun = time.monotonic()
    until(machine, f'test "$({_JOURNAL} | grep -c "{_ENDED}")" -gt {ends}', "the watchdog", _SLOW * after_s)
    noticed = time.monotonic() - begun
    done(machine, mends)
    until(machine, f"systemctl is-active terminal && {_IS_NOT} {before}", "the terminal", installed.SALE_S)
    sale(machine)
    done(machine, "/usr/local/bin/terminal ledger verify")
    if (times := _journal(machine).count(_ENDED)) != ends + 1:
        raise MachineFault(f"it was ended {times - ends} times: {_journal(machine)[-2000:]}")
    return noticed


def _process(machine: Machine) -> str:
    return shown(machine, "MainPID")


def _journal(machine: Machine) -> str:
    return done(machine, _JOURNAL)
