"""What Sublet tells by webhook, signed; and signing on, with a provider that answers as Sublet does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace
from typing import Any

import pytest

from bookings import settings, sublet
from bookings.platform import Lapsed, Unreachable
from bookings.settings import WrongSetting
from sublet_client import NextStep, errors
from tests.salon.conftest import ACCOUNT, Salon

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


def send(
    salon: Salon, kind: str, *, id: str = "01", account: str = ACCOUNT, secret: str = SECRET, age: float = 0
) -> int:
    salon.parts.settings = replace(salon.parts.settings, hook_secrets=(SECRET,))
    body = json.dumps(
        {
            "type": kind, "timestamp": "2026-08-03T08:00:00Z",
            "data": {"entry": id, "account": account, "actor": {"name": "", "impersonator": "", "via": "web"}, "reason": "", "details": {}},
        }
    )  # fmt: skip
    at = str(int(time.time() - age))  # noqa: TID251  # the signature is for now
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mark = base64.b64encode(hmac.new(key, f"{id}.{at}.{body}".encode(), hashlib.sha256).digest()).decode()
    headers = {
        "webhook-id": id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{mark}",
        "Content-Type": "application/json",
    }
    return int(salon.visitor().post("/bookings/hooks", data=body, headers=headers).status_code)


def test_an_account_is_suspended_resumed_and_closed(salon: Salon) -> None:
    for number, (kind, state) in enumerate(
        [
            ("account.suspended", "suspended"),
            ("account.resumed", "open"),
            ("account.closed", "closed"),
            ("account.reopened", "open"),
        ]
    ):
        assert send(salon, kind, id=str(number)) == 204
        assert salon.place["state"] == state
    assert send(salon, "account.closed", id="9", account="acc_nobody") == 204


def test_what_comes_late_undoes_nothing_newer(salon: Salon) -> None:
    """Sent again after an hour, when the account has long been resumed."""
    assert send(salon, "account.resumed", id="7", age=10) == 204
    assert send(salon, "account.suspended", id="3", age=60) == 204
    assert salon.place["state"] == "open"
    assert send(salon, "account.suspended", id="8", age=5) == 204
    assert salon.place["state"] == "suspended"


def test_what_is_not_signed_or_too_old_is_not_believed(salon: Salon) -> None:
    wrong = "whsec_" + base64.b64encode(b"w" * 24).decode()
    assert send(salon, "account.closed", secret=wrong) == 400
    assert send(salon, "account.closed", age=3600) == 400
    assert salon.visitor().post("/bookings/hooks", data="{}").status_code == 400
    assert salon.place["state"] == "open"


def test_the_same_event_again_does_nothing_more(salon: Salon) -> None:
    send(salon, "account.suspended", id="1")
    send(salon, "account.resumed", id="2")
    assert send(salon, "account.suspended", id="1") == 204
    assert salon.place["state"] == "open"


def test_a_brand_that_changed_is_asked_for_anew(salon: Salon) -> None:
    for number, kind in enumerate(
        ("brand.changed", "sender.changed", "collaborator.removed", "limit.threshold_crossed")
    ):
        send(salon, kind, id=str(number))
    assert salon.platform.forgotten == 2


@pytest.mark.parametrize(
    "path", ["/bookings/login?iss=https://evil.example", "/bookings/callback?code=x&state=y", "/bookings/login"]
)
def test_a_sign_on_that_nobody_began_leads_nowhere(salon: Salon, path: str) -> None:
    answer = salon.visitor().get(path)
    assert answer.status_code in (403, 404)
    assert "Set-Cookie" not in answer.headers


def test_a_cookie_that_nobody_signed_opens_nothing(salon: Salon) -> None:
    salon.signed_on()
    thief = salon.visitor()
    for value in ("sgn_0", "sgn_0.", "sgn_0." + "0" * 40):
        thief.set_cookie("bookings", value, domain="salon.localhost", path=f"/bookings/{ACCOUNT}")
        assert thief.get(f"/bookings/{ACCOUNT}/agenda").status_code == 403


def test_a_sign_on_of_one_visit_is_none_of_another(salon: Salon) -> None:
    act = {
        "sub": "u",
        "name": "Rosa",
        "account": "a",
        "mode": "client",
        "visit": "ims_one",
        "acting_as": "Olga",
        "exp": 1785750000,
    }
    client = salon.signed_on(act=act)
    cookie = client.get_cookie("bookings", domain="salon.localhost", path=f"/as/ims_one/bookings/{ACCOUNT}")
    assert cookie is not None
    other = salon.visitor()
    other.set_cookie("bookings", cookie.value, domain="salon.localhost", path="/")
    assert other.get(f"/bookings/{ACCOUNT}/agenda").status_code == 403
    assert other.get(f"/as/ims_two/bookings/{ACCOUNT}/agenda").status_code == 403
    assert other.get(f"/as/ims_one/bookings/{ACCOUNT}/agenda").status_code == 200


# --- the adapter ------------------------------------------------------------------------------------------------------


def problem(status: int, code: str) -> errors.Problem:
    return errors.Problem(status, code, "", "")


class Reservation:
    """One of the SDK's, whose settling has the answers that a test gives."""

    ends_at, settled = None, False

    def __init__(self, ref: str, answers: list[Exception | None]) -> None:
        self.ref, self.answers = ref, answers

    def commit(self) -> None:
        if (fault := self.answers.pop(0)) is not None:
            raise fault

    release = commit


