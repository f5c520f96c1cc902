"""The attacks on hosts and pictures of security.md that a database takes part in (D1, D3, I2): each is tried, and then tried
again with the defence taken away, where it must be seen to succeed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from sublet.branding import operations, queries
from sublet.branding.images import MadeImage
from sublet.branding.models import BrandImage, Domain
from sublet.branding.operations import CannotAddHost, CannotChangeBrand, checks, pictures
from sublet.branding.queries import domains
from sublet.core.domains import NO, YES, Step, Verdict, next_step
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.scope import account_scope
from sublet.messaging.models import OutboxMail
from sublet.people.operations import password_reset
from sublet.portals.shared import hosts
from tests import factories
from tests.branding import pictures as made_here
from tests.people import AT, CARL_HOST, PASSWORD, REMO_HOST, ROSA_HOST, VENDOR_HOST, World

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
EVIL = "evil.example"
#: All that a stranger, or a proxy that passes everything on, could say of the host in one request.
FORGED = {
    "X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL};proto=http", "X-Host": EVIL, "X-Original-Host": EVIL,
    "X-Forwarded-Server": EVIL, "X-Original-URL": f"//{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/", "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "1", "Referer": f"https://{EVIL}/",
}  # fmt: skip


# D1: links in mails ---------------------------------------------------------------------------------------------------


def forged(browser: Client, host: str) -> Client:
    browser.defaults.update(Client(headers={**FORGED, "host": f"{host.upper()}:1234"}).defaults)
    return browser


def mails() -> dict[str, set[str]]:
    """By kind, where the addresses in the mails begin; all of them are made by now."""
    run_due_jobs(at=AT.replace(year=2100))
    found: dict[str, set[str]] = {}
    for row in OutboxMail.unscoped.all():  # unscoped: a test looks at everything
        begins = re.findall(r"https?://[^/\s\"'<)]+", row.text + row.html + row.subject)
        found.setdefault(row.template, set()).update(begins)
    return {name: begins - {"http://www.w3.org"} for name, begins in found.items()}


def test_no_page_that_causes_a_mail_lets_a_request_say_where_its_links_lead(world: World) -> None:
    """D1: every page that strangers and people can have a mail written by, in one forged request each."""
    stranger, vendors = forged(world.stranger(), ROSA_HOST), forged(world.stranger(VENDOR_HOST), VENDOR_HOST)
    rosa, carl = forged(world.browser("rosa"), ROSA_HOST), forged(world.browser("carl"), CARL_HOST)
    stranger.post("/forgotten/", {"email": "rosa@example.test"})
    stranger.post("/login/", {"email": "rosa@example.test", "password": PASSWORD})
    vendors.post(
        "/sign-up/",
        {"account_name": "New", "name": "Nina", "email": "nina@new.test", "language": "en", "country": "IT",
         "timezone": "Europe/Rome"},
    )  # fmt: skip
    rosa.post(f"/reseller/{world.rosa.ref}/team/invite/", {"email": "one@new.test", "language": "en"})
    carl.post(f"/client/{world.carl.ref}/team/invite/", {"email": "two@new.test", "language": "en"})
    rosa.post("/me/email/", {"email-email": "rosa@new.test", "email-password": PASSWORD})
    found = mails()
    linked = {name for name, begins in found.items() if begins}
    assert linked >= {
        "password-reset", "new-device", "sign-up", "invitation-new-staff", "invitation-new", "email-confirm",
    }  # fmt: skip
    ours = {f"https://{host}" for host in (ROSA_HOST, CARL_HOST, VENDOR_HOST)}
    assert set().union(*found.values()) <= ours


def test_a_link_that_followed_the_request_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """D1's positive control: every host is let in, and the link leads to the one that was asked for, as where a framework does."""
    asked: list[str] = []
    known = queries.host_view

    def believed(request: Any) -> str:
        asked.append(request.headers["X-Forwarded-Host"])
        return ROSA_HOST

    def anybody(host: str) -> queries.HostView | None:
        rosas = known(ROSA_HOST)
        return None if rosas is None else replace(rosas, host=host)

    monkeypatch.setattr(hosts, "host_name", believed)
    monkeypatch.setattr(password_reset, "host_view", anybody)
    monkeypatch.setattr(password_reset, "primary_host", lambda account_id: asked[-1])
    forged(world.stranger(), "nobody.example").post("/forgotten/", {"email": "rosa@example.test"})
    assert f"https://{EVIL}" in mails()["password-reset"]


# D3: a name whose proof is gone, and who gets it next -----------------------------------------------------------------


def lose(domain: Domain, world: World) -> None:
    """Nine days of daily checks that find somebody else's records."""
    for day in range(1, 10):
        with account_scope(domain.account_id):
            operations.settle_check(
                ref=domain.ref, verdict=Verdict(NO, NO, ()), actor=world.actor("vera"), at=AT + day * DAY
            )


@pytest.fixture
def lost(world: World) -> Domain:
    domain = factories.make_host(world.rosa, "app.agency.example", primary=False)
    Domain.unscoped.filter(id=domain.id).update(proof="dns", serving=True)  # unscoped: a test sets everything
    return domain


def claim(world: World, at: datetime) -> str:
    with world.scope("remo") as remo:
        try:
            operations.add_host(account_ref=world.remo.ref, host="app.agency.example", actor=remo, at=at)
        except CannotAddHost as refusal:
            return refusal.code
    return "had"


