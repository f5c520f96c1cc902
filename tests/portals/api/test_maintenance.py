"""Maintenance: nobody gets in but those who ask whether the process is well; in the host's brand and language."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError

from sublet.branding import operations as branding_operations
from sublet.core.rights import VENDOR
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.maintenance import (
    begin_maintenance,
    end_maintenance,
    forget_maintenance,
    maintenance,
    maintenance_now,
    queries,
)
from sublet.foundation.scope import platform_scope
from sublet.portals.cli import maintenance as command
from tests.people import AT, World
from tests.portals.api.caller import Caller

pytestmark = pytest.mark.django_db


def begin(world: World, minutes: int | None = 20) -> None:
    until = None if minutes is None else now() + timedelta(minutes=minutes)
    with platform_scope("a test"):
        begin_maintenance(until=until, actor=world.actor("vera"), at=now())


def end(world: World) -> bool:
    with platform_scope("a test"):
        return end_maintenance(actor=world.actor("vera"), at=now())


def test_everybody_is_told_in_the_brand_and_language_of_the_host(world: World) -> None:
    with world.scope("rosa") as actor:
        branding_operations.change_brand(
            account_ref=world.rosa.ref, changes={"name": "Studio Rosa"}, version=None, actor=actor, at=AT
        )
    browser = world.browser("rosa")
    path = f"/reseller/{world.rosa.ref}/clients/"
    assert browser.get(path).status_code == 200
    begin(world)
    for answer in (browser.get(path), browser.post(path), world.browser("nora", host="rosa.localhost").get("/login/")):
        page = answer.content.decode()
        assert answer.status_code == 503
        assert 1100 < int(answer["Retry-After"]) <= 1200
        assert answer["Cache-Control"] == "no-store"
        assert "Studio Rosa" in page
        assert "It takes about 20 more minutes." in page
        assert "Vantage" not in page
        assert ('class="btn btn-primary" href=' in page) == (
            answer.wsgi_request.method == "GET"
        )  # the way on: try again
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    french = browser.get(path)
    assert (french["Content-Language"], '<html lang="fr"' in french.content.decode()) == ("fr", True)
    assert browser.get("/brand.css").status_code == 200
    assert browser.get("/healthz").status_code == 200
    assert b"maintenance" not in browser.get("/readyz").content
    assert end(world)
    assert browser.get(path).status_code == 200
    assert not end(world)


def test_programs_and_directories_are_told_in_their_own_form(world: World, call: Callable[..., Caller]) -> None:
    rosa = call("rosa")
    assert rosa.get("/account").status == 200
    begin(world, None)
    told = rosa.get("/account", headers={"Accept-Language": "it"})
    assert (told.status, told.code, told.response["Retry-After"]) == (503, "maintenance", "300")
    assert told.response["Content-Type"] == "application/problem+json"
    assert told.response["Content-Language"] == "it"
    written = rosa.patch("/account", {"city": "Bari"})
    assert (written.status, written.code) == (503, "maintenance")
    scim = world.browser("rosa").get("/scim/v2/Users")
    assert (scim.status_code, json.loads(scim.content)["status"]) == (503, "503")
    end(world)
    assert rosa.get("/account")["city"] == ""


def test_it_is_told_once_and_once_more_with_another_end(world: World) -> None:
    until = now() + timedelta(hours=3)
    with platform_scope("a test"):
        vera = world.actor("vera")
        for moment in (until, until, until + timedelta(hours=1)):
            begin_maintenance(until=moment, actor=vera, at=AT)
        begun = maintenance_now()
        end_maintenance(actor=vera, at=AT)
        end_maintenance(actor=vera, at=AT)
    assert begun is not None
    assert (begun.since, begun.until, begun.begun_by) == (AT, until + timedelta(hours=1), vera.name)
    rows = JournalEntry.unscoped.filter(event__startswith="maintenance.").order_by("id")  # unscoped: a test
    assert [row.event for row in rows] == ["maintenance.begun", "maintenance.begun", "maintenance.ended"]
    assert {row.account_id for row in rows} == {world.vendor.id}
    assert world.vendor.kind == VENDOR


def test_another_process_and_a_restarted_one_know_it(world: World) -> None:
    begin(world)
    forget_maintenance()  # as a process that has just started
    assert maintenance() is not None
    end(world)
    forget_maintenance()
    assert maintenance() is None


def test_a_database_that_is_away_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError("away")

    begin(world)
    assert maintenance() is not None
    monkeypatch.setattr(queries, "maintenance_now", away)
    forget_maintenance()
    assert maintenance() is not None


def test_the_doctor_says_it(world: World) -> None:
    assert list(command.finding(now())) == []
    begin(world, 20)
    [note] = command.finding(now())
    [late] = command.finding(now() + timedelta(hours=1))
    assert (note.level, late.level) == ("note", "wrong")
    assert "is expected to be over" in note.sentence
    assert "should have been over" in late.sentence


@pytest.mark.parametrize(
    ("text", "minutes"), [("10:00", 30), ("09:00", 24 * 60 - 30), ("2026-03-02T10:30+00:00", 60), ("2026-03-01T10:00Z", None),
                          ("tonight", None), ("25:00", None), ("10:0", None)],
)  # fmt: skip
def test_a_moment_is_read_as_people_write_it(text: str, minutes: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    read = command.read_until(text, AT)
    assert read == (None if minutes is None else AT + timedelta(minutes=minutes))
