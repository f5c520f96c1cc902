"""The mails that payments write: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.core.senders import ACCOUNT as BY_ACCOUNT
from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import ACCOUNT, Placeholder, WordedMail, register

PERSON = Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti")
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
DAY = Placeholder("day", _("The last day on which the link can be used"), "2026-03-16")

MAILS = {"payment-method-asked": MailKind(BY_ACCOUNT, from_above=True, kept_from_vendor=True)}

register(
    WordedMail(
        "payment-method-asked",
        "payment-method-asked",
        _("Way of paying: asked for"),
        _("Somebody is asked to enter the card or bank account by which an account pays."),
        ACCOUNT,
        (PERSON, ACCOUNT_NAME, DAY),
        button=True,
    ),
)
