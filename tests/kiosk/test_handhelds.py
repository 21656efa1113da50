"""Certificates for handhelds: what is made, who is known, and who is not any more."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from terminal.core.values import SiteId
from terminal.kiosk.handhelds import (
    HANDHELDS_MAX,
    LIFE,
    Handhelds,
    Made,
    NotEnrolled,
    beside,
    fingerprint_of,
)

NOW_MS = 1_764_000_000_000


@pytest.fixture
def handhelds(tmp_path: Path) -> Handhelds:
    return beside(tmp_path / "ledger.db")


def enrolled(handhelds: Handhelds, name: str, serial: int = 7) -> Made:
    return handhelds.enrol(name, SiteId("S1"), "secret", serial=serial, now_ms=NOW_MS)


def test_what_goes_to_a_handheld_opens_with_its_passphrase_alone(handhelds: Handhelds) -> None:
    made = enrolled(handhelds, "till-2")
    with pytest.raises(ValueError, match=r"[Pp]assword"):
        load_pkcs12(made.p12, b"other")
    opened = load_pkcs12(made.p12, b"secret")
    assert opened.cert is not None
    assert opened.key is not None
    certificate = opened.cert.certificate
    assert opened.cert.friendly_name == b"till-2"
    assert opened.key.public_key() == certificate.public_key()  # type: ignore[union-attr]  P-256, as was made
    assert fingerprint_of(certificate.public_bytes(Encoding.DER)) == made.fingerprint
    (above,) = opened.additional_certs
    assert above.certificate.fingerprint(SHA256()).hex() == made.authority
    certificate.verify_directly_issued_by(above.certificate)
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "till-2"
    use = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(use) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    now = datetime.fromtimestamp(NOW_MS // 1000, UTC)
    assert certificate.not_valid_after_utc == now + LIFE
    assert certificate.not_valid_before_utc == now - timedelta(days=1)
    assert made.until_ms == NOW_MS + LIFE // timedelta(milliseconds=1)


def test_who_is_enrolled_is_known_by_fingerprint_until_revoked(handhelds: Handhelds, tmp_path: Path) -> None:
    assert handhelds.enrolled() == {}
    one, other = enrolled(handhelds, "a"), enrolled(handhelds, "b")
    assert handhelds.enrolled() == {one.fingerprint: "a", other.fingerprint: "b"}
    assert one.authority == other.authority
    assert handhelds.revoke("a")
    assert not handhelds.revoke("a")
    assert not handhelds.revoke("nobody")
    assert beside(tmp_path / "ledger.db").enrolled() == {other.fingerprint: "b"}
    again = enrolled(handhelds, "a")
    assert again.fingerprint != one.fingerprint
    assert handhelds.enrolled() == {again.fingerprint: "a", other.fingerprint: "b"}


def test_one_that_has_ended_leaves_its_name_and_its_place(handhelds: Handhelds, tmp_path: Path) -> None:
    life_ms = LIFE // timedelta(milliseconds=1)
    first = enrolled(handhelds, "a")
    assert handhelds.until() == {"a": NOW_MS + life_ms}
    for number in range(HANDHELDS_MAX - 1):
        enrolled(handhelds, f"till-{number}")
    with pytest.raises(NotEnrolled, match="already"):
        enrolled(handhelds, "b")
    later = NOW_MS + life_ms
    with pytest.raises(NotEnrolled, match="revoke it first"):
        handhelds.enrol("a", SiteId("S1"), "secret", serial=9, now_ms=later - 1)
    again = handhelds.enrol("a", SiteId("S1"), "secret", serial=9, now_ms=later)
    handhelds.enrol("b", SiteId("S1"), "secret", serial=11, now_ms=later)
    names = handhelds.enrolled()
    assert first.fingerprint not in names
    assert names[again.fingerprint] == "a"
    assert len(names) == HANDHELDS_MAX + 1, "who has another name keeps their file"
    (tmp_path / "ledger.handhelds" / f"spoilt.{'0' * 64}").write_text("none")
    assert handhelds.until()["spoilt"] == 0


def test_a_name_that_is_taken_is_not_given_twice(handhelds: Handhelds) -> None:
    made = enrolled(handhelds, "a")
    with pytest.raises(NotEnrolled, match="revoke it first"):
        enrolled(handhelds, "a")
    assert handhelds.enrolled() == {made.fingerprint: "a"}


@pytest.mark.parametrize("name", ["", "x" * 33, "../a", "a.b", "a b", "王", "a\n", "authority.key"])
def test_what_is_no_name_makes_nothing(handhelds: Handhelds, tmp_path: Path, name: str) -> None:
    with pytest.raises(NotEnrolled, match="1 to 32"):
        enrolled(handhelds, name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x", "x" * 32, "Handheld_2-b"])
def test_a_name_may_be(handhelds: Handhelds, name: str) -> None:
    enrolled(handhelds, name)
    assert list(handhelds.enrolled().values()) == [name]


def test_there_are_only_so_many(handhelds: Handhelds, tmp_path: Path) -> None:
    (tmp_path / "ledger.handhelds").mkdir()
    for number in range(HANDHELDS_MAX):
        enrolled(handhelds, f"h{number}")
    with pytest.raises(NotEnrolled, match="revoke one first"):
        enrolled(handhelds, "more")


def test_what_lies_there_else_is_nobody(handhelds: Handhelds, tmp_path: Path) -> None:
    handhelds.authority(serial=7, now_ms=NOW_MS)
    folder = tmp_path / "ledger.handhelds"
    for name in ("a.", f"a.{'0' * 63}", f"a.{'G' * 64}", f"a.{'0' * 64}-new", f".{'0' * 64}"):
        (folder / name).touch()
    assert handhelds.enrolled() == {}


def test_keys_are_for_their_owner_alone_and_stay(handhelds: Handhelds, tmp_path: Path) -> None:
    first = handhelds.authority(serial=7, now_ms=NOW_MS).pem
    folder = tmp_path / "ledger.handhelds"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "authority.key": 0o600,
        "authority.pem": 0o600,
    }
    assert handhelds.authority(serial=8, now_ms=NOW_MS + 1).pem == first


def test_keys_of_another_are_not_used(handhelds: Handhelds, tmp_path: Path) -> None:
    other = beside(tmp_path / "other.db")
    for one in (handhelds, other):
        one.authority(serial=7, now_ms=NOW_MS)
    (tmp_path / "other.handhelds/authority.pem").replace(tmp_path / "ledger.handhelds/authority.pem")
    with pytest.raises(ValueError, match=r"authority\.pem: not the certificate"):
        enrolled(handhelds, "a")
