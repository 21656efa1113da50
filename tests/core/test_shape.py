"""Every mistake is found at once, where it is, in words."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.shape import did_you_mean, problems
from terminal.core.values import Value


class Paper(StrEnum):
    NARROW = "58mm"
    WIDE = "80mm"


class Rung(Value, frozen=True, kw_only=True):
    reach: int
    bonus: int = 0


class Printer(Value, frozen=True, kw_only=True):
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 9100
    paper: Paper = Paper.NARROW
    cutter: bool = True
    ladder: tuple[Rung, ...] = ()
    names: dict[str, int] = {}
    spare: Rung | None = None
    spool: Path | None = None
    pin: Annotated[str, msgspec.Meta(min_length=4)] = "0000"

    def __post_init__(self) -> None:
        if self.host == "0.0.0.0":
            raise ValueError("0.0.0.0 is no address of a printer")


def custom(wanted: type, data: object) -> object:
    if wanted is Path and isinstance(data, str):
        return Path(data)
    raise TypeError("not a path")


def said(data: object) -> list[str]:
    return [str(problem) for problem in problems(data, Printer, "printer", custom)]


def test_nothing_is_said_about_what_is_right() -> None:
    assert said({"host": "127.0.0.1", "spool": "/var/spool", "ladder": [{"reach": 1}]}) == []


def test_all_mistakes_at_once_with_their_paths() -> None:
    wrong = {
        "hots": "127.0.0.1",
        "port": 99999,
        "paper": "81mm",
        "cutter": 1,
        "ladder": [{"reach": 1}, {"reach": "2"}, {"bonus": 3, "bounus": 4}],
        "names": {"a": 1, "b c": "x"},
        "spare": 7,
        "spool": 8,
    }
    assert said(wrong) == [
        "printer.hots: unknown (did you mean host?)",
        "printer.port: expected a whole number from 1 to 65535, got 99999",
        'printer.paper: expected one of "58mm", "80mm", got "81mm" (did you mean 80mm?)',
        "printer.cutter: expected true or false, got 1",
        'printer.ladder[2].reach: expected a whole number, got "2"',
        "printer.ladder[3].bounus: unknown (did you mean bonus?)",
        "printer.ladder[3].reach: missing: a whole number",
        'printer.names."b c": expected a whole number, got "x"',
        "printer.spare: expected a table, got 7",
        "printer.spool: expected a path, got 8",
        "printer.host: missing: a string",
    ]


def test_the_right_key_is_named_even_when_it_is_there_too() -> None:
    assert said({"host": "h", "port": 1, "prot": 2}) == ["printer.prot: unknown (did you mean port?)"]


def test_a_key_that_is_missing_is_the_likelier_one() -> None:
    assert said({"hosts": "h"})[0] == "printer.hosts: unknown (did you mean host?)"


def test_what_a_value_checks_itself_is_said_in_its_words() -> None:
    assert said({"host": "0.0.0.0"}) == ["printer: 0.0.0.0 is no address of a printer"]


def test_a_secret_is_not_repeated() -> None:
    assert said({"host": "h", "pin": "12"}) == ["printer.pin: expected 4 characters or more, got a string"]


def test_a_list_where_a_table_should_be() -> None:
    assert said([]) == ["printer: expected a table, got a list"]


def test_a_long_value_is_cut() -> None:
    (one,) = said({"host": "h", "port": "x" * 10_000})
    assert len(one) < 120


@pytest.mark.parametrize("word", ["", "zzzz", "完全"])
def test_no_guess_where_nothing_comes_near(word: str) -> None:
    assert did_you_mean(word, ["host", "port"]) == ""


_KEYS = st.sampled_from([*Printer.__struct_fields__, "reach", "bonus", "other"])
_PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=6)
    | st.just("58mm"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=20,
)


@given(
    data=_PLAIN
    | st.fixed_dictionaries({"host": st.text(max_size=3)}, optional={"port": _PLAIN, "pin": _PLAIN})
)
def test_something_is_said_exactly_when_it_cannot_be_used(data: object) -> None:
    try:
        msgspec.convert(data, Printer, dec_hook=custom)
    except msgspec.ValidationError:
        assert said(data)
    else:
        assert said(data) == []
