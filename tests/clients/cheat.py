"""`python cheat.py URL MERCHANT CODE1 CODE2 FOREIGN_MERCHANT FOREIGN_CODE`: cheats in every way it can.

Waits for a line on its input after the first half: then its first machine has been shut out. Prints how each
attempt ended, as JSON.
"""

from __future__ import annotations

import json
import ssl
import sys
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from day import opened, recharged
from machine import Journal, Machine, Refused


def ended(attempt: Callable[[], Any]) -> str:
    try:
        told = attempt()
    except Refused as refused:
        return str(refused)
    except (ssl.SSLError, OSError, HTTPException):
        return "hung up"
    return str(told["type"] if isinstance(told, dict) else told)


class Cheat:
    def __init__(self, first: Machine, second: Machine, foreign: Machine) -> None:
        self.first, self.second, self.foreign = first, second, foreign
        self.here = Journal(first)
        opened(self.here)
        for _ in range(3):
            recharged(self.here, 100_00)
        self.here.forward()

    def posted(self, machine: Machine, question: dict[str, Any], **how: Any) -> dict[str, Any]:
        return machine.post("/v1/push", json.dumps(question).encode(), **how)[0]

    def fresh(self) -> dict[str, Any]:
        """A push that would be taken."""
        recharged(self.here, 1)
        self.here.hello()
        return self.here.push_question(self.here.acked, 1)

    def replay(self) -> str:
        """The same bytes, with the same signature, once more."""
        question = self.fresh()
        first = ended(lambda: self.posted(self.first, question))
        return f"{first}, {ended(lambda: self.posted(self.first, question))}"

    def other_sites_key(self) -> str:
        body = json.dumps(self.fresh()).encode()
        signature = self.second.signature("/v1/push", body)
        return ended(lambda: self.first.post("/v1/push", body, signature=signature))

    def unsigned(self) -> str:
        question = self.fresh()
        return ended(lambda: self.posted(self.first, question, signature=""))

    def signed_for_another_call(self) -> str:
        body = json.dumps(self.fresh()).encode()
        signature = self.first.signature("/v1/hello", body)
        return ended(lambda: self.first.post("/v1/push", body, signature=signature))

    def altered_after_signing(self) -> str:
        body = json.dumps(self.fresh()).encode()
        signature = self.first.signature("/v1/push", body)
        return ended(lambda: self.first.post("/v1/push", body + b" ", signature=signature))

    def altered_body(self) -> str:
        """One entry says more than was sold, its hash left as it was."""
        question = self.fresh()
        richer = self.here.bodies[-1].replace(b'"principal":1,', b'"principal":9,')
        return ended(lambda: self.posted(self.first, {**question, "bodies": [b64encode(richer).decode()]}))

    def altered_history(self) -> str:
        """What was acknowledged long ago, told another way with hashes that fit."""
        other = Journal(self.first)
        other.hello()
        opened(other)
        for _ in range(self.here.acked):
            recharged(other, 100_00)
        return ended(lambda: self.posted(self.first, other.push_question(0, 200)))

    def older_epoch(self) -> str:
        """The fork above has asked for a new one."""
        question = self.fresh()
        return ended(lambda: self.posted(self.first, question))

    def older_hq_epoch(self) -> str:
        question = self.fresh()
        return ended(lambda: self.posted(self.first, {**question, "hq_epoch": 0}))

    def for_another_site(self) -> str:
        return ended(lambda: self.first.ask("/v1/hello", {**self.first.who(), "site": "S2"}))

    def for_another_merchant(self) -> str:
        return ended(lambda: self.foreign.ask("/v1/hello", self.first.who()))

    def another_machine(self) -> str:
        return ended(lambda: self.first.ask("/v1/hello", {**self.first.who(), "instance": "mine"}))

    def without_certificate(self) -> str:
        context = ssl.create_default_context(cadata=self.first.authority)
        return self._by(context)

    def made_certificate(self) -> str:
        """The right names, by an authority of our own."""
        key = ec.generate_private_key(ec.SECP256R1())
        real = x509.load_pem_x509_certificate(self.first.certificate.encode())
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(real.subject).issuer_name(real.issuer)
        builder = builder.public_key(key.public_key()).serial_number(real.serial_number)
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        forged = Machine(f"https://{self.first.host}:{self.first.port}", self.first.merchant, "S1", "T1")
        forged.tls_key, forged.authority = key, self.first.authority
        forged.certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
        return self._by(forged.tls())

    def _by(self, context: ssl.SSLContext) -> str:
        self.first.hang_up()
        body = json.dumps(self.first.who()).encode()
        try:
            return ended(lambda: self.first.post("/v1/hello", body, tls=context))
        finally:
            self.first.hang_up()

    def shut_out(self) -> str:
        """On the connection that was good before."""
        return ended(lambda: self.first.ask("/v1/hello", self.first.who()))

    def shut_out_renewing(self) -> str:
        return ended(self.first.renew)


def reused(url: str, merchant: str, code: str) -> str:
    return ended(lambda: Machine(url, merchant, "S1", "T1").enrol(code))


def guessed(url: str, merchant: str, code: str) -> str:
    number, _, key_print = code.split("-")
    return ended(lambda: Machine(url, merchant, "S1", "T1").enrol(f"{number}-{'A' * 24}-{key_print}"))


ATTEMPTS = (
    "replay",
    "other_sites_key",
    "unsigned",
    "signed_for_another_call",
    "altered_after_signing",
    "altered_body",
    "older_hq_epoch",
    "for_another_site",
    "for_another_merchant",
    "another_machine",
    "without_certificate",
    "made_certificate",
    "altered_history",
    "older_epoch",
)


def main(url: str, merchant: str, first_code: str, second_code: str, other: str, other_code: str) -> None:  # noqa: PLR0917
    machines = (
        Machine(url, merchant, "S1", "T1"),
        Machine(url, merchant, "S2", "T1"),
        Machine(url, other, "S1", "T1"),
    )
    for machine, code in zip(machines, (first_code, second_code, other_code), strict=True):
        machine.enrol(code)
    cheat = Cheat(*machines)
    found = {name: getattr(cheat, name)() for name in ATTEMPTS}
    found["reused_code"] = reused(url, merchant, first_code)
    found["guessed_code"] = guessed(url, merchant, second_code)
    assert cheat.shut_out() == "welcome"
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    found["shut_out"], found["shut_out_renewing"] = cheat.shut_out(), cheat.shut_out_renewing()
    print(json.dumps(found), flush=True)  # noqa: T201
    for machine in machines:
        machine.hang_up()


if __name__ == "__main__":
    main(*sys.argv[1:])
