"""What pages and programs are shown of clients' settings and of templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sublet.accounts.queries import AccountFacts, client_facts
from sublet.accounts.queries.clients import accounts_below
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.models import SettingsTemplate, SettingsTemplateVersion, TemplateUse
from sublet.clientsettings.queries.undoing import LastChange, last_change
from sublet.clientsettings.queries.values import Setup, setups
from sublet.core.clientsettings import Change, Field, Gap, Value, fields_of, gaps, summary, values_from_json
from sublet.core.entitled import Entitlements, Terms
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import RESELLER
from sublet.entitlements.queries import AccountStanding, held_of, standings_of, terms_in_force
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import looks_like_ref

#: So many clients of a template are compared on one page.
MOST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class Followed:
    """The template that a client follows, the version that was applied last, and what differs from the newest."""

    template: str
    name: str
    applied: int
    newest: int
    drift: Sequence[Change]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """One client's settings with what stands beside them: what the reseller holds, what is given, what was used, and what was
    changed last."""

    client: AccountFacts
    setup: Setup
    gaps: Sequence[Gap]
    standing: AccountStanding
    held: Entitlements
    followed: Followed | None
    last: LastChange | None = None

    @property
    def complete(self) -> bool:
        return not self.gaps


@dataclass(frozen=True, slots=True)
class TemplateHead:
    """A template by its name and newest version."""

    ref: str
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A template in a list. `clients`: how many follow it; `behind`: how many of those an older version of it."""

    ref: str
    name: str
    version: int
    clients: int
    behind: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a template, as it was made."""

    number: int
    made_at: datetime
    made_by: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Follower:
    """A client that follows a template, and in what it differs from the newest version."""

    ref: str
    name: str
    applied: int
    drift: Sequence[Change]


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """A template with its versions, newest first, and the clients that follow it."""

    row: TemplateRow
    versions: Sequence[VersionRow]
    fields: Mapping[str, Field]
    terms: Terms
    followers: Sequence[Follower]
    more: bool

    @property
    def values(self) -> Mapping[str, Value]:
        """What the newest version says."""
        return self.versions[0].values

    @property
    def differing(self) -> int:
        """How many of the clients that are shown differ."""
        return sum(1 for each in self.followers if each.drift)


def _reseller(actor: Actor) -> None:
    """Only resellers have clients to set up. Raises NotFound, Forbidden."""
    if actor.account_kind != RESELLER:
        raise NotFound
    require_below(actor, "view")


def settings_of(actor: Actor, ref: str, *, at: datetime) -> ClientSettings:
    """How a client of the actor's is set up (``clients:view``). Raises NotFound, Forbidden."""
    _reseller(actor)
    client = client_facts(actor, ref)
    setup = setups([client.id], giver_id=actor.account_id, at=at)[client.id]
    return ClientSettings(
        client=client,
        setup=setup,
        gaps=gaps(setup.fields, setup.terms, setup.values),
        standing=standings_of([setup.known.place], at=at)[client.id],
        held=held_of(actor.account_id, at),
        followed=followed_by({client.id: setup}, actor.account_id).get(client.id),
        last=last_change(client.id, setup, giver_id=actor.account_id),
    )


def followed_by(found: Mapping[int, Setup], reseller_id: int) -> dict[int, Followed]:
    """The templates that those clients follow, with their drift. Two statements."""
    # unscoped: rows of the account that the caller acts for
    uses = list(
        TemplateUse.unscoped.filter(
            account_id=reseller_id, client_id__in=list(found), template__removed_at__isnull=True
        ).select_related("template")
    )
    newest = _newest([use.template for use in uses])
    told = {}
    for use in uses:
        setup = found[use.client_id]
        told[use.client_id] = Followed(
            template=use.template.ref,
            name=use.template.name,
            applied=use.number,
            newest=use.template.version,
            drift=summary(setup.fields, setup.values, newest[use.template_id]),
        )
    return told


def _newest(templates: Sequence[SettingsTemplate]) -> dict[int, dict[str, Value]]:
    wanted = {template.id: template.version for template in templates}
    # unscoped: versions of templates that the caller holds
    rows = SettingsTemplateVersion.unscoped.filter(template_id__in=list(wanted))
    return {
        template_id: values_from_json(values)
        for template_id, number, values in rows.values_list("template_id", "number", "values")
        if wanted[template_id] == number
    }


