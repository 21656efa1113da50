"""The way to headquarters step by step, over real sockets."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from terminal.maintenance.network import dates, steps

SINCE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
UNTIL = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
NOW_S = dt.datetime(2026, 11, 27, 14, 5, tzinfo=dt.UTC).timestamp()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """A certificate in DER, and the same with its key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hq")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(SINCE)
        .not_valid_after(UNTIL)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path_factory.mktemp("hq") / "hq.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return made.public_bytes(serialization.Encoding.DER), pem


@contextmanager
def listening(pem: Path | None) -> Iterator[int]:
    """One caller is answered: by TLS, or by hanging up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                line, _ = server.accept()
                with line:
                    if pem is not None:
                        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                        context.load_cert_chain(pem)
                        with context.wrap_socket(line, server_side=True) as talk:
                            talk.recv(1)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_each_step_is_told_down_to_the_dates(shown: tuple[bytes, Path]) -> None:
    with listening(shown[1]) as port:
        found = list(steps(f"https://127.0.0.1:{port}/api", now_s=NOW_S))
    assert [well for well, _ in found] == [True] * 4
    lines = [line for _, line in found]
    assert lines[0] == "name 127.0.0.1: 127.0.0.1"
    assert lines[1].startswith(f"port {port}: open after ")
    assert lines[2].startswith("TLS: TLSv1.")
    assert lines[3] == "headquarters' certificate: 2026-11-01 to 2027-02-01, 65 days left; by CN=hq"


def test_plain_http_ends_where_the_port_is_open() -> None:
    with listening(None) as port:
        assert [well for well, _ in steps(f"http://127.0.0.1:{port}", now_s=NOW_S)] == [True, True]


def test_who_hangs_up_speaks_no_tls() -> None:
    with listening(None) as port:
        found = list(steps(f"https://127.0.0.1:{port}", now_s=NOW_S))
    assert [well for well, _ in found] == [True, True, False]
    assert found[2][1].startswith("TLS: ")


def test_a_port_where_nobody_listens_is_the_last_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    found = list(steps(f"https://127.0.0.1:{port}", now_s=NOW_S))
    assert found[1:] == [(False, f"port {port}: Connection refused")]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70])
def test_a_name_that_nobody_knows_is_the_last_step(host: str) -> None:
    found = list(steps(f"https://{host}", now_s=NOW_S))
    assert [well for well, _ in found] == [False]
    assert found[0][1].startswith(f"name {host}: ")


@pytest.mark.parametrize(
    ("now", "well", "told"),
    [
        (SINCE, True, "92 days left"),
        (SINCE - dt.timedelta(seconds=1), False, "NOT YET GOOD: is the clock right?"),
        (UNTIL - dt.timedelta(seconds=1), True, "0 days left"),
        (UNTIL, False, "OVER"),
    ],
)
def test_a_certificate_is_good_from_its_first_to_its_last_second(
    shown: tuple[bytes, Path], now: dt.datetime, told: str, *, well: bool
) -> None:
    assert dates("it", shown[0], now_s=now.timestamp()) == (
        well,
        f"it: 2026-11-01 to 2027-02-01, {told}; by CN=hq",
    )
