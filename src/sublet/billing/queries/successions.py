"""Who comes after resellers that went in a merge."""

from __future__ import annotations

from sublet.billing.models import Succession
from sublet.core.places import heirs


def heirs_of_all() -> dict[int, int]:
    """Each reseller that went → who stands for it now. One statement; for callers that hold both books. Raises NobodyIsLeft."""
    return heirs(dict(Succession.objects.values_list("account_id", "successor_id")))


def gone_before(reseller: int) -> list[int]:
    """The resellers that went in a merge and for which this one stands now. One statement; for callers that hold the reseller."""
    return sorted(gone for gone, stays in heirs_of_all().items() if stays == reseller)
