"""Articles found among a hundred thousand by what attendants type, beside reads of one by its key.

The catalogue is a file as an import writes it; names are made of a grocer's characters, with a few words that
a tenth of all names have. Typed are parts of names, first letters, beginnings and ends of numbers, what
everything has and what nothing has. Both sides take turns in one process.

A start with that catalogue is measured beside one without any, as `bench start` does.
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.commit import FOLDER
from bench.floor_search import reads
from bench.floor_start import Spent
from bench.result import Ratio, Result, middle
from bench.start import shop
from terminal.core.cart import Article
from terminal.core.initials import initials
from terminal.store.catalogue import ArticleFile, NewState, own_path

ARTICLES = int(os.environ.get("BENCH_ARTICLES", "100000"))
SEARCHES = 4_000 * int(os.environ.get("BENCH_ROUNDS", "5"))
STARTS = int(os.environ.get("BENCH_ROUNDS", "5"))
_FOUND_MAX = 8
"""On one screen of the counter."""
_SEED = 20261126
_BODY_BYTES = 160
"""About what an article takes."""
_CHARACTERS = (
    "红富士苹果榴莲脐橙可口乐雪碧矿泉水牛奶面包蛋糕酸洗发沐浴露纸巾"
    "牙膏毛大小瓶装盒袋精选新鲜有机进国产典原味草莓巧克力香"
)
_COMMON = ("农夫", "蒙牛", "500ml", "家庭装")


def measured() -> Result:
    chance = random.Random(_SEED)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=FOLDER) as folder:
        catalogue = Path(folder) / "ledger.articles"
        begun = time.monotonic()
        articles = list(_articles(chance))
        sold = _kept(catalogue, articles)
        written_s = time.monotonic() - begun
        typed = [_typed(chance, articles) for _ in range(SEARCHES)]
        floor, found = _in_turns(Path(folder) / "floor.db", sold, typed)
        size = catalogue.stat().st_size
        none, all_ = _starts(catalogue)
    key_us, p99_us = statistics.median(floor), _p99(found)
    return Result(
        ratios={
            "search, p99, to a read by primary key, p50": Ratio(p99_us / key_us, 30),
            "ready with all articles, processor, to none": Ratio(all_.processor_ms / none.processor_ms, 1.05),
            "ready with all articles, resident, to none": Ratio(all_.resident_kib / none.resident_kib, 1.05),
        },
        figures={
            "key_us": middle(floor),
            "key_p99_us": round(_p99(floor), 1),
            "search_us": middle(found),
            "search_p99_us": round(p99_us, 1),
            "slowest_us": round(max(found), 1),
            "searches": len(found),
            "articles": ARTICLES,
            "file_mb": round(size / 1e6, 1),
            "written_s": round(written_s, 1),
            "start_ms": none.processor_ms,
            "start_all_ms": all_.processor_ms,
            "start_kib": none.resident_kib,
            "start_all_kib": all_.resident_kib,
        },
    )


def _in_turns(path: Path, sold: ArticleFile, typed: list[str]) -> tuple[list[float], list[float]]:
    """Microseconds of each read and of each search."""
    floor, found = [], []
    with reads(path, ARTICLES, _SEED, body_bytes=_BODY_BYTES) as bare:
        for text in typed:
            floor.append(next(bare))
            begun = time.perf_counter_ns()
            sold.find(text, _FOUND_MAX)
            found.append((time.perf_counter_ns() - begun) / 1e3)
    return floor, found


def _p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


def _starts(catalogue: Path) -> tuple[Spent, Spent]:
    """Medians without a catalogue and with it."""
    found = []
    for there in (False, True):
        with shop() as start:
            start()  # Compiles, and makes the ledger.
            if there:
                shutil.copyfile(catalogue, own_path(start.ledger))
            spent = [start() for _ in range(STARTS)]
        resident = middle([float(one.resident_kib) for one in spent])
        found.append(Spent(middle([one.processor_ms for one in spent]), int(resident)))
    return found[0], found[1]


# The shop


def _kept(path: Path, articles: list[Article]) -> ArticleFile:
    state = NewState(path)
    for article in articles:
        state.put(article)
    return state.keep()


def _articles(chance: random.Random) -> Iterator[Article]:
    for number in range(ARTICLES):
        name = "".join(chance.choices(_CHARACTERS, k=chance.randint(4, 10)))
        if chance.random() < len(_COMMON) / 10:
            name = chance.choice(_COMMON) + name
        yield Article(
            sku=f"S{number:06d}",
            name=name,
            category=f"c{number % 40}",
            price=chance.randint(1, 99_999),
            barcodes=(_ean13(690_000_000_000 + number * 37),),
            plu=number if number % 20 == 0 else None,
        )


def _ean13(digits: int) -> str:
    text = f"{digits:012d}"
    return text + str(-sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(text)) % 10)


def _typed(chance: random.Random, articles: list[Article]) -> str:
    article = chance.choice(articles)
    letters, code = initials(article.name), article.barcodes[0]
    at = chance.randrange(len(article.name) - 1)
    ways = (
        article.name[: chance.randint(1, 4)],
        article.name[at : at + chance.randint(1, 3)],
        letters[: chance.randint(1, 5)],
        letters[chance.randrange(3) :][:2],
        code[: chance.randint(1, len(code))],
        code[-chance.randint(1, 6) :],
        chance.choice((*_COMMON, "0", "6", "s", "690", "家庭")),
        chance.choice(("龘", "zzqx", "没有", article.sku, article.name + "x")),
    )
    return chance.choice(ways)