def templates(actor: Actor) -> list[TemplateRow]:
    """The reseller's templates by name (``clients:view``). Raises Forbidden, NotFound."""
    _reseller(actor)
    rows = list(SettingsTemplate.objects.filter(account_id=actor.account_id, removed_at__isnull=True).order_by("name"))
    return [_row(row, counted) for row, counted in zip(rows, _counts(rows), strict=True)]


def _counts(rows: Sequence[SettingsTemplate]) -> list[tuple[int, int]]:
    """How many follow each, and how many an older version."""
    numbers: dict[int, dict[int, int]] = {}
    # unscoped: uses of templates that the caller holds
    uses = TemplateUse.unscoped.filter(template_id__in=[row.id for row in rows]).values("template_id", "number")
    for use in uses.annotate(clients=Count("id")):
        numbers.setdefault(use["template_id"], {})[use["number"]] = use["clients"]
    return [
        (
            sum(numbers.get(row.id, {}).values()),
            sum(n for number, n in numbers.get(row.id, {}).items() if number != row.version),
        )
        for row in rows
    ]


def _row(row: SettingsTemplate, counted: tuple[int, int]) -> TemplateRow:
    return TemplateRow(row.ref, row.name, row.version, *counted)


def stored_template(actor: Actor, ref: str) -> SettingsTemplate:
    """The reseller's template of that reference. Raises NotFound."""
    if actor.account_kind != RESELLER or not looks_like_ref(ref, "set"):
        raise NotFound
    found = SettingsTemplate.objects.filter(account_id=actor.account_id, ref=ref, removed_at__isnull=True).first()
    if found is None:
        raise NotFound
    return found


def values_of_template(template: SettingsTemplate, number: int | None = None) -> dict[str, Value]:
    """What a version of a template says, the newest without a `number`. Raises NotFound."""
    wanted = template.version if number is None else number
    # unscoped: a template that the caller holds
    rows = SettingsTemplateVersion.unscoped.filter(template_id=template.id, number=wanted)
    values = rows.values_list("values", flat=True).first()
    if values is None:
        raise NotFound
    return values_from_json(values)


def template_head(actor: Actor, ref: str) -> TemplateHead:
    """What a template is called, and its newest version (``clients:view``): one statement, whoever follows it. Raises NotFound,
    Forbidden."""
    _reseller(actor)
    found = stored_template(actor, ref)
    return TemplateHead(found.ref, found.name, found.version)


def template_page(actor: Actor, ref: str, *, at: datetime) -> TemplatePage:
    """A template, its versions, and how far the clients that follow it differ (``clients:view``). Raises NotFound, Forbidden.

    Only clients within the actor's reach are shown; closed ones are not.
    """
    _reseller(actor)
    template = stored_template(actor, ref)
    # unscoped: a template that the caller holds
    versions = SettingsTemplateVersion.unscoped.filter(template_id=template.id).order_by("-number")
    clients, _above = accounts_below(actor)
    if actor.reach is not None:
        clients = clients.filter(id__in=actor.reach)
    # unscoped: as above
    uses = dict(
        TemplateUse.unscoped.filter(template_id=template.id, client_id__in=clients.exclude(state=CLOSED).values("id"))
        .order_by("client__sort_name", "client_id")
        .values_list("client_id", "number")[: MOST_COMPARED + 1]
    )
    shown = list(uses)[:MOST_COMPARED]
    found = setups(shown, giver_id=actor.account_id, at=at)
    rows = [VersionRow(v.number, v.made_at, v.made_by, values_from_json(v.values)) for v in versions]
    terms = terms_in_force()
    return TemplatePage(
        row=_row(template, _counts([template])[0]),
        versions=rows,
        fields=fields_of(terms),
        terms=terms,
        followers=[
            Follower(
                found[client_id].known.place.ref,
                found[client_id].known.place.name,
                uses[client_id],
                summary(found[client_id].fields, found[client_id].values, rows[0].values),
            )
            for client_id in shown
        ],
        more=len(uses) > MOST_COMPARED,
    )


def fields_in_force() -> tuple[dict[str, Field], Terms]:
    """The fields that there are now, and the terms they come from."""
    terms = terms_in_force()
    return fields_of(terms), terms
