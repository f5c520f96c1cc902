"""The mail that tells a reseller of a payout."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.billing.payment_mails import ACCOUNT_NAME, PERSON
from sublet.core.senders import ACCOUNT as BY_ACCOUNT
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import STAFF, Placeholder, WordedMail, register

NUMBER = Placeholder("number", _("The number of the payout"), "PAY-7")
AMOUNT = Placeholder("amount", _("What was paid out"), "€149.00")
CREDITOR = Placeholder("creditor", _("The name of whoever pays out"), "Appfold")

MAILS = {"payout-made": MailKind(BY_ACCOUNT, from_above=True)}

register(
    WordedMail(
        "payout-made", "payout-made", _("Payout"),
        _("What was collected for a reseller is paid out to it."), STAFF,
        (PERSON, ACCOUNT_NAME, CREDITOR, NUMBER, AMOUNT), button=True, vendor_only=True,
    ),
)  # fmt: skip
