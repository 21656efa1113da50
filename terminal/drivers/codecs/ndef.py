"""What an Ultralight or NTAG holds for telephones (NFC Forum: NDEF 1.0, Type 2 Tag 1.0).

Anybody can write such a tag: all of it is hostile until parsed, and what it says is `open`.
"""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from terminal.core.errors import UnknownCard
from terminal.core.trust import Credential, Medium
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import NOT_FOUND, OK, Conversation, heard, text_number
from terminal.drivers.codecs.uid import known_by, still

_READ = bytes.fromhex("FFB000")
_PAGES, _PAGE_BYTES = 4, 4
"""READ BINARY answers four pages at once (PC/SC part 3, section 3.2.2.1.8)."""
_CAPABILITY_PAGE, _FIRST_PAGE = 3, 4
_MAGIC = 0xE1
_UNIT_BYTES = 8
MESSAGE_BYTES_MAX: Final = 888
"""The largest of them, an NTAG 216."""
RECORDS_MAX: Final = 16
_NULL, _MESSAGE, _END = 0x00, 0x03, 0xFE
"""Tags of TLV blocks; others (lock and memory control) are passed over."""
_LONG = 0xFF
_WELL_KNOWN = 1
_SHORT, _ID_THERE, _CHUNKED = 0x10, 0x08, 0x20
_LAST = 0x40
_UTF16, _LANGUAGE = 0x80, 0x3F
_PREFIXES = (
    "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:",
    "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://", "ftp://", "dav://",
    "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:", "sips:", "tftp:", "btspp://", "btl2cap://",
    "btgoep://", "tcpobex://", "irdaobex://", "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:",
    "urn:epc:raw:", "urn:epc:", "urn:nfc:",
)  # fmt: skip
"""NFC Forum URI Record Type Definition 1.0, table 3."""


class Settings(Value, frozen=True, kw_only=True):
    """`ndef`: which record is the number."""

    uri: Annotated[str, Meta(max_length=128)] = ""
    """What stands in front of the number in a URI record, such as `https://shop.example/c/`. Empty: the
    number is the first text record."""


class Record(Value, frozen=True, kw_only=True):
    """A text or a URI; other records are passed over."""

    is_uri: bool
    text: str


class _Cut(Exception):
    """It ends before it should."""


def presented(uid: bytes, settings: Settings) -> Conversation[Credential]:
    """By the number in its record; by its UID where it has none.

    Raises CardTorn, UnknownCard, CardSwapped.
    """
    message = yield from _message()
    if message is None:
        return known_by(uid)
    yield from still(uid)
    number = numbered(records(message), settings)
    return known_by(uid) if number is None else Credential(medium=Medium.NDEF, number=number)


def numbered(found: list[Record], settings: Settings) -> str | None:
    """None: none of them is the shop's. Raises UnknownCard: one is, and holds no number."""
    for record in found:
        if record.is_uri == bool(settings.uri) and record.text.startswith(settings.uri):
            return text_number(record.text.removeprefix(settings.uri), "its record")
    return None


def records(message: bytes) -> list[Record]:
    """The texts and URIs of a message, in its order. Raises UnknownCard: it breaks off or is too long."""
    found: list[Record] = []
    at = 0
    try:
        for _ in range(RECORDS_MAX):
            if at >= len(message):
                break
            at, last, record = _record(message, at)
            if record:
                found.append(record)
            if last:
                break
    except (_Cut, UnicodeDecodeError):
        raise UnknownCard("its NDEF message is broken") from None
    return found


def _record(message: bytes, at: int) -> tuple[int, bool, Record | None]:
    """Where the next one begins, whether there is none, and what this one says."""
    flags, type_size = _taken(message, at, 2)
    at += 2
    size_bytes = 1 if flags & _SHORT else 4
    size = int.from_bytes(_taken(message, at, size_bytes), "big")
    at += size_bytes
    id_size = _taken(message, at, 1)[0] if flags & _ID_THERE else 0
    at += bool(flags & _ID_THERE)
    kind = _taken(message, at, type_size)
    payload = _taken(message, at + type_size + id_size, size)
    at += type_size + id_size + size
    said = None
    if flags & 0x7 == _WELL_KNOWN and not flags & _CHUNKED and payload:
        said = _text(payload) if kind == b"T" else _uri(payload) if kind == b"U" else None
    return at, bool(flags & _LAST), said


def _text(payload: bytes) -> Record:
    status = payload[0]
    text = payload[1 + (status & _LANGUAGE) :]
    return Record(is_uri=False, text=text.decode("utf-16" if status & _UTF16 else "utf-8"))


def _uri(payload: bytes) -> Record:
    prefix = _PREFIXES[payload[0]] if payload[0] < len(_PREFIXES) else ""
    return Record(is_uri=True, text=prefix + payload[1:].decode())


def _taken(data: bytes, at: int, size: int) -> bytes:
    found = data[at : at + size]
    if len(found) != size:
        raise _Cut
    return found


def _message() -> Conversation[bytes | None]:
    """The first NDEF message of a Type 2 tag, or None."""
    memory = _Memory()
    capability = yield from memory.taken(0, _PAGE_BYTES)
    if capability is None or capability[0] != _MAGIC:
        return None
    room = min(capability[2] * _UNIT_BYTES, MESSAGE_BYTES_MAX) + _PAGE_BYTES
    at = _PAGE_BYTES
    while at < room:
        kind = yield from memory.needed(at, 1)
        at += 1
        if kind[0] == _NULL:
            continue
        if kind[0] == _END:
            return None
        size = (yield from memory.needed(at, 1))[0]
        at += 1
        if size == _LONG:
            size = int.from_bytes((yield from memory.needed(at, 2)), "big")
            at += 2
        if at + size > room:
            break
        if kind[0] == _MESSAGE:
            return (yield from memory.needed(at, size)) or None
        at += size
    raise UnknownCard("its NDEF message is broken")


class _Memory:
    """The tag from its capability container on, read as far as somebody looks."""

    def __init__(self) -> None:
        self._read = bytearray()

    def taken(self, at: int, size: int) -> Conversation[bytes | None]:
        """None: this card cannot be read so."""
        while len(self._read) < at + size:
            page = _CAPABILITY_PAGE + len(self._read) // _PAGE_BYTES
            data, status = heard((yield _READ + bytes([page, _PAGES * _PAGE_BYTES])))
            if status in NOT_FOUND:
                return None
            if status != OK or not data or len(data) % _PAGE_BYTES:
                raise UnknownCard(f"page {page}: it answered {len(data)} bytes and {status:04x}")
            self._read += data
        return bytes(self._read[at : at + size])

    def needed(self, at: int, size: int) -> Conversation[bytes]:
        found = yield from self.taken(at, size)
        if found is None:
            raise UnknownCard("its NDEF message is broken")
        return found
