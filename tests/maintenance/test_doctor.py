"""Green or red, the reason, the next step: on a screen of 80x24."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.core.commands import ClockTrust
from terminal.core.events import DeviceHealth
from terminal.core.hook import Held
from terminal.core.wire.link import LinkTrouble
from terminal.maintenance.doctor import findings
from terminal.maintenance.doctor_text import as_text
from terminal.maintenance.facts import (
    CardKeyFacts,
    ClockFacts,
    DeviceFacts,
    DiskFacts,
    EnrolmentFacts,
    ErasureFacts,
    Facts,
    HookFacts,
    IntentFacts,
    InvoiceFacts,
    LedgerFacts,
    LedgerTrouble,
    QueueFacts,
    SpareFacts,
    StockFacts,
    disk_of,
    obstacle,
    synchronised,
)
from terminal.maintenance.finding import Finding

NOW = 1_780_000_000_000
YEAR_MS = 365 * 86_400_000
WELL = Facts(
    terminal="S1/T1",
    running=True,
    pid=812,
    devices=(DeviceFacts(name="front", kind="reader", health=DeviceHealth.READY),),
    ledger=LedgerFacts(path="/var/lib/t/ledger.db", entries=1204, checked=1000),
    queue=QueueFacts(configured=True, waiting=3, acked=1201, online=True, acked_age_ms=130_000),
    enrolment=EnrolmentFacts(
        terminal="M1/S1/T1", since_ms=NOW - YEAR_MS // 4, until_ms=NOW + 3 * YEAR_MS // 4
    ),
    clock=ClockFacts(wall_ms=NOW, trust=ClockTrust.NETWORK, synchronised=True, drift_ms=-40),
    disk=DiskFacts(path="/var/lib/t", free_bytes=3 << 30, total_bytes=8 << 30, read_only=False),
)


def but(part: str, **changes: object) -> Facts:
    """The well terminal with one part changed."""
    changed: Facts = msgspec.structs.replace(
        WELL, **{part: msgspec.structs.replace(getattr(WELL, part), **changes)}
    )
    return changed


def red(facts: Facts) -> list[Finding]:
    return [finding for finding in findings(facts) if not finding.well]


def test_what_the_shop_s_cloud_does_not_take_is_red_with_its_answer_and_the_command() -> None:
    assert red(msgspec.structs.replace(WELL, webhook=HookFacts(online=True))) == []
    held = Held(seq=7, why="answered 422: no such shop", since_ms=NOW)
    (found,) = red(msgspec.structs.replace(WELL, webhook=HookFacts(online=True, held=(held,))))
    assert found.reason == "1 entries in quarantine, the first 7: answered 422: no such shop"
    assert "terminal webhook again" in found.next_step
    waits = HookFacts(online=False, why="entry 7: answered 500: oops")
    (found,) = red(msgspec.structs.replace(WELL, webhook=waits))
    assert found.reason == "entry 7: answered 500: oops"


def test_whoever_waits_to_be_forgotten_is_red_unless_their_records_are_kept() -> None:
    def waits(until: str = "") -> ErasureFacts:
        return ErasureFacts(member="m7", since="2026-05-01", until=until)

    kept = but("ledger", erasures=(waits("2026-05-28"),))
    assert red(kept) == []
    (found,) = [one for one in findings(kept) if one.subject == "erasures"]
    assert found.reason == "members who wait to be forgotten: 1, m7 since 2026-05-01"
    for until in ("", "2026-05-27"):
        (found,) = red(but("ledger", erasures=(waits(until),)))
        assert "Pay out or settle what m7 has or owes" in found.next_step
    told = msgspec.structs.replace(waits(), told=True)
    assert red(but("ledger", erasures=(told,))) == []
    (found,) = red(but("ledger", erasures=(told, msgspec.structs.replace(waits(), member="m8"))))
    assert "what m8 has" in found.next_step


def test_what_was_begun_outside_and_has_no_end_is_red_once_nobody_waits_for_it_any_more() -> None:
    def begun(since_ms: int) -> IntentFacts:
        return IntentFacts(id="01a0c450", what="code_payment", amount=1250, since_ms=since_ms)

    assert red(but("ledger", intents=(begun(NOW - 60_000),))) == []
    (found,) = red(but("ledger", intents=(begun(NOW - 3_600_000), begun(NOW - 60_000))))
    assert found.subject == "outside"
    assert found.reason.startswith("1 begun outside without an end, the oldest code_payment of 12.50 from ")
    assert found.reason.endswith("01a0c450")


def told(facts: Facts) -> Finding:
    (found,) = [one for one in findings(facts) if one.subject == "invoices"]
    return found


def test_invoices_that_wait_are_told_and_red_where_people_are_needed_or_it_lasts() -> None:
    def waits(**what: Any) -> Finding:
        return told(msgspec.structs.replace(WELL, invoices=InvoiceFacts(**what)))

    day_ms = 86_400_000
    assert waits(waiting=0, people=0, why="is not there").well
    fresh = waits(waiting=2, people=0, since_ms=NOW - 2 * day_ms)
    assert (fresh.well, fresh.reason) == (True, "2 wait to be written, the oldest asked for on 2026-05-26")
    for what, step in (
        ({"waiting": 3, "people": 1, "since_ms": NOW}, "At the counter"),
        ({"waiting": 3, "people": 0, "since_ms": NOW, "why": "answered 503"}, "Selling goes on"),
        ({"waiting": 1, "people": 0, "since_ms": NOW - 4 * day_ms}, "Ask who writes them"),
    ):
        found = waits(**what)
        assert not found.well
        assert found.next_step.startswith(step)
    assert waits(waiting=1, people=0, since_ms=NOW, why="answered 503").reason.startswith(
        "answered 503; 1 wait"
    )


def test_what_the_journal_knows_of_invoices_is_told_of_a_terminal_that_does_not_run() -> None:
    begun = IntentFacts(id="01a0c450", what="invoice:01a0", amount=1250, since_ms=NOW - 3_600_000)
    facts = but("ledger", intents=(begun,))
    assert told(facts).reason == "1 wait to be written, the oldest asked for on 2026-05-28"
    assert red(facts) == []
    assert [one.subject for one in findings(WELL) if one.subject == "invoices"] == []


def test_a_well_terminal_is_green_throughout() -> None:
    assert red(WELL) == []
    assert [finding.subject for finding in findings(WELL)] == [
        "terminal",
        "front",
        "ledger",
        "queue",
        "enrolment",
        "clock",
        "disk",
    ]


def test_keys_of_cards_are_counted_and_those_that_cannot_be_used_are_red() -> None:
    there = msgspec.structs.replace(WELL, card_keys=CardKeyFacts(keys=812))
    assert red(there) == []
    assert "812 keys of cards" in as_text(findings(there), colours=False)
    spoilt = CardKeyFacts(keys=0, fault="/var/lib/t/ledger.chips: a box does not open")
    [finding] = red(msgspec.structs.replace(WELL, card_keys=spoilt))
    assert "no card can prove itself here" in finding.reason
    assert "terminal cards FILE" in finding.next_step


def test_what_is_short_is_told_and_well_and_a_stock_that_cannot_be_told_is_red() -> None:
    there = msgspec.structs.replace(WELL, stock=StockFacts(counted=9, short=tuple("ABCDEFG")))
    assert red(there) == []
    said = {one.subject: one.reason for one in findings(there)}
    assert said["stock"] == "9 articles counted; little is left of: A, B, C, D, E and 2 more"
    spoilt = StockFacts(counted=0, fault="DatabaseError at stock.py:54")
    [finding] = red(msgspec.structs.replace(WELL, stock=spoilt))
    assert finding.reason == "cannot be told: DatabaseError at stock.py:54"
    assert ".stock" in finding.next_step


def test_promotions_for_what_nobody_sells_are_told_and_well() -> None:
    assert "promotions" not in {one.subject for one in findings(WELL)}
    there = msgspec.structs.replace(WELL, strays=("92 (g92; the fuel is fuel-92)", "X1 (gone)"))
    assert red(there) == []
    said = {one.subject: one.reason for one in findings(there)}
    assert said["promotions"] == "for what nobody sells: 92 (g92; the fuel is fuel-92), X1 (gone)"


@pytest.mark.parametrize(
    ("changes", "reason", "step"),
    [
        ({"terminal": ""}, "not enrolled", "terminal enrol CODE"),
        ({"terminal": "", "why": "too many attempts"}, "too many attempts", "terminal enrol CODE"),
        ({"until_ms": NOW - 1}, "it has expired; as M1/S1/T1", "terminal enrol CODE"),
        ({"why": "answered 500"}, "answered 500; as M1/S1/T1", "273 days are left"),
    ],
)
def test_trouble_with_the_door_says_what_to_do(changes: dict[str, object], reason: str, step: str) -> None:
    (found,) = red(but("enrolment", **changes))
    assert found.subject == "enrolment"
    assert reason in found.reason
    assert step in found.next_step


@pytest.mark.parametrize(("drift_ms", "step"), [(None, "Set the clock first"), (-40, "terminal enrol CODE")])
def test_by_a_clock_that_nobody_believes_no_new_code_is_asked_for(drift_ms: int | None, step: str) -> None:
    """Ten years ahead, and headquarters has not said its time since the start."""
    over = but("enrolment", until_ms=NOW - 1)
    clock = msgspec.structs.replace(over.clock, trust=ClockTrust.UNKNOWN, drift_ms=drift_ms)
    (found,) = red(msgspec.structs.replace(over, clock=clock))
    assert step in found.next_step


def test_a_certificate_shows_from_when_until_when() -> None:
    (found,) = [finding for finding in findings(WELL) if finding.subject == "enrolment"]
    assert found.reason == "as M1/S1/T1, certificate 2026-02-26 to 2027-02-26"


def test_a_shop_of_no_headquarters_needs_no_enrolment() -> None:
    facts = msgspec.structs.replace(but("queue", configured=False), enrolment=EnrolmentFacts())
    assert [finding for finding in findings(facts) if finding.subject == "enrolment"] == []


@pytest.mark.parametrize(
    ("facts", "subject", "reason"),
    [
        (but("ledger", fault="L103 chain breaks at seq 17"), "ledger", "L103 chain breaks at seq 17"),
        (but("queue", online=False), "queue", "headquarters is not reached; 3 waiting"),
        (but("queue", waiting=9_999), "queue", "more waiting than is usual"),
        (but("clock", wall_ms=1_600_000_000_000), "clock", "it was never set"),
        (but("ledger", last_entry_ms=NOW + 3_600_000), "clock", "it is behind the last entry"),
        (but("clock", drift_ms=120_000), "clock", "it is wrong; trust network, synchronised, +120.0 s"),
        (
            but("clock", right_ms=-120_000, drift_ms=3),
            "clock",
            "the machine's own is wrong; headquarters' time is used; trust network, synchronised",
        ),
        (but("disk", read_only=True), "disk", "read-only"),
        (but("disk", free_bytes=1 << 20), "disk", "nearly full; 1 of 8192 MiB"),
        (msgspec.structs.replace(WELL, running=False, pid=0), "terminal", "S1/T1 does not run"),
        (
            msgspec.structs.replace(WELL, running=False, silent=True, pid=0),
            "terminal",
            "S1/T1 runs and does not answer",
        ),
    ],
)
def test_each_fault_is_red_with_a_reason_and_a_next_step(facts: Facts, subject: str, reason: str) -> None:
    (finding,) = red(facts)
    assert finding.subject == subject
    assert reason in finding.reason
    assert finding.next_step


@pytest.mark.parametrize(
    "kind", ["reader", "scanner", "printer", "rewriter", "signals", "display", "voice", "sam", "service"]
)
def test_a_device_that_is_down_says_why_and_what_to_do(kind: str) -> None:
    down = DeviceFacts(
        name="x", kind=kind, health=DeviceHealth.DOWN, why="OSError: No such device", crashes=4
    )
    (finding,) = red(msgspec.structs.replace(WELL, devices=(down,)))
    assert finding.reason == f"{kind} down: OSError: No such device (4 restarts)"
    assert finding.next_step


def test_a_device_that_is_ready_shows_where_it_is() -> None:
    reader = DeviceFacts(name="x", kind="reader", health=DeviceHealth.READY, why="Twin 00 00 at port 1-1.3")
    found = findings(msgspec.structs.replace(WELL, devices=(reader,)))
    assert (found[1].well, found[1].reason) == (True, "reader ready: Twin 00 00 at port 1-1.3")


def test_a_case_that_was_opened_is_red_and_a_box_that_is_down_says_that_instead() -> None:
    for health, reason in (
        (DeviceHealth.READY, "the case was opened since the terminal started"),
        (DeviceHealth.DOWN, "signals down: pulled"),
    ):
        box = DeviceFacts(name="box", kind="signals", health=health, why="pulled", opened=True)
        (finding,) = red(msgspec.structs.replace(WELL, devices=(box,)))
        assert (finding.subject, finding.reason) == ("box", reason)
        assert finding.next_step


def test_services_that_run_share_a_line_and_one_that_does_not_has_its_own() -> None:
    services = [
        DeviceFacts(name=name, kind="service", health=DeviceHealth.READY) for name in ("counter", "kiosk")
    ]
    down = DeviceFacts(name="uplink", kind="service", health=DeviceHealth.DOWN, why="OSError: x", crashes=2)
    found = findings(msgspec.structs.replace(WELL, devices=(*services, down)))
    assert [(one.subject, one.reason) for one in found[1:3]] == [
        ("uplink", "service down: OSError: x (2 restarts)"),
        ("services", "2 run: counter, kiosk"),
    ]


def test_without_headquarters_the_queue_is_green() -> None:
    assert red(but("queue", configured=False, online=False)) == []


GREEN = {DeviceHealth.READY, DeviceHealth.UNKNOWN}


@pytest.mark.parametrize("devices", [0, 1, 12, 40])
@pytest.mark.parametrize("health", list(DeviceHealth))
def test_the_screen_has_80_columns_and_its_green_part_fits_24_rows(
    devices: int, health: DeviceHealth
) -> None:
    many = tuple(
        DeviceFacts(name=f"reader-{n:02}-by-the-window", kind="reader", health=health, why="w" * 200)
        for n in range(devices)
    )
    found = findings(msgspec.structs.replace(WELL, devices=many))
    lines = as_text(found, colours=False).splitlines()
    assert max(map(len, lines)) <= 80
    if not any(not finding.well for finding in found):
        assert len(lines) <= 23
    assert lines[-1].endswith(f"{0 if health in GREEN else devices} red")


def test_what_is_red_comes_first_and_is_said_in_words_too() -> None:
    lines = as_text(findings(but("disk", read_only=True)), colours=True).splitlines()
    assert lines[0].startswith("\x1b[31mRED  \x1b[0m disk ")
    assert "-> Nothing can be booked." in lines[1]
    assert lines[3].startswith("\x1b[32mgreen\x1b[0m terminal")


def test_a_full_disk_is_told_what_may_leave_it() -> None:
    def step(*spare: SpareFacts) -> str:
        return step_of(msgspec.structs.replace(but("disk", free_bytes=1 << 20), spare=spare))

    old = SpareFacts(what="/d/ledger.before-epoch-2.db*", bytes=120 << 20)
    unread = SpareFacts(what="/d/ledger.keys-damaged", bytes=3 << 20)
    clean = SpareFacts(what="sudo apt-get clean", bytes=40 << 20, command=True)
    moved = "/d/ledger.before-epoch-2.db* (120 MiB), /d/ledger.keys-damaged (3 MiB)"
    assert step(old, unread) == f"Make room: move to another disk {moved}."
    assert step(old, clean, unread) == (
        f"Make room: move to another disk {moved}. Then type sudo apt-get clean (40 MiB)."
    )
    assert step(clean) == "Make room: sudo apt-get clean (40 MiB)."
    assert step() == "Nothing is known here that may go: back up, then restore onto a larger card."


def test_the_disk_is_asked_even_before_the_folder_is_there(tmp_path: Path) -> None:
    disk = disk_of(tmp_path / "not" / "yet" / "ledger.db")
    assert disk.path == str(tmp_path)
    assert 0 < disk.free_bytes <= disk.total_bytes


def test_the_kernel_says_whether_its_clock_is_synchronised() -> None:
    assert synchronised() in {True, False, None}


STEPS_OF_A_LINK = {
    "unreached": {"why": "no answer within 10 s", "trouble": LinkTrouble.UNREACHED},
    "refused": {"why": "answered 409 instance: another machine", "trouble": LinkTrouble.REFUSED},
    "restored": {"why": "headquarters holds 3 and said 5 before", "trouble": LinkTrouble.RESTORED},
    "failing": {"why": "answered 500", "trouble": LinkTrouble.FAILING},
    "unreadable": {"why": "what answered is not headquarters", "trouble": LinkTrouble.UNREADABLE},
    "forked": {"why": "headquarters holds more", "forked": True},
    "much": {"online": True, "waiting": 9_999},
}


def step_of(facts: Facts) -> str:
    (finding,) = red(facts)
    return finding.next_step


def test_each_cause_of_a_queue_has_a_next_step_of_its_own() -> None:
    steps = {
        name: step_of(but("queue", **{"online": False, **said})) for name, said in STEPS_OF_A_LINK.items()
    }
    assert len(set(steps.values())) == len(steps)
    assert "network" in steps["unreached"]
    assert "merchant and site" in steps["refused"]
    assert not [name for name in steps if name != "unreached" and "network" in steps[name]]


def test_the_queue_of_a_terminal_that_does_not_run_says_to_start_it() -> None:
    down = msgspec.structs.replace(but("queue", online=False), running=False, pid=0)
    (queue,) = [finding for finding in red(down) if finding.subject == "queue"]
    assert "The terminal comes first" in queue.next_step
    assert "Selling goes on" not in queue.next_step


def test_each_trouble_of_the_ledger_has_a_next_step_of_its_own() -> None:
    steps = {kind: step_of(but("ledger", fault="x", trouble=kind)) for kind in LedgerTrouble}
    assert len(set(steps.values())) == len(steps)
    assert "start it" in steps[LedgerTrouble.ABSENT]
    assert [kind for kind in steps if "keep all files" in steps[kind]] == [LedgerTrouble.DAMAGED]


def test_a_damaged_ledger_is_red_with_the_commands_that_mend_it() -> None:
    step = step_of(but("ledger", fault="L103 malformed", trouble=LedgerTrouble.DAMAGED))
    assert "systemctl stop terminal" in step
    assert "terminal ledger restore DIR" in step
    assert "second copy" in step


def printer_step(**changes: object) -> str:
    down = DeviceFacts(name="paper", kind="printer", health=DeviceHealth.DOWN, why="P101 PaperOut")
    return step_of(msgspec.structs.replace(WELL, devices=(msgspec.structs.replace(down, **changes),)))


def test_reprint_is_advised_only_where_a_receipt_was_left_to_it() -> None:
    assert "Reprint" not in printer_step()
    assert "(2) then print by themselves" in printer_step(receipts=2)
    assert "Reprint" not in printer_step(receipts=2)
    assert "press Reprint" in printer_step(receipts=2, left=True)


def five_red(kind: str, why: str) -> list[str]:
    """Four devices and the disk."""
    down = tuple(
        DeviceFacts(name=f"{kind}-{n}", kind=kind, health=DeviceHealth.DOWN, why=f"{why} {n}")
        for n in range(4)
    )
    facts = msgspec.structs.replace(but("disk", read_only=True), devices=down)
    lines = as_text(findings(facts), colours=False).splitlines()
    assert len(lines) <= 23
    assert lines[-1] == "5 green, 5 red"
    return lines


def test_five_red_findings_are_read_to_their_end() -> None:
    lines = five_red("service", "a reason that takes more than one row of the screen at the counter")
    assert not [line for line in lines if "..." in line]
    assert [line.split()[-1] for line in lines if "counter" in line] == ["0", "1", "2", "3"]


def test_what_does_not_fit_is_cut_only_when_the_screen_is_full() -> None:
    lines = five_red("reader", "a reason that takes more than two rows of the screen " * 3)
    assert [line for line in lines if "..." in line]
    assert len(lines) >= 21


def test_all_services_can_be_read_where_there_is_room() -> None:
    names = ("watchdog", "counter", "printing", "kiosk", "uplink", "maintenance", "disk", "checkpoints")
    facts = msgspec.structs.replace(
        WELL,
        devices=tuple(DeviceFacts(name=name, kind="service", health=DeviceHealth.READY) for name in names),
    )
    text = as_text(findings(facts), colours=False)
    assert "8 run: watchdog" in text
    assert all(name in text for name in names)


def test_a_ledger_that_nobody_could_make_says_what_is_in_its_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert obstacle(tmp_path / "new" / "ledger.db") == ""
    assert obstacle(tmp_path / "file" / "ledger.db") == f"{tmp_path / 'file'} is not a folder"
    assert obstacle(Path("/proc/nothing/ledger.db")) == "/proc keeps no files"


def test_a_place_that_is_on_no_disk_is_not_called_full() -> None:
    (finding,) = red(but("disk", path="/proc", total_bytes=0, free_bytes=0))
    assert finding.reason == "/proc is on no disk"


def test_tiers_that_stand_otherwise_at_headquarters_are_said_with_what_to_do() -> None:
    assert red(msgspec.structs.replace(WELL, tiers_apart="")) == []
    (found,) = red(msgspec.structs.replace(WELL, tiers_apart="银 of policy.tiers: x"))
    assert (found.subject, found.reason) == ("tiers", "银 of policy.tiers: x")
    assert "hq tiers set" in found.next_step
