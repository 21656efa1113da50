"""Whoever is read in two ways is found by both."""

from terminal.core.commands import Private
from terminal.core.initials import WAYS_MAX, initials_of_name
from terminal.core.wire.people import TRACES_MAX
from terminal.store.sealed import asked_traces, traces_of


def found(name: str, typed: str) -> bool:
    private = Private(name=name, initials=initials_of_name(name), phone="19000000401")
    return set(asked_traces(typed)) <= traces_of(private)


def test_by_either_way_and_by_no_third() -> None:
    for typed in ("z", "zg", "zgq", "ZGQ", "c", "cgq", "0401 z", "0401 c", "曾", "曾 zgq"):
        assert found("曾国强", typed)
    for typed in ("s", "zgqc", "gq", "0401 g", "0402 z"):
        assert not found("曾国强", typed)


def test_a_doubt_inside_a_name_is_found_by_either_way_too() -> None:
    for typed in ("zcj", "zzj", "zc", "张 zcj", "0401 z"):
        assert found("张长江", typed)
    assert not found("张长江", "zj")
    for typed in ("zzl", "ccy", "czl", "zcy"):
        assert found("曾长乐", typed)


def test_many_ways_and_long_names_cost_no_more() -> None:
    ways = [*(one * 12 for one in "bcdefgh"), "i"]
    private = Private(name="曾", initials=" ".join(["a" * 200, *ways]))
    traces = traces_of(private)
    assert f"initials:{'a' * 40}" in traces
    assert f"initials:{'a' * 41}" not in traces
    assert f"initials:{'h' * 10}" in traces
    assert f"initials:{'h' * 11}" not in traces
    assert "initials:i" not in traces
    assert len(traces) == 1 + 40 + 7 * 10
    assert traces_of(Private(name="", initials="")) == set()


def test_whatever_a_name_is_no_more_is_kept_than_goes_to_other_shops() -> None:
    name = "乐曾长" + "".join(chr(0x4E00 + at) for at in range(37))
    private = Private(name=name, initials=initials_of_name(name), phone="19000000401")
    assert len(initials_of_name(name).split()) == WAYS_MAX
    assert len(traces_of(private)) <= TRACES_MAX
