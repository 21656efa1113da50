"""What each codec promises of any bytes. One that is broken is an AssertionError, or whatever it raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar

from terminal.core.aes import BLOCK_BYTES
from terminal.core.chips import Begun, Judged, KeyUse, SunJudged
from terminal.core.codes import scanned
from terminal.core.errors import (
    BadScan,
    CardNotGenuine,
    CardSwapped,
    CardTorn,
    CodeExpired,
    CodeNotGenuine,
    UnknownCard,
)
from terminal.core.gs1 import SEPARATOR, elements_in
from terminal.core.member_codes import credential_of as code_credential
from terminal.core.member_codes import parsed
from terminal.core.sun import Proof, opened
from terminal.core.trust import Trust
from terminal.drivers.codecs import (
    cards,
    classic,
    cpu_card,
    desfire,
    em4100,
    memory_card,
    ndef,
    sam,
    sun,
    zvt,
)
from terminal.drivers.codecs.apdu import Conversation, by_t0
from terminal.drivers.codecs.atr import chip_of
from terminal.drivers.codecs.escpos_status import StatusDecoder
from terminal.drivers.codecs.hid_keys import TEXT_CHARS_MAX, KeyDecoder
from terminal.drivers.codecs.layouts import LayoutName
from terminal.drivers.codecs.recordings import BadRecording, read, written
from terminal.drivers.codecs.rewriter import BadBlock, BlockDecoder, Sign, at_rest
from terminal.drivers.codecs.scan_line import LINE_BYTES_MAX, BadLine, ScanLineDecoder
from terminal.drivers.codecs.stripe import BankCard, StripeDecoder, Swipe, Where, credential_of
from terminal.drivers.codecs.stripe_bits import RawDecoder

T = TypeVar("T")
Target = Callable[[bytes], None]

_COMMANDS_MAX = 300
_APDU_BYTES = range(4, 5 + 255 + 2)
_KEY = bytes.fromhex("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
"""Ed25519, of the private half 00 to 1f. Under one of 32 zeros, of small order, 64 zeros sign every fourth
message."""
_SILENCE, _LOST = (0xFF, 0xFF), (0xFF, 0xFE)
_IDENTIFIER_CHARS = 4
_SUN_UID_BYTES = 7
_FAULTS = (CardTorn, UnknownCard, CardNotGenuine, CardSwapped)
_SAM_KEY = sam.Key(use=KeyUse.SUN_META, reference=1)
_SPELLINGS = tuple(em4100.Spelling)
_LAYOUTS = tuple(LayoutName)


class Decoder(Protocol[T]):
    def feed(self, data: bytes) -> list[T]: ...

    def silence(self) -> list[T]: ...


def _fed(decoder: Decoder[T], data: bytes, size: int) -> list[T]:
    found = [one for at in range(0, len(data), size) for one in decoder.feed(data[at : at + size])]
    return found + decoder.silence()


def _same_in_any_chunks(make: Callable[[], Decoder[T]], data: bytes) -> list[T]:
    """The first byte says how large."""
    size, data = 1 + data[0] % 40 if data else 1, data[1:]
    whole = _fed(make(), data, max(1, len(data)))
    assert _fed(make(), data, size) == whole, f"not the same in chunks of {size}"
    return whole


def tags(data: bytes) -> None:
    spelling, kept = _SPELLINGS[data[0] % len(_SPELLINGS)] if data else em4100.Spelling.HEX, None
    if len(data) > 1 and data[1] % 4:
        kept = 2 + data[1] % 4
    for found in _same_in_any_chunks(lambda: em4100.decoder_of(spelling, kept), data[2:]):
        if isinstance(found, em4100.Tag):
            assert len(found.number) == len("62E3086CED")
            assert int(found.number, 16) >> 8 * (kept or 5) == 0


def stripes(data: bytes) -> None:
    lines, lrc = bool(data[:1] and data[0] & 1), bool(data[:1] and data[0] & 2)
    for found in _same_in_any_chunks(lambda: StripeDecoder(lines=lines, lrc=lrc), data[1:]):
        _no_bank(found)


def stripe_bits(data: bytes) -> None:
    for found in _same_in_any_chunks(RawDecoder, data):
        _no_bank(found)


def _no_bank(found: object) -> None:
    if isinstance(found, Swipe):
        assert found.tracks
        for track in (1, 2, 3):
            try:
                card = credential_of(found, Where(track=track))
            except UnknownCard:
                continue
            assert card.trust is Trust.OPEN
    else:
        assert found == BankCard() or str(found)


def scan_lines(data: bytes) -> None:
    for found in _same_in_any_chunks(lambda: ScanLineDecoder(prefix="]"), data):
        if isinstance(found, str):
            assert 0 < len(found) <= LINE_BYTES_MAX
            assert found.replace(SEPARATOR, "").isprintable()


def keys(data: bytes) -> None:
    """Pairs of bytes: key code and what happens to it; ff ff is silence, ff fe events that were lost."""
    how = data[0] if data else 0
    layout = _LAYOUTS[how // 4 % len(_LAYOUTS)]
    decoder = KeyDecoder(tab_ends=bool(how & 1), silence_ends=bool(how & 2), layout=layout)
    for code, value in zip(data[1::2], data[2::2], strict=False):
        found: list[str | BadLine] = []
        if (code, value) == _SILENCE:
            found = decoder.silence()
        elif (code, value) == _LOST:
            decoder.lost()
        else:
            found = decoder.feed(code, value % 3)
        assert all(len(one) <= TEXT_CHARS_MAX for one in found if isinstance(one, str))


def codes(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    try:
        scanned(text)
    except BadScan as refusal:
        said = str(refusal)
    else:
        return
    assert len(text) <= _IDENTIFIER_CHARS or text not in said


def labels(data: bytes) -> None:
    try:
        found = elements_in(data.decode("latin-1"))
    except BadScan:
        return
    for name, value in found.said:
        assert found.of(name) == value
    _ = found.article, found.count, found.net_weight, found.price


def member_codes(data: bytes) -> None:
    try:
        code = parsed(f"MS-{data.decode('latin-1')}")
        code_credential(code, "M1", [_KEY], now_ms=0, unsure_ms=0)
    except (BadScan, CodeExpired, CodeNotGenuine):
        return
    raise AssertionError("a code that nobody signed")


def ndef_records(data: bytes) -> None:
    try:
        found = ndef.records(data)
    except UnknownCard:
        return
    assert len(found) <= ndef.RECORDS_MAX


def sun_urls(data: bytes) -> None:
    try:
        proof = sun.proof_in(data.decode("latin-1"), sun.Settings(mac_from="enc"))
        uid, _ = opened(proof, bytes(BLOCK_BYTES))
    except (UnknownCard, CardNotGenuine):
        return
    assert len(uid) == _SUN_UID_BYTES


def answers_to_reset(data: bytes) -> None:
    assert chip_of(data)


def recordings(data: bytes) -> None:
    try:
        head, records = read(data)
    except BadRecording:
        return
    assert read(written(head, records)) == (head, records)


def printer_answers(data: bytes) -> None:
    size, data = 1 + data[0] % 7 if data else 1, data[1:]
    whole, parts = StatusDecoder(), StatusDecoder()
    found = [one for at in range(0, len(data), size) for one in parts.feed(data[at : at + size])]
    assert found == whole.feed(data)


def rewriter_answers(data: bytes) -> None:
    for found in _same_in_any_chunks(BlockDecoder, data):
        assert isinstance(found, Sign | BadBlock) or (at_rest(found), found.trouble)


def bank_packets(data: bytes) -> None:
    for found in _same_in_any_chunks(zvt.ZvtDecoder, data):
        assert isinstance(found, zvt.Packet | zvt.Sign | zvt.Spoilt)
        if isinstance(found, zvt.Packet):
            assert zvt.framed(found) in data
            status = zvt.status_of(found.data)
            assert status.receipt is None or status.receipt < zvt.RECEIPTS


class Anybody:
    """`CardKeys`, `SeenCounters` and `CardProver` that know every card, and believe none."""

    def __init__(self, *, keys: bool) -> None:
        self._keys = keys

    def key(self, use: KeyUse, card: str) -> bytes | None:
        _ = card
        return bytes(6 if use is KeyUse.SECTOR else 16) if self._keys else None

    def rises(self, card: str, counter: int) -> bool | None:
        _ = card
        return bool(counter % 2)

    def begin(self, uid: bytes, application: str, said: bytes) -> Begun | None:
        _ = uid, application, said
        return Begun(say=bytes(32), state=b"")

    def begin_cpu(self, application: str, number: str) -> Begun | None:
        _ = application, number
        return Begun(say=bytes(8), state=b"")

    def finish(self, state: bytes, said: bytes) -> Judged | None:
        _ = state
        return Judged(genuine=bool(said and said[0] % 2), ti=bytes(4), enc=bytes(16), mac=bytes(16))

    def sun(self, uid: bytes, proof: Proof) -> SunJudged | None:
        return SunJudged(genuine=bool(proof.mac[0] % 2), replayed=not proof.mac[1], uid=uid or bytes(7))


_KINDS = cards.Kinds(
    classic=classic.Settings(block=4),
    ndef=ndef.Settings(uri="https://shop.example/c/"),
    memory=memory_card.Settings(address=32, length=12),
    sun=sun.Settings(),
    desfire=desfire.Settings(application="F48E10", number=desfire.NumberFile(file=1, length=12)),
    cpu=cpu_card.Settings(application="4D45", file=21, length=20, external_key=1),
)
_ATRS = (
    bytes.fromhex("3B8F8001804F0CA000000306030001000000006A"),
    bytes.fromhex("3B8F8001804F0CA0000003060300030000000068"),
    bytes.fromhex("3B80800101"),
    bytes.fromhex("3B6500002063CB6800"),
    bytes.fromhex("3B0492231091"),
    bytes.fromhex("3B0492132091"),
)


def conversations(data: bytes) -> None:
    """The card's answers are what the fuzzer says: each behind its length."""
    if not data:
        return
    known = Anybody(keys=bool(data[0] & 8))
    talk = cards.presented(
        _ATRS[data[0] % len(_ATRS)],
        _KINDS,
        cards.Known(keys=known, seen=known, prover=known, fresh=bytes(16)),
    )
    said = _answers(data[1:])
    if data[0] & 16:
        talk = by_t0(talk)
    try:
        command = next(talk)
        for _ in range(_COMMANDS_MAX):
            assert len(command) in _APDU_BYTES
            command = talk.send(next(said, b"\x6a\x82"))
    except (StopIteration, *_FAULTS):
        return
    raise AssertionError("it never ends")


