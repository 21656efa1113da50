"""The claim on a receipt: what it may look like, what it says, and that nobody else makes its check."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import pytest

import terminal
from terminal.core.claims import CLAIM_CHARS_MAX, ClaimForm, check_of, unfit
from terminal.core.values import EntryId

DOCUMENT = Path(terminal.__file__).parents[1] / "docs" / "invoices.md"
SECRET = b"0123456789abcdef0123456789abcdef"
ENTRY = EntryId("01936000-0000-7000-8000-000000000001")
SIGNS = "has signs that are none of a QR code's: printable ASCII without spaces"
PLACE = "has a place {} that is none of merchant, site, entry, amount, check alone"
TOO_LONG = "may come to 181 characters; at most 180 fit 58 mm paper"
LINK = "https://invoice.example/c?m={merchant}&s={site}&e={entry}&a={amount}&k={check}"


def test_a_claim_names_the_entry_and_the_sum_with_a_check_over_both() -> None:
    form = ClaimForm(form=LINK, secret=SECRET, merchant="M1", site="S1")
    said = b"claim 1\nM1\nS1\n" + ENTRY.encode() + b"\n123400"
    check = hmac.new(SECRET, said, sha256).hexdigest()[:24]
    assert form.of(ENTRY, 123_400) == f"https://invoice.example/c?m=M1&s=S1&e={ENTRY}&a=123400&k={check}"


def test_the_example_of_the_documentation_is_one() -> None:
    form = ClaimForm(
        form="https://invoice.example/c?s={site}&e={entry}&a={amount}&k={check}",
        secret=SECRET,
        merchant="M1",
        site="S1",
    )
    assert f"\n{form.of(ENTRY, 123_400)}\n" in DOCUMENT.read_text(encoding="utf-8")


def test_whatever_is_changed_has_another_check() -> None:
    one = check_of(SECRET, "M1", "S1", ENTRY, 100)
    others = {
        check_of(SECRET[:-1] + b"0", "M1", "S1", ENTRY, 100),
        check_of(SECRET, "M2", "S1", ENTRY, 100),
        check_of(SECRET, "M1", "S2", ENTRY, 100),
        check_of(SECRET, "M1", "S1", EntryId(ENTRY[:-1] + "2"), 100),
        check_of(SECRET, "M1", "S1", ENTRY, 101),
    }
    assert len({one, *others}) == 6
    assert len(one) == 24


def test_the_secret_is_written_out_nowhere() -> None:
    form = ClaimForm(form="{entry}", secret=SECRET, merchant="M1", site="S1")
    assert f"{form} {form!r}" == "ClaimForm({entry}) ClaimForm({entry})"


@pytest.mark.parametrize("form", [LINK, "CT1:{entry}:{amount}:{check}", "{entry}{amount}{check}{{}}"])
def test_links_and_bare_payloads_are_forms(form: str) -> None:
    assert unfit(form) == ""


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("https://invoice.example/", "lacks {amount}"),
        ("{amount}{check}", "lacks {entry}"),
        ("{entry}{amount}", "lacks {check}"),
        (
            "{entry}{amount}{check}{shop}",
            PLACE.format("{shop}"),
        ),
        (
            "{entry}{amount}{check}{}",
            PLACE.format("{}"),
        ),
        (
            "{entry.x}{amount}{check}",
            PLACE.format("{entry.x}"),
        ),
        (
            "{entry}{amount:9}{check}",
            PLACE.format("{amount}"),
        ),
        (
            "{entry!r}{amount}{check}",
            PLACE.format("{entry}"),
        ),
        ("{entry}{amount}{check", "has a brace without its other"),
        ("{entry} {amount}{check}", SIGNS),
        (
            "{entry}{amount}{check}\n",
            SIGNS,
        ),
        (
            "\u5f00{entry}{amount}{check}",
            SIGNS,
        ),
    ],
)
def test_what_is_no_form_is_told(form: str, why: str) -> None:
    assert unfit(form) == why


def test_the_longest_claim_fits_the_narrowest_paper() -> None:
    taken = len("{entry}{amount}{check}".format(entry=ENTRY, amount=10_000_000, check="c" * 24))
    room = CLAIM_CHARS_MAX - taken
    assert unfit("x" * room + "{entry}{amount}{check}") == ""
    assert unfit("x" * (room + 1) + "{entry}{amount}{check}") == TOO_LONG
    both = "{merchant}{site}{entry}{amount}{check}"
    assert unfit("x" * (room - 32) + both) == ""
    assert unfit("x" * (room - 31) + both) != ""
