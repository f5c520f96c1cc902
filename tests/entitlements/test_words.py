"""Sources, words of reseller and vendor, managed services: what they come to, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.models import Account
from sublet.accounts.operations import convert_to_reseller
from sublet.entitlements.models import Override, ServiceSetting
from sublet.entitlements.operations import (
    AS_DECLARED,
    CannotSetLimit,
    CannotSetService,
    SourceFacts,
    give_top_up,
    remove_override,
    replace_sources,
    set_override,
    set_service,
)
from sublet.entitlements.queries import entitlements_of, held_of, known_accounts, what_held
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import history
from sublet.foundation.scope import platform_scope
from tests import factories
from tests.entitlements import load
from tests.people import AT, World

DAY = timedelta(days=1)


def agree(world: World, account: Account, *sources: SourceFacts, days: float = 0) -> None:
    with world.scope("vera") as vera, transaction.atomic():
        replace_sources(account_id=account.id, sources=sources, actor=vera, at=AT + days * DAY)


def units(account: Account, meter: str = "appointments", days: float = 0) -> int | None:
    return entitlements_of(account.id, AT + days * DAY).meters[meter].units


def last_event() -> str:
    return str(JournalEntry.unscoped.order_by("-id").values_list("event", flat=True)[0])


def test_an_account_without_rows_has_the_starting_plan_of_its_birth(world: World) -> None:
    load(world)
    found = entitlements_of(world.carl.id, AT)
    assert found.plan is not None
    assert (found.plan.key, found.advertising, found.meters["appointments"].units) == ("free", True, 50)
    assert (found.features["calendar_feed"].value, found.until) == (False, None)


def test_before_the_first_manifest_nothing_is_there(world: World) -> None:
    found = entitlements_of(world.carl.id, AT)
    assert (found.plan, found.features, found.meters) == (None, {}, {})


def test_a_plan_holds_from_its_start_to_its_end_and_then_the_starting_plan_again(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT + DAY, AT + 9 * DAY))
    assert [units(world.carl, days=d) for d in (0, 0.999, 1, 8.999, 9)] == [50, 50, 500, 500, 50]
    assert entitlements_of(world.carl.id, AT).until == AT + DAY
    assert what_held(world.carl.id, AT + 2 * DAY).plan == entitlements_of(world.carl.id, AT + 2 * DAY).plan


def test_a_trial_opens_what_its_plan_says_and_falls_back_by_itself(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("trial", "free", 1, AT, AT + 7 * DAY))
    found = entitlements_of(world.carl.id, AT)
    assert found.trial is not None
    assert (found.trial.key, found.advertising, found.features["synchronization"].value) == (
        "unlimited",
        False,
        "one_way",
    )
    assert [units(world.carl, days=d) for d in (0, 6.999, 7)] == [None, None, 50]


def test_add_ons_count(world: World) -> None:
    load(world)
    agree(
        world, world.carl, SourceFacts("plan", "small", 1, AT),
        SourceFacts("add_on", "appointment_pack", 1, AT, None, 2), SourceFacts("add_on", "extra_agenda", 1, AT + DAY),
    )  # fmt: skip
    assert units(world.carl) == 2500
    assert [entitlements_of(world.carl.id, AT + d * DAY).features["agendas"].value for d in (0, 1)] == [2, 3]


def test_what_was_agreed_before_can_be_asked_after_it_changed(world: World) -> None:
    load(world)
    agree(world, world.carl, SourceFacts("plan", "small", 1, AT))
    agree(
        world, world.carl, SourceFacts("plan", "small", 1, AT, AT + 5 * DAY),
        SourceFacts("plan", "medium", 1, AT + 5 * DAY), days=5,
    )  # fmt: skip
    assert [units(world.carl, days=d) for d in (4, 5)] == [500, 3000]


def test_replacing_by_the_same_writes_nothing(world: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    load(world)
    source = SourceFacts("plan", "small", 1, AT)
    agree(world, world.carl, source)
    with world.scope("vera") as vera, transaction.atomic(), django_assert_num_queries(1):
        replace_sources(account_id=world.carl.id, sources=[source], actor=vera, at=AT)


def test_sources_are_part_of_a_write(world: World) -> None:
    with world.scope("vera") as vera, transaction.atomic(), pytest.raises(ValueError, match="no source"):
        replace_sources(account_id=world.carl.id, sources=[SourceFacts("gift", "x", 1, AT)], actor=vera, at=AT)


def test_the_number_of_statements_does_not_grow_with_the_accounts(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    load(world)
    more = [factories.make_client(world.rosa, f"Client {n}") for n in range(3)]
    agree(world, more[0], SourceFacts("plan", "small", 1, AT))
    with platform_scope("test"):
        known_accounts([world.carl.id], at=AT)  # warm: the offer
        for ids in ([more[0].id], [each.id for each in more]):
            with django_assert_num_queries(5):
                known_accounts(ids, at=AT)


# Words ----------------------------------------------------------------------------------------------------------------


def test_a_reseller_sets_a_lower_limit_and_takes_it_back(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT, note="too many")
    assert last_event() == "limit.set"
    answer = entitlements_of(world.carl.id, AT).meters["appointments"]
    assert (answer.units, answer.source) == (20, "reseller")
    assert [(step.layer, step.value, step.decides) for step in answer.why] == [
        ("plan", 50, False), ("reseller", 20, True),
    ]  # fmt: skip
    with world.scope("rosa") as rosa:
        remove_override(ref=world.carl.ref, kind="meter", key="appointments", actor=rosa, at=AT + DAY)
        assert not remove_override(ref=world.carl.ref, kind="meter", key="appointments", actor=rosa, at=AT + DAY)
    assert [units(world.carl, days=d) for d in (0.5, 1)] == [20, 50]
    assert last_event() == "limit.removed"


def test_a_word_can_end_by_itself(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=20, until=AT + DAY, actor=rosa, at=AT)
    assert [units(world.carl, days=d) for d in (0, 1)] == [20, 50]


def test_a_later_word_takes_the_place_of_the_one_before(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        for day, value in enumerate((20, 30, 30)):
            set_override(
                ref=world.carl.ref, kind="meter", key="appointments", value=value, actor=rosa, at=AT + day * DAY
            )
    assert [units(world.carl, days=d) for d in (0, 1, 2)] == [20, 30, 30]
    assert Override.unscoped.count() == 2  # the third said nothing new


def test_a_reseller_cannot_give_more_than_it_holds_and_is_told_how_much_that_is(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa, pytest.raises(CannotSetLimit) as refused:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=51, actor=rosa, at=AT)
    assert (refused.value.code, refused.value.params["most"]) == ("not-held", 50)
    assert Override.unscoped.count() == 0
    with world.scope("vera") as vera:
        set_override(ref=world.rosa.ref, kind="meter", key="appointments", value=200, actor=vera, at=AT)
        set_override(ref=world.rosa.ref, kind="feature", key="calendar_feed", value=True, actor=vera, at=AT)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=200, actor=rosa, at=AT)
        set_override(ref=world.carl.ref, kind="feature", key="calendar_feed", value=True, actor=rosa, at=AT)
        with pytest.raises(CannotSetLimit):
            set_override(ref=world.carl.ref, kind="meter", key="appointments", value=None, actor=rosa, at=AT)
        with pytest.raises(CannotSetLimit):
            set_override(ref=world.carl.ref, kind="feature", key="priority_support", value=True, actor=rosa, at=AT)
    found = entitlements_of(world.carl.id, AT)
    assert (found.meters["appointments"].units, found.features["calendar_feed"].value) == (200, True)
    with world.scope("vera") as vera:
        set_override(ref=world.rosa.ref, kind="meter", key="appointments", value=120, actor=vera, at=AT + DAY)
    assert units(world.carl, days=1) == 120  # what the reseller no longer holds, its client does not have either


def test_the_plan_of_a_direct_account_is_no_stock_of_the_reseller_that_it_becomes(world: World) -> None:
    load(world)
    agree(world, world.dora, SourceFacts("plan", "medium", 1, AT))
    own = units(world.dora)
    assert (own or 10**9) > 50
    with world.scope("dora") as dora:
        convert_to_reseller(ref=world.dora.ref, actor=dora, at=AT + DAY)
    there = entitlements_of(world.dora.id, AT + 2 * DAY)
    assert there.plan is not None
    assert (there.plan.key, there.meters["appointments"].units) == ("medium", own)  # its own work goes on
    held = held_of(world.dora.id, AT + 2 * DAY)
    assert {answer.units for answer in held.meters.values()} == {0}
    assert not any(answer.value for answer in held.features.values() if answer.kind != "text")


def test_the_vendor_speaks_of_any_account_in_either_direction(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=None, actor=vera, at=AT)
        set_override(ref=world.dora.ref, kind="meter", key="appointments", value=5, policy="notify", actor=vera, at=AT)
    assert (units(world.carl), units(world.dora)) == (None, 5)
    assert entitlements_of(world.dora.id, AT).meters["appointments"].bounds[0].policy == "notify"


@pytest.mark.parametrize(("kind", "key", "value", "policy", "code"), [
    ("meter", "appointments", -1, "", "wrong-value"), ("meter", "appointments", True, "", "wrong-value"),
    ("meter", "appointments", "5", "", "wrong-value"), ("meter", "appointments", 5, "overage", "wrong-policy"),
    ("feature", "agendas", -1, "", "wrong-value"), ("feature", "calendar_feed", 1, "", "wrong-value"),
    ("feature", "synchronization", "sideways", "", "unknown-choice"), ("feature", "calendar_feed", False, "block", "wrong-policy"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(world: World, kind: str, key: str, value: object, policy: str, code: str) -> None:
    load(world)
    with world.scope("rosa") as rosa, pytest.raises(CannotSetLimit) as refused:
        set_override(ref=world.carl.ref, kind=kind, key=key, value=value, policy=policy, actor=rosa, at=AT)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert (Override.unscoped.count(), last_event()) == (0, "manifest.loaded")


@pytest.mark.parametrize(
    ("kind", "key"), [("meter", "nothing"), ("thing", "appointments"), ("feature", "appointments")]
)
def test_what_the_product_does_not_have_is_not_found(world: World, kind: str, key: str) -> None:
    load(world)
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        set_override(ref=world.carl.ref, kind=kind, key=key, value=1, actor=rosa, at=AT)
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        set_service(ref=world.carl.ref, service="nothing", enabled=True, actor=rosa, at=AT)


def test_another_resellers_client_is_not_found_and_a_look_is_not_enough(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa, pytest.raises(NotFound):
        set_override(ref=world.bakery.ref, kind="meter", key="appointments", value=1, actor=rosa, at=AT)
    with world.scope("carl") as carl, pytest.raises((NotFound, Forbidden)):
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=1, actor=carl, at=AT)
    with world.scope("vera") as vera, pytest.raises(NotFound):
        set_override(ref=world.vendor.ref, kind="meter", key="appointments", value=1, actor=vera, at=AT)
    assert Override.unscoped.count() == 0


def test_a_former_resellers_words_do_not_follow_a_client(world: World) -> None:
    load(world)
    with world.scope("rosa") as rosa:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT)
        set_service(ref=world.carl.ref, service="text_reminders", enabled=True, actor=rosa, at=AT)
    Account.unscoped.filter(id=world.carl.id).update(parent_id=world.remo.id)
    found = entitlements_of(world.carl.id, AT)
    assert (found.meters["appointments"].units, found.services["text_reminders"].enabled) == (50, False)


def test_a_layer_says_one_thing_at_a_time(world: World) -> None:
    word = {
        "account": world.carl,
        "giver_id": world.rosa.id,
        "layer": "reseller",
        "kind": "meter",
        "key": "x",
        "since": AT,
    }
    with platform_scope("test"):
        Override.objects.create(**word)
        with pytest.raises(IntegrityError, match=r"a_layer_says_one_thing|UNIQUE"), transaction.atomic():
            Override.objects.create(**word)


# Managed services -----------------------------------------------------------------------------------------------------


def test_a_service_is_switched_on_managed_and_allowed(world: World) -> None:
    load(world, "marketing-automation")
    began = entitlements_of(world.carl.id, AT).services
    assert (began["direct_support"].enabled, began["sales_optimizer"].managed_by) == (False, "reseller")
    assert (began["email_sync"].enabled, began["email_sync"].allowance) == (True, 3)
    with world.scope("rosa") as rosa:
        assert set_service(ref=world.carl.ref, service="direct_support", enabled=True, actor=rosa, at=AT)
        assert not set_service(ref=world.carl.ref, service="direct_support", enabled=True, actor=rosa, at=AT)
        set_service(ref=world.carl.ref, service="sales_optimizer", managed_by="client", actor=rosa, at=AT)
        set_service(ref=world.carl.ref, service="litmus_tests", enabled=True, allowance=7, actor=rosa, at=AT)
    assert last_event() == "managed_service.set"
    found = entitlements_of(world.carl.id, AT)
    assert found.services["direct_support"].enabled
    assert found.services["sales_optimizer"].managed_by == "client"
    assert found.services["litmus_tests"].allowance == 7


def test_an_allowance_bounds_its_meter_within_the_plan(world: World) -> None:
    load(world, "marketing-automation")
    agree(world, world.carl, SourceFacts("plan", "client_license", 1, AT))
    assert units(world.carl, "email_syncs") == 3  # the plan gives 10; a client begins with 3
    assert units(world.carl, "litmus_tests") == 0  # switched off
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service="email_sync", allowance=8, actor=rosa, at=AT)
        set_service(ref=world.carl.ref, service="litmus_tests", enabled=True, allowance=500, actor=rosa, at=AT)
    assert (units(world.carl, "email_syncs"), units(world.carl, "litmus_tests")) == (8, 20)
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service="email_sync", allowance=None, actor=rosa, at=AT + DAY)
    assert units(world.carl, "email_syncs", 1) == 10
    with world.scope("rosa") as rosa:
        set_service(ref=world.carl.ref, service="email_sync", allowance=AS_DECLARED, actor=rosa, at=AT + 2 * DAY)
    assert units(world.carl, "email_syncs", 2) == 3


@pytest.mark.parametrize(("fields", "code"), [
    ({"service": "direct_support", "managed_by": "client"}, "wrong-manager"),
    ({"service": "direct_support", "allowance": 5}, "no-allowance"),
    ({"service": "email_sync", "allowance": -1}, "wrong-allowance"),
])  # fmt: skip
def test_a_setting_that_does_not_fit_is_refused(world: World, fields: dict[str, object], code: str) -> None:
    load(world, "marketing-automation")
    with world.scope("rosa") as rosa, pytest.raises(CannotSetService) as refused:
        set_service(ref=world.carl.ref, actor=rosa, at=AT, **fields)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert ServiceSetting.unscoped.count() == 0


def test_who_is_suspended_may_nothing(world: World) -> None:
    load(world)
    found = entitlements_of(world.zorba.id, AT)
    assert (found.state, found.meters["appointments"].units) == ("suspended", 0)


def test_a_client_is_not_told_who_of_the_vendor_gave_it_units(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        give_top_up(ref=world.carl.ref, meter="appointments", units=5, actor=vera, at=AT)
    with world.scope("carl") as carl:
        [row] = [row for row in history(carl, account_id=carl.account_id).rows if row.event == "top_up.given"]
    assert row.sentence.startswith("The platform ")
    assert (row.actor_name, row.actor_account_name) == ("The platform", "")
    with world.scope("rosa") as rosa:
        [row] = [row for row in history(rosa, account_id=world.carl.id, below=True).rows if row.event == "top_up.given"]
    assert row.actor_name == world.users["vera"].name
