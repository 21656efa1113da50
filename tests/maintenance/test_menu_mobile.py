"""The mobile network: what NetworkManager says of a modem, and an APN that is set."""

from __future__ import annotations

import pytest

from lab.menu.box import MadeUp
from terminal.maintenance.menu.mobile import NAME, mobile
from terminal.maintenance.menu.tree import PASSING, Said

KNOWN = ("nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device")
APN = ("nmcli", "-g", "gsm.apn", "connection", "show", NAME)
OURS = ("nmcli", "-g", "connection.id", "connection", "show", NAME)
STATE = ("mmcli", "-m", "any")
UP = ("nmcli", "--wait", "60", "connection", "up", NAME)
MODEM = "cdc-wdm0:gsm:disconnected:"
SETTINGS = ("gsm.apn", "cmiot", "gsm.username", "", "gsm.password", "secret")


class Networked(MadeUp):
    """`says`: what each program says; what is not in it fails. `noted`: what went on record."""

    def __init__(self, says: dict[tuple[str, ...], tuple[str, ...]], *, on_record: bool = True) -> None:
        super().__init__()
        self.says = says
        self.ran: list[tuple[str, ...]] = []
        self.noted: list[tuple[str, ...]] = []
        self._on_record = on_record

    def program(self, *words: str) -> Said:
        self.ran.append(words)
        if words in self.says:
            return Said(lines=self.says[words])
        return Said(lines=(f"{words[0]}: No such file or directory",), well=False)

    def ask(self, what: str, *words: str) -> Said:
        self.noted.append((what, *words))
        return Said(lines=("entry 1",) if self._on_record else ("no",), well=self._on_record)


PASSES = (PASSING, "/etc/NetworkManager/system-connections lies in memory")


class Overlaid(Networked):
    def passing(self, path: str) -> tuple[str, ...]:
        return (PASSING, f"{path} lies in memory")


def looked(box: Networked) -> Said:
    item = mobile(box)[0]
    assert item.do is not None
    assert not item.locked
    return item.do(())


def asked(box: Networked, *words: str) -> Said:
    item = mobile(box)[1]
    assert item.do is not None
    assert item.locked
    assert [one.hidden for one in item.fields] == [False, False, True]
    return item.do(words)


def test_without_networkmanager_it_says_so() -> None:
    why = "This machine has no NetworkManager that runs: what brings it online is set up elsewhere."
    said = Said(lines=(why, "", "nmcli: No such file or directory"), well=False)
    assert looked(Networked({})) == said
    assert asked(Networked({}), "cmiot", "", "") == said


def test_without_a_modem_it_says_so() -> None:
    box = Networked({KNOWN: ("eth0:ethernet:connected:Wired",)})
    why = "NetworkManager knows no modem: is it plugged in, and ModemManager installed?"
    assert looked(box) == Said(lines=(why,), well=False)
    assert asked(box, "cmiot", "", "") == Said(lines=(why,), well=False)
    assert box.ran == [KNOWN, KNOWN]


def test_a_modem_is_shown_with_its_apn_and_how_it_stands() -> None:
    says = {KNOWN: ("eth0:ethernet:connected:Wired", MODEM), APN: ("cmiot",), STATE: ("state: connected",)}
    assert looked(Networked(says)) == Said(lines=(MODEM, "APN: cmiot", "", "state: connected"))
    says[APN] = ()
    assert looked(Networked(says)).lines[1] == "No APN was set here."
    del says[APN]
    assert looked(Networked(says)).lines[1] == "No APN was set here."
    del says[STATE]
    assert looked(Networked(says)) == Said(
        lines=(MODEM, "No APN was set here.", "", "mmcli: No such file or directory"), well=False
    )


def test_a_new_apn_is_a_connection_of_its_own_once_that_is_on_record() -> None:
    add = ("nmcli", "connection", "add", "type", "gsm", "con-name", NAME, "ifname", "*", *SETTINGS)
    box = Networked({KNOWN: (MODEM,), add: ("added",), UP: ("activated",)})
    said = asked(box, "cmiot", "", "secret")
    assert said.lines == ("The modem connects anew, with APN cmiot.",)
    assert said.go is not None
    assert (box.ran, box.noted) == ([KNOWN], [])
    assert said.go() == Said(lines=("added", "activated"))
    assert box.ran == [KNOWN, OURS, add, UP]
    assert box.noted == [("note", "network: apn")]


def test_another_apn_changes_the_connection_that_is_there() -> None:
    modify = ("nmcli", "connection", "modify", NAME, *SETTINGS)
    box = Networked({KNOWN: (MODEM,), OURS: (NAME,), modify: ()})
    said = asked(box, "cmiot", "", "secret")
    assert said.go is not None
    assert said.go() == Said(lines=("nmcli: No such file or directory",), well=False)
    assert box.ran == [KNOWN, OURS, modify, UP]


def test_over_a_root_in_memory_an_apn_is_said_to_last_until_the_restart() -> None:
    """It brings the machine online today; nobody shall believe that it does so tomorrow."""
    box = Overlaid({KNOWN: (MODEM,), OURS: (NAME,), ("nmcli", "connection", "modify", NAME, *SETTINGS): ()})
    said = asked(box, "cmiot", "", "secret")
    assert said.lines == ("The modem connects anew, with APN cmiot.", *PASSES)
    assert said.go is not None
    assert said.go() == Said(lines=("nmcli: No such file or directory",), well=False)
    box.says[UP] = ("activated",)
    assert said.go() == Said(lines=("activated", *PASSES))


def test_what_cannot_be_set_or_noted_is_not_tried_further() -> None:
    box = Networked({KNOWN: (MODEM,)})
    said = asked(box, "cmiot", "", "")
    assert said.go is not None
    assert not said.go().well
    assert UP not in box.ran
    silent = Networked({KNOWN: (MODEM,)}, on_record=False)
    said = asked(silent, "cmiot", "", "")
    assert said.go is not None
    assert said.go() == Said(lines=("no",), well=False)
    assert silent.ran == [KNOWN]


@pytest.mark.parametrize("apn", ["", "-a", "a-", "a b", "a_b", "联通", ".a", "a" * 101, "a\n"])
def test_what_is_no_apn_is_refused(apn: str) -> None:
    box = Networked({KNOWN: (MODEM,)})
    assert not asked(box, apn, "", "").well
    assert box.ran == []


@pytest.mark.parametrize("apn", ["a", "3gnet", "cmiot.4g-x", "a" * 100])
def test_what_is_one_is_taken(apn: str) -> None:
    assert asked(Networked({KNOWN: (MODEM,)}), apn, "", "").go is not None
