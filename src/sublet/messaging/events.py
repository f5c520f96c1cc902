"""What can happen in `messaging`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.messaging.worded import NAMES

LANGUAGES = {
    "en": _("English"),
    "it": _("Italian"),
    "sq": _("Albanian"),
    "nl": _("Dutch"),
    "fr": _("French"),
    "pt": _("Portuguese"),
}


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


@event("wording.changed")
@dataclass(frozen=True, slots=True)
class WordingChanged(Event):
    """A brand has its own words for a kind of mail in one language."""

    SENTENCE = _("%(actor)s changed the words of the mail “%(mail)s” (%(language)s) of %(account)s.")
    WORDS = {"mail": NAMES, "language": LANGUAGES}
    account: str
    mail: str  # the key of its kind
    language: str


@event("wording.taken_back")
@dataclass(frozen=True, slots=True)
class WordingTakenBack(Event):
    """A brand gave its own words for a kind of mail up: what is inherited is used again."""

    SENTENCE = _("%(actor)s took the words of the mail “%(mail)s” (%(language)s) of %(account)s back.")
    WORDS = {"mail": NAMES, "language": LANGUAGES}
    account: str
    mail: str  # the key of its kind
    language: str


@event("webhook.created")
@dataclass(frozen=True, slots=True)
class WebhookCreated(Event):
    """An address outside hears of what happens from now on. Never its secret."""

    SENTENCE = _("%(actor)s made the webhook “%(name)s” to %(url)s.")
    webhook: str
    name: str
    url: str
    groups: list[str]  # empty: everything


@event("webhook.changed")
@dataclass(frozen=True, slots=True)
class WebhookChanged(Event):
    """Name, address or groups of a webhook changed."""

    SENTENCE = _("%(actor)s changed the webhook “%(name)s”.")
    webhook: str
    name: str
    url: str
    groups: list[str]  # empty: everything


@event("webhook.secret_rotated")
@dataclass(frozen=True, slots=True)
class WebhookSecretRotated(Event):
    """A webhook is signed with a new secret; for a while with the one before, too."""

    SENTENCE = _("%(actor)s gave the webhook “%(name)s” a new secret.")
    webhook: str
    name: str
    old_until: str  # ISO instant


@event("webhook.switched_off")
@dataclass(frozen=True, slots=True)
class WebhookSwitchedOff(Event):
    """A person switched a webhook off."""

    SENTENCE = _("%(actor)s switched the webhook “%(name)s” off.")
    webhook: str
    name: str


@event("webhook.gave_up")
@dataclass(frozen=True, slots=True)
class WebhookGaveUp(Event):
    """A webhook was switched off because its receiver did not answer for three days, or said that it is gone."""

    SENTENCE = _("The webhook “%(name)s” was switched off: %(url)s did not take anything any more.")
    webhook: str
    name: str
    url: str
    why: str  # ``failing`` or ``gone``


@event("webhook.switched_on")
@dataclass(frozen=True, slots=True)
class WebhookSwitchedOn(Event):
    """A webhook hears again of what happens from now on."""

    SENTENCE = _("%(actor)s switched the webhook “%(name)s” on.")
    webhook: str
    name: str


@event("webhook.replayed")
@dataclass(frozen=True, slots=True)
class WebhookReplayed(Event):
    """Events are sent to a webhook once more."""

    SENTENCE = _("%(actor)s had %(count)s events sent to the webhook “%(name)s” once more.")
    webhook: str
    name: str
    count: int


@event("webhook.removed")
@dataclass(frozen=True, slots=True)
class WebhookRemoved(Event):
    """A webhook is gone, with the list of what was sent to it."""

    SENTENCE = _("%(actor)s removed the webhook “%(name)s”.")
    webhook: str
    name: str
