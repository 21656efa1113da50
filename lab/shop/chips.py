"""The chip cards of this shop, and the keys that its issuer diversified for them. All of it is invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hq.masters import MASTERS_FILE, Master, MasterUse, keep
from lab.shop.setting import MERCHANT, GivenCard
from terminal.core.aes import diversified
from terminal.core.chips import KeyUse
from terminal.core.money import Fen, shown
from terminal.core.trust import Credential, Medium
from terminal.drivers.virtual.proving_cards import VirtualCpuCard, VirtualDesfire, VirtualNtag424
from terminal.drivers.virtual.storage_cards import (
    VirtualClassic,
    VirtualMemoryCard,
    VirtualNtag,
    ndef,
    uri_record,
)
from terminal.drivers.virtual.vpcd_card import Card, VirtualCard
from terminal.store.chips import ChipFiles, ChipKey

_MASTER = bytes.fromhex("5A17ED0C0FFEE0000000000000C0FFEE")
"""The issuer's. Headquarters is given it, and no terminal."""
_SECTOR_KEY = bytes.fromhex("A0B1C2D3E4F5")
_META_KEY = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
_APPLICATION, _FOLDER = "F48E10", "4D454D424552"
_SILVER, _BLACK, _VISITOR = "04D35F1E000001", "04424DA0000001", "04D35F1E000002"
_BLACK_VISITOR = "04424DA0000002"
_AT_HEADQUARTERS = Master(merchant=MERCHANT, application=_APPLICATION, system=MERCHANT, key=_MASTER)
_SUN_AT_HEADQUARTERS = Master(merchant=MERCHANT, use=MasterUse.SUN, system=MERCHANT, key=_MASTER)
_CPU_AT_HEADQUARTERS = Master(merchant=MERCHANT, use=MasterUse.CPU, application=_FOLDER, key=_MASTER)
_MASTERS = (
    _AT_HEADQUARTERS,
    _SUN_AT_HEADQUARTERS,
    _CPU_AT_HEADQUARTERS,
    Master(merchant=MERCHANT, use=MasterUse.SUN_META, key=_META_KEY),
)
_CPU_NUMBER, _CPU_VISITOR = "6200000000012345", "6200000000098765"
_LINK = "https://shop.example/c/"

KINDS = f"""
[device.chip.classic]
block = 4

[device.chip.ndef]
uri = "{_LINK}"

[device.chip.memory]
address = 32
length = 12

[device.chip.sun]

[device.chip.desfire]
application = "{_APPLICATION}"

[device.chip.cpu]
application = "{_FOLDER}"
file = 21
length = 20
"""
"""What the reader is told of them."""


def _own(use: KeyUse, card: str) -> bytes:
    return diversified(_MASTER, f"{use}:{card}".encode()[:31])


def _chip(name: str, label: str, medium: Medium, number: str, principal: int) -> GivenCard:
    note = f"holds {shown(Fen(principal))}"
    credential = Credential(medium=medium, number=number)
    return GivenCard(id=name, label=label, note=note, credential=credential, principal=principal)


CHIPS = (
    _chip("green", "Green card, contactless IC", Medium.UID, "04A1B2C3D4E5F6", 200_00),
    _chip("grey", "Grey card, number in a MIFARE Classic", Medium.SECTOR, "GY-00042", 60_00),
    _chip("sticker", "Sticker, NFC tag with a link", Medium.NDEF, "ST7042", 70_00),
    _chip("gold", "Gold card with contacts, memory chip", Medium.MEMORY, "GD0000000042", 80_00),
    _chip("black", "Black card that signs (NTAG 424)", Medium.UID, _BLACK, 90_00),
    _chip("silver", "Silver card that proves itself (DESFire)", Medium.UID, _SILVER, 300_00),
    GivenCard(
        id="copy",
        label="Copy of the silver card",
        note="shows its number, has not its key",
        credential=Credential(medium=Medium.UID, number=_SILVER),
        known=False,
    ),
    _chip("visitor", "Silver card of another shop of ours", Medium.UID, _VISITOR, 120_00),
    _chip("black-visitor", "Black card of another shop of ours", Medium.UID, _BLACK_VISITOR, 130_00),
    _chip("red-visitor", "Red card of another shop of ours", Medium.CPU, _CPU_VISITOR, 140_00),
    _chip("red", "Red card with contacts that proves itself", Medium.CPU, _CPU_NUMBER, 110_00),
)
"""What lies on the bench beside the 125 kHz cards."""

