"""The mails that this app writes, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import ACCOUNT, STAFF, Placeholder, WordedMail, register

PERSON = Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti")
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
PLAN = Placeholder("plan", _("What the trial opens"), _("Unlimited"))
FOLLOWS = Placeholder("follows", _("The plan that counts afterwards"), _("Free"), optional=True)
DAY = Placeholder("day", _("The day on which it ends"), "2026-03-16")
TIME = Placeholder("time", _("The time at which it ends, where the account is"), "09:30")
CREDITOR = Placeholder("creditor", _("The name of the vendor"), "Appfold")
PLAN_CHARGED = Placeholder("plan", _("The plan that is charged so"), _("Unlimited"))
DAY_OF_RULE = Placeholder("day", _("The day from which on it holds"), "2026-06-01")
CLIENTS = Placeholder("clients", _("How many clients are on the plan"), "", number=3)
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
    *(
        WordedMail(
            f"basis-ruled-{basis}",
            "basis-ruled",
            title,
            _("The vendor says from which day on, and by which periods, whoever is on a plan is charged."),
            STAFF,
            (PERSON, ACCOUNT_NAME, CREDITOR, PLAN_CHARGED, DAY_OF_RULE, CLIENTS),
            {"basis": (basis,)},
            button=True,
            vendor_only=True,
        )
        for basis, title in (
            ("calendar", _("Charged by the calendar")),
            ("anniversary", _("Charged by the anniversary")),
            ("either", _("How it is charged is left open")),
        )
    ),
)
