"""What a process has read of an account is used again only as long as nothing has changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from sublet.accounts.models import Account
from sublet.accounts.operations.lifecycle import suspend_account
from sublet.entitlements.operations import SourceFacts, replace_sources, set_override, set_service
from sublet.entitlements.queries import entitlements_of
from sublet.entitlements.queries.facts import known_of, places
from sublet.foundation.scope import platform_scope
from tests.entitlements import load
from tests.people import AT, World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def there(transactional_db: None) -> World:
    world = make_world()
    load(world)
    return world


def units(account: Account, days: float = 0) -> int | None:
    with platform_scope("test"):
        return entitlements_of(account.id, AT + days * DAY).meters["appointments"].units


def test_nothing_is_read_twice(there: World, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with platform_scope("test"):
        found = list(places([there.carl.id]).values())
        known_of(found, at=AT)
        with django_assert_num_queries(0):
            known_of(found, at=AT + DAY)
        with django_assert_num_queries(4):
            known_of(found, at=AT - DAY)  # what had ended since is not kept


def test_whatever_changes_is_seen_at_once(there: World) -> None:
    assert units(there.carl) == 50
    with there.scope("rosa") as rosa:
        set_override(ref=there.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT)
    assert units(there.carl) == 20
    with there.scope("vera") as vera:
        set_override(ref=there.rosa.ref, kind="meter", key="appointments", value=90, actor=vera, at=AT)
    with there.scope("rosa") as rosa:
        set_override(ref=there.carl.ref, kind="meter", key="appointments", value=80, actor=rosa, at=AT)
    assert units(there.carl) == 80
    with there.scope("vera") as vera:
        set_override(ref=there.rosa.ref, kind="meter", key="appointments", value=60, until=AT + DAY, actor=vera, at=AT)
    assert [units(there.carl, days) for days in (0, 0.9, 1, 2)] == [60, 60, 50, 50]  # what the reseller holds has ended
    with there.scope("vera") as vera, transaction.atomic():
        replace_sources(account_id=there.elan.id, sources=[SourceFacts("plan", "small", 1, AT)], actor=vera, at=AT)
        assert units(there.elan) == 500  # within the transaction, too
    assert units(there.elan) == 500
    with there.scope("rosa") as rosa:
        suspend_account(ref=there.elan.ref, reason="unpaid", actor=rosa, at=AT)
    assert units(there.elan) == 0


def test_what_was_rolled_back_is_not_kept(there: World) -> None:
    assert units(there.carl) == 50
    with transaction.atomic(), there.scope("rosa") as rosa:
        set_override(ref=there.carl.ref, kind="meter", key="appointments", value=20, actor=rosa, at=AT)
        assert units(there.carl) == 20
        transaction.set_rollback(True)
    assert units(there.carl) == 50
    with there.scope("rosa") as rosa:  # takes the number that was given back
        set_service(ref=there.carl.ref, service="direct_support", enabled=True, actor=rosa, at=AT)
    assert units(there.carl) == 50
