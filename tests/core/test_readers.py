"""What a client reads of its journal: laws."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sublet.core.readers import (
    FIELDS_ONLY_ABOVE,
    FIGURES,
    FOR_CLIENTS,
    NOT_FOR_CLIENTS,
    for_the_client,
    without_figures,
)

events = st.sampled_from(["account.details_changed", "impersonation.started", "client.tags_changed", "something.new"])
changes = st.dictionaries(st.sampled_from(["notes", "external_id", "city", "name"]), st.just(["a", "b"]))


@given(event=events, changed=changes, reason=st.sampled_from(["", "why"]))
def test_what_is_kept_above_stays_there(event: str, changed: dict[str, list[str]], reason: str) -> None:
    found = for_the_client(event, {"client": "Carl", "changes": changed}, reason)
    if event not in FOR_CLIENTS or (changed and not changed.keys() - FIELDS_ONLY_ABOVE):
        assert found is None
        return
    assert found is not None
    data, why = found
    assert not data["changes"].keys() & FIELDS_ONLY_ABOVE
    assert data["client"] == "Carl"
    assert why == (reason if event.startswith("impersonation.") else "")


def test_nothing_is_both_for_clients_and_not() -> None:
    assert [event for event in FOR_CLIENTS if event.startswith(NOT_FOR_CLIENTS)] == []


def test_what_is_kept_of_a_birth_stays_above() -> None:
    born = {"ref": "acc_x", "name": "Carl", "state": "prospect", "ownership": "client", "import_ref": "imp_x"}
    assert for_the_client("client.created", born, "A lead of the fair") == (
        {"ref": "acc_x", "name": "Carl", "ownership": "client"},
        "",
    )


@given(changed=st.dictionaries(st.sampled_from(["price", "payer.base", "city"]), st.just([{}, {"is": 4900}])))
def test_of_figures_it_is_told_that_they_changed_and_nothing_else(changed: dict[str, list[object]]) -> None:
    data = {"name": "Carl", "changes": changed}
    found = without_figures(data)
    assert found == {
        "name": "Carl",
        "changes": {field: [] if field in FIGURES else values for field, values in changed.items()},
    }
    assert data["changes"] is changed  # what is stored stays as it is


def test_an_entry_without_changes_is_told_as_it_is() -> None:
    assert without_figures({"price": 1, "changes": ""}) == {"price": 1, "changes": ""}


def test_whatever_is_a_figure_is_kept_from_clients_as_well() -> None:
    assert FIGURES <= FIELDS_ONLY_ABOVE
