"""Bodies and hashes of every kind of entry, read as another language would: JSON, SHA-256, these words.

Nothing of the product is asked, so that `tests/vectors/canonical/kinds.json` and `fields.json` say enough.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).parents[1] / "vectors" / "canonical"
KINDS: list[dict[str, str]] = json.loads((VECTORS / "kinds.json").read_bytes())
FIELDS: dict[str, Any] = json.loads((VECTORS / "fields.json").read_bytes())["bodies"]
BY_TYPE = {fields["type"]: name for name, fields in FIELDS.items() if name.startswith("Book")}
DIRECTIVES = {
    "activate": "Activate",
    "card": "CardStanding",
    "covered": "Covered",
    "day_used": "DayUsed",
    "given": "GivenAway",
    "grant": "directives.Grant",
    "had": "HadThere",
    "key": "KeyTrusted",
    "lapse": "Lapse",
    "merge": "Merge",
    "named": "HolderNamed",
    "release": "Release",
    "tier": "TierSet",
    "withdraw": "Withdraw",
}
INSIDE = {
    "at": "Occasion",
    "redo": "Redo",
    "versions": "Versions",
    "opens": "Opens",
    "coupons": "CouponGrant",
    "coupon": "CouponGrant",
    "gift": "CouponGrant",
    "consents": "Consent",
    "lines": "SaleLine",
    "ordered": "Ordered",
    "discounts": "Discount",
    "sells": "Sells",
    "scope": "Scope",
    "tenders": "Tender",
    "points": "PointsEarned",
    "cashback": "Cashback",
    "commission": "Commission",
    "floor": "Floor",
    "fleet": "FleetCard",
    "limits": "DayLimits",
    "uses": "CardUse",
    "returned": "Returned",
    "reward": "Reward",
    "claim": "Claim",
    "had": "Had",
    "hads": "HadCount",
    "grants": "Grant",
    "bringer": "Grant",
    "vouchers": "Grant",
    "directed": "Directed",
    "rights": "Right",
    "sales": "SaleRight",
    "wants": "Want",
    "keeps": "Want",
    "terms": "LotTerms",
    "locked": "Locked",
    "locks": "Grant",
    "pumps": "Pumps",
    "record": "PumpRecord",
    "totals": "AtNozzle",
    "unpaid": "AtNozzle",
    "tested": "AtNozzle",
}
"""Of what form a field's value is, or each in its list. That of `lots` depends on where they stand."""
LOTS = {"Entry": "LotTaken", "Right": "LotPart", "SaleRight": "LotTerms"}


COUNTED = {
    "coupon": "coupon",
    **dict.fromkeys(("rewarded", "brought", "introduced"), "rewarded"),
    **dict.fromkeys(("had", "had_elsewhere", "had_told", "claims", "tier_given"), "had"),
}


def measure(unit: str) -> str:
    """What a unit is counted in: money, unless it is one of these."""
    head, _, rest = unit.partition(":")
    if head in {"points", "count", "litres"}:
        return unit
    if head in COUNTED:
        return COUNTED[head]
    if head in {"used", "elsewhere", "told"}:  # used:fen:DAY:COMPANY:CARD
        return f"used:{rest.partition(':')[0]}"
    if head in {"issued", "debt", "rights"}:
        return measure(rest)
    if head in {"overdraft", "held"}:  # overdraft:OWNER:UNIT, held:HOLD:UNIT or held:HOLD
        return measure(rest.partition(":")[2])
    return "fen"


def form_of(field: str, value: dict[str, Any], within: str) -> str:
    if field == "payload":
        return BY_TYPE[value["type"]]
    if field == "directive":
        return DIRECTIVES[value["type"]]
    return LOTS[within] if field == "lots" else INSIDE[field]


def forms(value: dict[str, Any], form: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a body, with the form that it has by `fields.json`."""
    yield form, value
    for field, held in value.items():
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict):
                yield from forms(one, form_of(field, one, form))


@pytest.mark.parametrize("vector", KINDS, ids=lambda vector: vector["kind"])
def test_a_body_is_spelt_hashed_and_balanced_as_the_protocol_says(vector: dict[str, str]) -> None:
    body = json.loads(vector["body"])
    spelt = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert spelt == vector["body"]
    data = bytes.fromhex(vector["previous"]) + spelt.encode()
    assert hashlib.sha256(data).hexdigest() == vector["hash"]
    assert body["kind"] == body["payload"]["type"] == vector["kind"]
    sums: Counter[str] = Counter()
    for account, amount in body["postings"]:
        sums[measure(account.split(":", 2)[2])] += amount
    assert not any(sums.values())


@pytest.mark.parametrize("vector", KINDS, ids=lambda vector: vector["kind"])
def test_a_body_has_the_fields_that_its_form_has_and_leaves_out_what_is_usual(vector: dict[str, str]) -> None:
    for form, found in forms(json.loads(vector["body"]), "Entry"):
        said = FIELDS[form]
        assert set(said["has"]) <= set(found), form
        assert set(found) <= {*said["has"], *said["may_have"], "type"}, form
        assert found.get("type", said["type"]) == said["type"], form
        if said["leaves_out"]:
            usual = [field for field, default in said["may_have"].items() if found.get(field, ...) == default]
            assert usual == [], form


def test_every_kind_and_every_field_that_there_is_stands_in_one_of_them() -> None:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for vector in KINDS:
        for form, value in forms(json.loads(vector["body"]), "Entry"):
            found[form] |= set(value)
    missing = {form: {*said["has"], *said["may_have"]} - found[form] for form, said in FIELDS.items()}
    assert {form: fields for form, fields in missing.items() if fields} == {}
    assert {vector["kind"] for vector in KINDS} == set(BY_TYPE)
