"""One client: what a Save changes, its one entry, what is kept for billing, what is missing, and who may."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.clientsettings.models import AgreedTerm
from sublet.clientsettings.operations import CannotChangeSettings, look_again, mark_of, set_up
from sublet.clientsettings.operations.changes import look
from sublet.clientsettings.queries import settings_of
from sublet.core.clientsettings import FOLLOW, RetailPrice, Value
from sublet.core.matrix import OPERATIONS, refused_topics
from sublet.core.readers import for_the_client
from sublet.core.rights import Level, acting_as_collaborator, acting_as_reseller, all_rights
from sublet.entitlements.models import Override, ServiceSetting
from sublet.entitlements.operations import CannotSetLimit, set_override
from sublet.entitlements.queries import entitlements_of
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.clientsettings import DECIDED, PRICE, complete, events, load, setup, value
from tests.people import AT, World

DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def save(world: World, changes: dict[str, Value], days: float = 0, **more: object) -> list[str]:
    with world.scope("rosa") as rosa:
        lines = set_up(ref=world.carl.ref, changes=changes, actor=rosa, at=AT + days * DAY, **more)  # type: ignore[arg-type]  # since, seen
    return [line.field.key for line in lines]


def test_a_save_changes_everything_and_leaves_one_entry(sold: World) -> None:
    """F06: direct support, payment option, managed-by, enable, e-mail sync, Litmus, Shutterstock, retail price, Save."""
    changes: dict[str, Value] = {
        "service.direct_support.enabled": True,  # B31
        "service.sales_optimizer.enabled": True,  # B33
        "service.sales_optimizer.managed_by": "client",  # B32
        "service.email_sync.allowance": 2,  # D13
        "service.litmus_tests.enabled": True,
        "service.litmus_tests.allowance": 5,  # D14
        "service.shutterstock.enabled": True,
        "service.shutterstock.allowance": 3,  # D15
        "limit.contacts": 80,
        "feature.visitor_recognition": False,
        **DECIDED,
    }
    assert save(sold, changes) == list(setup_keys(sold, changes))
    found = entitlements_of(sold.carl.id, AT)
    assert (found.services["direct_support"].enabled, found.services["sales_optimizer"].managed_by) == (True, "client")
    assert found.services["litmus_tests"].allowance == 5
    assert found.meters["contacts"].units == 80
    assert {key: value(sold, sold.carl, key) for key in changes} == changes
    assert events(sold.carl) == ["client_settings.changed"]
    assert complete(sold.carl)


def setup_keys(world: World, changes: dict[str, Value]) -> list[str]:
    return [key for key in setup(world, world.carl).fields if key in changes]


def test_saving_the_same_again_changes_nothing(sold: World) -> None:
    save(sold, {"service.direct_support.enabled": True, "limit.contacts": 80, **DECIDED})
    assert save(sold, {"service.direct_support.enabled": True, "limit.contacts": 80, **DECIDED}, days=1) == []
    assert events(sold.carl) == ["client_settings.changed"]
    with platform_scope("test"):
        assert (ServiceSetting.objects.count(), Override.objects.count(), AgreedTerm.objects.count()) == (1, 1, 4)


def test_what_follows_the_plan_again_has_no_word_of_its_own(sold: World) -> None:
    save(sold, {"limit.contacts": 80, "service.email_sync.allowance": None})
    assert entitlements_of(sold.carl.id, AT).meters["contacts"].units == 80
    save(sold, {"limit.contacts": FOLLOW, "service.email_sync.allowance": FOLLOW}, days=1)
    assert entitlements_of(sold.carl.id, AT + DAY).meters["contacts"].units == 100  # the plan
    assert value(sold, sold.carl, "service.email_sync.allowance", AT + DAY) is FOLLOW


def test_a_limit_with_an_own_policy_keeps_it(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        set_override(
            ref=sold.carl.ref,
            kind="meter",
            key="contacts",
            value=50,
            policy="notify",
            thresholds=(50,),
            actor=rosa,
            at=AT,
        )
    save(sold, {"limit.contacts": 60}, days=1)
    with platform_scope("test"):
        word = Override.objects.get(until__isnull=True)
    assert (word.value, word.policy, word.thresholds) == (60, "notify", [50])


def test_nothing_is_given_beyond_what_is_held_and_then_nothing_at_all_is_changed(sold: World) -> None:
    with pytest.raises(CannotSetLimit) as refused:
        save(sold, {"service.direct_support.enabled": True, "limit.contacts": 5_000})
    assert (refused.value.code, refused.value.field) == ("not-held", "limit.contacts")
    assert (events(sold.carl), value(sold, sold.carl, "service.direct_support.enabled")) == ([], False)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"service.nothing.enabled": True}, "unknown-field", "service.nothing.enabled"),
        ({"service.sales_optimizer.managed_by": "vendor"}, "wrong-manager", "service.sales_optimizer.managed_by"),
        ({"service.email_sync.allowance": -1}, "wrong-limit", "service.email_sync.allowance"),
        ({"payer.base": "vendor"}, "wrong-payer", "payer.base"),
        ({"price": RetailPrice(100, "CHF", "month")}, "other-currency", "price"),
        ({"price": RetailPrice(-1, "EUR", "month")}, "wrong-price", "price"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    sold: World, changes: dict[str, Value], code: str, field: str
) -> None:
    with pytest.raises(CannotChangeSettings) as refused:
        save(sold, {"service.direct_support.enabled": True, **changes})
    assert (refused.value.code, refused.value.field) == (code, field)
    assert (events(sold.carl), value(sold, sold.carl, "service.direct_support.enabled")) == ([], False)


def test_a_closed_account_is_left_alone(sold: World) -> None:
    Account.unscoped.filter(id=sold.carl.id).update(state="closed")
    with pytest.raises(CannotChangeSettings) as refused:
        save(sold, {"service.direct_support.enabled": True})
    assert refused.value.code == "closed"


def test_who_was_shown_something_else_changes_nothing(sold: World) -> None:
    seen = mark_of(setup(sold, sold.carl))
    save(sold, {"service.direct_support.enabled": True}, seen=seen)
    with pytest.raises(CannotChangeSettings) as refused:
        save(sold, {"limit.contacts": 10}, seen=seen)
    assert refused.value.code == "changed-meanwhile"


# Kept for billing -----------------------------------------------------------------------------------------------------


def test_a_price_from_a_later_day_on_holds_then_and_the_old_one_until_then(sold: World) -> None:
    save(sold, DECIDED)
    dearer = RetailPrice(5900, "EUR", "month")
    assert save(sold, {"price": dearer, "payer.base": "reseller"}, since=AT + 30 * DAY) == ["price"]
    assert value(sold, sold.carl, "price", AT + 29 * DAY) == PRICE
    assert value(sold, sold.carl, "price", AT + 30 * DAY) == dearer
    assert [(key, since) for key, since, _value in setup(sold, sold.carl).coming] == [("price", AT + 30 * DAY)]
    # Setting something else before takes the place of what was planned; the rest of what is agreed stays.
    save(sold, {"price": RetailPrice(0, "EUR", "year")}, since=AT + 10 * DAY)
    assert setup(sold, sold.carl).coming == (("price", AT + 10 * DAY, RetailPrice(0, "EUR", "year")),)
    assert value(sold, sold.carl, "payer.base", AT + 40 * DAY) == "reseller"


def test_nothing_is_agreed_for_a_past_day(sold: World) -> None:
    with pytest.raises(CannotChangeSettings) as refused:
        save(sold, {"price": PRICE}, since=AT - DAY)
    assert (refused.value.code, refused.value.field) == ("past", "since")


def test_changing_twice_in_one_instant_keeps_the_last(sold: World) -> None:
    save(sold, {"price": PRICE})
    save(sold, {"price": RetailPrice(1, "EUR", "year")})
    assert value(sold, sold.carl, "price") == RetailPrice(1, "EUR", "year")


def test_the_client_reads_neither_the_price_nor_who_pays(sold: World) -> None:
    save(sold, {"service.direct_support.enabled": True, **DECIDED})
    entry = JournalEntry.unscoped.get(event="client_settings.changed")
    told = for_the_client(entry.event, entry.data, entry.reason)
    assert told is not None
    assert list(told[0]["changes"]) == ["service.direct_support.enabled"]
    assert "4900" not in str(told)
    save(sold, {"price": RetailPrice(1, "EUR", "year")}, days=1)
    last = JournalEntry.unscoped.filter(event="client_settings.changed").order_by("-id")[0]
    assert for_the_client(last.event, last.data, last.reason) is None
    with sold.scope("carl"):
        assert not AgreedTerm.objects.exists()
    with sold.scope("rosa"):
        assert AgreedTerm.objects.count() == 5


@pytest.mark.postgres
def test_the_database_shows_a_client_nothing_of_it(sold: World) -> None:
    """Asked past the manager, with the client's scope told to the database: no row."""
    from django.db import connection, transaction

    save(sold, DECIDED)
    seen = []
    for person in ("rosa", "carl", "remo"):
        with sold.scope(person), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM agreed_term")
            seen.append(cursor.fetchone()[0])
    assert seen == [4, 0, 0]


