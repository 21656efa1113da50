"""Whoever is read in two ways is found by both."""

from terminal.core.commands import Private
from terminal.core.initials import initials_of_name
from terminal.store.sealed import asked_traces, traces_of


def found(name: str, typed: str) -> bool:
    private = Private(name=name, initials=initials_of_name(name), phone="19000000401")
    return set(asked_traces(typed)) <= traces_of(private)


def test_by_either_way_and_by_no_third() -> None:
    for typed in ("z", "zg", "zgq", "ZGQ", "c", "cgq", "0401 z", "0401 c", "曾", "曾 zgq"):
        assert found("曾国强", typed)
    for typed in ("s", "zgqc", "gq", "0401 g", "0402 z"):
        assert not found("曾国强", typed)


def test_more_than_two_ways_and_long_names_cost_no_more() -> None:
    private = Private(name="曾", initials=" ".join(["a" * 200, "b", "c"]))
    traces = traces_of(private)
    assert "initials:b" in traces
    assert "initials:c" not in traces
    assert len(traces) < 100
    assert traces_of(Private(name="", initials="")) == set()
