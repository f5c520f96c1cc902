"""What a reseller said about accounts and gave them, which ends when they leave it: for the move, and for whoever looks before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from sublet.foundation.scope import TenantModel

M = TypeVar("M", bound=TenantModel)


def given_by(
    rows: QuerySet[M], account_ids: Sequence[int] | QuerySet[Any, Any], giver_id: int, at: datetime
) -> QuerySet[M]:
    """Of overrides, units given once or settings, what that account said of those accounts and still holds, or is to hold."""
    return rows.filter(Q(until__isnull=True) | Q(until__gt=at), account_id__in=account_ids, giver_id=giver_id)
