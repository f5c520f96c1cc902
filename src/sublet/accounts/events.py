"""What can happen in `accounts`. Every event about an account carries its reference and its name as they were then."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sublet.foundation.journal.events import Event, event


@dataclass(frozen=True, slots=True)
class AboutAccount(Event):
    """The fields that all of them have."""

    ref: str
    name: str


@event("vendor.created")
@dataclass(frozen=True, slots=True)
class VendorCreated(AboutAccount):
    """The installation got its vendor."""

    SENTENCE = _("%(actor)s set up %(name)s.")


@event("reseller.created")
@dataclass(frozen=True, slots=True)
class ResellerCreated(AboutAccount):
    """The vendor opened the account of a reseller."""

    SENTENCE = _("%(actor)s opened the reseller %(name)s.")


@event("direct_account.created")
@dataclass(frozen=True, slots=True)
class DirectAccountCreated(AboutAccount):
    """Somebody signed up, with no reseller above."""

    SENTENCE = _("%(actor)s opened the account %(name)s.")


@event("client.created")
@dataclass(frozen=True, slots=True)
class ClientCreated(AboutAccount):
    """A reseller opened an account for a client. `demo_until` is an ISO instant, or empty."""

    SENTENCE = _("%(actor)s opened the account %(name)s.")

    state: str
    ownership: str
    demo_until: str = ""
    import_ref: str = ""


@event("account.converted")
@dataclass(frozen=True, slots=True)
class AccountConverted(AboutAccount):
    """A direct account became a reseller."""

    SENTENCE = _("%(actor)s made %(name)s a reseller.")


@event("account.details_changed")
@dataclass(frozen=True, slots=True)
class DetailsChanged(AboutAccount):
    """Name, contact, address, language, time zone or notes changed. `changes`: field → [before, after]."""

    SENTENCE = _("%(actor)s changed the details of %(name)s.")

    changes: dict[str, list[str]] = field(default_factory=dict)


@event("account.ownership_changed")
@dataclass(frozen=True, slots=True)
class OwnershipChanged(AboutAccount):
    """Whose the client's account is changed: ``reseller`` or ``client``."""

    SENTENCE = _("%(actor)s changed who owns the account %(name)s.")

    before: str
    after: str


@event("account.activated")
@dataclass(frozen=True, slots=True)
class AccountActivated(AboutAccount):
    """Its first person moved in, or somebody above said so."""

    SENTENCE = _("%(name)s became active.")


@event("account.invited")
@dataclass(frozen=True, slots=True)
class AccountInvited(AboutAccount):
    """A prospect was sent an invitation to its own account."""

    SENTENCE = _("%(actor)s invited the prospect %(name)s.")


@event("account.suspended")
@dataclass(frozen=True, slots=True)
class AccountSuspended(AboutAccount):
    """Its people meet the lock page until it is resumed."""

    SENTENCE = _("%(actor)s suspended %(name)s.")


@event("reseller.limited")
@dataclass(frozen=True, slots=True)
class ResellerLimited(AboutAccount):
    """Its people and keys can only read, and pay, because it has not paid. Its clients go on as before."""

    SENTENCE = _("%(name)s can only read and pay until it has paid. Its clients go on as before.")


@event("reseller.freed")
@dataclass(frozen=True, slots=True)
class ResellerFreed(AboutAccount):
    """It can do again what it could before."""

    SENTENCE = _("%(name)s can do everything again.")


@event("account.resumed")
@dataclass(frozen=True, slots=True)
class AccountResumed(AboutAccount):
    """Its people are let in again."""

    SENTENCE = _("%(actor)s resumed %(name)s.")


@event("account.closed")
@dataclass(frozen=True, slots=True)
class AccountClosed(AboutAccount):
    """Closed, to be taken back until the ISO instant `until`."""

    SENTENCE = _("%(actor)s closed %(name)s.")

    until: str


@event("account.reopened")
@dataclass(frozen=True, slots=True)
class AccountReopened(AboutAccount):
    """The closing was taken back."""

    SENTENCE = _("%(actor)s took the closing of %(name)s back.")


@event("account.ended")
@dataclass(frozen=True, slots=True)
class AccountEnded(AboutAccount):
    """Nobody took the closing back in time: it is closed for good."""

    SENTENCE = _("%(name)s ended: nobody took its closing back.")


@event("demonstration.marked")
@dataclass(frozen=True, slots=True)
class DemonstrationMarked(AboutAccount):
    """The account is a demonstration until the ISO instant `until`."""

    SENTENCE = _("%(actor)s marked %(name)s as a demonstration.")

    until: str


@event("demonstration.extended")
@dataclass(frozen=True, slots=True)
class DemonstrationExtended(AboutAccount):
    """The demonstration lasts until another ISO instant."""

    SENTENCE = _("%(actor)s changed the end of the demonstration %(name)s.")

    before: str
    until: str


@event("demonstration.lapsed")
@dataclass(frozen=True, slots=True)
class DemonstrationLapsed(AboutAccount):
    """The demonstration came to its end and was closed, to be taken back until the ISO instant `until`."""

    SENTENCE = _("The demonstration %(name)s came to its end and was closed.")

    until: str


@event("prospect.turned_into_client")
@dataclass(frozen=True, slots=True)
class ProspectTurnedIntoClient(AboutAccount):
    """The demonstration convinced: the mark is gone, the account stays."""

    SENTENCE = _("%(actor)s made the prospect %(name)s a client.")


