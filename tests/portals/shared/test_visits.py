"""Log in as the client, in the browser: the way in, the banner, two tabs, the way back, and what is written down."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.accounts.models import Account
from sublet.branding.queries import forget_hosts
from sublet.foundation.journal.models import JournalEntry
from sublet.people.models import Impersonation, ImpersonationRequest, User
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World, proved

pytestmark = pytest.mark.django_db

REASON = "Checking the opening hours"


def at(name: str, *args: str) -> str:
    return reverse(name, urlconf="sublet.config.urls_main", args=args)


def begin(world: World, browser: Client, client: str = "carl", **values: str) -> str:
    """Where the visit goes on: a path on the same host, or ``<host>/enter/<code>/``."""
    url = at("reseller-impersonate", world.rosa.ref, getattr(world, client).ref)
    response = proved(browser).post(url, {"mode": "reseller", "reason": REASON, **values})
    if response.status_code == 302:
        return str(response["Location"])
    assert response.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0;url=https?://([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


def cross(address: str, browser: Client | None = None) -> tuple[Client, str]:
    """The browser on the client's host, and the first page of the visit."""
    host, slash, path = address.partition("/")
    assert host.partition(":")[0] == CARL_HOST
    there = browser or Client(headers={"host": CARL_HOST})
    response = there.get(slash + path)
    assert response.status_code == 302
    return there, str(response["Location"])


def visit_here(world: World) -> tuple[Client, str]:
    """Rosa's browser inside Élan's account, which has no host of its own, and the first page."""
    browser = world.browser("rosa")
    return browser, begin(world, browser, "elan")


@pytest.mark.parametrize(
    ("path", "status"), [("keys/new/", 403), ("nothing-here/", 404), ("team/col_23456789abcd/", 404)]
)
def test_a_no_in_a_visit_is_said_in_the_language_of_its_pages(world: World, path: str, status: int) -> None:
    """Rosa reads English, whatever the host speaks to everybody else."""
    User.objects.filter(id=world.users["rosa"].id).update(language="en")
    Account.unscoped.filter(id=world.carl.id).update(language="it")
    forget_hosts()
    there, first = cross(begin(world, world.browser("rosa")))
    assert '<html lang="en"' in there.get(first).content.decode()
    answer = there.get(first + path)
    said = "it" if path == "nothing-here/" else "en"  # no address at all is in no visit
    assert (answer.status_code, answer["Content-Language"]) == (status, said)
    assert f'<html lang="{said}"' in answer.content.decode()


# The way in -----------------------------------------------------------------------------------------------------------


def test_a_client_without_a_host_is_entered_in_the_same_tab(world: World) -> None:
    browser, first = visit_here(world)
    ref = Impersonation.unscoped.get().ref
    assert first == f"/as/{ref}/client/{world.elan.ref}/"
    page = browser.get(first)
    assert page.status_code == 200
    text = page.content.decode()
    assert "Rosa Ricci, connected as Rosa Web Studio" in text
    assert "As reseller" in text
    assert "30 min" in text
    assert f'action="/as/{ref}/visit/end/"' in text
    assert f'href="/as/{ref}/client/{world.elan.ref}/team/"' in text  # every address stays inside the visit
    assert f'href="/client/{world.elan.ref}' not in text


def test_a_client_on_its_own_host_is_entered_there_by_a_code_used_once(world: World) -> None:
    address = begin(world, world.browser("rosa"))
    there, first = cross(address)
    assert there.get(first).status_code == 200
    assert "Rosa Ricci, connected as Rosa Web Studio" in there.get(first).content.decode()
    replay = Client(headers={"host": CARL_HOST}).get("/" + address.partition("/")[2])
    assert replay.status_code == 410
    assert "sessionid" not in replay.cookies
    assert Client(headers={"host": CARL_HOST}).get(first).status_code == 404  # without that session there is nothing


