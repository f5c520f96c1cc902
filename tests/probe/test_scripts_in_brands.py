"""I1, for what an agency types into its brand and its mails: forty attacks in every text, the pages that show them read in Chromium
by its clients, by itself and by the vendor. None runs, and the policy of the pages stops none because none gets so far.

The pages are asked for first and shown then, from memory: nothing but what they say reaches the browser.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Route, sync_playwright

from sublet.branding import operations
from sublet.branding.queries import forget_hosts
from sublet.core.brandfields import FIELDS, TEXT
from sublet.core.wording import Wording
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.messaging.wording_operations import change_wording
from tests.chromium import launch
from tests.people import AT, CARL_HOST, ROSA_HOST, VENDOR_HOST, World

pytestmark = [pytest.mark.django_db, pytest.mark.browser]
_RUN = "alert(1)"
PAYLOADS = (
    f"<script>{_RUN}</script>", f"<ScRiPt>{_RUN}</sCrIpT>", f"<script/x>{_RUN}</script>", f"<<script>{_RUN}//<</script>",
    f"</title><script>{_RUN}</script>", f"</style><script>{_RUN}</script>", f"</textarea><script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>", f"--><script>{_RUN}</script>", f"]]><script>{_RUN}</script>",
    f"<img src=x onerror={_RUN}>", f"<img/src=x/onerror={_RUN}>", "<img src=x onerror=&#97;lert(1)>", f"<svg onload={_RUN}>",
    f"<svg><script>{_RUN}</script>", f"<svg/onload={_RUN}//", f"<body onload={_RUN}>", f"<video src onerror={_RUN}>",
    f"<audio src onerror={_RUN}>", f"<details open ontoggle={_RUN}>", f"<input autofocus onfocus={_RUN}>",
    f"<select autofocus onfocus={_RUN}>", f"<iframe srcdoc='<script>{_RUN}</script>'>", f"<iframe src=javascript:{_RUN}>",
    f"<object data=javascript:{_RUN}>", f"<embed src=javascript:{_RUN}>", f"<a href=javascript:{_RUN} autofocus>x",
    f"<base href=javascript:/{_RUN}/>", f"<form action=javascript:{_RUN}><input type=submit>", f"<math><mi xlink:href=javascript:{_RUN}>",
    f"<meta http-equiv=refresh content=0;url=javascript:{_RUN}>", f"<link rel=stylesheet href=javascript:{_RUN}>",
    f"<style>@import 'javascript:{_RUN}'</style>", f"<marquee onstart={_RUN}>", f'" onmouseover={_RUN} autofocus onfocus={_RUN} x="',
    f"' onfocus={_RUN} autofocus x='", f"javascript:{_RUN}", f"{{{{{_RUN}}}}}", f"${{{_RUN}}}",
    f"\\u003cscript\\u003e{_RUN}\\u003c/script\\u003e",
)  # fmt: skip
TEXTS = [name for name, field in FIELDS.items() if field.kind == TEXT and not name.startswith("word_")]
WORDS = [name for name in FIELDS if name.startswith("word_")]
Pages = dict[str, tuple[int, dict[str, str], bytes]]


def dress(world: World, number: int) -> None:
    """Each text of both brands holds an attack, and a mail's words do; another one for each `number`."""
    turn = iter(PAYLOADS[number:] + PAYLOADS[:number])
    changes = {name: next(turn)[: FIELDS[name].longest] for name in TEXTS}
    changes |= {name: f"<img src=x onerror={_RUN}>{number}"[: FIELDS[name].longest] for name in WORDS}
    with world.scope("rosa") as rosa:
        for account in (world.rosa, world.carl):
            operations.change_brand(account_ref=account.ref, changes=changes, version=None, actor=rosa, at=AT)
        wording = Wording(next(turn), f"{next(turn)}\n\n{{button}}", next(turn), next(turn)[:60])
        change_wording(
            account_ref=world.rosa.ref,
            key="password-changed",
            language="en",
            wording=wording,
            version=None,
            actor=rosa,
            at=AT,
        )
        queue_mail(
            template="password-changed", account_id=world.carl.id, to_email="carl@example.test", to_name=next(turn), language="en",
            context={"name": next(turn), "email": "x@y.example", "url": "https://x.example/"}, key=f"k{number}", actor=rosa, at=AT,
        )  # fmt: skip
    run_due_jobs(at=AT)
    forget_hosts()


