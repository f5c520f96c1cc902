"""The mails that this app writes, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import ACCOUNT, Placeholder, WordedMail, register

register(
    WordedMail(
        "price-change",
        "price-change",
        _("New price"),
        _("You write to clients whose price changes on a day ahead."),
        ACCOUNT,
        (
            Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti"),
            Placeholder("account", _("The name of the account"), "Bella Napoli"),
            Placeholder("thing", _("What has a new price"), _("Unlimited")),
            Placeholder("price", _("The new price"), "€59.00"),
            Placeholder("before", _("The price until then"), "€49.00", optional=True),
            Placeholder("day", _("The day from which on it holds"), "2026-06-01"),
        ),
        button=True,
        required=("price", "day"),
    ),
)