def sam_answers(data: bytes) -> None:
    """The SAM says what the fuzzer says; the first byte which of its conversations is had, and by T=0."""
    if not data:
        return
    talks: tuple[Callable[[], Conversation[object]], ...] = (
        lambda: sam.begins("A0000001"),
        lambda: sam.proves(_SAM_KEY, bytes(7), bytes(16), bytes(16)),
        lambda: sam.judges(_SAM_KEY, bytes(7), bytes(32), bytes(16), bytes(16)),
        lambda: sam.judges_cpu(_SAM_KEY, "6200000000012345", bytes(8), bytes(8)),
        lambda: sam.judges_sun(_SAM_KEY, _SAM_KEY, Proof(picc=bytes(16), mac=bytes(8), over=b"")),
    )
    talk = talks[data[0] % len(talks)]()
    if data[0] & 128:
        talk = by_t0(talk)
    said = _answers(data[1:])
    try:
        command = next(talk)
        for _ in range(_COMMANDS_MAX):
            assert len(command) in _APDU_BYTES
            command = talk.send(next(said, b"\x6a\x82"))
    except (StopIteration, CardTorn, UnknownCard):
        return
    raise AssertionError("it never ends")


def _answers(data: bytes) -> Iterator[bytes]:
    """Behind a length below 128 come data and 9000; above, the status comes with them."""
    at = 0
    while at < len(data):
        size, well = data[at] & 0x7F, not data[at] & 0x80
        yield data[at + 1 : at + 1 + size] + (b"\x90\x00" if well else b"")
        at += 1 + size


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "tags": tags,
        "stripes": stripes,
        "stripe-bits": stripe_bits,
        "scan-lines": scan_lines,
        "keys": keys,
        "codes": codes,
        "labels": labels,
        "member-codes": member_codes,
        "ndef": ndef_records,
        "sun-urls": sun_urls,
        "answers-to-reset": answers_to_reset,
        "recordings": recordings,
        "printer-answers": printer_answers,
        "rewriter-answers": rewriter_answers,
        "bank-packets": bank_packets,
        "conversations": conversations,
        "sam-answers": sam_answers,
    }
)
ALL = "all"


