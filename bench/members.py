"""Members found among a million by what attendants type, beside reads of one row by its key; and an import.

The ledger is a real file, made in bulk through the schema (`lab/crowd.py`): every member has a name as people
have them (few family names for most, given names by how often their characters are), a phone, a card and
value. Typed are first letters, family names, whole names and parts of them, a phone's last digits with and
without a name, whole phones and cards, what hardly anybody has and what nobody has. Each search is followed
by a card or a phone number that is presented: whose it is, what lies there, and what else the counter shows
of its holder. Both sides take turns in one process; each figure counts the ways to the threads that read, and
back.

A hundred thousand more come by a table, each beside the same rows by `executemany` (`bench/brought.py`); ten
thousand cards are cancelled in one go, beside some in a commit each (`bench/cancelled.py`).

`BENCH_MEMBERS`: how many; `BENCH_FOLDER`: where there is room for them (6 kB each); `BENCH_KEPT`: a folder in
which the ledger stays.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bench.brought import at, rates
from bench.cancelled import faster_on
from bench.floor_members import PAGE_BYTES
from bench.floor_search import reads
from bench.floor_start import resident
from bench.result import Ratio, Result, middle
from lab.crowd import SITE, Member, make_crowd, member
from terminal.core.commands import Occasion, Private
from terminal.core.initials import initials_of_name
from terminal.core.policy import Policy
from terminal.core.ports import Ids
from terminal.desk.pictures import Pictures
from terminal.desk.points import PointsDesk
from terminal.runtime.clock import SystemClock
from terminal.runtime.ids import Uuid7
from terminal.store.ledger import Ledger, open_ledger
from terminal.store.settings import Settings

MEMBERS = int(os.environ.get("BENCH_MEMBERS", "1000000"))
FOLDER = os.environ.get("BENCH_FOLDER")
KEPT = os.environ.get("BENCH_KEPT")
BROUGHT = int(os.environ.get("BENCH_BROUGHT", "100000"))
CANCELLED = int(os.environ.get("BENCH_CANCELLED", "10000"))
SEARCHES = 1_000 * int(os.environ.get("BENCH_ROUNDS", "5"))
_SEED = 20261126
_BLOCK = 16 << 20
_BODY_BYTES = 400
"""About what is known of one member."""
_FAMILY = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛"
    "叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔"
    "贺赖龚文"
)
_GIVEN = (
    "英华明国文丽秀玉红平建春荣伟军海志兰林金云强小桂永凤生杰新晓成德清芳斌辉光梅东霞美燕忠福龙玲波艳"
    "学祥宝敏超义俊亮峰飞刚立勇素珍宇鹏庆利洪淑振世彩莲家瑞良琴静涛贵正江胜瑶雪松雨佳欣子轩梓涵浩然思"
    "琪"
)
_ONE_GIVEN = 0.15
"""So many have one character after the family name."""
_RARE, _SELDOM = "龘", 100_000
"""One in so many has it."""


def measured() -> Result:
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        begun = time.monotonic()
        path = Path(KEPT or folder) / f"named-{MEMBERS}.db"
        if not path.exists():
            make_crowd(path, MEMBERS, named)
        made_s = time.monotonic() - begun
        held = asyncio.run(_in_turns(Path(folder), path))
        size = path.stat().st_size
        people = map(named, range(MEMBERS, MEMBERS + BROUGHT))
        floor_rate, rate = rates(Path(folder), people, BROUGHT)
        at_once = {slow: faster_on(Path(folder), CANCELLED, slow=slow) for slow in (True, False)}
        kib = resident(os.getpid())
    key_us, p99_us, tap_us = statistics.median(held.floor), _p99(held.found), _p99(held.taps)
    return Result(
        ratios={
            "card to all that the counter shows of its holder, p99, to a read by primary key, p50": Ratio(
                tap_us / key_us, 30
            ),
            "search, p99, to a read by primary key, p50": Ratio(p99_us / key_us, 100),
            "import, rate, to executemany of the same rows": Ratio(
                rate / floor_rate, 0.3, more_is_better=True
            ),
            "cards cancelled in one go, rate, to a commit each, a sync takes 5 ms": Ratio(
                at_once[True], 5, more_is_better=True
            ),
            "cards cancelled in one go, rate, to a commit each, the disk as it is": Ratio(
                at_once[False], 5, more_is_better=True
            ),
        },
        figures={
            "key_us": middle(held.floor),
            "key_p99_us": round(_p99(held.floor), 1),
            "tap_us": middle(held.taps),
            "tap_p99_us": round(tap_us, 1),
            "search_us": middle(held.found),
            "search_p99_us": round(p99_us, 1),
            "slowest_us": round(max(held.found), 1),
            "searches": len(held.found),
            "found_nobody": held.nobody,
            "members": MEMBERS,
            "file_mb": round(size / 1e6, 1),
            "made_s": round(made_s, 1),
            "resident_kib": kib,
            "brought": BROUGHT,
            "brought_a_second": round(rate),
            "floor_a_second": round(floor_rate),
            "cancelled": CANCELLED,
        },
    )


@dataclass
class Held:
    """Microseconds of each read, tap and search; how many searches found nobody."""

    floor: list[float] = field(default_factory=list)
    taps: list[float] = field(default_factory=list)
    found: list[float] = field(default_factory=list)
    nobody: int = 0


async def _in_turns(folder: Path, path: Path) -> Held:
    clock = SystemClock()
    ledger = await open_ledger(Settings(path=path), site=SITE, clock=clock, ids=Uuid7(clock, os.urandom))
    try:
        with reads(
            folder / "floor.db", MEMBERS, _SEED, body_bytes=_BODY_BYTES, page_bytes=PAGE_BYTES
        ) as bare:
            _read_through(path)
            return await _measured(ledger, Uuid7(clock, os.urandom), at(clock), lambda: next(bare))
    finally:
        await ledger.close()


def _read_through(path: Path) -> None:
    """As the floor's file, which was written just now, it lies in the operating system's memory."""
    with path.open("rb", buffering=0) as file:
        while file.read(_BLOCK):
            pass


async def _measured(ledger: Ledger, ids: Ids, occasion: Occasion, read: Callable[[], float]) -> Held:
    chance, held = random.Random(_SEED), Held()
    pictures = Pictures(ledger.books, lambda: occasion.business_day)
    points = PointsDesk(ledger.committer, ids, lambda: occasion, Policy())
    typed = [_typed(chance) for _ in range(SEARCHES)]
    shown = [chance.choice(named(chance.randrange(MEMBERS)).private.credentials) for _ in range(SEARCHES)]
    for text, credential in zip(typed, shown, strict=True):
        held.floor.append(read())
        begun = time.perf_counter_ns()
        people = await ledger.books.found(text)
        searched = time.perf_counter_ns()
        holder = await ledger.books.holder(credential)
        if holder is None:
            raise RuntimeError("a member is not known by card or phone")
        picture = await pictures.look(holder)
        await points.of(holder)
        pictures.notes(holder)
        held.taps.append((time.perf_counter_ns() - searched) / 1e3)
        held.found.append((searched - begun) / 1e3)
        if picture.born is None:
            raise RuntimeError("a member's birthday is not known")
        held.nobody += not people
    return held


def _p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


# The crowd


def named(n: int) -> Member:
    """The n-th, with a name: family and given names by how often they are, as Zipf has it."""
    chance = random.Random(n)
    family = _FAMILY[_zipf(chance, len(_FAMILY))]
    given = "".join(
        _GIVEN[_zipf(chance, len(_GIVEN))] for _ in range(1 if chance.random() < _ONE_GIVEN else 2)
    )
    name = family + given + (_RARE if n % _SELDOM == _SELDOM // 2 else "")
    born = f"19{n % 60 + 40}-{n % 12 + 1:02}-{n % 28 + 1:02}"
    return member(n, Private(name=name, initials=initials_of_name(name), told=(("birthday", born),)))


def _zipf(chance: random.Random, size: int) -> int:
    return min(int(size ** chance.random()) - 1, size - 1)


def _typed(chance: random.Random) -> str:
    one = named(chance.randrange(MEMBERS)).private
    name, letters, phone = one.name, one.initials.split()[0], one.phone
    card = one.credentials[0].number
    ways = (
        letters[: chance.randint(1, 3)],
        letters,
        name[: chance.randint(1, 2)],
        name,
        name[1:],
        phone[-4:],
        f"{chance.choice(name)} {phone[-4:]}",
        f"{letters[: chance.randint(1, 3)]} {phone[-4:]}",
        phone,
        card,
        chance.choice((_RARE, "王" + _RARE, "zzqx", "没有", "%", "0000", "王 0000", "19999999999")),
    )
    return chance.choice(ways)
