"""`python -m hq policy | card | tier | tiers | coupons | ...`: what people decide, signed by name."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import msgspec

from hq import decisions, typed
from hq.cloned import one_goes_on
from hq.command import dsn_option, epoch_of, exchange_over, finish, looked, maybe_named
from hq.decisions import NotDecided
from hq.door import Door
from hq.door_postgres import PostgresDoor
from hq.ladder import ladder, names_of
from hq.policy import Policy
from hq.postgres import PostgresStore
from hq.publishing import NotPublishable, limit, rise
from hq.rereading import Reread, read_again
from hq.sets_ports import SHARED, Allowed
from hq.withdrawing import Which, Withdrawn, give_again, withdraw
from terminal.core.cards import CardState
from terminal.core.money import AMOUNT_MAX
from terminal.core.policy import Offline
from terminal.core.ranks import TierOrder
from terminal.core.tier_names import TierNames, of_spelling, spelt
from terminal.core.values import SiteId
from terminal.runtime.clock import SystemClock

_by = click.option("--by", required=True, callback=typed.name, help="Who says so; is kept.")
_site = click.option("--site", callback=maybe_named, help="Only this one; without it all of the merchant.")
_fen = click.IntRange(0, AMOUNT_MAX)


@click.group()
def policy() -> None:
    """What sites may give beyond rights while they cannot reach headquarters, in fen."""


@policy.command("show")
@typed.data
@dsn_option
@typed.merchant
@_site
def show_policy(data: Path, dsn: str | None, merchant: str, site: str | None) -> None:
    """What stands for that site, or for all that have none of their own, as JSON."""

    async def seen(store: PostgresStore) -> list[Allowed]:
        async with store.turn(merchant, SiteId(site or SHARED)) as turn:
            return list(await turn.allowed())

    known = finish(looked(data, dsn, seen))
    click.echo(msgspec.json.encode(known[-1].offline if known else Offline()))


@policy.command("set")
@typed.data
@dsn_option
@typed.merchant
@_site
@click.option("--secure", type=_fen, required=True, help="F of a wallet whose card or code proved itself.")
@click.option("--signed", type=_fen, required=True, help="F by a signed code, or a chip that counts.")
@click.option("--open", "open_", type=_fen, required=True, help="F by a number that anybody could copy.")
@click.option("--cap", type=_fen, required=True, help="S: of all wallets at one site together.")
@_by
def set_policy(  # noqa: PLR0913  one for each option
    data: Path,
    dsn: str | None,
    merchant: str,
    site: str | None,
    by: str,
    *,
    secure: int,
    signed: int,
    open_: int,
    cap: int,
) -> None:
    """Goes to the sites as settings, signed, and is in force at each between two sales."""
    offline = Offline(secure=secure, signed=signed, open=open_, site=cap)

    async def work(store: PostgresStore) -> str:
        now_ms = SystemClock().wall_ms()
        row = await limit(store, merchant, SiteId(site or SHARED), offline, by=by, now_ms=now_ms)
        return row.version

    try:
        version = finish(looked(data, dsn, work))
    except NotPublishable as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(msgspec.json.encode({"settings": version}))


@click.command()
@typed.data
@dsn_option
@typed.merchant
@click.argument("card", callback=typed.name)
@click.argument("state", type=click.Choice([str(state) for state in CardState if state is not CardState.NEW]))
@_by
def card(data: Path, dsn: str | None, merchant: str, card: str, state: str, by: str) -> None:  # noqa: PLR0913, PLR0917
    """Put CARD on the hot list of all sites, or take it off (`active`)."""

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        await decisions.set_card(exchange, merchant, card, CardState(state), by=by)

    _decided(data, dsn, work)


@click.command()
@typed.data
@dsn_option
@typed.merchant
@click.argument("wallet", callback=typed.name)
@click.argument("tier", callback=typed.name)
@_by
def tier(data: Path, dsn: str | None, merchant: str, wallet: str, tier: str, by: str) -> None:  # noqa: PLR0913, PLR0917
    """Set the tier of WALLET for all sites, up or down; it stays until another one is reached or set."""

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        await decisions.set_tier(exchange, merchant, wallet, tier, by=by)

    _decided(data, dsn, work)


@click.group()
def tiers() -> None:
    """How the chain's tiers rise, by their names: who is two people keeps the higher one."""


@tiers.command("show")
@typed.data
@dsn_option
@typed.merchant
def show_tiers(data: Path, dsn: str | None, merchant: str) -> None:
    """The lowest first, as JSON; with their names as `set` takes them."""

    async def seen(store: PostgresStore) -> list[str]:
        now_ms = SystemClock().wall_ms()
        async with store.turn(merchant, SHARED) as turn:
            shown = await names_of(turn, now_ms)
            return [spelt(tier, shown) for tier in await ladder(turn, Policy(), now_ms)]

    click.echo(msgspec.json.encode(finish(looked(data, dsn, seen))))


