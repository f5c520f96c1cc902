"""M5: on the hosts of resellers and clients, nothing names the vendor: no page, file, header, cookie, error or document.

The addresses come from the URL configuration: everything that is public, so a new one is covered without anybody adding it.
What is looked for comes from the vendor's own list (`branding.queries.vendor_words`). That a leak would be noticed is shown
by the last tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape

import pytest
from django.db import OperationalError, transaction
from django.test import Client

from sublet.branding import operations
from sublet.branding.queries import forget_hosts, sites, vendor_words
from sublet.catalog.queries import forget_offer
from sublet.core.vendorwords import hits
from sublet.entitlements.operations import check_limits, consume, give_top_up, send_digests, set_override
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import platform_scope
from sublet.messaging.events import MailWithheld
from sublet.messaging.models import Delivery, OutboxMail
from sublet.messaging.rendering import render_mail
from sublet.messaging.worded import all_kinds
from sublet.portals.api import limits
from sublet.subscriptions.operations import start_trial
from tests.entitlements import load
from tests.messaging.test_webhooks import listen, suspended
from tests.messaging.test_wording_rendering import values
from tests.moves.steps import agree, ask_transfer
from tests.people import AT, CARL_HOST, ROSA_HOST, VENDOR_HOST, World
from tests.probe.test_tenants import Address, addresses

pytestmark = pytest.mark.django_db
#: Arguments of public addresses: nothing that there is, so that the answer is the one for strangers.
ARGUMENTS = {"size": "192", "digest": "0" * 64}


@pytest.fixture
def seen(world: World) -> World:
    """A vendor with a name, a support contact and a former name that are like nobody else's."""
    with world.scope("vera") as vera:
        changes = {
            "name": "Vantage Cloud", "support_name": "Vantage Help", "support_email": "help@vantage-cloud.example",
            "support_url": "https://www.vantage-cloud.example/help", "footer": "Vantage Apps Ltd, London",
            "sender_name": "Vantage Post", "color": "#fedcba",
        }  # fmt: skip
        operations.change_brand(account_ref=world.vendor.ref, changes=changes, version=None, actor=vera, at=AT)
        for word in ("fedcba", "Oldname Systems", "Vantage"):
            operations.add_vendor_word(text=word, actor=vera, at=AT)
    forget_hosts()
    return world


def public() -> Iterator[Address]:
    for each in addresses("sublet.config.urls_brand"):
        if each.needs == "public":
            yield each


def told(answer: object) -> str:
    """Everything that an answer says: status line, headers, cookies, body."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())  # type: ignore[attr-defined]  # a response
    cookies = "\n".join(str(morsel) for morsel in answer.cookies.values())  # type: ignore[attr-defined]  # as above
    content = getattr(answer, "content", b"") if not getattr(answer, "streaming", False) else b""
    return f"{headers}\n{cookies}\n{content.decode('utf-8', 'replace')}"


def leaks(text: str) -> list[str]:
    return [f"{hit.word}: {hit.around}" for hit in hits(text, vendor_words())]


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST])
def test_nothing_public_names_the_vendor(seen: World, host: str) -> None:
    browser = Client(headers={"host": host, "accept-language": "it"}, raise_request_exception=False)
    found, walked = [], 0
    for address in public():
        path = address.filled({name: ARGUMENTS.get(name, "x") for name in address.arguments})
        for method in ("get", "post"):
            answer = getattr(browser, method)(path)
            walked += 1
            found += [f"{method} {path}: {leak}" for leak in leaks(told(answer))]
    assert found == []
    assert walked > 60


@pytest.mark.parametrize("host", [ROSA_HOST, CARL_HOST])
def test_no_error_names_the_vendor(seen: World, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Client(headers={"host": host}, raise_request_exception=False, enforce_csrf_checks=True)
    person = seen.browser("rosa" if host == ROSA_HOST else "carl", host)
    person.raise_request_exception = False
    answers = {
        404: browser.get("/nothing/here/"),
        403: browser.post("/login/", {"email": "x@y.example", "password": "x"}),
        405: Client(headers={"host": host}).post("/robots.txt"),
        401: browser.get("/api/v1/account"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(limits, "BY_ADDRESS", limits.Buckets(rate=0.001, burst=1))
        browser.get("/api/v1/account")
        answers[429] = browser.get("/api/v1/account")
    with monkeypatch.context() as patch:

        def down(*args: object, **named: object) -> None:
            raise OperationalError("connection to server at vendor.localhost failed")

        patch.setattr("django.db.backends.utils.CursorWrapper.execute", down)
        answers[-1] = person.get("/me/")  # nor is it known who asks
        answers[503] = browser.get("/login/")  # the host is known to the process, the database is away
        patch.setattr(sites._cache, "check", down)
        answers[0] = browser.get("/login/")  # not even the host is known
        french = Client(headers={"host": host, "accept-language": "fr"}, raise_request_exception=False)
        answers[-2] = french.get("/login/")
        assert "Nous revenons dans un instant" in told(answers[-2])
    for status, answer in answers.items():
        assert answer.status_code == (status if status > 0 else 503), (status, answer.status_code)
        assert answer.status_code != 503 or answer.headers["Retry-After"] == "60"
        assert "<h1" in told(answer) or "<title>" in told(answer) or status in {401, 405, 429}
        assert leaks(told(answer)) == []


def test_no_document_of_the_api_names_the_vendor(seen: World) -> None:
    browser = Client(headers={"host": CARL_HOST})
    for path in ("/api/", "/api/v1/openapi.json"):
        answer = browser.get(path)
        assert leaks(told(answer)) == []


def test_no_webhook_of_a_reseller_or_client_names_the_vendor(seen: World) -> None:
    """What somebody of the vendor does is told without them; the vendor's own endpoint is the positive control."""
    for who in ("vera", "rosa", "carl"):
        listen(seen, who, f"https://{who}.example/in")
    with seen.scope("vera") as vera:
        acting = replace(vera, name="Vera of Vantage", account_name="Vantage Cloud")
        for event in (suspended(), MailWithheld(mail="m", to="c@example.test")):
            with transaction.atomic():
                record(event, account_id=seen.carl.id, parent_id=seen.rosa.id, actor=acting, at=AT, reason="Vantage")
    told = {row.endpoint.account.kind: leaks(row.body) for row in Delivery.unscoped.all()}  # unscoped: of everybody
    assert (told["reseller"], told["client"]) == ([], [])
    assert told["vendor"] != []


