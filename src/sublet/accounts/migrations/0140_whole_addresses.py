"""The whole address of a contact becomes a word of its own, so that looking it up reads one index entry."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import migrations, transaction

BATCH = 1000
LENGTH = 40


def address_word(email: str) -> str:
    """As `sublet.accounts.search` makes it at the time of this migration."""
    return ("@" + sha256(email.strip().casefold().encode()).hexdigest())[:LENGTH]


def add(apps: Any, schema_editor: Any) -> None:
    """In batches of accounts, each stored by itself; adding twice changes nothing, so whatever was interrupted is run again."""
    account, word = (apps.get_model("accounts", name) for name in ("Account", "SearchWord"))
    alias = schema_editor.connection.alias
    rows = account.unscoped.using(alias).filter(parent__isnull=False).exclude(email="").order_by("id")
    last = 0
    while batch := list(rows.filter(id__gt=last).values_list("id", "parent_id", "email")[:BATCH]):
        first, last = batch[0][0], batch[-1][0]
        stored = word.unscoped.using(alias).filter(account_id__gte=first, account_id__lte=last, word__startswith="@")
        known = set(stored.values_list("account_id", flat=True))
        lacking = [each for each in batch if each[0] not in known]
        with transaction.atomic(using=alias):
            word.unscoped.using(alias).bulk_create(
                word(account_id=account_id, parent_id=parent_id, word=address_word(email), personal=True)
                for account_id, parent_id, email in lacking
            )


class Migration(migrations.Migration):
    atomic = False  # a million accounts take minutes, and on SQLite nobody else could write meanwhile
    dependencies = [("accounts", "0130_personal_words")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=True)]
