"""Invoices as files."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from ninja import Query

from sublet.billing.documents import NotElectronic
from sublet.billing.operations.papers import CannotExportInvoices, export_invoices
from sublet.billing.queries.papers import paper_of
from sublet.core.rights import DIRECT, RESELLER, VENDOR
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.routes.shared import file_of
from sublet.portals.api.schemas.issuers import InvoiceFileAsked, InvoicesExportAsked

routes = Routes("Invoice files", "Invoices as PDF and as electronic invoices, and all of some days for accounting.")
SEE = Needs("billing:view")
SENDERS, ALL = (VENDOR, RESELLER), (VENDOR, RESELLER, DIRECT)
PDF, XML, CSV, ZIP = "application/pdf", "application/xml", "text/csv", "application/zip"
MEDIA = {"csv": (CSV, "csv"), "datev": (CSV, "csv"), "ubl": (ZIP, "zip")}


@routes.get("/invoices/{invoice}/file", needs=SEE, kinds=ALL, answer=bytes, media=(PDF, XML))
def get_invoice_file(request: ApiRequest, invoice: str, asked: Query[InvoiceFileAsked]) -> HttpResponseBase:
    """Download an issued invoice.

    As a PDF in the brand of whoever issued it, with the electronic invoice inside (Factur-X), or as the electronic invoice
    alone. 404 for drafts, and for a form that this invoice does not have: a currency with three decimals, XRechnung without
    what it asks for.
    """
    try:
        file = paper_of(request.actor, invoice, form=asked.form)
    except NotElectronic:
        raise NotFound from None
    answer = HttpResponse(file.content, content_type=file.media)
    answer["Content-Disposition"] = f'attachment; filename="{invoice}.{file.ending}"'
    return answer


@routes.get(
    "/invoice-export", needs=SEE, kinds=SENDERS, answer=bytes, media=(CSV, ZIP), refusals=[CannotExportInvoices]
)
def export_issued_invoices(request: ApiRequest, asked: Query[InvoicesExportAsked]) -> HttpResponseBase:
    """Download what was issued on some days.

    A table, a file of bookings in the shape of DATEV, or a ZIP of electronic invoices (UBL). By the day of issue, both days
    included; at most 400 days.
    """
    pieces = export_invoices(kind=asked.kind, first=asked.first, last=asked.last, actor=request.actor, at=request.at)
    media, ending = MEDIA[asked.kind]
    return file_of(request, pieces, f"invoices-{asked.first}-{asked.last}.{ending}", media)
