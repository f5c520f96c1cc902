"""Forward authentication: who a request to the product is from, and who gets a no."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.foundation.clock import now
from sublet.people import operations as people_operations
from sublet.people.models import Collaborator, ImpersonationRequest, Section, User
from tests.people import CARL_HOST, ROSA_HOST, VENDOR_HOST, World

PAGE = {"accept": "text/html,*/*", "x-forwarded-method": "GET"}


@pytest.fixture(autouse=True)
def addresses(world: World) -> None:
    """The sections open where the manifests of the examples have them."""
    for section in Section.objects.all():
        section.address = f"https://{{host}}/app/{{account}}/{section.key}"
        section.save()


def ask(browser: Client, uri: str, *, query: str = "", **headers: str) -> Any:
    return browser.get(f"/auth/forward{query}", headers={**PAGE, "x-forwarded-uri": uri, **headers}, secure=True)


def identity(answer: Any, host: str = CARL_HOST) -> dict[str, object]:
    """The signed header, checked with the published keys."""
    assert answer.status_code == 200
    published = Client(headers={"host": host}).get("/sign-on/keys", secure=True).json()
    token = answer["X-Identity"]
    key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(token)["kid"]]
    place = f"https://{host}"
    found: dict[str, object] = jwt.decode(token, key, algorithms=["ES256"], audience=place, issuer=place)
    return found


def test_a_request_is_told_of_with_account_and_rights(world: World) -> None:
    found = identity(ask(world.browser("cleo"), f"/app/{world.carl.ref}/content/articles?page=2"))
    assert found["sub"] == world.users["cleo"].ref
    assert found["account"] == world.carl.ref
    assert found["reseller"] == world.rosa.ref
    assert found["sections"] == {"content": "manage"}
    assert found["brand"] == "https://carl.localhost"
    assert found["amr"] == ["pwd"]
    assert "act" not in found
    assert int(str(found["exp"])) - int(str(found["iat"])) == 60


def test_a_section_that_is_closed_is_a_no(world: World) -> None:
    browser = world.browser("cleo")
    page = ask(browser, f"/app/{world.carl.ref}/design")
    assert page.status_code == 403
    assert b"This part is closed to you" in page.content
    assert "X-Identity" not in page
    assert ask(browser, f"/app/{world.carl.ref}/design", accept="application/json").status_code == 403
    assert ask(browser, f"/app/{world.carl.ref}/design", query="?answer=401").content == b""
    assert ask(browser, f"/app/{world.carl.ref}/content").status_code == 200
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(rights_words={"product.content": "view"})
    assert ask(browser, f"/app/{world.carl.ref}/content").status_code == 200
    assert ask(browser, f"/app/{world.carl.ref}/content", query="?level=manage").status_code == 403


def test_the_route_may_say_account_and_section(world: World) -> None:
    browser = world.browser("cleo")
    route = f"?account={world.carl.ref}&section="
    assert ask(browser, "/anything", query=route + "content").status_code == 200
    assert ask(browser, "/anything", query=route + "design").status_code == 403
    assert ask(browser, "/anything").status_code == 200  # the host's own account, and no section in particular


def test_nobody_is_sent_to_the_log_in_and_back(world: World) -> None:
    stranger = world.stranger(CARL_HOST)
    uri = f"/app/{world.carl.ref}/content?page=2"
    page = ask(stranger, uri)
    assert page.status_code == 302
    assert page["Location"].startswith("https://carl.localhost/login/?next=%2Fauth%2Fback%2F%3Fto%3D")
    for other in ({"accept": "application/json"}, {"x-forwarded-method": "POST"}, {"hx-request": "true"}):
        answer = ask(stranger, uri, **other)
        assert (answer.status_code, answer["Location"]) == (401, page["Location"])
    plain = ask(stranger, uri, query="?answer=401")
    assert (plain.status_code, plain["Location"]) == (401, page["Location"])
    browser = world.browser("cleo")
    back = page["Location"].partition("next=")[2]
    login = browser.get(f"/login/?next={back}", secure=True)
    assert login.status_code == 302
    assert browser.get(login["Location"], secure=True)["Location"] == uri


@pytest.mark.parametrize("to", ["//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example", "x", ""])
def test_the_way_back_stays_on_this_host(world: World, to: str) -> None:
    assert world.browser("cleo").get("/auth/back/", {"to": to}, secure=True)["Location"] == "/"
    assert world.browser("cleo").get("/auth/back/", {"to": "/app/x?y=1"}, secure=True)["Location"] == "/app/x?y=1"


def test_another_tenants_account_is_not_there(world: World) -> None:
    for person, host in (("rosa", ROSA_HOST), ("cleo", CARL_HOST), ("sam", ROSA_HOST)):
        answer = ask(world.browser(person, host=host), f"/app/{world.bakery.ref}/content")
        assert answer.status_code == 404
        assert "X-Identity" not in answer
    assert ask(world.browser("nora"), f"/app/{world.bakery.ref}/content").status_code == 200  # the positive control
    assert ask(world.browser("vera", host=VENDOR_HOST), "/app/").status_code == 404
    assert ask(world.browser("cleo"), f"/app/{world.zorba.ref}/content").status_code == 404


def test_a_log_in_is_worth_nothing_elsewhere_or_afterwards(world: World) -> None:
    uri = f"/app/{world.carl.ref}/content"
    browser = world.browser("cleo")
    key = browser.cookies["sessionid" if "sessionid" in browser.cookies else next(iter(browser.cookies))].value
    elsewhere = world.stranger(ROSA_HOST)
    elsewhere.cookies[next(iter(browser.cookies))] = key
    assert ask(elsewhere, uri).status_code == 302
    assert ask(browser, uri).status_code == 200
    User.objects.filter(id=world.users["cleo"].id).update(session_epoch=5)
    assert ask(browser, uri).status_code == 302
    User.objects.filter(id=world.users["cleo"].id).update(session_epoch=0, is_active=False)
    assert ask(browser, uri).status_code == 302


def test_a_header_that_makes_no_sense_is_refused(world: World) -> None:
    browser = world.browser("cleo")
    for uri in ("app", "/a\x7fb", "/" + "a" * 5000):
        assert ask(browser, uri).status_code == 400
    assert ask(browser, "/app/", query="?level=own").status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "content/../design", "content/./../design", "content/%2e%2e/design", "content/.%2E/design", "content%2F..%2Fdesign",
        "content/%252e%252e/design", "content/..;x=1/design", "content\\..\\design", "content/%5c..%5cdesign", "/design",
        "%64esign", "d%65sign", "%2564esign", "content#/../design", "content/%00design",
    ],
)  # fmt: skip
def test_a_path_that_the_product_could_take_for_another_gets_nobody_in(world: World, path: str) -> None:
    """nginx follows the dots and undoes the escapes of what it passes on, others do not: nobody gets in by one right of another."""
    browser = world.browser("cleo")  # who has content, and not design
    for query in ("", "?answer=401"):
        answer = ask(browser, f"/app/{world.carl.ref}/{path}", query=query)
        assert (answer.status_code, "X-Identity" in answer) in {(403, False), (400, False)}, path
    assert ask(browser, f"/app/{world.carl.ref}/content/caf%C3%A9%20%26%20bar/100%25?to=../design").status_code == 200


def test_a_visit_in_disguise_is_not_taken_off_and_gets_nobody_in(world: World) -> None:
    for path in ("/%61s/ims_AAAAAAAAAA", "/as%2Fims_AAAAAAAAAA", "//as/ims_AAAAAAAAAA"):
        answer = ask(world.browser("cleo"), f"{path}/app/{world.carl.ref}/design")
        assert (answer.status_code, "X-Identity" in answer) == (403, False), path


def test_a_parameter_of_a_segment_hides_no_section(world: World) -> None:
    assert ask(world.browser("cleo"), f"/app/{world.carl.ref}/design;x=1/colors").status_code == 403
    assert ask(world.browser("cleo"), f"/app/{world.carl.ref}/content;x=1/articles").status_code == 200


def test_a_visit_is_told_of_with_who_sits_there(world: World) -> None:
    browser = world.browser("rosa", host=ROSA_HOST)
    browser.get("/", secure=True)
    from sublet.branding.models import Domain
    from sublet.branding.queries import forget_hosts

    Domain.unscoped.filter(host=CARL_HOST).delete()  # so that the visit is on Rosa's own host
    forget_hosts()
    import hashlib

    with world.scope("rosa") as actor:
        begun = people_operations.begin_impersonation(
            client_ref=world.carl.ref,
            mode="client",
            collaborator_ref=world.places["cleo"].ref,
            reason="To help with the articles",
            second_factor_at=now(),
            session_hash=hashlib.sha256((browser.session.session_key or "").encode()).hexdigest(),
            actor=actor,
            at=now(),
        )
    uri = f"/as/{begun.impersonation_ref}/app/{world.carl.ref}/content"
    found = identity(ask(browser, uri), host=ROSA_HOST)
    acting = found["act"]
    assert isinstance(acting, dict)
    assert found["sub"] == world.users["cleo"].ref
    assert {key: acting[key] for key in ("sub", "name", "account", "mode", "visit", "acting_as")} == {
        "sub": world.users["rosa"].ref,
        "name": "Rosa Ricci",
        "account": world.rosa.ref,
        "mode": "client",
        "visit": begun.impersonation_ref,
        "acting_as": "Cleo Costa",
    }
    assert [row.path for row in ImpersonationRequest.unscoped.all()] == [f"/app/{world.carl.ref}/content"]
    assert ask(browser, f"/app/{world.carl.ref}/content").status_code == 404  # outside of the visit she is not there
    assert ask(world.browser("rico", host=ROSA_HOST), uri).status_code == 404
    assert ask(browser, f"/as/{begun.impersonation_ref}/app/{world.carl.ref}/design").status_code == 403
    browser.post(f"/as/{begun.impersonation_ref}/impersonation/end/", secure=True)
    people_operations.end_impersonations_of_person(user_id=world.users["rosa"].id, at=now())
    over = ask(browser, uri)
    assert over.status_code == 403
    assert b"This visit has ended" in over.content


def test_it_costs_three_statements(world: World) -> None:
    browser = world.browser("cleo")
    uri = f"/app/{world.carl.ref}/content"
    ask(browser, uri)
    with CaptureQueriesContext(connection) as asked:
        assert ask(browser, uri).status_code == 200
    told = [each["sql"] for each in asked if "brand_generation" not in each["sql"]]
    assert len(told) == 3, told


def test_nothing_names_the_vendor(world: World) -> None:
    uri = f"/app/{world.carl.ref}/content"
    for answer in (ask(world.browser("cleo"), uri), ask(world.stranger(CARL_HOST), uri)):
        said = answer.content.decode().lower() + str(answer.headers).lower()
        assert "sublet" not in said
        assert world.vendor.name.lower() not in said
