"""The mails that this app writes, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import STAFF, Placeholder, WordedMail, register

register(
    WordedMail(
        "scan-found",
        "scan-found",
        _("White label: something found"),
        _("The check of pages, files and mails found what gives the vendor away."),
        STAFF,
        (
            Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti"),
            Placeholder("account", _("The name of the account"), "Bella Napoli"),
            Placeholder("count", _("At how many places"), "", number=3),
        ),
        button=True,
    ),
)
