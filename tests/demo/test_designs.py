"""The one thing that can be changed in the demo's product: kept by itself, told in words, and to look at only for whom it is so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sublet.core.reports import is_text
from sublet.demo import designs, sign_on
from sublet.demo.designs import Design, DesignForm
from sublet.demo.sign_on import Session

ACCOUNT, OTHER = "acc_7HqWm2Zr9KtXbd", "acc_7HqWm2Zr9KtXbe"
SESSION = Session(sid="sgn_1", issuer="https://carl.localhost", account=ACCOUNT, visit="", token="t")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sign_on, "folder", lambda: tmp_path)
    return tmp_path


def test_each_account_has_a_design_of_its_own(kept: Path) -> None:
    made = Design("#1f5c7a", "Sunday lunch")
    designs.keep(ACCOUNT, made)
    assert (designs.design_of(ACCOUNT), designs.design_of(OTHER)) == (made, Design())
    assert [path.name for path in kept.iterdir()] == [f"{ACCOUNT}.design"]
    (kept / f"{ACCOUNT}.design").write_text("{half")
    assert designs.design_of(ACCOUNT) == Design()
    with pytest.raises(ValueError, match="account"):
        designs.keep("../acc", made)


def test_what_was_changed_is_told_in_words_that_stand_in_a_history() -> None:
    before = Design("#8a1538", "Sunday lunch")
    assert designs.told(before, before) == ""
    assert designs.told(before, Design("#1f5c7a", "Sunday lunch")) == "Theme color: #8a1538 → #1f5c7a"
    assert designs.told(before, Design("#8a1538", "")) == "Headline removed"
    longest = designs.told(before, Design("#1f5c7a", "x" * 60))
    assert longest.endswith("Headline: " + "x" * 60)
    assert is_text(longest)


def test_whoever_only_looks_changes_nothing_by_sending_the_form() -> None:
    sent = {"color": "#000000", "headline": "Mine"}
    stored = {"color": "#8a1538", "headline": "Sunday lunch"}
    looks = DesignForm(sent, initial=stored, may_change=False)
    assert looks.is_valid()
    assert looks.design() == Design(**stored)
    assert str(looks).count("disabled") >= 2
    changes = DesignForm(sent, initial=stored, may_change=True)
    assert changes.is_valid()
    assert changes.design() == Design(**sent)


@pytest.mark.parametrize(("answer", "heard"), [({"entry": "x"}, True), (None, False)])
def test_a_report_is_made_with_the_token_of_the_sign_on(monkeypatch: Any, answer: Any, heard: bool) -> None:
    asked: list[Any] = []

    def ask(*place: str, **more: Any) -> Any:
        asked.append((place, more))
        return answer

    monkeypatch.setattr(sign_on, "_ask", ask)
    assert sign_on.report(SESSION, section="design", text="x" * 300, place="/design") is heard
    ((place, more),) = asked
    assert place == ("POST", f"https://carl.localhost/api/v1/accounts/{ACCOUNT}/product-changes")
    assert more["json"] == {"section": "design", "text": "x" * 200, "place": "/design"}
    assert more["headers"]["Authorization"] == "Bearer t"
    assert len(more["headers"]["Idempotency-Key"]) >= 32
