"""`python day.py URL MERCHANT CODE1 CODE2`: a day of two shops; prints what both chains came to, as JSON.

The first sells a card with value on it and recharges it, forwards in small batches, keeps its customers'
names sealed. The second asks for rights to a part of that value, gets them, and lets the card be spent.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from collections import Counter
from typing import Any

from machine import Journal, Machine, Refused, uuid7

RECHARGES = 30
VALUE, ASKED, SPENT = 100_00, 300_00, 250_00
WAIT_MS = 10_000


def opened(shop: Journal) -> None:
    opens = {
        "card": "c1",
        "channel": "counter",
        "commitment": "",
        "member": None,
        "recruiter": "ST-0301",
        "terms": "1",
        "wallet": "w1",
    }
    shop.book("issue", {"opens": opens})


def recharged(shop: Journal, amount: int) -> None:
    fact = uuid7()
    paid = {"wallet": "w1", "card": "c1", "principal": amount, "bonus": 0, "received": amount}
    shop.book(
        "recharge",
        paid,
        id=fact,
        lots=[{"amount": amount, "lot": fact, "paid": amount, "unit": "principal"}],
        postings=[["wallet:w1:principal", amount], [f"site:{shop.machine.site}:drawer:T1-1", -amount]],
        receipt=f"T1-1-{len(shop.bodies)}",
    )


def applied(
    shop: Journal, item: dict[str, Any], lots: list[dict[str, Any]], postings: list[list[Any]]
) -> None:
    directed = {"hq_epoch": shop.hq_epoch, "m": item["m"]}
    payload = {"directed": directed, "directive": item["directive"]}
    shop.book("directive", payload, id=item["id"], lots=lots, postings=postings)
    shop.fed = item["m"]


def released(shop: Journal, item: dict[str, Any], laid: list[tuple[str, int]]) -> None:
    """The oldest lots first; `laid` is what still lies in each."""
    (want,) = item["directive"]["wants"]
    left, lots = min(want["amount"], sum(rest for _, rest in laid)), []
    postings = [[want["account"], -left], [f"site:{shop.machine.site}:rights:principal", left]]
    while left:
        lot, rest = laid.pop(0)
        taken = min(left, rest)
        left -= taken
        lots.append({"amount": -taken, "lot": lot, "unit": "principal", "wallet": "w1"})
        if rest > taken:
            laid.insert(0, (lot, rest - taken))
    applied(shop, item, lots, postings)


def granted(shop: Journal, item: dict[str, Any]) -> list[dict[str, Any]]:
    (right,) = item["directive"]["rights"]
    lots = [{**part["terms"], "amount": part["amount"], "wallet": "w1"} for part in right["lots"]]
    site = shop.machine.site
    postings = [[right["account"], right["amount"]], [f"site:{site}:rights:principal", -right["amount"]]]
    applied(shop, item, lots, postings)
    return lots


def spent(shop: Journal, amount: int, held: list[dict[str, Any]]) -> None:
    left, lots = amount, []
    for lot in held:
        taken = min(left, lot["amount"])
        left -= taken
        if taken:
            lots.append({"amount": -taken, "lot": lot["lot"], "unit": "principal"})
    line = {"category": "fruit", "gross": amount, "name": "苹果", "net": amount, "quantity": 1}
    sale = {
        "card": "c1",
        "due": amount,
        "lines": [{**line, "sku": "A1", "unit_price": amount}],
        "tenders": [{"amount": amount, "kind": "stored"}],
        "wallet": "w1",
    }
    postings = [["wallet:w1:principal", -amount], [f"site:{shop.machine.site}:revenue:fruit", amount]]
    shop.book("sale", sale, lots=lots, postings=postings, receipt=f"T1-1-{len(shop.bodies)}")


def named(shop: Journal) -> bool:
    """The customer's name and phone, sealed to headquarters."""
    machine, edit = shop.machine, uuid7()
    about = f"card-terminal profile 1\n{edit}\nw1".encode()
    box = machine.sealed_to_headquarters(
        json.dumps({"name": "王小明", "phone": "19000000301"}).encode(), about
    )
    one = {
        "id": edit,
        "turn": int(edit.replace("-", "")[:12], 16),
        "wallet": "w1",
        "sealed": b64encode(box).decode(),
        "keys": [{"token": machine.token("phone", "19000000301")}],
    }
    told = machine.ask("/v1/profile", {**machine.who(), "hq_epoch": shop.hq_epoch, "edits": [one]})
    return bool(told["ids"] == [edit])


def pulled_back(shop: Journal) -> bool:
    """All that headquarters holds of this site is what this site wrote."""
    bodies: list[bytes] = []
    while True:
        asked = {**shop.machine.who(), "hq_epoch": shop.hq_epoch, "after": len(bodies)}
        told = shop.machine.ask("/v1/pull", asked)
        bodies += [b64decode(body) for body in told["bodies"]]
        if len(bodies) >= told["acked"]:
            return bodies == shop.bodies and bool(told["head"] == shop.hashes[-1].hex())


def no_blob(shop: Journal) -> str:
    try:
        shop.machine.ask("/v1/blob", {**shop.machine.who(), "hash": "00" * 32})
    except Refused as refused:
        return str(refused)
    return "answered"


def kinds(shop: Journal) -> Counter[str]:
    """How many entries of each kind; what headquarters directed, by what it asked for."""
    facts = [json.loads(body)["payload"] for body in shop.bodies]
    return Counter(fact["directive"]["type"] if "directive" in fact else fact["type"] for fact in facts)


def main(url: str, merchant: str, first_code: str, second_code: str) -> dict[str, Any]:
    first, second = Machine(url, merchant, "S1", "T1"), Machine(url, merchant, "S2", "T1")
    first.enrol(first_code)
    second.enrol(second_code)
    here, there = Journal(first), Journal(second)
    opened(here)
    for _ in range(RECHARGES):
        recharged(here, VALUE)
    here.forward(count=7)
    there.hello()
    ask = {**second.who(), "hq_epoch": there.hq_epoch, "id": uuid7()}
    wants = [{"account": "wallet:w1:principal", "amount": ASKED}]
    outcome = second.ask("/v1/ask", {**ask, "wants": wants, "sales": [], "key": None})
    laid = [(json.loads(body)["id"], VALUE) for body in here.bodies[1:]]
    for item in here.feed():
        if item["directive"]["type"] == "release":
            released(here, item, laid)
        else:
            applied(here, item, [], [])
    here.forward()
    held: list[dict[str, Any]] = []
    while not held:
        for item in there.feed(WAIT_MS):
            if item["directive"]["type"] == "grant":
                held += granted(there, item)
            else:
                applied(there, item, [], [])
    spent(there, SPENT, held)
    there.forward()
    first.renew()
    here.hello()
    said = {
        "outcome": outcome["outcome"],
        "one_token_key": first.token_key == second.token_key,
        "profiled": named(here),
        "pulled": pulled_back(here) and pulled_back(there),
        "blob": no_blob(here),
        "kinds": {shop.machine.site: kinds(shop) for shop in (here, there)},
        "sites": {shop.machine.site: [len(shop.bodies), shop.hashes[-1].hex()] for shop in (here, there)},
    }
    for machine in (first, second):
        machine.hang_up()
    return said


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))  # noqa: T201
