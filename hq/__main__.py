"""`python -m hq run | publish | enrol | operator | revoke | policy | card | tier | tiers | keys | ...`."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import wraps
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from hq import batching, bringing, deciding, issuing, keeping, publishing, rotation, typed
from hq.command import dsn_option, epoch_of, exchange_over, finish, looked, looked_in, maybe_named
from hq.door import CODE_LIFE, Door
from hq.door_postgres import PostgresDoor
from hq.embedded import serving
from hq.exchange import Exchange
from hq.operators import LOGIN_LIFE, Operators
from hq.postgres import PostgresStore
from hq.publishing import PUBLISHABLE, Publication
from hq.report import reported
from hq.running import Listening, masters_of, serve
from hq.sets_ports import SHARED, Published
from hq.verify import verified
from terminal.core.directives import KeyUse
from terminal.core.values import SiteId, TerminalId
from terminal.core.wire.sets import Row, SetName
from terminal.runtime.authority import Identity
from terminal.runtime.box import BoxSpoilt, sealed_to
from terminal.runtime.bundle import BYTES_MAX, NoBundle, archive_in
from terminal.runtime.clock import SystemClock
from terminal.runtime.log import begin


def _one_terminal(command: Callable[..., None]) -> Callable[..., None]:
    """`--merchant`, `--site` and `--terminal`, as one `identity`."""

    @wraps(command)
    def named(*, merchant: str, site: str, terminal: str, **more: object) -> None:
        identity = Identity(merchant=merchant, site=SiteId(site), terminal=TerminalId(terminal))
        command(identity=identity, **more)

    for option in ("--terminal", "--site", "--merchant"):
        named = click.option(option, required=True, callback=typed.name)(named)
    return named


@click.group()
def main() -> None:
    """Headquarters: takes every entry of every site exactly once."""


@main.command()
@typed.data
@dsn_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=8420, show_default=True, help="0: any free one; the first line printed says which."
)
@click.option(
    "--name", "names", multiple=True, help="A name or address by which terminals reach it; may be repeated."
)
@click.option(
    "--sets/--no-sets",
    default=True,
    help="Whether this process makes the data sets; of several over one database one is enough.",
)
@click.option("--hq-epoch", type=click.IntRange(min=1), help="Higher after every restore of the database.")
@click.option("--phones", type=click.IntRange(0, 65_535), help="Port of the members' phone page; 0: any.")
@click.option(
    "--phones-pem",
    type=typed.folder,
    help="Certificate (chain) and key that phones believe; else our own authority's.",
)
def run(data: Path, dsn: str | None, hq_epoch: int | None, **where: Any) -> None:  # noqa: ANN401  click's
    """Serve HTTPS until SIGTERM."""
    keys = typed.opened_keys(data)
    keeping = serving(data) if dsn is None else nullcontext(dsn)
    where["data"] = data
    finish(serve(keeping, keys, masters_of(data), Listening(**where), epoch_of(data, hq_epoch or 0)))


@main.command()
@typed.data
@dsn_option
@_one_terminal
def enrol(data: Path, dsn: str | None, identity: Identity) -> None:
    """Print a code by which one machine becomes that terminal: `terminal enrol CODE` there."""
    keys = typed.opened_keys(data)

    async def made(store: PostgresStore) -> str:
        return await Door(PostgresDoor(store), keys, SystemClock(), secrets.token_bytes).code_for(identity)

    try:
        click.echo(finish(looked(data, dsn, made)))
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    hours = CODE_LIFE.total_seconds() / 3600
    click.echo(f"for one machine, within {hours:g} hours; it is not shown again", err=True)


@main.command()
@click.argument("name", metavar="SET", type=click.Choice([str(name) for name in PUBLISHABLE]))
@click.argument("file", type=click.File("rb"))
@typed.data
@dsn_option
@typed.merchant
@click.option("--site", callback=maybe_named, help="Only this one; until all of them are published to again.")
@click.option("--version", callback=maybe_named, help="As people call it; else the next number.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M%z"]), help="When it takes effect, as 2026-12-01T00:00+0800."
)
def publish(name: str, file: BinaryIO, data: Path, dsn: str | None, **how: Any) -> None:  # noqa: ANN401  click's
    """Give the rows of FILE (JSON Lines; - for standard input) to the sites, in the place of those before."""
    keys, clock, at = typed.opened_keys(data), SystemClock(), how["at"]
    publication = Publication(
        set=SetName(name),
        rows=_rows(SetName(name), file),
        site=SiteId(how["site"] or SHARED),
        version=how["version"] or "",
        not_before_ms=int(at.timestamp() * 1000) if at else 0,
    )

    def sealed(clear: bytes, about: bytes) -> bytes:
        return sealed_to(keys.box_key, clear, about=about, fresh=secrets.token_bytes(32))

    async def published(store: PostgresStore) -> Published:
        return await publishing.publish(store, how["merchant"], publication, sealed, clock.wall_ms())

    try:
        row = finish(looked(data, dsn, published))
    except publishing.NotPublishable as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(msgspec.json.encode({"set": row.set, "version": row.version, "rows": sum(row.rows)}))


def _rows(name: SetName, file: BinaryIO) -> list[Row]:
    try:
        return publishing.rows_in(name, file.read(publishing.FILE_BYTES_MAX + 1))
    except publishing.NotPublishable as fault:
        raise click.ClickException(f"{file.name}: {fault}") from fault


@main.command()
@typed.data
@dsn_option
@typed.merchant
@click.option(
    "--name", required=True, callback=typed.name, help="Of the person; stands under every decision."
)
def operator(data: Path, dsn: str | None, merchant: str, name: str) -> None:
    """Print a code by which one person sees that merchant's page, or signs as the second."""
    keys = typed.opened_keys(data)

    async def made(store: PostgresStore) -> str:
        operators = Operators(PostgresDoor(store), keys, SystemClock(), secrets.token_bytes)
        return await operators.code_for(merchant, name)

    click.echo(finish(looked(data, dsn, made)))
    minutes = LOGIN_LIFE.total_seconds() / 60
    click.echo(f"for one login, within {minutes:g} minutes; it is not shown again", err=True)


