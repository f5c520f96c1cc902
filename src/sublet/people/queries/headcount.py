"""How many people an account has, for whoever stands above it and need not know who they are."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.people.models import Collaborator, Invitation


@dataclass(frozen=True, slots=True)
class Headcount:
    """People with access, open invitations, and the owner's name and address (empty: nobody owns it yet)."""

    people: int
    invited: int
    owner_name: str
    owner_email: str


def headcount(account_id: int) -> Headcount:
    """The people of one account within the scope in force. Three statements."""
    places = Collaborator.objects.filter(account_id=account_id, ended_at__isnull=True)
    owner = places.filter(is_owner=True).values_list("user__name", "user__email").first()
    open_ones = Invitation.objects.filter(account_id=account_id, accepted_at__isnull=True, revoked_at__isnull=True)
    return Headcount(
        people=places.count(),
        invited=open_ones.count(),
        owner_name=(owner[0] or owner[1]) if owner else "",
        owner_email=owner[1] if owner else "",
    )
