"""A terminal's side of `docs/protocol.md`, by the standard library and `cryptography` alone.

It shares nothing with the product but that document and the vectors: what it does is what another language
would have to do.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import ssl
import tempfile
import time
import urllib.parse
from base64 import b32decode, b64decode, b64encode
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

UNSIGNED = {"/v1/ask", "/v1/blob"}
ENTRIES_MAX = 200
TIME_S = 60


class Refused(Exception):
    """Headquarters answered with a problem."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class NotHeadquarters(Exception):
    """The answer is not signed for the question."""


def uuid7() -> str:
    number = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | 2 << 62
    number |= int.from_bytes(os.urandom(9), "big") & ((1 << 62) - 1)
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def canonical(value: object) -> bytes:
    """RFC 8785, for keys in ASCII and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Machine:
    def __init__(self, url: str, merchant: str, site: str, terminal: str) -> None:
        where = urllib.parse.urlsplit(url)
        self.host, self.port = str(where.hostname), int(where.port or 443)
        self.merchant, self.site, self.terminal = merchant, site, terminal
        self.instance = os.urandom(8).hex()
        self.site_key = Ed25519PrivateKey.generate()
        self.box_key = X25519PrivateKey.generate()
        self.hq_key = b""
        self.hq_box_key = b""
        self.token_key = b""
        self.authority = ""
        self.certificate = ""
        self.tls_key = ec.generate_private_key(ec.SECP256R1())
        self.line: http.client.HTTPSConnection | None = None

    # Enrolling

    def request(self) -> str:
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        return builder.sign(self.tls_key, SHA256()).public_bytes(Encoding.PEM).decode()

    def enrol_question(self, code: str) -> dict[str, Any]:
        number, secret, _ = code.split("-")
        asked: dict[str, Any] = {
            "merchant": self.merchant,
            "site": self.site,
            "instance": self.instance,
            "terminal": self.terminal,
            "code": number,
            "site_key": self.site_key.public_key().public_bytes_raw().hex(),
            "box_key": self.box_key.public_key().public_bytes_raw().hex(),
            "request": self.request(),
            "token_key": "",
        }
        names = ("code", "merchant", "site", "terminal", "instance", "site_key", "box_key", "request")
        proof = "\n".join(["card-terminal enrol 1", *(asked[name] for name in names)])
        asked["mac"] = hmac.digest(b32decode(secret), proof.encode(), "sha256").hex()
        return asked

    def enrol(self, code: str) -> None:
        body = json.dumps(self.enrol_question(code)).encode()
        told, signature, data = self.post("/v1/enrol", body, tls=anybody())
        key = bytes.fromhex(told["hq_key"])
        if hashlib.sha256(key).digest()[:10] != b32decode(code.split("-")[2]):
            raise NotHeadquarters("another key than the code names")
        self.check(key, "/v1/enrol", body, data, signature)
        self.hq_key, self.hq_box_key = key, bytes.fromhex(told["hq_box_key"])
        self.authority, self.certificate = told["authority"], told["certificate"]
        about = f"card-terminal token key 1\n{self.merchant}\n{self.site}".encode()
        self.token_key = self.opened(b64decode(told["token_key"]), about)
        self.hang_up()

    def renew(self) -> None:
        fresh = ec.generate_private_key(ec.SECP256R1())
        before, self.tls_key = self.tls_key, fresh
        asked = {**self.who(), "request": self.request()}
        self.tls_key = before
        told = self.ask("/v1/renew", asked)
        self.tls_key, self.certificate = fresh, told["certificate"]
        self.hang_up()

    # Asking

    def who(self) -> dict[str, Any]:
        return {"merchant": self.merchant, "site": self.site, "instance": self.instance}

    def ask(self, path: str, question: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps(question).encode()
        told, signature, data = self.post(path, body)
        if path not in UNSIGNED:
            self.check(self.hq_key, path, body, data, signature)
        return told

    def post(
        self, path: str, body: bytes, *, tls: ssl.SSLContext | None = None, signature: str | None = None
    ) -> tuple[dict[str, Any], str, bytes]:
        """The answer read, its signature, and its bytes. Raises Refused."""
        if self.line is None:
            context = tls or self.tls()
            self.line = http.client.HTTPSConnection(self.host, self.port, context=context, timeout=TIME_S)
        headers = {"Content-Type": "application/json"}
        if path not in UNSIGNED:
            headers["CT-Signature"] = self.signature(path, body) if signature is None else signature
        self.line.request("POST", path, body, headers)
        answer = self.line.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise Refused(answer.status, json.loads(data)["code"])
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return (json.loads(data) if is_json else {}), answer.headers.get("CT-Signature", ""), data

    def signature(self, path: str, body: bytes) -> str:
        message = b"card-terminal request 1\n" + path.encode() + b"\n" + hashlib.sha256(body).digest()
        return b64encode(self.site_key.sign(message)).decode()

    def check(self, key: bytes, path: str, question: bytes, answer: bytes, signature: str) -> None:
        digests = hashlib.sha256(question).digest() + hashlib.sha256(answer).digest()
        message = b"card-terminal answer 1\n" + path.encode() + b"\n" + digests
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(b64decode(signature), message)
        except (InvalidSignature, ValueError) as fault:
            raise NotHeadquarters(path) from fault

    def tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        key = self.tls_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with tempfile.NamedTemporaryFile() as pem:
            pem.write(key + self.certificate.encode())
            pem.flush()
            context.load_cert_chain(pem.name)
        return context

    def hang_up(self) -> None:
        if self.line is not None:
            self.line.close()
            self.line = None

    # Boxes

    def opened(self, box: bytes, about: bytes) -> bytes:
        sender = box[:32]
        key = _agreed(self.box_key, sender, sender + self.box_key.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(bytes(12), box[32:], about)

    def sealed_to_headquarters(self, clear: bytes, about: bytes) -> bytes:
        once = X25519PrivateKey.generate()
        public = once.public_key().public_bytes_raw()
        key = _agreed(once, self.hq_box_key, public + self.hq_box_key)
        return public + AESGCM(key).encrypt(bytes(12), clear, about)

    def token(self, medium: str, number: str) -> str:
        return hmac.digest(self.token_key, f"{medium}:{number}".encode(), "sha256").hex()


def anybody() -> ssl.SSLContext:
    """Before the authority is known: the code's last part vouches for headquarters instead."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _agreed(mine: X25519PrivateKey, theirs: bytes, publics: bytes) -> bytes:
    shared = mine.exchange(X25519PublicKey.from_public_bytes(theirs))
    info = b"card-terminal box 1\n" + publics
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared)


