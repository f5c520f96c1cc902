"""Which sections there are, what they are called, and what each kind of account can be given of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from types import MappingProxyType
from typing import Any, ParamSpec, TypeVar

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from sublet.core.marks import NOTHING, UNSEEN, Mark
from sublet.core.matrix import ROLES
from sublet.core.peopledata import SECTION as PEOPLE
from sublet.core.rights import (
    CLIENT,
    DIRECT,
    FLOOR,
    PORTAL_SECTIONS,
    PRODUCT_PREFIX,
    RESELLER,
    VENDOR,
    Level,
    Rights,
)
from sublet.foundation.languages import in_language
from sublet.foundation.prepared import Prepared
from sublet.people.models import ApiKey, Collaborator, Invitation, RolePreset, Section

Text = str | Promise
T = TypeVar("T")
P = ParamSpec("P")

#: The sections of the portals in words: name, what it means, icon.
PORTAL_WORDS: Mapping[str, tuple[Text, Text, str]] = MappingProxyType(
    {
        "accounts": (
            gettext_lazy("Resellers and accounts"),
            gettext_lazy("Open, suspend and close accounts."),
            "building",
        ),
        "manifest": (gettext_lazy("Product manifest"), gettext_lazy("What the product consists of."), "puzzle"),
        "jobs": (gettext_lazy("Jobs"), gettext_lazy("Work of the machine, and what failed."), "refresh"),
        "journal": (gettext_lazy("History"), gettext_lazy("Who did what, and when."), "history"),
        "brand": (gettext_lazy("Brand"), gettext_lazy("Name, logo, colors and support contact."), "palette"),
        "hosts": (gettext_lazy("Hosts"), gettext_lazy("Addresses at which the brand is shown."), "world"),
        "team": (gettext_lazy("Team"), gettext_lazy("Who has access, and with which rights."), "users"),
        "settings": (gettext_lazy("Settings"), gettext_lazy("Details of the account."), "settings"),
        "billing": (gettext_lazy("Billing"), gettext_lazy("Invoices and payments."), "file-text"),
        "usage": (
            gettext_lazy("Usage"),
            gettext_lazy("What was used of the product, which reports it with this right."),
            "chart-bar",
        ),
        "keys": (gettext_lazy("API keys"), gettext_lazy("Access for other programs."), "key"),
        "clients": (gettext_lazy("Clients"), gettext_lazy("The clients, their teams and their details."), "briefcase"),
        "people": (
            gettext_lazy("Client people"),
            gettext_lazy(
                "Names, e-mail addresses and telephone numbers of the clients’ people: one at a time by name or by the "
                "whole address, all of them in lists, or in files and to programs as well."
            ),
            "user",
        ),
        "subscription": (gettext_lazy("Subscription"), gettext_lazy("What is bought."), "shopping-cart"),
        "reseller": (gettext_lazy("Reseller"), gettext_lazy("Which reseller looks after the account."), "building"),
    }
)

#: The roles of `core.matrix` in words: key, name, hint. They fill a form; nothing checks them.
_PORTAL_PRESETS: Mapping[str, Sequence[tuple[str, Text, Text]]] = MappingProxyType(
    {
        VENDOR: (
            (
                "support",
                pgettext_lazy("role", "Support"),
                gettext_lazy("Looks at accounts, jobs and history; changes nothing."),
            ),
            (
                "operations",
                pgettext_lazy("role", "Operations"),
                gettext_lazy("Runs the installation day by day."),
            ),
            (
                "product",
                pgettext_lazy("role", "Product"),
                gettext_lazy("Looks after the product manifest."),
            ),
        ),
        RESELLER: (
            (
                "project-manager",
                pgettext_lazy("role", "Project manager"),
                gettext_lazy("Works in the clients’ accounts and with their teams."),
            ),
            (
                "sales",
                pgettext_lazy("role", "Sales"),
                gettext_lazy("Opens accounts and sees what the clients have bought."),
            ),
            (
                "customer-success",
                pgettext_lazy("role", "Customer success"),
                gettext_lazy("Looks into every client without changing anything."),
            ),
            (
                "designer",
                pgettext_lazy("role", "Designer"),
                gettext_lazy("Works in the clients’ accounts and on the brand."),
            ),
        ),
        CLIENT: (),
        DIRECT: (),
    }
)


_remembered: ContextVar[dict[str, Any] | None] = ContextVar("sublet_sections", default=None)


@contextmanager
def remember_sections() -> Iterator[None]:
    """Within: sections and presets are read once. A request asks for them in many places; they change once a month."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def read_once(function: Callable[P, T]) -> Callable[P, T]:
    """Within that function the same, unless they are remembered already."""

    @wraps(function)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        with remember_sections() if _remembered.get() is None else nullcontext():
            return function(*args, **kwargs)

    return reading


