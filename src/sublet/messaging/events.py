"""What can happen in `messaging`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("mail.refused")
@dataclass(frozen=True, slots=True)
class MailRefused(Event):
    """The recipient's server refused a mail for good."""

    SENTENCE = _("The mail to %(to)s was refused: %(answer)s")
    mail: str
    to: str
    answer: str


@event("mail.unknown")
@dataclass(frozen=True, slots=True)
class MailUnknown(Event):
    """The connection ended while a mail was being handed over: nobody knows whether it arrived."""

    SENTENCE = _("It is not known whether the mail to %(to)s arrived.")
    mail: str
    to: str


@event("mail.resent")
@dataclass(frozen=True, slots=True)
class MailResent(Event):
    """A person had a mail sent once more."""

    SENTENCE = _("%(actor)s sent the mail to %(to)s once more.")
    mail: str
    to: str
