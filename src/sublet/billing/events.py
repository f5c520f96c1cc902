"""What can happen in `billing`. No event tells an amount: the vendor reads every journal, and retail figures are not for it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@dataclass(frozen=True, slots=True)
class AboutInvoice(Event):
    """Which document, and whose it is to pay."""

    invoice: str
    number: str
    ref: str
    name: str


@event("invoice.issued")
@dataclass(frozen=True, slots=True)
class InvoiceIssued(AboutInvoice):
    """An invoice has its number, and is frozen."""

    SENTENCE = _("%(actor)s issued invoice %(number)s to “%(name)s”.")


@event("invoice.credited")
@dataclass(frozen=True, slots=True)
class InvoiceCredited(AboutInvoice):
    """A credit note was issued for an invoice; `number` is its own."""

    corrects: str

    SENTENCE = _("%(actor)s issued credit note %(number)s for invoice %(corrects)s of “%(name)s”.")


@event("invoice.written_off")
@dataclass(frozen=True, slots=True)
class InvoiceWrittenOff(AboutInvoice):
    """What was open of an invoice was given up. Money that comes later is booked on it all the same."""

    SENTENCE = _("%(actor)s wrote off what is open of invoice %(number)s of “%(name)s”.")


@event("invoice.reopened")
@dataclass(frozen=True, slots=True)
class InvoiceReopened(AboutInvoice):
    """What was written off of an invoice is asked for after all."""

    SENTENCE = _("%(actor)s took the write-off of invoice %(number)s of “%(name)s” back.")


@event("invoice.mailed")
@dataclass(frozen=True, slots=True)
class InvoiceMailed(AboutInvoice):
    """An issued document was mailed to whoever owes by hand: once more, or where none is mailed by itself."""

    SENTENCE = _("%(actor)s sent %(number)s to “%(name)s” by mail.")


@event("invoice.draft_discarded")
@dataclass(frozen=True, slots=True)
class DraftDiscarded(AboutInvoice):
    """A draft was thrown away; its charges come on another."""

    SENTENCE = _("%(actor)s discarded an invoice draft of “%(name)s”.")


@event("billing.run")
@dataclass(frozen=True, slots=True)
class BillingDone(Event):
    """Everything was reckoned up to an instant."""

    run: str
    until: str
    charges: int
    drafts: int

    SENTENCE = _("%(actor)s ran the billing: %(charges)s charges, %(drafts)s invoices.")


@event("billing.terms_set")
@dataclass(frozen=True, slots=True)
class TermsSet(Event):
    """How an account is billed was decided; `ref` empty: of all of whom nothing else is said."""

    ref: str
    name: str
    interval: str
    basis: str
    collected_by: str
    automatic: bool
    since: str

    SENTENCE = _("%(actor)s set how “%(name)s” is billed.")