def forget_sections() -> None:
    """They have just been changed: what was remembered within `remember_sections` is read anew."""
    memory = _remembered.get()
    if memory is not None:
        memory.clear()


_SECTIONS = Prepared(lambda: Section.objects.filter(removed_at__isnull=True))
_PRESETS = Prepared(lambda: RolePreset.objects.all())


def stored_sections() -> list[Section]:
    """The host product's sections in force, in the manifest's order."""
    return _read("sections", _SECTIONS.rows)


@dataclass(frozen=True, slots=True)
class SectionAddress:
    """Where a section of the host product opens: its key without prefix, and the address template."""

    key: str
    address: str


def section_addresses() -> list[SectionAddress]:
    """The addresses of the sections in force that have one."""
    return [SectionAddress(row.key, row.address) for row in stored_sections() if row.address]


def _stored_presets() -> list[RolePreset]:
    return _read("presets", _PRESETS.rows)


def _read(name: str, read: Callable[[], list[T]]) -> list[T]:
    memory = _remembered.get()
    if memory is None:
        return read()
    if name not in memory:
        memory[name] = read()
    rows: list[T] = memory[name]
    return rows


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section in words of the active language. `key` is the one of rights: ``team``, ``product.design``."""

    key: str
    name: str
    help: str
    icon: str
    levels: tuple[str, ...]
    marked: bool
    address: str = ""


@dataclass(frozen=True, slots=True)
class SectionGroupView:
    """Sections under one heading, as the product manifest groups them; ``portal`` are the portal's own."""

    key: str
    name: str
    sections: tuple[SectionView, ...]


