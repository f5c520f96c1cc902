"""The end of an access as a calendar file: for both sides, in the reader's language, for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import Calendar

from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Grant
from sublet.people.operations import grants
from tests.people import World
from tests.portals.api.caller import make_caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def ref(world: World) -> str:
    """An access of Rosa's to Carl that ends after thirty days, beside the one without an end that came with the account."""
    with world.scope("rosa") as actor:
        words: dict[str, Any] = {"sections": {"product.design": "manage"}, "days": 30, "reason": "Summer menu"}
        return grants.request_grant(client_ref=world.carl.ref, actor=actor, at=now(), **words).ref


@pytest.mark.parametrize("person", ["rosa", "carl"])
def test_both_sides_download_the_end_of_an_access(world: World, ref: str, person: str) -> None:
    browser = world.browser(person)
    place = f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}" if person == "rosa" else f"/client/{world.carl.ref}"
    assert browser.get(f"{place}/access/").content.decode().count("/calendar/") == 1
    answer = browser.get(f"{place}/access/{ref}/calendar/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    entry: Any = Calendar.from_ical(answer.content).events[0]
    with platform_scope("test"):
        ends = Grant.objects.get(ref=ref).ends_at
    assert ends is not None
    assert entry.start == ends.replace(microsecond=0)
    assert world.carl.name in entry["SUMMARY"]
    assert entry["URL"].endswith(f"{place}/access/")
    assert "Summer menu" in entry["DESCRIPTION"]


def test_what_has_no_end_is_over_or_anothers_has_no_file(world: World, ref: str) -> None:
    with platform_scope("test"):
        endless = Grant.objects.get(account=world.elan).ref
    rosa = f"/reseller/{world.rosa.ref}/clients"
    assert world.browser("rosa").get(f"{rosa}/{world.elan.ref}/access/{endless}/calendar/").status_code == 404
    remo = f"/reseller/{world.remo.ref}/clients/{world.carl.ref}/access/{ref}/calendar/"
    assert world.browser("remo").get(remo).status_code == 404
    with world.scope("rosa") as actor:
        grants.end_grant(client_ref=world.carl.ref, grant_ref=ref, actor=actor, at=now())
    assert world.browser("rosa").get(f"{rosa}/{world.carl.ref}/access/{ref}/calendar/").status_code == 404


def test_a_program_downloads_it_in_its_language(world: World, ref: str) -> None:
    key = make_caller(world, "carl")
    answer: Any = key.browser.get(
        f"/api/v1/accounts/{world.carl.ref}/grants/{ref}/calendar",
        headers={"host": key.host, "authorization": f"Bearer {key.secret}", "accept-language": "nl"},
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar")
    assert "toegang" in str(Calendar.from_ical(answer.content).events[0]["SUMMARY"])
