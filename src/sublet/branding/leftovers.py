"""Hosts that answer for nobody: for `sublet doctor`."""

from __future__ import annotations

from django.conf import settings

from sublet.branding.models import Domain

MOST = 20


def hosts_of_ended_accounts() -> list[str]:
    """Proved hosts within the scope in force whose account has ended for good; at most `MOST`."""
    rows = Domain.objects.filter(
        state=Domain.State.PROVED, account__state="closed", account__state_before_close=""
    ).order_by("host")
    return list(rows.values_list("host", flat=True)[:MOST])


def hosts_under_the_vendors_name() -> list[str]:
    """Proved hosts that are the vendor's own host: two accounts would answer on one name."""
    return list(
        Domain.objects.filter(state=Domain.State.PROVED, host=settings.VENDOR_HOST).values_list("host", flat=True)
    )
