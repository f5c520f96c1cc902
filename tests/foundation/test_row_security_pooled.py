"""The wall through a pooler in transaction mode: thousands of requests of several tenants over two server connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from sublet.foundation.scope import account_scope, platform_scope
from tests.factories import make_client, make_reseller, make_vendor
from tests.pooler import pooled

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

SERVER_CONNECTIONS, TENANTS, REQUESTS = 2, 8, 1250
FOREIGN = "SELECT count(*), count(*) FILTER (WHERE id <> %s AND parent_id IS DISTINCT FROM %s AND kind <> 'vendor') FROM account"


def scoped(twin: BaseDatabaseWrapper, tenant: int, number: int) -> tuple[int, int]:
    """As the application asks: alone, or as one of two statements of a transaction."""
    with account_scope(tenant):
        return ask(twin, tenant, whole=number % 2 == 0)


def for_the_session(twin: BaseDatabaseWrapper, tenant: int, number: int) -> tuple[int, int]:
    """As one must not: the scope set for the session, which is soon another's."""
    with twin.cursor() as cursor:
        cursor.execute("SELECT set_config('sublet.account', %s, false)", [str(tenant)])
    return ask(twin, tenant, whole=False)


def ask(twin: BaseDatabaseWrapper, tenant: int, *, whole: bool) -> tuple[int, int]:
    with transaction.atomic(using=twin.alias) if whole else nullcontext(), twin.cursor() as cursor:
        if whole:
            cursor.execute("SELECT 1")
        cursor.execute(FOREIGN, [tenant, tenant])
        seen, foreign = cursor.fetchone()
        return int(seen), int(foreign)


def interleaved(tenants: list[int], way: Callable[..., tuple[int, int]], requests: int) -> tuple[int, set[int]]:
    """How many rows of others were seen, and how many rows the requests had."""
    with pooled(connection.settings_dict, connections=SERVER_CONNECTIONS) as settings:

        def client(tenant: int) -> list[tuple[int, int]]:
            from django.db import connections

            twin = connections["default"]  # this thread's own
            twin.settings_dict = {**twin.settings_dict, **settings}
            twin.inc_thread_sharing()
            try:
                return [way(twin, tenant, number) for number in range(requests)]
            finally:
                twin.close()

        with ThreadPoolExecutor(len(tenants)) as pool:
            answers = [answer for answers in pool.map(client, tenants) for answer in answers]
    assert len(answers) == len(tenants) * requests
    return sum(foreign for _, foreign in answers), {seen for seen, _ in answers}


def accounts() -> list[int]:
    with platform_scope("a test makes tenants"):
        vendor = make_vendor()
        resellers = [make_reseller(vendor, f"Reseller {number}") for number in range(TENANTS)]
        for reseller in resellers:
            for number in range(2):
                make_client(reseller, f"Client {number}")
        return [reseller.id for reseller in resellers]


def test_no_row_of_another_is_seen_through_a_pooler() -> None:
    tenants = accounts()

    # Itself, its two clients and the vendor: each of the requests saw exactly these.
    assert interleaved(tenants, scoped, REQUESTS) == (0, {4})

    # The control: the same check sees what a scope for the session does.
    assert interleaved(tenants, for_the_session, 50)[0] > 0


def test_a_transaction_that_begins_by_itself_is_told_anew() -> None:
    (tenant, *_rest) = accounts()
    for _ in range(2):
        with account_scope(tenant), transaction.atomic():
            assert connection.is_usable()  # the driver's own question, which tells nothing
            assert ask(connection, tenant, whole=False) == (4, 0)


def test_many_values_at_once_are_told_each_time() -> None:
    tenants = accounts()[:2]
    for _ in range(2):
        for tenant in tenants:
            with account_scope(tenant), connection.cursor() as cursor:
                cursor.executemany("UPDATE account SET name = name WHERE id = %s", [(tenant,), (tenants[0],)])
                assert cursor.rowcount == (2 if tenant == tenants[0] else 1)


def test_nothing_stays_on_the_connection() -> None:
    (tenant, *_rest) = accounts()
    with account_scope(tenant), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('sublet.account')")
        assert cursor.fetchone() == (str(tenant),)
    raw: Any = connection.connection
    assert raw.execute("SELECT current_setting('sublet.account', true)").fetchone()[0] in {None, ""}
