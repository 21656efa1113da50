"""Articles, prices, promotions, staff and settings: what a file may say, and how it comes to the sites."""

from __future__ import annotations

import json
import subprocess
import sys
from os import urandom
from pathlib import Path

import msgspec
import pytest

from hq.publishing import ROWS_OF_A_FILE_MAX, NotPublishable, Publication, publish, rows_in
from hq.sets_ports import SHARED, Published
from terminal.core.values import SiteId
from terminal.core.wire.sets import Row, SetName
from terminal.runtime.box import BoxSpoilt, sealed_to
from tests.hq.process import END_S, Headquarters
from tests.hq.receiving import activates, manifest, rows
from tests.hq.shop import Chain, Shop
from tests.hq.test_sets import EVERY_MS, Sets, told


def lines(*said: object) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in said)


APPLE = {"key": "6901", "value": {"name": "Apple", "category": "fruit", "price": 350}}

REFUSED = {
    "no JSON": (b"{", "line 1:"),
    "not an object": (b"[1, 2]\n", "line 1:"),
    "no key": (lines({"value": {}}), "line 1: Object missing required field `key`"),
    "an empty key": (lines({"key": "", "value": {}}), "line 1:"),
    "a key with a line feed": (lines({"key": "a\nb", "value": {}}), "line 1:"),
    "more than a row": (lines({**APPLE, "site": "S1"}), "unknown field `site`"),
    "a value that is no object": (lines(APPLE, {"key": "2", "value": 5}), "line 2:"),
    "money in yuan": (lines({"key": "1", "value": {"name": "A", "price": 3.5}}), "is a fraction"),
    "a fraction deep inside": (lines({"key": "1", "value": {"name": "A", "x": [{"y": 0.5}]}}), "value.x.0.y"),
    "a number beyond 2^53": (lines({"key": "1", "value": {"name": "A", "x": 2**60}}), "beyond 2^53"),
    "a key twice": (lines(APPLE, APPLE), "line 2: the key 6901 was there before"),
    "an article without a name": (
        lines({"key": "1", "value": {"price": 5}}),
        "required field `name`",
    ),
    "a price below nothing": (lines({"key": "1", "value": {"name": "A", "price": -1}}), "line 1:"),
    "too deep": (b'{"key": "1", "value": {"name": "A", "x": ' + b"[" * 9 + b"]" * 9 + b"}}", "too deep"),
    "endlessly deep": (b'{"key": "1", "value": {"x": ' + b"[" * 100_000, "line 1:"),
    "too long": (
        lines({"key": "1", "value": {"name": "A", "x": "y" * 5000}}),
        "5019 bytes, 4096 at most",
    ),
    "no UTF-8": (b'{"key": "\xff", "value": {"name": "A"}}', "line 1:"),
    "a control character": (lines({"key": "1", "value": {"name": "A", "x": "\x1b[2J"}}), "control character"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_a_file_that_is_wrong_is_refused_with_what_is_wrong_and_where(wrong: str) -> None:
    data, why = REFUSED[wrong]
    with pytest.raises(NotPublishable) as refusal:
        rows_in(SetName.ARTICLES, data)
    assert why in str(refusal.value)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300


def test_a_file_has_its_limits() -> None:
    many = b"".join(b'{"key":"%d","value":{}}\n' % n for n in range(ROWS_OF_A_FILE_MAX + 1))
    with pytest.raises(NotPublishable, match="more than"):
        rows_in(SetName.SETTINGS, many)


def test_a_pin_in_clear_is_never_published() -> None:
    with pytest.raises(NotPublishable, match="publish its verifier"):
        rows_in(SetName.STAFF, lines({"key": "s7", "value": {"name": "Lee", "pin": "1234"}}))


@pytest.mark.parametrize(
    "value",
    [
        {"role": "manager"},
        {"name": "Lee", "role": "queen"},
        {"name": "Lee", "badge": "0301"},
        {"name": "Lee", "pin": "a1.5.0123abcd.x"},
        {"name": "Lee", "pin": "twelve"},
    ],
)
def test_staff_that_a_counter_could_not_use_are_not_published(value: dict[str, object]) -> None:
    with pytest.raises(NotPublishable, match="line 1"):
        rows_in(SetName.STAFF, lines({"key": "s7", "value": value}))


def test_staff_are_published_with_role_badge_and_verifier() -> None:
    value = {"name": "Lee", "role": "shift_lead", "badge": "ST-0301", "pin": "a1.5.0123abcd.x==.y=="}
    (row,) = rows_in(SetName.STAFF, lines({"key": "s7", "value": value}))
    assert msgspec.json.decode(row.value) == value


def test_rows_are_sorted_and_spelt_one_way_so_that_the_same_file_has_the_same_hash() -> None:
    one = lines(APPLE, {"key": "1", "value": {"name": "Pear", "price": 5}})
    other = lines({"key": "1", "value": {"price": 5, "name": "Pear"}}, APPLE) + b"\n\n"
    assert rows_in(SetName.ARTICLES, one) == rows_in(SetName.ARTICLES, other)


@pytest.fixture
def sets(chain: Chain, tmp_path: Path) -> Sets:
    return Sets(chain, tmp_path / "keys")


async def out(sets: Sets, name: SetName, *said: object, site: str = "", at_ms: int = 0) -> Published:
    chain = sets.chain
    one = Publication(
        set=name, rows=rows_in(name, lines(*said)), site=SiteId(site or SHARED), not_before_ms=at_ms
    )

    def sealed(clear: bytes, about: bytes) -> bytes:
        return sealed_to(sets.keys.box_key, clear, about=about, fresh=urandom(32))

    return await publish(chain.store, chain.merchant, one, sealed, chain.clock.wall_ms())


def price(fen: int) -> dict[str, object]:
    return {"key": "6901", "value": {"price": fen}}


async def read(shop: Shop, name: SetName = SetName.PRICES, key: bytes = b"") -> dict[str, object]:
    return {one: json.loads(value) for one, value in (await rows(shop, told(shop, name), key)).items()}


async def test_what_is_published_comes_to_every_site_and_to_those_that_come_later(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    await sets.made(here, there)
    row = await out(sets, SetName.PRICES, price(350))
    await sets.made(here, there)
    later, _ = await sets.shop("S3")
    await sets.made(here, there, later)
    assert row.version == "1"
    for shop in (here, there, later):
        assert await read(shop) == {"6901": {"price": 350}}
    assert len({told(shop, SetName.PRICES) for shop in (here, there, later)}) == 1


async def test_one_site_may_have_its_own_until_all_are_published_to_again(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    there, _ = await sets.shop("S2")
    await out(sets, SetName.PRICES, price(350))
    await out(sets, SetName.PRICES, price(300), site="S2")
    await sets.made(here, there)
    assert (await read(here), await read(there)) == ({"6901": {"price": 350}}, {"6901": {"price": 300}})
    assert (await out(sets, SetName.PRICES, price(400))).version == "3"
    await sets.made(here, there)
    assert await read(there) == {"6901": {"price": 400}}


async def test_what_takes_effect_later_stays_out_of_the_feed_until_then(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await out(sets, SetName.PRICES, price(350))
    at_ms = sets.chain.clock.now_ms + 2 * EVERY_MS
    await out(sets, SetName.PRICES, price(300), at_ms=at_ms)
    await sets.later(here)
    assert await read(here) == {"6901": {"price": 350}}
    await sets.later(here)
    assert await read(here) == {"6901": {"price": 300}}
    assert [one.not_before_ms for one in here.told if one.not_before_ms] == [at_ms]


async def test_a_site_is_looked_at_when_the_time_of_a_publication_comes(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await sets.made(here)
    now = sets.chain.clock.now_ms
    await out(sets, SetName.PRICES, price(300), at_ms=now + 5000)
    for at, waits in ((4999, False), (5000, True)):
        found = await sets.chain.store.sites_to_look_at(now + at, 1_000_000)
        assert ((sets.chain.merchant, SiteId("S1")) in found) is waits


async def test_staff_are_sealed_to_each_site_and_to_headquarters_until_then(sets: Sets) -> None:
    here, mine = await sets.shop("S1")
    there, its = await sets.shop("S2")
    await out(sets, SetName.STAFF, {"key": "s7", "value": {"name": "Li Wei", "role": "manager"}})
    await sets.made(here, there)
    for shop, guest in ((here, mine), (there, its)):
        found = await read(shop, SetName.STAFF, guest.enrolment.box_key)
        assert found == {"s7": {"name": "Li Wei", "role": "manager"}}
    with pytest.raises(BoxSpoilt):
        await read(there, SetName.STAFF, mine.enrolment.box_key)
    await sets.maker.sweep(sets.chain.merchant)
    stored = repr([await sets.table(name) for name in ("blobs", "published", "given")])
    assert "Li Wei" not in stored


async def test_what_nobody_reads_any_more_is_dropped(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    for fen in (350, 300, 250):
        await out(sets, SetName.PRICES, price(fen))
        await sets.later(here)
    await sets.later(here)
    await sets.maker.sweep(sets.chain.merchant)
    kept = await sets.table("blobs")
    assert len(kept) == 3  # The hot list's manifest, and the manifest and part of the prices.
    assert len((await manifest(here, told(here, SetName.PRICES))).parts) == 1


async def test_many_rows_are_cut_into_parts(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    many = [{"key": f"{n:05d}", "value": {"price": n + 1}} for n in range(1234)]
    await out(sets, SetName.PRICES, *many)
    await sets.made(here)
    assert [part.rows for part in (await manifest(here, told(here, SetName.PRICES))).parts] == [500, 500, 234]
    assert len(await read(here)) == 1234


async def test_nobody_publishes_to_a_site_that_is_not_there(sets: Sets) -> None:
    with pytest.raises(NotPublishable, match="no site"):
        await out(sets, SetName.PRICES, price(1))
    await sets.shop("S1")
    with pytest.raises(NotPublishable, match="no such site"):
        await out(sets, SetName.PRICES, price(1), site="S9")


async def test_a_newer_one_waits_until_the_site_has_the_one_on_its_way(sets: Sets) -> None:
    here, _ = await sets.shop("S1")
    await sets.made(here)
    for fen in (350, 300):
        await out(sets, SetName.PRICES, price(fen))
        await sets.maker.visit(sets.chain.merchant, here.name)
    assert len(activates(await here.told_now(), SetName.PRICES)) == 1
    await here.sync()
    await sets.made(here)
    assert await read(here) == {"6901": {"price": 300}}


@pytest.mark.hq
def test_the_command_publishes_and_says_what_is_wrong(standing_hq: Headquarters, tmp_path: Path) -> None:
    merchant = f"publishing-{tmp_path.name}"
    body = json.dumps({"merchant": merchant, "site": "S1", "instance": "i1"}).encode()
    assert standing_hq.ask("/v1/hello", body)[0] == 200
    file = tmp_path / "prices.jsonl"

    def told_of(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hq", "publish", "prices", str(file), "--merchant", merchant]
        where = ["--data", str(standing_hq.data)]
        return subprocess.run(
            [*command, *where, *more], capture_output=True, text=True, timeout=END_S, check=False
        )

    file.write_bytes(lines(price(350)))
    done = told_of("--at", "2026-12-01T00:00+0800", "--version", "december")
    assert json.loads(done.stdout) == {"set": "prices", "version": "december", "rows": 1}, done.stderr
    file.write_bytes(lines(price(350), {"key": "2", "value": {"price": 0.5}}))
    wrong = told_of()
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert f"{file}: line 2: `value.price` is a fraction" in wrong.stderr
    file.write_bytes(lines(price(350)))
    assert "no such site" in told_of("--site", "S9").stderr


def test_a_row_is_what_the_terminal_reads() -> None:
    assert rows_in(SetName.ARTICLES, lines(APPLE)) == [
        Row(key="6901", value=b'{"category":"fruit","name":"Apple","price":350}')
    ]
