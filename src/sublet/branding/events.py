"""What can happen in `branding`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event

#: What a brand is made of, as its form calls it.
FIELDS = {
    "name": _("Name"),
    "color": _("Color"),
    "logo": _("Logo"),
    "logo_dark": _("Logo for dark pages"),
    "icon": _("Icon"),
    "support_name": _("Who helps"),
    "support_email": _("E-mail address"),
    "support_phone": _("Telephone"),
    "support_hours": _("Hours"),
    "support_url": _("Help pages"),
    "sender_name": _("Sender of mails"),
    "footer": _("Footer"),
}


@event("brand.changed")
@dataclass(frozen=True, slots=True)
class BrandChanged(Event):
    """Names, color, support contact or images of a brand."""

    SENTENCE = _("%(actor)s changed the brand of %(account)s: %(fields)s.")
    WORDS = {"fields": FIELDS}
    account: str
    fields: str


@event("host.added")
@dataclass(frozen=True, slots=True)
class HostAdded(Event):
    """A host was given to an account; proved at once if it lies below the neutral suffix."""

    SENTENCE = _("%(actor)s added the address %(host)s.")
    host: str
    state: str


@event("host.primary")
@dataclass(frozen=True, slots=True)
class HostMadePrimary(Event):
    """Links lead to this host from now on."""

    SENTENCE = _("%(actor)s made %(host)s the main address.")
    host: str


@event("host.proved")
@dataclass(frozen=True, slots=True)
class HostProved(Event):
    """A host is known to be the account's."""

    SENTENCE = _("The address %(host)s was proved.")
    host: str


@event("host.released")
@dataclass(frozen=True, slots=True)
class HostReleased(Event):
    """A host was taken away; nobody can have it for some time."""

    SENTENCE = _("%(actor)s removed the address %(host)s.")
    host: str


@event("host.serving")
@dataclass(frozen=True, slots=True)
class HostServing(Event):
    """DNS leads a host here."""

    SENTENCE = _("The address %(host)s works.")
    host: str


@event("host.failing")
@dataclass(frozen=True, slots=True)
class HostFailing(Event):
    """The proof of a host is gone, or it leads elsewhere."""

    SENTENCE = _("The address %(host)s no longer works as it should.")
    host: str


@event("host.told")
@dataclass(frozen=True, slots=True)
class HostTold(Event):
    """A host has failed for days: its people are told. `why` is the code of the worst finding."""

    SENTENCE = _("The address %(host)s has failed for days.")
    host: str
    why: str
    stops: str


@event("host.lost")
@dataclass(frozen=True, slots=True)
class HostLost(Event):
    """The proof of a host has been gone for a week: it does not answer any more, and rests."""

    SENTENCE = _("The address %(host)s was stopped: its proof has been gone for a week.")
    host: str


@event("host.redirect_changed")
@dataclass(frozen=True, slots=True)
class HostRedirectChanged(Event):
    """A host sends its visitors on to the main one, or does so no longer. `redirects` is ``yes`` or empty."""

    SENTENCE = _("%(actor)s changed whether %(host)s leads to the main address.")
    host: str
    redirects: str
