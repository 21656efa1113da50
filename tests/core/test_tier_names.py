"""What a shop calls its tiers: in each language, on paper, on screens, and in tables that it brings."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from msgspec import ValidationError, convert, json

from terminal.core import tier_names
from terminal.core.errors import BadWords
from terminal.core.receipts.words import Words
from terminal.core.screens import says
from terminal.core.texts import LANGUAGES, TABLES
from terminal.core.tier_names import (
    NO_NAMES,
    TierNames,
    TierShown,
    check_names,
    keyed,
    of_spelling,
    spelt,
    tier_said,
    word_of,
    words_of,
)
from terminal.core.tiers import Tiers

DIAMOND = TierShown(zh="钻石会员", en="Diamond")
SHOWN = {"diamond": DIAMOND}
OURS = list(TABLES.values())


@pytest.mark.parametrize(
    ("said", "every"),
    [
        ({"zh": "钻石会员", "en": "Diamond"}, ("钻石会员", "鑽石會員", "Diamond")),
        ({"zh": "钻石会员"}, ("钻石会员", "鑽石會員", "钻石会员")),
        ({"en": "Diamond"}, ("Diamond", "Diamond", "Diamond")),
        ({"zh": "钻石", "zh-Hant": "鑽石卡", "en": "Diamond"}, ("钻石", "鑽石卡", "Diamond")),
        ({"zh-Hant": "鑽石卡", "en": "Diamond"}, ("Diamond", "鑽石卡", "Diamond")),
    ],
)
def test_a_language_that_lacks_takes_the_nearest(said: dict[str, str], every: tuple[str, ...]) -> None:
    called = convert(said, TierShown)
    assert tuple(map(called.said, LANGUAGES)) == every
    assert called.every() == dict(zip(LANGUAGES, every, strict=True))
    assert convert(json.decode(json.encode(called)), TierShown) == called


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("钻", True), ("x" * 40, True), ("x" * 41, False), ("Gold Card", True), ("a b", True),
        (" a", False), ("a ", False), ("a\n", False), ("a\tb", False), (" ", False), ("A{}", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en", "zh-Hant"])
def test_a_name_is_of_1_to_40_characters(name: str, language: str, *, fits: bool) -> None:
    said = {"zh": "一", "en": "one", language: name}
    with nullcontext() if fits else pytest.raises(ValidationError):
        assert name in convert(said, TierShown).every().values()


@pytest.mark.parametrize("said", [{}, {"zh": "", "en": ""}, {"zh-Hant": "鑽石"}])
def test_a_tier_is_called_something(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="a tier is called something, in zh or in en"):
        convert(said, TierShown)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"top": {"zh": "钻石会员"}}, "钻石会员"),
        ({"top": {"zh": "顶级", "zh-Hant": "鑽石會員"}}, "鑽石會員"),
        ({"top": {"en": "diamond"}}, "diamond"),
        ({"top": {"zh": "Diamond"}}, "Diamond"),
    ],
)
@pytest.mark.parametrize("kind", [Tiers, TierNames])
def test_two_tiers_are_not_called_alike(kind: type[Any], more: dict[str, Any], name: str) -> None:
    said = {"diamond": {"zh": "钻石会员", "en": "Diamond"}, **more}
    with pytest.raises(ValidationError, match=f"two tiers are called {name}"):
        convert({"shown": said}, kind)


@pytest.mark.parametrize(
    ("shown", "fits"),
    [({"gold": {"en": "card"}}, False), ({"gold": {"en": "top"}}, False), ({"gold": {"en": "silver"}}, True)],
)
def test_nor_is_one_of_a_ladder_called_as_another_of_it(shown: dict[str, Any], *, fits: bool) -> None:
    steps = [{"tier": "gold", "reach": 1}, {"tier": "top", "reach": 2}]
    with nullcontext() if fits else pytest.raises(ValidationError, match="two tiers are called"):
        assert convert({"base": "card", "steps": steps, "shown": shown}, Tiers).shown


def test_one_may_be_called_as_it_is_booked_and_alike_in_all_languages() -> None:
    check_names({"VIP": TierShown(zh="VIP", en="VIP"), "gold": TierShown(en="Gold")})


@pytest.mark.parametrize("kind", [Tiers, TierNames])
def test_a_hundred_tiers_have_names(kind: type[Any]) -> None:
    said = {f"t{at}": {"en": f"T {at}"} for at in range(100)}
    assert len(convert({"shown": said}, kind).shown) == 100
    with pytest.raises(ValidationError):
        convert({"shown": {**said, "more": {"en": "More"}}}, kind)
    with pytest.raises(ValidationError):
        convert({"shown": {"a b": {"en": "More"}}}, kind)


def test_a_page_shows_it_in_its_language() -> None:
    own = {"zh-Hans": "钻石会员", "zh-Hant": "鑽石會員", "en": "Diamond"}
    said = tier_said("diamond", SHOWN)
    assert said == word_of("diamond", SHOWN)
    assert (said.text, said.values, said.own) == ("{name}", {"name": "Diamond"}, own)


def test_ours_have_words_and_what_has_none_is_shown_by_its_id() -> None:
    assert tier_said("gold", SHOWN) == word_of("gold", SHOWN) == says("gold")
    assert (tier_said("friend", SHOWN), word_of("friend", SHOWN)) == (says("{name}", name="friend"), None)
    assert tier_said("gold", {"gold": DIAMOND}).own == DIAMOND.every()


@pytest.mark.parametrize(
    ("language", "printed"),
    [
        ("zh-Hans", ["钻石会员", "金卡", "friend"]),
        ("zh-TW", ["鑽石會員", "金卡", "friend"]),
        ("en-GB", ["Diamond", "gold", "friend"]),
        ("fr", ["Diamond", "gold", "friend"]),
    ],
)
def test_a_receipt_prints_it_in_its_language(language: str, printed: list[str]) -> None:
    words = Words(language, tiers=SHOWN)
    assert [words.tier(tier) for tier in ("diamond", "gold", "friend")] == printed
    assert Words(language).tier("diamond") == "diamond"


@pytest.mark.parametrize("text", ["diamond", " diamond ", "钻石会员", "鑽石會員", "Diamond", " Diamond"])
def test_it_is_keyed_by_its_id_or_any_of_its_names(text: str) -> None:
    assert keyed(text, SHOWN) == "diamond"


def test_what_nobody_is_called_is_keyed_as_it_is() -> None:
    assert keyed("金", SHOWN) == "金"
    with pytest.raises(BadWords, match="9 characters"):
        keyed("Gold Card", SHOWN)
    assert keyed("Gold Card", {"gold": TierShown(en="Gold Card")}) == "gold"


def test_a_table_says_it_by_its_names_and_ours_by_our_words() -> None:
    assert words_of(("regular", "diamond", "gold"), SHOWN, OURS) == {
        "钻石会员": "diamond",
        "鑽石會員": "diamond",
        "Diamond": "diamond",
        "普通": "regular",
        "金卡": "gold",
    }


def test_what_a_shop_calls_a_tier_goes_before_our_words_and_an_id_before_both() -> None:
    shown = {"top": TierShown(zh="金卡", en="silver")}
    assert words_of(("top", "gold"), shown, OURS) == {"金卡": "top", "silver": "top"}
    assert words_of(("top", "gold", "silver"), shown, OURS)["银卡"] == "silver"
    assert "silver" not in words_of(("top", "gold", "silver"), shown, OURS)


def test_there_are_no_words_for_a_tier_that_is_not_there() -> None:
    assert not words_of(("铜",), SHOWN, OURS)
    assert not words_of((), NO_NAMES, OURS)


def test_its_languages_are_those_of_the_sentences() -> None:
    assert tier_names.LANGUAGES == LANGUAGES


def test_it_is_published_as_this_row() -> None:
    assert tier_names.TIER_NAMES_ROW == "tier-names"
    assert json.encode(TierNames(shown={"a": TierShown(zh="甲")})) == '{"shown":{"a":{"zh":"甲"}}}'.encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("diamond=钻石会员/Diamond", {"zh": "钻石会员", "en": "Diamond"}),
        ("diamond=钻石", {"zh": "钻石"}),
        ("diamond=/Diamond", {"en": "Diamond"}),
        ("diamond=MAX", {"zh": "MAX"}),
        ("diamond=钻石/Diamond/鑽石卡", {"zh": "钻石", "en": "Diamond", "zh-Hant": "鑽石卡"}),
        ("diamond=钻石//鑽石卡", {"zh": "钻石", "zh-Hant": "鑽石卡"}),
    ],
)
def test_a_name_is_spelt_in_one_line(text: str, said: dict[str, str]) -> None:
    called = convert(said, TierShown)
    assert of_spelling(text) == ("diamond", called)
    assert spelt("diamond", {"diamond": called}) == text
    assert of_spelling(text.replace("/", " / ")) == ("diamond", called)


def test_without_a_name_it_is_the_id() -> None:
    assert of_spelling("gold") == ("gold", None)
    assert spelt("gold", SHOWN) == "gold"


@pytest.mark.parametrize("text", ["a=", "a=/", "a=甲/A/乙/B", "a=///", "a=" + "x" * 41])
def test_what_is_no_name_is_not_taken(text: str) -> None:
    with pytest.raises(ValueError, match=r"spelt ID=|called something|regex"):
        of_spelling(text)
