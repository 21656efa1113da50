"""A slot's own Python environment: wheels of the lock, and Debian's packages in view, so nothing compiles."""

from __future__ import annotations

from terminal.install.box import Box, NotInstalled

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
_LOADED = "import smartcard, evdev, terminal.app"


def python(slot: str) -> str:
    return f"{slot}/.venv/bin/python"


def make(box: Box, slot: str) -> None:
    """In a slot that has its files. Raises NotInstalled."""
    box.do(SYSTEM_PYTHON, "-m", "venv", "--system-site-packages", f"{slot}/.venv")
    pip = (python(slot), "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check")
    locked = ("--require-hashes", "--only-binary", ":all:", "-r", f"{slot}/requirements.lock")
    code, said = box.try_to(*pip, *locked)
    if code:
        raise NotInstalled(
            f"the packages of the lock could not be installed: is there a network?\n{said[-2_000:]}"
        )
    for site in box.at(f"{slot}/.venv").glob("lib/python3*/site-packages"):
        (site / "card-terminal.pth").write_text(f"{slot}\n", encoding="utf-8")
    for name, module in _COMMANDS.items():
        # It names this slot: what runs goes on with its own files when the link is changed under it.
        text = f"#!{python(slot)}\nimport sys\nfrom {module} import main\nsys.exit(main())\n"
        box.write(f"{slot}/.venv/bin/{name}", text, 0o755)
    # The terminal may not write here, and would compile at every start.
    box.do(python(slot), "-m", "compileall", "-q", f"{slot}/terminal", f"{slot}/hq")
    box.do(python(slot), "-B", "-c", _LOADED)


def check(box: Box, slot: str, config: str) -> None:
    """That version can use that configuration. Raises NotInstalled with all that is wrong."""
    code, said = box.try_to(python(slot), "-B", "-c", _CHECK, str(box.at(config)))
    if code:
        raise NotInstalled(f"this version cannot use {config}:\n{said.rstrip()}")
