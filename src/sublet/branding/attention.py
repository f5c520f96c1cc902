"""What of the domains needs the operator: for `sublet doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from sublet.branding.dns_gateway import ask_each
from sublet.branding.models import Domain
from sublet.core.certificates import TROUBLE

SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Some:
    """How many there are, and some of their names."""

    number: int
    names: tuple[str, ...]


def silent_resolvers() -> tuple[int, int]:
    """How many of the resolvers say nothing about the name that domains lead to, and how many there are."""
    answers = ask_each(settings.DNS_TARGET, "A")
    return sum(not answer.known for answer in answers), len(answers)


def failing_domains() -> Some:
    """Proved domains whose proof is gone, or that lead elsewhere; the newest first. In a platform scope.

    Names below a wildcard fail with it, which is named.
    """
    rows = Domain.objects.filter(state=Domain.State.PROVED, failing_since__isnull=False)
    rows = rows.exclude(proof=Domain.Proof.WILDCARD)
    return _some(rows.order_by("-failing_since", "-id"))


def troubled_certificates() -> Some:
    """Domains whose certificate ends soon or is not valid; the next to end first. In a platform scope."""
    rows = Domain.objects.filter(state=Domain.State.PROVED, serving=True, certificate_code__in=TROUBLE)
    return _some(rows.order_by("certificate_ends_at", "id"))


def _some(rows: QuerySet[Domain]) -> Some:
    return Some(rows.count(), tuple(rows.values_list("host", flat=True)[:SAMPLE]))
