"""Traditional Chinese is made of the Simplified, word by word where shops say it otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.texts import LANGUAGES, TABLES
from terminal.core.texts.hant import WORDS, traditional


@pytest.mark.parametrize(
    ("simplified", "shown"),
    [
        ("充值", "儲值"),
        ("重打印", "重打印"),
        ("正在打印小票", "正在列印小票"),
        ("账户已注销", "帳戶已註銷"),
        ("银行转账", "銀行轉帳"),
        ("三天后生日", "三天後生日"),
        ("标签已签发", "標籤已簽發"),
        ("农历正月", "農曆正月"),
        ("按公历，不按别的历法", "按公曆，不按別的曆法"),
        ("请按“确认”", "請按「確認」"),
        ("已开发票", "已開發票"),
        ("请到柜台核对并合并", "請到櫃檯核對並合併"),
        ("日志、数据、内存、磁盘", "日誌、資料、記憶體、磁碟"),
        ("端口和串口，256 字节", "連接埠和序列埠，256 位元組"),
        ("{name} keeps Latin, ¥9.90 and 2x", "{name} keeps Latin, ¥9.90 and 2x"),
        ("", ""),
    ],
)
def test_a_sentence_reads_as_in_taiwan(simplified: str, shown: str) -> None:
    assert traditional(simplified) == shown


def test_a_shop_that_asks_for_it_has_every_sentence() -> None:
    assert list(TABLES) == ["zh-Hans", "zh-Hant"]
    assert len(TABLES) == 2
    assert set(LANGUAGES) == {*TABLES, "en"}
    assert TABLES["zh-Hant"].keys() == TABLES["zh-Hans"].keys()
    assert TABLES["zh-Hant"]["Recharge"] == "儲值"
    assert TABLES["zh-Hant"] is TABLES["zh-Hant"]
    assert TABLES.get("en") is None


def test_no_sentence_keeps_a_character_of_the_other_script() -> None:
    only_simplified = set("单号时电话员额优开钱现张无读签账转货请这个们务业东车门间问")
    for key, sentence in TABLES["zh-Hant"].items():
        assert not set(sentence) & only_simplified, key


@given(st.lists(st.sampled_from([pair for pairs in WORDS for pair in pairs] + [*"发后里面台系"])))
def test_what_is_traditional_already_stays(parts: list[str]) -> None:
    once = traditional("，".join(parts))
    assert traditional(once) == once
