"""What an operator sees and decides, with a real headquarters; and who does not get to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import asyncpg
import pytest

from hq.door_postgres import PostgresDoor
from hq.operators import Operators, Session
from hq.pages import COOKIE
from hq.postgres import connected
from terminal.core.wire.journal import HELLO_PATH
from terminal.runtime.clock import SystemClock
from tests.hq.browser import Browser
from tests.hq.guest import anyhow, keys_of
from tests.hq.process import Headquarters
from tests.hq.test_service import push
from tests.uplink.journal import Journal

pytestmark = pytest.mark.hq


_Done = TypeVar("_Done")


def with_operators(hq: Headquarters, work: Callable[[Operators], Awaitable[_Done]]) -> _Done:
    async def done() -> _Done:
        store = await connected(hq.dsn())
        try:
            return await work(
                Operators(PostgresDoor(store), keys_of(hq.data), SystemClock(), secrets.token_bytes)
            )
        finally:
            await store.close()

    return anyhow(done())


def code_for(hq: Headquarters, merchant: str, name: str = "Li Wei") -> str:
    return with_operators(hq, lambda operators: operators.code_for(merchant, name))


def logged_in(hq: Headquarters, merchant: str, name: str = "Li Wei") -> Browser:
    """Without knocking: who does that too often has to wait."""

    async def session(operators: Operators) -> Session | None:
        return await operators.login(merchant, await operators.code_for(merchant, name))

    browser, found = Browser(hq), with_operators(hq, session)
    assert found is not None
    browser.cookie = f"{COOKIE}={found.cookie()}"
    return browser


@pytest.fixture
def merchant() -> str:
    return str(uuid4())


@pytest.fixture
def browser(standing_hq: Headquarters, merchant: str) -> Browser:
    return logged_in(standing_hq, merchant)


def test_without_a_session_there_is_only_the_login(standing_hq: Headquarters) -> None:
    stranger = Browser(standing_hq)
    assert stranger.get("/") == 303
    assert stranger.headers["Location"] == "/login"
    assert stranger.get("/login?merchant=%22%3E%3Cscript%3E") == 200
    assert "<script" not in stranger.body


def test_a_code_logs_in_once(standing_hq: Headquarters, merchant: str) -> None:
    code, first, second = code_for(standing_hq, merchant), Browser(standing_hq), Browser(standing_hq)
    assert first.login(merchant, code) == 303
    assert first.get("/") == 200
    assert merchant in first.body
    assert "Li Wei" in first.body
    assert second.login(merchant, code) == 403
    assert "wrong, used, or too old" in second.body


def test_a_code_is_good_for_its_merchant_only(standing_hq: Headquarters, merchant: str) -> None:
    assert Browser(standing_hq).login("another", code_for(standing_hq, merchant)) == 403


def test_a_code_that_lets_a_terminal_in_lets_nobody_log_in(standing_hq: Headquarters, merchant: str) -> None:
    from tests.hq.test_letting_in import typed

    here = ("--merchant", merchant, "--site", "S1", "--terminal", "T1")
    code = typed("hq", "enrol", "--data", str(standing_hq.data), *here).stdout.strip()
    assert Browser(standing_hq).login(merchant, code) == 403


def test_the_command_prints_a_code_that_logs_in(standing_hq: Headquarters, merchant: str) -> None:
    from tests.hq.test_letting_in import typed

    who = ("--merchant", merchant, "--name", "王芳")
    done = typed("hq", "operator", "--data", str(standing_hq.data), *who)
    assert "within 15 minutes" in done.stderr
    browser = Browser(standing_hq)
    assert browser.login(merchant, done.stdout.strip()) == 303
    browser.get("/")
    assert "王芳" in browser.body


def test_the_cookie_is_for_this_host_and_no_script(standing_hq: Headquarters, merchant: str) -> None:
    browser = Browser(standing_hq)
    assert browser.login(merchant, code_for(standing_hq, merchant)) == 303
    assert browser.headers["Set-Cookie"].startswith("__Host-hq=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in browser.headers["Set-Cookie"]
    assert "Domain" not in browser.headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/", "/login"])
def test_every_page_allows_itself_nothing_but_its_style_and_forms(browser: Browser, path: str) -> None:
    browser.get(path)
    policy = browser.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for part in ("form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert browser.headers["Cache-Control"] == "no-store"


def test_after_logging_out_the_cookie_opens_nothing(browser: Browser) -> None:
    browser.get("/")
    kept, form = browser.cookie, next(fields for action, fields in browser.forms() if action == "/logout")
    assert browser.post("/logout", form) == 303
    browser.cookie = kept
    assert browser.get("/") == 303


@pytest.mark.parametrize("cookie", ["", "x", "00.00", "zz.zz", "6d." + "00" * 32, "ff." + "00" * 32, "é"])
def test_a_forged_cookie_opens_nothing(standing_hq: Headquarters, cookie: str) -> None:
    browser = Browser(standing_hq)
    browser.cookie = f"__Host-hq={cookie}".encode().decode("latin-1")
    assert browser.get("/") == 303


def shut_out_form(browser: Browser, hq: Headquarters, merchant: str) -> dict[str, str]:
    hq.guest(merchant)
    browser.get("/")
    return {**browser.form(do="revoke"), "words": "lost"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Host": "evil.example"},
        {"Host": "evil.example", "Origin": "https://evil.example"},
        {"Content-Type": "text/plain"},
        {"Cookie": "__Host-hq=6d.00"},
    ],
)
def test_a_form_from_elsewhere_does_nothing(
    browser: Browser, standing_hq: Headquarters, merchant: str, headers: dict[str, str]
) -> None:
    form = shut_out_form(browser, standing_hq, merchant)
    assert browser.post("/decide", form, **headers) == 403
    browser.get("/")
    assert "shut out" not in browser.body


@pytest.mark.parametrize("charset", ["nonsense", "utf-16", "idna"])
def test_a_form_in_letters_that_nobody_knows_is_refused_and_no_defect(browser: Browser, charset: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    status = browser.post("/login", {"merchant": "m", "code": "é"}, **{"Content-Type": kind})
    assert 400 <= status < 500
    assert charset != "nonsense" or status == 400


@pytest.mark.parametrize("key", ["", "0" * 64, "é"])
def test_a_form_without_what_follows_from_the_session_does_nothing(
    browser: Browser, standing_hq: Headquarters, merchant: str, key: str
) -> None:
    form = shut_out_form(browser, standing_hq, merchant)
    assert browser.post("/decide", {**form, "form_key": key}) == 403


def test_who_guesses_codes_has_to_wait(own_hq: Headquarters) -> None:
    own_hq.start()
    browser = Browser(own_hq)
    assert [browser.login("m", "A" * 48) for _ in range(11)] == [403] * 10 + [429]


def test_a_name_that_is_not_ours_is_shown_nothing(browser: Browser) -> None:
    assert browser.get("/", Host="evil.example") == 421


def test_a_decision_that_there_is_not_is_refused(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    form = shut_out_form(browser, standing_hq, merchant)
    assert browser.post("/decide", {**form, "do": "explode"}) == 400
    assert browser.post("/decide", {**form, "words": "x" * 20_000}) == 403


def test_a_terminal_is_seen_with_what_it_has_sent_and_can_be_shut_out(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=4))
    form = shut_out_form(browser, standing_hq, merchant)
    assert "S1 / T1" in browser.body
    assert '<td class="number">4</td><td class="number">0</td>' in browser.body
    assert "can be lost were all offline" in browser.body
    assert browser.post("/decide", form) == 303
    browser.get("/")
    assert "shut out" in browser.body
    assert "lost (Li Wei)" in browser.body
    who = {"merchant": merchant, "site": "S1", "instance": "i1"}
    status, told = standing_hq.ask(HELLO_PATH, json.dumps(who).encode())
    assert (status, told["code"]) == (403, "certificate")


def test_an_operator_sets_limits_cards_and_tiers_and_all_see_who_did(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=4))
    browser.get("/")
    card, tier = browser.form(do="card"), browser.form(do="tier")
    policy = {**browser.form(do="policy"), "secure": "80", "signed": "0", "open": "0", "cap": "120.50"}
    assert browser.post("/decide", {**policy, "cap": "1.234"}) == 409
    assert "amounts are yuan" in browser.body
    assert browser.post("/decide", {**policy, "site": "S9"}) == 409
    assert browser.post("/decide", policy) == 303
    assert browser.post("/decide", {**card, "card": "c1", "state": "lost"}) == 303
    assert browser.post("/decide", {**card, "card": "c1", "state": "eaten"}) == 409
    assert browser.post("/decide", {**tier, "wallet": "w9", "tier": "gold"}) == 409
    assert browser.post("/decide", {**tier, "wallet": "w1", "tier": "diamond"}) == 409
    browser.get("/")
    assert "site 12050 fen" in browser.body
    assert "card c1: lost" in browser.body
    assert "<td>Li Wei</td>" in browser.body


def test_an_operator_withdraws_a_kind_of_coupon_and_lets_it_be_given_again(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=1))
    browser.get("/")
    form = browser.form(do="withdraw")
    assert browser.post("/decide", {**form, "kind": "c3", "words": " "}) == 409
    assert "Not decided: say why" in browser.body
    assert browser.post("/decide", {**form, "coupon": "k9", "words": "torn"}) == 409
    assert "Not decided: no such coupon" in browser.body
    assert browser.post("/decide", {**form, "kind": "c3 <b>", "words": "misprinted"}) == 200
    assert "Withdrawn: 0 coupons: 0 ended here" in browser.body
    assert "coupons c3 &lt;b&gt; withdrawn: misprinted" in browser.body
    again = browser.form(do="give_again")
    assert browser.post("/decide", again) == 303
    assert browser.post("/decide", again) == 409
    assert "Not decided: that kind is not withdrawn" in browser.body
    assert "may be given again" in browser.body


def test_an_entry_that_cannot_be_read_is_decided_in_words(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    journal = Journal(booked=1)
    journal.book(b"poison")
    push(standing_hq, merchant, journal)
    browser.get("/")
    assert "entry that cannot be read" in browser.body
    assert browser.post("/decide", browser.form(do="read_again", kind="quarantine")) == 409
    assert "Not decided: entry 2 cannot be read yet: cannot be read" in browser.body
    form = browser.form(do="close", kind="quarantine")
    assert browser.post("/decide", {**form, "words": "  "}) == 409
    assert "Not decided: somebody must sign" in browser.body
    assert browser.post("/decide", {**form, "saw": "", "words": "test entry"}) == 409
    assert browser.post("/decide", {**form, "words": "test entry"}) == 303
    assert browser.post("/decide", {**form, "words": "again"}) == 409
    assert "decided by Li Wei meanwhile: test entry" in browser.body
    browser.get("/")
    assert "<p>Nothing.</p>" in browser.body


def test_which_of_two_disks_goes_on_is_decided_by_a_code_that_is_shown_once(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=1))
    shown = (merchant, "clone", "S1", "i1", "4 forks", 1)
    sql = (
        "INSERT INTO exceptions (merchant_id, kind, site, subject, why, opened_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
    )
    anyhow(_done(standing_hq.dsn(), sql, *shown))
    browser.get("/")
    form = browser.form(do="clone", subject="i1")
    assert browser.post("/decide", {**form, "saw": ""}) == 409
    assert browser.post("/decide", form) == 200
    assert "At the machine that goes on, type: terminal enrol " in browser.body
    hello = json.dumps({"merchant": merchant, "site": "S1", "instance": "i1"}).encode()
    assert standing_hq.ask(HELLO_PATH, hello)[0] == 403
    assert browser.post("/decide", form) == 409
    browser.get("/")
    assert "terminal enrol" not in browser.body
    assert "<p>Nothing.</p>" in browser.body


async def _done(dsn: str, sql: str, *values: object) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(sql, *values)
    await connection.close()


def test_which_of_two_machines_is_the_site_is_decided_by_a_person(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=1))
    second = {"merchant": merchant, "site": "S1", "instance": "i2"}
    assert standing_hq.ask(HELLO_PATH, json.dumps(second).encode())[0] == 409
    browser.get("/")
    form = browser.form(do="instance", subject="i2")
    assert browser.post("/decide", {**form, "saw": "x"}) == 409
    assert [browser.post("/decide", form) for _ in range(3)] == [303] * 3
    assert browser.post("/decide", {**form, "subject": "i1"}) == 409
    assert "decided by Li Wei meanwhile: i2 is the site" in browser.body
    status, told = standing_hq.ask(HELLO_PATH, json.dumps(second).encode())
    assert (status, told["instance_no"]) == (200, 2)


def test_a_site_is_written_off_by_two_people(
    browser: Browser, standing_hq: Headquarters, merchant: str
) -> None:
    push(standing_hq, merchant, Journal(booked=1))
    standing_hq.guest(merchant)
    browser.get("/")
    form = browser.form(do="write_off")
    own = code_for(standing_hq, merchant, "Li Wei")
    assert browser.post("/decide", {**form, "second": "nonsense"}) == 409
    assert browser.post("/decide", {**form, "second": own}) == 409
    assert "the second signature is the first one" in browser.body
    second = code_for(standing_hq, merchant, "Zhang San")
    assert browser.post("/decide", {**form, "second": second}) == 303
    browser.get("/")
    assert "written off 20" in browser.body
    assert "counted as if it sold on" in browser.body
    form = browser.form(do="gone")
    assert browser.post("/decide", {**form, "second": second}) == 409  # Good for one decision.
    again = code_for(standing_hq, merchant, "Zhang San")
    assert browser.post("/decide", {**form, "second": again}) == 303
    browser.get("/")
    assert ", gone" in browser.body
    assert "counted as if it sold on" not in browser.body
    assert "the machine of S1 is gone" in browser.body


def test_nobody_sees_a_neighbour(browser: Browser, standing_hq: Headquarters) -> None:
    push(standing_hq, "a neighbour", Journal("NeighbourSite", booked=2))
    browser.get("/")
    assert "NeighbourSite" not in browser.body


def test_hostile_names_stay_text(standing_hq: Headquarters) -> None:
    hostile, site = "<script>alert(1)</script>", "'\"><img src=x>"
    push(standing_hq, hostile, Journal(site, booked=1))
    browser = logged_in(standing_hq, hostile, "<b>")
    assert browser.get("/") == 200
    assert "&lt;script&gt;alert(1)" in browser.body
    for word in ("<script", "<img", "<b>&"):
        assert word not in browser.body
