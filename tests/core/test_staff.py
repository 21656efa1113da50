"""The roles of the people who work here: who may do what another may."""

from __future__ import annotations

import pytest

from terminal.core.errors import SellsNothing
from terminal.core.staff import Role, check_sells, highest, led, reaches

ATTENDANT, LEAD, MANAGER, TECHNICIAN = Role


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (ATTENDANT, {ATTENDANT}),
        (LEAD, {ATTENDANT, LEAD}),
        (MANAGER, {ATTENDANT, LEAD, MANAGER}),
        (TECHNICIAN, {TECHNICIAN}),
    ],
)
def test_each_may_what_those_below_may_and_the_technician_nothing_of_it(role: Role, may: set[Role]) -> None:
    assert {asked for asked in Role if reaches(role, asked)} == may


@pytest.mark.parametrize("roles", [(ATTENDANT, LEAD), (MANAGER,)])
def test_a_shop_with_shift_lead_or_manager_tells_its_people_apart(roles: tuple[Role, ...]) -> None:
    assert led(roles)


@pytest.mark.parametrize("roles", [(), (ATTENDANT, TECHNICIAN)])
def test_a_shop_without_does_not(roles: tuple[Role, ...]) -> None:
    assert not led(roles)


def test_the_highest_of_some_roles() -> None:
    assert highest([LEAD, MANAGER, ATTENDANT]) is MANAGER
    assert highest([]) is None


def test_all_but_a_technician_sell() -> None:
    for role in (ATTENDANT, LEAD, MANAGER):
        check_sells(role)
    with pytest.raises(SellsNothing, match="technician"):
        check_sells(TECHNICIAN)