# What is missing ------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_named_until_it_is_there(sold: World) -> None:
    def missing() -> list[str]:
        with sold.scope("rosa") as rosa:
            return [gap.field.key for gap in settings_of(rosa, sold.carl.ref, at=AT).gaps]

    assert missing() == ["payer.base", "payer.overage", "payer.add_ons", "price"]
    save(sold, {key: DECIDED[key] for key in DECIDED if key != "price"})
    assert (missing(), complete(sold.carl)) == (["price"], False)
    save(sold, {"price": PRICE}, days=1, since=AT + 30 * DAY)  # a price that begins later is decided
    assert complete(sold.carl)


def test_a_service_that_a_new_manifest_brings_makes_settings_incomplete_again(sold: World) -> None:
    from tests import entitlements

    save(sold, DECIDED)
    text = (entitlements.PRODUCTS / "marketing-automation.toml").read_text()
    declared = 'meter = "litmus_tests"\nallowance = 20\npolicy = "block"\n'
    assert declared in text
    text = text.replace(declared, 'meter = "litmus_tests"\nenabled = true\n')
    entitlements.load(sold, at=AT + DAY, text=text)
    run_due_jobs(at=AT + DAY)  # config.wiring: the manifest was loaded
    assert not complete(sold.carl)
    save(sold, {"service.litmus_tests.allowance": 4}, days=2)
    assert complete(sold.carl)


