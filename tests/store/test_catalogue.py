"""One contract for what is sold, in memory and in a file; and what only a file can do."""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from terminal.core.cart import Article
from terminal.core.catalogue import Articles, Listed
from terminal.core.errors import CatalogueUnread
from terminal.store import catalogue
from terminal.store.catalogue import ArticleFile, CatalogueFiles, NewState, Taken, TooMany, own_path
from terminal.store.ledger import THREADS

APPLE = Article(sku="A01", name="红富士苹果", category="fruit", price=1, plu=10001, tax_bp=900)
DURIAN = Article(sku="D01", name="榴莲", category="fruit", price=2, barcodes=("6901234567892",))
WATER = Article(sku="W10", name="Spring Water 550 ml", category="drinks", price=3, barcodes=("96385074",))
ICE = Article(sku="B7", name="冰水", category="drinks", price=4, tier_prices={"gold": 3})
ALL = (APPLE, DURIAN, WATER, ICE)

Made = Callable[[Sequence[Article]], Articles]


def kept(path: Path, articles: Sequence[Article], *, over: Path | None = None) -> ArticleFile:
    state = NewState(path, over=over)
    for article in articles:
        state.put(article)
    state.say("version", "ab12")
    return state.keep()


@pytest.fixture(params=["memory", "file"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    if request.param == "memory":
        return Listed
    return lambda articles: kept(tmp_path / "ledger.articles", articles)


def skus(articles: Articles, typed: str, at_most: int = 9) -> set[str]:
    return {article.sku for article in articles.find(typed, at_most)}


def test_an_article_is_found_by_what_is_on_it_and_by_its_number(made: Made) -> None:
    articles = made(ALL)
    assert articles.scanned("6901234567892") == DURIAN
    assert articles.scanned("96385074") == WATER
    assert articles.scanned("6901234567885") is None
    assert articles.weighed(10001) == APPLE
    assert articles.weighed(7) is None
    assert articles.named("B7") == ICE
    assert articles.named("b7") is None
    assert sorted(article.sku for article in articles.each()) == ["A01", "B7", "D01", "W10"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("红富", {"A01"}), ("苹果", {"A01"}), ("HFS", {"A01"}), ("pg", {"A01"}), ("ll", {"D01"}),
        ("a01", {"A01"}),
        ("10001", {"A01"}), ("69012", {"D01"}), ("7892", {"D01"}), ("spring w", {"W10"}), ("water", {"W10"}),
        ("01", {"A01", "D01"}), ("b", {"B7"}), ("水", {"B7"}), ("1", {"A01", "D01", "W10"}), ("zz", set()),
        ("", set()), ("  ", set()),
        ("\t", set()), ("\n", set()), ("\ud800", set()), ("%", set()), ("'", set()),
        ("spring water 550 ml and so much more that nobody types", set()),
    ],
)  # fmt: skip
def test_an_article_is_found_by_name_letters_or_code(made: Made, typed: str, found: set[str]) -> None:
    assert skus(made(ALL), typed) == found


def test_what_begins_so_comes_first_and_each_once(made: Made) -> None:
    found = [article.sku for article in made(ALL).find("s", 9)]
    assert found[0] == "W10"
    assert sorted(found) == ["A01", "B7", "W10"]


def test_no_more_than_a_screen_holds(made: Made) -> None:
    many = made([Article(sku=f"S{at:02d}", name="水水", category="c", price=1) for at in range(50)])
    assert [article.sku for article in many.find("s", 3)] == ["S00", "S01", "S02"]
    assert len(many.find("水", 50)) == 50
    assert len(many.find("水", 49)) == 49


def test_an_empty_catalogue_has_nothing(made: Made) -> None:
    empty = made([])
    assert (empty.named("A01"), empty.scanned("96385074"), list(empty.each())) == (None, None, [])
    assert skus(empty, "a") == set()


# What only a file can do.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.articles"


def test_a_new_state_is_the_old_one_with_what_was_put_over_it(path: Path) -> None:
    before = kept(path, ALL)
    pear = replace(APPLE, name="雪梨", price=9, plu=5, barcodes=("96385074",))
    water = replace(WATER, barcodes=())
    state = NewState(path, over=path)
    assert [state.put(one) for one in (water, pear, DURIAN)] == [True, True, False]
    assert state.named("A01") == pear
    state.say("version", "cd34")
    after = state.keep()
    assert (after.version, len(after), after.named("A01")) == ("cd34", 4, pear)
    assert (after.scanned("96385074"), after.weighed(5), after.weighed(10001)) == (pear, pear, None)
    assert (skus(after, "苹果"), skus(after, "雪梨"), skus(after, "96385074")) == (set(), {"A01"}, {"A01"})
    assert ArticleFile(path).version == "cd34"
    # Whoever opened it before goes on with what there was.
    assert (before.version, before.named("A01"), before.scanned("96385074")) == ("ab12", APPLE, WATER)


def test_what_is_anothers_is_not_taken_and_nothing_is_changed_by_it(path: Path) -> None:
    state = NewState(path)
    for one in (APPLE, DURIAN):
        state.put(one)
    for wrong, what, by in (
        (replace(ICE, barcodes=("96385074", "6901234567892")), "6901234567892", "D01"),
        (replace(ICE, plu=10001), "10001", "A01"),
        (replace(APPLE, barcodes=("06901234567892",)), "6901234567892", "D01"),
    ):
        with pytest.raises(Taken, match=what) as taken:
            state.put(wrong)
        assert taken.value.by == by
    kept_now = state.keep()
    assert list(kept_now.each()) == [APPLE, DURIAN]
    assert kept_now.scanned("96385074") is None


def test_what_is_dropped_or_never_ended_was_nothing(path: Path) -> None:
    kept(path, ALL)
    state = NewState(path, over=path)
    state.put(replace(APPLE, price=99))
    state.drop()
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    path.with_name(f"{path.name}-new").write_bytes(b"what a power cut left")
    assert len(kept(path, [APPLE])) == 1


def test_two_do_not_write_at_once(path: Path) -> None:
    state = NewState(path)
    with pytest.raises(BlockingIOError):
        NewState(path)
    state.put(APPLE)
    assert len(state.keep()) == 1


def test_no_link_is_followed_where_the_next_state_would_be(path: Path, tmp_path: Path) -> None:
    roots = tmp_path / "elsewhere"
    roots.write_text("root's own")
    path.with_name(f"{path.name}-new").symlink_to(roots)
    with pytest.raises(OSError, match="symbolic links"):
        NewState(path)
    assert roots.read_text() == "root's own"


@pytest.mark.parametrize(("end", "there"), [(NewState.keep, [APPLE]), (NewState.drop, [ICE])])
def test_whoever_comes_while_another_state_ends_spoils_none(
    path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[NewState], object], there: list[Article]
) -> None:
    """What they have opened by then is what is sold from now on, or is no file any more."""
    kept(path, [ICE])
    state = NewState(path)
    state.put(APPLE)
    flock = fcntl.flock

    def late(file: int, how: int) -> None:
        monkeypatch.undo()
        end(state)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(BlockingIOError):
        NewState(path)
    assert list(ArticleFile(path).each()) == there
    assert len(kept(path, ALL)) == len(ALL)


