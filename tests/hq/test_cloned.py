"""Two disks of one machine take turns: a person says which goes on, and the other is not let in any more."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from hq.cloned import one_goes_on
from hq.decisions import NotDecided
from hq.door import Machine
from hq.ports import Cause, ExceptionKind
from hq.refusal import RequestRefused
from terminal.core.values import SiteId
from tests.hq.guest import Guest, named, presenting
from tests.hq.shop import Chain, Shop
from tests.hq.test_boxes import Company
from tests.hq.test_healing import takes_turns


async def turns(chain: Chain, data: Path) -> tuple[Company, Shop, Guest]:
    company = Company(chain, data)
    shop, guest = await company.shop("S1")
    await shop.join("w1")
    await shop.recharge("w1", 10_000_00)
    await shop.sync()
    assert await takes_turns(chain, shop, 4, 1_000) == ["i1"]
    return company, shop, guest


async def known(company: Company, guest: Guest) -> Machine:
    serial = f"{x509.load_pem_x509_certificate(guest.enrolment.certificate.encode()).serial_number:x}"
    return (await company.doors.machines(company.chain.merchant, [serial]))[serial]


async def decided(company: Company, by: str = "Chen", saw: str | None = None) -> str:
    chain = company.chain
    return await one_goes_on(chain.exchange, company.door, chain.merchant, SiteId("S1"), by=by, saw=saw)


async def test_the_one_that_enrols_anew_goes_on_and_the_old_certificate_lets_nobody_in(
    chain: Chain, tmp_path: Path
) -> None:
    company, shop, guest = await turns(chain, tmp_path)
    code = await decided(company)
    assert (await known(company, guest)).revoked_ms is not None
    again = await presenting(company.door, named(chain.merchant), code)
    assert (await known(company, again)).revoked_ms is None
    assert (await known(company, guest)).revoked_ms is not None
    assert await chain.open_exceptions("clone") == []
    await shop.sync()
    assert await takes_turns(chain, shop, 3, 1_000) == []
    with pytest.raises(RequestRefused):
        await presenting(company.door, named(chain.merchant), code)


async def test_disks_that_take_turns_again_are_shown_again(chain: Chain, tmp_path: Path) -> None:
    company, shop, _ = await turns(chain, tmp_path)
    await decided(company)
    chain.clock.now_ms += 1
    assert await takes_turns(chain, shop, 4, 1_000) == ["i1"]


async def test_it_is_decided_once_and_by_somebody_who_saw_it(chain: Chain, tmp_path: Path) -> None:
    company, _, guest = await turns(chain, tmp_path)
    with pytest.raises(NotDecided, match="sign"):
        await decided(company, by=" ")
    with pytest.raises(NotDecided, match="look again"):
        await decided(company, saw="another")
    assert (await known(company, guest)).revoked_ms is None
    saw = await chain.seen(Cause(kind=ExceptionKind.CLONE, site=SiteId("S1"), subject="i1"))
    code = await decided(company, saw=saw)
    again = await presenting(company.door, named(chain.merchant), code)
    with pytest.raises(NotDecided, match="look again"):
        await decided(company)
    assert (await known(company, again)).revoked_ms is None


async def test_of_a_site_whose_machine_was_never_let_in_nothing_is_decided(
    chain: Chain, tmp_path: Path
) -> None:
    company = Company(chain, tmp_path)
    for _ in range(2):
        with pytest.raises(NotDecided, match="no machine"):
            await decided(company)
        await chain.shop("S1")
