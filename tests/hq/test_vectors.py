"""The bytes in `docs/protocol.md` and `tests/vectors/protocol` are what both sides really say.

What the document says in words (hashes, signatures, boxes, codes) is done here once more from those words.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b32decode, b64decode
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hq.app import STATUS
from terminal.core.aes import encrypted_3des
from terminal.core.site import Announced, believed
from terminal.core.wire.auth import Auth, Authed
from terminal.core.wire.enrol import Enrol, Enrolled, Renew, Renewed
from terminal.core.wire.journal import Answer, Hello, Pull, Pulled, Push, Welcome
from terminal.core.wire.left import AskLeft, Left
from terminal.core.wire.people import Profile, Profiled
from terminal.core.wire.problem import Problem
from terminal.core.wire.rights import Ask, Asked, Fed, Feed
from terminal.core.wire.sets import Blob, Manifest
from terminal.runtime.box import opened, sealed_to
from terminal.uplink.credentials import signed_by
from tests.hq.vectors import FOLDER, MASTER_KEY, made

DOCUMENT = FOLDER.parents[2] / "docs" / "protocol.md"

FORMS: dict[str, tuple[Any, Any]] = {
    "enrol": (Enrol, Enrolled),
    "renew": (Renew, Renewed),
    "hello": (Hello, Welcome),
    "push": (Push, Answer),
    "push-again": (Push, Answer),
    "hello-after": (Hello, Welcome),
    "push-next": (Push, Answer),
    "hello-second": (Hello, Welcome),
    "ask": (Ask, Asked),
    "left": (AskLeft, Left),
    "feed": (Feed, Fed),
    "pull": (Pull, Pulled),
    "profile": (Profile, Profiled),
    "profile-next": (Profile, Profiled),
    "auth": (Auth, Authed),
    "auth-finish": (Auth, Authed),
    "auth-cpu": (Auth, Authed),
    "auth-cpu-finish": (Auth, Authed),
    "auth-sun": (Auth, Authed),
    "auth-sun-again": (Auth, Authed),
    "blob": (Blob, None),
    "push-beyond": (Push, Answer),
    "push-other": (Push, Answer),
}
SIGNED = [name for name in FORMS if name not in {"ask", "blob"}]


def vector(name: str) -> bytes:
    return (FOLDER / name).read_bytes().removesuffix(b"\n")


def listed(name: str) -> Any:
    return json.loads(vector(name))


async def test_both_sides_say_these_bytes_and_no_others() -> None:
    files = await made()
    assert {path.name for path in FOLDER.iterdir()} == set(files)
    for name, data in files.items():
        assert (FOLDER / name).read_bytes() == data, name


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_read_and_written_as_it_stands(name: str) -> None:
    for form, part in zip(FORMS[name], ("request", "answer"), strict=True):
        if form is not None:
            data = vector(f"{name}.{part}.json")
            assert msgspec.json.encode(msgspec.json.decode(data, type=form)) == data


def test_the_chain_is_the_hash_of_what_was_before_and_the_body() -> None:
    previous = bytes(32)
    for entry in listed("chain.json"):
        body = entry["body"].encode()
        assert b64decode(entry["base64"]) == body
        previous = hashlib.sha256(previous + body).digest()
        assert entry["hash"] == previous.hex()


@pytest.mark.parametrize("name", SIGNED)
def test_the_signatures_are_those_that_the_document_describes(name: str) -> None:
    keys, said = listed("keys.json"), listed("signatures.json")[name]
    question, answer = vector(f"{name}.request.json"), vector(f"{name}.answer.json")
    path, digest = said["path"].encode(), hashlib.sha256(question).digest()
    site = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys["site_key"]))
    site.verify(b64decode(said["request"]), b"card-terminal request 1\n" + path + b"\n" + digest)
    hq = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys["hq_key"]))
    signed = b"card-terminal answer 1\n" + path + b"\n" + digest + hashlib.sha256(answer).digest()
    hq.verify(b64decode(said["answer"]), signed)


def test_what_goes_unsigned_has_no_signature() -> None:
    for name in ("ask", "blob"):
        assert listed("signatures.json")[name].keys() == {"path"}


def test_a_code_is_made_of_its_three_parts_and_proves_itself() -> None:
    code, asked = listed("code.json"), listed("enrol.request.json")
    number, secret, key_print = (b32decode(part) for part in code["text"].split("-"))
    assert (len(number), len(secret), len(key_print)) == (5, 15, 10)
    assert hashlib.sha256(bytes.fromhex(code["hq_key"])).digest()[:10] == key_print
    assert secret.hex() == code["secret"]
    fields = ("code", "merchant", "site", "terminal", "instance", "site_key", "box_key", "request")
    proof = "\n".join(["card-terminal enrol 1", *(asked[name] for name in fields)])
    assert proof == code["proof"]
    assert hmac.digest(secret, proof.encode(), "sha256").hex() == asked["mac"] == code["mac"]
    cipher = hmac.digest(secret, b"card-terminal token key 1\n", "sha256")
    sealed = b64decode(asked["token_key"])
    assert AESGCM(cipher).decrypt(sealed[:12], sealed[12:], asked["code"].encode()).hex() == code["token_key"]


def test_the_merchants_key_comes_in_a_box_to_the_site() -> None:
    keys, code = listed("keys.json"), listed("code.json")
    box = b64decode(listed("enrol.answer.json")["token_key"])
    private = bytes.fromhex(keys["site_box_private"])
    assert opened(private, box, about=code["token_about"].encode()).hex() == code["token_key"]


def test_a_box_is_what_the_document_describes() -> None:
    box = {
        name: value.encode() if name == "about" else bytes.fromhex(value)
        for name, value in listed("box.json").items()
    }
    once = X25519PrivateKey.from_private_bytes(box["ephemeral_private"])
    public = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(box["receiver"]))
    info = b"card-terminal box 1\n" + public + box["receiver"]
    key = HKDF(SHA256(), 32, salt=None, info=info).derive(shared)
    assert public + AESGCM(key).encrypt(bytes(12), box["clear"], box["about"]) == box["box"]
    again = sealed_to(box["receiver"], box["clear"], about=box["about"], fresh=box["ephemeral_private"])
    assert again == box["box"]


def test_a_card_and_headquarters_prove_themselves_as_the_document_describes() -> None:
    keys, kept = listed("keys.json"), listed("auth.json")
    key, about = bytes.fromhex(kept["key"]), kept["about"].encode()
    aes = Cipher(AES(key), CBC(bytes(16)))
    for name in ("auth", "auth-finish"):
        box = b64decode(listed(f"{name}.request.json")["sealed"])
        clear = opened(bytes.fromhex(keys["hq_box_private"]), box, about=about)
        assert clear.decode() == kept[name]["question"]
        box = b64decode(listed(f"{name}.answer.json")["sealed"])
        clear = opened(bytes.fromhex(keys["site_box_private"]), box, about=about)
        assert clear.decode() == kept[name]["answer"]
    begin, word, finish, judged = (
        json.loads(kept[name][part]) for name in ("auth", "auth-finish") for part in ("question", "answer")
    )
    rnd_b = aes.decryptor().update(b64decode(begin["said"]))
    assert rnd_b.hex() == kept["rnd_b"]
    said = aes.decryptor().update(b64decode(word["say"]))
    assert said[16:] == rnd_b[1:] + rnd_b[:1]
    answer = aes.decryptor().update(b64decode(finish["said"]))
    assert answer[4:20] == said[1:16] + said[:1]
    assert finish["state"] == word["state"]
    assert (word["verdict"], judged["verdict"]) == ("say", "genuine")
    assert b64decode(judged["ti"]) == answer[:4]


def test_other_cards_prove_themselves_as_the_document_describes() -> None:
    kept = listed("auth.json")
    begin, say, finish, judged = (
        json.loads(kept[name][part])
        for name in ("auth-cpu", "auth-cpu-finish")
        for part in ("question", "answer")
    )
    bcd = bytes.fromhex(begin["number"])
    halves = [encrypted_3des(MASTER_KEY, half) for half in (bcd, bytes(byte ^ 0xFF for byte in bcd))]
    assert b"".join(halves).hex() == kept["cpu_key"]
    proof = encrypted_3des(bytes.fromhex(kept["cpu_key"]), b64decode(say["say"]))
    assert b64decode(finish["said"]) == proof
    assert judged["verdict"] == "genuine"
    shown, first, again, second = (
        json.loads(kept[name][part])
        for name in ("auth-sun", "auth-sun-again")
        for part in ("question", "answer")
    )
    assert shown == again
    assert first == {"verdict": "genuine", "card": shown["card"]}
    assert second == {"verdict": "replayed"}


def test_one_directive_of_each_kind_is_listed() -> None:
    fed = msgspec.json.decode(vector("directives.json"), type=Fed)
    assert msgspec.json.encode(fed) == vector("directives.json")
    kinds = [item["directive"]["type"] for item in listed("directives.json")["items"]]
    assert (
        kinds
        == re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text().partition("| `type` |")[2], re.MULTILINE)[:14]
    )


def test_a_site_believes_the_keys_that_the_announcements_leave() -> None:
    told, said = listed("rotation.json"), listed("signatures.json")["hello"]
    question, answer = vector("hello.request.json"), vector("hello.answer.json")
    message = b"card-terminal answer 1\n" + said["path"].encode() + b"\n"
    message += hashlib.sha256(question).digest() + hashlib.sha256(answer).digest()
    applied: dict[str, bool] = {}
    for step in told["steps"]:
        if step["directive"]:
            applied |= dict.fromkeys(step["directive"]["ends"], False)
            applied[step["directive"]["public"]] = True
        announced = [Announced(use="hq", public=key, believed=still) for key, still in applied.items()]
        keys = believed(announced, "hq", {bytes.fromhex(told["enrolled"])})
        assert {key.hex() for key in keys} == set(step["believed"])
        for key, signature in told["answers"].items():
            signed = any(signed_by(one, message, signature) for one in keys)
            assert signed == (key in step["believed"])


def test_member_codes_are_as_the_document_describes() -> None:
    said, keys = listed("member-codes.json"), listed("keys.json")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys["code_key"]))
    number = said["number"].removeprefix("MC-").encode()
    fresh = said["issued_s"].to_bytes(5, "big") + bytes.fromhex(said["nonce"])
    bodies = {
        "static": b"\x01" + number,
        "dynamic": b"\x02" + fresh + number,
        "of_phone": b"\x03" + fresh + bytes.fromhex(said["phone"]),
    }
    for name, body in bodies.items():
        assert said[f"{name}_body"] == body.hex()
        spelt = said[name].removeprefix("MS-")
        whole = b32decode(spelt + "=" * (-len(spelt) % 8))
        assert whole[:-64] == body
        key.verify(whole[-64:], b"card-terminal member code 1\n" + said["merchant"].encode() + b"\n" + body)


def test_a_set_is_named_by_the_hash_of_its_manifest_and_that_names_its_parts() -> None:
    kept = listed("set.json")
    assert hashlib.sha256(kept["manifest"].encode()).hexdigest() == kept["hash"]
    manifest = msgspec.json.decode(kept["manifest"], type=Manifest)
    assert manifest.parts[0].hash == hashlib.sha256(kept["part"].encode()).hexdigest()
    assert vector("blob.answer.bin") == kept["part"].encode()


def test_a_part_of_members_opens_as_the_document_describes() -> None:
    keys, kept = listed("keys.json"), listed("set.json")["members"]
    (part,) = json.loads(kept["manifest"])["parts"]
    box = bytes.fromhex(kept["box"])
    assert part == {"hash": hashlib.sha256(box).hexdigest(), "rows": 1}
    assert hashlib.sha256(kept["manifest"].encode()).hexdigest() == kept["hash"]
    clear = opened(bytes.fromhex(keys["site_box_private"]), box, about=kept["about"].encode())
    assert clear.decode() == kept["part"]
    (row,) = json.loads(clear)
    assert row["key"] == "w1"
    assert b64decode(row["value"]).decode() == kept["value"]


def test_the_document_quotes_the_vectors() -> None:
    text = DOCUMENT.read_text()
    quoted = [f"{name}.request" for name in FORMS if "-" not in name]
    quoted += [
        f"{name}.answer" for name in ("enrol", "hello", "push", "feed", "ask", "left", "profile", "auth")
    ]
    for name in (*quoted, "problem"):
        assert f"```json\n{vector(f'{name}.json').decode()}\n```" in text, name
    assert listed("code.json")["text"] in text
    first = listed("chain.json")[0]
    assert first["body"] in text
    assert first["hash"] in text
    msgspec.json.decode(vector("problem.json"), type=Problem)


def test_the_document_lists_every_problem_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", DOCUMENT.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted((str(status), str(code)) for code, status in STATUS.items())
