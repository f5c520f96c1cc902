"""Resellers hear by mail what the vendor says of how their clients are charged: those that sell the plan, each in its language."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.entitlements.models import EntitlementSource
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.subscriptions.operations import end_subscription, rule_basis, take_plan
from tests import factories
from tests.people import AT, World
from tests.subscriptions import sell

pytestmark = pytest.mark.django_db

DAY = (AT + timedelta(days=20)).date()


def rule(world: World, basis: str, *, later: int = 0, plan: str = "medium") -> bool:
    first_day, at = DAY + timedelta(days=later), AT + timedelta(minutes=later)
    with world.scope("vera") as vera:
        return rule_basis(plan=plan, basis=basis, first_day=first_day, actor=vera, at=at)


def mails() -> list[tuple[str, str, str]]:
    with platform_scope("test"):
        rows = OutboxMail.objects.filter(template="basis-ruled").order_by("id")
        return [(each.to_email, each.language, " ".join(each.text.split())) for each in rows]


def reads(world: World, person: str, language: str) -> None:
    user = world.users[person]
    user.language = language
    user.save(update_fields=["language"])


@pytest.fixture
def sold(world: World) -> World:
    """Carl and Zorba of Rosa are on `medium`, Nora's bakery of Remo on `small`."""
    sell(world)
    for who, client, plan in (
        ("rosa", world.carl, "medium"),
        ("rosa", world.zorba, "medium"),
        ("remo", world.bakery, "small"),
    ):
        with world.scope(who) as actor:
            take_plan(ref=client.ref, plan=plan, actor=actor, at=AT)
    return world


def test_who_sells_the_plan_is_told_in_its_language_and_nobody_else(sold: World) -> None:
    reads(sold, "rosa", "it")
    assert rule(sold, "calendar")
    [(to, language, text)] = mails()
    assert (to, language) == ("rosa@example.test", "it")
    assert "addebitati" in text or "calendario" in text
    assert f"/reseller/{sold.rosa.ref}/plans/" in text
    assert not rule(sold, "calendar")  # it is so already
    assert len(mails()) == 1


def test_each_change_is_told_with_how_many_clients_it_is_about(sold: World) -> None:
    reads(sold, "rosa", "en")
    for later, basis in enumerate(("calendar", "anniversary", "either")):
        assert rule(sold, basis, later=later)
    texts = [text for _to, _language, text in mails()]
    assert "is charged by the calendar, from the first day" in texts[0]
    assert "by the anniversary of the day" in texts[1]
    assert "you choose for each client" in texts[2]
    assert all("2 clients of Rosa Web Studio are on this plan." in text for text in texts)


def test_who_sells_it_no_more_is_told_nothing(sold: World) -> None:
    with sold.scope("remo") as remo:
        end_subscription(ref=sold.bakery.ref, when="now", actor=remo, at=AT)
    assert rule(sold, "calendar", plan="small")
    assert mails() == []


def test_many_are_written_to_in_as_many_statements_as_few(sold: World) -> None:
    def statements(later: int, basis: str) -> int:
        with CaptureQueriesContext(connection) as told:
            assert rule(sold, basis, later=later)
        return len(told)

    few = statements(1, "calendar")
    for number in range(4):
        reseller = factories.make_reseller(sold.vendor, f"R {number}", email=f"r{number}@x.example")
        client = factories.make_client(reseller, f"C {number}")
        with platform_scope("test data"):
            EntitlementSource(account=client, kind="plan", key="medium", version=1, starts_at=AT).save()
    assert statements(2, "anniversary") <= few + 1
    assert len(mails()) == 1 + 5
