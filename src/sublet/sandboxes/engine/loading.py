"""Putting the copied rows into the empty tables."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Max

from sublet.accounts.models import Account
from sublet.billing.models import Invoice, NumberSeries
from sublet.core.rights import VENDOR
from sublet.foundation.journal import fences
from sublet.foundation.scope import platform_scope
from sublet.sandboxes.copying import TABLES
from sublet.subscriptions.operations.written import wake
from sublet.subscriptions.queries.held import held_many

BATCH: Final = 500


def load(file: Path) -> int:
    """Take the rows in, in one transaction; how many. The file was written by `copying.write_copy`."""
    waiting: dict[str, list[models.Model]] = defaultdict(list)
    count = 0
    # What was issued and charged elsewhere is written here: no trigger may think that it is being changed.
    with fences.lifted(connection), transaction.atomic(), platform_scope("the sandbox is filled"):
        for table in TABLES:
            if table.whole:  # what a migration has put there
                # past the scope: a name of the list, in a file of our own
                apps.get_model(table.model)._base_manager.all().delete()
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                name, row = json.loads(line)
                waiting[name].append(_made(name, row))
                count += 1
                if len(waiting[name]) >= BATCH:
                    _put(name, waiting)
        for name in list(waiting):
            _put(name, waiting)
        _go_on_counting()
    return count


def _made(name: str, row: dict[str, Any]) -> models.Model:
    # past the scope: as above
    model: Any = apps.get_model(name)
    fields = {each.attname: each for each in model._meta.concrete_fields}
    made: models.Model = model(**{key: _value(fields[key], value) for key, value in row.items()})
    return made


def _value(field: Any, value: Any) -> Any:
    return value if value is None or isinstance(field, models.JSONField) else field.to_python(value)


def _put(name: str, waiting: dict[str, list[models.Model]]) -> None:
    rows, waiting[name] = waiting[name], []
    # past the scope: as above
    apps.get_model(name)._base_manager.bulk_create(rows)


def _go_on_counting() -> None:
    """Numbers of invoices go on after those that were copied: whose series it is may not be told to who owes."""
    found = Invoice.objects.filter(number__isnull=False).order_by("account_id", "book", "series")
    for account_id, book, series, last, day in found.values_list("account_id", "book", "series").annotate(
        last=Max("number"), day=Max("issued_on")
    ):
        row = NumberSeries.objects.filter(account_id=account_id, series=series).first()
        if row is None:
            NumberSeries.objects.create(account_id=account_id, book=book, series=series, last=last, last_day=day)
        elif row.last < last:
            NumberSeries.objects.filter(id=row.id).update(last=last, last_day=max(day, row.last_day))


def wake_all(*, at: datetime) -> None:
    """Put in the jobs for what comes by itself: those of the installation stay where they are."""
    with platform_scope("the sandbox is filled"), transaction.atomic():
        for now in held_many(list(Account.objects.exclude(kind=VENDOR))):
            wake(now, at=at)
