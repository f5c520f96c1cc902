"""The mails that this app writes, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import ACCOUNT, Placeholder, WordedMail, register

PERSON = Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti")
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
PLAN = Placeholder("plan", _("What the trial opens"), _("Unlimited"))
FOLLOWS = Placeholder("follows", _("The plan that counts afterwards"), _("Free"), optional=True)
DAY = Placeholder("day", _("The day on which it ends"), "2026-03-16")
TIME = Placeholder("time", _("The time at which it ends, where the account is"), "09:30")
LEFT = Placeholder("left", _("How many days are left"), "", number=3)

register(
    WordedMail(
        "trial-started",
        "trial-started",
        _("Free trial: started"),
        _("The free trial of an account has begun."),
        ACCOUNT,
        (PERSON, ACCOUNT_NAME, PLAN, FOLLOWS, DAY, TIME),
        button=True,
    ),
    WordedMail(
        "trial-ending",
        "trial-ending",
        _("Free trial: ends soon"),
        _("The free trial of an account ends in some days."),
        ACCOUNT,
        (PERSON, ACCOUNT_NAME, PLAN, FOLLOWS, DAY, TIME, LEFT),
        button=True,
    ),
    WordedMail(
        "trial-ended",
        "trial-ended",
        _("Free trial: over"),
        _("The free trial of an account is over."),
        ACCOUNT,
        (PERSON, ACCOUNT_NAME, PLAN, FOLLOWS),
        button=True,
    ),
)
