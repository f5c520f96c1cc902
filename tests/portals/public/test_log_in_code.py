"""Logging in by a code from the mailbox, in place of the password."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sublet.branding.queries import host_view
from sublet.foundation.clock import now
from sublet.foundation.scope import platform_scope
from sublet.people.models import Collaborator, CompanyLogIn, PersonLink, Throttle, User
from sublet.people.operations import second_factors
from sublet.people.operations.links import LOG_IN, issue_code, void_links
from sublet.people.operations.log_in_codes import CannotLogInByCode, log_in_by_code
from sublet.people.operations.passwords import end_log_ins
from sublet.people.operations.throttle import LOG_IN_CODE_BY_ADDRESS, key_of
from sublet.people.queries.links import hash_token
from sublet.portals.public.views.log_in_code import ASKED_KEY
from sublet.portals.shared.people import BY_MAIL_KEY, SECOND_FACTOR_KEY
from tests.people import CARL_HOST, REMO_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.people.test_second_factors import set_up
from tests.portals.public.mailbox import mails
from tests.signon import register

ROSA = "rosa@example.test"


def ask(browser: Client, email: str = ROSA, **more: str) -> None:
    answer = browser.post("/login/code/", {"email": email, **more})
    assert (answer.status_code, answer["Location"]) == (302, "/login/code/enter/")


def code_for(email: str = ROSA) -> str:
    found = re.search(r"\d{4} \d{4}", mails(email)[-1].text)
    assert found is not None
    return found[0]


def enter(browser: Client, code: str) -> object:
    answer = browser.post("/login/code/enter/", {"code": code})
    return answer["Location"] if answer.status_code == 302 else answer.status_code


def is_in(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def test_a_code_lets_its_person_in_once(world: World) -> None:
    User.objects.filter(email=ROSA).update(language="it")
    browser = world.stranger()
    page = browser.get("/login/").content.decode()
    assert 'form="log-in" formaction="/login/code/"' in page
    assert browser.post("/login/code/", {"email": "", "password": "x"}).status_code == 200
    assert browser.post("/login/code/", {"email": "nobody"}).status_code == 422

    ask(browser, next="/me/security/")
    page = browser.get("/login/code/enter/").content.decode()
    code, key = code_for(), browser.session.session_key

    assert ROSA in page
    assert enter(browser, code) == "/me/security/"
    assert is_in(browser)
    assert ASKED_KEY not in browser.session
    assert browser.session.session_key != key
    (mail,) = mails()  # and none of a new device
    assert (mail.template, mail.language, mail.from_name, mail.secret) == (
        "log-in-code",
        "it",
        "Rosa Web Studio",
        True,
    )
    assert "Vantage" not in mail.text + mail.html + mail.subject
    other = world.stranger()
    ask(other)
    code_for()
    assert enter(other, code) == 422  # used, and of another browser


def test_answer_and_work_are_the_same_for_everybody(world: World) -> None:
    ask(world.stranger(), "warm@example.test")
    seen = []
    for email in (ROSA, "nobody@example.test", "remo@example.test", "sam@example.test"):
        browser = world.stranger()
        with CaptureQueriesContext(connection) as asking:
            ask(browser, email)
        asked = len(asking)
        page = browser.get("/login/code/enter/").content.decode().replace(email, "")
        mails()
        with CaptureQueriesContext(connection) as entering:
            wrong = browser.post("/login/code/enter/", {"code": "1234 5678"})
        entered = len(entering)
        assert wrong.status_code == 422
        pages = [
            re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": |email=)"?[^"&]+', "", each)
            for each in (page, wrong.content.decode().replace(email, ""))
        ]
        seen.append((*pages, asked, entered))

    assert len(set(seen)) == 1
    assert [mail.to_email for mail in mails()] == [ROSA]


def test_nobody_is_written_to_from_a_host_of_others(world: World) -> None:
    for person, host in (("carl", VENDOR_HOST), ("carl", REMO_HOST), ("rosa", REMO_HOST), ("sam", ROSA_HOST)):
        ask(world.stranger(host), f"{person}@example.test")

    assert mails() == []


def test_a_code_is_good_in_the_browser_and_on_the_host_that_asked(world: World) -> None:
    browser, thief, carl = world.stranger(), world.stranger(), world.stranger(CARL_HOST)
    ask(thief)
    ask(browser)
    code = code_for()

    assert enter(thief, code) == 422
    assert enter(world.stranger(), code) == "/login/code/"
    assert browser.post("/login/code/enter/", {"code": code}, headers={"host": CARL_HOST})["Location"] == "/login/code/"
    browser = world.stranger()
    ask(browser)
    ask(carl, "carl@example.test")
    carls = code_for("carl@example.test")
    assert enter(browser, carls) == 422
    assert enter(carl, carls) == "/"


@pytest.mark.parametrize("over", ["time", "log-ins", "address", "off", "place"])
def test_a_code_is_over(world: World, over: str) -> None:
    browser = world.stranger()
    ask(browser)
    code, rosa = code_for(), world.users["rosa"]
    if over == "time":
        PersonLink.objects.update(expires_at=now() - timedelta(seconds=1))
    elif over == "log-ins":
        end_log_ins(rosa, at=now())
    elif over == "address":
        User.objects.filter(id=rosa.id).update(email="else@example.test")
    elif over == "off":
        User.objects.filter(id=rosa.id).update(is_active=False)
    else:
        Collaborator.unscoped.filter(user_id=rosa.id).update(ended_at=now())

    assert enter(browser, code) == 422
    assert not is_in(browser)


def test_five_guesses_and_three_codes(world: World) -> None:
    browser = world.stranger()
    ask(browser)
    code = code_for()
    assert [enter(browser, f"{n}000 0000") for n in range(6)] == [422] * 6
    answer = browser.post("/login/code/enter/", {"code": code})
    assert answer.status_code == 422
    assert "Ask for another one" in answer.content.decode()
    for _each in range(4):
        ask(world.stranger())
    assert len(mails(ROSA)) == 3  # and then silence
    count = Throttle.objects.filter(key=key_of(LOG_IN_CODE_BY_ADDRESS, "127.0.0.1"))
    assert count.get().count == 5
    count.update(count=LOG_IN_CODE_BY_ADDRESS.most - 2)
    answers = [world.stranger().post("/login/code/", {"email": f"n{n}@x.test"}).status_code for n in range(3)]
    assert answers == [302, 302, 429]


def test_strangers_do_not_use_up_a_persons_codes(world: World) -> None:
    def stranger(number: int) -> Client:
        return Client(REMOTE_ADDR=f"198.51.100.{number}", headers={"host": ROSA_HOST})

    for _each in range(9):
        ask(stranger(1))
    assert len(mails(ROSA)) == 3
    ask(stranger(2))  # the person on a new device, at home
    assert len(mails(ROSA)) == 4
    known = stranger(3)
    ask(known)
    assert enter(known, code_for()) == "/"
    known.post("/logout/")
    for number in range(4, 20):  # a whole street: there is an end for the mailbox's sake
        ask(stranger(number))
    assert len(mails(ROSA)) == 12
    ask(known)  # which the person's own devices never reach
    assert len(mails(ROSA)) == 13
    assert enter(known, code_for()) == "/"


def test_codes_that_let_somebody_in_do_not_shut_an_office_out(world: World) -> None:
    count = Throttle.objects.filter(key=key_of(LOG_IN_CODE_BY_ADDRESS, "127.0.0.1"))
    for _each in range(2):
        browser = world.stranger()
        ask(browser)
        count.update(count=LOG_IN_CODE_BY_ADDRESS.most)
        assert enter(browser, "0000 0000") == 422
        assert count.get().count == LOG_IN_CODE_BY_ADDRESS.most
        assert enter(browser, code_for()) == "/"
        assert count.get().count == LOG_IN_CODE_BY_ADDRESS.most - 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_codes_of_one_person_wait_for_the_person(world: World) -> None:
    """A code voids the others. Were the codes locked first, PostgreSQL would end one of two browsers as a deadlock."""
    rosa = User.objects.get(email=ROSA)
    site = host_view(ROSA_HOST)
    assert site is not None
    code = issue_code(
        purpose=LOG_IN,
        nonce_hash=hash_token("nonce"),
        user_id=rosa.id,
        host=ROSA_HOST,
        data={"email": ROSA},
        expires_at=now() + timedelta(minutes=5),
        at=now(),
    )
    outcome: list[str] = []

    def types_the_code() -> None:
        try:
            log_in_by_code(nonce="nonce", code=code, site=site, address="192.0.2.1", at=now())
            outcome.append("in")
        except CannotLogInByCode as refusal:
            outcome.append(refusal.code)
        except OperationalError as error:
            outcome.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=types_the_code)
    with transaction.atomic(), connection.cursor() as cursor:
        User.objects.select_for_update().get(id=rosa.id)
        thread.start()
        waiting = 0
        while not waiting and thread.is_alive():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
        void_links(user_id=rosa.id, purposes=[LOG_IN], at=now())
    thread.join()
    assert outcome == ["wrong"]


def test_it_is_one_factor(world: World) -> None:
    secret, _codes = set_up(world, "rosa", now() - timedelta(hours=1))
    browser = world.stranger()
    ask(browser)

    assert enter(browser, code_for()) == "/prove/"
    assert not is_in(browser)
    assert "/prove/mail/" not in browser.get("/prove/").content.decode()  # the mailbox has spoken already
    assert browser.post("/prove/mail/").status_code == 404
    assert browser.post("/prove/", {"code": second_factors.app_code(secret, at=now())})["Location"] == "/"
    assert browser.session[SECOND_FACTOR_KEY]


def test_it_stays_one_factor_for_whoever_is_logged_in_by_it(world: World) -> None:
    """Somebody else's browser is in by the mailbox before its person sets up an app: it is out, and were it the browser in
    which the app was set up, the mailbox opens no more with it."""
    thief = world.stranger()
    ask(thief)
    enter(thief, code_for())
    set_up(world, "rosa", now() - timedelta(hours=1))
    assert thief.post("/prove/mail/")["Location"].startswith("/login/")

    thief = world.browser("rosa")
    session = thief.session
    session[BY_MAIL_KEY] = True
    session.save()
    assert "/prove/mail/" not in thief.get("/prove/").content.decode()
    assert thief.post("/prove/mail/").status_code == 404


def test_what_the_company_alone_opens_stays_closed(world: World) -> None:
    for only, status in ((False, 200), (True, 302)):
        with platform_scope("a test"):
            CompanyLogIn.unscoped.update_or_create(
                account=world.carl,
                defaults={"issuer": "https://id.example", "is_on": True, "only": only, "changed_at": now()},
            )
        browser = world.stranger(CARL_HOST)
        ask(browser, "cleo@example.test")
        assert enter(browser, code_for("cleo@example.test")) == "/"
        answer = browser.get(f"/client/{world.carl.ref}/")
        assert answer.status_code == status
    assert answer["Location"].startswith(f"/login/company/{world.carl.ref}/")


def test_the_product_is_told_how(world: World) -> None:
    browser = world.stranger(CARL_HOST)
    ask(browser, "carl@example.test")
    enter(browser, code_for("carl@example.test"))
    program = register(world)
    assert program.claims(program.tokens(browser)["id_token"])["amr"] == ["email"]


def test_it_leads_nowhere_else(world: World) -> None:
    for target in ("https://evil.example/", "//evil.example", "/login/code/"):
        browser = world.stranger()
        ask(browser, next=target)
        assert enter(browser, code_for()) == "/"
    assert browser.get("/login/code/")["Location"] == "/"
    assert browser.get("/login/code/enter/")["Location"] == "/"
