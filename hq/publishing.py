"""What a chain publishes to its shops: articles, prices, promotions, staff, settings, from a file.

One row a line (JSON Lines, UTF-8): `{"key": "6901234567892", "value": {"name": "Apple", "price": 350}}`. What
a promotion or a setting means is for those who use it. Here its envelope is checked: every key there once,
values that are objects of whole numbers, texts and lists, no larger than a part can carry; of articles and
prices also what the counter needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from hq.damage import PartDamaged
from hq.giving import STAFF_KEPT, manifest_of
from hq.ladder import names_in, names_of, order_in, order_of, rows_of
from hq.ports import Store, Turn
from hq.sets_ports import SHARED, Act, Allowed, Published
from terminal.core.fleet import DayLimit, WorstDay, is_row, whose_row, worst_day
from terminal.core.money import Price
from terminal.core.policy import OFFLINE_ROW, Offline
from terminal.core.ranks import TIERS_ROW, TierOrder
from terminal.core.staff import Role
from terminal.core.tier_names import NO_NAMES, TIER_NAMES_ROW, Shown, TierNames, check_names, spelt
from terminal.core.values import INTEGER_MAX, SiteId, Value
from terminal.core.wire.forms import CLEAN, UNREADABLE, Name
from terminal.core.wire.sets import ROWS_MAX, SEALED, Row, SetName

FILE_BYTES_MAX = 64 << 20
ROWS_OF_A_FILE_MAX = 200_000
VALUE_BYTES_MAX = 4096
"""A part of 500 such rows, in base64, stays below 4 MiB."""
_DEPTH_MAX = 8
_SAID_MAX = 200
"""Characters of what is wrong that are shown: a file may be hostile."""

PUBLISHABLE = tuple(name for name in SetName if name not in (SetName.MEMBERS, SetName.CARDS))

_Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=CLEAN)]
_PIN = re.compile(r"\d{3,12}", re.ASCII)


class NotPublishable(Exception):
    """Nothing was published. `str()` says what is wrong, and in which line."""


class _Line(Value, frozen=True, kw_only=True):
    key: Annotated[str, Meta(min_length=1, max_length=128, pattern=CLEAN)]
    value: dict[str, Any]


class _Article(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever else it says is for those who use it."""

    name: _Text
    category: _Text = "-"
    price: Price | None = None


class _Priced(msgspec.Struct, frozen=True, kw_only=True):
    price: Price


class _Employee(msgspec.Struct, frozen=True, kw_only=True):
    name: _Text
    role: Role = Role.ATTENDANT
    badge: Annotated[str, Meta(pattern=r"^(ST-[0-9]{4,8})?$")] = ""
    pin: Annotated[str, Meta(pattern=r"^(a1\.[0-9]+\.[0-9a-f]{8}\.[^.]+\.[^.]+)?$")] = ""
    """A verifier, as a terminal makes them."""


_FORMS: dict[SetName, type[Any]] = {
    SetName.ARTICLES: _Article,
    SetName.PRICES: _Priced,
    SetName.STAFF: _Employee,
}
_line = msgspec.json.Decoder(_Line)
_day_limit = msgspec.json.Decoder(DayLimit)


def rows_in(name: SetName, data: bytes) -> list[Row]:
    """By key. Raises NotPublishable."""
    if len(data) > FILE_BYTES_MAX:
        raise NotPublishable(f"the file has {len(data)} bytes, {FILE_BYTES_MAX} at most")
    rows: dict[str, Row] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = _row(name, line)
        except (msgspec.MsgspecError, ValueError, *UNREADABLE) as fault:
            raise NotPublishable(f"line {number}: {_said(fault)}") from fault
        if row.key in rows:
            raise NotPublishable(f"line {number}: the key {_shown(row.key)} was there before")
        rows[row.key] = row
        if len(rows) > ROWS_OF_A_FILE_MAX:
            raise NotPublishable(f"line {number}: more than {ROWS_OF_A_FILE_MAX} rows")
    return [rows[key] for key in sorted(rows)]


def _row(name: SetName, line: bytes) -> Row:
    said = _line.decode(line)
    _check(said.value, "value", _DEPTH_MAX)
    if name is SetName.STAFF and _PIN.fullmatch(str(said.value.get("pin", ""))):
        raise ValueError("`pin` is a PIN in clear: publish its verifier")
    if name in _FORMS:
        msgspec.convert(said.value, _FORMS[name])
    if name is SetName.SETTINGS and said.key == OFFLINE_ROW:
        msgspec.convert(said.value, Offline)
    if name is SetName.SETTINGS and said.key == TIERS_ROW:
        msgspec.convert(said.value, TierOrder)
    if name is SetName.SETTINGS and said.key == TIER_NAMES_ROW:
        msgspec.convert(said.value, TierNames)
    if name is SetName.SETTINGS and is_row(said.key):
        whose_row(said.key)
        msgspec.convert(said.value, DayLimit)
    value = msgspec.json.encode(said.value, order="sorted")
    if len(value) > VALUE_BYTES_MAX:
        raise ValueError(f"`value` has {len(value)} bytes, {VALUE_BYTES_MAX} at most")
    return Row(key=said.key, value=value)