@event("client.tags_changed")
@dataclass(frozen=True, slots=True)
class TagsChanged(AboutAccount):
    """Tags were put on the client or taken away."""

    SENTENCE = _("%(actor)s changed the tags of %(name)s.")

    added: list[str]
    removed: list[str]


@event("client.responsible_assigned")
@dataclass(frozen=True, slots=True)
class ResponsibleAssigned(AboutAccount):
    """A person of the reseller's staff looks after the client from now on."""

    SENTENCE = _("%(actor)s made %(person)s responsible for %(name)s.")

    person: str


@event("client.responsible_removed")
@dataclass(frozen=True, slots=True)
class ResponsibleRemoved(AboutAccount):
    """Nobody is responsible for the client any more."""

    SENTENCE = _("%(actor)s left nobody responsible for %(name)s.")


@event("client_list.change_started")
@dataclass(frozen=True, slots=True)
class ClientsChangeStarted(Event):
    """Many clients are being changed by a job; each gets its own entry. `count`: how many were chosen."""

    SENTENCE = _("%(actor)s started to change many clients at once (%(count)s): %(action)s.")
    WORDS = {
        "action": {
            "suspend": pgettext_lazy("to clients", "Suspend"),
            "resume": _("Resume"),
            "close": _("Close"),
            "reopen": _("Take the closing back"),
            "tag": _("Tag"),
            "untag": _("Remove a tag"),
            "assign": _("Assign"),
            "settings": _("Client settings"),
        }
    }

    action: str
    count: int


@event("view.saved")
@dataclass(frozen=True, slots=True)
class ViewSaved(Event):
    """A view of the client list was stored under a name, or an existing one overwritten."""

    SENTENCE = _("%(actor)s saved the view %(view)s of the client list.")

    ref: str
    view: str


@event("view.renamed")
@dataclass(frozen=True, slots=True)
class ViewRenamed(Event):
    """A saved view got another name."""

    SENTENCE = _("%(actor)s renamed the view %(before)s to %(view)s.")

    ref: str
    before: str
    view: str


@event("view.deleted")
@dataclass(frozen=True, slots=True)
class ViewDeleted(Event):
    """A saved view was deleted."""

    SENTENCE = _("%(actor)s deleted the view %(view)s.")

    ref: str
    view: str


@event("view.shared")
@dataclass(frozen=True, slots=True)
class ViewShared(Event):
    """Everybody on the team sees the view."""

    SENTENCE = _("%(actor)s shared the view %(view)s with the team.")

    ref: str
    view: str


@event("view.unshared")
@dataclass(frozen=True, slots=True)
class ViewUnshared(Event):
    """Only the person who saved the view sees it again."""

    SENTENCE = _("%(actor)s no longer shares the view %(view)s.")

    ref: str
    view: str


@dataclass(frozen=True, slots=True)
class AboutImport(Event):
    """The fields that all events about an import have: its reference, and the name of the file."""

    ref: str
    file: str


@event("import.uploaded")
@dataclass(frozen=True, slots=True)
class ImportUploaded(AboutImport):
    """A list of clients was sent, to be looked at before anything is written."""

    SENTENCE = _("%(actor)s uploaded the list %(file)s.")

    rows: int


@event("import.discarded")
@dataclass(frozen=True, slots=True)
class ImportDiscarded(AboutImport):
    """An uploaded list was thrown away before it was imported; its contents are gone."""

    SENTENCE = _("%(actor)s discarded the list %(file)s.")


@event("import.started")
@dataclass(frozen=True, slots=True)
class ImportStarted(AboutImport):
    """The list was confirmed. Each client that comes of it gets its own entry."""

    SENTENCE = _("%(actor)s started the import of %(file)s.")

    rows: int


@event("import.resumed")
@dataclass(frozen=True, slots=True)
class ImportResumed(AboutImport):
    """An import, or its taking back, that had come to a halt goes on."""

    SENTENCE = _("%(actor)s let the import of %(file)s go on.")


@event("import.finished")
@dataclass(frozen=True, slots=True)
class ImportFinished(AboutImport):
    """All rows were gone through: how many became clients, and how many did not."""

    SENTENCE = _("The import of %(file)s is done. New clients: %(made)s.")

    made: int
    known: int
    repeated: int
    left_out: int
    refused: int


@event("import.undo_started")
@dataclass(frozen=True, slots=True)
class ImportUndoStarted(AboutImport):
    """The clients of an import are being removed, as far as nothing has happened with them."""

    SENTENCE = _("%(actor)s started to take the import of %(file)s back.")


@event("client.taken_back")
@dataclass(frozen=True, slots=True)
class ClientTakenBack(AboutAccount):
    """An untouched client was removed because its import was taken back."""

    SENTENCE = _("%(actor)s took the import of %(name)s back.")

    import_ref: str


@event("import.undone")
@dataclass(frozen=True, slots=True)
class ImportUndone(AboutImport):
    """An import was taken back: `removed` clients are gone, `kept` are in use and stay."""

    SENTENCE = _("The import of %(file)s is taken back. Removed: %(removed)s, kept because in use: %(kept)s.")

    removed: int
    kept: int


@event("clients.exported")
@dataclass(frozen=True, slots=True)
class ClientsExported(Event):
    """The client list left as a file. `format`: ``csv`` or ``xlsx``; `filters`: how many things narrowed the list."""

    SENTENCE = _("%(actor)s downloaded the client list (%(format)s).")

    format: str
    filters: int
    columns: list[str] = field(default_factory=list)
