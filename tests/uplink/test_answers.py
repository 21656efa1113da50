"""HTTP/1.1 answers by every chunking, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.uplink.answers import HEAD_BYTES_MAX, AnswerDecoder, Answered, NotAnAnswer

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nCT-Signature:  c2ln \r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;name=value\r\nlo\r\n0\r\n\r\n"
TRAILED = CHUNKED[:-2] + b"Expires: never\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + PLAIN


def fed(portions: list[bytes], bytes_max: int = 1000) -> Answered | None:
    decoder = AnswerDecoder(bytes_max)
    answer = None
    for portion in portions:
        assert answer is None
        answer = decoder.feed(portion)
    return answer


@pytest.mark.parametrize("data", [PLAIN, CHUNKED, TRAILED, INTERIM])
def test_the_body_is_the_same_wherever_the_bytes_are_cut(data: bytes) -> None:
    for cut in range(1, len(data)):
        answer = fed([data[:cut], data[cut:]])
        assert answer is not None
        assert (answer.status, answer.body) == (200, b"hello")
    answer = fed([data[place : place + 1] for place in range(len(data))])
    assert answer is not None
    assert answer.body == b"hello"


def test_headers_are_found_by_lower_case_names_without_white_space() -> None:
    answer = fed([PLAIN])
    assert answer is not None
    assert answer.headers["ct-signature"] == "c2ln"
    assert answer.keeps


def test_a_server_that_hangs_up_says_so() -> None:
    answer = fed([b"HTTP/1.1 503 Away\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"])
    assert answer is not None
    assert (answer.status, answer.keeps) == (503, False)


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body_whatever_their_headers_say(status: int) -> None:
    answer = fed([b"HTTP/1.1 %d Nothing\r\nContent-Length: 9\r\n\r\n" % status])
    assert answer is not None
    assert answer.body == b""


@pytest.mark.parametrize("cut", range(1, len(PLAIN)))
def test_what_is_not_whole_is_no_answer_yet(cut: int) -> None:
    assert fed([PLAIN[:-cut]]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\x1b[2J\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 \xb2\xb2\xb2 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 4000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n folded: 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1001,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 300,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: " + b"y" * HEAD_BYTES_MAX,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * HEAD_BYTES_MAX,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * HEAD_BYTES_MAX + b"\r\n\r\n",
        PLAIN + PLAIN,
        CHUNKED + b"x",
    ],
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnAnswer):
        fed([data])


@given(st.binary(max_size=200), st.sampled_from([PLAIN, CHUNKED, TRAILED]), st.integers(0, 90))
def test_garbage_is_refused_or_waited_out_and_nothing_else(garbage: bytes, data: bytes, place: int) -> None:
    try:
        answer = fed([data[:place] + garbage + data[place:]])
    except NotAnAnswer:
        return
    assert answer is None or len(answer.body) <= 1000
