"""Files of issued documents: kept once, and taken away for accounting."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import ClassVar, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from sublet.billing.documents import exports
from sublet.billing.issuer_events import InvoicesExported
from sublet.billing.models import Invoice, InvoicePaper
from sublet.billing.queries.issuers import issuing_account
from sublet.billing.queries.papers import CannotMakePaper, documents_between, losses_between, made_each
from sublet.foundation.actor import Actor
from sublet.foundation.errors import Refusal
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope

logger = logging.getLogger(__name__)

CSV, DATEV, UBL = "csv", "datev", "ubl"
KINDS: Final = (CSV, DATEV, UBL)
MOST_DAYS: Final = 400
_BATCH: Final = 50


class CannotExportInvoices(Refusal):
    """Why there is no file."""

    SENTENCES: ClassVar = {
        "wrong-kind": _("Choose one of the kinds of file."),
        "wrong-days": _("The last day is before the first one."),
        "too-long": _("Choose at most 400 days."),
        "impersonating": _("Nobody takes files away during a visit."),
    }


def keep_papers(*, at: datetime, most: int = 2000) -> int:
    """Make and keep the files of documents that were issued and have none yet, oldest first. Returns how many.

    One that cannot be made is logged and left for the next time; the others go on. After a day ``billing.papers`` tells of it.
    """
    kept, after = 0, 0
    with platform_scope("makes the files of what every account has issued"):
        while kept < most:
            # unscoped: as above
            rows = Invoice.unscoped.filter(number__isnull=False, paper__isnull=True, id__gt=after).order_by("id")[
                :_BATCH
            ]
            batch = list(rows)
            if not batch:
                return kept
            after = batch[-1].id
            kept += sum(_keep(row, found, at) for row, found in made_each(batch))
    return kept


def keep_papers_of(*, refs: Sequence[str], at: datetime) -> None:
    """The same at once for those of these documents that have none: what is mailed now is the file that is kept. In a platform scope."""
    for row, found in made_each(list(Invoice.objects.filter(ref__in=refs, number__isnull=False, paper__isnull=True))):
        _keep(row, found, at)


def _keep(invoice: Invoice, pdf: bytes | CannotMakePaper, at: datetime) -> bool:
    if isinstance(pdf, CannotMakePaper):
        logger.error("the file of a document could not be made: %s", pdf, extra={"invoice": invoice.ref})
        return False
    paper = InvoicePaper(
        account_id=invoice.account_id, book=invoice.book, invoice_id=invoice.id, pdf=pdf, digest=hashlib.sha256(pdf).hexdigest(),
        made_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            paper.save(force_insert=True)
    except IntegrityError:
        return False  # another worker was quicker
    return True


def export_invoices(*, kind: str, first: date, last: date, actor: Actor, at: datetime) -> Iterator[bytes]:
    """What the actor's account issued from `first` to `last` as a file of that kind, piece by piece (``billing:view``); for accounting
    with what it wrote off and recovered on those days.

    Kept in the journal before the first piece. Raises Forbidden, NotFound, CannotExportInvoices.
    """
    issuing_account(actor, "view")
    if actor.impersonator is not None:
        raise CannotExportInvoices("impersonating")
    if kind not in KINDS:
        raise CannotExportInvoices("wrong-kind", field="kind")
    if last < first:
        raise CannotExportInvoices("wrong-days", field="last")
    if (last - first).days > MOST_DAYS:
        raise CannotExportInvoices("too-long", field="last")
    with transaction.atomic():
        told = InvoicesExported(format=kind, first=first.isoformat(), last=last.isoformat())
        record(told, account_id=actor.account_id, actor=actor, at=at)
    found = documents_between(actor, first=first, last=last)
    lost = losses_between(actor, first=first, last=last)
    if kind == CSV:
        return exports.table(found, lost)
    return exports.bookings(found, lost, first=first, last=last) if kind == DATEV else exports.archive(found)
