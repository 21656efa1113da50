"""The worked days of five shops, on the product."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.days import main
from lab.days.command import played
from lab.days.told import NotRead

DAYS = Path(__file__).parents[1] / "days"
WHOLE = {
    "a-salon": set(range(1, 16)) - {10},
    "b-fruit": set(range(1, 16)),
    "c-cosmetics": set(range(1, 16)) - {8},
    "d-fuel": set(range(1, 16)),
    "e-netcafe": {1, 6, 9, 13},
}
IN_PART = {
    "a-salon": {10},
    "b-fruit": set(),
    "c-cosmetics": {8},
    "d-fuel": set(),
    "e-netcafe": {15},
}
"""With something that is done by hand, taken from the day, or not compared."""


def test_the_five_days_come_out_as_they_were_worked() -> None:
    reports = {one.shop: one for one in played(DAYS)}
    assert reports.keys() == WHOLE.keys()
    for shop, report in reports.items():
        assert report.differences == []
        assert set(report.played) - set(report.in_part) >= WHOLE[shop], shop
        assert set(report.played) >= WHOLE[shop] | IN_PART[shop], shop
        assert set(report.played) | set(report.left_out) == set(range(1, 16)), shop


def a_day(folder: Path, shop: str, change: Any) -> Path:
    told = json.loads((DAYS / f"{shop}.json").read_bytes())
    change(told)
    (folder / f"{shop}.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def put(*place: Any, value: Any) -> Any:
    def change(told: Any) -> None:
        for key in place[:-1]:
            told = told[key]
        told[place[-1]] = value(told[place[-1]])

    return change


def worded(rule: str, was: str, now: str) -> Any:
    return put("rules", rule, value=lambda said: said.replace(was, now))


CHANGED = [
    (
        "a-salon",
        put("rules", "tier_benefit", "silver", "service", value=lambda _: 94),
        "line 3 (sale): lines:",
    ),
    ("a-salon", worded("limit", "500000", "700000"), "line 7 (recharge): outcome:"),
    ("a-salon", worded("birthday", "x 2", "x 3"), "line 9 (sale): points_earned:"),
    ("a-salon", worded("bring_a_friend", "30 days", "31 days"), "line 10 (join_and_sale): friend_reward:"),
    ("a-salon", worded("bring_a_friend", "one F02", "one F03"), "line 10 (join_and_sale): friend_reward:"),
    ("a-salon", worded("join_gift", "P90", "P04"), "line 10 (join_and_sale): gift:"),
    ("b-fruit", worded("line_price", "90 %", "80 %"), "line 3 (join_and_sale): lines:"),
    ("b-fruit", worded("cash_rounding", "10 fen", "1 fen"), "line 2 (sale): rounding:"),
    ("b-fruit", put("rules", "bundle", "price", value=lambda _: 2171), "line 7 (sale): due:"),
    ("b-fruit", worded("coupon", "500 off", "400 off"), "line 4 (sale): lines:"),
    (
        "c-cosmetics",
        put("rules", "coupons", "birthday50", value=lambda said: said.replace("from 20000", "from 21801")),
        "line 9 (sale): lines:",
    ),
    ("c-cosmetics", worded("cashback", "3 %", "4 %"), "line 8 (sale): cashback_earned:"),
    ("c-cosmetics", worded("cashback", "20 %", "10 %"), "line 8 (sale): tenders:"),
    ("c-cosmetics", worded("stored_value", "proportional", "bonus_last"), "line 3 (sale): tenders:"),
    ("c-cosmetics", worded("window", "11:59", "11:19"), "line 4 (sale): due:"),
    ("d-fuel", put("rules", "cut_per_litre", "gold", "petrol", value=lambda _: 31), "line 4 (fill): lines:"),
    ("d-fuel", worded("goods_unlock", "5000", "6101"), "line 5 (sale): coupon_unlocked:"),
    ("d-fuel", worded("cash_rounding", "10 fen", "1 fen"), "line 10 (fill_interrupted): rounding:"),
    ("d-fuel", put("prices", 5, "price", value=lambda fen: fen + 1), "line 14 (fill): line"),
    ("d-fuel", put("members", 1, "lock", "price", value=lambda fen: fen + 1), "line 6 (fill): lines:"),
    (
        "d-fuel",
        put("day", 11, "in", "litres", value=lambda litres: litres + 1),
        "line 12 (pump_test): returned_to_tank:",
    ),
    (
        "d-fuel",
        put("day", 14, "in", "totals", "1", value=lambda total: total + 1),
        "line 15 (shift_close): nozzles:",
    ),
    ("e-netcafe", put("rules", "recharge_ladder", value=lambda _: []), "line 6 (recharge): bonus:"),
]


@pytest.mark.parametrize(("shop", "change", "said"), CHANGED)
def test_a_rule_that_is_another_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shop: str, change: Any, said: str
) -> None:
    assert main([str(a_day(tmp_path, shop, change)), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)["days"]
    assert any(one.startswith(said) for one in report["differences"]), report["differences"]


@pytest.mark.parametrize(
    "place",
    [
        ("day", 1, "expect", "lines", 0, "discounts"),
        ("day", 2, "expect", "after", "M1", "points"),
        ("day", 4, "expect", "after", "M2", "principal"),
        ("day", 5, "expect", "change"),
        ("day", 7, "expect", "points_taken_back"),
        ("day", 8, "expect", "drawer_cash"),
        ("day", 14, "expect", "over_short"),
        ("day", 14, "expect", "z", "refunds_net"),
        ("members", 0, "bonus"),
        ("end", "members", "M1", "deposit"),
        ("end", "drawer_cash"),
        ("end", "liabilities", "principal"),
    ],
)
def test_a_figure_that_is_another_is_found(tmp_path: Path, place: tuple[Any, ...]) -> None:
    changed = (lambda _: [["more", 1]]) if place[-1] == "discounts" else (lambda fen: fen + 1)
    (report,) = played(a_day(tmp_path, "b-fruit", put(*place, value=changed)))
    assert report.differences


def test_nobody_is_forgotten(tmp_path: Path) -> None:
    def goes(told: Any) -> None:
        del told["end"]["members"]["U1"]

    (report,) = played(a_day(tmp_path, "b-fruit", goes))
    assert any(one.startswith("at the end: members:") for one in report.differences)


def test_what_nothing_is_known_of_is_never_passed_over(tmp_path: Path) -> None:
    def speaks(told: Any) -> None:
        told["day"][13]["do"] = "dance"
        told["day"][1]["expect"]["music"] = "loud"

    (report,) = played(a_day(tmp_path, "b-fruit", speaks))
    assert report.left_out[14] == "nothing is known of dance"
    assert "line 2 (sale): music: the day says loud, it is not known here" in report.differences


def test_a_rule_in_other_words_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(a_day(tmp_path, "b-fruit", worded("clearance", "everybody", "friends")))]) == 2
    assert "a rule that says otherwise" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "{}", '{"format": 2}', "[]"])
def test_a_file_that_is_no_day_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "day.json").write_text(text, encoding="utf-8")
    with pytest.raises(NotRead):
        played(tmp_path)


def test_a_folder_without_days_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no days" in capsys.readouterr().err


def test_it_says_what_was_played_in_part_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DAYS)]) == 0
    told = capsys.readouterr().out
    assert "b-fruit 2026-10-28: 15 lines whole, 0 in part, 0 left out" in told
    assert "DIFFERS" not in told
