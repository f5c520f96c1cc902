"""The product's pages in a real browser, at a desk in the light and on a phone in the dark: axe finds nothing, nothing is too wide."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from bookings import appointments, business
from bookings.appointments import Person
from bookings.slots import moment
from bookings.web import signing
from tests.axe import faults_of
from tests.browser.conftest import page_of
from tests.salon.conftest import ACCOUNT, AT, Salon
from tests.salon.test_booking import ROME
from tests.salon.test_pages import PATHS

pytestmark = pytest.mark.browser
LOOKS = [(1280, "light"), (360, "dark"), (360, "light"), (1280, "dark")]


@pytest.fixture
def served(salon: Salon) -> Iterator[str]:
    """The salon on a port; where it is."""
    server = make_server("127.0.0.1", 0, salon.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"salon.localhost:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def live_in(salon: Salon, host: str) -> str:
    """A salon as after some weeks, on that host; the reference of an appointment."""
    salon.platform.features |= {
        "agendas": 2,
        "calendar_feed": True,
        "synchronization": "one_way",
        "text_messages": True,
    }
    salon.platform.brands[host] = salon.platform.brands["salon.localhost"]
    database = salon.parts.database
    business.change(database, ACCOUNT, host=host)
    services = [
        salon.service("Haircut", description="Wash, cut and blow-dry."),
        salon.service("Coloring with a very long name that has to break somewhere", minutes=90, buffer=15, price=8900),
    ]
    business.add_agenda(database, salon.platform, account=ACCOUNT, name="Tommaso")
    salon.open(
        is_public=1, headline="Your appointment at Olga’s", welcome="We look forward to seeing you.", place="Via dei Servi 12, Firenze",
        contact_phone="+39 055 123456", cancel_hours=2,
    )  # fmt: skip
    agendas = business.agendas(database, ACCOUNT)
    offered = [row for row in business.services(database, ACCOUNT) if row["id"] in services]
    names = ["Mara Bianchi", "Ada Conti", "Bartholomäus-Maximilian von und zu Hohenstaufen", "Eva Neri"]
    made = ""
    for week in range(-8, 2):
        for number in range(3 + (week * 7) % 4):
            day = date(2026, 8, 3) + timedelta(weeks=week, days=number % 5)
            made = appointments.make(
                database, salon.platform, salon.place, service=offered[number % 2],
                agenda=agendas[number % 2]["id"], starts=moment(day, 9 * 60 + 120 * number, ROME),
                person=Person(names[number % 4], f"p{number}@example.org", "+39 333 1234567"), origin="agenda", at=AT - timedelta(weeks=9),
            )  # fmt: skip
    rows = appointments.between(database, ACCOUNT, AT - timedelta(weeks=5), AT)
    for row in rows[::5]:
        appointments.mark_missed(database, salon.place, row["ref"], missed=True, at=AT)
    appointments.cancel(database, salon.place, made, by="customer", at=AT)
    day = date(2026, 8, 5)
    appointments.block(
        database,
        salon.place,
        agenda=agendas[0]["id"],
        starts=moment(day, 900, ROME),
        ends=moment(day, 960, ROME),
        note="Dentist",
        at=AT,
    )
    business.add_exception(database, agendas=[agendas[0]["id"]], day=date(2026, 8, 15), hours=None, note="Ferragosto")
    business.new_feed_secret(database, ACCOUNT)
    coming = database.row(
        "SELECT ref FROM appointment WHERE state = 'booked' AND starts > ?", int(AT.timestamp()) + 86_400
    )
    assert coming is not None
    return str(coming["ref"])


def sign_on(salon: Salon, page: Page, host: str, **claims: Any) -> None:
    """As whoever runs it."""
    salon.signed_on(**claims)
    sid = list(salon.people.now)[-1]
    issuer = f"http://{host}"
    salon.people.now[sid] = replace(salon.people.now[sid], issuer=issuer)
    with salon.parts.database.writing() as writing:
        writing.execute("UPDATE sign_on SET issuer = ? WHERE sid = ?", (issuer, sid))
    with salon.app.app_context():
        cookie = f"{sid}.{signing._mark(sid)}"
    page.context.add_cookies([{"name": signing.COOKIE, "value": cookie, "url": f"{issuer}/bookings/{ACCOUNT}"}])


def shot(page: Page, name: str) -> None:
    """For whoever wants to look: BOOKINGS_SHOTS names a folder."""
    folder = os.environ.get("BOOKINGS_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_each_page_is_in_order(salon: Salon, served: str, browser: Browser, width: int, scheme: str) -> None:
    ref = live_in(salon, served)
    token = salon.parts.links.token(ref)
    base, starts = f"http://{served}/bookings/{ACCOUNT}", int(moment(date(2026, 8, 6), 600, ROME).timestamp())
    inside = [each for paths in PATHS.values() for each in paths]
    inside += [
        f"agenda/{ref}",
        f"agenda/{ref}/move",
        f"agenda/{ref}/cancel",
        f"agenda/{ref}/delete",
        "contacts/1",
        "contacts/1/change",
    ]
    inside += [
        "contacts/1/forget",
        "services/1",
        "services/1/remove",
        "agenda?view=week&day=2026-08-05",
        "opening-hours?only=tommaso",
    ]
    outside = [
        "",
        "a/tommaso",
        "book/1",
        "book/2?day=2026-08-05",
        f"book/1/who?at={starts}",
        f"appointment/{token}",
        f"appointment/{token}/move",
    ]
    outside += [f"appointment/{token}/moved?at={starts}", "appointment/none"]
    found: list[str] = []
    with page_of(browser, width=width, scheme=scheme) as (page, faults):
        for path in outside:
            page.goto(f"{base}/{path}".rstrip("/"))
            shot(page, f"{width}-{scheme}-out-{path.replace('/', '_')[:30].partition('?')[0]}")
            found += faults_of(page, width)
        act = {
            "sub": "u",
            "name": "Rosa Ricci",
            "account": "a",
            "mode": "client",
            "visit": "",
            "acting_as": "Olga",
            "exp": 1785750000,
        }
        sign_on(salon, page, served, act=act)
        for path in inside:
            page.goto(f"{base}/{path}")
            shot(page, f"{width}-{scheme}-in-{path.replace('/', '_').replace('?', '_')[:40]}")
            found += faults_of(page, width)
        assert found == [], "\n".join(found)
        assert [each for each in faults.heard if "404" not in each] == []


def test_by_keyboard_alone_from_the_page_to_the_confirmation(salon: Salon, served: str, browser: Browser) -> None:
    live_in(salon, served)
    with page_of(browser, width=360) as (page, faults):
        page.goto(f"http://{served}/bookings/{ACCOUNT}")

        def go_to(name: str) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                # Before the first stop, and after the last, the page as a whole has the focus, and its text has every name.
                if name in page.evaluate(
                    "(({localName, textContent, id}) => localName === 'body' ? '' : textContent + id)(document.activeElement)"
                ):
                    return
            raise AssertionError(f"{name} cannot be reached by Tab")

        for name in ("No preference", "Haircut", "Wed 5 Aug", "09:15"):
            go_to(name)
            with page.expect_navigation(timeout=60_000):
                page.keyboard.press("Enter")
        go_to("name")
        page.keyboard.type("Mara Bianchi")
        go_to("mail")
        page.keyboard.type("mara@example.org")
        go_to("consent")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("It is booked")
        faults.none()
