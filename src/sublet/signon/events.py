"""What can happen in single sign-on."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("application.registered")
@dataclass(frozen=True, slots=True)
class ApplicationRegistered(Event):
    """A program of the host product may let people sign on. Never its secret."""

    application: str
    name: str

    SENTENCE = _("%(actor)s registered the application “%(name)s”.")


@event("application.changed")
@dataclass(frozen=True, slots=True)
class ApplicationChanged(Event):
    """Name or addresses of an application were changed."""

    application: str
    name: str

    SENTENCE = _("%(actor)s changed the application “%(name)s”.")


@event("application.secret_renewed")
@dataclass(frozen=True, slots=True)
class ApplicationSecretRenewed(Event):
    """An application has another secret; the old one works no more."""

    application: str
    name: str

    SENTENCE = _("%(actor)s gave the application “%(name)s” another secret.")


@event("application.removed")
@dataclass(frozen=True, slots=True)
class ApplicationRemoved(Event):
    """An application lets nobody sign on any more; everybody who was signed on there is signed off."""

    application: str
    name: str

    SENTENCE = _("%(actor)s removed the application “%(name)s”.")


@event("sign_on.begun")
@dataclass(frozen=True, slots=True)
class SignOnBegun(Event):
    """Somebody opened the host product, signed on."""

    sign_on: str
    application: str

    SENTENCE = _("%(actor)s opened “%(application)s”.")


@event("sign_on.looked")
@dataclass(frozen=True, slots=True)
class SignOnLooked(Event):
    """The host product was opened to check its pages, as somebody of the account sees them. Nothing could be changed."""

    sign_on: str
    application: str

    SENTENCE = _("%(actor)s had the pages of “%(application)s” opened, to look at them.")


@event("sign_on.broken_off")
@dataclass(frozen=True, slots=True)
class SignOnBrokenOff(Event):
    """A code or refresh token came a second time, as a stolen one would: the sign-on was ended."""

    sign_on: str
    application: str
    person: str

    SENTENCE = _("The sign-on of %(person)s at “%(application)s” was ended, because a one-time secret came twice.")


@event("signing_keys.rotated")
@dataclass(frozen=True, slots=True)
class SigningKeysRotated(Event):
    """New signing keys follow the old ones."""

    signs_from: str  # ISO instant

    SENTENCE = _("%(actor)s made new signing keys.")
