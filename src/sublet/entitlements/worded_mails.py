"""The mails about limits, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.messaging.worded import ACCOUNT, STAFF, Placeholder, WordedMail, register

NAME = Placeholder("name", _("The name of whoever gets the mail"), "Chiara Conti")
READER = Placeholder("person", _("The name of whoever gets the mail"), "Chiara Conti")
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
CLIENT = Placeholder("client", _("The name of the client"), "Bella Napoli")
METER = Placeholder("meter", _("What is counted"), _("Appointments"))
UNIT = Placeholder("unit", _("What one counts, in the plural"), _("appointments"))
USED = Placeholder("used", _("How much was used"), "40")
LIMIT = Placeholder("limit", _("The limit"), "50")
PERCENT = Placeholder("percent", _("How many percent of the limit were used"), "80")
DAY = Placeholder("day", _("The day on which the limit will be reached"), "2026-06-14")
POLICY = Placeholder("policy", _("What happens at the limit"), _("At the limit, more is refused."), optional=True)
STEPS = Placeholder("steps", _("What can be done about it"), "", optional=True, lines=(_("– Ask us for more."),))
_ALL = (NAME, ACCOUNT_NAME, METER, UNIT, USED, LIMIT)
LINES = (_("Bella Napoli: 80 % of Appointments, 40 of 50."), _("Caffè Roma: Messages, refused at 300."))
DIGEST = (
    READER,
    Placeholder("client", _("The name of the first client"), "Bella Napoli", optional=True),
    Placeholder("clients", _("How many clients it is about"), "", number=2),
    Placeholder("lines", _("A line for each limit, in a paragraph of its own"), "", lines=LINES),
    Placeholder("more", _("How many limits more there are"), "", optional=True, number=3),
)

register(
    WordedMail("limit-near", "limit", _("Limit: near"), _("A client has used a share of a limit that is told."), ACCOUNT, (*_ALL, PERCENT, POLICY, STEPS), {"stage": ("near",)}, button=True),
    WordedMail("limit-forecast", "limit", _("Limit: will be reached"), _("A client will reach a limit within two weeks if use goes on."), ACCOUNT, (*_ALL, DAY, POLICY, STEPS), {"stage": ("forecast",)}, button=True),
    WordedMail("limit-reached", "limit", _("Limit: reached"), _("A client has reached or passed a limit."), ACCOUNT, (*_ALL, PERCENT, POLICY, STEPS), {"stage": ("reached",)}, button=True),
    WordedMail("limit-refused", "limit", _("Limit: refused"), _("Something was refused to a client at a limit, for the first time in the period."), ACCOUNT, (*_ALL, POLICY, STEPS), {"stage": ("refused",)}, button=True),
    WordedMail("limit-refused-client", "limit-refused-client", _("Limit: refused to a client"), _("The copy for you when something was refused to a client at a limit."), STAFF, (READER, CLIENT, METER, UNIT, USED, LIMIT), button=True),
    WordedMail("limits-digest", "limits-digest", _("Limits: in the morning"), _("The limits that your clients passed since the morning before, or will pass soon."), STAFF, DIGEST, button=True, required=("lines",)),
)  # fmt: skip