def test_there_is_an_end_to_a_catalogue(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ARTICLES_MAX", 2)
    state = NewState(path)
    state.put(APPLE)
    state.put(DURIAN)
    with pytest.raises(TooMany):
        state.put(ICE)
    assert state.put(replace(APPLE, price=2))
    assert len(state.keep()) == 2


def test_a_file_that_cannot_be_read_is_said_and_not_taken_for_an_empty_one(path: Path) -> None:
    path.write_bytes(b"no such file" * 500)
    with pytest.raises(CatalogueUnread):
        ArticleFile(path)
    own = CatalogueFiles(path.with_suffix(".db"), Listed(ALL), THREADS).own()
    for ask in (own.scanned, own.named):
        with pytest.raises(CatalogueUnread):
            ask("A01")
    with pytest.raises(CatalogueUnread):
        own.find("a", 9)


def test_a_file_that_breaks_while_it_is_sold_by_says_so(path: Path) -> None:
    articles = kept(path, ALL)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE articles SET body = x'7B7D'")
    file.close()
    with pytest.raises(CatalogueUnread):
        ArticleFile(path).named("A01")
    assert articles.version == "ab12"


async def some(*articles: Article) -> AsyncIterator[Sequence[Article]]:
    yield articles


async def test_headquarters_prices_lie_over_what_the_shop_imported(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    files = CatalogueFiles(ledger, Listed([ICE]), THREADS)
    assert files.own().named("B7") == ICE
    assert files.made("k1") is None
    made = await files.make("k1", some(replace(ICE, price=5)), [], own=True)
    assert [one.price for one in made.each()] == [5]
    kept(own_path(ledger), ALL)
    assert files.own().named("A01") == APPLE
    refused = ["before"]
    cheaper = replace(ICE, price=1)
    made = await files.make("k2", some(cheaper, replace(ICE, sku="X", plu=10001)), refused, own=True)
    assert refused == ["before", "article X: 10001 is of A01"]
    assert {one.sku: one.price for one in made.each()} == {"A01": 1, "D01": 2, "W10": 3, "B7": 1}
    again = CatalogueFiles(ledger, Listed([]), THREADS).made("k2")
    assert again is not None
    assert (again[0].named("B7"), again[1]) == (cheaper, refused)
    assert files.made("k1") is None


async def test_headquarters_articles_are_all_there_is(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    kept(own_path(ledger), ALL)
    files = CatalogueFiles(ledger, Listed([]), THREADS)
    made = await files.make("k", some(DURIAN), [], own=False)
    assert list(made.each()) == [DURIAN]
    assert len(ArticleFile(own_path(ledger))) == 4


async def test_what_could_not_be_put_together_leaves_what_there_was(tmp_path: Path) -> None:
    async def breaks() -> AsyncIterator[Sequence[Article]]:
        yield [APPLE]
        raise CatalogueUnread("gone")

    files = CatalogueFiles(tmp_path / "ledger.db", Listed([]), THREADS)
    left = tmp_path / "ledger.published-new"
    await files.make("k", some(DURIAN), [], own=False)
    with pytest.raises(CatalogueUnread):
        await files.make("l", breaks(), [], own=False)
    assert files.made("k") is not None
    assert not left.is_file()