class Client:
    """The SDK, as far as reservations go."""

    def __init__(self, *answers: Reservation | Exception, later: list[Exception | None]) -> None:
        self.answers, self.later = list(answers), later
        self.asked: list[tuple[object, ...]] = []

    def begin_reservation(self, account: str, meter: str, *, seconds: int, id: str) -> Reservation:
        self.asked.append((account, meter, seconds, id))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def reservation(self, ref: str) -> Reservation:
        self.asked.append((ref,))
        return Reservation(ref, self.later)


def test_a_reservation_in_the_words_of_the_sdk() -> None:
    client = Client(
        Reservation("rsv_1", [errors.ServerFault(problem(503, "x"), 0), None]),
        errors.LimitReached("limit-reached", None, (NextStep("trial", "Start it."),)),
        errors.Unreachable("away"),
        errors.NotFound(problem(404, "not-found")),
        later=[errors.Conflict(problem(409, "reservation-lapsed")), errors.NotFound(problem(404, "not-found"))],
    )
    platform = sublet.SubletPlatform(client)  # type: ignore[arg-type]  # a stand-in
    assert platform.reserve("acc_1", "appointments", id="apt_1").ref == "rsv_1"
    assert client.asked == [("acc_1", "appointments", 300, "apt_1")]
    refused = platform.reserve("acc_1", "appointments", id="apt_2")
    assert (refused.allowed, [way.kind for way in refused.ways_out]) == (False, ["trial"])
    for _ in range(2):
        with pytest.raises(Unreachable):
            platform.reserve("acc_1", "appointments", id="apt_3")
    with pytest.raises(Unreachable):
        platform.commit("rsv_1")
    platform.commit("rsv_1")  # the same one again: nothing was told of it in between
    assert ("rsv_1",) not in client.asked
    for _ in range(2):  # by its reference, as after another process had begun it
        with pytest.raises(Lapsed):
            platform.commit("rsv_1")


def test_reservations_that_nobody_settles_are_not_kept_for_ever() -> None:
    many = [Reservation(f"rsv_{number}", []) for number in range(sublet.MOST_HELD + 50)]
    platform = sublet.SubletPlatform(Client(*many, later=[]))  # type: ignore[arg-type]  # a stand-in
    for number in range(len(many)):
        platform.reserve("acc_1", "appointments", id=f"apt_{number}")
    assert len(platform._held) == sublet.MOST_HELD


def test_settings_are_read_and_what_is_missing_is_named(tmp_path: Any) -> None:
    with pytest.raises(WrongSetting, match="BOOKINGS_SECRET"):
        settings.read({})
    (tmp_path / "secret").write_text("s" * 40 + "\n")
    told = settings.read({"BOOKINGS_SECRET_FILE": str(tmp_path / "secret"), "BOOKINGS_FOLDER": str(tmp_path / "x")})
    assert (told.secret, told.bind, told.database) == ("s" * 40, "127.0.0.1:9000", tmp_path / "x" / "bookings.sqlite3")
