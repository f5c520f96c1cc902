"""How many accounts have which plan: each counts once, a trial or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.catalog.queries import offer
from sublet.core.lifecycle import CLOSED
from sublet.core.offer import Item
from sublet.core.rights import CLIENT, DIRECT
from sublet.foundation.scope import platform_scope
from sublet.subscriptions import operations, queries
from sublet.subscriptions.queries import Holders
from tests.people import AT, World
from tests.subscriptions import sell

DAY = timedelta(days=1)


def held(at: datetime) -> Mapping[Item, Holders]:
    offer()  # read once, by whoever asks first
    with platform_scope("test"), CaptureQueriesContext(connection) as asked:
        found = queries.plans_held(at)
    assert len(asked) == 5
    return found


def test_an_account_on_trial_counts_once(world: World) -> None:
    sell(world)
    with platform_scope("test"):
        everybody = Account.objects.filter(kind__in=(CLIENT, DIRECT)).exclude(state=CLOSED).count()
    assert held(AT) == {("plan", "free", 1): Holders(everybody)}
    for account in (world.carl, world.elan):
        with world.scope("rosa") as rosa:
            operations.start_trial(ref=account.ref, actor=rosa, at=AT)
    tried = held(AT + DAY)
    assert tried[("plan", "free", 1)] == Holders(everybody, on_trial=2)
    assert tried[("plan", "unlimited", 1)] == Holders(0, trying=2)
    with world.scope("rosa") as rosa:
        operations.take_plan(ref=world.carl.ref, plan="unlimited", actor=rosa, at=AT + DAY)
        operations.take_plan(ref=world.elan.ref, plan="small", actor=rosa, at=AT + DAY)
    taken = held(AT + 2 * DAY)
    assert taken[("plan", "free", 1)] == Holders(everybody - 2)
    assert taken[("plan", "small", 1)] == Holders(1, on_trial=1)
    assert taken[("plan", "unlimited", 1)] == Holders(1, on_trial=1, trying=1)
    assert sum(each.accounts for each in taken.values()) == everybody
    over = held(AT + 60 * DAY)
    assert {each.on_trial + each.trying for each in over.values()} == {0}
