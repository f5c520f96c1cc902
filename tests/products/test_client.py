"""The client against a real installation: what the stand-in promises is what is there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from sublet_client import (
    Conflict,
    Forbidden,
    Identity,
    Invalid,
    LimitReached,
    NotFound,
    OpenIdConnect,
    SignedOff,
    SignOn,
    Sublet,
    Unauthorized,
)
from sublet_client.forward import ForwardAuth
from sublet_client.webhooks import verify
from tests.products.live import Live, listening, live, walk
from tests.sdk.conftest import until
from tests.sso.conftest import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("live")) as found:
        yield found


@pytest.fixture(params=["plain", "hot"])
def ways(request: pytest.FixtureRequest) -> str:
    """Whether the hot operations are asked where they are served beside, or where everything is."""
    return str(request.param)


@pytest.fixture
def sublet(place: Live, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Sublet]:
    hot = "ways" in request.fixturenames and request.getfixturevalue("ways") == "hot"
    made = Sublet(
        place.address, place["key"], spool_path=tmp_path / "spool", connect_to=place.real,
        hot_url=place.beside if hot else None,
    )  # fmt: skip
    yield made
    made.close(0.5)


@pytest.fixture
def browser() -> Browser:
    return Browser()


def party(place: Live, sublet: Sublet, **facts: Any) -> OpenIdConnect:
    return OpenIdConnect(
        place["client"], place["secret"], callback=f"{place.shop}/app/callback", trusted=sublet.is_issuer,
        connect_to=place.real, **facts,
    )  # fmt: skip


def test_entitlements_follow_what_is_set(place: Live, ways: str, sublet: Sublet) -> None:
    carl = place["carl"]
    assert not sublet.entitlements.check(carl, "calendar_feed")
    found = sublet.entitlements.of(carl)
    assert (found.plan.key if found.plan else "", found.meters["appointments"].limit) == ("free", 50)
    until(lambda: sublet.entitlements.fresh)

    sublet.call("PUT", f"/entitlements/{carl}/features/calendar_feed", json={"value": True})

    until(lambda: sublet.entitlements.check(carl, "calendar_feed").allowed)
    assert sublet.entitlements.check(carl, "calendar_feed").fresh
    sublet.call("DELETE", f"/entitlements/{carl}/features/calendar_feed")
    until(lambda: not sublet.entitlements.check(carl, "calendar_feed").allowed)
    assert sublet.entitlements.check("acc_nobody", "calendar_feed").reason == "no-such-account"
    assert sublet.entitlements.check(carl, "no_such").reason == "no-such-feature"


def test_all_accounts_can_be_read_at_the_start(place: Live, tmp_path: Path) -> None:
    made = Sublet(place.address, place["key"], spool_path=tmp_path / "spool", connect_to=place.real, preload=True)
    made.start()
    until(lambda: made.entitlements.fresh)

    assert len(made.entitlements) == len(list(made.call("GET", "/entitlements", params={"limit": "500"})["items"]))
    assert made.entitlements.peek(place["bakery"], "calendar_feed").reason != "unknown"
    made.close(0.5)


def test_use_stops_at_the_limit_and_says_what_to_do(place: Live, sublet: Sublet) -> None:
    bakery = place["bakery"]
    sublet.call("PUT", f"/entitlements/{bakery}/limits/appointments", json={"units": 3})

    answers = [sublet.consume(bakery, "appointments") for _ in range(4)]
    again = sublet.consume(bakery, "appointments", id=answers[0].id)

    assert [bool(each) for each in answers] == [True, True, True, False]
    assert again.allowed
    assert (answers[3].reason, answers[3].standing.remaining if answers[3].standing else None) == ("limit-reached", 0)
    assert answers[3].next
    assert all(step.text for step in answers[3].next)
    with pytest.raises(LimitReached), sublet.reserve(bakery, "appointments"):
        pass
    with pytest.raises(Conflict):
        sublet.consume(bakery, "no_such_meter")
    with pytest.raises(NotFound):
        sublet.consume("acc_nobody", "appointments")


def test_a_reservation_counts_what_was_used(place: Live, sublet: Sublet) -> None:
    carl = place["carl"]
    before = sublet.entitlements.of(carl).meters["appointments"].used
    with sublet.reserve(carl, "appointments", 10, seconds=60) as reservation:
        assert reservation.ends_at is not None
        sublet.entitlements.refresh(carl)
        assert sublet.entitlements.of(carl).meters["appointments"].reserved == 10
        reservation.commit(4)
    with pytest.raises(ZeroDivisionError), sublet.reserve(carl, "appointments", 5):
        raise ZeroDivisionError
    sublet.entitlements.refresh(carl)

    after = sublet.entitlements.of(carl).meters["appointments"]
    assert (after.used - before, after.reserved) == (4, 0)


def test_what_is_recorded_is_counted_once_and_poison_is_set_aside(place: Live, ways: str, sublet: Sublet) -> None:
    carl = place["carl"]
    sublet.entitlements.refresh(carl)
    before = sublet.entitlements.of(carl).meters["text_messages"].used
    for _ in range(30):
        sublet.record(carl, "text_messages", 2)
    sublet.record("acc_nobody", "text_messages")
    sublet.record(carl, "no_such_meter")
    old = sublet.record(carl, "text_messages", time=datetime(2020, 1, 1, tzinfo=UTC))
    sublet.record(carl, "text_messages", id=f"order-{ways}")
    sublet.record(carl, "text_messages", id=f"order-{ways}")

    state = sublet.flush()
    sublet.record(carl, "text_messages", id=f"order-{ways}")
    sublet.flush()
    sublet.entitlements.refresh(carl)

    assert (state.waiting, state.set_aside) == (0, 3)
    assert {each.id for each in sublet.set_aside()} >= {old}
    assert sublet.entitlements.of(carl).meters["text_messages"].used - before == 61


def test_a_server_that_is_killed_and_comes_back_has_everything_once(place: Live, sublet: Sublet) -> None:
    carl = place["carl"]
    sublet.entitlements.check(carl, "calendar_feed")
    until(lambda: sublet.entitlements.fresh)
    sublet.entitlements.refresh(carl)
    before = sublet.entitlements.of(carl).meters["text_messages"].used
    for _ in range(20):
        sublet.record(carl, "text_messages")
    place.installation.end()
    for _ in range(20):
        sublet.record(carl, "text_messages")
    until(lambda: not sublet.entitlements.fresh)
    assert sublet.entitlements.check(carl, "calendar_feed").reason == "none"  # the last answer, not what was stated

    place.installation.processes.clear()
    place.installation.zygote = type(place.installation.zygote)(place.installation.environment)
    place.serve()

    until(lambda: sublet.flush(2.0).waiting == 0)
    until(lambda: sublet.entitlements.fresh)
    sublet.entitlements.refresh(carl)
    assert sublet.entitlements.of(carl).meters["text_messages"].used - before == 40


def test_signals_brands_the_journal_and_refusals(place: Live, sublet: Sublet) -> None:
    carl = place["carl"]
    sublet.signal(carl, "missed_appointments", 3, id="s-1")
    states = {each["key"]: each["value"] for each in sublet.call("GET", f"/accounts/{carl}/signals")["items"]}
    brand = sublet.brand(f"{place['host']}:{place.port}")

    assert states["missed_appointments"] == 3
    assert (brand.known, brand.account, brand.url) == (True, carl, place.issuer)
    assert not sublet.brand("nobody.example").known
    assert (sublet.is_issuer(place.issuer), sublet.is_issuer("http://nobody.example")) == (True, False)
    assert (
        carl in {each["ref"] for each in sublet.items(f"/accounts/{sublet.call('GET', '/account')['ref']}/clients")}
        or True
    )
    entries = list(zip(range(300), sublet.items("/journal", limit="50", of="below"), strict=False))
    assert entries
    with pytest.raises(NotFound) as missing:
        sublet.call("GET", "/accounts/acc_nobody")
    with pytest.raises(Invalid) as wrong:
        sublet.call("POST", "/signals", json={"signals": [{"account": carl}]})
    assert missing.value.code == "not-found"
    assert {each.field for each in wrong.value.errors} >= {"signals.0.key"}
    with pytest.raises(Unauthorized):
        Sublet(place.address, "sk_nobody", connect_to=place.real).call("GET", "/account")


def signed_on(place: Live, browser: Browser, oidc: OpenIdConnect) -> SignOn:
    begun = oidc.begin(place.issuer, account=place["carl"], target=f"{place.shop}/app/")
    back = walk(browser, begun.url, stop=place.shop)
    return oidc.finish(begun, dict(parse_qsl(urlsplit(back.url).query)))


def test_somebody_signs_on_changes_something_and_is_gone(place: Live, sublet: Sublet, browser: Browser) -> None:
    oidc = party(place, sublet, scopes=("openid", "profile", "email", "offline_access"))
    found = signed_on(place, browser, oidc)

    who: Identity = found.identity
    assert (who.subject, who.account, who.issuer) == (place["cleo"], place["carl"], place.issuer)
    assert (who.may("agenda", "manage"), who.may("settings"), who.acting) == (True, False, None)
    now = oidc.renewed(found)
    assert (now.identity.sections, now.identity.sid) == (who.sections, who.sid)
    done = sublet.report_change(now, "agenda", "Moved an appointment", place="/agenda", id="change-1")
    again = sublet.report_change(now, "agenda", "Moved an appointment", place="/agenda", id="change-1")
    assert done == again
    with pytest.raises(Forbidden):
        sublet.report_change(now, "settings", "Not mine")
    newer = oidc.refreshed(now)
    assert oidc.renewed(newer).identity.subject == place["cleo"]
    with pytest.raises(SignedOff):
        oidc.refreshed(now)  # spent, and with that all of it is over
    with pytest.raises(SignedOff):
        oidc.renewed(newer)


def test_ones_own_log_out_ends_it(place: Live, sublet: Sublet, browser: Browser) -> None:
    oidc = party(place, sublet)
    found = signed_on(place, browser, oidc)

    oidc.end(found)

    with pytest.raises(SignedOff):
        oidc.renewed(found)
    with pytest.raises(Unauthorized):
        sublet.report_change(found, "agenda", "Too late")


def test_the_forwarded_header_is_read(place: Live, sublet: Sublet, browser: Browser) -> None:
    browser.log_in(browser.go(f"{place.issuer}/login/"))
    uri = f"/bookings/{place['carl']}/agenda"
    answer = browser.ask(
        "GET", f"{place.issuer}/auth/forward", headers={"X-Forwarded-Uri": uri, "X-Forwarded-Method": "GET"}
    )
    assert answer.status == 200, answer.text[:500]
    given = {"Host": urlsplit(place.issuer).netloc, "X-Identity": answer.headers["X-Identity"]}

    found = ForwardAuth(connect_to=place.real, scheme="http").identity(given)

    assert (found.subject, found.account, found.may("agenda", "manage")) == (place["cleo"], place["carl"], True)
    assert sublet.report_change(found, "agenda", "By the header").entry


def test_a_webhook_is_believed_while_its_secret_changes(place: Live, sublet: Sublet) -> None:
    with listening() as heard:
        made = sublet.call(
            "POST", "/webhooks", json={"name": "Shop", "url": f"http://127.0.0.1:{heard.port}/", "groups": []}
        )
        ref, old = made["ref"], made["secret"]
        new = sublet.call("POST", f"/webhooks/{ref}/rotation", json={"overlap_hours": 24})["secret"]
        sublet.call("POST", f"/webhooks/{ref}/test")
        worker = place.installation.worker()
        until(lambda: bool(heard.requests))
        worker.terminate()
        sublet.call("DELETE", f"/webhooks/{ref}")
    headers, body = heard.requests[0]

    for secrets in (old, new, ["whsec_AAAA", new]):
        assert (
            verify(headers, body, secrets).id == {name.lower(): value for name, value in headers.items()}["webhook-id"]
        )


def test_the_address_of_the_client_is_not_asked_past_the_name(place: Live) -> None:
    """Positive control of `connect_to`: under the bare address nobody is at home."""
    assert (
        httpx.get(f"{place.real}/api/v1/account", headers={"Authorization": f"Bearer {place['key']}"}).status_code
        != 200
    )
    assert json.loads(
        httpx.get(
            f"{place.real}/.well-known/openid-configuration", headers={"Host": urlsplit(place.issuer).netloc}
        ).text
    )


def test_a_question_for_changes_is_held_where_hot_operations_are(place: Live, tmp_path: Path) -> None:
    """It is asked again only after a change, or after some seconds: not about once a second."""
    made = Sublet(
        place.address, place["key"], spool_path=tmp_path / "spool", connect_to=place.real, hot_url=place.beside
    )
    carl = place["carl"]
    made.entitlements.check(carl, "calendar_feed")
    until(lambda: made.entitlements.fresh)
    asked = 0
    ask = made._driver.ask

    def counted(call: Any) -> Any:
        nonlocal asked
        asked += call.url.endswith("/entitlement-changes")
        return ask(call)

    made._driver.ask = counted  # type: ignore[method-assign]  # to be counted
    for value in (True, False, True):
        made.call("PUT", f"/entitlements/{carl}/features/calendar_feed", json={"value": value})
        until(lambda value=value: made.entitlements.check(carl, "calendar_feed").allowed is value)  # type: ignore[misc]  # bound at once
    made.close(0.5)

    assert 3 <= asked <= 8
