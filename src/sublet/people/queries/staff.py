"""The people of one's own account, for whoever shows a name or offers a choice; not who may do what."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.foundation.actor import Actor
from sublet.people.models import Collaborator


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person on the actor's account. `gone`: no longer, though clients may still name it."""

    user_id: int
    ref: str
    name: str
    gone: bool


def staff(actor: Actor) -> list[StaffMember]:
    """Everybody who is or was on the actor's own account, by name; one statement. For anybody who works there."""
    rows = (
        Collaborator.objects.filter(account_id=actor.account_id)
        .select_related("user")
        .only("ended_at", "user__id", "user__ref", "user__name", "user__email")
    )
    found: dict[int, StaffMember] = {}
    for row in rows:
        known = found.get(row.user_id)
        if known is None or known.gone:
            found[row.user_id] = StaffMember(
                user_id=row.user_id, ref=row.user.ref, name=str(row.user), gone=row.ended_at is not None
            )
    return sorted(found.values(), key=lambda member: member.name.casefold())
