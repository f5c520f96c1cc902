"""What was agreed, as dated sources: written by the app that agrees, in its own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from sublet.core.entitled import ADD_ON, PLAN, TRIAL
from sublet.entitlements.models import EntitlementSource
from sublet.entitlements.operations.stream import announce, remember_due
from sublet.foundation.actor import Actor


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """A plan, trial or add-on from `starts_at` to, not including, `ends_at`.

    Of a trial, `key` is the plan that offers it, and `opens` the plan that it opens, in the version of the start.
    """

    kind: str
    key: str
    version: int
    starts_at: datetime
    ends_at: datetime | None = None
    count: int = 1
    opens: str = ""
    opens_version: int = 0


def source_key(source: SourceFacts | EntitlementSource) -> tuple[object, ...]:
    """All that a source says: two with the same are the same."""
    return (
        source.kind, source.key, source.version, source.count, source.starts_at, source.ends_at,
        source.opens, source.opens_version,
    )  # fmt: skip


def replace_sources(*, account_id: int, sources: Sequence[SourceFacts], actor: Actor, at: datetime) -> None:
    """Let exactly these sources be what an account has, had and will have. Part of the caller's write, journal entry included.

    Raises RuntimeError outside a transaction, ValueError for a source of an unknown kind or one that ends before it starts.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("sources were replaced outside the write that agrees them")
    for source in sources:
        if source.kind not in (PLAN, TRIAL, ADD_ON) or source.count < 1:
            raise ValueError(f"no source: {source}")
        if source.ends_at is not None and source.ends_at < source.starts_at:
            raise ValueError(f"a source ends before it starts: {source}")
    # What ends at the instant in which it starts (taken and changed at once) was never in force.
    lasting = [source for source in sources if source.ends_at != source.starts_at]
    wanted = {source_key(source): source for source in lasting}
    # unscoped: the caller holds the account, locked
    rows = list(EntitlementSource.unscoped.select_for_update().filter(account_id=account_id))
    stored = {source_key(row): row.id for row in rows}
    if wanted.keys() == stored.keys():
        return
    # unscoped: as above
    EntitlementSource.unscoped.filter(
        id__in=[row_id for facts, row_id in stored.items() if facts not in wanted]
    ).delete()
    # unscoped: as above
    EntitlementSource.unscoped.bulk_create(
        EntitlementSource(account_id=account_id, **asdict(source))
        for key, source in sorted(wanted.items(), key=lambda each: (each[1].starts_at, each[1].kind, each[1].key))
        if key not in stored
    )
    announce([account_id])
    remember_due([account_id], at=at)
