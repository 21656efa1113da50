"""systemd reads our units as we mean them, and so do udev, nftables and the others what lies beside them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from hq import __main__ as headquarters
from terminal.install import firewall
from terminal.install.slots import CURRENT
from terminal.kiosk.sessions import beside
from tests.counter_config import COUNTER
from tests.test_app import Daemon

UNITS = Path(__file__).parents[1] / "systemd"
OURS = {".service", ".timer"}
ANALYZE = shutil.which("systemd-analyze")
NFT = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
ANALYZED = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
EXPOSURE_MAX = {
    "terminal.service": 20,
    "terminal-backup.service": 12,
    "terminal-maintenance.service": 22,
    "terminal-update.service": 17,
    "terminal-back.service": 13,
    "terminal-firewall.service": 20,
    "hq.service": 20,
}
"""Tenths, as systemd-analyze counts. Not the kiosk: its browser has a sandbox, and needs what this counts."""


ON_THE_NETWORK_AND_UNPLUGGED = """
[device.paper]
driver = "tcp_printer"
host = "127.0.0.1"
port = 9

[device.front]
driver = "serial_reader"
path = "/dev/nothing-here"
"""


def said(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, timeout=60
    )


def without_programs(folder: Path) -> None:
    """All units in that folder. What they start is installed elsewhere; everything else stands as it is."""
    for source in UNITS.glob("*.*"):
        if source.suffix in OURS:
            starts = re.compile(r"^(Exec\w+=-?\+?)/\S+", re.MULTILINE)
            (folder / source.name).write_text(starts.sub(r"\1/bin/true", source.read_text()))


@ANALYZED
@pytest.mark.parametrize("unit", sorted(one.name for one in UNITS.iterdir() if one.suffix in OURS))
def test_systemd_has_nothing_to_say_about_a_unit(unit: str, tmp_path: Path) -> None:
    without_programs(tmp_path)
    shown = said(str(ANALYZE), "verify", "--man=no", tmp_path / unit)
    ours = [line for line in shown.stderr.splitlines() if str(tmp_path) in line or "card-terminal" in line]
    assert (shown.returncode, ours) == (0, [])


@ANALYZED
@pytest.mark.parametrize("extended", ["pcscd.socket", "pcscd.service"])
def test_it_has_nothing_to_say_about_what_is_added_to_others(extended: str, tmp_path: Path) -> None:
    bodies = {
        "pcscd.socket": "[Socket]\nListenStream=/run/pcscd/pcscd.comm\n",
        "pcscd.service": "[Service]\nExecStart=/bin/true\n",
    }
    for name, body in bodies.items():
        (tmp_path / name).write_text(body)
        shutil.copytree(UNITS / f"{name}.d", tmp_path / f"{name}.d")
    shown = said(str(ANALYZE), "verify", "--man=no", tmp_path / extended)
    ours = [line for line in shown.stderr.splitlines() if "card-terminal" in line]
    assert (shown.returncode, ours) == (0, [])


@ANALYZED
@pytest.mark.parametrize("unit", sorted(EXPOSURE_MAX))
def test_a_unit_is_exposed_no_more_than_it_must_be(unit: str) -> None:
    shown = said(str(ANALYZE), "security", "--offline=yes", f"--threshold={EXPOSURE_MAX[unit]}", UNITS / unit)
    assert shown.returncode == 0, shown.stdout[-200:]


def test_the_terminal_is_watched_restarted_and_started_by_its_command() -> None:
    lines = set((UNITS / "terminal.service").read_text().splitlines())
    assert {"Type=notify", "Restart=always", "WatchdogSec=15", "RestartPreventExitStatus=2"} <= lines
    assert {"OnFailure=terminal-maintenance.service", "LoadCredential=keys:/etc/card-terminal/keys"} <= lines
    assert any(line.startswith("ExecStart=") and " run --config " in line for line in lines)


@ANALYZED
def test_the_nightly_backup_is_at_night_where_the_shop_is() -> None:
    """Whatever time zone the machine is set to: nothing of ours sets one."""
    when = re.search(r"^OnCalendar=(.*)$", (UNITS / "terminal-backup.timer").read_text(), re.MULTILINE)
    assert when is not None
    found = subprocess.run(
        [str(ANALYZE), "calendar", "--base-time=2026-11-27 12:00:00 UTC", when[1]],
        env={**os.environ, "TZ": "Europe/London"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Next elapse: Fri 2026-11-27 19:30:00 GMT\n" in found.stdout


def test_a_backup_that_was_missed_in_the_night_does_not_keep_the_terminal_from_its_ledger() -> None:
    """It is made soon after the boot, and has the ledger's lock where no terminal has it."""
    text = (UNITS / "terminal-backup.service").read_text(encoding="utf-8")
    assert "\nAfter=terminal.service\n" in text