def test_a_name_without_proof_stops_and_rests_for_thirty_days(world: World, lost: Domain) -> None:
    lose(lost, world)
    assert queries.host_view(lost.host) is None
    stopped = Domain.unscoped.get(id=lost.id).released_at  # unscoped: a test looks at everything
    assert stopped is not None
    assert AT + 8 * DAY <= stopped <= AT + 9 * DAY
    # Almost to the second; what another claims then is his to prove, and nothing that leads anywhere.
    assert claim(world, stopped + 30 * DAY - timedelta(seconds=1)) == "resting"
    assert claim(world, stopped + 30 * DAY) == "had"
    assert queries.host_view(lost.host) is None


def test_a_name_that_did_not_stop_would_be_served_for_ever(
    world: World, lost: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D3's positive control: a check that never ends anything."""
    judged = next_step

    def patient(*facts: Any) -> Step:
        return replace(judged(*facts), stop=False)

    monkeypatch.setattr(checks, "next_step", patient)
    lose(lost, world)
    assert queries.host_view(lost.host) is not None


def test_a_name_that_did_not_rest_would_be_the_next_ones_at_once(
    world: World, lost: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D3's positive control: a released name that rests no time, while the old links to it are still about."""
    monkeypatch.setattr(domains, "QUARANTINE", timedelta())
    monkeypatch.setattr(operations.hosts, "QUARANTINE", timedelta())
    lose(lost, world)
    assert claim(world, AT + 9 * DAY) == "had"
    bought = Domain.unscoped.get(host=lost.host, account=world.remo)  # unscoped: a test looks at everything
    with account_scope(world.remo.id):
        operations.settle_check(
            ref=bought.ref, verdict=Verdict(YES, YES, ()), actor=world.actor("vera"), at=AT + 9 * DAY
        )
    site = queries.host_view(lost.host)
    assert site is not None
    assert site.account_ref == world.remo.ref
    assert REMO_HOST != lost.host


# I2: pictures ---------------------------------------------------------------------------------------------------------

SLOTS = ("logo", "icon", "login_picture")
OURS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00\x10JFIF")


def damaged(count: int) -> list[bytes]:
    """Pictures with bytes turned, cut out and put in, each with a program behind it; always the same ones."""
    luck = random.Random(20261201)
    noise = Image.frombytes("RGB", (40, 30), luck.randbytes(40 * 30 * 3))
    seeds = [made_here.encoded(noise, form) for form in ("PNG", "JPEG", "WEBP", "GIF")]
    found = []
    for number in range(count):
        data = bytearray(seeds[number % len(seeds)])
        for _ in range(luck.randint(0, 6)):
            at = luck.randrange(len(data))
            match luck.randrange(3):
                case 0:
                    data[at] ^= 1 << luck.randrange(8)
                case 1:
                    del data[at : at + luck.randint(1, 20)]
                case _:
                    data[at:at] = luck.randbytes(luck.randint(1, 20))
        found.append(bytes(data) + b"<script>alert(1)</script>")
    return found


def upload_all(world: World, files: list[bytes]) -> tuple[int, list[bytes]]:
    """How many were taken, and what is kept: all of it as it would be served."""
    taken = 0
    with world.scope("rosa") as rosa:
        for number, data in enumerate(files):
            slot = SLOTS[number % len(SLOTS)]
            with suppress(CannotChangeBrand):  # and nothing else
                operations.upload_image(account_ref=world.rosa.ref, slot=slot, data=data, actor=rosa, at=AT)
                taken += 1
    kept = BrandImage.unscoped.all()  # unscoped: a test looks at everything
    return taken, [bytes(row.data) for row in kept]


def passed_through(kept: list[bytes], sent: list[bytes]) -> list[bytes]:
    """What is kept and is not wholly of our making."""
    return [data for data in kept if not data.startswith(OURS) or b"<script" in data or data in sent]


def test_no_damaged_upload_is_kept_as_it_came(world: World) -> None:
    """I2: what two thousand do at the decoder (tests/branding/test_images.py), these do at the database."""
    files = damaged(120) + list(made_here.NOT_PICTURES.values())
    taken, kept = upload_all(world, files)
    assert 20 < taken < 120  # both were tried: those that are taken, and those that are not
    assert kept
    assert passed_through(kept, files) == []


def test_no_damaged_upload_breaks_its_page(world: World) -> None:
    """I2, through the form; the test's browser lets no fault of ours pass as an answer."""
    browser = world.browser("rosa")
    fields = dict.fromkeys(("name", "color", "support_name", "support_email", "footer"), "")
    told = set()
    for number, data in enumerate([*damaged(6), made_here.SVG, made_here.bomb(), b"\x00"]):
        file = SimpleUploadedFile(f"../../{number}.png", data, "image/svg+xml")
        answer = browser.post(f"/reseller/{world.rosa.ref}/brand/", {**fields, "version": 0, "logo": file})
        told.add(answer.status_code)
    assert told <= {302, 409, 422}
    kept = [bytes(row.data) for row in BrandImage.unscoped.all()]  # unscoped: as above
    assert passed_through(kept, []) == []


def test_an_upload_that_was_kept_as_it_came_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """I2's positive control: nothing is decoded, nothing encoded anew."""
    number: Callable[[bytes], str] = lambda data: f"{hash(data) & (1 << 62):064x}"  # noqa: E731
    as_it_came = lambda data, *, slot: MadeImage(data, number(data), 40, 30, "image/png")  # noqa: E731
    monkeypatch.setattr(pictures, "make_image", as_it_came)
    files = [*damaged(4), made_here.SVG]
    taken, kept = upload_all(world, files)
    assert taken == len(files)
    assert passed_through(kept, files)