@main.command()
@click.argument("bundle", type=click.File("rb"))
@click.argument("archive", type=click.File("xb", lazy=True))
@typed.data
def support(bundle: BinaryIO, archive: BinaryIO, data: Path) -> None:
    """Open what `terminal support` packed into a new ARCHIVE (.tar.gz)."""
    keys = typed.opened_keys(data)
    try:
        packed = archive_in(bundle.read(BYTES_MAX), keys.opened)
    except (NoBundle, BoxSpoilt) as fault:
        raise click.ClickException(f"{bundle.name}: {fault}") from fault
    archive.write(packed)


@main.command()
@typed.data
@dsn_option
@_one_terminal
@click.option("--why", default="", help="For those who look later.")
def revoke(data: Path, dsn: str | None, identity: Identity, why: str) -> None:
    """Shut out every machine that is that terminal, from its next request on."""

    async def shut(store: PostgresStore) -> int:
        return await PostgresDoor(store).revoke(identity, SystemClock().wall_ms(), why)

    click.echo(f"{finish(looked(data, dsn, shut))} shut out")


@main.group()
def keys() -> None:
    """The keys that sign: new ones announced, old ones retired, and which site knows of it."""


_use = click.option(
    "--use",
    type=click.Choice([use.value for use in KeyUse]),
    default=KeyUse.HQ.value,
    show_default=True,
    help="hq signs answers to terminals, code signs member codes.",
)


@keys.command("show")
@typed.data
@dsn_option
@_use
def show_keys(data: Path, dsn: str | None, use: str) -> None:
    """Where a rotation stands, as JSON."""
    _turned(data, dsn, lambda exchange: rotation.standing(exchange, data, KeyUse(use)))


@keys.command("rotate")
@typed.data
@dsn_option
@_use
def rotate_keys(data: Path, dsn: str | None, use: str) -> None:
    """Announce the next key to every site, signed by the one before; sites believe both from then on."""
    _turned(data, dsn, lambda exchange: rotation.announce(exchange, data, KeyUse(use)))


@keys.command("retire")
@typed.data
@dsn_option
@_use
@click.option(
    "--anyway", is_flag=True, help="Also while a site does not know the new key: it must enrol again."
)
def retire_keys(data: Path, dsn: str | None, use: str, *, anyway: bool) -> None:
    """Sign with the new key from now on, destroy the old one, and tell every site."""
    _turned(data, dsn, lambda exchange: rotation.retire(exchange, data, KeyUse(use), anyway=anyway))


def _turned(data: Path, dsn: str | None, turn: Callable[[Exchange], Awaitable[rotation.Rotation]]) -> None:
    typed.opened_keys(data)
    epoch = epoch_of(data)

    async def work(store: PostgresStore) -> rotation.Rotation:
        return await turn(exchange_over(store, max(epoch, await store.highest_hq_epoch())))

    try:
        click.echo(msgspec.json.encode(finish(looked(data, dsn, work))))
    except rotation.NotRetired as fault:
        raise click.ClickException(str(fault)) from fault


for command in (
    deciding.policy,
    deciding.card,
    batching.cards,
    deciding.tier,
    deciding.tiers,
    deciding.coupons,
    deciding.reread,
    deciding.decide,
    keeping.retention,
    bringing.take_in,
    issuing.master,
    issuing.code,
):
    main.add_command(command)


@main.command()
@looked_in
@dsn_option
def verify(data: Path | None, dsn: str | None) -> None:
    """Chains, postings, balances, parts of data sets, as JSON; exit 1 when anything is wrong."""
    verdict = finish(looked(data, dsn, verified))
    click.echo(msgspec.json.encode(verdict))
    sys.exit(0 if verdict.hq == "ok" else 1)


@main.command()
@looked_in
@dsn_option
def report(data: Path | None, dsn: str | None) -> None:
    """Sites, how far each is held, counts and exceptions, as JSON."""
    click.echo(msgspec.json.encode(finish(looked(data, dsn, reported))))


if __name__ == "__main__":
    begin("info", journal="JOURNAL_STREAM" in os.environ)
    main()
