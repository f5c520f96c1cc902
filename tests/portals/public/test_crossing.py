"""Crossing to another own host: asked for there, answered where the person is logged in, good once in that browser alone."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import AccessPolicy, Collaborator, LogIn, PersonLink, User
from sublet.people.operations.passwords import end_log_ins
from sublet.people.queries.company_log_ins import CameIn
from sublet.portals.public.views.crossing import SECRET_COOKIE
from sublet.portals.shared.crossing import ask_over, come_over, link_over
from sublet.portals.shared.people import COMPANY_KEY, LOGGED_IN_KEY, SECOND_FACTOR_KEY
from tests import factories
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.people.test_second_factors import set_up
from tests.portals.public.mailbox import mails

SECOND = "second.localhost"


@pytest.fixture
def second(world: World) -> str:
    """Carl's second account, on a host of its own; its first page."""
    account = factories.make_client(world.rosa, "Second Kitchen")
    factories.make_host(account, SECOND)
    factories.make_collaborator(account, world.users["carl"], rights={"team": "view"})
    return f"/client/{account.ref}/"


def path_of(address: str, host: str) -> str:
    """The path with its query, of an address on that host."""
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("https", host)
    return f"{parts.path}?{parts.query}"


def until_code(here: Client, there: Client, path: str, *, from_host: str = CARL_HOST, to_host: str = SECOND) -> str:
    """Follow the link in the browser `there`, have `here` asked; the path that takes the code."""
    link = link_over(from_host=from_host, to_host=to_host, path=path)
    asked = there.get(path_of(link, to_host))
    answered = here.get(path_of(asked["Location"], from_host))
    assert answered.status_code == 302
    return path_of(answered["Location"], to_host)


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def test_person_comes_over_without_logging_in_again(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    listed = here.get("/accounts/").content.decode().replace("&amp;", "&")
    link = link_over(from_host=CARL_HOST, to_host=SECOND, path=second)
    assert f'href="{link}"' in listed

    taken = there.get(until_code(here, there, second))

    assert (taken.status_code, taken["Location"]) == (302, second)
    assert there.get(second).status_code == 200
    assert [log_in.host for log_in in LogIn.objects.filter(user=world.users["carl"])] == [SECOND]
    assert mails() == []  # nobody is told of a new device: it is the one where the person is logged in


def test_code_is_good_once_and_for_a_minute(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(here, there, second)
    secret = there.cookies[SECRET_COOKIE].value
    there.get(path)
    there.logout()
    there.cookies[SECRET_COOKIE] = secret

    assert there.get(path)["Location"] == "/login/"
    assert not is_in(there)

    late = until_code(here, there, second)
    PersonLink.objects.filter(used_at=None).update(expires_at=now())
    assert there.get(late)["Location"] == "/login/"
    assert not is_in(there)
    hashes = PersonLink.objects.values_list("token_hash", flat=True)
    assert all(path.split("/")[2] not in stored for stored in hashes)


def test_code_of_one_browser_logs_no_other_in(world: World, second: str) -> None:
    """What an attacker would send a victim: its own code, to have the victim work in the attacker's account."""
    attacker_here, attacker_there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(attacker_here, attacker_there, second)
    victim = world.stranger(SECOND)
    victim.get(path_of(link_over(from_host=CARL_HOST, to_host=SECOND, path=second), SECOND))  # has a secret of its own

    assert victim.get(path)["Location"] == "/login/"
    assert not is_in(victim)
    # Positive control: the same code in the browser that asked.
    assert attacker_there.get(path)["Location"] == second


@pytest.mark.parametrize("host", [CARL_HOST, ROSA_HOST, REMO_HOST])
def test_code_is_bound_to_both_hosts(world: World, second: str, host: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(here, there, second)
    code = path.split("/")[2]
    elsewhere = world.stranger(host)
    elsewhere.cookies[SECRET_COOKIE] = there.cookies[SECRET_COOKIE].value
    of_another = path_of(come_over(to_host=SECOND, from_host="other.localhost", code=code), SECOND)

    assert elsewhere.get(path)["Location"] == "/login/"
    assert there.get(of_another)["Location"] == "/login/"
    assert there.get(path.partition("?")[0])["Location"] == "/login/"
    assert there.get(path)["Location"] == second


def test_host_asks_only_where_a_signed_link_says(world: World, second: str) -> None:
    """Which hosts are run beside this one is told to nobody who guesses."""
    there = world.stranger(SECOND)
    forged = (f"{VENDOR_HOST}>{SECOND}", f"{VENDOR_HOST}>{SECOND}:nosignature", VENDOR_HOST, "", "x" * 5000)

    for said in forged:
        assert there.get("/arrive/", {"from": said, "next": second})["Location"].startswith("/login/")
    for_another = link_over(from_host=CARL_HOST, to_host=ROSA_HOST, path="/")
    assert there.get("/arrive/?" + urlsplit(for_another).query)["Location"] == "/login/"
    assert SECRET_COOKIE not in there.cookies
    assert world.browser("carl").get("/cross/", {"to": forged[0], "browser": "0" * 64}).status_code == 404


@pytest.mark.parametrize("browser", ["", "0" * 63, "G" * 64, "0" * 65])
def test_question_without_a_browser_is_none(world: World, second: str, browser: str) -> None:
    asked = ask_over(from_host=CARL_HOST, to_host=SECOND, path=second, browser_hash=browser)

    assert world.browser("carl").get(path_of(asked, CARL_HOST)).status_code == 404
    assert PersonLink.objects.count() == 0


def test_whoever_has_no_account_there_logs_in_there(world: World, second: str) -> None:
    Collaborator.unscoped.filter(user=world.users["carl"]).exclude(account=world.carl).delete()
    asked = ask_over(from_host=CARL_HOST, to_host=SECOND, path=second, browser_hash="0" * 64)

    for browser in (world.browser("carl"), world.stranger(CARL_HOST)):
        answer = browser.get(path_of(asked, CARL_HOST))
        assert answer["Location"].startswith(f"https://{SECOND}/login/?next=%2Fclient%2F")
    assert PersonLink.objects.count() == 0


@pytest.mark.parametrize(("own", "crosses"), [(False, False), (True, True)])
def test_what_a_companys_provider_vouched_for_stays_where_it_is(
    world: World, second: str, own: bool, crosses: bool
) -> None:
    """Otherwise the provider of one account would open all others of whoever works there."""
    here, there = world.browser("carl"), world.stranger(SECOND)
    session = here.session
    session[COMPANY_KEY] = CameIn(account_id=world.carl.id, stamp="set up", strong=True, own=own).stored()
    session.save()
    asked = there.get(path_of(link_over(from_host=CARL_HOST, to_host=SECOND, path=second), SECOND))

    answered = here.get(path_of(asked["Location"], CARL_HOST))

    assert answered["Location"].startswith(f"https://{SECOND}/arrive/" if crosses else f"https://{SECOND}/login/")
    assert PersonLink.objects.count() == int(crosses)


def test_host_of_another_tree_is_not_crossed_to(world: World) -> None:
    factories.make_collaborator(world.bakery, world.users["carl"])
    asked = ask_over(from_host=CARL_HOST, to_host=REMO_HOST, path="/", browser_hash="0" * 64)

    assert world.browser("carl").get(path_of(asked, CARL_HOST))["Location"] == f"https://{REMO_HOST}/login/"
    assert PersonLink.objects.count() == 0


@pytest.mark.parametrize("path", ["https://evil.test/", "//evil.test/", "/\\evil.test", "/no-such-page/", "/logout/"])
def test_it_leads_to_a_page_of_that_host_only(world: World, second: str, path: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)

    assert there.get(until_code(here, there, path))["Location"] == "/"


def test_log_ins_that_were_ended_meanwhile_do_not_come_over(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(here, there, second)
    user = User.objects.get(id=world.users["carl"].id)
    end_log_ins(user, at=now())

    assert there.get(path)["Location"] == "/login/"
    assert not is_in(there)


def test_second_factor_comes_over_as_old_as_it_is(world: World, second: str) -> None:
    set_up(world, "carl", now() - timedelta(hours=2))
    here, there = world.browser("carl"), world.stranger(SECOND)
    shown = (now() - timedelta(minutes=40)).isoformat()
    session = here.session
    session[SECOND_FACTOR_KEY] = session[LOGGED_IN_KEY] = shown
    session.save()
    before = there.session.session_key

    there.get(until_code(here, there, second))

    assert is_in(there)
    assert (there.session[SECOND_FACTOR_KEY], there.session[LOGGED_IN_KEY]) == (shown, shown)
    assert there.session.session_key != before


def test_whoever_never_showed_a_second_factor_shows_it_there(world: World, second: str) -> None:
    """The log-in at the first host is older than the second factor."""
    set_up(world, "carl", now())
    world.users["carl"].refresh_from_db()
    here, there = world.browser("carl"), world.stranger(SECOND)

    answer = there.get(until_code(here, there, second))

    assert answer["Location"] == "/prove/"
    assert not is_in(there)


def test_who_is_logged_in_there_already_stays(world: World, second: str) -> None:
    link = path_of(link_over(from_host=CARL_HOST, to_host=SECOND, path=second), SECOND)
    rosa = world.browser("rosa", SECOND)
    assert rosa.get(link)["Location"] == second
    assert SECRET_COOKIE not in rosa.cookies

    here, there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(here, there, second)
    rosa.cookies[SECRET_COOKIE] = there.cookies[SECRET_COOKIE].value
    rosa.get(path)
    assert int(rosa.session["_auth_user_id"]) == world.users["rosa"].id


def test_a_demand_over_there_is_asked_for_over_there(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    with platform_scope("a test"):
        AccessPolicy.unscoped.create(account=Account.unscoped.get(name="Second Kitchen"), team=True, changed_at=now())
    there.get(until_code(here, there, second))

    assert there.get("/accounts/").status_code == 200  # come over, as ever
    answer = there.get(second)
    assert answer["Location"].startswith("/prove/")
    assert here.get(f"/client/{world.carl.ref}/").status_code == 200


def test_cookies_are_this_hosts_alone_and_no_answer_is_kept(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    link = path_of(link_over(from_host=CARL_HOST, to_host=SECOND, path=second), SECOND)
    asked = there.get(link)
    cookie = asked.cookies[SECRET_COOKIE]
    assert SECRET_COOKIE.startswith("__Host-")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["path"]) == (
        True, True, "Lax", "", "/",
    )  # fmt: skip
    answered = here.get(path_of(asked["Location"], CARL_HOST))
    taken = there.get(path_of(answered["Location"], SECOND))
    assert taken.cookies[SECRET_COOKIE]["max-age"] == 0
    for answer in (asked, answered, taken):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer", "strict-origin"}


def test_preview_of_the_link_uses_nothing_up(world: World, second: str) -> None:
    here, there = world.browser("carl"), world.stranger(SECOND)
    path = until_code(here, there, second)

    assert there.head(path).status_code == 405
    assert there.get(path)["Location"] == second
