"""The client list leaves as a file: who took it is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.events import ClientsExported
from sublet.accounts.queries.exports import ExportList, chosen_columns, export_list
from sublet.accounts.queries.listquery import ListQuery
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record

FORMATS = ("csv", "xlsx")


class CannotExportClients(Refusal):
    """Why the client list does not leave."""

    SENTENCES = {
        "impersonating": _(
            "The client list holds personal data; only the person can download it. End the visit first."
        ),
        "format-unknown": _("A list leaves as CSV or as XLSX."),
    }
    status = 403


def export_clients(
    *,
    query: ListQuery,
    format: str,
    keys: Sequence[str] = (),
    people: Mapping[int, str],
    languages: Mapping[str, str],
    zone: tzinfo,
    actor: Actor,
    at: datetime,
) -> ExportList:
    """Write down that the list leaves, and give its rows (``clients:view``; the vendor ``accounts:view``).

    Contacts leave with ``people:manage`` only (`core.peopledata`); without it the file lacks their columns.

    The rows are read when they are taken, by the connection of the thread that takes them. Arguments as
    `queries.export_list`. Raises Forbidden, CannotExportClients.
    """
    if format not in FORMATS:
        raise CannotExportClients("format-unknown", field="format")
    if actor.impersonator is not None:
        raise CannotExportClients("impersonating")
    leaving = export_list(actor, query, keys=keys, people=people, languages=languages, zone=zone, at=at)
    told = ClientsExported(
        format=format,
        filters=len(query.as_data().keys() - {"sort", "descending"}),
        columns=[column.key for column in chosen_columns(actor, keys)],
    )
    with transaction.atomic():
        record(told, account_id=actor.account_id, actor=actor, at=at)
    return leaving
