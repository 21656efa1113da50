"""A day in the shop without a person: join, recharge, checkout, pay by phone, network gone, counted out."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from lab.shop import by_member
from lab.shop.acting import (
    A_TIER,
    APPLES,
    JUICE,
    NUMBER,
    Day,
    Differs,
    Scene,
    about_the_shift,
    approve,
    booked_on_the_shift,
    exactly,
    face_says,
    scan_goods,
    with_card,
)
from lab.shop.by_member_page import shown_offline
from lab.shop.by_phone import (
    back_to_the_phone,
    by_bank_card,
    by_voucher_and_phone,
    found_again,
    paid_by_phone,
)
from lab.shop.counter import watching
from lab.shop.people import STAFF
from lab.shop.processes import told
from lab.shop.setting import PRINTED, SIGNED
from lab.shop.stock import morning_cash, standing
from lab.shop.world import CARDS, opened
from terminal.core.money import plain
from terminal.core.trust import Credential, Holder, Medium

_DRIVER = Credential(medium=Medium.PHONE, number="19000000301")
PATIENCE_S = 60
_PACK = 10
"""Coupons that a newcomer gets (setting.py: two of each of five)."""


async def played(folder: Path) -> dict[str, object]:
    """The whole day; what it came to. Raises Differs, NotSeen or NotStarted."""
    async with opened(folder, sets=False, whole=True) as world:
        async with watching(world.link) as hand:
            day = Day(world, hand)
            await asyncio.sleep(1)  # A tag that is heard sooner lay there when its reader's port was opened.
            for scene in SCENES:
                await _scene(scene, day)
            await hand.until("an empty queue", lambda seen: seen.status["waiting"] == 0)
        if world.pumps.open():
            raise Differs("the dispenser was not told that its fill is paid")
        papers = await _papers(day)
        if code := await world.terminal.stop():
            raise Differs(f"the terminal ended with {code}")
        ledger = await told("terminal", "ledger", "verify", "--config", str(world.config), "--json")
        await world.hq.stop()
        held = await told("hq", "verify", "--data", str(folder / "hq"))
        await _compare_cards(day)
    return _compared(day, ledger, held, papers)


async def _scene(scene: Scene, day: Day) -> None:
    sys.stderr.write(f"-- {scene.__name__.replace('_', ' ')}\n")
    await scene(day)
    await day.hand.state("idle")


async def join(day: Day) -> None:
    """A driver becomes a member in the transaction of the fill."""
    world, hand = day.world, day.hand
    world.scan("ST-0301")
    await hand.state("keying")
    world.scan("JOIN:19000000301")
    await hand.state("choosing")
    await hand.touch("pick", "95")
    await hand.touch("key", "27.1")
    await hand.touch("pick", "cash")
    await exactly(hand)
    await approve(day, "201.20", cash=201_20)
    day.beside += A_TIER


async def from_the_pump(day: Day) -> None:
    """Ten litres that somebody released at the dispenser are paid by its own record."""
    world, hand = day.world, day.hand
    filled = world.pumps.by_hand(2, 10_00)
    world.scan("ST-0301")
    await hand.state("keying")
    await hand.touch("skip")
    await hand.state("choosing")
    await hand.touch("pick", f"fill:{filled.id}")
    await hand.touch("pick", "cash")
    await exactly(hand)
    await approve(day, "73.70", cash=73_70)


async def recharge(day: Day) -> None:
    """A card nobody knows gets a wallet, 100 yuan and the bonus of its rung."""
    world, hand = day.world, day.hand
    await world.box.until(lambda: not world.box.pulled)
    drawers = world.box.opened
    await hand.touch("start", "recharge")
    await with_card(world, CARDS["white"], hand.state("confirm"))
    await hand.touch("confirm")
    await hand.touch("key", "100")
    await exactly(hand)
    await approve(day, "100.00", cash=100_00)
    try:
        await world.box.until(lambda: world.box.opened > drawers)
    except TimeoutError:
        raise Differs("the drawer did not open for cash") from None
    await face_says(world, "105.00")


async def checkout(day: Day) -> None:
    world, hand = day.world, day.hand
    await scan_goods(world, hand, APPLES, JUICE)
    await with_card(world, CARDS["blue"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await approve(day, "22.06")


async def brought_back(day: Day) -> None:
    """One of what the blue card paid for was spoiled: by its receipt, back onto the card, and no cash."""
    world, hand = day.world, day.hand
    world.scan(day.approved[-1])
    await hand.state("choosing")
    await hand.touch("pick", "spoiled")
    await hand.touch("pick", "1")
    await hand.touch("pick", "done")
    await approve(day, "9.90")


async def voided(day: Day) -> None:
    """What was just sold for cash is undone in its shift, and the cash goes back."""
    world, hand = day.world, day.hand
    await hand.touch("start", "void")
    await hand.state("keying")
    world.scan(day.approved[-1])
    await hand.state("choosing")
    await hand.touch("pick", "keyed_wrong")
    await approve(day, "12.80", cash=-12_80)


async def too_little(day: Day) -> None:
    """Five yuan on the card, more in the cart: declined with a code, nothing charged."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, APPLES)
    await with_card(world, CARDS["thin"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await hand.state("declined")
    if hand.screen["code"] != "51":
        raise Differs(f"declined with {hand.screen['code']} instead of 51")
    await hand.touch("done")
    await hand.touch("cancel")
    await hand.until("the end of it", lambda seen: seen.screen["state"] in {"saying", "idle"})
    if hand.screen["state"] == "saying":
        await hand.touch("done")


async def stripe_card(day: Day) -> None:
    """A bank card is refused and leaves the cart as it is; the shop's own stripe pays."""
    world, hand = day.world, day.hand
    await scan_goods(world, hand, JUICE)
    await with_card(world, CARDS["bank"], hand.until("A117", lambda seen: seen.screen["code"] == "A117"))
    await with_card(world, CARDS["stripe"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await approve(day, "9.90")


async def signed_code(day: Day) -> None:
    """A member's phone pays once; the same code again, as on a photograph, is refused."""
    world, hand = day.world, day.hand
    code = world.signed(dynamic=True)
    await scan_goods(world, hand, JUICE)
    world.scan(code)
    await hand.state("choosing")
    await hand.touch("pick", "stored")
    await approve(day, "9.90")
    await hand.state("idle")
    await scan_goods(world, hand, JUICE)
    world.scan(code)
    await hand.until("A120", lambda seen: seen.screen["code"] == "A120")
    world.scan(SIGNED)
    await hand.state("choosing")
    await hand.touch("pick", "stored")
    await approve(day, "9.90")


async def chip_card(day: Day) -> None:
    """A contactless card behind pcscd, where there is one."""
    world, hand = day.world, day.hand
    if world.slot is None:
        sys.stderr.write(f"   left out: {world.without_pcsc}\n")
        return
    await scan_goods(world, hand, JUICE)
    await with_card(world, CARDS["green"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await approve(day, "9.90")


async def proving_card(day: Day) -> None:
    """A card that proves itself pays; its copy is refused, and the customer pays cash."""
    world, hand = day.world, day.hand
    if world.slot is None:
        return
    await scan_goods(world, hand, JUICE)
    await with_card(world, CARDS["silver"], hand.state("choosing"))
    await hand.touch("pick", "stored")
    await approve(day, "9.90")
    await hand.state("idle")
    await scan_goods(world, hand, JUICE)
    await with_card(world, CARDS["copy"], hand.until("D106", lambda seen: seen.screen["code"] == "D106"))
    await hand.touch("skip")
    await exactly(hand)
    await approve(day, "9.90", cash=9_90)


async def visiting_card(day: Day) -> None:
    """Their keys are at headquarters alone: they prove themselves there, while the customer waits."""
    world, hand = day.world, day.hand
    if world.slot is None:
        return
    await hand.until("online", lambda seen: bool(seen.status["online"]))
    for card, trust in (("visitor", "secure"), ("black-visitor", "signed"), ("red-visitor", "secure")):
        await scan_goods(world, hand, JUICE)
        await with_card(world, CARDS[card], hand.state("choosing"))
        read = (world.folder / "terminal.log").read_text("utf-8").splitlines()
        if f"trust={trust}" not in [line for line in read if "card read" in line][-1]:
            raise Differs(f"the card {card} did not prove itself to headquarters")
        await hand.touch("pick", "stored")
        await approve(day, "9.90")
        await hand.state("idle")


async def taken_off(day: Day) -> None:
    """Ten percent off a bruised bag: the attendant may not alone, the shift lead stands behind it."""
    world, hand = day.world, day.hand
    lead = STAFF[2].id
    world.scan(APPLES)
    await hand.until("the apples", lambda seen: bool(seen.screen["lines"]))
    await hand.touch("change", hand.screen["lines"][0]["ref"])
    await hand.touch("pick", "less")
    await hand.touch("pick", "percent")
    await hand.touch("key", "10")
    await hand.touch("pick", "破损")
    await hand.state("ready")
    world.scan(STAFF[0].id)
    await hand.until("the attendant refused", lambda seen: bool(seen.screen["code"]))
    world.scan(lead)
    await hand.until("a PIN", lambda seen: seen.screen["keying"] == "pin")
    await hand.touch("key", world.pins[lead])
    await hand.until("less", lambda seen: seen.screen["state"] == "cart" and "11.52" in seen.screen["amount"])
    await hand.touch("done")
    await hand.touch("skip")
    await exactly(hand)
    await approve(day, "11.50", cash=11_50)


async def offline(day: Day) -> None:
    """Without headquarters the sale goes on and waits; with it again, nothing waits."""
    world, hand = day.world, day.hand
    world.road.cut()
    await hand.until("offline", lambda seen: not seen.status["online"])
    await scan_goods(world, hand, APPLES)
    await hand.touch("skip")
    await exactly(hand)
    await approve(day, "12.80", sound="high, low", cash=12_80)
    await hand.until("something waiting", lambda seen: seen.status["waiting"] > 0)
    world.road.mend()
    await hand.until("online", lambda seen: bool(seen.status["online"]))


async def cash_taken_out(day: Day) -> None:
    """Twenty yuan for something small, and its slip."""
    hand = day.hand
    await about_the_shift(hand, "paid_out", "purchase")
    await hand.touch("key", "20")
    await booked_on_the_shift(day)
    await hand.touch("done")
    day.cash -= 20_00


async def counted_out(day: Day) -> None:
    """The attendant counts blind, and finds what all of the day says should be there."""
    hand, box = day.hand, day.world.box
    await box.until(lambda: not box.pulled)
    drawers, counted = box.opened, morning_cash() + day.cash
    await about_the_shift(hand, "close", "sum")
    await hand.touch("key", plain(counted))
    await hand.touch("key", "300")
    await hand.state("confirm")
    if box.display.rows[0].strip():
        raise Differs(f"the customer sees what lies in the drawer: {box.display.rows}")
    await booked_on_the_shift(day)
    over = [line["value"] for line in hand.screen["lines"] if line["label"]["text"] in {"Over", "Short"}]
    await hand.until("the next shift", lambda seen: seen.status["shift"] == "T1-2")
    if over != ["¥0.00"]:
        raise Differs(f"{plain(counted)} counted, {over} over or short")
    await box.until(lambda: box.opened > drawers)
    await hand.touch("done")


async def counted_in(day: Day) -> None:
    """The next attendant counts what was left."""
    hand = day.hand
    await hand.touch("start", "shift")
    await hand.touch("pick", STAFF[1].id)
    await hand.touch("pick", "sum")
    await hand.touch("key", "300")
    await booked_on_the_shift(day, printed=False)
    await hand.touch("done")


SCENES: tuple[Scene, ...] = (
    join,
    from_the_pump,
    recharge,
    checkout,
    brought_back,
    too_little,
    stripe_card,
    signed_code,
    chip_card,
    proving_card,
    visiting_card,
    paid_by_phone,
    found_again,
    back_to_the_phone,
    by_voucher_and_phone,
    by_bank_card,
    *by_member.SCENES,
    taken_off,
    shown_offline,
    offline,
    voided,
    cash_taken_out,
    counted_out,
    counted_in,
)


async def _papers(day: Day) -> list[str]:
    """What lies below the printer once everything that was approved has had time to be printed."""
    printed = day.world.printer.receipts
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(printed) < len(day.approved) + day.slips:
                day.world.printed.clear()
                await day.world.printed.wait()
    except TimeoutError:
        raise Differs(f"{len(day.approved)} were approved, {len(printed)} receipts printed") from None
    return [receipt.text for receipt in printed]


async def _compare_cards(day: Day) -> None:
    """Every card to the fen, as the day's arithmetic says."""
    wanted = {
        "white": (10_000, 500, 0),  # 100 yuan and the bonus of its rung
        "blue": (10_000 - 2_206 + 990, 0, 12),  # The points counted again on what is left of the sale.
        "thin": (500, 0, 0),  # declined: untouched
        "stripe": (4_000 - 990, 0, 9),
        "green": (20_000 - 990, 0, 9) if day.world.slot else (20_000, 0, 0),
        "silver": (30_000 - 990, 0, 9) if day.world.slot else (30_000, 0, 0),
    }
    wanted |= {
        "wang": (0, 0, 1_200 + 268 - 300 + 7 - 500 + 9 + 100),  # The washes, half a milk, juice, a friend.
        "new1": (0, 0, 247 + 11 + 9),  # What 张伟 has, whose card was lost.
    }
    path = day.world.folder / "ledger.db"
    asked = [*(CARDS[name].credential for name in wanted), PRINTED, _DRIVER]
    wanted["printed"] = (5_000 - 2 * 990, 0, 18)
    *cards, driver = await standing(path, asked)
    for (name, numbers), holder in zip(wanted.items(), cards, strict=True):
        if holder is None or (holder.principal, holder.bonus, holder.points) != numbers:
            raise Differs(f"the {name} card holds {_numbers(holder)} instead of {numbers}")
    if driver is None or driver.member is None or (driver.coupons, driver.points) != (_PACK, 9):
        raise Differs(f"the driver who joined holds {_numbers(driver)}")


def _numbers(holder: Holder | None) -> str:
    if holder is None:
        return "nothing: unknown"
    return f"{holder.principal}, {holder.bonus}, {holder.points} points, {holder.coupons} coupons"


def _compared(day: Day, ledger: dict[str, Any], held: dict[str, Any], papers: list[str]) -> dict[str, object]:
    for paper in papers:
        sys.stdout.write(f"{paper}\n")
    numbers = [found[0] for paper in papers if (found := NUMBER.findall(paper))]
    if Counter(numbers) != Counter(day.approved):
        raise Differs(f"approved {day.approved}, printed {numbers}")
    if any("DUPLICATE" in paper or "重打印" in paper for paper in papers):
        raise Differs("a receipt says DUPLICATE although nothing went wrong")
    booked = len(day.approved) + day.slips + day.without_paper + day.beside
    if ledger["fault"] or ledger["entries"] != day.world.morning + booked:
        raise Differs(f"{day.world.morning} in the morning, {booked} approved, then {ledger}")
    if not any("Z 报表" in paper and "长款" in paper for paper in papers):
        raise Differs("no Z report was printed")
    site = held["sites"][0]
    if held["hq"] != "ok" or site["entries"] != ledger["entries"] or site["head"] != ledger["head"]:
        raise Differs(f"headquarters holds {held}, the terminal {ledger}")
    return {
        "transactions": ledger["entries"],
        "receipts": len(papers),
        "forwarded": site["entries"],
        "ledger": "ok",
        "hq": held["hq"],
    }
