"""What can happen to persons, their places, visits and keys."""

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


@event("person.log_in_ended")
@dataclass(frozen=True, slots=True)
class LogInEnded(Event):
    """A person ended one of its own log-ins, on another device."""

    SENTENCE = _("%(actor)s ended a log-in of theirs on another device.")


@event("person.log_ins_ended")
@dataclass(frozen=True, slots=True)
class LogInsEnded(Event):
    """A person logged out everywhere else."""

    SENTENCE = _("%(actor)s ended all their other log-ins.")


@event("person.second_factor_added")
@dataclass(frozen=True, slots=True)
class SecondFactorAdded(Event):
    """A person set up another way to show who it is. `kind`: app or passkey."""

    kind: str

    SENTENCE = _("%(actor)s protected their log-in with a second step.")


@event("person.second_factor_removed")
@dataclass(frozen=True, slots=True)
class SecondFactorRemoved(Event):
    """A person took a second factor away. `kind`: app or passkey."""

    kind: str

    SENTENCE = _("%(actor)s removed a second step from their log-in.")


@event("access_rules.changed")
@dataclass(frozen=True, slots=True)
class AccessRulesChanged(Event):
    """What an account demands of those who log in is another now."""

    team: bool
    below: bool
    no_mailed_codes: bool

    SENTENCE = _("%(actor)s changed the rules for logging in.")


@event("person.recovery_codes_renewed")
@dataclass(frozen=True, slots=True)
class RecoveryCodesRenewed(Event):
    """A person made new recovery codes; the old ones work no more. Never the codes."""

    SENTENCE = _("%(actor)s made new recovery codes.")


@event("person.recovery_code_used")
@dataclass(frozen=True, slots=True)
class RecoveryCodeUsed(Event):
    """A recovery code stood in for the second step. `left`: how many there still are."""

    left: int

    SENTENCE = _("%(actor)s used a recovery code; %(left)s are left.")


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


@event("person.hidden")
@dataclass(frozen=True, slots=True)
class PersonHidden(Event):
    """The journal shows a person under a pseudonym from now on. The entries themselves are as they were."""

    pseudonym: str

    SENTENCE = _("%(actor)s took a person’s name out of the journal; it shows %(pseudonym)s instead.")


@event("journal.exported")
@dataclass(frozen=True, slots=True)
class JournalExported(Event):
    """A journal was downloaded as a file. `about`: the account, or empty for the accounts below one's own."""

    format: str
    about: str

    SENTENCE = _("%(actor)s downloaded the journal.")


@event("impersonation.allowed")
@dataclass(frozen=True, slots=True)
class VisitsAllowed(Event):
    """The account above lets staff log in as clients again."""

    SENTENCE = _("%(actor)s lets staff log in as clients again.")


@event("impersonation.stopped")
@dataclass(frozen=True, slots=True)
class VisitsStopped(Event):
    """The account above closed the way into clients' accounts for staff. The visits that went on ended."""

    SENTENCE = _("%(actor)s switched off that staff log in as clients.")


@event("impersonation.notice_changed")
@dataclass(frozen=True, slots=True)
class VisitNoticeChanged(Event):
    """A client decided whether it gets a mail when a visit begins."""

    wanted: bool

    SENTENCE = _("%(actor)s decided whether a mail tells of visits.")


# Teams ----------------------------------------------------------------------------------------------------------------


@event("collaborator.invited")
@dataclass(frozen=True, slots=True)
class CollaboratorInvited(Event):
    """Somebody was invited to collaborate on the account."""

    invitation: str
    email: str
    owner: bool
    rights: dict[str, str]

    SENTENCE = _("%(actor)s invited %(email)s.")


@event("invitation.resent")
@dataclass(frozen=True, slots=True)
class InvitationResent(Event):
    """An invitation was sent again; the links sent before work no more."""

    invitation: str
    email: str
    sends: int

    SENTENCE = _("%(actor)s sent the invitation to %(email)s again.")


@event("invitation.revoked")
@dataclass(frozen=True, slots=True)
class InvitationRevoked(Event):
    """An invitation was taken back before it was accepted."""

    invitation: str
    email: str

    SENTENCE = _("%(actor)s took back the invitation to %(email)s.")


@event("collaborator.added")
@dataclass(frozen=True, slots=True)
class CollaboratorAdded(Event):
    """The installation itself gave somebody a place, without an invitation."""

    collaborator: str
    person: str
    owner: bool
    rights: dict[str, str]

    SENTENCE = _("%(person)s was given access.")