@dataclass(frozen=True, slots=True)
class PresetView:
    """A named set of rights; a section that is not in `rights` is closed by it."""

    key: str
    name: str
    hint: str
    rights: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be ticked for people of an account of one kind: floor and unknown sections are not in it."""

    kind: str
    groups: tuple[SectionGroupView, ...]
    presets: tuple[PresetView, ...]

    @property
    def sections(self) -> Mapping[str, SectionView]:
        """Every section on offer by its key, in the order of the form."""
        return {section.key: section for group in self.groups for section in group.sections}

    def refuse(self, rights: Rights) -> str | None:
        """The first section of `rights` that is not on offer, or not at that level; None when all are."""
        known = self.sections
        for key, level in rights.levels.items():
            if key not in known or level.word not in known[key].levels:
                return key
        return None

    def names(self, keys: Iterable[str]) -> list[str]:
        """What those sections are called, unknown ones left out."""
        known = self.sections
        return [known[key].name for key in keys if key in known]


def names_of_section(key: str) -> dict[str, str] | None:
    """What the section of the host product with that key (without prefix) is called, by language; None: none in force."""
    return next((dict(row.names) for row in stored_sections() if row.key == key), None)


def offer_for(kind: str) -> Offer:
    """What people of an account of that kind can be given. Two statements, none within `remember_sections`."""
    portal = tuple(
        SectionView(
            key=key,
            name=str(PORTAL_WORDS[key][0]),
            help=str(PORTAL_WORDS[key][1]),
            icon=PORTAL_WORDS[key][2],
            levels=("view", "manage"),
            marked=False,
        )
        for key in PORTAL_SECTIONS[kind]
        if kind != CLIENT or key not in FLOOR
    )
    groups: dict[str, list[SectionView]] = {}
    names: dict[str, str] = {}
    rows = [] if kind == VENDOR else stored_sections()
    for row in rows:
        names.setdefault(row.group, in_language(row.group_names, row.group) or _("Product"))
        groups.setdefault(row.group, []).append(
            SectionView(
                key=PRODUCT_PREFIX + row.key,
                name=in_language(row.names, row.key),
                help="",
                icon=row.icon,
                levels=tuple(word for word in ("view", "manage") if word in row.levels),
                marked=row.vendor_mark,
                address=row.address,
            )
        )
    shown = [SectionGroupView(key=key, name=names[key], sections=tuple(found)) for key, found in groups.items()]
    # Clients are here for the product, a reseller's staff for the clients.
    shown.insert(0 if kind == RESELLER else len(shown), SectionGroupView("portal", _("Account"), portal))
    offer = Offer(kind=kind, groups=tuple(shown), presets=())
    return Offer(kind=kind, groups=offer.groups, presets=tuple(_presets(kind, offer, with_product=bool(rows))))


def _presets(kind: str, offer: Offer, *, with_product: bool) -> list[PresetView]:
    known = offer.sections
    found = [
        PresetView(key=key, name=str(name), hint=str(hint), rights=dict(ROLES[kind][key]))
        for key, name, hint in _PORTAL_PRESETS[kind]
    ]
    if with_product and kind in {CLIENT, DIRECT}:
        for row in _stored_presets():
            rights = {PRODUCT_PREFIX + key: word for key, word in row.rights.items() if PRODUCT_PREFIX + key in known}
            found.append(PresetView(key=row.key, name=in_language(row.names, row.key), hint="", rights=rights))
    found.append(
        PresetView(
            key="everything",
            name=_("Everything"),
            hint=_("Every section at its highest level."),
            rights={key: section.levels[-1] for key, section in known.items() if section.levels},
        )
    )
    return found


def preset_named(offer: Offer, key: str) -> PresetView | None:
    """The preset of that key on offer, or None."""
    return next((preset for preset in offer.presets if preset.key == key), None)


def marks_of(offer: Offer, measured: Mapping[str, str] = NOTHING) -> dict[str, Mark]:
    """Of each section on offer whether it is white-label clean; `measured` is what was found there, by its key."""
    return {key: Mark(each.marked, measured.get(key, UNSEEN)) for key, each in offer.sections.items()}


def sections_in_use(keys: Sequence[str]) -> dict[str, int]:
    """How many collaborators, open invitations and live API keys hold a right on each of those product sections.

    For the whole installation; asked before a section is removed. One statement for each of the three.
    """
    wanted = list(dict.fromkeys(keys))
    totals = dict.fromkeys(wanted, 0)
    if not wanted:
        return totals
    counts = {
        f"n{index}": Count("id", filter=Q(rights_words__has_key=PRODUCT_PREFIX + key))
        for index, key in enumerate(wanted)
    }
    held = (
        # unscoped: a section is the vendor's and the same for every account; only numbers leave
        Collaborator.unscoped.filter(ended_at__isnull=True),
        # unscoped: as above
        Invitation.unscoped.filter(accepted_at__isnull=True, revoked_at__isnull=True),
        # unscoped: as above
        ApiKey.unscoped.filter(revoked_at__isnull=True),
    )
    for rows in held:
        found = rows.aggregate(**counts)
        for index, key in enumerate(wanted):
            totals[key] += found[f"n{index}"]
    return totals


def _held(section: SectionView, level: Level) -> str:
    """One section of a summary. On people data the levels are ways in which it leaves (`core.peopledata`)."""
    if section.key == PEOPLE:
        told = _("%(section)s (export)") if level == Level.MANAGE else _("%(section)s (list)")
        return told % {"section": section.name}
    return section.name if level == Level.MANAGE else _("%(section)s (view)") % {"section": section.name}


def summary_of(offer: Offer, rights: Rights) -> str:
    """The rights in a few words: “Everything”, “No sections yet”, “Design, Content (view) and 3 more”."""
    known = offer.sections
    held = [(known[key], level) for key, level in rights.levels.items() if key in known and level > Level.NONE]
    if not held:
        return _("No sections yet")
    if len(held) == len(known) and all(level.word == section.levels[-1] for section, level in held if section.levels):
        return _("Everything")
    order = list(known)
    held.sort(key=lambda pair: order.index(pair[0].key))
    words = [_held(section, level) for section, level in held]
    shown, rest = words[:3], len(words) - 3
    if rest > 0:
        return _("%(sections)s and %(count)s more") % {"sections": ", ".join(shown), "count": rest}
    return ", ".join(shown)