def every(data: bytes) -> None:
    """The first byte says of which."""
    if data:
        list(TARGETS.values())[data[0] % len(TARGETS)](data[1:])


def mutant(data: bytes) -> None:
    """A codec that trusts a length."""
    if data[:1] == b"]" and data[1:2] == b"C" and data[2:3] > b"0":
        _ = data[3 + data[2]]


MUTANT = "mutant"


def target(name: str) -> Target:
    return {ALL: every, MUTANT: mutant}.get(name) or TARGETS[name]


SEEDS: Mapping[str, tuple[bytes, ...]] = MappingProxyType(
    {
        "tags": (b"\x00\x00\x05\x0262E3086CED08\x03", b"\x0a\x01\x053808980205 008,27885\r\n"),
        "stripes": (b"\x01\x07%MVIP^X?;7012345=0?+01?\r", b"\x03\x01;123?4\r"),
        "stripe-bits": (b"\x05\x1bs\x1b\x01\x00\x1b\x02\x03\x00\xd4\x7f\x1b\x03\x00?\x1c\x1b0",),
        "scan-lines": (b"\x03]6901234567892\r\n",),
        "keys": (b"\x01\x07\x01\x07\x00\x1c\x01",),
        "codes": (b"]C10106901234567892", b"MC-000123", b"JOIN:19000000301", b"6901234567892"),
        "labels": (b"010690123456789217271231310300125010AB\x1d2142",),
        "member-codes": (b"AEYDAMBQGEZDG" + b"A" * 104,),
        "ndef": (bytes.fromhex("D101055503782E79"), bytes.fromhex("D1010854027A6861626364")),
        "sun-urls": (
            b"https://t.example/?picc_data=" + b"A" * 32 + b"&enc=00&cmac=" + b"B" * 16,
            b"https://t.example/?picc_data=" + b"A" * 30 + b"  &enc=00&cmac=" + b"B" * 16,
        ),
        "answers-to-reset": _ATRS,
        "recordings": (
            (
                b'{"device":"x","driver":"y","settings":{"a":[1]},"masked":true}\n'
                b'{"at_ms":1,"what":"in","hex":"00ff"}\n'
            ),
        ),
        "printer-answers": (b"\x01\x12\x12\x12\x12\x00",),
        "bank-packets": (bytes.fromhex("1002060f001003") + b"\x3c\xf7", bytes.fromhex("1002800000 1003f51f")),
        "rewriter-answers": (b"\x03\x06\x02\x59\x20000000\x03\x7a",),
        "sam-answers": (b"\x81\x00\x10" + b"A" * 16 + b"\x21\x02" + b"B" * 32,),
        "conversations": (b"\x02\x07\x04\xa1\xb2\xc3\xd4\xe5\xf6", b"\x0b\x00\x00\x08AAAAAAAA\x00"),
    }
)
"""Where it begins."""
