"""Scans by the API: asked for, read, and nobody else's."""

from __future__ import annotations

import pytest

from sublet.foundation.scope import account_scope
from sublet.proof import letters, operations, scanning, walk
from sublet.proof.operations import run_scan
from sublet.proof.visitor import Answer
from tests.factories import AT
from tests.people import World
from tests.portals.api.caller import Caller


def test_a_scan_is_asked_for_and_read(
    world: World, rosa: Caller, carl: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/accounts/{world.carl.ref}/scans"
    assert rosa.get(path).body == {"scans": [], "findings": [], "more_findings": 0}
    asked = rosa.post(path)
    assert (asked.status, asked["state"], asked["account"]) == (201, "waiting", world.carl.ref)
    assert (again := rosa.post(path)).status == 409
    assert again.code == "cannot_scan.running"
    monkeypatch.setattr(walk, "MOST_ADDRESSES", 1)
    monkeypatch.setattr(scanning, "FORMS", ())
    monkeypatch.setattr(scanning, "WORDED", ())
    monkeypatch.setattr(letters, "letters_to", lambda _account: ())
    monkeypatch.setattr(scanning, "documents", lambda *_looked: None)
    monkeypatch.setattr(operations, "sayings", lambda _looking, _into: None)
    monkeypatch.setattr(operations, "ask", lambda **asked: Answer("/", 200, (("Via", "Vantage Apps"),), b""))
    with account_scope(world.carl.id):
        run_scan(scan_ref=asked["ref"], actor=world.actor("rosa"), at=AT)
    told = rosa.get(path).body
    (finding,) = told["findings"]
    assert (finding["place"], finding["detail"], finding["word"]) == ("header", "Via", "Vantage Apps")
    assert (finding["times"], finding["is_new"], finding["was_known"]) == (2, False, False)
    where = {"address": "/", "detail": "Via", "line": 1, "column": 1}
    assert finding["places"] == [
        where | {"seen_as": "stranger", "collaborator": None},
        where | {"seen_as": "owner", "collaborator": world.places["carl"].ref},
    ]
    assert (told["scans"][0]["score"], told["scans"][0]["with_findings"]) == (0, 2)
    assert carl.get(path).status == 404
