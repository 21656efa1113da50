"""Magnetic stripes, as text and as bits; and no bank card beyond the codec."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.core.errors import UnknownCard
from terminal.core.events import CardPresented, CardRemoved, Unreadable
from terminal.core.issuers import luhn, of_a_bank
from terminal.core.trust import Credential, Medium, Trust
from terminal.drivers.codecs.stripe import (
    LAYOUTS,
    SWIPE_CHARS_MAX,
    BadSwipe,
    BankCard,
    StripeDecoder,
    Swipe,
    Swiped,
    Track,
    Where,
    check_character,
    credential_of,
    swiped,
)
from terminal.drivers.codecs.stripe_bits import RawDecoder, bits_of, data_of, framed
from terminal.drivers.msr.swipes import said

# Issuers' published test numbers, and one of each older national range with its check digit made to fit.
BANKS = (
    "4111111111111111", "5555555555554444", "378282246310005", "36070500001376", "3569990010082211",
    "6210947000000021", "6510000000000166", "6799990200000001114", "2223003122003222", "8171999927660000",
    "9558800000000000000",
)  # fmt: skip
MEMBER = "00012345"


def _text(track: Track) -> st.SearchStrategy[str]:
    layout = LAYOUTS[track]
    chars = st.sampled_from(sorted(layout.alphabet))
    return st.text(chars, min_size=1, max_size=layout.data_max).filter(lambda data: data != "E")


def _as_sent(tracks: Mapping[Track, str], *, lrc: bool = False) -> str:
    return "".join(
        f"{LAYOUTS[track].start if track < 3 else '+'}{data}?{check_character(track, data) if lrc else ''}"
        for track, data in sorted(tracks.items())
    )


TRACKS = st.fixed_dictionaries({}, optional={track: _text(track) for track in Track}).filter(bool)


def _fed(decoder: StripeDecoder | RawDecoder, data: bytes, size: int) -> list[Swiped]:
    return [one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])]


def _expected(tracks: Mapping[Track, str]) -> Swiped:
    return swiped(_as_sent(tracks))


@given(swipes=st.lists(TRACKS, max_size=3), size=st.integers(1, 60), lrc=st.booleans())
def test_every_swipe_comes_out_in_any_chunking(
    *, swipes: list[dict[Track, str]], size: int, lrc: bool
) -> None:
    data = "".join(f"{_as_sent(tracks, lrc=lrc)}\r\n" for tracks in swipes).encode("latin-1")
    found = _fed(StripeDecoder(lrc=lrc), data, size)
    for one, tracks in zip(found, swipes, strict=True):
        assert one == BankCard() or one == Swipe(tracks=tracks)


@given(TRACKS, st.text(st.sampled_from("abcXYZ \x00\xff#~\r\n"), max_size=9))
def test_noise_between_the_tracks_is_passed_over(tracks: dict[Track, str], noise: str) -> None:
    parts = [f"{noise}{_as_sent({track: data})}" for track, data in sorted(tracks.items())]
    assert swiped("".join(parts) + noise) == _expected(tracks)


@given(noise=st.binary(max_size=600), size=st.integers(1, 100), lines=st.booleans(), lrc=st.booleans())
def test_garbage_never_raises_and_the_next_swipe_is_read(
    *, noise: bytes, size: int, lines: bool, lrc: bool
) -> None:
    decoder = StripeDecoder(lines=lines, lrc=lrc)
    _fed(decoder, noise, size)
    decoder.silence()
    assert not decoder.waiting
    found = decoder.feed(_as_sent({Track.TWO: MEMBER}, lrc=lrc).encode() + b"\r") + decoder.silence()
    assert found == [Swipe(tracks={Track.TWO: MEMBER})]


def test_a_second_track_that_begins_alike_is_the_third_and_plus_is_the_third_at_once() -> None:
    assert swiped(";123?;456?") == Swipe(tracks={Track.TWO: "123", Track.THREE: "456"})
    assert swiped("+456?") == Swipe(tracks={Track.THREE: "456"})


@pytest.mark.parametrize("text", ["%ABC;123?", ";12;345?", ";123?45?", "99;123?", ";123?="])
def test_a_piece_of_a_track_spoils_the_swipe_rather_than_shorten_a_number(text: str) -> None:
    assert isinstance(swiped(text), BadSwipe)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no track in 0 characters"),
        ("abc", "no track in 3 characters"),
        ("123", "a piece of a track"),
        (";123", "track 2 was cut off after 3 characters"),
        (";12a?", "track 2 has a character that it cannot have"),
        ("%ab?", "track 1 has a character that it cannot have"),
        ("%E?;E?+E?", "track 1 could not be read; track 2 could not be read; track 3"),
        (";?", "track 2 could not be read"),
        (f";{'1' * 38}?", "track 2 has 38 characters"),
    ],
)
def test_what_is_no_track_says_why_and_not_what(text: str, why: str) -> None:
    found = swiped(text)
    assert isinstance(found, BadSwipe)
    assert found.why.startswith(why)


def test_a_swipe_that_never_ends_takes_no_room_and_is_none() -> None:
    decoder = StripeDecoder()
    assert decoder.feed(b";1" * 10_000 + b"\r") == [
        BadSwipe(why=f"a swipe longer than {SWIPE_CHARS_MAX} characters")
    ]
    assert decoder.feed(b";123") == []
    assert decoder.silence() == [BadSwipe(why="the swipe was cut off after 4 characters")]


@given(_text(Track.TWO), st.integers(0, 3), st.integers(0, 36))
def test_with_check_characters_no_single_wrong_bit_is_taken_for_a_number(
    data: str, bit: int, at: int
) -> None:
    sent = bytearray(_as_sent({Track.TWO: data}, lrc=True).encode())
    sent[1 + at % len(data)] ^= 1 << bit
    found = swiped(sent.decode(), lrc=True)
    assert found != Swipe(tracks={Track.TWO: data})
    assert not isinstance(found, Swipe)


# Bits


def test_the_check_character_is_that_of_the_standard() -> None:
    """`;123?`: 1011 0001 0010 0011 1111 come to 0100."""
    assert check_character(Track.TWO, "123") == "4"
    assert bits_of(Track.TWO, "1", lead=0)[:10] == [1, 1, 0, 1, 0, 1, 0, 0, 0, 0]


@given(st.sampled_from(Track), st.data(), st.integers(0, 30))
def test_a_track_is_read_whichever_way_it_is_drawn(track: Track, data: st.DataObject, lead: int) -> None:
    text = data.draw(_text(track))
    bits = bits_of(track, text, lead=lead)
    assert data_of(track, bits) == text
    assert data_of(track, bits[::-1]) == text


@given(st.sampled_from(Track), st.data())
def test_no_single_wrong_bit_of_a_track_is_believed(track: Track, data: st.DataObject) -> None:
    text = data.draw(_text(track))
    bits = bits_of(track, text)
    bits[data.draw(st.integers(10, len(bits) - 11))] ^= 1
    assert data_of(track, bits) != text
    assert isinstance(data_of(track, bits), BadSwipe)


@given(st.sampled_from(Track), st.lists(st.integers(0, 1), max_size=700))
def test_bits_of_anything_are_a_track_or_not_and_never_raise(track: Track, bits: list[int]) -> None:
    assert isinstance(data_of(track, bits), str | BadSwipe)


@given(st.lists(TRACKS, max_size=3), st.integers(1, 60), st.binary(max_size=5))
def test_raw_swipes_come_out_in_any_chunking_with_noise_between(
    swipes: list[dict[Track, str]], size: int, noise: bytes
) -> None:
    noise = noise.replace(b"\x1b", b"")
    frames = [framed({track: bits_of(track, text) for track, text in one.items()}) for one in swipes]
    data = b"".join(noise + frame for frame in frames)
    assert _fed(RawDecoder(), data, size) == [_expected(one) for one in swipes]


@given(st.binary(max_size=400), st.integers(1, 100))
def test_raw_garbage_never_raises_and_the_next_card_is_read(noise: bytes, size: int) -> None:
    decoder = RawDecoder()
    _fed(decoder, noise, size)
    decoder.silence()
    assert not decoder.waiting
    good = framed({Track.TWO: bits_of(Track.TWO, MEMBER)})
    assert decoder.feed(good) == [Swipe(tracks={Track.TWO: MEMBER})]
    assert decoder.feed(good[:-1] + b"1") == [BadSwipe(why="the reader says 31")]


# Banks


@pytest.mark.parametrize("number", BANKS)
def test_a_bank_card_is_refused_on_every_track_and_nothing_of_it_is_left(number: str) -> None:
    for text in (
        f"%B{number}^WANG/XIAOMING^29121010000000000?",
        f";{number}=29121010000000000?",
        f"+99{number}=156156000?",
        f"+{number}=156?",
        f";{number}?",
        f"%BX?;{number}=2912?+{MEMBER}?",
        f"%{MEMBER}?;{number}=2912?",
    ):
        found = swiped(text)
        assert found == BankCard()
        assert number not in repr(found)


def test_a_financial_track_is_a_banks_even_where_its_check_digit_is_misread() -> None:
    assert swiped("%B6222020000000000^NAME^2912?") == BankCard()
    assert not luhn("6222020000000000")


@pytest.mark.parametrize(
    "number", ["6222020000000000", "00012345", "411111111111", "1234567890128", "7000000000000005"]
)
def test_what_fits_no_issuer_or_no_check_digit_is_a_members(number: str) -> None:
    assert not of_a_bank(number)
    assert swiped(f";{number}?") == Swipe(tracks={Track.TWO: number})


def test_check_digits() -> None:
    assert luhn("79927398713")  # ISO/IEC 7812-1's well-known example.
    assert not any(luhn(f"7992739871{digit}") for digit in "012456789")


# Numbers


@pytest.mark.parametrize(
    ("where", "number"),
    [
        (Where(), MEMBER),
        (Where(track=1), "MVIP00042"),
        (Where(track=1, start=1), "VIP00042"),
        (Where(track=2, start=3, length=5), "12345"),
        (Where(track=3, start=2, length=4), "7654"),
    ],
)
def test_the_number_is_where_the_shop_says(where: Where, number: str) -> None:
    swipe = swiped(f"%MVIP00042^MEMBER?;{MEMBER}=99?+017654?")
    assert isinstance(swipe, Swipe)
    assert credential_of(swipe, where) == Credential(medium=Medium.STRIPE, number=number, trust=Trust.OPEN)


@pytest.mark.parametrize("where", [Where(track=1), Where(start=30), Where(start=6, length=5)])
def test_a_number_that_is_not_there_is_said_to_be_missing(where: Where) -> None:
    swipe = swiped(f";{MEMBER}?")
    assert isinstance(swipe, Swipe)
    with pytest.raises(UnknownCard):
        credential_of(swipe, where)


def test_a_swipe_shows_no_number() -> None:
    assert MEMBER not in repr(swiped(f";{MEMBER}?"))


def test_the_desk_hears_a_card_that_came_and_went_or_a_code_that_says_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    came, went = said("msr", swiped(f";{MEMBER}?"), Where())
    assert came == CardPresented(reader="msr", credential=Credential(medium=Medium.STRIPE, number=MEMBER))
    assert went == CardRemoved(reader="msr")
    for text, where, code in (
        (f";{BANKS[0]}=2912?", Where(), "A117"),
        (f";{MEMBER}", Where(), "D101"),
        (f";{MEMBER}?", Where(track=1), "14"),
    ):
        (event,) = said("msr", swiped(text), where)
        assert isinstance(event, Unreadable)
        assert event.code == code
        assert MEMBER not in event.why
    assert BANKS[0] not in caplog.text
    assert MEMBER not in caplog.text
