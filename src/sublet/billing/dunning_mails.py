"""The mails of dunning: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.billing.payment_mails import ACCOUNT_NAME, PERSON
from sublet.core.senders import ACCOUNT as BY_ACCOUNT
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import ACCOUNT, STAFF, Placeholder, WordedMail, register

CREDITOR = Placeholder("creditor", _("The name of whoever is owed"), "Studio Rosa")
NUMBER = Placeholder("number", _("The number of the invoice"), "2026-17")
AMOUNT = Placeholder("amount", _("What is still to be paid"), "€49.00")
DUE = Placeholder("due", _("The day on which it was due"), "16 Mar 2026", optional=True)
DAY = Placeholder("day", _("The day on which something follows"), "6 Apr 2026", optional=True)

_KIND = MailKind(BY_ACCOUNT, from_above=True, kept_from_vendor=True)
MAILS = dict.fromkeys(
    ("invoice-reminder", "invoice-last-call", "invoice-paused", "invoice-settled", "payment-confirm"), _KIND
)
MAILS["reseller-limited"] = MailKind(BY_ACCOUNT)
_ALL = (PERSON, ACCOUNT_NAME, CREDITOR, NUMBER, AMOUNT)

#: What follows, and on what: a client is paused, a reseller can only read, which the vendor alone tells anybody.
_PAUSES, _ONLY_READS = {"pauses": (1,), "limits": (0,)}, {"limits": (1,)}

register(
    WordedMail(
        "invoice-reminder", "invoice-reminder", _("Unpaid invoice: reminder"),
        _("An invoice is overdue."), ACCOUNT, (*_ALL, DUE), button=True,
    ),
    WordedMail(
        "invoice-last-call-limits", "invoice-last-call", _("Unpaid invoice: last call to a reseller"),
        _("The time to pay an invoice is over in some days, and the reseller can only read then."), STAFF, (*_ALL, DUE, DAY),
        {"pauses": (1,), **_ONLY_READS}, button=True, vendor_only=True,
    ),
    WordedMail(
        "invoice-last-call-only", "invoice-last-call", _("Unpaid invoice: last call, nothing follows"),
        _("The time to pay an invoice is over in some days, and nothing is paused then."), ACCOUNT, (*_ALL, DUE, DAY), {"pauses": (0,)},
        button=True,
    ),
    WordedMail(
        "invoice-last-call", "invoice-last-call", _("Unpaid invoice: last call"),
        _("The time to pay an invoice is over in some days, and the account is paused then."), ACCOUNT, (*_ALL, DUE, DAY), _PAUSES,
        button=True,
    ),
    WordedMail(
        "reseller-paused", "invoice-paused", _("Unpaid invoice: to a reseller that can only read"),
        _("A reseller can only read because an invoice is not paid."), STAFF, (*_ALL, DUE), _ONLY_READS, button=True, vendor_only=True,
    ),
    WordedMail(
        "invoice-paused", "invoice-paused", _("Unpaid invoice: paused"),
        _("An account is paused because an invoice is not paid."), ACCOUNT, (*_ALL, DUE), {"limits": (0,)}, button=True,
    ),
    WordedMail(
        "invoice-settled", "invoice-settled", _("Unpaid invoice: it goes on"),
        _("What was paused goes on, because the invoice is paid."), ACCOUNT, _ALL, button=True,
    ),
    WordedMail(
        "payment-confirm", "payment-confirm", _("Payment: to be confirmed"),
        _("The bank of a card wants its owner to confirm a payment."), ACCOUNT, _ALL, button=True,
    ),
    WordedMail(
        "reseller-limited", "reseller-limited", _("Unpaid invoice: a reseller can only read"),
        _("A reseller has not paid, and can only read and pay from now on."), STAFF,
        (PERSON, ACCOUNT_NAME, NUMBER, AMOUNT), button=True, vendor_only=True,
    ),
)  # fmt: skip
