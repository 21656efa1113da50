"""What a keyboard scanner types, letter by letter, is what was on the paper."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.hid_keys import (
    ENTER,
    KEYPAD_ENTER,
    PRESSED,
    RELEASED,
    TAB,
    TEXT_CHARS_MAX,
    KeyDecoder,
    keys_of,
)
from terminal.drivers.codecs.layouts import LayoutName
from terminal.drivers.codecs.scan_line import BadLine

PRINTABLE = "".join(chr(code) for code in range(32, 127))
LEFT_SHIFT, RIGHT_SHIFT, LEFT_CTRL, LEFT_ALT, F1, CAPS = 42, 54, 29, 56, 59, 58


def _typed(decoder: KeyDecoder, events: list[tuple[int, int]]) -> list[str | BadLine]:
    return [one for code, value in events for one in decoder.feed(code, value)]


def test_every_printable_character_of_ascii_is_on_the_layout() -> None:
    assert _typed(KeyDecoder(), keys_of(PRINTABLE)) == [PRINTABLE]


# From the kernel's list of codes and a US keyboard, not from our own table.
KEYS = {2: "1!", 3: "2@", 11: "0)", 12: "-_", 16: "qQ", 26: "[{", 30: "aA", 39: ";:", 40: "'\"", 41: "`~"}
KEYS |= {43: "\\|", 44: "zZ", 50: "mM", 51: ",<", 53: "/?", 57: "  "}
KEYS |= {71: "77", 79: "11", 82: "00", 83: "..", 74: "--", 78: "++", 55: "**", 98: "//"}


@pytest.mark.parametrize(("code", "plain", "shifted"), [(code, *chars) for code, chars in KEYS.items()])
def test_keys_stand_for_what_is_printed_on_them(code: int, plain: str, shifted: str) -> None:
    key, enter = [(code, PRESSED), (code, RELEASED)], [(ENTER, PRESSED)]
    x = [(45, PRESSED)]
    assert _typed(KeyDecoder(), x + key + enter) == ["x" + plain]
    for shift in (LEFT_SHIFT, RIGHT_SHIFT):
        held = [(shift, PRESSED), *key, (shift, RELEASED)]
        assert _typed(KeyDecoder(), held + x + enter) == [shifted + "x"]


@given(st.lists(st.text(string.ascii_letters + string.digits + "-:/", min_size=1, max_size=40), max_size=5))
def test_every_scan_comes_out_whole(texts: list[str]) -> None:
    assert _typed(KeyDecoder(), [event for text in texts for event in keys_of(text)]) == texts


@given(st.lists(st.tuples(st.integers(0, 767), st.integers(0, 3)), max_size=300))
def test_any_keys_never_raise_and_the_next_scan_is_read(events: list[tuple[int, int]]) -> None:
    decoder = KeyDecoder()
    for found in _typed(decoder, events):
        assert isinstance(found, BadLine) or found.isprintable()
    decoder.silence()
    for key in (29, 97, 56, 100, 125, 126, 42, 54):
        decoder.feed(key, RELEASED)
    assert _typed(decoder, keys_of("6901234567892")) == ["6901234567892"]


@pytest.mark.parametrize("end", [ENTER, KEYPAD_ENTER])
def test_enter_ends_a_scan_and_two_of_them_make_no_second(end: int) -> None:
    decoder = KeyDecoder()
    assert _typed(decoder, [(2, PRESSED), (end, PRESSED), (end, RELEASED), (ENTER, PRESSED)]) == ["1"]
    assert not decoder.waiting


def test_tab_ends_a_scan_only_where_the_scanner_is_set_so() -> None:
    keys = [(2, PRESSED), (TAB, PRESSED), (TAB, RELEASED), (3, PRESSED), (ENTER, PRESSED)]
    assert _typed(KeyDecoder(tab_ends=True), keys) == ["1", "2"]
    assert [type(one) for one in _typed(KeyDecoder(), keys)] == [BadLine]


def test_silence_ends_a_scan_where_nothing_comes_behind_it() -> None:
    decoder = KeyDecoder(silence_ends=True)
    assert _typed(decoder, keys_of("12")[:-2]) == []
    assert decoder.silence() == ["12"]
    assert decoder.silence() == []


def test_a_held_key_that_repeats_is_one_key() -> None:
    keys = [(30, PRESSED), (30, 2), (30, 2), (30, RELEASED), (ENTER, PRESSED)]
    assert _typed(KeyDecoder(), keys) == ["a"]


def test_caps_lock_turns_letters_and_nothing_else_until_it_is_pressed_again() -> None:
    caps = [(CAPS, PRESSED), (CAPS, RELEASED)]
    assert _typed(KeyDecoder(), [*caps, *keys_of("aB1!")[:-2], *caps, *keys_of("aB1!")]) == ["Ab1!aB1!"]


def test_ctrl_m_and_ctrl_j_end_a_scan_as_cr_and_lf_do_on_a_line() -> None:
    for key in (50, 36):
        keys = [(2, PRESSED), (LEFT_CTRL, PRESSED), (key, PRESSED), (LEFT_CTRL, RELEASED)]
        assert _typed(KeyDecoder(), keys) == ["1"]


def test_alt_with_an_ascii_number_on_the_keypad_is_that_character() -> None:
    zero, six, five = [(82, PRESSED)], [(77, PRESSED)], [(76, PRESSED)]
    alt, no_alt = [(LEFT_ALT, PRESSED)], [(LEFT_ALT, RELEASED)]
    keys = [*alt, *zero, *six, *five, *no_alt, *keys_of("b")]
    assert _typed(KeyDecoder(), keys) == ["Ab"]
    too_much = [*alt, *six, *five, *zero, *no_alt, *keys_of("b")]
    assert [type(one) for one in _typed(KeyDecoder(), too_much)] == [BadLine]
    assert _typed(KeyDecoder(), [*alt, *no_alt, *keys_of("b")]) == ["b"]


@pytest.mark.parametrize(
    "keys",
    [
        [(LEFT_CTRL, 1), (26, 1), (LEFT_CTRL, 0)],  # Ctrl+[ is Escape.
        [(F1, 1)],
        [(LEFT_CTRL, 1), (F1, 1)],
        [(LEFT_ALT, 1), (30, 1), (LEFT_ALT, 0)],
        [(125, 1), (30, 1), (125, 0)],
    ],
)
def test_what_is_no_character_spoils_its_scan_and_no_other(keys: list[tuple[int, int]]) -> None:
    decoder = KeyDecoder()
    assert _typed(decoder, [(2, PRESSED), *keys, (LEFT_CTRL, RELEASED), (3, PRESSED)]) == []
    assert [type(one) for one in decoder.feed(ENTER, PRESSED)] == [BadLine]
    assert _typed(decoder, keys_of("12")) == ["12"]


def test_lost_events_spoil_the_scan_they_were_part_of() -> None:
    decoder = KeyDecoder()
    decoder.feed(LEFT_SHIFT, PRESSED)
    decoder.lost()
    assert _typed(decoder, keys_of("12")) == [BadLine(why="events were lost")]
    assert _typed(decoder, keys_of("12")) == ["12"]


def test_the_longest_scan_is_read_and_a_longer_one_is_not() -> None:
    assert _typed(KeyDecoder(), keys_of("7" * TEXT_CHARS_MAX)) == ["7" * TEXT_CHARS_MAX]
    assert [type(one) for one in _typed(KeyDecoder(), keys_of("7" * (TEXT_CHARS_MAX + 1)))] == [BadLine]


def test_prefix_and_suffix_are_taken_off_and_must_not_overlap() -> None:
    decoder = KeyDecoder(prefix="ab", suffix="bc")
    assert _typed(decoder, keys_of("ab12bc")) == ["12"]
    assert [type(one) for one in _typed(decoder, keys_of("abc"))] == [BadLine]


def test_a_cut_scan_does_not_begin_the_next_one() -> None:
    decoder = KeyDecoder()
    _typed(decoder, [(2, PRESSED), (3, PRESSED)])
    assert decoder.silence() == [BadLine(why="the scan was cut off after 2 characters")]
    assert decoder.silence() == []
    assert _typed(decoder, keys_of("12")) == ["12"]


# Other countries' keyboards, by what is printed on their keys.
COUNTRIES = {
    LayoutName.GB: {3: '2"', 4: "3£", 40: "'@", 43: "#~", 86: "\\|"},
    LayoutName.DE: {21: "zZ", 44: "yY", 12: "ß?", 39: "öÖ", 53: "-_", 43: "#'", 8: "7/", 86: "<>"},
    LayoutName.FR: {2: "&1", 16: "aA", 30: "qQ", 44: "wW", 50: ",?", 51: ";.", 39: "mM", 3: "é2"},
}


@pytest.mark.parametrize(
    ("layout", "code", "plain", "shifted"),
    [(layout, code, *chars) for layout, keys in COUNTRIES.items() for code, chars in keys.items()],
)
def test_a_scanner_that_is_set_to_another_country_is_understood(
    layout: LayoutName, code: int, plain: str, shifted: str
) -> None:
    key = [(code, PRESSED), (code, RELEASED)]
    keys = [*key, (LEFT_SHIFT, PRESSED), *key, (LEFT_SHIFT, RELEASED), (ENTER, PRESSED)]
    assert _typed(KeyDecoder(layout=layout), keys) == [plain + shifted]


@pytest.mark.parametrize("layout", LayoutName)
def test_every_printable_character_of_ascii_is_on_every_layout(layout: LayoutName) -> None:
    """Those of French keyboards that are a dead key and Space too."""
    assert _typed(KeyDecoder(layout=layout), keys_of(PRINTABLE, layout)) == [PRINTABLE]
    assert _typed(KeyDecoder(layout=layout), keys_of("6901234567892", layout)) == ["6901234567892"]


@given(st.text(st.sampled_from(PRINTABLE), min_size=1, max_size=40), st.sampled_from(LayoutName))
def test_every_text_comes_out_in_every_layout(text: str, layout: LayoutName) -> None:
    assert _typed(KeyDecoder(layout=layout), keys_of(text, layout)) == [text]


def test_a_dead_key_with_a_letter_or_at_the_end_spoils_its_scan() -> None:
    """Better none than one with a hole."""
    circumflex = [(41, PRESSED), (41, RELEASED)]
    for keys in ([*circumflex, *keys_of("a", LayoutName.DE)], [*circumflex, (ENTER, PRESSED)]):
        decoder = KeyDecoder(layout=LayoutName.DE)
        assert [type(one) for one in _typed(decoder, keys)] == [BadLine]
        assert _typed(decoder, keys_of("12", LayoutName.DE)) == ["12"]


def test_the_wrong_layout_is_not_found_out_but_another_text() -> None:
    """Why a scanner is tried with a label of letters when it is set up."""
    assert _typed(KeyDecoder(layout=LayoutName.DE), keys_of("MC-ZY1")) == ["MCßYZ1"]
