"""Makes the disk of the virtual machine: Debian's packages, its kernel, a few modules, a guest agent.

No mount, no loop device: `mke2fs -d` writes the file system from a folder. Needs root, because the files of
the system belong to root.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from msgspec import Struct

from lab.environment import ROOT, install
from terminal.install.steps import PACKAGES

FOLDER = ROOT / ".cache" / "vm"
"""Of all that is made; may be removed at any time, and is made again."""
TOOLS = ("qemu-system-x86", "qemu-utils", "mmdebstrap", "e2fsprogs", "gcc", "make", "xz-utils")
_SIZE = "3G"
"""Of the disk; sparse."""

_INSIDE = (
    "systemd", "systemd-sysv", "udev", "dbus", "kmod", "initramfs-tools", "linux-image-amd64", "procps",
    "qemu-guest-agent", "python3", "e2fsprogs", "vsmartcard-vpcd", *PACKAGES,
)  # fmt: skip
_INITRD = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")
_LOADED = (
    "virtio_console", "uinput", "evdev", "usbhid", "hid_generic", "cdc_acm", "usblp", "dummy_hcd",
    "libcomposite", "usb_f_hid", "usb_f_acm", "usb_f_printer", "gpio-sim-lab",
)  # fmt: skip
_SIMULATED_PORTS = 4
"""USB sockets of the simulated host controller."""
_MASKED = (
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer",
    "e2scrub_reap.service", "fstrim.timer", "getty@tty1.service", "serial-getty@ttyS0.service",
    "serial-getty@hvc0.service", "systemd-networkd-wait-online.service", "systemd-update-utmp.service",
    "systemd-timesyncd.service",
)  # fmt: skip
_NOT_EXPORTED = ("irq_to_desc(irqnum)", "irq_data_to_desc(irq_get_irq_data(irqnum))")
"""irq_sim.c is built into other kernels and may use what modules may not; the second says the same."""


class CannotBuild(Exception):
    """The machine cannot be made here; `str()` says what to do."""


class Built(Struct, frozen=True):
    """What qemu is started with."""

    disk: Path
    """qcow2"""
    kernel: Path
    initrd: Path


def built() -> Built:
    """The machine's disk; made when it is not there or its recipe changed. Takes one to three minutes.

    Raises CannotBuild.
    """
    stamp = FOLDER / "stamp"
    made = Built(FOLDER / "base.qcow2", FOLDER / "vmlinuz", FOLDER / "initrd.img")
    wanted = hashlib.sha256(Path(__file__).read_bytes() + f"{_suite()} {PACKAGES}".encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return made
    if os.geteuid() != 0:
        raise CannotBuild("needs root: sudo .venv/bin/python -m lab vm build")
    if platform.machine() != "x86_64":
        raise CannotBuild("the virtual machine is emulated on x86_64 only")
    install(TOOLS)
    if not shutil.which("qemu-system-x86_64") or not shutil.which("mmdebstrap"):
        raise CannotBuild(f"sudo apt-get install {' '.join(TOOLS)}")
    shutil.rmtree(FOLDER, ignore_errors=True)
    root = FOLDER / "root"
    root.parent.mkdir(parents=True)
    _bootstrap(root)
    _settings(root)
    _modules(root)
    _run("chroot", root, "update-initramfs", "-u", "-k", "all")
    shutil.copy(next((root / "boot").glob("vmlinuz-*")), made.kernel)
    shutil.copy(next((root / "boot").glob("initrd.img-*")), made.initrd)
    _disk(root, made.disk)
    shutil.rmtree(root)
    stamp.write_text(wanted)
    return made


def _suite() -> str:
    """The Debian release of this machine: what is installed for its Python runs in the guest as well."""
    return platform.freedesktop_os_release()["VERSION_CODENAME"]


def _bootstrap(root: Path) -> None:
    without = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("man", "doc", "locale")]
    packages = f"--include={','.join(_INSIDE)}"
    _run(
        "mmdebstrap",
        "--variant=minbase",
        '--aptopt=Acquire::Languages "none"',
        *without,
        packages,
        _suite(),
        root,
    )


def _settings(root: Path) -> None:
    etc = root / "etc"
    lines = {
        "hostname": ["counter"],
        "machine-id": ["uninitialized"],
        "fstab": ["/dev/vda / ext4 errors=remount-ro 0 1"],
        "initramfs-tools/conf.d/lab": ["MODULES=list", "COMPRESS=gzip"],
        "initramfs-tools/modules": [*_INITRD],
        "modules-load.d/lab.conf": [*_LOADED],
        "modprobe.d/lab.conf": [f"options dummy_hcd num={_SIMULATED_PORTS}"],
    }
    for name, text in lines.items():
        (etc / name).write_text("".join(f"{line}\n" for line in text))
    for unit in _MASKED:
        masked = etc / "systemd/system" / unit
        masked.unlink(missing_ok=True)
        masked.symlink_to("/dev/null")


def _modules(root: Path) -> None:
    """gpio-sim, which Debian's kernel leaves out, from the source package of that very kernel."""
    kernel = next((root / "lib/modules").iterdir()).name
    shown = [
        "dpkg-query",
        f"--admindir={root}/var/lib/dpkg",
        "-W",
        "-f",
        "${Version}",
        f"linux-image-{kernel}",
    ]
    version = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    install((f"linux-headers-{kernel}",))
    tree = f"linux-source-{'.'.join(kernel.split('.')[:2])}"
    work = FOLDER / "modules"
    work.mkdir()
    _run("apt-get", "download", f"{tree}={version}", cwd=work)
    package = next(work.glob("*.deb"))
    wanted = [f"{tree}/drivers/gpio", f"{tree}/kernel/irq"]
    unpack = (
        f"dpkg-deb --fsys-tarfile {package} | tar -xO ./usr/src/{tree}.tar.xz | tar -xJ {' '.join(wanted)}"
    )
    _run("sh", "-ec", unpack, cwd=work)
    sources = work / "lab"
    sources.mkdir()
    for name in ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c"):
        text = (work / tree / name).read_text(encoding="utf-8").replace(*_NOT_EXPORTED)
        (sources / Path(name).name).write_text(text, encoding="utf-8")
    (sources / "Makefile").write_text("obj-m := gpio-sim-lab.o\ngpio-sim-lab-y := gpio-sim.o irq_sim.o\n")
    _run("make", "-C", f"/lib/modules/{kernel}/build", f"M={sources}", "modules")
    extra = root / "lib/modules" / kernel / "extra"
    extra.mkdir(exist_ok=True)
    shutil.copy(sources / "gpio-sim-lab.ko", extra)
    _run("chroot", root, "depmod", "-a", kernel)
    shutil.rmtree(work)


def _disk(root: Path, disk: Path) -> None:
    raw = disk.with_suffix(".raw")
    file_system(raw, root, _SIZE)
    _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, disk)
    raw.unlink()


def file_system(disk: Path, folder: Path, size: str) -> None:
    """An ext4 file system of that size with the folder's content, as a sparse file."""
    disk.unlink(missing_ok=True)
    with disk.open("wb") as empty:
        empty.truncate(int(size.removesuffix("G")) << 30)
    _run("mke2fs", "-q", "-t", "ext4", "-d", folder, disk)


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    """Raises CannotBuild: with the end of what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotBuild(f"{command[0]}: {done.returncode}: {done.stdout[-2000:]}")


def tell(what: str) -> None:
    sys.stderr.write(f"-- {what}\n")
    sys.stderr.flush()
