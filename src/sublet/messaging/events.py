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


#: Why a mail server takes no mail, within a sentence.
SERVER_FAULTS = {
    "name": _("there is no server of that name"),
    "connection": _("it does not answer"),
    "tls": _("it does not encrypt the connection"),
    "certificate": _("its certificate is not valid"),
    "log-in": _("it refuses the user name, password or key"),
    "sender": _("it refuses the sender’s address"),
    "inside": _("its address is not on the internet"),
    "busy": _("it says that it takes nothing for now"),
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
    copy: int = 0  # of a mail that had been sent: which one


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


#: What a sender is made of, as its form calls it.
SENDER_FIELDS = {
    "name": _("Name"),
    "domain": _("Domain"),
    "mailboxes": _("Mailbox"),
    "reply_to": _("Replies go to"),
}
IDENTITY_WORDS = {"product": _("Product mail"), "account": _("Account mail")}


@event("sender.changed")
@dataclass(frozen=True, slots=True)
class SenderChanged(Event):
    """In whose name mail of an account leaves."""

    SENTENCE = _("%(actor)s changed the sender of %(account)s (%(identity)s): %(fields)s.")
    WORDS = {"fields": SENDER_FIELDS, "identity": IDENTITY_WORDS}
    account: str
    identity: str
    fields: str


@event("sender_domain.added")
@dataclass(frozen=True, slots=True)
class SenderDomainAdded(Event):
    """An account wants to write in the name of a domain. It does once DNS shows that it may."""

    SENTENCE = _("%(actor)s added the sender domain %(domain)s.")
    domain: str


@event("sender_domain.removed")
@dataclass(frozen=True, slots=True)
class SenderDomainRemoved(Event):
    """A sender domain is gone with its keys."""

    SENTENCE = _("%(actor)s removed the sender domain %(domain)s.")
    domain: str


@event("sender_domain.proved")
@dataclass(frozen=True, slots=True)
class SenderDomainProved(Event):
    """DNS shows that mail in the name of the domain is aligned: it leaves in that name from now on."""

    SENTENCE = _("Mail leaves in the name of %(domain)s from now on: its records are right.")
    domain: str


@event("sender_domain.lost")
@dataclass(frozen=True, slots=True)
class SenderDomainLost(Event):
    """The records of a domain are not right any more: mail leaves from the neutral address until they are."""

    SENTENCE = _("Mail does not leave in the name of %(domain)s any more: its records in DNS are not right.")
    domain: str
    reasons: list[str]  # codes of core.senders.Finding


@event("sender_domain.key_made")
@dataclass(frozen=True, slots=True)
class SenderKeyMade(Event):
    """A new key waits until it is seen in DNS. Never the key itself."""

    SENTENCE = _("%(actor)s made a new key for mail of %(domain)s.")
    domain: str
    selector: str


@event("sender_domain.key_changed")
@dataclass(frozen=True, slots=True)
class SenderKeyChanged(Event):
    """The new key was seen in DNS and signs from now on; the record of the one before can be removed after some days."""

    SENTENCE = _("Mail of %(domain)s is signed with the new key.")
    domain: str
    selector: str


@event("mail_server.changed")
@dataclass(frozen=True, slots=True)
class MailServerChanged(Event):
    """Mail in the account's own name leaves by another server or provider. Never its password or key."""

    SENTENCE = _("%(actor)s set the mail server %(server)s.")
    server: str


@event("mail_server.hook_renewed")
@dataclass(frozen=True, slots=True)
class MailHookRenewed(Event):
    """A provider tells of mail at a new address; at the one before for a while, too. Never the address."""

    SENTENCE = _("%(actor)s gave the webhook of the mail provider a new address.")
    old_until: str  # ISO instant


@event("mail_server.removed")
@dataclass(frozen=True, slots=True)
class MailServerRemoved(Event):
    """Mail leaves by the installation's own server again."""

    SENTENCE = _("%(actor)s removed the mail server %(server)s.")
    server: str


@event("mail_server.failing")
@dataclass(frozen=True, slots=True)
class MailServerFailing(Event):
    """An account's own mail server does not take its mail: it waits, and is tried again for more than a day."""

    SENTENCE = _("The mail server %(server)s takes no mail: %(why)s.")
    WORDS = {"why": SERVER_FAULTS}
    server: str
    why: str  # of lines.REASONS


@event("mail_server.working")
@dataclass(frozen=True, slots=True)
class MailServerWorking(Event):
    """An account's own mail server takes mail again."""

    SENTENCE = _("The mail server %(server)s takes mail again.")
    server: str


@event("mail.withheld")
@dataclass(frozen=True, slots=True)
class MailWithheld(Event):
    """A mail was not sent: its address is suppressed."""

    SENTENCE = _("The mail to %(to)s was not sent: the address is suppressed.")
    mail: str
    to: str


@event("mail.bounced")
@dataclass(frozen=True, slots=True)
class MailBounced(Event):
    """A mail came back: its address does not take mail."""

    SENTENCE = _("The mail to %(to)s came back: %(answer)s")
    mail: str
    to: str
    answer: str


@event("mail.complained")
@dataclass(frozen=True, slots=True)
class MailComplained(Event):
    """A recipient called a mail unwanted."""

    SENTENCE = _("%(to)s reported a mail as unwanted.")
    mail: str
    to: str


@event("mail.unsubscribed")
@dataclass(frozen=True, slots=True)
class MailUnsubscribed(Event):
    """A recipient wants no more mails of one kind."""

    SENTENCE = _("%(to)s wants no more mails of the kind “%(mail)s”.")
    WORDS = {"mail": NAMES}
    mail: str  # the template of its kind
    to: str


@event("suppression.added")
@dataclass(frozen=True, slots=True)
class SuppressionAdded(Event):
    """A person put an address on the list of those that are not written to."""

    SENTENCE = _("%(actor)s suppressed mail to %(email)s.")
    email: str


@event("suppression.lifted")
@dataclass(frozen=True, slots=True)
class SuppressionLifted(Event):
    """An address is written to again."""

    SENTENCE = _("%(actor)s lets %(email)s have mail again.")
    email: str
