"""The words of the phone page are there in every language, and each is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hq.phone
from hq.phone.member import KINDS
from hq.phone.texts import _WORDS, Language, language_of, words
from terminal.core.tier_names import SAID

_FIELD = re.compile(r"\{[a-z]+\}")
_SOURCE = "".join(
    path.read_text() for path in Path(hq.phone.__file__).parent.glob("*.py") if path.name != "texts.py"
)


@pytest.mark.parametrize("key", _WORDS)
def test_every_word_is_used_and_says_the_same_in_all(key: str) -> None:
    assert f'"{key}"' in _SOURCE or f"'{key}'" in _SOURCE or key in SAID, "tiers have words of their own"
    for translated in _WORDS[key]:
        assert translated
        assert sorted(_FIELD.findall(translated)) == sorted(_FIELD.findall(key))


def test_what_is_booked_has_its_word() -> None:
    for key in KINDS.values():
        assert key in _WORDS


def test_a_word_that_is_none_is_a_defect_in_every_language() -> None:
    for language in Language:
        with pytest.raises(KeyError):
            words(language)("no such word")
    assert [words(language)("Points") for language in Language] == ["积分", "積分", "Points"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-Hant-HK", Language.ZH_HANT),
        ("ZH-mo;q=1", Language.ZH_HANT),
        ("fr, zh-SG", Language.ZH_HANS),
        ("de,en;q=0.5,zh", Language.EN),
        ("zhx", Language.ZH_HANS),
        ("english, zh-TW", Language.ZH_HANT),
    ],
)
def test_the_first_that_we_speak_is_spoken(accepted: str, language: Language) -> None:
    assert language_of(accepted) is language
