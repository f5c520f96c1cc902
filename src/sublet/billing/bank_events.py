"""What can happen with bank statements. No event tells an amount, nor who paid from which account."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.billing.events import AboutInvoice
from sublet.foundation.journal.events import Event, event


@event("bank.statement_imported")
@dataclass(frozen=True, slots=True)
class StatementImported(Event):
    """A statement was brought in: so many lines were new, and so many of them paid an invoice at once."""

    statement: str
    name: str
    lines: int
    booked: int

    SENTENCE = _("%(actor)s brought the bank statement “%(name)s” in: %(lines)s new lines, %(booked)s booked.")
    QUOTED = "name"


@event("bank.payment_booked")
@dataclass(frozen=True, slots=True)
class BankPaymentBooked(AboutInvoice):
    """A bank transfer was booked on an invoice; without a number, as paid ahead."""

    line: str

    SENTENCE = _("%(actor)s booked a bank transfer on invoice %(number)s of “%(name)s”.")


@event("bank.payment_taken_back")
@dataclass(frozen=True, slots=True)
class BankPaymentTakenBack(AboutInvoice):
    """That a bank transfer pays an invoice was taken back; the invoice is open again."""

    line: str

    SENTENCE = _("%(actor)s took a bank transfer back from invoice %(number)s of “%(name)s”.")


@event("bank.line_set_aside")
@dataclass(frozen=True, slots=True)
class BankLineSetAside(Event):
    """A movement was put aside as being for no invoice, or (`aside` false) back among those that are open."""

    line: str
    aside: bool

    SENTENCE = _("%(actor)s put a bank movement aside or back.")


@dataclass(frozen=True, slots=True)
class AboutBankRefund(Event):
    """Which transfer that gave money back, and to whom: its reference and the name that it had then."""

    refund: str
    ref: str
    name: str


@event("bank.refund_booked")
@dataclass(frozen=True, slots=True)
class BankRefundBooked(AboutBankRefund):
    """A transfer was booked by which money went back to who had paid it."""

    SENTENCE = _("%(actor)s booked a transfer that gave money back to “%(name)s”.")


@event("bank.refund_matched")
@dataclass(frozen=True, slots=True)
class BankRefundMatched(AboutBankRefund):
    """A movement of the bank turned out to be a transfer that was booked by hand before."""

    SENTENCE = _("%(actor)s found the bank’s movement of a transfer that gave money back to “%(name)s”.")


@event("bank.refund_taken_back")
@dataclass(frozen=True, slots=True)
class BankRefundTakenBack(AboutBankRefund):
    """That money went back was taken back: it did not."""

    SENTENCE = _("%(actor)s took back that money was given back to “%(name)s”.")
