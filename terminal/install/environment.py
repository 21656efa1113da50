"""A slot's own Python environment: wheels of the lock, and Debian's packages in view, so nothing compiles.

A bundle brings the wheels, unpacked in `site`; else they come through the network, by the same hashes.
"""

from __future__ import annotations

import platform
import sys
import tomllib

from terminal.install.box import Box, NotInstalled
from terminal.install.slots import Release

SYSTEM_PYTHON = "/usr/bin/python3"

_COMMANDS = {"terminal": "terminal.__main__", "hq": "hq.__main__"}
_CHECK = (
    "import sys\n"
    "from pathlib import Path\n"
    "from terminal.config import BadConfig, load\n"
    "try:\n"
    "    load(Path(sys.argv[1]))\n"
    "except BadConfig as bad:\n"
    "    sys.exit(str(bad))\n"
)
_LOADED = "import smartcard, evdev, terminal.app, terminal.updating"
_SCHEMA = "from terminal.store.migrations import OURS\nprint(OURS.version, OURS.openable_from)"
_GUARD = ("systemd/terminal-back.service", "systemd/back-to-steady", "systemd/terminal-update.service")


def python(slot: str) -> str:
    return f"{slot}/.venv/bin/python"


def make(box: Box, slot: str) -> None:
    """In a slot that has its files. Raises NotInstalled: also where no boot would go back from it."""
    for name in _GUARD:
        if not box.at(f"{slot}/{name}").is_file():
            raise NotInstalled(f"this version has no {name}: after a power cut nothing would go back from it")
    brought = [f"{slot}/site"] if box.at(f"{slot}/site").is_dir() else []
    bare = ["--without-pip"] if brought else []
    box.do(SYSTEM_PYTHON, "-I", "-m", "venv", "--system-site-packages", *bare, f"{slot}/.venv")
    if not brought:
        _fetched(box, slot)
    for site in box.at(f"{slot}/.venv").glob("lib/python3*/site-packages"):
        (site / "card-terminal.pth").write_text("\n".join([*brought, slot, ""]), encoding="utf-8")
    for name, module in _COMMANDS.items():
        # It names this slot: what runs goes on with its own files when the link is changed under it.
        text = f"#!{python(slot)} -I\nimport sys\nfrom {module} import main\nsys.exit(main())\n"
        box.write(f"{slot}/.venv/bin/{name}", text, 0o755)
    # The terminal may not write here, and would compile at every start.
    box.do(python(slot), "-I", "-m", "compileall", "-q", f"{slot}/terminal", f"{slot}/hq", *brought)
    box.do(python(slot), "-I", "-B", "-c", _LOADED)


def _fetched(box: Box, slot: str) -> None:
    pip = (python(slot), "-I", "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check")
    locked = ("--require-hashes", "--only-binary", ":all:", "-r", f"{slot}/requirements.lock")
    code, said = box.try_to(*pip, *locked)
    if code:
        raise NotInstalled(
            f"the packages of the lock could not be installed: is there a network?\n{said[-2_000:]}"
        )


def named(box: Box, slot: str, made_of: str) -> Release:
    """What lies there, by its own words. Raises NotInstalled."""
    said = tomllib.loads(box.at(f"{slot}/pyproject.toml").read_text(encoding="utf-8"))
    schema, openable_from = box.do(python(slot), "-I", "-B", "-c", _SCHEMA).split()
    return Release(
        version=said["project"]["version"],
        machine=platform.machine(),
        python=python_here(),
        schema=int(schema),
        openable_from=int(openable_from),
        made_of=made_of,
    )


def python_here() -> str:
    """Whose wheels this machine needs, such as `3.11`."""
    return "{}.{}".format(*sys.version_info[:2])


def check(box: Box, slot: str, config: str) -> None:
    """That version can use that configuration. Raises NotInstalled with all that is wrong."""
    code, said = box.try_to(python(slot), "-I", "-B", "-c", _CHECK, str(box.at(config)))
    if code:
        raise NotInstalled(f"this version cannot use {config}:\n{said.rstrip()}")
