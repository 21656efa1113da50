"""What a machine says of its power, warmth and memory, and what of that is red."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from terminal.core.commands import ClockTrust
from terminal.maintenance.doctor import findings
from terminal.maintenance.facts import ClockFacts, DiskFacts, Facts, LedgerFacts, MachineFacts, QueueFacts
from terminal.maintenance.machine import machine_of

PI: Mapping[str, bytes] = {
    "proc/device-tree/model": b"Raspberry Pi 4 Model B Rev 1.5\0",
    "sys/class/thermal/thermal_zone0/temp": b"54100\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": b"50000\n",
    "proc/meminfo": b"MemTotal:   1900000 kB\nMemAvailable:    900000 kB\n",
    "proc/uptime": b"7260.15 20000.00\n",
}
WELL = MachineFacts(model="Pi", celsius=79, throttled=0, free_kib=32 * 1024, up_s=7_199)


def a_machine(root: Path, files: Mapping[str, bytes]) -> MachineFacts:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return machine_of(root)


def test_a_raspberry_pi_says_all_of_it(tmp_path: Path) -> None:
    assert a_machine(tmp_path, PI) == MachineFacts(
        model="Raspberry Pi 4 Model B Rev 1.5", celsius=54, throttled=0x50000, free_kib=900_000, up_s=7_260
    )


@pytest.mark.parametrize(
    ("said", "throttled"),
    [
        ({"devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": b"50005\n"}, 0x50005),
        ({"class/hwmon/hwmon2/name": b"rpi_volt\n", "class/hwmon/hwmon2/in0_lcrit_alarm": b"1\n"}, 1),
        ({"class/hwmon/hwmon2/name": b"rpi_volt\n", "class/hwmon/hwmon2/in0_lcrit_alarm": b"0\n"}, 0),
        ({"class/hwmon/hwmon2/name": b"rpi_volt\n"}, None),
        ({"class/hwmon/hwmon0/name": b"nvme\n", "class/hwmon/hwmon0/in0_lcrit_alarm": b"1\n"}, None),
    ],
)
def test_a_pi_5_says_elsewhere_that_its_power_is_too_weak(
    said: Mapping[str, bytes], throttled: int | None, tmp_path: Path
) -> None:
    """Its firmware has another name, and a newer kernel no word of it but the alarm of its voltage."""
    told = {f"sys/{name}": data for name, data in said.items()}
    assert a_machine(tmp_path, told) == MachineFacts(throttled=throttled)


def test_what_a_machine_does_not_say_is_not_known(tmp_path: Path) -> None:
    assert a_machine(tmp_path, {}) == MachineFacts()
    assert a_machine(tmp_path, dict.fromkeys(PI, b"")) == MachineFacts()
    assert a_machine(tmp_path, dict.fromkeys(PI, b"\xff?x")) == MachineFacts(model="\ufffd?x")
    other = {"sys/class/dmi/id/product_name": b"Box 7\n", "sys/class/thermal/thermal_zone0/temp": b"-5000"}
    assert a_machine(tmp_path / "other", other) == MachineFacts(model="Box 7", celsius=-5)


def of(machine: MachineFacts | None) -> list[tuple[bool, str, str]]:
    facts = Facts(
        terminal="S1/T1",
        running=True,
        devices=(),
        ledger=LedgerFacts(path="/l"),
        queue=QueueFacts(configured=False),
        clock=ClockFacts(wall_ms=1_795_788_300_000, trust=ClockTrust.NETWORK, synchronised=True),
        disk=DiskFacts(path="/", free_bytes=1 << 30, total_bytes=1 << 30, read_only=False),
        machine=machine,
    )
    return [(one.well, one.reason, one.next_step) for one in findings(facts) if one.subject == "machine"]


def test_a_machine_that_is_well_is_one_green_line() -> None:
    assert of(WELL) == [(True, "Pi, 79 C, 32 MiB of memory free, up 1 h", "")]
    assert of(MachineFacts()) == [(True, "machine", "")]
    assert of(None) == []


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        (MachineFacts(throttled=1), "too little power since it started (throttled 0x1); machine"),
        (MachineFacts(throttled=0x10000), "too little power since it started (throttled 0x10000); machine"),
        (
            MachineFacts(throttled=0x50005, celsius=90),
            "too little power since it started (throttled 0x50005)",
        ),
        (MachineFacts(celsius=80), "too hot; machine, 80 C"),
        *((MachineFacts(throttled=1 << bit), "too hot; machine") for bit in (1, 2, 3, 17, 18, 19)),
        (MachineFacts(free_kib=32 * 1024 - 1), "little memory is left; machine, 31 MiB of memory free"),
        (MachineFacts(free_kib=0), "little memory is left; machine, 0 MiB"),
    ],
)
def test_what_is_wrong_with_it_is_red_with_what_to_do(machine: MachineFacts, told: str) -> None:
    ((well, reason, step),) = of(machine)
    assert not well
    assert reason.startswith(told)
    assert step
