"""One setting is changed; all else in the file stays as people wrote it."""

from __future__ import annotations

import pytest

from terminal.maintenance.settings_file import NotChanged, changed, difference, settings_in

FILE = """# The shop by the river.
first = 1

[terminal]  # which one
id = "T1"      # on the receipt
log = "info"

[counter.more]
notice_s = 8
days = [
    "mon",
]

[[counter.staff]]
id = "E01"

[device.front]
path = "/dev/front#1"
"""


def test_settings_are_named_by_their_table() -> None:
    assert settings_in(FILE) == [
        ("first", "1"),
        ("terminal.id", '"T1"'),
        ("terminal.log", '"info"'),
        ("counter.more.notice_s", "8"),
        ("device.front.path", '"/dev/front#1"'),
    ]
    assert settings_in("") == []


@pytest.mark.parametrize(
    ("name", "value", "before", "after"),
    [
        ("terminal.id", '"T2"', 'id = "T1"      # on', 'id = "T2"      # on'),
        ("first", "2", "first = 1", "first = 2"),
        ("device.front.path", '"/x"', '"/dev/front#1"', '"/x"'),
        ("terminal.log", "", 'log = "info"\n', ""),
        ("terminal.site", '"S1"', "# which one\n", '# which one\nsite = "S1"\n'),
        ("second", "2", "# The shop", "second = 2\n# The shop"),
        ("kiosk.port", "1", '/dev/front#1"\n', '/dev/front#1"\n\n[kiosk]\nport = 1\n'),
    ],
)
def test_only_that_line_changes(name: str, value: str, before: str, after: str) -> None:
    assert changed(FILE, name, value) == FILE.replace(before, after, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terminal.id", "T2"),
        ("terminal.id", '"T2"\nlog = "debug"'),
        ("terminal.id", "1 = 2"),
        ("no name", "1"),
        ("", "1"),
        ("a..b", "1"),
        ("terminal.none", ""),
        ("terminal.id]\n[x", "1"),
    ],
)
def test_what_would_be_no_setting_is_not_written(name: str, value: str) -> None:
    with pytest.raises(NotChanged):
        changed(FILE, name, value)


def test_the_difference_is_what_goes_and_what_comes() -> None:
    lines = difference(FILE, changed(FILE, "terminal.log", '"debug"'))
    assert lines[1:] == [' id = "T1"      # on the receipt', '-log = "info"', '+log = "debug"', " "]
    assert difference(FILE, FILE) == []
