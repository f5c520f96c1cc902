"""What can happen in `people`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("person.password_changed")
@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A person chose a new password, knowing the old one. Every other log-in of theirs ended."""

    SENTENCE = _("%(actor)s changed the password of their log-in.")


@event("person.password_reset")
@dataclass(frozen=True, slots=True)
class PasswordReset(Event):
    """A person set a new password by a link in a mail. Every log-in of theirs ended."""

    SENTENCE = _("%(actor)s set a new password by e-mail.")


@event("person.email_changed")
@dataclass(frozen=True, slots=True)
class EmailChanged(Event):
    """A person confirmed another e-mail address. The addresses are not kept here."""

    SENTENCE = _("%(actor)s changed the e-mail address of their log-in.")


@event("person.renamed")
@dataclass(frozen=True, slots=True)
class PersonRenamed(Event):
    """A person changed how it is called."""

    before: str
    after: str

    SENTENCE = _("%(before)s is now called %(after)s.")


@event("person.log_ins_ended")
@dataclass(frozen=True, slots=True)
class LogInsEnded(Event):
    """A person logged out everywhere else."""

    SENTENCE = _("%(actor)s ended all their other log-ins.")


@event("invitation.accepted")
@dataclass(frozen=True, slots=True)
class InvitationAccepted(Event):
    """Somebody invited is a collaborator now."""

    invitation: str
    collaborator: str
    owner: bool

    SENTENCE = _("%(actor)s accepted the invitation and has access now.")


# Impersonation --------------------------------------------------------------------------------------------------------


@event("impersonation.started")
@dataclass(frozen=True, slots=True)
class ImpersonationStarted(Event):
    """Staff of the reseller entered a client's account. The reason is the entry's own."""

    impersonation: str
    client: str
    mode: str  # reseller | client
    acting_as: str  # the collaborator's name, or the reseller's

    SENTENCE = _("%(actor)s entered %(client)s, acting as %(acting_as)s.")


@event("impersonation.ended")
@dataclass(frozen=True, slots=True)
class ImpersonationEnded(Event):
    """An impersonation is over. `ended_by`: person, idle, time, access or log-out; `requests` made meanwhile."""

    impersonation: str
    client: str
    staff: str
    mode: str
    ended_by: str
    requests: int

    SENTENCE = _("The visit of %(staff)s to %(client)s ended.")