def _check(value: object, where: str, depth: int) -> None:
    """No floats: money, points and litres are whole numbers everywhere."""
    if not depth:
        raise ValueError(f"`{where[:80]}` lies too deep")
    if isinstance(value, float):
        raise ValueError(f"`{where[:80]}` is a fraction: whole numbers only, fen for money")  # noqa: TRY004
    if isinstance(value, int) and not -INTEGER_MAX <= value <= INTEGER_MAX:
        raise ValueError(f"`{where[:80]}` is beyond 2^53 - 1")
    if isinstance(value, str) and not re.match(CLEAN, value):
        raise ValueError(f"`{where[:80]}` has a control character")
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in parts:
        _check(str(key), where, depth)
        _check(one, f"{where}.{key}", depth - 1)


def _said(fault: Exception) -> str:
    """Without control characters, whatever the file holds."""
    return _shown(f"{fault}" if not isinstance(fault, UnicodeError) else "not UTF-8")


def _shown(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)[:_SAID_MAX]


class Publication(Value, frozen=True, kw_only=True):
    set: SetName
    rows: Sequence[Row]
    site: SiteId = SHARED
    """`SHARED`: every site of the merchant."""
    version: Annotated[str, Meta(max_length=64)] = ""
    """Empty: the next number."""
    not_before_ms: int = 0


async def publish(
    store: Store, merchant: str, one: Publication, sealed: Callable[[bytes, bytes], bytes], now_ms: int
) -> Published:
    """Its version takes the place of the one before at every site that it is for, when its time has come.

    `sealed(clear, about)`: to headquarters itself, which seals it anew to each site.

    Raises:
        NotPublishable: this merchant has no such site.
    """
    async with store.turn(merchant, one.site) as turn:
        await _check_site(turn, one.site)
        await turn.lock_sets()
        if one.set is SetName.SETTINGS:
            one = replace(one, rows=await _with_what_stands(turn, one, now_ms))
        return await published_in(turn, one, sealed, now_ms)


async def published_in(
    turn: Turn, one: Publication, sealed: Callable[[bytes, bytes], bytes], now_ms: int
) -> Published:
    """As `publish`, in a turn of that site or of all that holds the lock on data sets."""
    number = await turn.last_published(one.set) + 1
    version = msgspec.convert(one.version or str(number), Name)
    parts, blobs = _parts(one, sealed)
    manifest = b""
    if one.set not in SEALED:
        manifest, body = manifest_of(one.set, version, parts)
        blobs[manifest.hex()] = body
        await turn.name_blobs(manifest, [part for part, _ in parts])
    await turn.add_blobs(blobs)
    row = Published(
        set=one.set,
        n=number,
        site=one.site,
        version=version,
        not_before_ms=one.not_before_ms,
        manifest=manifest,
        parts=tuple(part for part, _ in parts),
        rows=tuple(rows for _, rows in parts),
    )
    await turn.publish(row)
    if one.set is SetName.SETTINGS and (limits := _limits(one.rows)) is not None:
        await turn.allow(Allowed(n=number, site=one.site, offline=limits))
    if one.set is SetName.SETTINGS and (worst := _worst_day(one.rows)) != WorstDay():
        await turn.bound_days(number, worst)
    await turn.look_again(one.site, max(now_ms, one.not_before_ms))
    return row


async def limit(  # noqa: PLR0913  whose, what, and who says so when
    store: Store, merchant: str, site: SiteId, offline: Offline, *, by: str, now_ms: int
) -> Published:
    """What that site, or all of the merchant, may give beyond rights; the other settings stay as they are.

    Raises:
        NotPublishable: there is no such site, nobody signs, settings with a later time wait, or those that
            stand are damaged.
    """
    row = Row(key=OFFLINE_ROW, value=msgspec.json.encode(offline, order="sorted"))
    of = f"site {site}" if site != SHARED else "all sites"
    what = (
        f"beyond rights at {of}: secure {offline.secure}, signed {offline.signed}, open {offline.open}, "
        f"site {offline.site} fen"
    )
    return await _set_rows(store, merchant, site, {row.key: row}, by=by, what=what, now_ms=now_ms)


