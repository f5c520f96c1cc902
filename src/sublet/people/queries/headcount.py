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


def owner_email_of(account_id: int) -> str:
    """The owner's address (empty: nobody owns it yet), for an account that the caller holds. One statement."""
    # unscoped: of that account, whose pages name its owner; it leaves as a digest only
    owner = Collaborator.unscoped.filter(account_id=account_id, ended_at__isnull=True, is_owner=True)
    return owner.values_list("user__email", flat=True).first() or ""