def addresses(world: World) -> Iterator[tuple[str, str, str]]:
    """Who reads what, on which host."""
    rosa, carl, vendor = world.rosa.ref, world.carl.ref, world.vendor.ref
    with platform_scope("a test looks for a mail"):
        mail = OutboxMail.objects.order_by("-id").values_list("id", flat=True)[0]
    for path in ("/login/", "/forgotten/", "/nothing/"):
        yield "", CARL_HOST, path
    for path in ("", "team/", "history/"):
        yield "carl", CARL_HOST, f"/client/{carl}/{path}"
    for path in (
        "brand/", "senders/", "history/", "clients/", f"clients/{carl}/brand/", f"clients/{carl}/", f"mails/{mail}/",
        f"mails/{mail}/shown/", "words/mail/?mail=password-changed&in=en", "words/mail/preview/?mail=password-changed&in=en",
        "brand/preview/?surface=log-in", "brand/preview/?surface=mail",
    ):  # fmt: skip
        yield "rosa", ROSA_HOST, f"/reseller/{rosa}/{path}"
    for path in (f"accounts/{rosa}/", "hosts/", "journal/", "mails/", f"mails/{mail}/"):
        yield "vera", VENDOR_HOST, f"/vendor/{vendor}/{path}"


def asked(world: World, number: int) -> Pages:
    """Every page of that turn, as its reader gets it."""
    found: Pages = {}
    for who, host, path in addresses(world):
        browser = world.browser(who, host) if who else world.stranger(host)
        answer = browser.get(path)
        headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
        found[f"http://{host}/{number}{path}"] = (answer.status_code, headers, answer.getvalue())
    return found


def show(browser: Browser, pages: Pages) -> tuple[list[str], list[str]]:
    """What ran, and what the policy of a page stopped, in a browser that has nothing but those pages and our own files."""
    ran: list[str] = []
    stopped: list[str] = []
    context = browser.new_context()

    def answer(route: Route) -> None:
        url = route.request.url
        known = pages.get(url)
        if known is not None:
            route.fulfill(status=known[0], headers=known[1], body=known[2])
            return
        path = urlsplit(url).path
        file = find(path.removeprefix("/static/")) if path.startswith("/static/") else None
        route.fulfill(path=file) if isinstance(file, str) else route.abort()

    context.route("**/*", answer)
    page = context.new_page()

    def asks(dialog: Dialog) -> None:
        ran.append(page.url)
        dialog.dismiss()

    def says(told: ConsoleMessage) -> None:
        if "Security Policy" in told.text:
            stopped.append(f"{page.url}: {told.text}")

    page.on("dialog", asks)
    page.on("console", says)
    for url in pages:
        page.goto(url, wait_until="load")
        page.keyboard.press("Tab")
    context.close()
    return ran, stopped


def test_no_attack_in_a_brand_or_a_mail_runs_in_anybodys_browser(world: World) -> None:
    assert len(PAYLOADS) == len(set(PAYLOADS)) == 40
    pages: Pages = {}
    for number in range(0, len(PAYLOADS), 8):
        dress(world, number)
        pages |= asked(world, number)
    assert {
        url: status for url, (status, _headers, _body) in pages.items() if status != 200 and "/nothing/" not in url
    } == {}
    shown = b"".join(body for _status, _headers, body in pages.values())
    assert shown.count(b"alert(1)") > 1000  # they are there, as text
    html = {"Content-Type": "text/html; charset=utf-8"}
    policy = {**html, "Content-Security-Policy": "default-src 'none'; script-src 'self'"}
    typed = f"<!doctype html><title>x</title>{PAYLOADS[0]}".encode()
    control = {
        "http://control.localhost/open/": (200, html, typed),
        "http://control.localhost/shut/": (200, policy, typed),
    }
    with sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            assert show(browser, pages) == ([], [])
            ran, stopped = show(browser, control)
            assert ran == ["http://control.localhost/open/"]
            assert len(stopped) == 1
        finally:
            browser.close()