@pytest.mark.parametrize(
    ("options", "host"),
    [("", "0.0.0.0"), ("--name hq.example", "0.0.0.0"), ("--host 192.0.2.7 --name hq", "192.0.2.7")],
)
def test_headquarters_is_reached_by_the_shops_whatever_else_its_options_say(options: str, host: str) -> None:
    """What the owner's file says of OPTIONS takes the place of the unit's own."""
    lines = (UNITS / "hq.service").read_text(encoding="utf-8").splitlines()
    assert "EnvironmentFile=-/etc/card-terminal/hq.env" in lines
    begins = "Environment="
    (own,) = [one.split("OPTIONS=")[1].strip('"') for one in lines if one.startswith(begins)]
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    program, command, *typed = start.replace("$OPTIONS", options or own).split()
    assert (program.rpartition("/")[2], command) == ("hq", "run")
    assert headquarters.run.make_context("run", typed).params["host"] == host


def test_without_its_data_the_terminal_does_not_begin_on_the_systems_disk() -> None:
    text = (UNITS / "terminal.service").read_text(encoding="utf-8")
    assert "\nRequiresMountsFor=/var/lib/card-terminal\n" in text


@pytest.mark.parametrize(
    ("lost", "active", "begun"),
    [("/dev/sdb1", True, True), ("/dev/sdb1", False, False), ("/dev/sdb", True, False), ("", True, False)],
)
def test_a_disk_of_data_that_is_torn_out_brings_the_screen(
    lost: str,
    active: bool,  # noqa: FBT001  a parameter
    begun: bool,  # noqa: FBT001  a parameter
    tmp_path: Path,
) -> None:
    """Where the terminal ran from it; systemd is about to stop that, and would leave it so."""
    assert (
        'SUBSYSTEM=="block", ACTION=="remove", RUN+="/opt/card-terminal/current/systemd/data-gone $devnode"\n'
    ) in (UNITS / "61-card-terminal.udev").read_text(encoding="utf-8")
    written(
        tmp_path,
        {
            "findmnt": '[ "$*" = "--noheadings --output SOURCE /var/lib/card-terminal" ] && echo /dev/sdb1',
            "systemctl": f'case "$1" in is-active) exit {0 if active else 3};; *) echo "$*";; esac',
        },
    )
    ran = subprocess.run(
        [UNITS / "data-gone", lost],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == ("--no-block start terminal-maintenance.service\n" if begun else "")


def test_also_a_terminal_that_hangs_each_time_comes_to_the_maintenance_screen() -> None:
    """Each hang takes its time: too few of them within the interval, and it is started again for ever."""
    text = (UNITS / "terminal.service").read_text(encoding="utf-8")
    said = dict(re.findall(r"^(\w+)=(\d+(?:min)?)$", text, re.MULTILINE))
    within_s = 60 * int(said["StartLimitIntervalSec"].removesuffix("min"))
    ended_s = 2 * int(said["TimeoutStopSec"]) + int(said["RestartSec"])  # SIGABRT or SIGTERM, then SIGKILL.
    ready_s, hung_s = int(said["TimeoutStartSec"]), int(said["WatchdogSec"])
    # Ready in the last moment, and hung from then on.
    assert int(said["StartLimitBurst"]) * (ready_s + hung_s + ended_s) < within_s
    assert said["StartLimitIntervalSec"].endswith("min")
    table = (UNITS.parent / "docs/appliance.md").read_text(encoding="utf-8")
    assert f"failed ten times in {within_s // 60} minutes" in table


@pytest.mark.parametrize(
    ("result", "forgotten"), [("success", True), ("exit-code", False), ("watchdog", False)]
)
def test_a_terminal_that_ends_in_order_counts_as_no_failed_start(
    tmp_path: Path, result: str, *, forgotten: bool
) -> None:
    """Each setting that is changed asks for a restart: the tenth of an hour's work stopped the shop."""
    text = (UNITS / "terminal.service").read_text(encoding="utf-8")
    said = re.search(r"^ExecStopPost=-\+/bin/sh -c '(.+)'$", text, re.MULTILINE)
    assert said is not None
    called = tmp_path / "systemctl"
    called.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    called.chmod(0o755)
    ran = subprocess.run(
        ["/bin/sh", "-c", said[1].replace("$$", "$")],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "SERVICE_RESULT": result},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == ("reset-failed terminal.service\n" if forgotten else "")


def test_after_the_maintenance_screen_systemd_takes_a_start_again() -> None:
    """The screen ends long before the starts that led to it count no more."""
    screen = (UNITS / "terminal-maintenance.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStart=\S+ terminal\.service 300$", screen, re.MULTILINE)
    assert "\nOnSuccess=terminal.service\n" in screen
    assert "\nExecStopPost=-+/usr/bin/systemctl reset-failed terminal.service\n" in screen


def calls_of(unit: Path) -> set[str]:
    """System calls that its filter lets through, the sets as this machine's systemd has them."""
    sets: dict[str, list[str]] = {}
    for line in said(str(ANALYZE), "syscall-filter", "--no-pager").stdout.splitlines():
        if line.startswith("@"):
            inside = sets.setdefault(line.strip(), [])
        elif (call := line.strip()) and not call.startswith("#"):
            inside.append(call)

    def within(name: str) -> set[str]:
        return {one for part in sets[name] for one in within(part)} if name in sets else {name}

    allowed: set[str] = set()
    for names in re.findall(r"^SystemCallFilter=(.+)$", unit.read_text(), re.MULTILINE):
        calls = {one for name in names.removeprefix("~").split() for one in within(name)}
        allowed = allowed - calls if names.startswith("~") else allowed | calls
    return allowed


def test_a_release_is_tried_by_the_one_that_proved_well_and_a_boot_goes_back_before_the_terminal() -> None:
    trying = (UNITS / "terminal-update.service").read_text(encoding="utf-8")
    assert "\nExecStart=/opt/card-terminal/steady/.venv/bin/terminal update settle " in trying
    assert "\nRestart=on-failure\n" in trying
    back = (UNITS / "terminal-back.service").read_text(encoding="utf-8")
    assert "\nExecStart=/opt/card-terminal/steady/systemd/back-to-steady /opt/card-terminal\n" in back
    assert re.search(r"^Before=terminal\.service ", back, re.MULTILINE)
    assert "\nConditionPathExists=/opt/card-terminal/wanted.json\n" in back
    assert "\nReadWritePaths=/opt/card-terminal /etc /usr/local/bin\n" in trying
    assert "\nProtectKernelTunables=" not in trying  # udevadm trigger writes into /sys.
    assert "\nReadWritePaths=/opt/card-terminal\n" in back
    assert "\nExecStartPost=-/usr/bin/systemctl daemon-reload\n" in back
    assert "\nExecStartPost=-/usr/bin/systemctl --no-block start terminal-update.service\n" in back
    assert "pcscd.socket terminal-firewall.service\n" in back
    assert os.access(UNITS / "back-to-steady", os.X_OK)


@ANALYZED
@pytest.mark.parametrize(
    "unit", ["terminal.service", "terminal-maintenance.service", "terminal-backup.service"]
)
def test_the_terminal_may_ask_the_kernel_for_its_clock_and_never_set_it(unit: str) -> None:
    """ProtectClock= would refuse the question, too: then no time of the network is ever believed.

    On the console it is the doctor that asks, and what is refused there must not end it. A backup notes
    whether its time is believed: by that the doctor counts days, and old ones end.
    """
    allowed = calls_of(UNITS / unit)
    assert {"adjtimex", "clock_adjtime", "fdatasync"} <= allowed
    assert not {"clock_settime", "settimeofday", "mount", "reboot", "init_module"} & allowed
    text = (UNITS / unit).read_text()
    assert "\nProtectClock=" not in text
    assert "\nSystemCallErrorNumber=EPERM\n" in text


@pytest.mark.parametrize("code", ["1", "2"])
def test_what_stands_on_the_console_is_never_longer_than_it(code: str, tmp_path: Path) -> None:
    programs = {
        "systemctl": f'case "$*" in *MainSta*) echo "{code}";; *Rest*) echo 10;; *) echo exit-code;; esac',
        "journalctl": "for n in 1 2 3 4 5 6; do printf '{\"fault\":\"number-'$n'\",%0900d}\\n' 7; done",
        "terminal": "for n in 1 2 3 4 5 6 7; do printf 'RED   device %0100d\\n' $n; done; echo '7 red'",
        "sleep": "",
    }
    screen = console(tmp_path, programs)
    assert screen[0] == "THE TERMINAL DOES NOT RUN"
    assert len(screen) < 24  # What is said ends with a line feed.
    assert max(map(len, screen)) <= 80
    assert [line for line in screen if "number-6" in line]


def written(folder: Path, programs: dict[str, str]) -> None:
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)