def test_what_one_reseller_decided_does_not_count_for_the_next(sold: World) -> None:
    save(sold, {"service.direct_support.enabled": True, **DECIDED})
    Account.unscoped.filter(id=sold.carl.id).update(parent_id=sold.remo.id)
    look_again(account_id=sold.carl.id, actor=sold.actor("vera"), at=AT + DAY)
    assert not complete(sold.carl)
    found = setup(sold, sold.carl, "remo", AT + DAY)
    assert (found.values["price"], found.values["payer.base"]) == (None, None)
    assert found.values["service.direct_support.enabled"] is False


# Who may --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["remo", "carl", "cleo", "vera"])
def test_nobody_else_sets_a_client_up(sold: World, person: str) -> None:
    with sold.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
        set_up(ref=sold.carl.ref, changes={"service.direct_support.enabled": True}, actor=actor, at=AT)
    assert (events(sold.carl), value(sold, sold.carl, "service.direct_support.enabled")) == ([], False)


def test_staff_that_only_look_change_nothing(sold: World) -> None:
    user = factories.make_user("Vito Vedente", "vito@example.test")
    sold.users["vito"] = user
    sold.places["vito"] = factories.make_collaborator(sold.rosa, user, rights={"clients": "view"})
    sold.hosts["vito"] = sold.hosts["rosa"]
    with sold.scope("vito") as vito:
        assert settings_of(vito, sold.carl.ref, at=AT).client.ref == sold.carl.ref
        with pytest.raises(Forbidden):
            set_up(ref=sold.carl.ref, changes={"service.direct_support.enabled": True}, actor=vito, at=AT)
    assert events(sold.carl) == []