_MADE: Mapping[str, Callable[[], Card]] = MappingProxyType(
    {
        "green": lambda: VirtualCard(uid=bytes.fromhex("04A1B2C3D4E5F6")),
        "grey": lambda: VirtualClassic(
            bytes.fromhex("3E5A7710"), key=_SECTOR_KEY, blocks={4: b"GY-00042".ljust(16, b"\0")}
        ),
        "sticker": lambda: VirtualNtag(
            bytes.fromhex("04517C40000001"), content=ndef(uri_record(f"{_LINK}ST7042"))
        ),
        "gold": lambda: VirtualMemoryCard(bytes(28) + b"GD0000000042"),
        "black": lambda: VirtualNtag424(
            bytes.fromhex(_BLACK),
            meta_key=_META_KEY,
            mac_key=_own(KeyUse.SUN, _BLACK),
            url="https://shop.example/t",
        ),
        "silver": lambda: VirtualDesfire(
            bytes.fromhex(_SILVER), key=_own(KeyUse.DESFIRE, _SILVER), application=_APPLICATION
        ),
        "copy": lambda: VirtualDesfire(bytes.fromhex(_SILVER), key=bytes(16), application=_APPLICATION),
        "visitor": lambda: VirtualDesfire(
            bytes.fromhex(_VISITOR),
            key=_AT_HEADQUARTERS.of(bytes.fromhex(_VISITOR)),
            application=_APPLICATION,
        ),
        "black-visitor": lambda: VirtualNtag424(
            bytes.fromhex(_BLACK_VISITOR),
            meta_key=_META_KEY,
            mac_key=_SUN_AT_HEADQUARTERS.of(bytes.fromhex(_BLACK_VISITOR)),
            url="https://shop.example/t",
        ),
        "red-visitor": lambda: VirtualCpuCard(number=_CPU_VISITOR, key=_visitors_key(), application=_FOLDER),
        "red": lambda: VirtualCpuCard(
            number=_CPU_NUMBER, key=_own(KeyUse.CPU, _CPU_NUMBER), application=_FOLDER
        ),
    }
)


def _visitors_key() -> bytes:
    key = _CPU_AT_HEADQUARTERS.of_number(_CPU_VISITOR)
    assert key is not None  # noqa: S101  it has 16 digits
    return key


def made() -> dict[str, Card]:
    """Fresh from the bureau, by their ids on the bench; a card that counts goes on counting."""
    return {name: make() for name, make in _MADE.items()}


def hand_over_keys(ledger: Path) -> None:
    """What the issuer gives the site. Counters begin again with the cards."""
    ledger.with_suffix(".seen").unlink(missing_ok=True)
    keys = [
        ChipKey(use=KeyUse.SECTOR, card="", key=_SECTOR_KEY),
        ChipKey(use=KeyUse.SUN_META, card="", key=_META_KEY),
        *(
            ChipKey(use=use, card=card, key=_own(use, card))
            for use, card in ((KeyUse.SUN, _BLACK), (KeyUse.DESFIRE, _SILVER), (KeyUse.CPU, _CPU_NUMBER))
        ),
    ]
    ChipFiles(ledger).put(keys)


def give_master_key(headquarters: Path) -> None:
    """For cards whose keys are at no site, or at another one."""
    for master in _MASTERS:
        keep(headquarters / MASTERS_FILE, master)
