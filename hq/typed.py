"""What several commands of `python -m hq` are told alike, and how each says that it cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import click
import msgspec

from hq.keys import Keys, KeysUnusable, keys_in
from terminal.core.wire.forms import Name
from terminal.runtime.clock import SystemClock
from terminal.runtime.durable import laid_over, not_mounted

folder = click.Path(path_type=Path, resolve_path=True)
data = click.option(
    "--data",
    type=folder,
    required=True,
    help="Folder of the keys and, without --dsn, of the embedded PostgreSQL.",
)


def name(_context: click.Context, _option: click.Parameter, value: str) -> str:
    try:
        return msgspec.convert(value, Name)
    except msgspec.ValidationError as fault:
        raise click.BadParameter("1 to 64 characters, none of them a control character") from fault


merchant = click.option("--merchant", required=True, callback=name)


def opened_keys(where: Path) -> Keys:
    """What is missing is made; never where a restart would take it away, and begin another headquarters."""
    try:
        if why := not_mounted(where) or laid_over(where):
            raise click.ClickException(f"{why} (docs/appliance.md, 1.)")
        return keys_in(where, serial=new_serial(), now_ms=SystemClock().wall_ms())
    except KeysUnusable as fault:
        raise click.ClickException(str(fault)) from fault
    except OSError as fault:
        raise click.ClickException(f"{where}: {fault.strerror}") from fault


def new_serial() -> int:
    return int.from_bytes(os.urandom(19), "big") | 1
