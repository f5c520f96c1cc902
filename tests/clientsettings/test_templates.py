"""Templates: versions, applying to one and to many, drift, pushing again; the settings of many clients at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.accounts.operations import CannotChangeClients
from sublet.accounts.queries import Selection, list_query
from sublet.clientsettings import operations
from sublet.clientsettings.models import SettingsTemplate, SettingsTemplateVersion, TemplateUse
from sublet.clientsettings.operations import CannotChangeTemplate, Order, many
from sublet.clientsettings.queries import settings_of, template_page, templates, values_of_template
from sublet.core.clientsettings import RetailPrice, Value
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.clientsettings import DECIDED, complete, events, load, value
from tests.people import AT, World

DAY = timedelta(days=1)
BASIC: dict[str, Value] = {"service.direct_support.enabled": True, "service.email_sync.allowance": 2, **DECIDED}


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def make(world: World, values: dict[str, Value] = BASIC, name: str = "Basic", **more: str) -> SettingsTemplate:
    with world.scope("rosa") as rosa:
        return operations.make_template(name=name, values=values, actor=rosa, at=AT, **more)


def push(world: World, order: Order, *accounts: Account, at: datetime = AT, once: str = "") -> operations.ManyPreview:
    """Preview and change; what is previewed afterwards changes nothing."""
    chosen = Selection(refs=tuple(each.ref for each in accounts)) if accounts else None
    with world.scope("rosa") as rosa:
        before = operations.preview_many(selection=chosen, order=order, actor=rosa, at=at)
        done = operations.change_many(selection=chosen, order=order, once=once, actor=rosa, at=at)
        assert (done.changed, sum((done.left or {}).values())) == (
            before.changing,
            before.selected.number - before.changing,
        )
        after = operations.preview_many(selection=chosen, order=order, actor=rosa, at=at)
        assert after.changing == 0
    return before


def drift(world: World, account: Account, at: datetime = AT) -> list[str]:
    with world.scope("rosa") as rosa:
        followed = settings_of(rosa, account.ref, at=at).followed
        assert followed is not None
        return [line.field.key for line in followed.drift]


def test_applying_a_template_leaves_no_drift_and_one_entry_for_each(sold: World) -> None:
    template = make(sold)
    seen = push(sold, Order(template=template.ref, version=1), sold.carl, sold.elan)
    assert [(each.ref, [line.field.key for line in each.lines]) for each in seen.clients] == [
        (sold.carl.ref, list(ordered())),
        (sold.elan.ref, list(ordered())),
    ]
    for account in (sold.carl, sold.elan):
        assert (events(account)[-1:], drift(sold, account), complete(account)) == (
            ["client_settings.changed"],
            [],
            True,
        )
    entry = JournalEntry.unscoped.filter(event="client_settings.changed")[0]
    assert (entry.data["template"], entry.data["version"]) == ("Basic", 1)


def ordered() -> list[str]:
    return list(BASIC)


def test_drift_is_told_for_each_client_and_field_and_brought_in_line(sold: World) -> None:
    template = make(sold)
    push(sold, Order(template=template.ref), sold.carl, sold.elan)
    with sold.scope("rosa") as rosa:
        changes: dict[str, Value] = {"service.email_sync.allowance": 7, "service.litmus_tests.enabled": True}
        operations.set_up(ref=sold.carl.ref, changes=changes, actor=rosa, at=AT + DAY)
        page = template_page(rosa, template.ref, at=AT + DAY)
    # What the template does not name is no drift.
    assert [(f.ref, [(c.field.key, c.before, c.after) for c in f.drift]) for f in page.followers] == [
        (sold.carl.ref, [("service.email_sync.allowance", 7, 2)]),
        (sold.elan.ref, []),
    ]
    assert page.differing == 1
    seen = push(sold, Order(template=template.ref), at=AT + 2 * DAY)  # all that follow it
    assert ([each.ref for each in seen.clients], seen.staying) == ([sold.carl.ref], 1)
    assert drift(sold, sold.carl, AT + 2 * DAY) == []
    assert value(sold, sold.carl, "service.litmus_tests.enabled", AT + 2 * DAY) is True


def test_a_new_version_leaves_clients_alone_until_it_is_pushed(sold: World) -> None:
    template = make(sold)
    push(sold, Order(template=template.ref), sold.carl)
    with sold.scope("rosa") as rosa:
        changed = operations.change_template(
            ref=template.ref,
            name="Basic",
            values={**BASIC, "service.email_sync.allowance": 9},
            version=1,
            actor=rosa,
            at=AT,
        )
        assert changed.version == 2
        assert values_of_template(changed, 1)["service.email_sync.allowance"] == 2
        assert [(row.version, row.clients, row.behind) for row in templates(rosa)] == [(2, 1, 1)]
    assert value(sold, sold.carl, "service.email_sync.allowance") == 2
    assert drift(sold, sold.carl) == ["service.email_sync.allowance"]
    push(sold, Order(template=template.ref, version=2), at=AT + DAY)
    assert drift(sold, sold.carl, AT + DAY) == []
    with sold.scope("rosa") as rosa:
        assert [(row.version, row.behind) for row in templates(rosa)] == [(2, 0)]


def test_what_was_previewed_in_an_older_version_is_not_pushed(sold: World) -> None:
    template = make(sold)
    with sold.scope("rosa") as rosa:
        operations.change_template(ref=template.ref, name="B", values=DECIDED, version=1, actor=rosa, at=AT)
        with pytest.raises(CannotChangeTemplate) as refused:
            operations.apply_template(template=template.ref, ref=sold.carl.ref, version=1, actor=rosa, at=AT)
        assert refused.value.code == "changed-meanwhile"
        with pytest.raises(CannotChangeTemplate):
            operations.change_template(ref=template.ref, name="C", values=BASIC, version=1, actor=rosa, at=AT)
    assert events(sold.carl) == []


def test_a_version_never_changes(sold: World) -> None:
    template = make(sold)
    with platform_scope("test"):
        version = SettingsTemplateVersion.objects.get(template_id=template.id)
        version.values = {}
        with pytest.raises(RuntimeError):
            version.save()


def test_saving_a_template_as_it_is_makes_no_version_and_no_entry(sold: World) -> None:
    template = make(sold, once="form")
    assert make(sold, once="form", name="Other").ref == template.ref
    with sold.scope("rosa") as rosa:
        operations.change_template(ref=template.ref, name=" Basic ", values=BASIC, version=1, actor=rosa, at=AT)
        assert [row.name for row in templates(rosa)] == ["Basic"]
    assert events(sold.rosa) == ["settings_template.made"]


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [("", BASIC, "no-name"), ("x" * 101, BASIC, "no-name"), ("Basic", BASIC, "name-taken"), ("New", {}, "nothing-set")],
)
def test_a_template_that_makes_no_sense_is_refused(sold: World, name: str, values: dict[str, Value], code: str) -> None:
    make(sold)
    with pytest.raises(CannotChangeTemplate) as refused:
        make(sold, values, name)
    assert refused.value.code == code


def test_a_client_that_is_set_so_already_follows_with_an_entry_of_its_own(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.set_up(ref=sold.carl.ref, changes=BASIC, actor=rosa, at=AT)
        template = make(sold)
        assert operations.apply_template(template=template.ref, ref=sold.carl.ref, actor=rosa, at=AT)
        assert not operations.apply_template(template=template.ref, ref=sold.carl.ref, actor=rosa, at=AT)
        assert operations.unfollow(ref=sold.carl.ref, actor=rosa, at=AT)
        assert not operations.unfollow(ref=sold.carl.ref, actor=rosa, at=AT)
    assert events(sold.carl) == ["client_settings.changed", "settings_template.followed", "settings_template.followed"]


def test_a_removed_template_leaves_its_clients_as_they_are(sold: World) -> None:
    template = make(sold)
    push(sold, Order(template=template.ref), sold.carl)
    with sold.scope("rosa") as rosa:
        operations.remove_template(ref=template.ref, actor=rosa, at=AT)
        assert (templates(rosa), settings_of(rosa, sold.carl.ref, at=AT).followed) == ([], None)
        with pytest.raises(NotFound):
            template_page(rosa, template.ref, at=AT)
    assert value(sold, sold.carl, "service.email_sync.allowance") == 2
    make(sold)  # its name is free again


def test_somebody_elses_template_is_not_there(sold: World) -> None:
    template = make(sold)
    with sold.scope("remo") as remo:
        assert templates(remo) == []
        with pytest.raises(NotFound):
            template_page(remo, template.ref, at=AT)
        with pytest.raises(NotFound):
            operations.apply_template(template=template.ref, ref=sold.bakery.ref, actor=remo, at=AT)
        with pytest.raises(NotFound):
            operations.change_template(ref=template.ref, name="x", values=BASIC, version=1, actor=remo, at=AT)
        with pytest.raises(NotFound):
            operations.remove_template(ref=template.ref, actor=remo, at=AT)
    for person in ("carl", "vera"):
        with sold.scope(person) as actor, pytest.raises((NotFound, Forbidden)):
            operations.make_template(name="x", values=BASIC, actor=actor, at=AT)
    with sold.scope("carl"):
        assert (SettingsTemplate.objects.count(), TemplateUse.objects.count()) == (0, 0)


# Many -----------------------------------------------------------------------------------------------------------------


def test_fields_are_set_for_many_and_the_rest_is_left(sold: World) -> None:
    Account.unscoped.filter(id=sold.elan.id).update(currency="CHF")
    order = Order(values={"service.direct_support.enabled": True, "price": RetailPrice(1, "EUR", "month")})
    seen = push(sold, order, sold.carl, sold.elan, sold.bakery)  # one is somebody else's
    assert (seen.selected.number, seen.changing, seen.refused) == (2, 1, 1)
    assert [(each.ref, bool(each.refused)) for each in seen.clients] == [(sold.carl.ref, False), (sold.elan.ref, True)]
    # Whoever is refused is left whole: nothing of the order is there.
    assert value(sold, sold.elan, "service.direct_support.enabled") is False
    assert value(sold, sold.carl, "service.direct_support.enabled") is True


def test_very_many_are_changed_by_a_job_that_can_be_run_again(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 2)
    order = Order(values={"service.direct_support.enabled": True})
    chosen = Selection(query=list_query({}))
    with sold.scope("rosa") as rosa:
        first = operations.change_many(selection=chosen, order=order, once="o", actor=rosa, at=AT)
        assert first.job_id
        assert operations.change_many(selection=chosen, order=order, once="o", actor=rosa, at=AT).job_id == first.job_id
    run_due_jobs(at=AT)
    for account in (sold.carl, sold.elan, sold.zorba):
        assert value(sold, account, "service.direct_support.enabled") is True
        assert events(account).count("client_settings.changed") == 1
    assert events(sold.rosa) == ["client_list.change_started"]


def test_nobody_selected_is_refused(sold: World) -> None:
    with sold.scope("rosa") as rosa, pytest.raises(CannotChangeClients):
        operations.change_many(selection=Selection(refs=(sold.bakery.ref,)), order=Order(), actor=rosa, at=AT)


def test_a_new_client_begins_with_a_template(sold: World) -> None:
    template = make(sold)
    with sold.scope("rosa") as rosa:
        facts = {"name": "Nuova", "once": "form"}
        account = operations.open_client(template=template.ref, actor=rosa, at=AT, **facts)
        again = operations.open_client(template=template.ref, actor=rosa, at=AT + DAY, **facts)
    assert again.ref == account.ref
    assert (complete(account), drift(sold, account)) == (True, [])
    assert events(account).count("client_settings.changed") == 1


def test_the_preview_asks_a_fixed_number_of_statements(sold: World) -> None:
    counts: list[int] = []
    for number in (1, 1, 3):  # the first warms what is kept of the offer
        accounts = [factories.make_client(sold.rosa, f"Many {len(counts)} {each}") for each in range(number)]
        chosen = Selection(refs=tuple(each.ref for each in accounts))
        with sold.scope("rosa") as rosa, CaptureQueriesContext(connection) as found:
            operations.preview_many(selection=chosen, order=Order(values=BASIC), actor=rosa, at=AT)
        counts.append(len(found))
    assert counts[1:] == [8, 8]
