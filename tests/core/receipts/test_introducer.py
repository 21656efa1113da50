"""The receipt says what somebody earned who brought the member, and not who that is."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lab.receipts.specimens import SPECIMENS
from terminal.core.commands import Booked
from terminal.core.receipts import ShopHead, as_text, document_of, drawn
from terminal.core.receipts.sections import Copy

USES = {"zh-Hans": "推荐人获次数", "zh-Hant": "推薦人獲次數", "en": "Uses for who brought you"}
WORDS = {"zh-Hans": "推荐人获积分", "zh-Hant": "推薦人獲積分", "en": "Points for who brought you"}


def printed(booked: Booked, language: str) -> str:
    paper = document_of(booked, ShopHead(name="x"), language=language, copy=Copy.ORIGINAL)
    return as_text(drawn(paper, 48))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", ["sale", "joined", "recharge"])
def test_it_is_said_where_somebody_earned_and_nowhere_else(name: str, language: str) -> None:
    booked = SPECIMENS[name].booked
    assert WORDS[language] not in printed(booked, language)
    earned = replace(booked, introducer_earned=100)
    (row,) = [line for line in printed(earned, language).splitlines() if WORDS[language] in line]
    assert row.endswith(" +100")


@pytest.mark.parametrize("language", USES)
def test_uses_that_somebody_got_are_said_too(language: str) -> None:
    booked = SPECIMENS["sale"].booked
    assert USES[language] not in printed(booked, language)
    got = printed(replace(booked, introducer_uses=1), language)
    (row,) = [line for line in got.splitlines() if USES[language] in line]
    assert row.endswith(" +1")
    assert WORDS[language] not in got
