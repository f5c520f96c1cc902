"""What can happen in `clientsettings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language

#: The parts of a field's key in words; `%(thing)s` is what the manifest calls it.
_PARTS = {
    "enabled": _("“%(thing)s” on or off"),
    "managed_by": _("who manages “%(thing)s”"),
    "allowance": _("allowance of “%(thing)s”"),
    "limit": _("limit of “%(thing)s”"),
    "feature": _("“%(thing)s”"),
}
_AGREED = {
    "payer.base": _("who pays the base fee"),
    "payer.overage": _("who pays overage"),
    "payer.add_ons": _("who pays add-ons"),
    "price": _("retail price"),
}


def called(key: str, names: Mapping[str, Any]) -> str:
    """A field in words, in the active language. `names`: what things were called then, by key and language."""
    if key in _AGREED:
        return str(_AGREED[key])
    words = key.split(".")
    part = words[-1] if words[0] == "service" else words[0]
    thing = words[1] if len(words) > 1 else ""
    given = names.get(thing)
    text = in_language(given, thing) if isinstance(given, Mapping) else thing
    return str(_PARTS[part]) % {"thing": text} if part in _PARTS else key


@event("client_settings.changed")
@dataclass(frozen=True, slots=True)
class ClientSettingsChanged(Event):
    """How a client is set up was changed, all of it with one Save.

    `changes`: field → what it was and what it is, each ``{}`` for as the plan says or ``{"is": value}``. `names`: what services,
    meters and features were called then, by key and language. `since`: from when on payers and the price hold. `template`:
    the template that was applied; `undoes`: an earlier change was taken back.
    The vendor's people read of `price` an empty list, unless the reseller shares its prices.
    """

    ref: str
    name: str
    changes: dict[str, list[dict[str, Any]]]
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    since: str = ""
    template: str = ""
    version: int = 0
    undoes: bool = False

    SENTENCE = _("%(actor)s changed the settings of “%(name)s”: %(fields)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        changes, names = data.get("changes"), data.get("names")
        told = [called(key, names if isinstance(names, Mapping) else {}) for key in list(changes or ())[:6]]
        if len(changes or ()) > len(told):
            told.append(gettext("and more"))
        if data.get("undoes"):
            told.append(gettext("as it was before"))
        return {"fields": ", ".join(told)}


@dataclass(frozen=True, slots=True)
class AboutTemplate(Event):
    """Which template."""

    template: str
    name: str
    version: int


@event("settings_template.made")
@dataclass(frozen=True, slots=True)
class TemplateMade(AboutTemplate):
    """A reseller made a template for its clients' settings."""

    SENTENCE = _("%(actor)s made the template “%(name)s”.")


@event("settings_template.changed")
@dataclass(frozen=True, slots=True)
class TemplateChanged(AboutTemplate):
    """A template has another version, or another name. Clients stay as they are until it is applied to them."""

    SENTENCE = _("%(actor)s changed the template “%(name)s”: version %(version)s.")


@event("settings_template.removed")
@dataclass(frozen=True, slots=True)
class TemplateRemoved(AboutTemplate):
    """A template is gone; clients that followed it stay as they are."""

    SENTENCE = _("%(actor)s removed the template “%(name)s”.")


@event("settings_template.followed")
@dataclass(frozen=True, slots=True)
class TemplateFollowed(AboutTemplate):
    """A client that was set so already follows a template now (`version` 0: none any more)."""

    ref: str
    client: str

    SENTENCE = _("%(actor)s set which template “%(client)s” follows: “%(name)s”.")
