"""`python -m hq master | code`: what an issuer of cards and codes does."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import click
import msgspec

from hq import typed
from hq.masters import MASTERS_FILE, Master, MastersUnusable, MasterUse, keep
from hq.member_codes import printed, shown
from terminal.core.hexes import hex_bytes
from terminal.core.member_codes import LIFE_S
from terminal.runtime.clock import SystemClock


@click.command()
@typed.data
@typed.merchant
@click.option(
    "--use",
    type=click.Choice([use.value for use in MasterUse]),
    default=MasterUse.DESFIRE.value,
    show_default=True,
    help="Which cards, as in the list of `terminal cards`; sun_meta is common to all.",
)
@click.option(
    "--application",
    default="",
    help="In hex: AID of the DESFire application, such as F48E10; name of the CPU card's folder.",
)
@click.option(
    "--system",
    default="",
    help="Of desfire and sun: what the bureau calls it (AN10922), 1 to 16 ASCII characters.",
)
def master(data: Path, merchant: str, **about: str) -> None:
    """Take the master key of a merchant's cards, in hex from standard input. Used from the next start on."""
    try:
        fields = {"merchant": merchant, **about, "application": about["application"].upper()}
        key = hex_bytes(sys.stdin.readline().strip())
        taken = msgspec.convert({**fields, "key": key}, Master)
        data.mkdir(parents=True, exist_ok=True)
        keep(data / MASTERS_FILE, taken)
    except (ValueError, MastersUnusable) as fault:  # A ValueError may hold what was typed.
        why = str(fault) if isinstance(fault, MastersUnusable) else "not 16 bytes in hex, or no such names"
        raise click.ClickException(why) from None
    click.echo(f"{merchant}'s master key for {taken.use} {taken.application} is kept", err=True)


@click.command()
@click.argument("number", metavar="NUMBER")
@typed.data
@typed.merchant
@click.option("--dynamic", is_flag=True, help=f"For {LIFE_S} seconds and a single use, as a phone shows it.")
def code(number: str, data: Path, merchant: str, *, dynamic: bool) -> None:
    """Print the signed code of a member, to be made into a QR code. NUMBER is MC- and 6 to 32 of 0-9, A-Z."""
    keys = typed.opened_keys(data)
    try:
        if dynamic:
            now_ms = SystemClock().wall_ms()
            text = shown(keys, merchant, number, now_ms=now_ms, random=secrets.token_bytes)
        else:
            text = printed(keys, merchant, number)
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(text)