def test_no_mail_in_any_language_names_the_vendor(seen: World) -> None:
    site = sites.fresh_host_view(CARL_HOST)
    assert site is not None
    found = []
    for kind in all_kinds():
        for language in ("en", "it", "sq", "nl", "fr", "pt"):
            mail = render_mail(
                template=kind.template, brand=site.brand, language=language, context=values(kind), origin="https://carl.localhost"
            )  # fmt: skip
            found += [f"{kind.key} {language}: {leak}" for leak in leaks(f"{mail.subject}\n{mail.text}\n{mail.html}")]
    assert found == []


def test_no_page_nor_mail_of_plans_limits_and_moves_names_the_vendor(seen: World) -> None:
    """What the account's people and its reseller see of the offer, as they see it: logged in, with something on every page."""
    forget_offer()
    load(seen)
    carl, rosa, remo = seen.carl, seen.rosa, seen.remo
    with seen.scope("vera") as vera:
        acting = replace(vera, account_name="Vantage Cloud")
        set_override(ref=carl.ref, kind="meter", key="page_visits", value=9, note="Vantage", actor=acting, at=AT)
        give_top_up(ref=carl.ref, meter="appointments", units=2, until=None, reason="Vantage", actor=acting, at=AT)
        for number in range(2):
            consume(
                account_ref=carl.ref, meter="appointments", quantity=45, source="t", event_id=str(number), actor=acting, at=AT
            )  # fmt: skip
        check_limits(account_id=carl.id, actor=acting, at=AT)
    with seen.scope("rosa") as actor:
        start_trial(ref=carl.ref, actor=actor, at=AT)
    with platform_scope("the schedule"):
        send_digests(actor=seen.actor("vera"), at=AT + timedelta(days=1))
    pages = {
        ("carl", CARL_HOST): [f"/client/{carl.ref}/{each}/" for each in ("plan", "use", "moves", "history")],
        ("rosa", ROSA_HOST): [
            *(f"/reseller/{rosa.ref}/clients/{carl.ref}/{each}/" for each in ("use", "subscription", "history")),
            *(f"/reseller/{rosa.ref}/{each}/" for each in ("moves", "webhooks")),
            f"/reseller/{rosa.ref}/clients/{carl.ref}/use/appointments/limit/",
        ],
    }
    found, statuses = [], []
    for (who, host), paths in pages.items():
        browser = seen.browser(who, host)
        for path in paths:
            answer = browser.get(path)
            statuses.append((path, answer.status_code))
            found += [f"{path}: {leak}" for leak in leaks(told(answer))]
    assert found == []
    assert [each for each in statuses if each[1] != 200] == []
    move = ask_transfer(seen, at=AT)
    assert agree(seen, "remo", move, AT)
    with platform_scope("test"):
        mails = list(OutboxMail.objects.filter(account_id__in=(carl.id, rosa.id, remo.id)))
        assert {mail.template for mail in mails} >= {"limit", "limit-refused-client", "trial-started", "move"}
        bodies = {(mail.template, mail.to_email): f"{mail.subject}\n{mail.text}\n{mail.html}" for mail in mails}
    assert [(about, leaks(text)) for about, text in bodies.items() if leaks(text)] == []


def test_the_probe_sees_the_vendor_where_it_stands(seen: World) -> None:
    """Positive control: on the vendor's own host the same eyes find it, on the log-in page and in the web manifest."""
    browser = Client(headers={"host": VENDOR_HOST})
    for path in ("/login/", "/manifest.webmanifest", "/brand.css"):
        assert leaks(told(browser.get(path))) != [], path


@pytest.mark.parametrize(
    "planted", ["X-Powered-By: Vantage-Cloud/3", "oldname_systems=1", "Powered by Oldname Systems"]
)
def test_the_probe_sees_a_planted_word(seen: World, planted: str) -> None:
    """Positive control: in a header, a cookie, a sentence, a JSON string and an attribute."""
    assert leaks(planted) != []
    assert leaks(json.dumps({"title": planted})) != []
    assert leaks(f'<meta name="generator" content="{escape(planted)}">') != []
