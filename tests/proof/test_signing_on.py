"""A running scan is signed on to a product with a log-in of its own: to look, in its account, on its host, until it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from requests.structures import CaseInsensitiveDict

from sublet.core.leaks import Word
from sublet.foundation import clock, outbound
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import account_scope, platform_scope
from sublet.people.models import Collaborator
from sublet.people.queries.sections import SectionAddress
from sublet.proof import operations, visitor
from sublet.proof import product as product_pages
from sublet.proof.gathering import Gathered, Looking, product_as
from sublet.proof.models import Scan
from sublet.proof.product import COOKIE, fetcher, product
from sublet.proof.scanning import looking_at
from sublet.proof.signing_on import signer
from sublet.signon.models import Application, SignOn, SignOnToken
from sublet.signon.operations import CannotSignOn, LookWanted, begin_look, end_looks
from sublet.signon.operations.sign_ons import end_lost_sign_ons
from tests import factories
from tests.people import CARL_HOST, ROSA_HOST, World
from tests.signon import Program, register

pytestmark = pytest.mark.django_db
PLACE = f"https://{CARL_HOST}"


class OwnLogIn:
    """A product that asks by itself who comes, in the place of the client that speaks to the proxy."""

    def __init__(self, program: Program, account: str) -> None:
        self.program, self.account = program, account
        self.cookies = requests.Session().cookies
        self.asked: list[str] = []
        self.tokens: dict[str, Any] = {}
        self.cookie = ""  # as long as it is empty nobody is signed on
        self.more: dict[str, str] = {}

    def get(self, url: str) -> requests.Response:
        assert url.startswith(PLACE + "/"), url  # nothing is asked of any other place
        parts = urlsplit(url)
        self.asked.append(parts.path)
        if parts.path == "/app/callback":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            assert (asked["state"], asked["iss"]) == ("s-1", PLACE)
            self.tokens = self.program.redeem(asked["code"]).json()
            self.cookie = "signed-on"
            return self._answer(302, Location=f"/app/{self.account}/design")
        if parts.path.startswith("/app/") and not self.cookie:
            asks = self.program.asks(**{"login_hint": self.account, **self.more})
            return self._answer(302, Location=PLACE + asks)
        told = self.program.userinfo(self.tokens["access_token"])
        if told.status_code != 200:
            return self._answer(401)
        body = "<p>by Vantage</p>" if parts.path.endswith("pages") else "<p>Fine</p>"
        return self._answer(200, body, **{"Content-Type": "text/html"})

    def _answer(self, status: int, body: str = "", **headers: str) -> requests.Response:
        made = requests.Response()
        made.status_code, made._content = status, body.encode()
        made.headers = CaseInsensitiveDict(headers)
        return made


@pytest.fixture
def program(world: World) -> Program:
    return register(world)


@pytest.fixture
def scan(world: World) -> Scan:
    at = clock.now()
    with platform_scope("test data"):
        made = Scan.objects.create(
            account=world.carl, cause="person", state="running", version="1", host=CARL_HOST, asked_by_name="R",
            created_at=at, started_at=at,
        )  # fmt: skip
        operations._passed(made, [world.places["carl"].ref], world.actor("rosa"), at)
        made.refresh_from_db()
    return made


@pytest.fixture
def looking(world: World) -> Iterator[Looking]:
    with account_scope(world.carl.id):
        yield looking_at(world.carl, CARL_HOST, (Word("Vantage", "name"),), (), clock.now())


@pytest.fixture
def there(program: Program, world: World, monkeypatch: pytest.MonkeyPatch) -> OwnLogIn:
    made = OwnLogIn(program, world.carl.ref)
    monkeypatch.setattr(outbound, "session", lambda *_limits, **_facts: made)
    found = [SectionAddress(key, f"https://{{host}}/app/{{account}}/{key}") for key in ("design", "pages")]
    monkeypatch.setattr(product_pages, "section_addresses", lambda: found)
    return made


def walked(world: World, scan: Scan, looking: Looking) -> tuple[dict[str, str], Gathered]:
    sign_on = signer(scan, looking, actor=world.actor("rosa"), now=clock.now)
    into = Gathered()
    fetch = fetcher(looking, "x" * 43, sign_on)
    return product(looking, into, lambda _done, _known: None, fetch), into


def test_a_product_behind_its_own_log_in_is_looked_at(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    before = list(Collaborator.unscoped.values_list("id", "last_seen_at"))
    measured, into = walked(world, scan, looking)
    assert measured == {"design": "clean", "pages": "found"}
    assert [(each.address, each.leak.word) for each in into.found] == [(f"/app/{world.carl.ref}/pages", "Vantage")]
    assert into.skipped == ["others"]  # the product is seen as one person alone
    assert there.asked.count("/app/callback") == 1  # one sign-on for all pages
    assert there.cookies[COOKIE] == "x" * 43

    claims = there.program.claims(there.tokens["id_token"])
    assert (claims["account"], claims["sub"], claims["looking"]) == (world.carl.ref, world.users["carl"].ref, True)
    assert set(claims["sections"].values()) == {"manage"}  # as the owner holds them
    assert "refresh_token" not in there.tokens  # though it was asked for
    assert "amr" not in claims
    row = SignOn.unscoped.get()
    assert (row.is_look, row.host, row.account_id, row.expires_at) == (True, CARL_HOST, world.carl.id, scan.pass_until)

    # Journaled, and in nobody's name but the scan's; nobody seems to have been there.
    (entry,) = JournalEntry.unscoped.filter(event__startswith="sign_on.")
    assert (entry.event, entry.account_id, entry.actor_name) == ("sign_on.looked", world.carl.id, "Rosa Ricci")
    assert list(Collaborator.unscoped.values_list("id", "last_seen_at")) == before
    assert Application.unscoped.get().last_used_at is None


@pytest.mark.parametrize("more", [{"login_hint": ""}, {"prompt": "none"}])
def test_an_owner_of_two_accounts_is_looked_as_in_this_one(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn, more: dict[str, str]
) -> None:
    factories.make_collaborator(world.elan, world.users["carl"], rights={"product.design": "manage"})
    there.more = more
    measured, _into = walked(world, scan, looking)
    assert measured == {"design": "clean", "pages": "found"}
    assert SignOn.unscoped.get().account_id == world.carl.id


def test_each_further_person_is_signed_on_with_rights_of_its_own(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    with platform_scope("test data"):
        world.places["cleo"].rights_words = {"product.design": "view"}
        world.places["cleo"].save()
    [who] = looking.others
    further = signer(scan, looking, who=product_as(who), actor=world.actor("rosa"), now=clock.now)
    walk_as_owner = walked(world, scan, looking)
    there.cookie = ""  # cookies are of one person: another one has none
    answer = fetcher(looking, "y" * 43, further)(f"/app/{world.carl.ref}/design")
    claims = there.program.claims(there.tokens["id_token"])
    assert (answer.status, claims["sub"], claims["sections"]) == (200, world.users["cleo"].ref, {"design": "view"})
    assert {each.user_id for each in SignOn.unscoped.all()} == {world.users["carl"].id, world.users["cleo"].id}
    assert walk_as_owner[0]["design"] == "clean"


def test_no_change_is_told_in_the_name_of_whoever_is_looked_as(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    """The product holds the token and is told that this person may manage; what it tells back is refused all the same."""
    walked(world, scan, looking)
    token = there.tokens["access_token"]
    assert there.program.userinfo(token).json()["sections"]["design"] == "manage"
    answer = Client(headers={"host": CARL_HOST}).post(
        f"/api/v1/accounts/{world.carl.ref}/product-changes",
        json.dumps({"section": "design", "text": "Color", "place": "/design"}), content_type="application/json",
        headers={"authorization": f"Bearer {token}", "idempotency-key": "9f1c2a7e-8b1d-4b0e-9f52-5f1f0e7a9c11"}, secure=True,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (403, "section-closed")
    assert not JournalEntry.unscoped.filter(event="product.changed").exists()


def test_it_ends_with_the_scan_and_the_product_is_told(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    walked(world, scan, looking)
    token = there.tokens["access_token"]
    assert there.program.userinfo(token).status_code == 200
    operations._keep(
        scan, Gathered(looked_at=1), sections={}, looking=looking, actor=world.actor("rosa"), at=clock.now()
    )
    assert there.program.userinfo(token).status_code == 401
    assert there.program.introspect(token) == {"active": False}
    assert SignOn.unscoped.get().ended_by == "looked"
    assert Job.unscoped.filter(kind="signon.tell_end").count() == 1
    assert not SignOnToken.unscoped.filter(kind="access").exists()


def test_a_scan_that_fails_signs_off(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(scan: Scan, *_more: Any) -> Any:
        operations._passed(scan, [world.places["carl"].ref], world.actor("rosa"), clock.now())
        walked(world, scan, looking)
        raise ValueError("x")

    monkeypatch.setattr(operations, "_gathered", broken)
    with pytest.raises(ValueError, match="x"):
        operations.run_scan(scan_ref=scan.ref, actor=world.actor("rosa"), at=clock.now())
    assert SignOn.unscoped.get().ended_by == "looked"


def test_one_whose_process_was_killed_ends_by_itself(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    walked(world, scan, looking)
    SignOn.unscoped.update(expires_at=clock.now())
    assert there.program.userinfo(there.tokens["access_token"]).status_code == 401
    with platform_scope("test"):
        assert end_lost_sign_ons(site_of=lambda _host: None, account_id=None, at=clock.now()) == 1


def test_the_next_run_ends_what_the_one_before_has_signed_on_to(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    walked(world, scan, looking)
    operations._passed(scan, [world.places["carl"].ref], world.actor("rosa"), clock.now())
    assert SignOn.unscoped.get().ended_by == "looked"


@pytest.mark.parametrize(
    "more",
    [
        {"redirect_uri": f"https://{ROSA_HOST}/app/callback"},  # not registered for this host
        {"client_id": "app_nobody12345"},
        {"code_challenge": "short"},
        {"scope": "profile"},
        {"prompt": "login"},  # who sits there must show anew who they are: nobody does
    ],
)
def test_what_the_log_in_refuses_people_it_refuses_the_scan(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn, more: dict[str, str]
) -> None:
    there.more = more
    measured, into = walked(world, scan, looking)
    assert set(measured.values()) == {"unseen"}
    assert into.skipped == ["product"]
    assert "/app/callback" not in there.asked
    assert not SignOn.unscoped.exists()


@pytest.mark.parametrize("name", ["bakery", "elan", "rosa"])
def test_no_other_account_is_opened(world: World, scan: Scan, looking: Looking, there: OwnLogIn, name: str) -> None:
    there.more = {"login_hint": getattr(world, name).ref}
    measured, _into = walked(world, scan, looking)
    assert set(measured.values()) == {"unseen"}
    assert not SignOn.unscoped.exists()


@pytest.mark.parametrize("changes", [{"state": "done"}, {"pass_digest": ""}, {"pass_until": None}, {"host": ROSA_HOST}])
def test_a_scan_that_is_over_signs_on_to_nothing(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn, changes: dict[str, Any]
) -> None:
    Scan.unscoped.update(**changes)
    measured, _into = walked(world, scan, looking)
    assert set(measured.values()) == {"unseen"}
    assert not SignOn.unscoped.exists()


def wanted(looking: Looking, program: Program) -> LookWanted:
    told = visitor.ask(host=CARL_HOST, address=program.asks(), shown_to=looking.given).told
    assert isinstance(told, LookWanted)
    return told


def test_what_begins_it_checks_for_itself(world: World, scan: Scan, looking: Looking, program: Program) -> None:
    from dataclasses import replace

    at, right = clock.now(), wanted(looking, program)
    usual: dict[str, Any] = {
        "wanted": right, "user_id": world.users["carl"].id, "host": CARL_HOST, "digest": scan.pass_digest,
        "until": scan.pass_until, "actor": world.actor("rosa"), "at": at,
    }  # fmt: skip
    for changes in (
        {"until": at},
        {"digest": ""},
        {"user_id": world.users["nora"].id},  # somebody of another account
        {"wanted": replace(right, account=world.bakery.ref)},  # out of the scope
        {"wanted": replace(right, application="app_nobody12345")},
    ):
        with pytest.raises(CannotSignOn):
            begin_look(**usual | changes)
    assert not SignOn.unscoped.exists()
    assert begin_look(**usual)
    assert end_looks(digest="", actor=world.actor("rosa"), at=at) == 0
    assert end_looks(digest="0" * 64, actor=world.actor("rosa"), at=at) == 0
    assert end_looks(digest=scan.pass_digest, actor=world.actor("rosa"), at=at) == 1


def test_asking_by_a_pass_writes_nothing_and_a_browser_gets_no_such_answer(
    world: World, looking: Looking, program: Program
) -> None:
    answer = visitor.ask(host=CARL_HOST, address=program.asks(), shown_to=looking.given)
    assert (answer.status, answer.body, answer.header("Location")) == (204, b"", "")
    assert not SignOn.unscoped.exists()
    assert visitor.ask(host=CARL_HOST, address=program.asks(), shown_to=None).told is None
    stranger = Client(headers={"host": CARL_HOST})
    forged: dict[str, Any] = {visitor.LOOKING: "1"}
    assert "/login/" in stranger.get(program.asks(), secure=True, **forged)["Location"]
    tokens = program.tokens(world.browser("carl"))
    assert "looking" not in program.claims(tokens["id_token"])
    assert SignOn.unscoped.get().is_look is False


def test_a_person_who_may_come_in_no_more_is_looked_as_no_more(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    walked(world, scan, looking)
    token = there.tokens["access_token"]
    Collaborator.unscoped.filter(id=world.places["carl"].id).update(ended_at=clock.now())
    assert there.program.userinfo(token).status_code == 401


def test_it_is_worth_nothing_on_another_host_and_a_code_works_once(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn
) -> None:
    real, codes = there.program.redeem, []

    def redeem(code: str, **other: str) -> Any:
        codes.append(code)
        return real(code, **other)

    there.program.redeem = redeem  # type: ignore[method-assign]  # to hear the code
    walked(world, scan, looking)
    assert there.program.userinfo(there.tokens["access_token"], host=ROSA_HOST).status_code == 401
    assert real(codes[0]).status_code == 400
    assert there.program.userinfo(there.tokens["access_token"]).status_code == 401  # a code that comes twice ends it


def test_an_access_token_that_is_over_is_got_anew_a_few_times(
    world: World, scan: Scan, looking: Looking, there: OwnLogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(there, "cookie", "")
    fetch = fetcher(looking, "x" * 43, signer(scan, looking, actor=world.actor("rosa"), now=clock.now))
    statuses = []
    for number in range(6):
        statuses.append(fetch(f"/app/{world.carl.ref}/design?{number}").status)
        there.cookie = ""  # as if it were over
    assert statuses == [200] * 4 + [302] * 2
    assert SignOn.unscoped.count() == 4


def test_the_pass_may_not_last_longer_than_its_scan_may(scan: Scan) -> None:
    assert scan.pass_until is not None
    assert scan.pass_until - clock.now() <= timedelta(minutes=20)
