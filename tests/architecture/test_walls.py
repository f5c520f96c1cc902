"""Every table is behind the database's wall, or is on the list of those without an account, with a reason."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from sublet.foundation import walls

#: Columns that say whose a row is.
OWNERS = {"account_id", "reseller_id", "client_id", "parent_id"}
#: The library means others: a log-in elsewhere, and the name that a provider knows us by.
NOT_OURS = {"socialaccount_socialtoken", "socialaccount_socialapp"}


def tables() -> dict[str, type[models.Model]]:
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def test_every_table_is_walled_or_on_the_list() -> None:
    walled = {policy.table for policy in walls.policies()}
    listed = set(walls.WITHOUT_ACCOUNT)

    assert set(tables()) - walled == listed - {"django_migrations"}, (
        "a new table derives from TenantModel, or foundation/walls.py says why it has no account"
    )
    assert walled & listed == set()
    assert walled == {model._meta.db_table for model in walls.tenant_models()} | set(walls.PLAIN)
    assert all(walls.WITHOUT_ACCOUNT.values())


def test_no_table_on_the_list_has_an_account() -> None:
    named = {
        table: OWNERS & {field.column for field in model._meta.concrete_fields}
        for table, model in tables().items()
        if table in walls.WITHOUT_ACCOUNT and table not in NOT_OURS
    }
    assert {table: columns for table, columns in named.items() if columns} == {}


def test_every_policy_covers_what_is_written_too() -> None:
    by_table: dict[str, set[str]] = {}
    for policy in walls.policies():
        by_table.setdefault(policy.table, set()).add(policy.command)
        assert bool(policy.check) == (policy.command == "ALL")
    assert all("ALL" in commands for commands in by_table.values())
    # Of the books who owes reads what it owes, and the vendor's people no retail row (`billing.models.books`).
    books = {
        "bank_line",
        "bank_payment",
        "bank_refund",
        "bank_statement",
        "billing_run",
        "billing_terms",
        "client_month",
        "invoice",
        "invoice_line",
        "invoice_paper",
        "ledger_entry",
        "ledger_posting",
        "number_series",
        "payout",
        "payout_line",
        "revenue_month",
        "dispute",
        "dunning_case",
        "dunning_policy",
        "dunning_step",
        "refund",
        "payment",
        "write_off",
    }
    # What discount is usual is read wherever one is reckoned.
    assert {table for table, commands in by_table.items() if commands != {"ALL"}} == {
        "account",
        "wholesale_agreed",
        *books,
    }