async def rise(  # noqa: PLR0913  whose, what, and who says so when
    store: Store, merchant: str, order: TierOrder, *, shown: Shown = NO_NAMES, by: str, now_ms: int
) -> Published:
    """How the chain's tiers rise and what they are called, for headquarters and all sites.

    The other settings stay as they are; names that are not among `shown` are gone.

    Raises:
        NotPublishable: as `limit`; and names that are alike, or too long together.
    """
    try:
        check_names(shown, order.order)
    except ValueError as fault:
        raise NotPublishable(str(fault)) from fault
    names = Row(key=TIER_NAMES_ROW, value=msgspec.json.encode(TierNames(shown=dict(shown))))
    if len(names.value) > VALUE_BYTES_MAX:
        raise NotPublishable(f"the names have {len(names.value)} bytes, {VALUE_BYTES_MAX} at most")
    rows = {
        TIERS_ROW: Row(key=TIERS_ROW, value=msgspec.json.encode(order)),
        TIER_NAMES_ROW: names if shown else None,
    }
    what = f"tiers rise: {', '.join(spelt(tier, shown) for tier in order.order)}"
    return await _set_rows(store, merchant, SHARED, rows, by=by, what=what, now_ms=now_ms)


async def _set_rows(  # noqa: PLR0913  whose, what, and who says so when
    store: Store,
    merchant: str,
    site: SiteId,
    said: Mapping[str, Row | None],
    *,
    by: str,
    what: str,
    now_ms: int,
) -> Published:
    """`said`: by key, what takes the place of what stands; None: nothing does."""
    if not by.strip():
        raise NotPublishable("somebody must sign")
    async with store.turn(merchant, site) as turn:
        await _check_site(turn, site)
        await turn.lock_sets()
        there = [one for one in await turn.published() if one.set == SetName.SETTINGS]
        if there and there[-1].not_before_ms > now_ms:
            raise NotPublishable("settings that take effect later wait already: publish them with this row")
        stands = await _rows_of(turn, there[-1]) if there else []
        rows = {row.key: row for row in stands if row.key not in said}
        rows |= {key: row for key, row in said.items() if row is not None}
        one = Publication(set=SetName.SETTINGS, rows=[rows[key] for key in sorted(rows)], site=site)
        done = await published_in(turn, one, _open, now_ms)
        await turn.act(Act(at_ms=now_ms, who=by, what=what))
    return done


async def _check_site(turn: Turn, site: SiteId) -> None:
    sites = await turn.sites()
    if not sites or (site != SHARED and site not in sites):
        raise NotPublishable("this merchant has no such site" if sites else "this merchant has no site")


async def _with_what_stands(turn: Turn, one: Publication, now_ms: int) -> Sequence[Row]:
    """Settings that say nothing of value beyond rights, or of tiers, leave it as it is.

    Raises:
        NotPublishable: of one site alone, and tiers rise there in a way of its own, or are called otherwise.
    """
    rows, known = list(one.rows), await turn.allowed()
    if known and _limits(rows) is None:
        rows.append(Row(key=OFFLINE_ROW, value=msgspec.json.encode(known[-1].offline, order="sorted")))
    stands, said = await order_of(turn, now_ms), order_in(rows)
    if one.site != SHARED and said is not None and said != stands:
        raise NotPublishable("tiers rise alike at all sites: publish their order for all of them")
    if stands is not None and said is None:
        rows.append(Row(key=TIERS_ROW, value=msgspec.json.encode(stands)))
    called = await names_of(turn, now_ms)
    if all(row.key != TIER_NAMES_ROW for row in rows):
        if called:
            names = TierNames(shown=dict(called))
            rows.append(Row(key=TIER_NAMES_ROW, value=msgspec.json.encode(names)))
    elif one.site != SHARED and names_in(rows) != called:
        raise NotPublishable("tiers are called alike at all sites: publish their names for all of them")
    return sorted(rows, key=lambda row: row.key)


def _limits(rows: Sequence[Row]) -> Offline | None:
    row = next((row for row in rows if row.key == OFFLINE_ROW), None)
    return None if row is None else msgspec.json.decode(row.value, type=Offline)


def _worst_day(rows: Sequence[Row]) -> WorstDay:
    """Raises NotPublishable: a release before this one took rows of such a name as they were."""
    try:
        return worst_day({row.key: _day_limit.decode(row.value) for row in rows if is_row(row.key)})
    except (*UNREADABLE, ValueError) as fault:
        raise NotPublishable(
            "settings of companies' cards that cannot be read: publish them whole"
        ) from fault


async def _rows_of(turn: Turn, row: Published) -> list[Row]:
    try:
        return await rows_of(turn, row)
    except PartDamaged as fault:
        raise NotPublishable("the settings that stand are damaged: publish them whole") from fault


def _open(clear: bytes, _about: bytes) -> bytes:
    return clear


def _parts(
    one: Publication, sealed: Callable[[bytes, bytes], bytes]
) -> tuple[list[tuple[bytes, int]], dict[str, bytes]]:
    parts: list[tuple[bytes, int]] = []
    blobs: dict[str, bytes] = {}
    for start in range(0, len(one.rows), ROWS_MAX):
        some = one.rows[start : start + ROWS_MAX]
        body = msgspec.json.encode(some)
        if one.set in SEALED:
            body = sealed(body, STAFF_KEPT)
        digest = sha256(body)
        parts.append((digest.digest(), len(some)))
        blobs[digest.hexdigest()] = body
    return parts, blobs
