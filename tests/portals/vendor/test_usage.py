"""The vendor's pages of what an account has used, down to usage events, and of the correction of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from sublet.billing.operations import issue_invoice
from sublet.core.usage import BY_PEOPLE, correction_id
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope
from sublet.metering import operations
from sublet.metering.models import UsageEvent
from tests.billing.selling import day, entries, furnish, invoices, run, texts
from tests.metering.meters import load_meters, product, used
from tests.people import CARL_HOST, World

pytestmark = pytest.mark.django_db
ODD = "a/b & ü?"


def text_of(response: Any) -> str:
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode().partition("<main")[2], flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture
def there(world: World, base: str) -> str:
    """Carl has used something today: 30 in an event with an odd id, 4, and three visits."""
    load_meters(world)
    actor, at = product(world), now()
    told = [used(world, ODD, "sent", 30, at=at), used(world, 2, "sent", 4, at=at), used(world, 3, "visits", at=at)]
    with actor_scope(actor):
        operations.record_usage(events=told, actor=actor, at=at)
    return f"{base}accounts/{world.carl.ref}/usage/"


def form(there: str, event: str = ODD, source: str = "app", meter: str = "sent") -> str:
    return f"{there}{meter}/correct/?{urlencode({'source': source, 'event': event})}"


ANSWER = {"what": "replace", "quantity": "18", "reason": "Counted twice"}


def test_from_the_account_to_an_event_and_its_correction(world: World, vera: Client, there: str) -> None:
    subscription = vera.get(there.replace("/usage/", "/subscription/")).content.decode()
    assert f'href="{there}"' in subscription
    assert f'href="{there}sent/"' in vera.get(there).content.decode()
    listing = vera.get(f"{there}sent/").content.decode()
    assert form(there).replace("&", "&amp;") in listing
    shown = text_of(vera.get(form(there)))
    assert "Value 30" in shown
    check = vera.post(form(there), ANSWER)
    words = text_of(check)
    assert (check.status_code, UsageEvent.unscoped.count()) == (200, 3)
    assert re.search(r"This usage event 30 \S+ 18 ", words)
    assert re.search(r"Total, \w+ \d{4} 34 \S+ 22 ", words)
    assert "No invoice was issued for it" in words
    assert 'name="confirmed" value="1"' in check.content.decode()
    done = vera.post(form(there), ANSWER | {"confirmed": "1"}, follow=True)
    assert "Corrected. The history says who did it, and why." in done.content.decode()
    listed = text_of(done)
    assert re.search(r"In the place of a/b &amp; ü\? By Vera Voss, [^:]+:\d\d[^:]*: Counted twice", listed)
    assert re.search(r"Corrected by Vera Voss, [^:]+:\d\d[^:]*: Counted twice", listed)
    new = UsageEvent.unscoped.get(source=BY_PEOPLE)
    assert (new.quantity, new.event_id, new.corrects) == (18, correction_id("app", ODD), ODD)
    assert "22" in text_of(vera.get(there))


def test_the_clients_reseller_and_the_client_read_it_in_the_history(world: World, vera: Client, there: str) -> None:
    assert "the client reads only that usage was corrected" in text_of(vera.get(form(there)))
    vera.post(form(there), ANSWER | {"confirmed": "1"})
    rosa = text_of(world.browser("rosa").get(f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/history/"))
    assert "Vera Voss corrected the usage of Carl’s Kitchen: “A” -12 (" in rosa
    assert "Counted twice" in rosa
    carl = text_of(world.browser("carl").get(f"/client/{world.carl.ref}/history/"))
    assert "corrected the usage of Carl’s Kitchen: “A” -12 (" in carl
    assert "Vera" not in carl
    assert "Counted twice" not in carl


def test_sent_twice_it_is_done_once(world: World, vera: Client, there: str) -> None:
    for _turn in range(2):
        assert vera.post(form(there), ANSWER | {"confirmed": "1"}).status_code == 302
    assert UsageEvent.unscoped.filter(source=BY_PEOPLE).count() == 1
    assert JournalEntry.unscoped.filter(event="usage.corrected").count() == 1
    other = vera.post(form(there), ANSWER | {"confirmed": "1", "quantity": "17"})
    assert (other.status_code, "has been corrected already" in text_of(other)) == (409, True)
    assert "has been corrected already" in text_of(vera.get(form(there)))
    # The positive control: what counts now can be corrected.
    new = form(there, correction_id("app", ODD), BY_PEOPLE)
    assert vera.post(new, ANSWER | {"confirmed": "1", "quantity": "17"}).status_code == 302
    assert UsageEvent.unscoped.filter(source=BY_PEOPLE).count() == 2


def test_a_products_correction_after_a_persons_is_shown_as_what_does_not_count(
    world: World, vera: Client, there: str
) -> None:
    vera.post(form(there), ANSWER | {"confirmed": "1"})
    actor, at = product(world), now()
    with actor_scope(actor):
        operations.record_usage(events=[used(world, "late", "sent", 25, at=at, corrects=ODD)], actor=actor, at=at)
    listed = text_of(vera.get(f"{there}sent/", {"q": "late"}))
    assert re.search(
        r"25 Does not count Was to count in the place of a/b &amp; ü\? A person had corrected that one before: what the person "
        r"said counts\.",
        listed,
    )
    assert "Corrected by the product" not in listed
    assert "22" in text_of(vera.get(there))


def test_an_event_is_taken_out(vera: Client, there: str) -> None:
    check = vera.post(form(there, "3", meter="visits"), {"reason": "A test of ours"})
    assert "counts no more" in text_of(check)
    assert "What counts" not in text_of(vera.get(form(there, "3", meter="visits")))
    assert vera.post(form(there, "3", meter="visits"), {"reason": "A test", "confirmed": "1"}).status_code == 302
    assert "Takes another back" in text_of(vera.get(f"{there}visits/"))
    out = {"what": "take_out", "quantity": "", "reason": "A test of ours", "confirmed": "1"}
    assert vera.post(form(there), out).status_code == 302
    assert UsageEvent.unscoped.get(corrects=ODD).quantity is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": ""}, "Give the new value."),
        ({"quantity": "many"}, "Enter a number."),
        ({"reason": " "}, "This field is required."),
        ({"what": ""}, "This field is required."),
        ({"quantity": "30"}, "This is the value that counts already."),
        ({"quantity": "-3"}, "A value is not below 0 here."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(vera: Client, there: str, change: Mapping[str, str], words: str) -> None:
    for more in ({}, {"confirmed": "1"}):
        answer = vera.post(form(there), {**ANSWER, **change, **more})
        assert answer.status_code in {409, 422}
        assert words in text_of(answer)
    assert UsageEvent.unscoped.filter(source=BY_PEOPLE).count() == 0


def test_an_event_is_found_by_its_whole_id(vera: Client, there: str) -> None:
    found = text_of(vera.get(f"{there}sent/", {"q": ODD}))
    assert ("30 " in found, "Nothing matches" in found) == (True, False)
    assert "No usage event of this meter has this id" in text_of(vera.get(f"{there}sent/", {"q": "a/b"}))
    assert "No usage events yet" in text_of(vera.get(f"{there}storage/"))


def test_a_phone_shows_whence_an_event_comes_and_no_label_of_nothing(vera: Client, there: str) -> None:
    vera.post(form(there), ANSWER | {"confirmed": "1"})
    page = vera.get(f"{there}sent/").content.decode()
    # What is `p2` is left out on a phone, and a cell with nothing in it, not even a space, goes with its label.
    assert [each.split()[0] for each in re.findall(r'class="([^"]+)" data-label="From"', page)] == ["p1"] * 3
    actions = re.findall(r'data-label="Actions">(.*?)</td>', page, re.DOTALL)
    assert sorted(bool(each) for each in actions) == [False, True, True]
    assert "" in actions


def test_who_may_only_look_corrects_nothing(
    vera: Client, there: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    looks = colleague({"accounts": "view", "usage": "view"})
    page = looks.get(f"{there}sent/")
    assert (page.status_code, "/correct/" in page.content.decode()) == (200, False)
    assert [">Actions<" in browser.get(f"{there}sent/").content.decode() for browser in (looks, vera)] == [False, True]
    assert looks.get(form(there)).status_code == 403
    assert looks.post(form(there), ANSWER | {"confirmed": "1"}).status_code == 403
    assert UsageEvent.unscoped.filter(source=BY_PEOPLE).count() == 0


def test_without_the_right_there_is_no_way_there(
    world: World, there: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    other = colleague({"accounts": "view"})
    assert other.get(there).status_code == 403
    assert other.get(f"{there}sent/").status_code == 403
    assert f'href="{there}"' not in other.get(there.replace("/usage/", "/subscription/")).content.decode()


def test_of_what_there_is_not_and_for_others_there_is_nothing(
    world: World, vera: Client, base: str, there: str
) -> None:
    for where in (
        f"{base}accounts/acc_nobody/usage/",
        f"{base}accounts/{world.carl.ref}/usage/none/",
        form(there, "99"),
        form(there, ODD, "other"),
        form(there, ODD, meter="visits"),
        form(f"{base}accounts/{world.bakery.ref}/usage/"),
        f"{there}sent/correct/",
    ):
        assert vera.get(where).status_code == 404
    assert vera.post(form(f"{base}accounts/{world.bakery.ref}/usage/"), ANSWER | {"confirmed": "1"}).status_code == 404
    for who, host in (("rosa", ""), ("carl", CARL_HOST), ("nora", "")):
        browser = world.browser(who, host)
        assert [browser.get(each).status_code for each in (there, f"{there}sent/", form(there))] == [404] * 3
        assert browser.post(form(there), ANSWER | {"confirmed": "1"}).status_code == 404
    assert UsageEvent.unscoped.filter(source=BY_PEOPLE).count() == 0


# What was invoiced ----------------------------------------------------------------------------------------------------


def test_an_issued_invoice_is_named_and_the_difference_comes_on_the_next(
    world: World, vera: Client, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    furnish(world, retail=False)
    texts(world, 230, at=day("2026-03-20"))
    there = f"{base}accounts/{world.carl.ref}/usage/"
    [event] = UsageEvent.unscoped.all()
    where = form(there, event.event_id, meter="text_messages")
    answer = ANSWER | {"quantity": "210"}
    assert "No invoice was issued for it" in text_of(vera.post(where, answer))
    run(day("2026-05-02"))
    assert "It was charged, and is on no issued invoice yet" in text_of(vera.post(where, answer))
    draft = invoices()[1]
    with world.scope("vera") as actor:
        issued = issue_invoice(ref=draft.ref, actor=actor, at=day("2026-05-03"))
    touched = vera.post(where, answer)
    assert "An issued invoice is touched, and stays as it is" in text_of(touched)
    assert "The difference is a line of its own on the next invoice." in text_of(touched)
    assert f'/money/invoices/{issued.ref}/"' in touched.content.decode()
    assert issued.number_shown in text_of(touched)
    blind = colleague({"accounts": "view", "usage": "manage"}).post(where, answer)
    assert (issued.ref in blind.content.decode(), "An issued invoice is touched" in text_of(blind)) == (False, True)
    assert vera.post(where, answer | {"confirmed": "1"}).status_code == 302
    run(day("2026-05-10"))
    assert [pair for pair in entries() if "overage" in pair[0]] == [
        ("overage:text_messages:2026-03-17", 270), ("adjustment:overage:text_messages:2026-03-17:1", -180),
    ]  # fmt: skip
    run(day("2026-09-02"))
    again = form(there, correction_id("app", event.event_id), BY_PEOPLE, "text_messages")
    assert "credit by hand what is owed for it" in text_of(vera.post(again, ANSWER | {"quantity": "205"}))
    texts(world, 10, at=day("2026-04-20"))  # which cost nothing
    free = form(there, UsageEvent.unscoped.get(quantity=10).event_id, meter="text_messages")
    assert "charge by hand what is owed for it" in text_of(vera.post(free, ANSWER | {"quantity": "300"}))
    # The positive control: no run looks at that period again.
    vera.post(again, ANSWER | {"quantity": "205", "confirmed": "1"})
    before = entries()
    run(day("2026-09-03"))
    assert [pair for pair in entries() if "overage" in pair[0]] == [pair for pair in before if "overage" in pair[0]]