@tiers.command("set")
@typed.data
@dsn_option
@typed.merchant
@click.argument("names", nargs=-1, required=True)
@_by
def set_tiers(data: Path, dsn: str | None, merchant: str, names: tuple[str, ...], by: str) -> None:
    """NAMES, the lowest first, as the shops' policy.tiers call them: goes to all sites with the settings.

    What a tier is called on screens and receipts goes behind it: diamond=钻石会员/Diamond, and /鑽石會員
    where the Traditional is not that of the Simplified. Without, it is called as each shop does.
    """
    try:
        said = dict(map(of_spelling, names))
        order = msgspec.convert({"order": [of_spelling(name)[0] for name in names]}, TierOrder)
        shown = TierNames(shown={tier: called for tier, called in said.items() if called}).shown
    except (msgspec.ValidationError, ValueError) as fault:
        raise click.ClickException(f"1 to 21 different names without spaces: {fault}") from fault

    async def work(store: PostgresStore) -> str:
        row = await rise(store, merchant, order, shown=shown, by=by, now_ms=SystemClock().wall_ms())
        return row.version

    try:
        version = finish(looked(data, dsn, work))
    except NotPublishable as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(msgspec.json.encode({"settings": version}))


@click.group()
def coupons() -> None:
    """Take back coupons that were given: one, or all of a kind."""


@coupons.command("withdraw")
@typed.data
@dsn_option
@typed.merchant
@click.option("--coupon", default="", help="One, by its own id.")
@click.option("--kind", default="", help="All of that kind; sites that have yet to tell of theirs too.")
@click.option("--wallet", default="", help="Of that kind only what this member was given.")
@click.option("--why", required=True, help="Goes to the sites, and is kept; names nobody.")
@_by
def withdraw_coupons(  # noqa: PLR0913  one for each option
    data: Path, dsn: str | None, merchant: str, by: str, *, coupon: str, kind: str, wallet: str, why: str
) -> None:
    """Each site hears it with its feed; what was used stays used. Prints what became of them."""
    which = Which(coupon=coupon, kind=kind, wallet=wallet)
    told: list[Withdrawn] = []

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        told.append(await withdraw(exchange, merchant, which, why=why, by=by))

    _decided(data, dsn, work)
    click.echo(msgspec.json.encode(told[0]))


@coupons.command("again")
@typed.data
@dsn_option
@typed.merchant
@click.argument("kind", callback=typed.name)
@_by
def coupons_again(data: Path, dsn: str | None, merchant: str, kind: str, by: str) -> None:
    """Coupons of KIND that are given from now on are good; what was withdrawn stays so."""

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        await give_again(exchange, merchant, kind, by=by)

    _decided(data, dsn, work)


@click.group()
def decide() -> None:
    """What an exception asks people, where it is no word but an act."""


@decide.command()
@typed.data
@dsn_option
@typed.merchant
@click.option("--site", required=True, callback=typed.name)
@_by
def clone(data: Path, dsn: str | None, merchant: str, site: str, by: str) -> None:
    """Two disks of SITE take turns: shut both out, and print the code by which one of them goes on.

    Type it at the machine that is to go on: `terminal enrol CODE` there.
    """
    keys, clock, codes = typed.opened_keys(data), SystemClock(), list[str]()

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        door = Door(PostgresDoor(store), keys, clock, secrets.token_bytes)
        codes.append(await one_goes_on(exchange, door, merchant, SiteId(site), by=by))

    _decided(data, dsn, work)
    click.echo(codes[0])


@click.command("read-again")
@typed.data
@dsn_option
@typed.merchant
@click.option("--site", callback=maybe_named, help="Only this one; without it all of the merchant.")
@click.option(
    "--entry",
    "seqs",
    type=click.IntRange(min=1),
    multiple=True,
    help="Only this one, also if it was decided on.",
)
@_by
def reread(  # noqa: PLR0913, PLR0917  one for each option
    data: Path, dsn: str | None, merchant: str, site: str | None, seqs: tuple[int, ...], by: str
) -> None:
    """Try once more what lies in quarantine, as after an upgrade: what can be read now counts, once.

    Prints as JSON, by site, what was read and what lies there still.
    """
    told: dict[str, Reread] = {}

    async def work(store: PostgresStore) -> None:
        exchange = exchange_over(store, max(epoch_of(data), await store.highest_hq_epoch()))
        async with store.turn(merchant, SHARED) as turn:
            known = sorted(await turn.sites())
        for one in known if site is None else [SiteId(site)]:
            told[one] = await read_again(exchange, merchant, one, by=by, seqs=seqs)

    _decided(data, dsn, work)
    click.echo(msgspec.json.encode(told))


def _decided(data: Path, dsn: str | None, work: Callable[[PostgresStore], Awaitable[None]]) -> None:
    try:
        finish(looked(data, dsn, work))
    except NotDecided as fault:
        raise click.ClickException(str(fault)) from fault
