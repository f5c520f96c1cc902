"""The numbers of the mails that a provider took before they were kept by themselves: the answer was the number alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import migrations, transaction

BATCH = 1000
#: Reports come within days; complaints within weeks.
WITHIN = timedelta(weeks=6)
#: The answers of SMTP servers are words, with blanks between; ``taken`` is none.
NUMBER = re.compile(r"\S{16,180}")


def keep(apps: Any, schema_editor: Any) -> None:
    """In batches, each stored by itself; doing it twice changes nothing, so whatever was interrupted is run again."""
    alias = schema_editor.connection.alias
    mails, servers = (apps.get_model("messaging", name).unscoped.using(alias) for name in ("OutboxMail", "MailServer"))
    providers = dict(servers.filter(kind="provider").values_list("account_id", "provider"))
    newest = mails.order_by("-id").values_list("created_at", flat=True).first()
    if not providers or newest is None:
        return
    rows = mails.filter(state="sent", provider_id="").exclude(left_by_platform=True).order_by("id")
    last = UUID(int=int((newest - WITHIN).timestamp() * 1000) << 80)  # mails are numbered by time
    fields = ("id", "account_id", "account__kind", "account__parent_id", "answer")
    while batch := list(rows.filter(id__gt=last).values_list(*fields)[:BATCH]):
        last = batch[-1][0]
        with transaction.atomic(using=alias):
            for number, account, kind, parent, answer in batch:
                provider = providers.get(parent if kind == "client" else account)
                if provider and NUMBER.fullmatch(answer):
                    mails.filter(pk=number, provider_id="").update(provider_id=f"{provider}:{answer.strip('<>')}")


class Migration(migrations.Migration):
    atomic = False  # weeks of mails take minutes, and on SQLite nobody else could write meanwhile
    dependencies = [("messaging", "0183_two_kinds_of_keys")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop, elidable=True)]
