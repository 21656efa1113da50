"""NTAG 424 DNA: the URL that it makes anew at every reading (NXP AN12196, sections 3.2 to 3.4).

Its UID and a counter stand in it encrypted, with a MAC over both. That the counter is higher than the last
one makes a copied URL worthless, but not one that was read in advance: it is `signed`, not `secure`.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from terminal.core.aes import BLOCK_BYTES
from terminal.core.chips import CardKeys, CardProver, KeyUse, SeenCounters
from terminal.core.errors import CardNotGenuine, CardReplayed, UnknownCard
from terminal.core.hexes import hex_bytes
from terminal.core.sun import Proof, check, opened
from terminal.core.trust import Credential, Trust
from terminal.core.values import Value
from terminal.drivers.codecs.apdu import NOT_FOUND, Conversation, asked, heard, read
from terminal.drivers.codecs.ndef import records
from terminal.drivers.codecs.uid import is_random, known_by, still

SELECT_APPLICATION = bytes.fromhex("00A4040007D276000085010100")
"""The NDEF application of a Type 4 tag (NFC Forum Type 4 Tag 2.0)."""
SELECT_FILE = bytes.fromhex("00A4000C02E104")
_READ = bytes.fromhex("00B0")
_LENGTH_BYTES = 2
_CHUNK_BYTES = 128
_FILE_BYTES_MAX = 256
_SEEN_ELSEWHERE = "headquarters has seen its counter before"


class Settings(Value, frozen=True, kw_only=True):
    """`sun`: the parameters of the URL."""

    picc: Annotated[str, Meta(min_length=1, max_length=32)] = "picc_data"
    """Encrypted UID and counter."""
    mac: Annotated[str, Meta(min_length=1, max_length=32)] = "cmac"
    mac_from: Annotated[str, Meta(max_length=32)] = ""
    """The parameter whose value is the first that the MAC is over, where the tag was set to include more
    than UID and counter (SDMMACInputOffset)."""


def presented(
    uid: bytes, keys: CardKeys, seen: SeenCounters, prover: CardProver, settings: Settings
) -> Conversation[Credential | None]:
    """By its UID, `signed`; `open` where neither this site nor headquarters can check it now.

    With its keys here, the prover is only asked whether another site saw that counter: that it does not
    answer, has no key or takes the URL for wrong changes nothing.

    None: it is no such tag. Raises CardTorn, UnknownCard, CardSwapped; CardNotGenuine, CardReplayed: somebody
    has its keys, and the URL is not this card's, or was seen before.
    """
    if not (yield from _selected()):
        return None
    name = "" if is_random(uid) else uid.hex().upper()
    meta = keys.key(KeyUse.SUN_META, name) or keys.key(KeyUse.SUN_META, "")
    try:
        proof = proof_in((yield from _url()), settings)
        found, counter = opened(proof, meta) if meta else (b"", 0)
    except (UnknownCard, CardNotGenuine):
        if name and keys.key(KeyUse.SUN, name):
            raise
        return None  # Somebody else's URL: it is known by something else.
    yield from still(uid)
    if name and found and found != uid:
        raise CardNotGenuine("the UID in its URL is another card's")
    card = found.hex().upper()
    key = keys.key(KeyUse.SUN, card) if card else None
    if key is None:
        return _judged_elsewhere(uid, found, proof, seen, prover)
    check(proof, key, found, counter)
    known = _counted(found, counter, seen)
    # So that it counts once among all sites that are online: headquarters keeps what each of them saw.
    judged = prover.sun(b"" if is_random(uid) else uid, proof)
    if judged is not None and judged.replayed:
        raise CardReplayed(_SEEN_ELSEWHERE)
    return known


def _judged_elsewhere(
    uid: bytes, found: bytes, proof: Proof, seen: SeenCounters, prover: CardProver
) -> Credential:
    """By a SAM or headquarters, where its keys are not here; `found`: the UID in its URL, if it is known."""
    shown = b"" if is_random(uid) else uid
    judged = prover.sun(shown, proof)
    if judged is None:
        return known_by(found or uid)
    if judged.replayed:
        raise CardReplayed(_SEEN_ELSEWHERE)
    if not judged.genuine or judged.uid != (shown or judged.uid):
        raise CardNotGenuine("whoever has its key does not take its URL for this card's")
    if judged.counter is None:
        return known_by(judged.uid, Trust.SIGNED)
    return _counted(judged.uid, judged.counter, seen)


def _counted(found: bytes, counter: int, seen: SeenCounters) -> Credential:
    """Of a URL that is right. `open` where the counter cannot be remembered now. Raises CardReplayed."""
    rises = seen.rises(found.hex().upper(), counter)
    if rises is False:
        raise CardReplayed(f"its counter {counter} is not higher than the last seen")
    return known_by(found, Trust.SIGNED if rises else Trust.OPEN)


def proof_in(url: str, settings: Settings) -> Proof:
    """Raises UnknownCard: this is not such a URL."""
    query = url.partition("#")[0].partition("?")[2]
    try:
        picc = hex_bytes(_value(query, settings.picc, 2 * BLOCK_BYTES))
        mac = hex_bytes(_value(query, settings.mac, BLOCK_BYTES))
        over = ""
        if settings.mac_from:
            over = query[_value_at(query, settings.mac_from) : _value_at(query, settings.mac)]
        return Proof(picc=picc, mac=mac, over=over.encode("ascii"))
    except ValueError:
        raise UnknownCard("the URL on it has not the parameters that it should have") from None


def _value(query: str, name: str, size: int) -> str:
    """So many hex digits and no more. Raises ValueError."""
    value = query[_value_at(query, name) :].partition("&")[0]
    if len(value) != size:
        raise ValueError(f"{len(value)} characters instead of {size}")
    return value


def _value_at(query: str, name: str) -> int:
    """Where the value of that parameter begins. Raises ValueError."""
    return f"&{query}".index(f"&{name}=") + len(f"{name}=")


def _selected() -> Conversation[bool]:
    _, status = heard((yield SELECT_APPLICATION))
    if status in NOT_FOUND:
        return False
    _, status = heard((yield SELECT_FILE))
    return status not in NOT_FOUND


def _url() -> Conversation[str]:
    """Of the first URI record. Raises UnknownCard."""
    size = int.from_bytes((yield from read(_READ + bytes(2), _LENGTH_BYTES, "length of its file")), "big")
    if size > _FILE_BYTES_MAX - _LENGTH_BYTES:
        raise UnknownCard(f"a file of {size} bytes")
    message, at = bytearray(), _LENGTH_BYTES
    while len(message) < size:
        part = min(_CHUNK_BYTES, size - len(message))
        data = yield from asked(_READ + at.to_bytes(2, "big") + bytes([part]), "its file")
        if not data or len(data) > part:
            raise UnknownCard("its file breaks off")
        message += data
        at += len(data)
    for record in records(bytes(message)):
        if record.is_uri:
            return record.text
    raise UnknownCard("there is no URL on it")
