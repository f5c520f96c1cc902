"""The mail of what scans have found: when it is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.kinds import MailKind
from sublet.messaging.worded import STAFF, Placeholder, WordedMail, register

MAILS = {"scan-found": MailKind(bulk=True), "scan-broken": MailKind(bulk=True)}
LINES = (_("Bella Napoli: 2 findings, at 5 places."), _("Caffè Roma: 1 finding."))

register(
    WordedMail(
        "scan-found", "scan-found", _("White label: something was found"),
        _("The newest checks of pages, files and mails found something that names the vendor."), STAFF,
        (
            Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti"),
            Placeholder("account", _("The name of the first account"), "Bella Napoli", optional=True),
            Placeholder("accounts", _("How many accounts it is about"), "", number=2),
            Placeholder("lines", _("A line for each account, in a paragraph of its own"), "", lines=LINES),
            Placeholder("more", _("How many accounts more there are"), "", optional=True, number=3),
        ),
        button=True, required=("lines",),
    ),
    WordedMail(
        "scan-broken", "scan-broken", _("White label: a check broke off"),
        _("Checks that begin by themselves did not come to their end."), STAFF,
        (
            Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti"),
            Placeholder("account", _("The name of the first account"), "Bella Napoli", optional=True),
            Placeholder("accounts", _("How many accounts it is about"), "", number=2),
            Placeholder("lines", _("A line for each account, in a paragraph of its own"), "", lines=("Bella Napoli", "Caffè Roma")),
            Placeholder("more", _("How many accounts more there are"), "", optional=True, number=3),
        ),
        button=True, required=("lines",), vendor_only=True,
    ),
)  # fmt: skip
