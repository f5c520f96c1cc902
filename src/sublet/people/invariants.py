"""What must be true of who may enter, beyond what one row can say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _

from sublet.foundation.invariants.checks import Broken, invariant
from sublet.people.models import Collaborator, Grant, Impersonation, Reach


@invariant("people.owner", broken=_("An account has people, but not exactly one owner"))
def owner(_at: datetime) -> Iterable[Broken]:
    """Whoever works on an account works for somebody; a second owner is refused by the database as well."""
    now = Collaborator.objects.filter(ended_at__isnull=True).exclude(account__state="closed")
    for row in now.values("account_id").annotate(owners=Count("id", filter=Q(is_owner=True))).exclude(owners=1):
        yield Broken(row["account_id"], f"{row['owners']} owners")


@invariant("people.reach", broken=_("Somebody reaches a client of another reseller"))
def reach(_at: datetime) -> Iterable[Broken]:
    """Staff reaches clients of its own reseller only."""
    lost = Reach.objects.filter(collaborator__ended_at__isnull=True).exclude(
        client__parent_id=F("collaborator__account_id")
    )
    for account_id, staff, client in lost.values_list("collaborator__account_id", "collaborator__ref", "client__ref"):
        yield Broken(account_id, f"{staff} reaches {client}")


@invariant("people.impersonation", broken=_("Somebody still acts in an account without a right to"))
def impersonation(_at: datetime) -> Iterable[Broken]:
    """Whoever acts in a client's account is on the staff of the account above it, and in a place that still is."""
    open_ones = Impersonation.objects.filter(ended_at__isnull=True)
    orphans = open_ones.filter(
        Q(staff_collaborator__ended_at__isnull=False)
        | Q(as_collaborator__ended_at__isnull=False)
        | ~Q(account__parent_id=F("staff_collaborator__account_id"))
    )
    for account_id, ref in orphans.values_list("account_id", "ref"):
        yield Broken(account_id, f"{ref} is open")


@invariant("people.grant", broken=_("A reseller still has access that should have ended"))
def grant(at: datetime) -> Iterable[Broken]:
    """A grant is of the account above the client, and is written down as over within a day of its end."""
    in_force = Grant.objects.filter(state="active")
    orphans = in_force.filter(~Q(reseller_id=F("account__parent_id")) | Q(ends_at__lt=at - timedelta(days=1)))
    for account_id, ref in orphans.values_list("account_id", "ref"):
        yield Broken(account_id, f"{ref} is in force")
