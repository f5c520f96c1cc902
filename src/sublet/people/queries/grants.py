"""What a reseller's grants to a client leave: asked on each request that reaches into a client's account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from sublet.accounts.models import Account
from sublet.core.grants import Scope, Teams, scope_for
from sublet.core.rights import CLIENT, PORTAL_SECTIONS, Level
from sublet.foundation.actor import Actor
from sublet.foundation.prepared import Prepared, number
from sublet.people.models import Grant, StaffTeam, is_in_team
from sublet.people.queries.sections import PORTAL_WORDS, Offer, PresetView, SectionView, offer_for

Row = TypeVar("Row", bound=Model)


_ACTIVE = Prepared(
    # unscoped: this decides the scope
    lambda: Grant.unscoped.filter(
        account_id=number("client"), reseller_id=number("reseller"), state=Grant.State.ACTIVE
    ).annotate(for_team=is_in_team("team_id", number("person")))
)


def granted(*, client_id: int, reseller_id: int, person: int | None, at: datetime) -> Scope:
    """How far that person of the reseller's staff (None: one of its API keys) gets into the client's account now.

    One statement. What was granted to another reseller, or has ended, or not begun, gives nothing; what was granted to a
    team gives it to whoever is in it at this moment.
    """
    rows = _active(client_id, reseller_id, person)
    return scope_for([row.rule for row in rows], person=person, at=at, teams=_own_teams(rows, person))


def holding(*, client_id: int, reseller_id: int, person: int | None, at: datetime) -> list[Grant]:
    """The grants themselves that give that person what `granted` says. One statement."""
    rows = _active(client_id, reseller_id, person)
    teams = _own_teams(rows, person)
    return [row for row in rows if row.rule.holds(person, at, teams)]


def _active(client_id: int, reseller_id: int, person: int | None) -> list[Grant]:
    return [*_ACTIVE.rows(client=client_id, reseller=reseller_id, person=person or 0)]


def _own_teams(rows: Sequence[Grant], person: int | None) -> Teams:
    """Of the teams that these grants (from `_active`) name, those in which the person is; nobody else is looked for."""
    if person is None:
        return {}
    return {row.team_id: (person,) for row in rows if row.team_id is not None and row.for_team}  # type: ignore[attr-defined]  # annotated


def teams_letting_in(actor: Actor, client: Account, *, at: datetime) -> list[str]:
    """The names of the teams whose access lets the actor into the client's account at that instant."""
    rows = _active(client.id, actor.account_id, actor.user_id)
    teams = _own_teams(rows, actor.user_id)
    ids = {row.team_id for row in rows if row.team_id is not None and row.rule.holds(actor.user_id, at, teams)}
    return sorted(StaffTeam.objects.filter(id__in=ids).values_list("name", flat=True)) if ids else []


def granted_to(actor: Actor, client: Account, *, at: datetime) -> Scope:
    """The same for the actor, who acts in its reseller's account."""
    return granted(client_id=client.id, reseller_id=actor.account_id, person=actor.user_id, at=at)


def only_granted(rows: QuerySet[Row], actor: Actor, *, section: str, level: Level, at: datetime) -> QuerySet[Row]:
    """Those of `rows` (with an ``account``) whose client grants the actor at least `level` on that section of its portal.

    One statement more, for grants to chosen people; the rest becomes part of the caller's own.
    """
    # unscoped: a job's scope is the reseller's too; narrowed to the actor's reseller here
    found = Grant.unscoped.filter(reseller_id=actor.account_id, state=Grant.State.ACTIVE, starts_at__lte=at)
    words = [each.word for each in Level if each >= level]
    found = found.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        Q(everywhere__in=words) | Q(**{f"scope_words__{section}__in": words}),
    )
    # To chosen people there are few; lists in JSON cannot be searched on every database.
    named: Sequence[int] = [
        row.id for row in found.filter(staff_ids__isnull=False) if actor.user_id in (row.staff_ids or ())
    ]
    to_all = Q(team__isnull=True) & (Q(staff_ids__isnull=True) | Q(id__in=named))
    found = found.filter(to_all | Q(team__isnull=False) & Q(is_in_team("team_id", Value(actor.user_id or 0))))
    return rows.filter(Exists(found.filter(account_id=OuterRef("account_id"))))


def grant_offer() -> Offer:
    """The sections that a grant can name: all of a client's account, also those that no collaborator of it is given."""
    offer = offer_for(CLIENT)
    known = offer.sections
    portal = tuple(
        known.get(key)
        or SectionView(
            key=key,
            name=str(PORTAL_WORDS[key][0]),
            help=str(PORTAL_WORDS[key][1]),
            icon=PORTAL_WORDS[key][2],
            levels=("view", "manage"),
            marked=False,
        )
        for key in PORTAL_SECTIONS[CLIENT]
    )
    groups = tuple(replace(group, sections=portal) if group.key == "portal" else group for group in offer.groups)
    offer = Offer(kind=CLIENT, groups=groups, presets=())
    rights = {key: section.levels[-1] for key, section in offer.sections.items() if section.levels}
    everything = PresetView("everything", _("Everything"), _("Every section at its highest level."), rights)
    return replace(offer, presets=(everything,))
