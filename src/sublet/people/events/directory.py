"""What can happen between an account and its directory. A person who gets or loses a place is told of as ever."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("directory.switched_on")
@dataclass(frozen=True, slots=True)
class DirectorySwitchedOn(Event):
    """The account lets its directory keep the team."""

    SENTENCE = _("%(actor)s let the company’s directory keep the team.")


@event("directory.switched_off")
@dataclass(frozen=True, slots=True)
class DirectorySwitchedOff(Event):
    """The directory is not listened to any more. The people stay."""

    SENTENCE = _("%(actor)s stopped listening to the company’s directory.")


@event("directory.mails_ended")
@dataclass(frozen=True, slots=True)
class DirectoryMailsEnded(Event):
    """People of the account's proved domains, whom the directory names, get no invitation by mail any more."""

    SENTENCE = _("%(actor)s let the company’s directory add people of proved domains without a mail.")


@event("directory.mails_begun")
@dataclass(frozen=True, slots=True)
class DirectoryMailsBegun(Event):
    """Everybody whom the directory names is invited by mail again."""

    SENTENCE = _("%(actor)s had everybody whom the company’s directory names invited by mail again.")


@event("directory.person_added")
@dataclass(frozen=True, slots=True)
class DirectoryPersonAdded(Event):
    """The directory named a person who needed no invitation: on the team already, invited already, or not active."""

    directory_person: str
    person: str

    SENTENCE = _("The directory keeps %(person)s from now on.")


@event("directory.person_changed")
@dataclass(frozen=True, slots=True)
class DirectoryPersonChanged(Event):
    """What the directory says of a person changed, and nothing of its access."""

    directory_person: str
    person: str

    SENTENCE = _("The directory changed the details of %(person)s.")


@event("directory.person_removed")
@dataclass(frozen=True, slots=True)
class DirectoryPersonRemoved(Event):
    """The directory no longer names a person who had no access."""

    directory_person: str
    person: str

    SENTENCE = _("The directory does not keep %(person)s any more.")


@event("collaborator.returned")
@dataclass(frozen=True, slots=True)
class CollaboratorReturned(Event):
    """The directory gave back a place that it had ended, with the rights that it had."""

    collaborator: str
    person: str
    rights: dict[str, str]

    SENTENCE = _("%(actor)s gave %(person)s access again.")


@event("directory.group_added")
@dataclass(frozen=True, slots=True)
class DirectoryGroupAdded(Event):
    """The directory named a group. `role`: what its members get, empty for nothing."""

    group: str
    name: str
    role: str
    joined: list[str]  # who is in it: names, at most a hundred
    rights_of: list[str]  # whose rights changed: names, at most a hundred

    SENTENCE = _("The directory added the group “%(name)s”.")


@event("directory.group_changed")
@dataclass(frozen=True, slots=True)
class DirectoryGroupChanged(Event):
    """Name or members of a group changed in the directory, or the role that its members get was chosen."""

    group: str
    name: str
    role: str
    joined: list[str]
    left: list[str]
    rights_of: list[str]

    SENTENCE = _("The group “%(name)s” of the directory changed.")


@event("directory.group_removed")
@dataclass(frozen=True, slots=True)
class DirectoryGroupRemoved(Event):
    """The directory no longer names a group."""

    group: str
    name: str
    left: list[str]
    rights_of: list[str]

    SENTENCE = _("The directory removed the group “%(name)s”.")
