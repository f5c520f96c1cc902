"""What of a client's journal only those above it read: their own notes and marks about the client.

Pure. Laws (tests/core/test_readers.py): what a client is given holds no field that is kept above, and no reason but that
of visits; an entry of which nothing is left is not given at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What a reseller keeps about its client and the client does not read: kinds of event, and fields of its details.
ONLY_ABOVE = ("client.tags", "client.responsible", "demonstration.", "prospect.")
FIELDS_ONLY_ABOVE = frozenset({"notes", "external_id"})
#: Reasons that the client reads too: why somebody was in its account.
REASONS_FOR_ALL = ("impersonation.",)


def for_the_client(event: str, data: Mapping[str, Any], reason: str) -> tuple[dict[str, Any], str] | None:
    """Data and reason of an entry as the client may read them; None when the entry is not for the client."""
    if event.startswith(ONLY_ABOVE):
        return None
    kept = dict(data)
    changes = data.get("changes")
    if isinstance(changes, Mapping) and changes:
        left = {field: values for field, values in changes.items() if field not in FIELDS_ONLY_ABOVE}
        if not left:
            return None
        kept["changes"] = left
    return kept, reason if event.startswith(REASONS_FOR_ALL) else ""
