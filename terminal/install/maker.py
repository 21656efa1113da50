"""Whose releases `terminal update` takes: said once, by whoever sets the machine up."""

from __future__ import annotations

import json
from pathlib import Path

from terminal.install.box import Box, NotInstalled
from terminal.install.slots import HOME

KEPT = f"{HOME}/root.json"
BESIDE = "maker/root.json"
"""Where a checkout has it that was handed out with one."""


def found(source: Path, given: Path | None) -> str:
    """What was `given`, else what lies in the checkout; empty: nothing does.

    Raises:
        NotInstalled: it is no root.json.
        OSError: what was given cannot be read.
    """
    file = given or source / BESIDE
    if given is None and not file.exists():
        return ""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    if not _is_root(text):
        raise NotInstalled(f"{file} is no root.json of a maker")
    return text


def trusted(box: Box, text: str) -> None:
    """What is trusted already is never changed by an installation."""
    kept = box.at(KEPT)
    if text and not kept.exists():
        box.write(KEPT, text)
    elif text and kept.read_text(encoding="utf-8") != text:
        box.say(f"   {KEPT} is another maker's, and stays")
    elif not text and not kept.exists():
        box.say("   nobody is trusted for updates: install.sh --maker FILE (docs/update.md)")


def _is_root(text: str) -> bool:
    """Whether it vouches for itself is seen by the first update."""
    try:
        return bool(json.loads(text)["signed"]["_type"] == "root")
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
