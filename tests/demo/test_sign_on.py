"""What the demo's product refuses: the example that engineers copy must not be the careless one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core import signing

from sublet.demo import sign_on
from sublet.demo.sign_on import Begun, Session, SignOnFailed

ISSUER = "https://carl.localhost"
BEGUN = Begun(
    issuer=ISSUER, state="s", nonce="n", verifier="v", account="acc_1", visit="", target=f"{ISSUER}/app/acc_1/"
)
SESSION = Session(sid="sgn_1", issuer=ISSUER, account="acc_1", visit="", token="t")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Its folder; and nobody is asked anything."""
    monkeypatch.setattr(sign_on, "folder", lambda: tmp_path)
    monkeypatch.setattr(sign_on, "_ask", lambda *_asked, **_more: pytest.fail("it asked the provider"))
    (tmp_path / "sgn_1.session").write_text(json.dumps(asdict(SESSION)))
    return tmp_path


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/app/acc_1/",
        "https://carl.localhost@elsewhere.example/app/",
        "https://carl.localhost:444/app/",
        "http://carl.localhost/app/",
        "//elsewhere.example/app/",
        "https://carl.localhost/me/",
        "https://carl.localhost/app/../me/",
        "https://carl.localhost/app/%2E%2e/me/",
        "javascript:alert(1)",
        "",
    ],
)
def test_people_are_sent_to_its_own_pages_only(target: str) -> None:
    assert not sign_on.same_host(target, ISSUER)
    assert sign_on.same_host(f"{ISSUER}/app/acc_1/content?page=2", ISSUER)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({}, "state"),
        ({"code": "c", "iss": ISSUER}, "state"),
        ({"code": "c", "iss": ISSUER, "state": "another"}, "state"),
        ({"code": "c", "iss": "https://rosa.localhost", "state": "s"}, "state"),
        ({"error": "access_denied", "iss": ISSUER, "state": "s"}, "access_denied"),
    ],
)
def test_an_answer_to_another_question_is_not_taken(answer: dict[str, str], code: str) -> None:
    with pytest.raises(SignOnFailed) as failed:
        sign_on.finish(BEGUN, answer)
    assert str(failed.value) == code


def test_cookies_that_it_did_not_give_are_nobodys() -> None:
    begun, session = signing.dumps(asdict(BEGUN), salt="begun"), signing.dumps("sgn_1", salt="session")
    assert sign_on.begun_of(begun) == BEGUN
    found = {"issuer": ISSUER, "account": "acc_1", "visit": ""}
    assert sign_on.session_of(session, **found) == SESSION
    for wrong in ("", "sgn_1", session[:-1], begun, signing.dumps("../sgn_1", salt="session")):
        assert sign_on.session_of(wrong, **found) is None
    for other in ({"issuer": "https://rosa.localhost"}, {"account": "acc_2"}, {"visit": "ims_1"}):
        assert sign_on.session_of(session, **found | other) is None
    assert sign_on.begun_of(begun[:-1]) is None
    assert sign_on.begun_of(session) is None


def test_a_notice_that_nobody_signed_ends_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_on, "_about", lambda issuer: {"jwks_uri": f"{issuer}/keys"})
    monkeypatch.setattr(sign_on, "_ask", lambda *_asked: {"keys": []})
    monkeypatch.setattr(sign_on, "_program", lambda: {"ref": "app_1"})
    plain = "eyJhbGciOiJub25lIn0.eyJzaWQiOiJzZ25fMSJ9."
    assert [sign_on.hear(ISSUER, token) for token in ("", "a.b.c", plain)] == [False, False, False]
    assert (kept / "sgn_1.session").exists()
