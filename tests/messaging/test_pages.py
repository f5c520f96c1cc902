"""The list of mails, as the vendor and a reseller meet it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from sublet.messaging import queries
from sublet.messaging.chores import forget_old_mails
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.portals.shared import mails
from tests.people import AT, World

pytestmark = pytest.mark.django_db


def write(world: World, account: str, key: str, state: str = "sent", *, secret: bool = False) -> str:
    queue_mail(
        template="test-welcome",
        account_id=getattr(world, account).id,
        to_email=f"{key}@example.test",
        to_name="Carl",
        language="en",
        context={"name": "Carl", "note": "<b>note</b>", "url": "https://rosa.localhost/x/TOKEN", "hours": 2},
        key=key,
        actor=world.actor("rosa"),
        at=AT,
        secret=secret,
    )
    rows = OutboxMail.unscoped.filter(key=key)  # unscoped: a test makes it so
    rows.update(state=state, answer="550 no such person" if state == "failed" else "")
    return str(rows.get().id)


def vendor(world: World, rest: str = "") -> str:
    return f"/vendor/{world.vendor.ref}/mails/{rest}"


def reseller(world: World, rest: str = "") -> str:
    return f"/reseller/{world.rosa.ref}/mails/{rest}"


def test_the_vendor_sees_every_mail_and_filters_them(world: World) -> None:
    write(world, "carl", "one")
    write(world, "bakery", "two", "failed")
    write(world, "carl", "three", "unknown")
    browser = world.browser("vera")
    page = browser.get(vendor(world)).content.decode()
    for words in ("one@example.test", "two@example.test", "550 no such person", "nobody knows whether it arrived"):
        assert words in page
    failed = browser.get(vendor(world, "?state=failed")).content.decode()
    assert "two@example.test" in failed
    assert "one@example.test" not in failed
    found = browser.get(vendor(world, "?q=one@example.test")).content.decode()
    assert "one@example.test" in found
    assert "two@example.test" not in found


def test_mails_are_found_by_kind_and_by_the_account_that_they_are_about(world: World) -> None:
    write(world, "carl", "one")
    write(world, "elan", "two")
    OutboxMail.unscoped.filter(key="two").update(template="grant")  # unscoped: a test makes it so
    browser = world.browser("rosa")
    for query, there, gone in (
        ("?kind=grant", "two", "one"),
        (f"?about={world.carl.ref}", "one", "two"),
    ):
        page = browser.get(reseller(world, query)).content.decode()
        assert f"{there}@example.test" in page
        assert f"{gone}@example.test" not in page
    assert browser.get(reseller(world, f"?about={world.bakery.ref}")).status_code == 404


def test_a_mail_is_shown_as_a_document_that_can_do_nothing(world: World) -> None:
    mail = write(world, "carl", "one")
    page = world.browser("rosa").get(reseller(world, f"{mail}/"))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    shown = world.browser("rosa").get(reseller(world, f"{mail}/shown/"))
    assert shown["Content-Security-Policy"].endswith("sandbox")
    assert "&lt;b&gt;note&lt;/b&gt;" in shown.content.decode()
    foreign = write(world, "bakery", "two")
    assert world.browser("rosa").get(reseller(world, f"{foreign}/shown/")).status_code == 404


def test_a_reseller_sees_its_own_scope_only(world: World) -> None:
    write(world, "carl", "one")
    foreign = write(world, "bakery", "two", "failed")
    browser = world.browser("rosa")
    page = browser.get(reseller(world)).content.decode()
    assert "one@example.test" in page
    assert "two@example.test" not in page
    assert browser.get(reseller(world, f"{foreign}/")).status_code == 404
    assert browser.post(reseller(world, f"{foreign}/again/")).status_code == 404
    assert OutboxMail.unscoped.get(key="two").state == "failed"  # unscoped: a test looks at everything


def test_a_mail_shows_its_text_as_text(world: World) -> None:
    mail = write(world, "carl", "one", "failed")
    page = world.browser("vera").get(vendor(world, f"{mail}/")).content.decode()
    assert "&lt;b&gt;note&lt;/b&gt;" in page
    assert "<b>note</b>" not in page
    assert "550 no such person" in page


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "failed", "unknown"])
def test_a_secret_is_shown_to_nobody_in_any_state(world: World, state: str) -> None:
    mail = write(world, "carl", "one", state, secret=True)
    for person, path in (("vera", vendor), ("rosa", reseller)):
        browser = world.browser(person)
        page = browser.get(path(world, f"{mail}/")).content.decode()
        shown = browser.get(path(world, f"{mail}/shown/")).content.decode()
        assert "TOKEN" not in page + shown
        assert "What works once is shown to nobody" in page
        assert "••••••" in page
        assert "Hello Carl" in shown


@pytest.mark.parametrize(("person", "path"), [("vera", vendor), ("rosa", reseller)])
def test_what_failed_is_sent_again_once(world: World, person: str, path: Callable[[World, str], str]) -> None:
    mail = write(world, "carl", "one", "failed")
    browser = world.browser(person)
    address = path(world, f"{mail}/")
    assert 'action="' + address + 'again/"' in browser.get(address).content.decode()
    assert browser.get(address + "again/").status_code == 405
    page = browser.post(address + "again/", follow=True).content.decode()
    assert "The mail is on its way again." in page
    assert "This mail is on its way already." in browser.post(address + "again/", follow=True).content.decode()
    assert OutboxMail.unscoped.get(key="one").state == "queued"  # unscoped: a test looks at everything


@pytest.mark.parametrize(("person", "path"), [("vera", vendor), ("rosa", reseller)])
def test_what_was_sent_is_sent_again_from_its_page_for_a_month(
    world: World, monkeypatch: pytest.MonkeyPatch, person: str, path: Callable[[World, str], str]
) -> None:
    mail, secret = write(world, "carl", "one"), write(world, "carl", "two", secret=True)
    browser = world.browser(person)

    def page(number: str, days: int) -> str:
        monkeypatch.setattr(mails, "now", lambda: AT + timedelta(days=days))
        return str(browser.get(path(world, f"{number}/")).content.decode())

    action = 'action="' + path(world, f"{mail}/") + 'again/"'
    assert [action in page(mail, days) for days in (30, 31)] == [True, False]
    assert "again/" not in page(secret, 1)
    assert "look into their junk mail first." in page(mail, 1)
    assert "Copies sent again" not in page(mail, 1)
    answer = browser.post(path(world, f"{secret}/again/"), follow=True).content.decode()
    assert "its text is not kept" in answer
    assert "The mail is on its way again." in browser.post(path(world, f"{mail}/again/"), follow=True).content.decode()
    row = OutboxMail.unscoped.get(id=mail)  # unscoped: a test looks at everything
    assert (row.state, row.copies) == ("sent", 1)
    copy = OutboxMail.unscoped.get(copy_of=row)  # unscoped: as above
    assert copy.state == "queued"
    assert "Copy of" in page(str(copy.id), 1)
    assert "Copies sent again" in page(mail, 1)


@pytest.mark.parametrize("mail", ["x", "0", "%00", "00000000-0000-4000-8000-000000000000", "../jobs"])
def test_a_mail_that_is_none_is_not_there(world: World, mail: str) -> None:
    assert world.browser("vera").get(vendor(world, f"{mail}/")).status_code in {302, 404}


@pytest.mark.parametrize(
    ("person", "status"), [("carl", 404), ("cleo", 404), ("remo", 404), ("rico", 403), ("ruth", 403)]
)
def test_who_may_not_read_the_journal_does_not_read_mails(world: World, person: str, status: int) -> None:
    write(world, "carl", "one")
    answer = world.browser(person, "rosa.localhost").get(reseller(world))
    assert answer.status_code == status
    assert "one@example.test" not in answer.content.decode()


def test_the_list_is_walked_forth_and_back(world: World) -> None:
    for number in range(7):
        write(world, "carl", f"k{number}")
    with world.scope("vera") as vera:
        first = queries.outbox(vera, size=3)
        second = queries.outbox(vera, size=3, cursor=first.next_cursor)
        back = queries.outbox(vera, size=3, cursor=second.previous_cursor)
        assert (first.previous_cursor, back.previous_cursor) == ("", "")
        assert [row.id for row in back.rows] == [row.id for row in first.rows]
        last = queries.outbox(vera, size=3, cursor=second.next_cursor)
        assert (len(last.rows), last.next_cursor) == (1, "")


def test_old_mails_are_forgotten_and_the_page_says_when(world: World) -> None:
    for key, state in (("old", "sent"), ("gone", "failed"), ("waits", "queued")):
        write(world, "carl", key, state)
    assert "Mails are kept for 180 days." in world.browser("rosa").get(reseller(world)).content.decode()
    told: list[int] = []
    assert forget_old_mails(at=AT + timedelta(days=180), progress=told.append) == 0
    assert forget_old_mails(at=AT + timedelta(days=180, seconds=1), progress=told.append) == 2
    assert (told, OutboxMail.unscoped.get().key) == ([2], "waits")  # unscoped: a test looks at everything


def test_a_mail_that_is_sent_again_while_old_ones_are_forgotten_is_kept(world: World) -> None:
    for key in ("old", "again"):
        write(world, "carl", key, "failed")
    seen: list[str] = []

    def meanwhile(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if '"outbox_mail"' in sql:
            seen.append(sql)
            if len(seen) == 2:  # the batch is listed, and nothing is deleted yet
                OutboxMail.unscoped.filter(key="again").update(state="queued")  # unscoped: as above
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        forget_old_mails(at=AT + timedelta(days=181), progress=lambda gone: None)
    assert OutboxMail.unscoped.get().key == "again"  # unscoped: as above
    assert ("FOR UPDATE" in seen[0]) is connection.features.has_select_for_update


def test_mails_are_found_by_the_name_of_the_account(world: World) -> None:
    write(world, "carl", "one")
    write(world, "elan", "two")
    write(world, "bakery", "three")
    found = world.browser("rosa").get(reseller(world, f"?q={world.carl.name[:4].upper()}")).content.decode()
    assert ["@example.test" in found, "one@" in found, "two@" in found] == [True, True, False]
    theirs = world.browser("rosa").get(reseller(world, f"?q={world.bakery.name[:6]}")).content.decode()
    assert "three@" not in theirs


def test_an_account_is_picked_by_a_part_of_its_name_among_those_that_one_may_see(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for account in ("carl", "elan", "bakery"):
        write(world, account, account)
    rosa, part = world.browser("rosa"), world.carl.name[1:4].upper()

    def picked(**query: str) -> list[str]:
        page = rosa.get(reseller(world), query).content.decode()
        menu = page.partition('id="mails-found-about"')[2].partition("</div>")[0]
        return re.findall(r'href="([^"]+)"', menu)

    assert picked() == []
    [url] = picked(find=part, state="sent", cursor="x")
    assert (f"about={world.carl.ref}" in url, "state=sent" in url, "find=" in url, "cursor" in url) == (
        True, True, False, False,
    )  # fmt: skip
    page = rosa.get(url.replace("&amp;", "&")).content.decode()
    assert ["carl@" in page, "elan@" in page, world.carl.name in page] == [True, False, True]
    assert len(picked(find="elan", about=world.carl.ref)) == 1  # accents and case do not matter
    assert f"about={world.carl.ref}" not in picked(find="elan", about=world.carl.ref)[0]
    assert picked(find=world.bakery.name) == []  # another reseller's
    assert "No account has this name." in rosa.get(reseller(world), {"find": world.bakery.name}).content.decode()
    assert picked(find="%") == picked(find="\x00") == []
    vera = world.browser("vera").get(vendor(world), {"find": world.bakery.name}).content.decode()
    assert f"about={world.bakery.ref}" in vera
    monkeypatch.setattr(queries, "_MOST_NAMED", 1)
    assert "There are more." in rosa.get(reseller(world), {"find": "a"}).content.decode()


def test_a_search_that_means_too_many_accounts_is_about_the_newest_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MOST_NAMED", 1)
    for account in ("carl", "elan", "zorba"):
        write(world, account, account)
    rosa = world.browser("rosa")
    pages = {
        text: rosa.get(reseller(world), {"q": text}).content.decode() for text in ("c", "ÉLAN", "CARL@example.Test")
    }
    shown = {text: [f"{key}@" in page for key in ("carl", "elan", "zorba")] for text, page in pages.items()}
    assert shown == {
        "c": [False, False, True],
        "ÉLAN": [False, True, False],
        "CARL@example.Test": [True, False, False],
    }
    assert ["Type more of the name" in page for page in pages.values()] == [True, False, False]
