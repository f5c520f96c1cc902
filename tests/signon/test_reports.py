"""What the host product tells of changes made in it: only for whoever is signed on, there, and as long as that stands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import Delivery
from sublet.messaging.webhook_operations import create_webhook
from sublet.people import operations as people_operations
from sublet.people.models import Collaborator, Grant, LogIn, Section, StaffTeam, User
from sublet.people.operations import grants, staff_teams
from sublet.portals.api import limits
from sublet.portals.shared.people import LOG_IN_KEY
from sublet.signon import operations
from sublet.signon.models import SignOn
from sublet.signon.operations import Bearer
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.portals.api.caller import make_caller
from tests.signon import Program, register
from tests.signon.test_grants import grant_of, visiting

TEXT = "Headline: Sunday lunch"
CHANGE = {"section": "content", "text": TEXT, "place": "/content/12"}


@pytest.fixture(autouse=True)
def addresses(world: World) -> None:
    """The sections open where the manifests of the examples have them; nobody has asked for anything yet."""
    for section in Section.objects.all():
        section.address = f"https://{{host}}/app/{{account}}/{section.key}"
        section.save()
    for buckets in (limits.REPORTS, limits.BY_ADDRESS):
        buckets.forget()


def report(
    account: str, secret: str, *, host: str = CARL_HOST, key: str | None = "", language: str = "en", **change: Any
) -> Any:
    """As the product tells it."""
    headers = {"authorization": f"Bearer {secret}", "accept-language": language}
    if key is not None:
        headers["idempotency-key"] = key or str(uuid.uuid4())
    return Client(headers={"host": host}).post(
        f"/api/v1/accounts/{account}/product-changes",
        json.dumps(CHANGE | change),
        content_type="application/json",
        headers=headers,
        secure=True,
    )


def logged_in(world: World, person: str) -> Client:
    """That person's browser, with its log-in among the person's own."""
    browser = world.browser(person)
    session = browser.session
    session[LOG_IN_KEY] = log_ins_row(world, person, session.session_key or "").ref
    session.save()
    return browser


def log_ins_row(world: World, person: str, session_key: str) -> LogIn:
    return LogIn.objects.create(
        user=world.users[person], session_key=session_key, device_hash="d" * 64, host=world.hosts[person],
        created_at=now(), last_used_at=now(),
    )  # fmt: skip


def header(browser: Client, world: World, visit: str = "") -> str:
    """The identity header of a request to the product."""
    uri = f"{f'/as/{visit}' if visit else ''}/app/{world.carl.ref}/content"
    headers = {"accept": "text/html", "x-forwarded-method": "GET", "x-forwarded-uri": uri}
    found: str = browser.get("/auth/forward?answer=401", headers=headers, secure=True)["X-Identity"]
    return found


def by_token(world: World, visit_mode: str = "") -> tuple[Client, str]:
    browser = visiting(world, visit_mode)[0] if visit_mode else logged_in(world, "cleo")
    return browser, str(register(world).tokens(browser)["access_token"])


def by_header(world: World, visit_mode: str = "") -> tuple[Client, str]:
    if not visit_mode:
        browser = logged_in(world, "cleo")
        return browser, header(browser, world)
    browser, visit = visiting(world, visit_mode)
    return browser, header(browser, world, visit)


WAYS = pytest.mark.parametrize("way", [by_token, by_header], ids=["access token", "identity header"])
Way = Callable[..., tuple[Client, str]]


def told() -> list[JournalEntry]:
    return list(JournalEntry.unscoped.filter(event="product.changed").order_by("id"))


@WAYS
def test_a_change_is_one_entry_in_the_persons_name(world: World, way: Way) -> None:
    _browser, secret = way(world)
    before = JournalEntry.unscoped.count()

    answer = report(world.carl.ref, secret)

    assert answer.status_code == 201, answer.content
    assert JournalEntry.unscoped.count() == before + 1
    (entry,) = told()
    assert answer.json() == {
        "entry": str(entry.id),
        "at": answer.json()["at"],
        "section": "content",
        "text": TEXT,
        "place": "/content/12",
    }
    assert (entry.account_id, entry.parent_id) == (world.carl.id, world.rosa.id)
    assert (entry.actor_user_id, entry.impersonator_user_id, entry.via) == (world.users["cleo"].id, None, "api")
    assert (entry.host, entry.reason, entry.key_ref) == (CARL_HOST, "", "")
    assert entry.data["application"] == ("Planner" if way is by_token else "")
    assert {key: entry.data[key] for key in ("section", "text", "place")} == CHANGE


@WAYS
@pytest.mark.parametrize("mode", ["client", "reseller"])
def test_in_a_visit_both_identities_stand_in_it(world: World, way: Way, mode: str) -> None:
    _browser, secret = way(world, mode)
    assert report(world.carl.ref, secret).status_code == 201
    (entry,) = told()
    assert (entry.impersonator_user_id, entry.impersonator_name) == (world.users["rosa"].id, "Rosa Ricci")
    assert entry.actor_user_id == world.users["cleo" if mode == "client" else "rosa"].id
    assert entry.impersonation_ref.startswith("ims_")


@WAYS
def test_what_somebody_may_only_look_at_nobody_has_changed(world: World, way: Way) -> None:
    _browser, secret = way(world)
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"product.content": "view"})
    for section in ("content", "design"):
        answer = report(world.carl.ref, secret, section=section)
        assert (answer.status_code, answer.json()["code"]) == (403, "section-closed")
        assert answer.json()["right"] == f"product.{section}:manage"
    assert told() == []
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"product.content": "manage"})
    assert report(world.carl.ref, secret).status_code == 201  # the positive control: the same token


@WAYS
@pytest.mark.parametrize("mode", ["client", "reseller"])
@pytest.mark.parametrize("how", ["ended", "run out", "narrowed", "visit ended"])
def test_what_a_visit_has_lost_it_does_not_report_any_more(world: World, way: Way, mode: str, how: str) -> None:
    type(world.carl).unscoped.filter(id=world.carl.id).update(ownership="client")
    _browser, secret = way(world, mode)
    assert report(world.carl.ref, secret).status_code == 201
    facts: dict[str, Any] = {"client_ref": world.carl.ref, "grant_ref": grant_of(world), "at": now()}
    if how == "ended":
        with world.scope("carl") as actor:
            grants.end_grant(reason="Done", actor=actor, **facts)
    elif how == "narrowed":
        with world.scope("carl") as actor:
            grants.narrow_grant(sections={"product.content": "view"}, actor=actor, **facts)
    elif how == "run out":
        with platform_scope("test"):
            Grant.objects.filter(account=world.carl).update(ends_at=now() - timedelta(seconds=1))
    else:
        people_operations.end_impersonations_of_person(user_id=world.users["rosa"].id, at=now())
    answer = report(world.carl.ref, secret)
    assert (answer.status_code, answer.json()["code"]) == (
        (403, "section-closed") if how == "narrowed" else (401, "not-signed-on")
    )
    assert len(told()) == 1


@WAYS
@pytest.mark.parametrize("mode", ["client", "reseller"])
@pytest.mark.parametrize("how", ["left", "removed", "removed and made again"])
def test_a_visit_by_the_access_of_a_team_reports_no_more_than_the_team(
    world: World, way: Way, mode: str, how: str
) -> None:
    people = [world.places["rosa"].ref]
    with world.scope("rosa") as actor:
        team = staff_teams.make_staff_team(name="Design", people=people, actor=actor, at=now())
    with platform_scope("test"):
        Grant.objects.filter(account=world.carl).update(team=StaffTeam.objects.get(ref=team))
    _browser, secret = way(world, mode)
    assert report(world.carl.ref, secret).status_code == 201
    with world.scope("rosa") as actor:
        if how == "left":
            staff_teams.change_staff_team(ref=team, people=[], actor=actor, at=now())
        else:
            staff_teams.remove_staff_team(ref=team, actor=actor, at=now())
        if how == "removed and made again":
            staff_teams.make_staff_team(name="Design", people=people, actor=actor, at=now())
    answer = report(world.carl.ref, secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-on")
    assert len(told()) == 1


@WAYS
@pytest.mark.parametrize("how", ["logged out", "everywhere else", "place gone", "locked", "suspended"])
def test_what_a_person_has_lost_it_does_not_report_any_more(world: World, way: Way, how: str) -> None:
    browser, secret = way(world)
    assert report(world.carl.ref, secret).status_code == 201
    if how == "logged out":
        browser.post("/logout/", secure=True)
    elif how == "everywhere else":
        User.objects.filter(id=world.users["cleo"].id).update(session_epoch=5)
    elif how == "place gone":
        Collaborator.unscoped.filter(id=world.places["cleo"].id).update(ended_at=now())
    elif how == "locked":
        User.objects.filter(id=world.users["cleo"].id).update(is_active=False)
    else:
        type(world.carl).unscoped.filter(id=world.carl.id).update(state="suspended")
    answer = report(world.carl.ref, secret)
    assert answer.status_code in ({401, 403} if how == "suspended" else {401}), answer.content
    assert ("WWW-Authenticate" in answer) == (answer.status_code == 401)
    assert len(told()) == 1


def test_a_log_in_that_was_ended_from_another_device_reports_nothing(world: World) -> None:
    _browser, secret = by_header(world)
    with world.scope("cleo"):
        LogIn.objects.filter(user=world.users["cleo"]).update(ended_at=now())
    assert report(world.carl.ref, secret).status_code == 401


@WAYS
def test_another_account_is_not_there(world: World, way: Way) -> None:
    _browser, secret = way(world)
    for account in (world.bakery, world.rosa, world.elan, world.dora):
        answer = report(account.ref, secret)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert report("acc_7HqWm2Zr9KtXbd", secret).status_code == 404
    assert told() == []


@WAYS
@pytest.mark.parametrize("host", [ROSA_HOST, REMO_HOST, VENDOR_HOST])
def test_what_was_given_on_one_host_is_worth_nothing_on_another(world: World, way: Way, host: str) -> None:
    _browser, secret = way(world)
    assert report(world.carl.ref, secret, host=host).status_code == 401
    assert told() == []


def test_a_look_of_the_scan_reports_nothing(world: World) -> None:
    """Both of its ways: the sign-on of its own, and the pass behind forward authentication."""
    program = register(world)
    browser = logged_in(world, "cleo")
    secret = str(program.tokens(browser)["access_token"])
    SignOn.unscoped.update(is_look=True)
    answer = report(world.carl.ref, secret)
    assert (answer.status_code, answer.json()["code"]) == (403, "section-closed")
    SignOn.unscoped.update(is_look=False)
    assert report(world.carl.ref, secret).status_code == 201

    from sublet.branding.queries import host_view
    from sublet.people.queries import enter

    site = host_view(CARL_HOST)
    assert site is not None
    with platform_scope("test"):
        entry = enter(
            user_id=world.users["cleo"].id,
            account_ref=world.carl.ref,
            host=CARL_HOST,
            request_id="",
            at=now(),
            came=None,
        )
        assert entry is not None
        looks = operations.identity(Bearer(entry, now(), (), looks=True, log_in="log_x"), site=site, at=now())
    assert report(world.carl.ref, looks).status_code == 401
    assert len(told()) == 1


def test_a_header_is_good_for_its_minute_and_by_our_signature_only(world: World, monkeypatch: Any) -> None:
    _browser, secret = by_header(world)
    head, body, signature = secret.split(".")
    for wrong in (f"{head}.{body}.", f"{head}.{body}.{signature[:-4]}AAAA", f"{head}..{signature}", "a.b.c", "..", "x"):
        assert report(world.carl.ref, wrong).status_code == 401
    program = register(world)
    id_token = str(program.tokens(logged_in(world, "cleo"))["id_token"])
    assert report(world.carl.ref, id_token).status_code == 401  # signed by us, and for something else
    assert report(world.carl.ref, secret).status_code == 201
    later = now() + timedelta(seconds=61)
    monkeypatch.setattr("sublet.portals.api.entrance.now", lambda: later)
    assert report(world.carl.ref, secret).status_code == 401
    assert len(told()) == 1


def test_a_code_or_refresh_token_is_none(world: World) -> None:
    tokens = register(world).tokens(logged_in(world, "cleo"))
    assert report(world.carl.ref, str(tokens["refresh_token"])).status_code == 401
    assert report(world.carl.ref, "").status_code == 401


@WAYS
def test_the_same_report_again_is_one_entry(world: World, way: Way) -> None:
    browser, secret = way(world)
    first = report(world.carl.ref, secret, key="once")
    again = report(world.carl.ref, secret, key="once")
    newer = header(browser, world) if way is by_header else str(register(world).tokens(browser)["access_token"])
    by_newer = report(world.carl.ref, newer, key="once")
    assert [each.status_code for each in (first, again, by_newer)] == [201, 201, 201]
    assert first.content == again.content == by_newer.content
    assert again["Idempotency-Replayed"] == by_newer["Idempotency-Replayed"] == "true"
    other = report(world.carl.ref, secret, key="once", text="Something else")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert len(told()) == 1


def test_somebody_elses_key_is_not_ones_own(world: World) -> None:
    _cleo, secret = by_token(world)
    assert report(world.carl.ref, secret, key="once").status_code == 201
    _rosa, visiting_secret = by_token(world, "client")  # as Cleo: the same person in whose name, in a visit
    answer = report(world.carl.ref, visiting_secret, key="once")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_without_a_key_for_once_nothing_is_written(world: World) -> None:
    _browser, secret = by_token(world)
    answer = report(world.carl.ref, secret, key=None)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [("Idempotency-Key", "missing")]
    assert told() == []


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"section": "nothing"}, "section", "section"),
        ({"section": "product.content"}, "section", "section"),
        ({"section": ""}, "section", "too-short"),
        ({"text": ""}, "text", "too-short"),
        ({"text": "x" * 201}, "text", "too-long"),
        ({"text": "   "}, "text", "text"),
        ({"text": "two\nlines"}, "text", "text"),
        ({"text": "turned \u202e around"}, "text", "text"),
        ({"text": "closed \u2069 too early"}, "text", "text"),
        ({"text": "nul \x00"}, "text", "control-character"),
        ({"text": 7}, "text", "not-a-text"),
        ({"place": "https://elsewhere.example/"}, "place", "place"),
        ({"place": "//elsewhere.example/"}, "place", "place"),
        ({"place": "/a b"}, "place", "place"),
        ({"place": "javascript:alert(1)"}, "place", "place"),
        ({"who": "Rosa"}, "who", "unknown-field"),
    ],
)
def test_a_fault_is_named_with_its_field(world: World, change: dict[str, Any], field: str, code: str) -> None:
    _browser, secret = by_token(world)
    answer = report(world.carl.ref, secret, **change)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [(field, code)]
    assert told() == []


@pytest.mark.parametrize("text", ["<b>bold</b> & “quoted”", "%(actor)s 100 %", "שלום world", "👩‍🍳 new", "=1+1"])
def test_words_are_data_wherever_they_are_read(world: World, text: str) -> None:
    _browser, secret = by_token(world)
    assert report(world.carl.ref, secret, text=text).status_code == 201
    page = world.browser("carl").get(f"/client/{world.carl.ref}/history/", secure=True).content.decode()
    from django.utils.html import escape

    assert f"The product says: “<bdi>{escape(text)}</bdi>”" in page
    assert "<b>bold" not in page


def test_it_is_bounded_and_says_when_to_go_on(world: World, monkeypatch: Any) -> None:
    _browser, secret = by_token(world)
    _other, in_visit = by_token(world, "client")
    monkeypatch.setattr(limits, "REPORTS", limits.Buckets(rate=0.001, burst=3))
    answers = [report(world.carl.ref, secret) for _ in range(5)]
    assert [each.status_code for each in answers] == [201, 201, 201, 429, 429]
    assert answers[-1].json()["code"] == "too-many-requests"
    assert int(answers[-1]["Retry-After"]) > 0
    assert len(told()) == 3
    assert report(world.carl.ref, in_visit).status_code == 201  # a bucket of its own


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "The product says"),
        ("it", "Il prodotto riferisce"),
        ("sq", "Produkti thotë"),
        ("nl", "Het product meldt"),
        ("fr", "Le produit indique"),
        ("pt", "O produto indica"),
    ],
)
def test_everybody_reads_it_in_its_own_language(world: World, language: str, words: str) -> None:
    from django.utils import translation

    from sublet.foundation.journal.queries import history

    Section.objects.filter(key="content").update(names={"en": "Content", language: f"Content-{language}"})
    _browser, secret = by_token(world, "client")
    assert report(world.carl.ref, secret).status_code == 201
    with translation.override(language):
        (row,) = history(world.actor("carl"), account_id=world.carl.id, event="product.changed").rows
    assert words in row.sentence
    assert f"Content-{language}" in row.sentence or language == "en"
    assert row.sentence.rstrip("”“«»\u00a0\u202f.’").endswith(TEXT)
    assert "Rosa Ricci" in row.sentence
    assert row.quoted == TEXT
    assert history(world.actor("rosa"), below=True, words="sunday").rows[0].event == "product.changed"


def test_the_client_reads_it_in_the_diary_and_takes_it_away_in_a_file(world: World) -> None:
    _browser, secret = by_token(world, "reseller")
    assert report(world.carl.ref, secret).status_code == 201
    carl = world.browser("carl")
    diary = carl.get(f"/client/{world.carl.ref}/visits/", secure=True).content.decode()
    assert f"The product says: “<bdi>{TEXT}</bdi>”" in diary
    visit = told()[0].impersonation_ref
    one = carl.get(f"/client/{world.carl.ref}/visits/{visit}/", secure=True).content.decode()
    assert f"The product says: “<bdi>{TEXT}</bdi>”" in one
    assert "Place in the product: /content/12" in one
    sheet = carl.get(f"/client/{world.carl.ref}/history/?format=csv", secure=True).getvalue().decode()
    assert f"The product says: “{TEXT}”" in sheet.replace('""', '"')
    assert "Rosa Ricci" in sheet


def test_a_program_that_is_registered_on_the_vendors_host_serves_a_direct_account(world: World) -> None:
    program: Program = register(world, host=VENDOR_HOST)
    Collaborator.unscoped.filter(account=world.dora).update(is_owner=True)
    dora = next(name for name, place in world.places.items() if place.account_id == world.dora.id)
    secret = str(program.tokens(world.browser(dora, host=VENDOR_HOST))["access_token"])
    assert report(world.dora.ref, secret, host=VENDOR_HOST).status_code == 201


def test_webhooks_of_the_client_and_of_its_reseller_tell_it(world: World, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    for who in ("carl", "rosa", "nora"):
        with world.scope(who) as actor:
            create_webhook(name="Shop", url="http://127.0.0.1:9/", groups=("access",), actor=actor, at=now())
    _browser, secret = by_token(world, "reseller")
    assert report(world.carl.ref, secret).status_code == 201
    heard = list(Delivery.unscoped.filter(event="product.changed"))
    assert {each.account_id for each in heard} == {world.carl.id, world.rosa.id}
    for each in heard:
        told = json.loads(each.body)
        assert told["type"] == "product.changed"
        assert told["data"]["details"]["text"] == TEXT
        assert told["data"]["actor"]["impersonator"] == "Rosa Ricci"


def test_what_a_visit_never_does_no_product_does_for_it(world: World, monkeypatch: Any) -> None:
    """Were the operation about something on the refusal lists (`core.matrix`), a token of a visit would not reach it."""
    _own, secret = by_token(world)
    for mode in ("client", "reseller"):
        _browser, visiting_secret = by_token(world, mode)
        for topics in ({"report_product_change": "keys"}, {}):
            monkeypatch.setattr("sublet.portals.api.signed_on.OPERATIONS", topics)
            answer = report(world.carl.ref, visiting_secret)
            assert (answer.status_code, answer.json()["code"]) == (403, "in-person")
    assert told() == []
    assert report(world.carl.ref, secret).status_code == 201  # one's own log-in may


def test_programs_and_whoever_looks_for_a_person_find_it(world: World) -> None:
    from sublet.foundation.journal.queries import history

    _browser, secret = by_token(world, "client")
    assert report(world.carl.ref, secret).status_code == 201
    (entry,) = told()
    for person in ("ricci", "cleo"):  # who sat there, and in whose place
        found = history(world.actor("rosa"), below=True, person=person, event="product.").rows
        assert [row.id for row in found] == [str(entry.id)]
    assert history(world.actor("rosa"), below=True, person="nora", event="product.").rows == []
    assert history(world.actor("remo"), below=True, event="product.").rows == []
    caller = make_caller(world, "carl", host=CARL_HOST)
    visit = caller.get(f"/accounts/{world.carl.ref}/impersonations/{entry.impersonation_ref}")
    changes = [each for each in visit["changes"] if TEXT in each["sentence"]]
    assert [each["detail"] for each in changes] == ["Place in the product: /content/12"]
    listed = caller.get("/journal?group=changes")
    assert [(each["event"], each["data"]["text"]) for each in listed["items"]] == [("product.changed", TEXT)]
