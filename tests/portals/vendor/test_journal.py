"""The journal on its pages, and the vendor's own settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from sublet.accounts.events import AccountSuspended, DetailsChanged
from sublet.accounts.models import Account
from sublet.foundation.journal.events import Event
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from tests.people import World
from tests.portals.vendor.counting import statements

DAY = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def note(
    world: World, person: str, about: Account, event: Event, at: datetime, *, reason: str = "", via: str = "web"
) -> None:
    with transaction.atomic():
        record(
            event,
            account_id=about.id,
            parent_id=about.parent_id,
            actor=world.actor(person).through(via),
            at=at,
            reason=reason,
        )


@pytest.fixture
def told(world: World) -> World:
    """Three entries on three days."""
    carl, remo = world.carl, world.remo
    changed = DetailsChanged(ref=carl.ref, name=carl.name, changes={"phone": ["", "+39 06 1"]})
    note(world, "rosa", carl, changed, DAY)
    suspended = AccountSuspended(ref=remo.ref, name=remo.name)
    note(world, "vera", remo, suspended, DAY + timedelta(days=1), reason="Unpaid", via="api")
    note(world, "rico", carl, AccountSuspended(ref=carl.ref, name=carl.name), DAY + timedelta(days=2))
    return world


def sentences(browser: Client, address: str) -> list[str]:
    answer = browser.get(address)
    assert answer.status_code == 200
    found = re.findall(r'<div class="story-text"><p><a href="[^"]*">(.*?)</a>', answer.content.decode())
    return [unescape(each) for each in found]


ALL = [
    "Rico Russo suspended Carl’s Kitchen.",
    "Vera Voss suspended Remo Digital.",
    "Rosa Ricci changed the details of Carl’s Kitchen.",
]


@pytest.mark.parametrize(
    ("question", "which"),
    [
        ("", [0, 1, 2]),
        ("event=account.suspended", [0, 1]),
        ("event=account.", [0, 1, 2]),
        ("event=view.", []),
        ("person=rosa", [2]),
        ("person=%25", []),
        ("about=Carl", [0, 2]),
        ("about=remo+dig", [1]),
        ("about=nobody+of+that+name", []),
        ("via=api", [1]),
        ("since=2026-03-11", [0, 1]),
        ("q=remo", [1]),
        ("q=unpaid", [1]),
        ("event=%40account", [0, 1, 2]),
        ("event=%40brand", []),
        ("visits=no", [0, 1, 2]),
        ("visits=yes", []),
        ("until=2026-03-11", [1, 2]),
        ("since=2026-03-11&until=2026-03-11", [1]),
        ("event=rubbish&via=rubbish&cursor=rubbish&since=31-31-31", [0, 1, 2]),
        ("until=9999-12-31", [0, 1, 2]),
    ],
)
def test_the_journal_is_narrowed(told: World, vera: Client, base: str, question: str, which: list[int]) -> None:
    assert sentences(vera, f"{base}journal/?{question}") == [ALL[each] for each in which]


def test_an_account_is_named_by_its_reference_too(told: World, vera: Client, base: str) -> None:
    assert sentences(vera, f"{base}journal/?about={told.carl.ref}") == [ALL[0], ALL[2]]
    page = vera.get(f"{base}journal/?about=r").content.decode()
    assert "What happened to Remo Digital." in page
    assert f"?about={told.rosa.ref}" in page  # the other one that begins so


def test_what_the_page_means_leaves_as_a_file(told: World, vera: Client, base: str) -> None:
    rows = vera.get(f"{base}journal/?event=%40account&q=remo&format=csv").getvalue().decode("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "Vera Voss suspended Remo Digital." in rows[1]
    assert rows[1].endswith("Unpaid,api,account.suspended")
    everything = vera.get(f"{base}journal/?format=xlsx")
    assert everything["Content-Type"].endswith("spreadsheetml.sheet")
    assert JournalEntry.unscoped.filter(event="journal.exported", account_id=told.vendor.id).count() == 2
    assert vera.get(f"{base}journal/?about=nobody+such&format=csv")["Content-Type"].startswith("text/html")


def test_days_are_those_of_whoever_looks(told: World, vera: Client, base: str) -> None:
    """23:30 in UTC is the next day in Rome."""
    late = DAY.replace(hour=23, minute=30)
    note(told, "vera", told.remo, AccountSuspended(ref=told.remo.ref, name="Late"), late)
    told.users["vera"].timezone = "Europe/Rome"
    told.users["vera"].save()

    assert sentences(vera, f"{base}journal/?since=2026-03-11&until=2026-03-11") == [ALL[1], "Vera Voss suspended Late."]


def test_an_end_before_the_beginning_is_told_at_its_field(told: World, vera: Client, base: str) -> None:
    page = vera.get(f"{base}journal/?since=2026-02-02&until=2026-02-01").content.decode()
    assert re.search(r'id="id_until_error"[^>]*><p><svg.*?</svg><span>This day is before the first one.<', page)
    assert '<details class="narrow" open>' in page
    assert "This day is before" not in vera.get(f"{base}journal/?since=2026-02-01&until=2026-02-01").content.decode()
    assert (
        '<details class="narrow">' in vera.get(f"{base}journal/").content.decode()
    )  # a phone shows entries, not fields


def test_the_journal_goes_on_and_back(world: World, vera: Client, base: str) -> None:
    for number in range(120):
        event = AccountSuspended(ref="", name=f"N{number:03}")
        note(world, "vera", world.remo, event, DAY + timedelta(minutes=number))

    first = vera.get(base + "journal/?event=account.").content.decode()
    onward = unescape(re.findall(r'rel="next" href="([^"]*)"', first)[0])
    assert sentences(vera, onward)[0] == "Vera Voss suspended N069."
    back = unescape(re.findall(r'rel="prev" href="([^"]*)"', vera.get(onward).content.decode())[0])
    assert sentences(vera, back)[0] == "Vera Voss suspended N119."
    assert len(sentences(vera, back)) == 50


def test_one_entry_with_all_that_it_holds(told: World, vera: Client, base: str) -> None:
    entry = JournalEntry.unscoped.get(event="account.details_changed")

    page = vera.get(f"{base}journal/{entry.id}/").content.decode()

    assert "Rosa Ricci changed the details of Carl’s Kitchen." in page
    assert "Rosa Ricci of Rosa Web Studio" in page
    assert '<span class="change-label">phone</span>' in page
    assert "<ins>+39 06 1</ins>" in page
    assert f"{base}accounts/{told.rosa.ref}/" in page  # a client is reached by its reseller
    for number in ("rubbish", "00000000-0000-7000-8000-000000000000"):
        assert vera.get(f"{base}journal/{number}/").status_code == 404


def test_hostile_words_in_the_journal_are_words(world: World, vera: Client, base: str) -> None:
    evil = "<script>alert(1)</script>{{ 7*7 }}%(actor)s‮"
    note(world, "vera", world.remo, AccountSuspended(ref="", name=evil), DAY, reason=evil)
    entry = JournalEntry.unscoped.get(event="account.suspended")

    for address in ("journal/", f"journal/{entry.id}/", ""):
        page = vera.get(base + address).content.decode()
        assert "<script>alert(1)" not in page
        assert "{{ 7*7 }}%(actor)s" in page


def test_the_journal_asks_the_same_at_1_and_3_rows(told: World, vera: Client, base: str) -> None:
    vera.get(base + "journal/")
    with statements() as one:
        vera.get(base + "journal/?via=api")
    with statements() as three:
        vera.get(base + "journal/?event=account.")

    assert (len(one), len(three)) == (10, 10), three


def test_without_the_right_there_is_no_journal(
    told: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"accounts": "view"})

    assert victor.get(base + "journal/").status_code == 403
    entry = JournalEntry.unscoped.first()
    assert entry is not None
    assert victor.get(f"{base}journal/{entry.id}/").status_code == 403


# Settings -------------------------------------------------------------------------------------------------------------


def test_the_vendor_s_settings_are_changed(world: World, vera: Client, base: str) -> None:
    form = {"version": "0", "name": "Vantage Group", "language": "it", "timezone": "Europe/Rome"}

    answer = vera.post(base + "settings/", form, follow=True)

    assert answer.redirect_chain == [(base + "settings/", 302)]
    with platform_scope("a test"):
        stored = Account.objects.get(kind="vendor")
    assert (stored.name, stored.language, stored.timezone) == ("Vantage Group", "it", "Europe/Rome")
    assert vera.post(base + "settings/", {**form, "name": "Late"}).status_code == 409
    assert vera.post(base + "settings/", {**form, "name": ""}).status_code == 422


def test_whoever_only_looks_at_the_settings_changes_nothing(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"settings": "view"})

    page = victor.get(base + "settings/").content.decode()
    assert "Vantage Apps" in page
    assert "Save" not in page
    assert victor.post(base + "settings/", {"version": "0", "name": "X"}).status_code == 403
