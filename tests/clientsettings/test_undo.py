"""Undo: what was there before is said anew; refused where somebody has said something about the same since."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest

from sublet.accounts.queries.bulk import Selection
from sublet.clientsettings import operations
from sublet.clientsettings.models import AgreedTerm, SettingsChange, TemplateUse
from sublet.clientsettings.operations import CannotUndoSettings, Order, set_up, undo_many, undo_settings
from sublet.clientsettings.queries import changes_of_many, settings_of
from sublet.core.clientsettings import FOLLOW, RetailPrice, Value
from sublet.core.readers import for_the_client
from sublet.entitlements.models import Override
from sublet.entitlements.operations import set_override
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from tests.clientsettings import DECIDED, PRICE, complete, events, load, setup, value
from tests.people import AT, World

DAY = timedelta(days=1)
OTHER = RetailPrice(5900, "EUR", "month")


@pytest.fixture
def sold(world: World) -> World:
    load(world)
    return world


def save(world: World, changes: dict[str, Value], days: float = 0, **more: object) -> str:
    """The reference of the change."""
    with world.scope("rosa") as rosa:
        set_up(ref=world.carl.ref, changes=changes, actor=rosa, at=AT + days * DAY, **more)  # type: ignore[arg-type]  # since
    row = SettingsChange.unscoped.filter(client_id=world.carl.id).order_by("-id").first()
    assert row is not None
    return row.ref


def undo(world: World, change: str, days: float, person: str = "rosa", of: str = "carl") -> list[str]:
    with world.scope(person) as actor:
        lines = undo_settings(ref=getattr(world, of).ref, change=change, actor=actor, at=AT + days * DAY)
    return [line.field.key for line in lines]


def values(world: World, days: float) -> dict[str, Value]:
    return dict(setup(world, world.carl, at=AT + days * DAY).values)


def test_all_of_a_save_is_as_it_was_and_that_is_a_change_of_its_own(sold: World) -> None:
    save(sold, {"limit.contacts": 70, **DECIDED})
    before = values(sold, 0)
    changes: dict[str, Value] = {
        "service.direct_support.enabled": True,
        "service.email_sync.allowance": 2,
        "limit.contacts": FOLLOW,
        "feature.visitor_recognition": False,
        "price": OTHER,
        "payer.base": "client",
    }
    change = save(sold, changes, days=1)
    assert undo(sold, change, 2) == [key for key in setup(sold, sold.carl).fields if key in changes]
    assert values(sold, 2) == before
    assert complete(sold.carl)
    assert events(sold.carl) == ["client_settings.changed"] * 3
    entry = JournalEntry.unscoped.filter(account_id=sold.carl.id).latest("id")
    assert (entry.data["undoes"], entry.data["changes"]["price"]) == (True, [
        {"is": {"amount": 5900, "currency": "EUR", "interval": "month"}},
        {"is": {"amount": 4900, "currency": "EUR", "interval": "month"}},
    ])  # fmt: skip
    told = for_the_client(entry.event, entry.data, entry.reason)
    assert told is not None
    assert "undoes" not in told[0]
    # What was meanwhile stays in the history, and the undo can be undone.
    with sold.scope("rosa") as rosa:
        last = settings_of(rosa, sold.carl.ref, at=AT + 2 * DAY).last
    assert last is not None
    undo(sold, last.ref, 3)
    assert {key: each for key, each in values(sold, 3).items() if key in changes} == changes


def test_it_is_undone_once_and_nothing_is_left_to_undo(sold: World) -> None:
    change = save(sold, {"limit.contacts": 80})
    undo(sold, change, 1)
    with pytest.raises(CannotUndoSettings) as refused:
        undo(sold, change, 2)
    assert refused.value.code == "undone"


@pytest.mark.parametrize("since", [{"limit.contacts": 60}, {"limit.contacts": FOLLOW}])
def test_what_somebody_changed_since_is_left_to_somebody(sold: World, since: dict[str, Value]) -> None:
    change = save(sold, {"limit.contacts": 80, "service.direct_support.enabled": True})
    save(sold, since, days=1)
    with pytest.raises(CannotUndoSettings) as refused:
        undo(sold, change, 2)
    assert refused.value.code == "changed-since"
    assert value(sold, sold.carl, "service.direct_support.enabled", AT + 2 * DAY) is True


def test_what_somebody_else_changed_of_another_field_is_in_nobodys_way(sold: World) -> None:
    change = save(sold, {"limit.contacts": 80})
    save(sold, {"service.direct_support.enabled": True}, days=1)
    assert undo(sold, change, 2) == ["limit.contacts"]
    assert value(sold, sold.carl, "service.direct_support.enabled", AT + 2 * DAY) is True


def test_a_word_comes_back_with_its_policy_its_thresholds_and_its_end(sold: World) -> None:
    until = AT + 9 * DAY
    with sold.scope("rosa") as rosa:
        set_override(
            ref=sold.carl.ref, kind="meter", key="contacts", value=50, policy="notify", thresholds=(50,), until=until,
            actor=rosa, at=AT,
        )  # fmt: skip
    change = save(sold, {"limit.contacts": FOLLOW}, days=1)
    undo(sold, change, 2)
    with platform_scope("test"):
        word = Override.objects.latest("id")
    assert (word.value, word.policy, word.thresholds, word.until) == (50, "notify", [50], until)
    # One that would be over by now does not come back.
    again = save(sold, {"limit.contacts": 40}, days=3)
    assert undo(sold, again, 10) == ["limit.contacts"]
    assert value(sold, sold.carl, "limit.contacts", AT + 10 * DAY) is FOLLOW


def test_what_had_been_agreed_for_later_comes_again(sold: World) -> None:
    save(sold, DECIDED)
    third = RetailPrice(9900, "EUR", "year")
    save(sold, {"price": OTHER}, days=1, since=AT + 10 * DAY)
    save(sold, {"price": third}, days=2, since=AT + 20 * DAY)
    # It holds at once and for good, so both that were to come are gone.
    change = save(sold, {"price": RetailPrice(100, "EUR", "month")}, days=3)
    assert setup(sold, sold.carl, at=AT + 3 * DAY).coming == ()
    undo(sold, change, 12)
    assert value(sold, sold.carl, "price", AT + 12 * DAY) == OTHER  # it would hold by now
    assert setup(sold, sold.carl, at=AT + 12 * DAY).coming == (("price", AT + 20 * DAY, third),)
    assert value(sold, sold.carl, "price", AT + 20 * DAY) == third


def test_what_was_to_hold_later_does_not_begin(sold: World) -> None:
    save(sold, DECIDED)
    change = save(sold, {"price": OTHER}, days=1, since=AT + 10 * DAY)
    undo(sold, change, 2)
    assert value(sold, sold.carl, "price", AT + 11 * DAY) == PRICE
    later = save(sold, {"price": OTHER}, days=3, since=AT + 10 * DAY)
    save(sold, {"price": PRICE}, days=4, since=AT + 12 * DAY)
    with pytest.raises(CannotUndoSettings):
        undo(sold, later, 5)


def test_what_nobody_had_decided_is_undecided_again(sold: World) -> None:
    change = save(sold, DECIDED)
    assert complete(sold.carl)
    undo(sold, change, 1)
    assert {key: each for key, each in values(sold, 1).items() if key in DECIDED} == dict.fromkeys(DECIDED)
    assert not complete(sold.carl)


def test_somebody_elses_change_is_not_there_and_a_look_is_not_enough(sold: World) -> None:
    change = save(sold, {"limit.contacts": 80})
    for person in ("remo", "vera"):
        with pytest.raises(NotFound):
            undo(sold, change, 1, person)
    with pytest.raises(Forbidden):
        undo(sold, change, 1, "ruth")
    for named, of in (("chg_nothing", "carl"), (change, "elan"), (change, "bakery")):
        with pytest.raises(NotFound):
            undo(sold, named, 1, of=of)
    assert SettingsChange.unscoped.get().undone_at is None


# Many -----------------------------------------------------------------------------------------------------------------


def both(world: World) -> Selection:
    return Selection(refs=(world.carl.ref, world.elan.ref))


def contacts(world: World, days: float) -> list[Value]:
    return [value(world, each, "limit.contacts", AT + days * DAY) for each in (world.carl, world.elan)]


def test_many_are_put_back_but_for_whom_somebody_has_changed_since(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        order = Order(values={"limit.contacts": 80}, batch="spring")
        operations.change_many(selection=both(sold), order=order, actor=rosa, at=AT)
        assert [(each.batch, each.clients, each.left) for each in changes_of_many(rosa)] == [("spring", 2, 2)]
    save(sold, {"limit.contacts": 60}, days=1)
    with sold.scope("rosa") as rosa:
        done = undo_many(batch="spring", actor=rosa, at=AT + 2 * DAY)
        assert (done.changed, done.left) == (1, {"changed-since": 1})
        told = changes_of_many(rosa)
        assert [(each.clients, each.left) for each in told] == [(1, 1), (2, 1)]
        with pytest.raises(NotFound):
            undo_many(batch="autumn", actor=rosa, at=AT + 2 * DAY)
        with pytest.raises(NotFound):
            undo_many(batch="", actor=rosa, at=AT + 2 * DAY)
    assert contacts(sold, 2) == [60, FOLLOW]
    with sold.scope("remo") as remo, pytest.raises(NotFound):
        undo_many(batch="spring", actor=remo, at=AT)
    with sold.scope("rico") as rico:  # staff for Carl alone
        assert [(each.clients, each.left) for each in changes_of_many(rico)] == [(1, 1)]


def test_a_pushed_template_is_put_back_with_what_was_followed_before(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        first = operations.make_template(name="First", values={"limit.contacts": 80}, actor=rosa, at=AT)
        other = operations.make_template(name="Other", values={"limit.contacts": 40}, actor=rosa, at=AT)
        operations.apply_template(template=first.ref, ref=sold.carl.ref, actor=rosa, at=AT)
        order = Order(template=other.ref, batch="push")
        operations.change_many(selection=both(sold), order=order, actor=rosa, at=AT + DAY)
        assert contacts(sold, 1) == [40, 40]
        done = undo_many(batch="push", actor=rosa, at=AT + 2 * DAY)
        assert (done.changed, done.left) == (2, {})
    assert contacts(sold, 2) == [80, FOLLOW]
    uses = TemplateUse.unscoped.order_by("id").values_list("client_id", "template__name", "number")
    assert list(uses) == [(sold.carl.id, "First", 1)]


def test_very_many_are_put_back_by_a_job_that_can_be_run_again(sold: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with sold.scope("rosa") as rosa:
        order = Order(values={"limit.contacts": 80}, batch="spring")
        operations.change_many(selection=both(sold), order=order, actor=rosa, at=AT)
        monkeypatch.setattr("sublet.clientsettings.operations.undoing.AT_ONCE", 1)
        done = undo_many(batch="spring", actor=rosa, at=AT + DAY)
    assert done.job_id
    run_due_jobs(at=AT + DAY)
    assert contacts(sold, 1) == [FOLLOW, FOLLOW]
    with sold.scope("rosa") as rosa:
        assert operations.undo_ids("spring", rosa) == []
    assert SettingsChange.unscoped.count() == 4


# Pages ----------------------------------------------------------------------------------------------------------------


def test_the_pages_undo_for_one_and_for_many(sold: World) -> None:
    rosa, base = sold.browser("rosa"), f"/reseller/{sold.rosa.ref}/"
    there = f"{base}clients/{sold.carl.ref}/options/"
    change = save(sold, {"limit.contacts": 80})
    page = html.unescape(rosa.get(there).content.decode())
    assert "Changed last" in page
    assert change in page
    assert (
        "What was there before holds again."
        in rosa.post(f"{there}undo/", {"change": change}, follow=True).content.decode()
    )
    assert setup(sold, sold.carl, at=AT + 400 * DAY).values["limit.contacts"] is FOLLOW
    assert "undone already" in rosa.post(f"{there}undo/", {"change": change}, follow=True).content.decode()
    listed = f"{base}clients/options/changes/"
    assert "Nothing was changed for many clients yet" in rosa.get(listed).content.decode()
    with sold.scope("rosa") as actor:
        order = Order(values={"limit.contacts": 70}, batch="spring")
        operations.change_many(selection=both(sold), order=order, actor=actor, at=AT)
    assert "2 clients" in rosa.get(listed).content.decode()
    assert "spring" not in sold.browser("ruth").get(listed).content.decode()
    assert sold.browser("ruth").post(f"{base}clients/options/undo/", {"batch": "spring"}).status_code == 403
    undone = rosa.post(f"{base}clients/options/undo/", {"batch": "spring"}, follow=True).content.decode()
    assert "2 clients changed." in undone
    assert "undone" in undone
    assert AgreedTerm.unscoped.count() == 0
