"""The way in: keys, hosts, rights, states, languages, media types, pace; and the form of every "no"."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import platform_scope
from sublet.people.models import ApiKey
from sublet.portals.api import limits
from tests.entitlements import load
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import Answer, Caller

SAME_ID = {"x-request-id": "the-same-for-both"}


def words(answer: Answer) -> bytes:
    return answer.response.content


def test_no_key_wrong_key_and_ended_keys_get_the_same_words(world: World, rosa: Caller) -> None:
    def secret(**ended: object) -> str:
        with platform_scope("test data"):
            ApiKey.objects.filter(ref=rosa.ref).update(**ended)
        return rosa.secret

    def ask(key: str) -> Answer:
        return Caller(secret=key, host=ROSA_HOST).get("/account", headers=SAME_ID)

    assert ask(rosa.secret).status == 200
    answers = [ask(""), ask("sk_wrong"), ask("no prefix"), ask("sk_" + "x" * 500), ask("sk_\u00e9")]
    answers.append(ask(secret(expires_at=now() - timedelta(seconds=1))))
    answers.append(ask(secret(expires_at=None, revoked_at=now())))
    assert {each.status for each in answers} == {401}
    assert len({words(each) for each in answers}) == 1
    assert answers[0].response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("of", "hosts"),
    [
        ("vera", {VENDOR_HOST}),
        ("rosa", {ROSA_HOST, VENDOR_HOST}),
        ("carl", {CARL_HOST, ROSA_HOST}),
        ("nora", {REMO_HOST}),
        ("dora", {VENDOR_HOST}),
    ],
)
def test_key_is_nothing_on_hosts_that_do_not_serve_its_account(
    call: Callable[..., Caller], of: str, hosts: set[str]
) -> None:
    caller = call(of)
    known = set()
    for host in (VENDOR_HOST, ROSA_HOST, REMO_HOST, CARL_HOST):
        answer = Caller(secret=caller.secret, host=host).get("/account", headers=SAME_ID)
        if answer.status == 200:
            known.add(host)
        else:
            assert answer.code == "unauthorized"
    assert known == hosts


def test_a_log_in_lets_nobody_in(world: World) -> None:
    response = world.browser("rosa").get("/api/v1/clients")

    assert response.status_code == 401


def test_right_that_a_key_lacks_is_named(call: Callable[..., Caller]) -> None:
    answer = call("rosa", rights={"clients": "view"}).post("/clients", {"name": "X"})

    assert (answer.status, answer.code, answer["right"]) == (403, "forbidden", "clients:manage")
    assert answer["detail"] == "The key lacks the right clients:manage on its account. Make a key that has it."


def test_what_is_for_another_kind_of_account_is_refused_or_not_there(call: Callable[..., Caller]) -> None:
    assert call("carl", host=ROSA_HOST).get("/clients").code == "wrong-account"
    assert call("carl").get("/clients").code == "not-found"  # nobody on this host has clients
    assert call("rosa").get("/accounts").code == "not-found"  # nobody on this host is the vendor
    assert call("rosa", host=VENDOR_HOST).get("/accounts").code == "wrong-account"


def test_suspended_and_closed_accounts_are_told_so(world: World, call: Callable[..., Caller]) -> None:
    assert call("zorba").get("/account").code == "account-suspended"
    with platform_scope("test data"):
        world.zorba.state = "closed"
        world.zorba.save()
    assert call("zorba").get("/account").code == "account-closed"


def test_strangers_things_and_nothing_get_the_same_bytes(world: World, rosa: Caller) -> None:
    def ask(ref: str) -> bytes:
        return words(rosa.get(f"/clients/{ref}", headers=SAME_ID))

    answers = {ask(ref) for ref in (world.bakery.ref, world.remo.ref, new_ref("acc"), "x", "..%2f..", "é" * 300)}

    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "not-found"


def test_reach_of_a_key_ends_where_it_was_made_to(world: World, call: Callable[..., Caller]) -> None:
    narrow = call("rosa", reach=[world.carl])

    assert [each["name"] for each in narrow.get("/clients")["items"]] == ["Carl’s Kitchen"]
    assert narrow.get(f"/clients/{world.elan.ref}").status == 404
    assert narrow.get(f"/accounts/{world.elan.ref}/collaborators").status == 404
    assert narrow.get(f"/accounts/{world.elan.ref}/journal").status == 404
    assert narrow.get(f"/accounts/{world.elan.ref}/brand").status == 404


@pytest.mark.parametrize(
    ("language", "shown"),
    [("it", "it"), ("de, fr;q=0.5", "fr"), ("pt-BR", "pt"), ("de", "en"), ("", "en"), ("*", "en")],
)
def test_no_is_said_in_the_language_that_was_asked_for(rosa: Caller, language: str, shown: str) -> None:
    answer = rosa.get("/nothing", headers={"accept-language": language})

    assert answer.response["Content-Language"] == shown


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b'{"name": NaN}', "application/json", 400, "malformed"),
        (b'{"name": "\\ud800"}', "application/json", 400, "malformed"),
        (b'{"name": "\xff"}', "application/json", 400, "malformed"),
        (b"[" * 100_000, "application/json", 400, "malformed"),
        (b'{"name": "a\\u0000b"}', "application/json", 422, "invalid"),
        (b"[]", "application/json", 422, "invalid"),
        (b"null", "application/json", 422, "invalid"),
        (b'"name"', "application/json", 422, "invalid"),
        (b'{"name": 7}', "application/json", 422, "invalid"),
        (b'{"name": true}', "application/json", 422, "invalid"),
        (b'{"name": "X", "demo_until": 1700000000}', "application/json", 422, "invalid"),
        (b'{"name": "X", "tags": "vip"}', "application/json", 422, "invalid"),
        (b"name=X", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b'{"name": "X"}', "text/plain", 415, "unsupported-media-type"),
        (b'{"name": "' + b"x" * 1_100_000 + b'"}', "application/json", 413, "too-large"),
    ],
)
def test_bodies_that_cannot_be_taken(rosa: Caller, body: bytes, media: str, status: int, code: str) -> None:
    answer = rosa.ask("POST", "/clients", raw=body, media=media)

    assert (answer.status, answer.code) == (status, code)
    assert len(rosa.get("/clients")["items"]) == 3


def test_unknown_and_wrong_parameters_are_refused(rosa: Caller) -> None:
    assert rosa.get("/clients?colour=red&limit=1").fields == [("colour", "unknown-field")]
    for limit in ("0", "201", "-1", "1e3", "99999999999999999999999", "one", ""):
        assert rosa.get(f"/clients?limit={limit}").fields[0][0] == "limit", limit
    assert rosa.get("/clients?sort=colour").fields == [("sort", "unknown-word")]
    assert rosa.get("/clients?search=a%00b").fields == [("search", "control-character")]


def test_method_that_is_not_there_is_refused_with_those_that_are(rosa: Caller) -> None:
    answer = rosa.ask("TRACE", "/clients")

    assert (answer.status, answer.code) == (405, "method-not-allowed")
    assert answer.response["Allow"] == "GET, HEAD, OPTIONS, POST"
    options = rosa.ask("OPTIONS", "/clients")
    assert (options.status, options.response["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_head_is_get_without_the_body(rosa: Caller) -> None:
    whole, head = rosa.get("/account"), rosa.ask("HEAD", "/account")

    assert (head.status, head.response.content) == (200, b"")
    assert head.response["Content-Length"] == str(len(whole.response.content))
    assert head.response["ETag"] == whole.response["ETag"]


def test_unexpected_fault_says_nothing_of_itself(world: World, rosa: Caller) -> None:
    with platform_scope("test data"):
        world.rosa.timezone = "Secret/Nowhere"  # no operation stores such a one
        world.rosa.save()

    answer = rosa.get("/account")

    assert (answer.status, answer.code) == (500, "server-error")
    assert b"Nowhere" not in answer.response.content
    assert b"Zone" not in answer.response.content


def test_request_id_is_the_callers_own_or_a_fresh_one(rosa: Caller) -> None:
    assert (
        rosa.get("/account", headers={"x-request-id": "my-own-number-1"}).response["X-Request-Id"] == "my-own-number-1"
    )
    assert len(rosa.get("/account").response["X-Request-Id"]) == 32


def test_nothing_is_kept_by_caches(rosa: Caller) -> None:
    assert rosa.get("/account").response["Cache-Control"] == "no-store"


def test_key_that_asks_too_fast_waits_and_others_do_not(
    rosa: Caller, carl: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BY_KEY", limits.Buckets(rate=0.001, burst=2))

    answers = [rosa.get("/account") for _ in range(3)]

    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[2].code == "too-many-requests"
    assert int(answers[2].response["Retry-After"]) > 900
    assert carl.get("/account").status == 200


def test_a_key_that_looks_up_does_not_read_a_list_one_by_one(
    world: World, call: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "LOOK_UPS", limits.Buckets(rate=0.001, burst=2))
    looks, exports = call("rosa", rights={"clients": "manage"}, name="looks"), call("rosa")
    places = [f"/clients/{each.ref}" for each in (world.carl, world.elan, world.zorba)]
    for key, last in ((looks, 429), (exports, 200)):
        assert [key.get(place).status for place in places] == [200, 200, last]
        assert key.patch(places[2], {"city": "Napoli"}).status == last  # its answer shows the same
        assert key.get("/clients").status == 200
    assert Account.unscoped.get(id=world.zorba.id).city == "Napoli"  # unscoped: as stored
    assert call("rosa", rights={"clients": "view"}, name="another").get(places[0]).status == 200


def test_wrong_keys_from_one_address_are_slowed_down(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(limits, "BY_ADDRESS", limits.Buckets(rate=0.001, burst=2))
    stranger = Caller(secret="sk_wrong", host=ROSA_HOST)

    assert [stranger.get("/account").status for _ in range(3)] == [401, 401, 429]


def test_unknown_host_gets_nothing(rosa: Caller) -> None:
    response = Client().get(
        "/api/v1/account", headers={"host": "unknown.example", "authorization": f"Bearer {rosa.secret}"}
    )

    assert (response.status_code, b"api" in response.content.lower()) == (404, False)


@pytest.mark.parametrize("path", ["/clients/", "/v2/clients", "/clients//x", "/CLIENTS", "/../v1/clients"])
def test_addresses_that_are_none(rosa: Caller, path: str) -> None:
    assert rosa.get(path).code == "not-found"


def test_bucket_fills_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(limits, "monotonic", lambda: clock[0])
    bucket = limits.Buckets(rate=2, burst=2)

    assert [bucket.take("a") for _ in range(3)] == [0, 0, 1]
    assert bucket.take("b") == 0
    clock[0] = 0.5
    assert [bucket.take("a"), bucket.take("a")] == [0, 1]
    clock[0] = 100.0
    assert [bucket.take("a") for _ in range(3)] == [0, 0, 1]


def test_a_body_of_several_goes_as_long_as_one_is_within_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(limits, "monotonic", lambda: clock[0])
    bucket = limits.Buckets(rate=1, burst=10)

    assert [bucket.take_together({"greedy": 4}) for _ in range(3)] == [0, 0, 2]
    assert bucket.take_together({"greedy": 5, "modest": 1}) == 0  # it counts for both
    assert [bucket.take_together({"greedy": 1}), bucket.take_together({"modest": 1})] == [4, 0]
    # What is larger than a bucket goes with a full one, and nobody's debt is larger than a bucket.
    assert bucket.take_together({"large": 50}) == 0
    assert bucket.take_together({"large": 1}) == 11
    clock[0] = 11.0
    assert bucket.take_together({"large": 1}) == 0
    assert bucket.take_together({}) == 0


def test_a_products_key_asks_about_each_account_within_its_share(
    world: World, call: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(world)
    monkeypatch.setattr(limits, "BY_TENANT", limits.Buckets(rate=0.001, burst=3))
    monkeypatch.setattr(limits, "BY_KEY", limits.Buckets(rate=0.001, burst=6))
    one, other = call("vera"), call("vera")

    def used(caller: Caller, ref: str, number: int) -> int:
        about = {"account": ref, "meter": "appointments", "id": f"{number}", "source": "app"}
        return caller.post("/consume", about).status

    greedy = [used(one if number % 2 else other, world.carl.ref, number) for number in range(20)]
    assert (greedy.count(200), greedy.count(429)) == (3, 17)
    refused = one.get(f"/entitlements/{world.carl.ref}")
    assert (refused.status, refused.code, int(refused.response.headers["Retry-After"]) > 0) == (
        429,
        "too-many-requests",
        True,
    )
    told = {"events": [{"account": world.carl.ref, "meter": "appointments", "id": "e", "source": "app"}]}
    assert one.post("/usage-events", told).status == 429
    # What was refused used up nothing of the key's own pace: another account is asked about.
    assert [used(one, world.elan.ref, 100 + number) for number in range(3)] == [200] * 3
    # A reseller's own key asks about itself and its clients as before.
    assert [call("rosa").get(f"/entitlements/{world.carl.ref}").status for _ in range(4)] == [200] * 4