@event("collaborator.rights_changed")
@dataclass(frozen=True, slots=True)
class RightsChanged(Event):
    """The rights of a collaborator changed: section → level before and after, only what differs."""

    collaborator: str
    person: str
    before: dict[str, str]
    after: dict[str, str]
    reaches: str  # of reseller staff: "all", or how many clients, and the tags

    SENTENCE = _("%(actor)s changed the rights of %(person)s.")


@event("collaborator.removed")
@dataclass(frozen=True, slots=True)
class CollaboratorRemoved(Event):
    """A collaborator's access was ended by somebody else."""

    collaborator: str
    person: str
    owner: bool
    keys_revoked: int

    SENTENCE = _("%(actor)s ended the access of %(person)s.")


@event("collaborator.left")
@dataclass(frozen=True, slots=True)
class CollaboratorLeft(Event):
    """A collaborator gave its place up."""

    collaborator: str
    person: str

    SENTENCE = _("%(person)s left the team.")


@event("ownership.handed_over")
@dataclass(frozen=True, slots=True)
class OwnershipHandedOver(Event):
    """Another collaborator owns the account now. `before` is empty when nobody did."""

    collaborator: str
    person: str
    before: str
    before_left: bool

    SENTENCE = _("%(actor)s made %(person)s the owner.")


@event("section.withdrawn")
@dataclass(frozen=True, slots=True)
class SectionWithdrawn(Event):
    """A reseller took a section away from its clients' people in one go."""

    withdrawal: str
    section: str
    level: str  # what is left: none or view
    people: int

    SENTENCE = _("%(actor)s took “%(section)s” away from %(people)s people of clients.")


@event("section.given_back")
@dataclass(frozen=True, slots=True)
class SectionGivenBack(Event):
    """What a withdrawal took was given back."""

    withdrawal: str
    section: str
    people: int

    SENTENCE = _("%(actor)s gave “%(section)s” back to %(people)s people of clients.")


# API keys -------------------------------------------------------------------------------------------------------------


@event("api_key.created")
@dataclass(frozen=True, slots=True)
class KeyCreated(Event):
    """An API key was made. Never the key itself."""

    key: str
    name: str
    rights: dict[str, str]
    expires_at: str  # ISO instant, or empty
    allowed_from: list[str]  # ranges of addresses; empty: from everywhere

    SENTENCE = _("%(actor)s made the API key “%(name)s”.")


@event("api_key.rotated")
@dataclass(frozen=True, slots=True)
class KeyRotated(Event):
    """An API key has a new secret; the one before is good for a while. Never a secret."""

    key: str
    name: str
    old_until: str  # ISO instant until which the secret before works

    SENTENCE = _("%(actor)s gave the API key “%(name)s” a new secret.")


@event("api_key.old_secret_ended")
@dataclass(frozen=True, slots=True)
class KeyOldSecretEnded(Event):
    """The secret that an API key had before its rotation was ended early."""

    key: str
    name: str

    SENTENCE = _("%(actor)s ended the old secret of the API key “%(name)s”.")


@event("api_key.addresses_changed")
@dataclass(frozen=True, slots=True)
class KeyAddressesChanged(Event):
    """From where an API key works was changed."""

    key: str
    name: str
    allowed_from: list[str]  # ranges of addresses; empty: from everywhere

    SENTENCE = _("%(actor)s changed from where the API key “%(name)s” works.")


@event("api_key.revoked")
@dataclass(frozen=True, slots=True)
class KeyRevoked(Event):
    """An API key works no more."""

    key: str
    name: str

    SENTENCE = _("%(actor)s revoked the API key “%(name)s”.")


# Log-ins, by the installation itself ----------------------------------------------------------------------------------


@event("person.created")
@dataclass(frozen=True, slots=True)
class PersonCreated(Event):
    """A log-in was made from the command line."""

    person: str
    email: str

    SENTENCE = _("%(actor)s made a log-in for %(email)s.")


@event("person.password_set")
@dataclass(frozen=True, slots=True)
class PasswordSet(Event):
    """A password was set from the command line; every log-in of the person ended."""

    person: str
    email: str

    SENTENCE = _("%(actor)s set a new password for %(email)s.")


@event("person.disabled")
@dataclass(frozen=True, slots=True)
class PersonDisabled(Event):
    """A person can no longer log in anywhere."""

    person: str
    email: str

    SENTENCE = _("%(actor)s locked the log-in of %(email)s.")


@event("person.enabled")
@dataclass(frozen=True, slots=True)
class PersonEnabled(Event):
    """A person can log in again."""

    person: str
    email: str

    SENTENCE = _("%(actor)s opened the log-in of %(email)s again.")
