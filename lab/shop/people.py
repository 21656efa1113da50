"""Who works in this shop, and what takes two of them. PINs are drawn for each shop: there is no default."""

from __future__ import annotations

from pathlib import Path

import msgspec

from terminal.core.staff import Role
from terminal.core.values import StaffId, Value
from terminal.first_pin import drawn
from terminal.runtime.durable import put

_FILE = "staff-pins.json"


class Person(Value, frozen=True, kw_only=True):
    id: StaffId
    """Also the code on the badge."""
    name: str
    role: Role

    @property
    def label(self) -> str:
        return f"Badge of {self.name}, {self.role.replace('_', ' ')}"


STAFF = (
    Person(id=StaffId("ST-0301"), name="营业员一", role=Role.ATTENDANT),
    Person(id=StaffId("ST-0302"), name="营业员二", role=Role.ATTENDANT),
    Person(id=StaffId("ST-0311"), name="班长", role=Role.SHIFT_LEAD),
    Person(id=StaffId("ST-0321"), name="店长", role=Role.MANAGER),
)

TABLES = "".join(
    f"""
[[counter.staff]]
id = "{one.id}"
name = "{one.name}"
badge = "{one.id}"
role = "{one.role}"
"""
    for one in STAFF[1:]  # The first works in every shop.
)

POLICY = """
second_person = ["recharge_refund", "transfer"]
permits = [
    { what = "void", role = "shift_lead", above = 10000 },
    { what = "refund", role = "shift_lead", above = 10000 },
    { what = "drawer", role = "shift_lead" },
    { what = "paid_out", role = "shift_lead", above = 20000 },
    { what = "grant", role = "manager" },
    { what = "merge", role = "manager" },
]
confirmed = ["code", "card"]
recharge_by = ["cash", "code", "card", "transfer"]
consent_texts = [
    { purpose = "marketing", version = "1", text = "本店可通过短信向您发送优惠信息，您可随时在柜台撤回。" },
    { purpose = "partners", version = "1", text = "合作方可通过本店向您发送优惠信息，您可随时在柜台撤回。" },
]
"""
"""Large enough sums take a shift lead; a recharge is paid back by two, whatever it comes to."""


def pins_drawn(folder: Path) -> dict[StaffId, str]:
    """One for each, kept in the shop's folder so that the next `./run` can say them again."""
    pins = {one.id: drawn() for one in STAFF}
    put(folder / _FILE, msgspec.json.encode(pins))
    return pins


def pins_of(folder: Path) -> dict[StaffId, str]:
    """As they were drawn; empty: this shop opened without."""
    try:
        said = (folder / _FILE).read_bytes()
    except FileNotFoundError:
        return {}
    return msgspec.json.decode(said, type=dict[StaffId, str])
