"""What a client reads of its journal: laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.readers import FIELDS_ONLY_ABOVE, ONLY_ABOVE, for_the_client

events = st.sampled_from(["account.details_changed", "impersonation.started", "client.tags_changed", "prospect.won"])
changes = st.dictionaries(st.sampled_from(["notes", "external_id", "city", "name"]), st.just(["a", "b"]))


@given(event=events, changed=changes, reason=st.sampled_from(["", "why"]))
def test_what_is_kept_above_stays_there(event: str, changed: dict[str, list[str]], reason: str) -> None:
    found = for_the_client(event, {"client": "Carl", "changes": changed}, reason)
    if event.startswith(ONLY_ABOVE) or (changed and not changed.keys() - FIELDS_ONLY_ABOVE):
        assert found is None
        return
    assert found is not None
    data, why = found
    assert not data["changes"].keys() & FIELDS_ONLY_ABOVE
    assert data["client"] == "Carl"
    assert why == (reason if event.startswith("impersonation.") else "")