def test_a_visit_in_the_client_sets_nothing_up(sold: World) -> None:
    """As the client and as its reseller: both act in the client's account, which has no clients."""
    visit = Impersonator(1, "Rosa Ricci", sold.rosa.id, "imp_23456789abcdef", "client")
    with sold.scope("carl") as carl:
        rights = (
            acting_as_collaborator(rights=carl.rights, clients_level=Level.MANAGE),
            acting_as_reseller(clients_level=Level.MANAGE, own=all_rights("reseller"), product_sections=()),
        )
        for mode, allowed in zip(("client", "reseller"), rights, strict=True):
            actor = replace(carl, impersonator=replace(visit, mode=mode), rights=allowed)
            with pytest.raises(NotFound):
                set_up(ref=sold.carl.ref, changes={"service.direct_support.enabled": True}, actor=actor, at=AT)
    assert "subscription" in refused_topics("client")
    assert OPERATIONS["change_client_settings"] == "subscription"
    assert events(sold.carl) == []


# In how many questions ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("since", [None, AT + 20 * DAY])
def test_a_save_reads_the_settings_once(sold: World, since: datetime | None) -> None:
    with sold.scope("rosa") as rosa:
        seen = mark_of(setup(sold, sold.carl))
        with CaptureQueriesContext(connection) as asked:
            set_up(ref=sold.carl.ref, changes=DECIDED, since=since, seen=seen, actor=rosa, at=AT)
    assert sum('FROM "agreed_term"' in each["sql"] for each in asked) == 1


@pytest.mark.parametrize("seed", range(4))
def test_what_lists_show_of_a_save_is_what_reading_it_anew_would_say(sold: World, seed: int) -> None:
    """Saves at random, now and for later, whole and in parts: complete or not, as the settings themselves are."""
    dice = Random(seed)
    for step in range(6):
        chosen: dict[str, Value] = {key: each for key, each in DECIDED.items() if dice.random() < 0.5}
        for service in ("email_sync", "litmus_tests", "shutterstock"):
            if dice.random() < 0.5:
                chosen[f"service.{service}.enabled"] = dice.random() < 0.5
                chosen[f"service.{service}.allowance"] = dice.choice((3, FOLLOW))
        days = dice.choice((0, 0, 5, 30))
        save(sold, chosen, days=step, since=AT + (step + days) * DAY if days else None)
        shown = complete(sold.carl)
        with sold.scope("rosa") as rosa:
            look([Account.objects.get(id=sold.carl.id)], giver_id=rosa.account_id, at=AT + step * DAY)
        assert complete(sold.carl) == shown, (step, chosen)


def test_the_history_names_what_was_changed_and_shows_no_kept_form_of_it(sold: World) -> None:
    assert save(sold, {"service.litmus_tests.enabled": True}) == ["service.litmus_tests.enabled"]
    for person, page in (
        ("rosa", f"/reseller/{sold.rosa.ref}/clients/{sold.carl.ref}/history/"),
        ("carl", f"/client/{sold.carl.ref}/history/"),
    ):
        told = html.unescape(sold.browser(person).get(page).content.decode())
        assert "changed the settings of" in told
        assert "litmus_tests.enabled" not in told
