"""What can happen in single sign-on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language


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


@event("product.changed")
@dataclass(frozen=True, slots=True)
class ProductChanged(Event):
    """Somebody changed something in the host product, as the product itself tells it. `text` is in its own words.

    `section`: its key; `names`: what that was called then, by language. `application`: who told it, or
    empty where the product is behind forward authentication. `place`: a path inside the product, or empty.
    """

    section: str
    names: dict[str, str]
    text: str
    place: str
    application: str

    QUOTED: ClassVar = "text"
    SENTENCE = _("%(actor)s changed something in “%(name)s”. The product says: “%(text)s”")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> dict[str, str]:
        """The section as it was called then, in the active language."""
        names = data.get("names")
        return {"name": in_language(names if isinstance(names, Mapping) else {}, str(data.get("section", "–")))}
