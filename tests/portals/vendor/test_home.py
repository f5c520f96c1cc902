"""The vendor's first page: what needs somebody, the figures, what happened last."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.jobs.models import Job, State, Worker
from sublet.foundation.refs import uuid7
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from tests import factories
from tests.people import World
from tests.portals.vendor.counting import statements


def page(browser: Client, base: str) -> str:
    response = browser.get(base)
    assert response.status_code == 200
    return response.content.decode()


def start_worker() -> None:
    Worker.unscoped.create(  # unscoped: a test's own row
        name="w", pid=1, host="h", threads=1, version="1", started_at=now(), last_seen=now()
    )


def test_all_is_well_is_said_too(world: World, vera: Client, base: str) -> None:
    start_worker()

    shown = page(vera, base)

    assert "Nothing needs you now" in shown
    assert "No worker is running" not in shown


def test_each_concern_is_said_in_plain_words(world: World, vera: Client, base: str) -> None:
    at = now()
    for state in (State.DEAD, State.DEAD):
        Job.unscoped.create(  # unscoped: a test's own row
            id=uuid7(at), kind="messaging.send", actor={"name": "x"}, run_at=at, max_attempts=8, lease=60, created_at=at,
            touched_at=at, state=state, finished_at=at,
        )  # fmt: skip
    with platform_scope("a test"):
        Account.objects.filter(id=world.remo.id).update(state="suspended")
        Account.objects.filter(id=world.carl.id).update(demo_until=at + timedelta(days=3))
        for number, mail_state in enumerate(("failed", "unknown", "unknown")):
            OutboxMail(
                id=uuid7(at), account=world.carl, template="t", key=str(number), language="en", to_email="a@example.test",
                from_email="b@example.test", from_name="b", subject="s", text="t", html="h", message_id=f"<{number}>",
                state=mail_state, created_at=at,
            ).save()  # fmt: skip

    shown = page(vera, base)

    for sentence in (
        "No worker is running",
        "2 jobs failed for good",
        "1 mail was refused",
        "Of 2 mails nobody knows whether they arrived",
        "1 reseller is suspended",
        "1 demonstration ends within two weeks",
    ):
        assert sentence in shown, sentence
    assert "Nothing needs you now" not in shown


def test_jobs_that_are_behind(world: World, vera: Client, base: str) -> None:
    start_worker()
    at = now() - timedelta(minutes=20)
    Job.unscoped.create(  # unscoped: a test's own row
        id=uuid7(at), kind="messaging.send", actor={"name": "x"}, run_at=at, max_attempts=8, lease=60, created_at=at,
        touched_at=at,
    )  # fmt: skip

    assert "The jobs are behind" in page(vera, base)


def test_the_figures(world: World, vera: Client, base: str) -> None:
    shown = page(vera, base)

    values = [part.partition("<")[0] for part in shown.split('class="stat-value">')[1:]]
    assert values == ["2", "4", "1"]  # resellers, clients, direct accounts
    assert "Active: 2 · Invited: 1 · Suspended: 1" in shown


def test_whoever_lacks_a_right_sees_nothing_of_it(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    shown = page(colleague({"journal": "view"}), base)

    assert "stat-value" not in shown
    assert "New reseller" not in shown
    assert "No worker is running" not in shown
    assert f'href="{base}jobs/"' not in shown  # named under "Closed to you" alone
    assert "What happened last" in shown


def test_somebody_without_any_right_still_has_a_first_page(
    world: World, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    shown = page(colleague({}), base)

    assert "What happened last" not in shown
    assert "Nothing here is open to you yet" in shown
    assert "Nothing needs you now" not in shown  # nobody has looked


def test_menu_ends_with_what_is_closed_and_why(
    world: World, vera: Client, base: str, colleague: Callable[[Mapping[str, str]], Client]
) -> None:
    victor = colleague({"journal": "view", "jobs": "view", "settings": "view"})
    shown = page(victor, base)

    assert shown.count("side-link locked") == 1 + 7  # folded: there are more than three
    menu = re.findall(r'<a class="side-link locked" href="([^"]+)"', shown)
    assert sorted(menu) == [
        f"{base}locked/{key}/" for key in ("accounts", "billing", "brand", "hosts", "keys", "manifest", "team")
    ]
    why = victor.get(menu[0]).content.decode()
    assert "The owner of the account decides about this. Ask, and you get an answer by e-mail." in why
    # What is shown and cannot be changed leads there as well.
    for below in ("settings/", "settings/visits/"):
        looked_at = page(victor, base + below)
        assert "You may look at this, not change it." in looked_at
        assert f'href="{base}locked/settings/"' in looked_at
        assert "You may look at this" not in page(vera, base + below)
    assert "side-link locked" not in page(vera, base)


def test_the_number_of_statements_does_not_grow(world: World, vera: Client, base: str) -> None:
    start_worker()
    page(vera, base)
    with statements() as one:
        page(vera, base)
    for number in range(3):
        reseller = factories.make_reseller(world.vendor, f"More {number}")
        factories.make_client(reseller, f"Client {number}")
    with statements() as many:
        page(vera, base)

    # The host and its brand are read anew for the count; a warm page has three less.
    assert (len(one), len(many)) == (16, 16), many


def test_others_find_nothing_there(world: World, base: str) -> None:
    for person in ("rosa", "carl", "dora"):
        assert world.browser(person, "vendor.localhost").get(base).status_code == 404
    assert world.browser("vera", "rosa.localhost").get(base).status_code == 404
    stranger = world.stranger("vendor.localhost").get(base)
    assert (stranger.status_code, stranger["Location"].partition("?")[0]) == (302, "/login/")