class Journal:
    """The chain of a site, and what headquarters holds of it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.bodies: list[bytes] = []
        self.hashes = [bytes(32)]
        self.epoch, self.hq_epoch, self.acked, self.nonce = 1, 0, 0, ""
        self.fed = 0

    def book(self, kind: str, payload: dict[str, Any], **more: Any) -> str:
        """Whatever else the body has. Its id."""
        fact = more.pop("id", None) or uuid7()
        seq = len(self.bodies) + 1
        at = {
            "boot": "b1",
            "business_day": "2026-11-24",
            "clock": "network",
            "mono_ms": 1000 * seq,
            "operator": "ST-0301",
            "shift": "T1-1",
            "terminal": self.machine.terminal,
            "utc_offset_min": 480,
            "wall_ms": time.time_ns() // 1_000_000,
        }
        body = {
            "at": at,
            "epoch": self.epoch,
            "id": fact,
            "kind": kind,
            "payload": {**payload, "type": kind, "id": fact, "at": at},
            "postings": [],
            "receipt": "",
            "seq": seq,
            "site": self.machine.site,
            "v": 1,
            **more,
        }
        self.bodies.append(canonical(body))
        self.hashes.append(hashlib.sha256(self.hashes[-1] + self.bodies[-1]).digest())
        return str(fact)

    def hello(self) -> dict[str, Any]:
        told = self.machine.ask("/v1/hello", self.machine.who())
        self.hq_epoch, self.acked, self.nonce = told["hq_epoch"], told["acked"], told["nonce"]
        return told

    def push_question(self, start: int, count: int) -> dict[str, Any]:
        bodies = self.bodies[start : start + count]
        return {
            **self.machine.who(),
            "hq_epoch": self.hq_epoch,
            "epoch": self.epoch,
            "nonce": self.nonce,
            "start": start,
            "before": self.hashes[start].hex(),
            "bodies": [b64encode(body).decode() for body in bodies],
            "after": self.hashes[start + len(bodies)].hex(),
            "head_seq": len(self.bodies),
            "head_hash": self.hashes[-1].hex(),
        }

    def push(self, count: int = ENTRIES_MAX) -> dict[str, Any]:
        told = self.machine.ask("/v1/push", self.push_question(self.acked, count))
        if told["type"] == "ack":
            self.acked, self.nonce = told["acked"], told["nonce"]
        return told

    def forward(self, count: int = ENTRIES_MAX) -> None:
        """Until headquarters holds everything."""
        self.hello()
        while self.acked < len(self.bodies):
            told = self.push(count)
            if told["type"] != "ack":
                raise AssertionError(told)

    def feed(self, wait_ms: int = 0) -> list[dict[str, Any]]:
        asked = {**self.machine.who(), "hq_epoch": self.hq_epoch, "after": self.fed, "wait_ms": wait_ms}
        items: list[dict[str, Any]] = self.machine.ask("/v1/feed", asked)["items"]
        return items
