"""Words of a contact alone are told apart, so that a search can do without them."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.db import migrations, models

from sublet.accounts.search import words_of

BATCH = 1000


def mark(apps: Any, schema_editor: Any) -> None:
    """In batches of accounts; marking twice changes nothing."""
    account, tag, word = (apps.get_model("accounts", name) for name in ("Account", "AccountTag", "SearchWord"))
    alias = schema_editor.connection.alias
    rows = account.unscoped.using(alias).filter(parent__isnull=False).order_by("id")
    last = 0
    while batch := list(rows.filter(id__gt=last)[:BATCH]):
        last = batch[-1].id
        ids = {"account_id__gte": batch[0].id, "account_id__lte": last}
        pairs = tag.unscoped.using(alias).filter(**ids).order_by("account_id", "name").values_list("account_id", "name")
        tags = {key: [name for _, name in found] for key, found in groupby(pairs, key=lambda pair: pair[0])}
        personal = {
            (each.id, text) for each in batch for text, alone in words_of(each, tags.get(each.id, ())).items() if alone
        }
        stored = word.unscoped.using(alias).filter(**ids).values_list("id", "account_id", "word")
        marked = [row_id for row_id, account_id, text in stored if (account_id, text) in personal]
        for start in range(0, len(marked), BATCH):
            word.unscoped.using(alias).filter(id__in=marked[start : start + BATCH]).update(personal=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="searchword",
            name="personal",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop, elidable=True),
    ]
