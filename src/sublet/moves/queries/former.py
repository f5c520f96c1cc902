"""The names of clients that have left, for what is kept of the time before."""

from __future__ import annotations

from collections.abc import Sequence

from sublet.billing.queries.successions import gone_before
from sublet.moves.models import FormerClient


def former_names(reseller: int, refs: Sequence[str]) -> dict[str, str]:
    """As the reseller knew them when they left last, or whoever it comes after did. For callers that hold the reseller."""
    whose = [*gone_before(reseller), reseller]
    rows = FormerClient.objects.filter(account_id__in=whose, client_ref__in=refs).order_by("id")
    return dict(rows.values_list("client_ref", "name"))
