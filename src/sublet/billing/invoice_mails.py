"""The mails by which an issued document reaches whoever owes: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from typing import Final

from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.billing.dunning_mails import CREDITOR, NUMBER
from sublet.billing.payment_mails import ACCOUNT_NAME, PERSON
from sublet.core.senders import ACCOUNT as BY_ACCOUNT
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import ACCOUNT, Placeholder, WordedMail, register

ISSUED: Final = "invoice-issued"
CREDITED: Final = "credit-note-issued"

AMOUNT = Placeholder("amount", _("What it comes to"), "€49.00")
DUE = Placeholder("due", _("The day on which it is due"), "16 Mar 2026", optional=True)
_ONLINE = lazy(lambda: gettext("Please pay %(amount)s online.") % {"amount": "€49.00"}, str)()
PAYING = Placeholder("paying", _("How it is paid, as it stands on the invoice"), _ONLINE, optional=True)
NOTE = Placeholder("number", _("The number of the credit note"), "2026-18")
CREDITED_INVOICE = Placeholder("invoice", _("The number of the invoice that it credits"), "2026-17")

_KIND = MailKind(BY_ACCOUNT, from_above=True, kept_from_vendor=True)
MAILS = {ISSUED: _KIND, CREDITED: _KIND}

register(
    WordedMail(
        ISSUED, ISSUED, _("Invoice: issued"), _("An invoice is issued; its file goes with the mail."), ACCOUNT,
        (PERSON, ACCOUNT_NAME, CREDITOR, NUMBER, AMOUNT, DUE, PAYING), button=True,
    ),
    WordedMail(
        CREDITED, CREDITED, _("Credit note: issued"), _("A credit note is issued; its file goes with the mail."), ACCOUNT,
        (PERSON, ACCOUNT_NAME, CREDITOR, NOTE, AMOUNT, CREDITED_INVOICE), button=True,
    ),
)  # fmt: skip
