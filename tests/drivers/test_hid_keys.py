"""Keys back to characters: every one of the US board, shifted, controlled, numbered, lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.drivers.codecs.hid_keys import END, LOST, US, KeyDecoder

SHIFT, CTRL, ALT, META, CAPS = 42, 29, 56, 125, 58
ENTER, TAB = 28, 15
KEYPAD = {"0": 82, "1": 79, "2": 80, "3": 81, "4": 75, "5": 76, "6": 77, "7": 71, "8": 72, "9": 73}
KEY_OF = {
    written: (code, shifted) for code, pair in reversed(US.items()) for shifted, written in enumerate(pair)
}
ASCII = "".join(chr(one) for one in range(0x20, 0x7F))


def _struck(decoder: KeyDecoder, *codes: int, held: tuple[int, ...] = ()) -> bytes:
    written = b"".join(decoder.feed(one, 1) for one in held)
    for code in codes:
        written += decoder.feed(code, 1) + decoder.feed(code, 0)
    return written + b"".join(decoder.feed(one, 0) for one in reversed(held))


def _typed(decoder: KeyDecoder, text: str) -> bytes:
    written = b""
    for character in text:
        code, shifted = KEY_OF[character]
        written += _struck(decoder, code, held=(SHIFT,) if shifted else ())
    return written


def test_every_printable_ascii_character_has_its_key() -> None:
    assert _typed(KeyDecoder(), ASCII) == ASCII.encode()


@given(st.text(alphabet=ASCII))
def test_what_is_typed_is_what_is_read(text: str) -> None:
    decoder = KeyDecoder()
    assert _typed(decoder, text) + _struck(decoder, ENTER) == text.encode() + END


def test_the_keypad_writes_digits_and_ends_a_scan() -> None:
    decoder = KeyDecoder()
    assert _struck(decoder, *(KEYPAD[digit] for digit in "6901234567892"), 96) == b"6901234567892\r"
    assert _struck(decoder, 98, 55, 74, 78, 83) == b"/*-+."


@pytest.mark.parametrize("shift", [42, 54])
def test_either_shift_counts_until_the_last_is_released(shift: int) -> None:
    decoder = KeyDecoder()
    assert _struck(decoder, 30, held=(shift,)) == b"A"
    decoder.feed(42, 1)
    decoder.feed(54, 1)
    decoder.feed(42, 0)
    assert _struck(decoder, 30) == b"A"
    decoder.feed(54, 0)
    assert _struck(decoder, 30) == b"a"


def test_caps_lock_turns_letters_and_nothing_else() -> None:
    decoder = KeyDecoder()
    assert _struck(decoder, CAPS, 30, 2) == b"A1"
    assert _struck(decoder, 30, 2, held=(SHIFT,)) == b"a!"
    assert _struck(decoder, CAPS, 30) == b"a"


def test_a_key_that_repeats_while_it_is_held_is_one_key() -> None:
    decoder = KeyDecoder()
    assert b"".join(decoder.feed(30, value) for value in (1, 2, 2, 2, 0)) == b"a"


def test_tab_ends_a_scan_only_where_the_scanner_is_set_so() -> None:
    assert _struck(KeyDecoder(tab_ends=True), TAB) == END
    assert _struck(KeyDecoder(), TAB) == b"\t"


@pytest.mark.parametrize(
    ("code", "held", "control"),
    [
        (27, (CTRL,), b"\x1d"),  # Ctrl+]: how scanners send the separator of GS1.
        (50, (CTRL,), b"\r"),  # Ctrl+M ends a scan as Enter does.
        (36, (97,), b"\n"),
        (12, (CTRL, SHIFT), b"\x1f"),
        (7, (CTRL,), b"\x1e"),
    ],
)
def test_ctrl_makes_the_control_characters_of_ascii(code: int, held: tuple[int, ...], control: bytes) -> None:
    assert _struck(KeyDecoder(), code, held=held) == control


def test_alt_with_a_number_of_ascii_is_that_character() -> None:
    decoder = KeyDecoder()
    assert _struck(decoder, KEYPAD["0"], KEYPAD["6"], KEYPAD["5"], held=(ALT,)) == b"A"
    assert _struck(decoder, KEYPAD["2"], KEYPAD["9"], held=(ALT,)) == b"\x1d"
    assert _struck(decoder, 30) == b"a"
    assert _struck(decoder, held=(ALT,)) == b""


@pytest.mark.parametrize(
    ("codes", "held"),
    [
        ((KEYPAD["2"], KEYPAD["0"], KEYPAD["8"]), (ALT,)),  # Another character on each machine.
        ((30,), (ALT,)),
        ((30,), (META,)),
        ((2,), (CTRL,)),
        ((59,), ()),  # F1
        ((0x1FF,), ()),
    ],
)
def test_what_is_no_known_character_leaves_a_mark_instead_of_a_hole(
    codes: tuple[int, ...], held: tuple[int, ...]
) -> None:
    assert _struck(KeyDecoder(), *codes, held=held) == LOST


def test_keys_that_the_kernel_dropped_leave_a_mark_and_nothing_held() -> None:
    decoder = KeyDecoder()
    decoder.feed(SHIFT, 1)
    assert decoder.dropped() == LOST
    assert _struck(decoder, 30) == b"a"


@given(st.lists(st.tuples(st.integers(0, 0x2FF), st.integers(-1, 3)), max_size=200))
def test_garbage_writes_ascii_and_never_more_than_a_character_a_key(events: list[tuple[int, int]]) -> None:
    decoder = KeyDecoder()
    for code, value in events:
        written = decoder.feed(code, value)
        assert len(written) <= 1
        assert written.isascii()