def console(folder: Path, programs: dict[str, str]) -> list[str]:
    """Its lines, where those programs say what they are told."""
    written(folder, programs)
    return (
        subprocess.run(
            [UNITS / "maintenance-screen", "terminal.service", "300"],
            env={"PATH": f"{folder}:/usr/bin:/bin", "TERMINAL": str(folder / "terminal")},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        .stdout.removeprefix("\033c")
        .splitlines()
    )


def test_the_console_shows_nothing_of_what_a_scanner_types_there(tmp_path: Path) -> None:
    """It types where the terminal does not hold it: a member's code would stand there for all to read."""
    written(tmp_path, dict.fromkeys(("systemctl", "journalctl", "terminal", "sleep"), ":"))
    keyboard, console = os.openpty()
    try:
        assert termios.tcgetattr(console)[3] & termios.ECHO
        subprocess.run(
            [UNITS / "maintenance-screen", "terminal.service", "300"],
            env={"PATH": f"{tmp_path}:/usr/bin:/bin", "TERMINAL": str(tmp_path / "terminal")},
            stdin=subprocess.DEVNULL,
            stdout=console,
            check=True,
            timeout=60,
        )
        assert "THE TERMINAL DOES NOT RUN" in os.read(keyboard, 4096).decode()
        os.write(keyboard, b"M-4711\n")
        assert os.read(console, 100) == b"M-4711\n"  # So whatever it shows of that is shown.
        os.write(console, b"END")
        shown = b""
        while not shown.endswith(b"END"):
            shown += os.read(keyboard, 4096)
        assert b"4711" not in shown
    finally:
        os.close(keyboard)
        os.close(console)


DOCTOR = "".join(
    f"RED   {subject:<16} {reason}\\n"
    for subject, reason in (("terminal", "does not run"), ("settings", "line 7"), ("disk", "full"))
)


@pytest.mark.parametrize(
    ("code", "result", "why"),
    [
        ("1", "exit-code", "it ended (exit-code, code 1)"),
        ("2", "exit-code", "its configuration cannot be used"),
        ("6", "watchdog", "it hung, and was ended"),
        ("15", "timeout", "did not get ready in time"),
        ("9", "oom-kill", "not enough memory"),
        ("11", "signal", "it ended (signal, code 11)"),
        ("", "", "it ended (unknown, code unknown)"),
    ],
)
def test_the_console_says_why_the_terminal_does_not_run_and_what_to_do(
    code: str, result: str, why: str, tmp_path: Path
) -> None:
    programs = {
        "systemctl": f'case "$*" in *MainSta*) echo "{code}";; *Rest*) echo 10;; *) echo "{result}";; esac',
        "journalctl": 'echo "asked $*"; echo "device.front.port: 前台, no"',
        "terminal": f"printf '{DOCTOR}'",
        "sleep": 'echo "slept $1"',
    }
    lines = console(tmp_path, programs)
    screen = "\n".join(lines)
    assert lines[0] == "THE TERMINAL DOES NOT RUN"
    assert why in screen
    assert ("started again 10 times. This" in screen) is (code != "2")
    assert "     sudo systemctl reset-failed terminal; sudo systemctl restart terminal" in lines
    assert f"--priority={'info' if code == '2' else 'warning'}" in screen
    assert "  RED disk full" in lines
    assert ("  RED settings line 7" in lines) is (code != "2")  # Else the log says it, above.
    assert "RED terminal" not in screen
    assert ("/etc/card-terminal/terminal.toml" in screen) is (code == "2")
    assert "device.front.port: ??????, no" in screen
    assert lines[-2:] == ["It is tried again in 300 seconds.", "slept 300"]
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40


def test_the_console_says_so_where_nothing_else_is_red(tmp_path: Path) -> None:
    programs = {
        "systemctl": 'case "$*" in *MainSta*) echo 2;; esac',
        "journalctl": 'echo "line 7: no"',
        "terminal": f"printf '{DOCTOR}' | grep -v disk",
        "sleep": "",
    }
    assert console(tmp_path, programs)[-2:] == ["  Nothing else is red.", "It is tried again in 300 seconds."]


@AS_ROOT
def test_the_console_shows_what_is_red_and_not_what_its_unit_cannot_see(tmp_path: Path) -> None:
    """By the doctor itself, with what the unit leaves it: folders, capabilities, no network."""
    unit = (UNITS / "terminal-maintenance.service").read_text(encoding="utf-8")
    box = tmp_path / "box"
    box.mkdir()
    (box / "terminal.toml").write_text(COUNTER)
    daemon = Daemon(box, {})
    try:
        daemon.ready()
        daemon.process.terminate()
        assert daemon.ended() == 0
    finally:
        daemon.close()
    with (box / "terminal.toml").open("a", encoding="utf-8") as config:
        config.write(ON_THE_NETWORK_AND_UNPLUGGED)
    owner = 65_534
    for path in (box, *box.rglob("*")):
        os.chown(path, owner, owner, follow_symlinks=False)
    opened = "\nReadWritePaths=-/var/lib/card-terminal\n" in unit
    (kept,) = re.findall(r"^CapabilityBoundingSet=(.+)$", unit, re.MULTILINE)
    caps = ",".join(["-all", *(f"+{cap.removeprefix('CAP_').lower()}" for cap in kept.split())])
    assert "\nPrivateNetwork=yes\n" in unit
    programs = {
        "systemctl": 'case "$*" in *MainSta*) echo 1;; *Rest*) echo 10;; *) echo exit-code;; esac',
        "journalctl": "echo it ended",
        "terminal": f"""exec unshare --mount --net sh -c '
mount --bind {box} {box}
{"" if opened else f"mount -o remount,bind,ro {box}"}
exec setpriv --bounding-set {caps} {sys.executable} -m terminal "$@" --config {box}/terminal.toml
' sh "$@" """,
        "sleep": "",
    }
    for code, wrong in (("1", ""), ("2", '[counter]\nnotice_s = "x"\n')):
        programs["systemctl"] = programs["systemctl"].replace("echo 1;", f"echo {code};")
        with (box / "terminal.toml").open("a", encoding="utf-8") as config:
            config.write(wrong)
        lines = console(tmp_path, programs)
        seen = lines[lines.index("What can be seen from here, without the network:") + 1 : -1]
        assert [line.split()[:4] for line in seen] == [["RED", "front", "reader", "down:"]]
    assert {path.stat().st_uid for path in box.rglob("*")} == {owner}


@pytest.mark.parametrize(
    ("loaded", "active", "gone"),
    [
        ("loaded", "inactive", True),
        ("loaded", "failed", True),
        ("loaded", "active", False),
        ("not-found", "inactive", False),
    ],
)
def test_the_console_says_that_the_partition_of_the_data_is_not_there(
    loaded: str,
    active: str,
    gone: bool,  # noqa: FBT001  a parameter
    tmp_path: Path,
) -> None:
    mount = "var-lib-card\\x2dterminal.mount"
    programs = {
        "systemctl": f"""case "$*" in
*LoadState*'{mount}') echo {loaded};;
*ActiveState*'{mount}') echo {active};;
*MainSta*) echo 0;;
*Rest*) echo 0;;
*) echo success;;
esac""",
        "journalctl": 'for one; do echo "asked $one"; done',
        "terminal": 'echo "green ledger there is none yet"',
        "sleep": 'echo "slept $1"',
    }
    lines = console(tmp_path, programs)
    assert ("Why: the partition of its data is not mounted. It said:" in lines) is gone
    assert ("Why: it ended (success, code 0). It said:" in lines) is not gone
    assert (f"  asked UNIT={mount}" in lines) is gone
    assert ("  asked _SYSTEMD_UNIT=systemd-fsck@dev-disk-by\\x2dlabel-terminal.service" in lines) is gone
    assert ("  1. Is its disk in? Then: sudo fsck /dev/disk/by-label/terminal" in lines) is gone
    kept = "What was booked lies on it: format nothing." if gone else "Nothing that was booked is lost."
    assert f"{kept} Sell by hand until it runs again." in lines
    assert ("  green ledger there is none yet" in lines) is not gone
    assert lines[-1] == "slept 300"
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80


@AS_ROOT
def test_udev_understands_its_rules() -> None:
    """In a mount namespace, where /run is ours. A line that is no rule shows that it would have said so."""
    script = (
        "mkdir -p /run/udev/rules.d && mount -t tmpfs none /run/udev/rules.d"
        ' && cp "$1" /run/udev/rules.d/61-card-terminal.rules'
        " && echo 'NONSENSE==\"1\"' > /run/udev/rules.d/99-nonsense.rules"
        " && udevadm test /sys/devices/virtual/mem/null 2>&1"
    )
    shown = said("unshare", "--mount", "sh", "-c", script, "sh", UNITS / "61-card-terminal.udev").stdout
    about = [line for line in shown.splitlines() if "rules.d/61-card" in line or "rules.d/99-nons" in line]
    assert [line for line in about if "99-nonsense.rules:1" in line]
    assert [line.rpartition("/")[2] for line in about if "99-nonsense" not in line] == [
        "61-card-terminal.rules"
    ]


def ruled(tmp_path: Path, kiosk: int, *, screen: bool = True) -> Path:
    """What an installation includes, with a user that a test has."""
    for rules in UNITS.glob("*.nft"):
        text = rules.read_text().replace('"card-terminal-kiosk"\n', f"{kiosk}\n")
        (tmp_path / rules.name).write_text(text)
    made = firewall.rules("", screen=screen).replace(f"{CURRENT}/systemd", str(tmp_path))
    (tmp_path / "all.nft").write_text(made)
    return tmp_path / "all.nft"


REACHES = """
import os, socket, subprocess, sys
nft, rules, kiosk = sys.argv[1], sys.argv[2], int(sys.argv[3])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
page, other = (socket.create_server(("127.0.0.1", port)) for port in (8321, 8322))
for _ in range(2):  # A second time takes the place of the first.
    subprocess.run([nft, "-f", rules], check=True)
def reaches(user, port):
    child = os.fork()
    if not child:
        os.setuid(user)
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionRefusedError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(reaches(kiosk, 8321), reaches(kiosk + 1, 8321), reaches(0, 8321), reaches(kiosk + 1, 8322))
"""


@AS_ROOT
def test_only_the_kiosks_user_reaches_the_page(tmp_path: Path) -> None:
    """In a network of its own."""
    rules = ruled(tmp_path, 64_001)
    shown = said("unshare", "--net", sys.executable, "-c", REACHES, str(NFT), rules, "64001")
    assert (shown.stdout.split(), shown.stderr) == (["True", "False", "False", "True"], "")


@AS_ROOT
def test_without_a_screen_the_page_is_reached_again(tmp_path: Path) -> None:
    """In a network of its own, where it had one before."""
    before = tmp_path / "before"
    before.mkdir()
    with_screen, after = ruled(before, 64_001), ruled(tmp_path, 64_001, screen=False)
    script = f'{NFT} -f {with_screen} && exec {sys.executable} -c "$0" {NFT} {after} 64001'
    shown = said("unshare", "--net", "sh", "-c", script, REACHES)
    assert (shown.stdout.split(), shown.stderr) == (["True", "True", "True", "True"], "")


IN_FORCE = """
import subprocess, sys
from terminal.install.firewall import in_force
print(sorted(in_force()))
subprocess.run([sys.argv[1], "-f", sys.argv[2]], check=True)
print(sorted(in_force()))
"""


@AS_ROOT
@pytest.mark.parametrize("screen", [True, False])
def test_what_the_kernel_has_of_our_rules_is_seen(screen: bool, tmp_path: Path) -> None:  # noqa: FBT001
    made = ruled(tmp_path, 64_001, screen=screen)
    shown = said("unshare", "--net", sys.executable, "-c", IN_FORCE, str(NFT), made)
    tables = sorted(firewall.tables_of(made.read_text()))
    assert tables == ["card_terminal_page", "card_terminal_shop"][not screen :]
    assert (shown.stdout.splitlines(), shown.stderr) == (["[]", f"{tables}"], "")


BESIDE = """
import re, subprocess, sys
nft, rules, unit = sys.argv[1:]
def by_unit(what):
    for line in re.findall(f"^{what}=-?(.+)$", open(unit).read(), re.MULTILINE):
        words = [rules if word.startswith("/etc/nftables.d/") else word for word in line.split()]
        subprocess.run([nft, *words[1:]], check=True)
        print(subprocess.check_output([nft, "list", "tables"], text=True).split())
subprocess.run([nft, "add", "table", "inet", "theirs"], check=True)
for what in ("ExecStart", "ExecReload", "ExecStop"):
    by_unit(what)
"""


@AS_ROOT
def test_rules_of_others_stay_whenever_ours_are_loaded_or_go(tmp_path: Path) -> None:
    """In a network of its own, by the commands of the unit."""
    rules, unit = ruled(tmp_path, 64_001), UNITS / firewall.UNIT
    bare = ("setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all")
    ran = ("unshare", "--net", *bare, sys.executable, "-c", BESIDE, str(NFT), rules, unit)
    shown = said(*ran)
    theirs, page, shop = (
        f"'table', 'inet', '{one}'" for one in ("theirs", "card_terminal_page", "card_terminal_shop")
    )
    assert (shown.stdout.splitlines(), shown.stderr) == (
        [f"[{theirs}, {page}, {shop}]"] * 2 + [f"[{theirs}, {shop}]", f"[{theirs}]"],
        "",
    )


def test_our_rules_come_after_debians_own_unit_whenever_that_loads() -> None:
    """It throws away all rules first, where an owner uses it."""
    lines = (UNITS / firewall.UNIT).read_text(encoding="utf-8").splitlines()
    after = {name for line in lines if line.startswith("After=") for name in line[6:].split()}
    assert "nftables.service" in after
    assert {"PartOf=nftables.service", "ReloadPropagatedFrom=nftables.service"} <= set(lines)


CROWDS = """
import socket, subprocess, sys
nft, rules = sys.argv[1:]
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
subprocess.run([nft, "-f", rules], check=True)
listening = [socket.create_server(("", port), backlog=64) for port in (8322, 9000)]
def most(port, source):
    held = []
    for _ in range(20):
        try:
            held.append(socket.create_connection(("127.0.0.1", port), 5, (source, 0)))
        except ConnectionRefusedError:
            pass
    return len(held), held
first, second, other = most(8322, "127.0.0.1"), most(8322, "127.0.0.2"), most(9000, "127.0.0.1")
print(first[0], second[0], other[0])
"""


@AS_ROOT
def test_one_address_of_the_shops_network_holds_only_so_many_connections(tmp_path: Path) -> None:
    """In a network of its own, whose only way is taken for the shop's."""
    rules = ruled(tmp_path, 64_001, screen=False)
    shop = tmp_path / "card-terminal-shop.nft"
    shop.write_text(shop.read_text().replace('iifname != "lo" tcp dport', 'iifname "lo" tcp dport'))
    shown = said("unshare", "--net", sys.executable, "-c", CROWDS, str(NFT), rules)
    assert (shown.stdout.split(), shown.stderr) == (["12", "12", "20"], "")


def test_users_and_folders_are_made_as_the_units_name_them(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/group").write_text(
        "".join(
            f"{name}:x:{n}:\n" for n, name in enumerate(("dialout", "input", "lp", "video", "render"), 20)
        )
    )
    made = said("systemd-sysusers", f"--root={tmp_path}", UNITS / "card-terminal.sysusers")
    users = {line.split(":")[0] for line in (tmp_path / "etc/passwd").read_text().splitlines()}
    assert (made.returncode, users) == (
        0,
        {"card-terminal", "card-terminal-kiosk", "card-terminal-hq"},
    )
    wanted = {
        line.partition("=")[2]
        for unit in UNITS.glob("*.service")
        for line in unit.read_text().splitlines()
        if line.startswith("User=")
    }
    assert wanted == users
    said("systemd-tmpfiles", f"--root={tmp_path}", "--create", UNITS / "card-terminal.tmpfiles")
    assert (tmp_path / "etc/card-terminal/keys").stat().st_mode & 0o777 == 0o700
    place = (tmp_path / "run/card-terminal-page").stat()
    ids = {
        line.split(":")[0]: int(line.split(":")[2])
        for name in ("passwd", "group")
        for line in (tmp_path / "etc" / name).read_text().splitlines()
    }
    assert (place.st_mode & 0o7777, place.st_uid) == (0o2750, ids["card-terminal"])
    assert place.st_gid == ids["card-terminal-kiosk"]


@pytest.mark.page
def test_pcscd_serves_the_terminal_and_asks_others_as_before(tmp_path: Path) -> None:
    """The rule runs in a browser, for want of polkit's own interpreter."""
    chromium = shutil.which("chromium")
    assert chromium is not None
    page = tmp_path / "rule.html"
    page.write_text(
        """<body><script>
const rules = [];
const polkit = { Result: { YES: "yes", NOT_HANDLED: "as before" }, addRule: (rule) => rules.push(rule) };
</script><script>"""
        + (UNITS / "card-terminal.rules").read_text()
        + """</script><script>
const asked = [["access_pcsc", "card-terminal"], ["access_card", "card-terminal"], ["access_card", "pi"]]
  .map(([what, user]) => rules[0]({ id: "org.debian.pcsc-lite." + what }, { user }));
asked.push(rules[0]({ id: "org.freedesktop.login1.reboot" }, { user: "card-terminal" }));
document.body.textContent = rules.length + " " + asked.join(", ");
</script>"""
    )
    shown = said(
        chromium, "--headless", "--no-sandbox", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
        page.as_uri(),
    )  # fmt: skip
    assert "<body>1 yes, yes, as before, as before</body>" in shown.stdout


RULE = re.compile(
    r"(?P<target>allow|reject)(?: id (?P<id>[0-9a-f]{4}:(?:[0-9a-f]{4}|\*)))?"
    r"(?: with-interface (?P<how>equals|all-of|match-all) \{ (?P<kinds>[0-9a-f:* ]+) \})?"
)


def verdict(device: str, interfaces: set[str]) -> str:
    """What USBGuard says to such a device: the first rule that fits, else it is blocked."""
    for line in (UNITS / "card-terminal.usbguard").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        rule = RULE.fullmatch(line)
        assert rule, line
        fits = [
            {one for one in interfaces if re.fullmatch(kind.replace("*", ".."), one)}
            for kind in (rule["kinds"] or "").split()
        ]
        how = {
            None: True,
            "equals": all(fits) and set().union(*fits) == interfaces if fits else False,
            "all-of": all(fits),
            "match-all": set().union(*fits) == interfaces,
        }[rule["how"]]
        named = rule["id"] is None or re.fullmatch(rule["id"].replace("*", "...."), device)
        if named and how:
            return rule["target"]
    return "block"


@pytest.mark.parametrize(
    ("device", "interfaces", "wanted"),
    [
        ("0c2e:0200", {"03:01:01"}, "allow"),
        ("072f:2200", {"0b:00:00"}, "allow"),
        ("04b8:0202", {"07:01:02"}, "allow"),
        ("1a86:7523", {"ff:01:02"}, "allow"),
        ("2341:0043", {"02:02:01", "0a:00:00"}, "allow"),
        ("1d6b:0002", {"09:00:00"}, "allow"),
        ("0781:5583", {"08:06:50"}, "block"),
        ("1234:5678", {"03:01:01", "08:06:50"}, "reject"),
        ("1234:5678", {"03:01:01", "e0:01:03"}, "reject"),
        ("1234:5678", {"03:01:01", "02:06:00", "0a:00:00"}, "reject"),
        ("1234:5678", {"03:01:01", "02:0d:00", "0a:00:01"}, "reject"),
        ("1234:5678", {"0b:00:00", "03:01:01", "08:06:50"}, "reject"),
        ("1234:5678", {"09:00:00", "03:01:01", "08:06:50"}, "reject"),
        ("0403:ffff", {"03:01:01", "08:06:50"}, "reject"),
        ("1a86:ffff", {"ff:01:02", "03:01:01", "08:06:50"}, "reject"),
        ("1234:5678", {"0b:00:00", "e0:01:03"}, "block"),
        ("1234:5678", {"0b:00:00", "08:06:50"}, "block"),
        ("1234:5678", {"0b:00:00", "ff:ff:00"}, "block"),
        ("1234:5678", {"09:00:00", "08:06:50"}, "block"),
        ("0403:6001", {"ff:ff:ff", "08:06:50"}, "block"),
        ("10c4:ea60", {"08:06:50"}, "block"),
        ("067b:2303", {"e0:01:03"}, "block"),
        ("076b:5422", {"0b:00:00", "03:01:01"}, "allow"),
        ("0424:2514", {"09:00:01", "09:00:02"}, "allow"),
        ("0403:6001", {"ff:ff:ff"}, "allow"),
        ("10c4:ea60", {"ff:00:00"}, "allow"),
        ("067b:2303", {"ff:00:00"}, "allow"),
        ("0bda:8153", {"ff:ff:00"}, "block"),
    ],
)
def test_what_a_counter_needs_may_be_plugged_in_and_nothing_else(
    device: str, interfaces: set[str], wanted: str
) -> None:
    assert verdict(device, interfaces) == wanted


def test_the_kiosk_reaches_this_machine_only() -> None:
    lines = (UNITS / "terminal-kiosk.service").read_text().splitlines()
    assert {
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "Environment=LINK=/run/card-terminal-page/link",
    } <= set(lines)


def test_the_screen_opens_the_link_that_the_terminal_wrote(tmp_path: Path) -> None:
    link, page = tmp_path / "link", tmp_path / "enter.html"
    script = UNITS / "kiosk-entrance"
    refused = said("sh", script, link, page, "0")
    assert (refused.returncode, page.exists()) == (1, False)
    assert "is the terminal running" in refused.stderr
    sessions = beside(tmp_path / "ledger.db", str(link))
    sessions.open("http://127.0.0.1:8321/")
    assert said("sh", script, link, page, "0").returncode == 0
    assert link.read_text().strip() in page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    sessions.close()
    assert said("sh", script, link, page, "0").returncode == 1
