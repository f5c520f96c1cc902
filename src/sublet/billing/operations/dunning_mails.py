"""The mails of dunning: in the name of whoever is owed, in the language of whoever reads, with the way to pay in them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.urls import reverse

from sublet.accounts.models import Account
from sublet.billing.documents.writing import Writing
from sublet.billing.models import Invoice, Recipient
from sublet.billing.models.books import WHOLESALE
from sublet.billing.operations.collecting import gateway_for
from sublet.billing.operations.links import write_link
from sublet.branding.queries import origin, primary_host
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import RESELLER
from sublet.foundation.actor import Actor
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.people.models import Collaborator

REMINDER: Final = "invoice-reminder"
LAST_CALL: Final = "invoice-last-call"
PAUSED: Final = "invoice-paused"
GOES_ON: Final = "invoice-settled"
CONFIRM: Final = "payment-confirm"
LIMITED: Final = "reseller-limited"

Reader = tuple[str, str, str]


def write_of_invoice(
    template: str,
    invoice: Invoice,
    debtor: Account,
    creditor: Account,
    *,
    key: str,
    day: date | None = None,
    pauses: bool = False,
    actor: Actor,
    at: datetime,
) -> bool:
    """Write it to whoever gets the invoices of `debtor`, once for each `key`; whether there is somebody.

    In a transaction and a platform scope. `day`: on which something follows; `pauses`: what follows is a pause.
    """
    whole = f"{template}:{key}"[:200]
    # unscoped: the same mail may be about an account below or above
    if OutboxMail.unscoped.filter(key=whole).exists():
        return True
    reader = reader_of(debtor)
    if reader is None or debtor.state == CLOSED:
        return False
    email, name, language = reader
    written = Writing(language or "en", invoice.currency)
    url, is_secret = _where(template, invoice, debtor, actor=actor, at=at)
    queue_mail(
        template=template,
        account_id=in_whose_name(invoice.book, debtor, creditor.id),
        to_email=email,
        to_name=name,
        language=language,
        context={
            "person": name,
            "account": debtor.name,
            "creditor": creditor.name,
            "number": invoice.number_shown,
            "amount": written.money(max(invoice.open_minor, 0) or invoice.due_minor),
            "due": written.day(invoice.due_on) if invoice.due_on else "",
            "day": written.day(day) if day else "",
            "pauses": int(pauses),
            "limits": int(debtor.kind == RESELLER),
            "url": url,
        },
        key=whole,
        actor=actor,
        at=at,
        secret=is_secret,
    )
    return True


def in_whose_name(book: str, debtor: Account, creditor_id: int) -> int:
    """About whom a mail about an invoice is written: it leaves in the brand and by the server of whoever is owed.

    A reseller and a direct account are written to in the vendor's name, a client in its reseller's; a client that has moved
    away in that of the one that it owes, which its new reseller has nothing to do with.
    """
    return creditor_id if book == WHOLESALE or debtor.parent_id != creditor_id else debtor.id


def _where(template: str, invoice: Invoice, debtor: Account, *, actor: Actor, at: datetime) -> tuple[str, bool]:
    """Where it is paid: a link that works without logging in; the invoice's own page where nothing is collected by card."""
    gateway = gateway_for(invoice.account_id, invoice.collected_by) if template != GOES_ON else None
    if gateway is not None:
        made = write_link(debtor, gateway, send_to="", payment=None, invoice=invoice.ref, actor=actor, at=at)
        return made.url, True
    return page_of(invoice, debtor), False


def page_of(invoice: Invoice, debtor: Account) -> str:
    """The invoice's page in the portal of whoever owes."""
    name = "reseller-money-invoice" if debtor.kind == RESELLER else "client-billing-invoice"
    path = reverse(name, urlconf="sublet.config.urls_brand", kwargs={"account": debtor.ref, "invoice": invoice.ref})
    start = "/reseller/" if debtor.kind == RESELLER else "/client/"
    # Never with the prefix of a visit that somebody happens to be on.
    return origin(primary_host(debtor.id)) + path[path.index(start) :]


def reader_of(debtor: Account) -> Reader | None:
    """Address, name and language: where its invoices go, else its owner, else whoever its details name."""
    # unscoped: a job of the installation writes to the account's people
    places = Collaborator.unscoped.filter(account_id=debtor.id, is_owner=True, ended_at__isnull=True)
    owner = places.filter(user__is_active=True).select_related("user").first()
    language = (owner.user.language if owner is not None else "") or debtor.language
    # unscoped: as above
    own = Recipient.unscoped.filter(account_id=debtor.id).exclude(email="").values_list("email", flat=True).first()
    if own:
        return own, debtor.contact_name or debtor.name, debtor.language or language
    if owner is not None:
        return owner.user.email, str(owner.user), language
    return (debtor.email, debtor.contact_name or debtor.name, debtor.language) if debtor.email else None


def tell_vendor(invoice: Invoice, reseller: Account, vendor: Account, *, key: str, actor: Actor, at: datetime) -> None:
    """Tell the vendor's owner that a reseller can only read and pay, once for each `key`. In a transaction and a platform scope."""
    reader = reader_of(vendor)
    if reader is None:
        return
    email, name, language = reader
    path = reverse(
        "vendor-account", urlconf="sublet.config.urls_main", kwargs={"account": vendor.ref, "ref": reseller.ref}
    )
    queue_mail(
        template=LIMITED,
        account_id=vendor.id,
        to_email=email,
        to_name=name,
        language=language,
        context={
            "person": name,
            "account": reseller.name,
            "number": invoice.number_shown,
            "amount": Writing(language or "en", invoice.currency).money(invoice.open_minor),
            "url": origin(primary_host(vendor.id)) + path[path.index("/vendor/") :],
        },
        key=f"{LIMITED}:{key}"[:200],
        actor=actor,
        at=at,
    )
