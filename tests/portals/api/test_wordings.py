"""The words of mails through the API: all that the pages can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.people import World
from tests.portals.api.caller import Caller

pytestmark = pytest.mark.django_db
WORDS = {"subject": "Ciao {name}", "body": "Vieni:\n\n{button}", "label": "Entra"}


def test_words_are_written_looked_at_and_given_up(world: World, call: Callable[..., Caller]) -> None:
    rosa = call("rosa")
    base = f"/accounts/{world.carl.ref}/mail-wordings"
    kinds = rosa.get(base)["items"]
    [kind] = [each for each in kinds if each["kind"] == "invitation-new"]
    assert [each["name"] for each in kind["placeholders"] if each["needed"]] == ["button"]
    assert {each["source"] for each in kind["languages"]} == {"ours"}

    path = f"{base}/invitation-new/it"
    looked = rosa.post(f"{path}/preview", WORDS, headers={"Idempotency-Key": "w1"})
    assert "Vieni:" in looked["text"]
    assert rosa.get(path)["version"] == 0
    saved = rosa.ask("PUT", path, WORDS, headers={"If-Match": '"0"'})
    assert (saved["version"], saved["state"]["source"], saved["words"]["subject"]) == (1, "own", "Ciao {name}")
    stale = rosa.ask("PUT", path, {**WORDS, "subject": "x"}, headers={"If-Match": '"0"'})
    assert stale.status == 412
    back = rosa.ask("DELETE", path)
    assert (back["version"], back["state"]["source"]) == (0, "ours")


def test_every_fault_is_named_with_its_field(world: World, call: Callable[..., Caller]) -> None:
    path = f"/accounts/{world.rosa.ref}/mail-wordings/log-in-code/it"
    answer = call("rosa").ask("PUT", path, {"subject": "{code}", "body": "Ciao {nam}"})
    assert answer.status == 409
    assert [(each["field"], each["code"]) for each in answer["errors"]] == [
        ("subject", "not-here"), ("body", "unknown-near"), ("body", "lost"),
    ]  # fmt: skip


def test_what_there_is_not_is_not_found(world: World, call: Callable[..., Caller]) -> None:
    rosa = call("rosa")
    for path in ("no-such/it", "invitation-new/xx"):
        assert rosa.ask("PUT", f"/accounts/{world.rosa.ref}/mail-wordings/{path}", WORDS).status == 404
    assert rosa.ask("GET", f"/accounts/{world.bakery.ref}/mail-wordings").status == 404
