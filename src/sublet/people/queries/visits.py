"""What a host product is told of a visit that goes on: who really acts, as whom, until when, and the way back.

The claims ``act`` of tokens and the forwarded headers are made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import get_script_prefix, reverse, set_script_prefix

from sublet.branding.queries import origin
from sublet.core.visits import ends_at
from sublet.foundation.refs import looks_like_ref
from sublet.people.models import Impersonation
from sublet.people.queries.impersonation import reason_it_is_over


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A visit that goes on. `back_url` leads into it again, where it can be ended; `ends_at` moves with its use."""

    ref: str
    mode: str
    impersonator_ref: str
    impersonator: str
    acting_as: str
    account_ref: str
    account_name: str
    ends_at: datetime
    back_url: str


def visit_facts(*, impersonation_ref: str, at: datetime) -> VisitFacts | None:
    """The facts of a visit, or None once it is over, whatever ended it. Two statements.

    The caller knows the reference from a session, a token or a mark of ours: it is not a secret, and proves nothing.
    """
    if not looks_like_ref(impersonation_ref, "ims"):
        return None
    # unscoped: as above
    row = (
        Impersonation.unscoped.filter(ref=impersonation_ref, ended_at__isnull=True)
        .select_related("account", "staff_collaborator__user", "staff_collaborator__account", "as_collaborator__user")
        .first()
    )
    if row is None or reason_it_is_over(row, at):
        return None
    staff, place = row.staff_collaborator, row.as_collaborator
    path = plain_path("client-home", account=row.account.ref)
    return VisitFacts(
        ref=row.ref,
        mode=row.mode,
        impersonator_ref=staff.user.ref,
        impersonator=str(staff.user),
        acting_as=str(place.user) if place is not None else staff.account.name,
        account_ref=row.account.ref,
        account_name=row.account.name,
        ends_at=ends_at(started_at=row.started_at, last_used_at=row.last_used_at),
        back_url=f"{origin(row.host)}/as/{row.ref}{path}",
    )


def plain_path(name: str, **arguments: str) -> str:
    """The path of a page outside of every visit, also while the request is made within one."""
    prefix = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse(name, kwargs=arguments)
    finally:
        set_script_prefix(prefix)