def test_the_session_on_the_clients_host_carries_nothing_but_the_visit(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa")))
    assert there.get("/me/").status_code == 302  # nobody is logged in here
    assert there.get(at("client-home", world.carl.ref)).status_code == 302
    assert there.get(first).status_code == 200
    assert set(there.session.keys()) == {"visit", "host", "tenant", "_session_expiry"}


@pytest.mark.parametrize("host", [ROSA_HOST, REMO_HOST, VENDOR_HOST])
def test_a_code_opens_nothing_on_another_host(world: World, host: str) -> None:
    path = "/" + begin(world, world.browser("rosa")).partition("/")[2]
    assert Client(headers={"host": host}).get(path).status_code == 410
    assert Impersonation.unscoped.get().session_hash == ""


def test_a_preview_of_the_link_does_not_use_it_up(world: World) -> None:
    address = begin(world, world.browser("rosa"))
    assert Client(headers={"host": CARL_HOST}).head("/" + address.partition("/")[2]).status_code == 200
    cross(address)


def test_somebody_who_is_logged_in_there_is_asked_first(world: World) -> None:
    carl = world.browser("carl")
    path = "/" + begin(world, world.browser("rosa")).partition("/")[2]
    asked = carl.get(path)
    assert asked.status_code == 200
    assert "Carl Conti is logged in here" in asked.content.decode()
    assert carl.get(at("client-home", world.carl.ref)).status_code == 200  # still Carl
    entered = carl.post(path)
    assert entered.status_code == 302
    assert carl.get(entered["Location"]).status_code == 200
    assert carl.get(at("client-home", world.carl.ref)).status_code == 302  # Carl is logged out in this browser


def test_entering_again_does_not_end_the_other_tab(world: World) -> None:
    rosa = world.browser("rosa")
    there, first = cross(begin(world, rosa))
    _same, second = cross(begin(world, rosa, mode="client"), there)
    one, other = there.get(first).content.decode(), there.get(second).content.decode()
    assert "Rosa Ricci, connected as Rosa Web Studio" in one
    assert "Rosa Ricci, connected as Carl Conti" in other
    assert first != second
    assert ("As reseller" in one, "As the client" in one) == (True, False)
    assert ("As reseller" in other, "As the client" in other) == (False, True)


def test_following_a_link_begins_nothing(world: World) -> None:
    url = at("reseller-impersonate", world.rosa.ref, world.carl.ref)
    assert world.browser("rosa").get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True, headers={"host": ROSA_HOST})
    strict.cookies = world.browser("rosa").cookies
    assert strict.post(url, {"mode": "reseller", "reason": REASON}).status_code == 403
    assert Impersonation.unscoped.count() == 0


@pytest.mark.parametrize(
    ("who", "reseller", "client", "status"),
    [
        ("rico", "rosa", "elan", 404),
        ("rosa", "rosa", "bakery", 404),
        ("remo", "rosa", "carl", 404),
        ("carl", "rosa", "carl", 404),
        ("sam", "rosa", "carl", 404),
    ],
)
def test_others_do_not_enter(world: World, who: str, reseller: str, client: str, status: int) -> None:
    url = at("reseller-impersonate", getattr(world, reseller).ref, getattr(world, client).ref)
    response = world.browser(who).post(url, {"mode": "reseller", "reason": REASON})
    assert (response.status_code, Impersonation.unscoped.count()) == (status, 0)


def test_without_a_reason_the_form_comes_back_with_what_was_typed(world: World) -> None:
    url = at("reseller-impersonate", world.rosa.ref, world.carl.ref)
    response = world.browser("rosa").post(url, {"mode": "client", "collaborator": "", "reason": "short"})
    assert response.status_code == 409
    assert 'value="short"' in response.content.decode()


# Inside ---------------------------------------------------------------------------------------------------------------


def test_each_request_is_recorded_whatever_comes_of_it(world: World) -> None:
    browser, first = visit_here(world)
    prefix = first.removesuffix(f"/client/{world.elan.ref}/")
    browser.get(first)
    browser.post(f"{prefix}/client/{world.elan.ref}/team/invite/", {"email": "x@new.test"})
    browser.get(f"{prefix}/client/{world.elan.ref}/team/col_23456789abcd/")
    browser.get(f"{prefix}/client/{world.carl.ref}/")  # another client: this visit does not reach it
    rows = ImpersonationRequest.unscoped.order_by("id").values_list("method", "path", "status")
    assert list(rows) == [
        ("GET", f"/client/{world.elan.ref}/", 200),
        ("POST", f"/client/{world.elan.ref}/team/invite/", 403),  # granting access is refused in every visit
        ("GET", f"/client/{world.elan.ref}/team/col_23456789abcd/", 404),
    ]


def test_a_person_acted_as_sees_its_own_language_and_time(world: World) -> None:
    User.objects.filter(id=world.users["cleo"].id).update(language="it", timezone="America/New_York")
    values = {"mode": "client", "collaborator": world.places["cleo"].ref}
    there, first = cross(begin(world, world.browser("rosa"), **values))
    page = there.get(first)
    assert page["Content-Language"] == "it"
    assert '<html lang="it"' in page.content.decode()
    _there, as_reseller = cross(begin(world, world.browser("rosa")), there)
    assert there.get(as_reseller)["Content-Language"] == "en"


def test_personal_pages_are_not_inside_a_visit(world: World) -> None:
    browser, first = visit_here(world)
    prefix = first.removesuffix(f"/client/{world.elan.ref}/")
    for path in ("/me/", "/me/password/", "/me/email/", "/accounts/", "/login/", "/forgotten/", "/sign-up/"):
        assert browser.get(prefix + path).status_code == 404, path
    for path in ("/logout/", "/me/password/", "/me/email/", "/me/log-ins/end/"):
        assert browser.post(prefix + path).status_code in {404, 405}, path
    assert browser.get(first).status_code == 200


def test_in_the_clients_place_access_is_closed(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa"), mode="client"))
    team, keys = f"{first}team/", f"{first}keys/"
    assert there.get(team).status_code == 200  # the same view
    assert there.get(f"{team}invite/").status_code == 403
    person = f"{team}{world.places['cleo'].ref}/"
    for path in (f"{team}invite/", f"{person}remove/", f"{person}owner/", person):
        assert there.post(path, {"email": "x@new.test"}).status_code in {403, 404, 409}, path
    assert there.get(keys).status_code == 200
    assert there.post(f"{keys}new/", {"name": "x", "right-team": "view"}).status_code == 403
    assert "New API key" not in there.get(keys).content.decode()


def test_as_reseller_keys_are_closed_too(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa")))
    response = there.post(f"{first}keys/new/", {"name": "x", "right-team": "view", "lasts": "30"})
    assert response.status_code == 403
    assert "New API key" not in there.get(f"{first}keys/").content.decode()


def test_the_banner_is_on_every_page_of_a_visit(world: World) -> None:
    browser, first = visit_here(world)
    for path in ("", "team/", "keys/", "visits/", "information/", "history/"):
        response = browser.get(first + path)
        assert response.status_code == 200, path
        assert "connected as Rosa Web Studio" in response.content.decode(), path
    for path in ("team/col_23456789abcd/", "nonsense/"):
        assert browser.get(first + path).status_code == 404
    refused = browser.get(f"{first}team/invite/")
    assert refused.status_code == 403
    assert "connected as Rosa Web Studio" in refused.content.decode()


def test_a_page_inside_a_visit_takes_few_statements(world: World) -> None:
    browser, first = visit_here(world)
    browser.get(f"{first}team/")
    with CaptureQueriesContext(connection) as found:
        browser.get(f"{first}team/")
    asked = [query["sql"] for query in found if "SAVEPOINT" not in query["sql"]]
    assert len(asked) == 12  # two of them write the request down, one asks the grants


# The way back ---------------------------------------------------------------------------------------------------------


def test_the_button_leads_back_to_the_client_list(world: World) -> None:
    browser, first = visit_here(world)
    prefix = first.removesuffix(f"/client/{world.elan.ref}/")
    response = browser.post(f"{prefix}/visit/end/")
    assert response.status_code == 302
    assert response["Location"].endswith(at("reseller-clients", world.rosa.ref))
    back = browser.get(at("reseller-clients", world.rosa.ref))
    assert back.status_code == 200  # still logged in
    assert f"The visit to {world.elan.name} has ended." in back.content.decode()
    over = browser.get(first)
    assert over.status_code == 403
    assert "This visit has ended" in over.content.decode()
    assert "/as/" not in over.content.decode()


def test_the_way_back_from_another_host_leads_to_the_resellers(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa")))
    prefix = first.removesuffix(f"/client/{world.carl.ref}/")
    response = there.post(f"{prefix}/visit/end/")
    assert response.status_code == 200
    assert re.search(
        rf'content="0;url=https?://{ROSA_HOST}[^"]*/reseller/{world.rosa.ref}/clients/"', response.content.decode()
    )
    assert there.get(first).status_code == 404  # the session went with its last visit


def entered_from(world: World, browser: Client, page: str, client: str = "elan") -> str:
    """The way to the form as that page offers it, then the visit; its first page, or where it crosses."""
    form = at("reseller-client-enter", world.rosa.ref, getattr(world, client).ref)
    found = re.search(rf'href="({form}[^"]*)"', browser.get(page).content.decode())
    assert found is not None
    shown = browser.get(html.unescape(found[1])).content.decode()
    assert f'href="{html.escape(page)}"' in shown  # to give up leads there, too
    action = re.search(r'action="([^"]*/impersonate/[^"]*)"', shown)
    assert action is not None
    short = proved(browser).post(html.unescape(action[1]), {"mode": "reseller", "reason": "x"}).content.decode()
    assert action[0] in short  # also after a refusal
    response = browser.post(html.unescape(action[1]), {"mode": "reseller", "reason": REASON})
    if response.status_code == 302:
        return str(response["Location"])
    crossing = re.search(r'content="0;url=https?://([^"]+)"', response.content.decode())
    assert crossing is not None
    return crossing[1]


def ended(browser: Client, first: str) -> str:
    """Where the way back leads."""
    response = browser.post(first[: first.index("/client/")] + "/visit/end/")
    if response.status_code == 302:
        return str(response["Location"])
    found = re.search(r'content="0;url=([^"]+)"', response.content.decode())
    assert found is not None
    return html.unescape(found[1])


def test_the_way_back_ends_where_the_visit_was_begun(world: World) -> None:
    rosa = world.browser("rosa")
    clients = at("reseller-clients", world.rosa.ref)
    for page in (
        f"{clients}?sort=-name&search=a",
        at("reseller-client", world.rosa.ref, world.elan.ref),
        at("reseller-client-team", world.rosa.ref, world.elan.ref),
    ):
        first = entered_from(world, rosa, page)
        assert urlsplit(ended(rosa, first))._replace(scheme="", netloc="").geturl() == page
    there, first = cross(entered_from(world, rosa, f"{clients}?sort=-name", "carl"))
    assert re.fullmatch(rf"https?://{ROSA_HOST}[^/]*{clients}\?sort=-name", ended(there, first))
    # What was searched for is not kept.
    assert [row.origin_path for row in Impersonation.unscoped.order_by("id")][::3] == [clients, clients]


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "/\\evil.example", "/nothing-here/", "x" * 3000]
)
def test_the_way_back_leads_to_no_other_place(world: World, page: str) -> None:
    rosa = world.browser("rosa")
    form = at("reseller-client-enter", world.rosa.ref, world.elan.ref) + "?" + urlencode({"back": page})
    assert not re.search(r'(?:href|action)="[^"]*evil', rosa.get(form).content.decode())
    url = at("reseller-impersonate", world.rosa.ref, world.elan.ref) + "?" + urlencode({"back": page})
    first = str(proved(rosa).post(url, {"mode": "reseller", "reason": REASON})["Location"])
    assert ended(rosa, first).endswith(at("reseller-clients", world.rosa.ref))


def test_a_visit_that_ended_by_itself_leads_back_as_well(world: World) -> None:
    rosa = world.browser("rosa")
    page = at("reseller-client", world.rosa.ref, world.elan.ref)
    first = entered_from(world, rosa, page)
    row = Impersonation.unscoped.get()
    Impersonation.unscoped.update(last_used_at=row.last_used_at - timedelta(minutes=31))
    assert f'{page}"' in rosa.get(first).content.decode()
    Impersonation.unscoped.update(ended_by="access")  # the client's page may have gone with it
    assert f'{page}"' not in rosa.get(first).content.decode()


def test_ending_one_of_two_visits_leaves_the_other(world: World) -> None:
    rosa = world.browser("rosa")
    there, first = cross(begin(world, rosa))
    _same, second = cross(begin(world, rosa, mode="client"), there)
    there.post(first.removesuffix(f"/client/{world.carl.ref}/") + "/visit/end/")
    assert there.get(first).status_code == 403
    assert there.get(second).status_code == 200


def test_nobody_else_ends_a_visit_or_learns_that_it_ended(world: World) -> None:
    browser, first = visit_here(world)
    end = first.removesuffix(f"/client/{world.elan.ref}/") + "/visit/end/"
    assert world.browser("ruth").post(end).status_code == 404
    assert world.stranger().post(end).status_code == 404
    assert world.browser("rosa").post("/visit/end/").status_code == 404  # not inside any visit
    assert browser.get(first).status_code == 200
    browser.post(end)
    assert world.browser("ruth").get(first).status_code == 404


def test_a_visit_without_use_ends_and_says_so(world: World) -> None:
    browser, first = visit_here(world)
    row = Impersonation.unscoped.get()
    Impersonation.unscoped.update(last_used_at=row.last_used_at - timedelta(minutes=31))
    over = browser.get(first)
    assert over.status_code == 403
    assert "Nothing was done for half an hour" in over.content.decode()
    assert Impersonation.unscoped.get().ended_by == "idle"
    assert browser.post(f"{first}team/invite/", {"email": "x@new.test"}).status_code == 403


def test_logging_out_ends_the_visit_on_the_clients_host(world: World) -> None:
    rosa = world.browser("rosa")
    there, first = cross(begin(world, rosa))
    rosa.post("/logout/")
    assert there.get(first).status_code == 403
    assert Impersonation.unscoped.get().ended_by == "log-out"


def test_a_visit_shows_in_the_history_of_the_client_with_its_reason(world: World) -> None:
    there, first = cross(begin(world, world.browser("rosa")))
    there.get(first)
    there.post(first.removesuffix(f"/client/{world.carl.ref}/") + "/visit/end/")
    found = JournalEntry.unscoped.filter(account_id=world.carl.id).order_by("id")
    assert [(entry.event, entry.reason) for entry in found] == [
        ("impersonation.started", REASON),
        ("impersonation.ended", ""),
    ]
    for who, url in (
        ("carl", at("client-visits", world.carl.ref)),
        ("rosa", at("reseller-client-visits", world.rosa.ref, world.carl.ref)),
    ):
        page = world.browser(who).get(url).content.decode()
        assert REASON in page
        assert "Rosa Ricci" in page
        one = world.browser(who).get(f"{url}{Impersonation.unscoped.get().ref}/").content.decode()
        assert "Home" in one
        assert "GET /" not in one
    assert world.browser("cleo").get(at("client-visits", world.carl.ref)).status_code == 403
    assert world.browser("remo").get(at("reseller-client-visits", world.remo.ref, world.carl.ref)).status_code == 404


def test_inside_a_visit_as_the_owner_billing_says_that_the_owner_alone_opens_it(world: World) -> None:
    """Else the page says of what the owner reads each day that nobody can open it."""
    there, first = cross(begin(world, world.browser("rosa"), mode="client", collaborator=world.places["carl"].ref))
    refused = there.get(f"{first}billing/")
    page = refused.content.decode()
    assert refused.status_code == 403
    assert "It is closed during this visit." in page
    assert "Its owner can change" not in page
    why = there.get(f"{first}locked/billing/").content.decode()
    assert "Only the owner of the account opens this, in person" in why
    assert "Nobody can open this" not in why
