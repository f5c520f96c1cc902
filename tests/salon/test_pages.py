"""Every page, for whoever may see it and for whoever may not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bookings.i18n import LANGUAGES
from tests.salon.conftest import ACCOUNT, HOST, SECTIONS, Salon

PATHS = {
    "agenda": ["agenda", "agenda?view=week", "agenda/new", "agenda/block", "agenda/room"],
    "contacts": ["contacts", "contacts/new", "contacts?q=x"],
    "statistics": ["statistics"],
    "services": ["services", "services/new"],
    "opening_hours": ["opening-hours"],
    "booking_page": ["page"],
    "reminders": ["reminders"],
    "synchronization": ["synchronization"],
    "settings": ["settings"],
    "help": ["help"],
}


def test_every_section_has_its_pages_here() -> None:
    assert tuple(PATHS) == SECTIONS


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_opens_in_each_language(salon: Salon, language: str) -> None:
    salon.service()
    client = salon.signed_on(locale=language)
    for path in [each for paths in PATHS.values() for each in paths]:
        answer = client.get(f"/bookings/{ACCOUNT}/{path}")
        assert answer.status_code == 200, path
        assert f'<html lang="{language}">' in answer.text
        assert "%(" not in answer.text


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_that_is_not_given_is_closed_and_not_in_the_menu(salon: Salon, section: str) -> None:
    salon.service()
    client = salon.signed_on({key: "manage" for key in SECTIONS if key != section})
    for path in PATHS[section]:
        answer = client.get(f"/bookings/{ACCOUNT}/{path}")
        assert answer.status_code == 403, path
        assert "This part is not open to you" in answer.text
        assert (
            f'href="/bookings/{ACCOUNT}/{PATHS[section][0]}"'
            not in answer.text.partition("<nav")[2].partition("</nav>")[0]
        )


def test_every_route_below_an_account_asks_for_a_section_or_is_public_on_purpose(salon: Salon) -> None:
    asked = {}
    for rule in salon.app.url_map.iter_rules():
        asked[rule.endpoint] = getattr(salon.app.view_functions[rule.endpoint], "section", None)
    open_to_all = {endpoint for endpoint, section in asked.items() if section is None}
    assert open_to_all == {
        "static", "brand_style", "visit_style", "favicon", "healthz", "hooks.hear",
        "signing.log_in", "signing.callback", "signing.notice", "signing.dashboard",
        "public.start", "public.one_agenda", "public.times", "public.who", "public.own", "public.own_calendar", "public.cancel",
        "public.move", "public.moved", "public.calendar",
    }  # fmt: skip
    assert {section[0] for section in asked.values() if section is not None} == set(SECTIONS)


def test_whoever_may_only_look_changes_nothing(salon: Salon) -> None:
    service = salon.service()
    looking = salon.signed_on(dict.fromkeys(SECTIONS, "view"))
    for path in (
        "agenda/new",
        "services/new",
        f"services/{service}",
        "page",
        "settings",
        "opening-hours",
        "reminders",
        "contacts/new",
    ):
        assert looking.post(f"/bookings/{ACCOUNT}/{path}", data={}).status_code == 403, path
    assert looking.get(f"/bookings/{ACCOUNT}/agenda/new").status_code == 403
    assert "New appointment" not in looking.get(f"/bookings/{ACCOUNT}/agenda").text


def test_a_form_of_another_site_is_refused(salon: Salon) -> None:
    client = salon.signed_on()
    assert (
        client.post(f"/bookings/{ACCOUNT}/services/new", data={"name": "x", "minutes": 30, "buffer": 0}).status_code
        == 403
    )
    assert salon.send(client, "services/new", name="x", minutes=30, buffer=0).status_code == 303


def test_a_program_that_looks_for_the_vendors_name_changes_nothing(salon: Salon) -> None:
    client = salon.signed_on(looking=True)
    assert client.get(f"/bookings/{ACCOUNT}/agenda").status_code == 200
    form = client.get(f"/bookings/{ACCOUNT}/settings").text  # as whoever may change them is shown it
    token = re.search(r'name="form" value="([0-9a-f]+)"', form)
    assert token is not None
    before = salon.place
    assert client.post(f"/bookings/{ACCOUNT}/settings", data={"form": token[1], "name": "Other"}).status_code == 403
    assert salon.place == before


def test_no_page_has_script_or_style_of_its_own(salon: Salon) -> None:
    salon.service()
    salon.open()
    client = salon.signed_on()
    for path in ["", *[each for paths in PATHS.values() for each in paths]]:
        answer = client.get(f"/bookings/{ACCOUNT}/{path}".rstrip("/"))
        assert not re.search(r"<script|<style| style=| on[a-z]+=", answer.text), path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_visit_shows_who_really_sits_there_on_each_page_and_stays_in_the_address(salon: Salon) -> None:
    act = {
        "sub": "usr_9",
        "name": "Rosa Ricci",
        "account": "acc_r",
        "mode": "client",
        "visit": "ims_abc",
        "acting_as": "Olga Conti",
        "exp": 1785750000,
    }
    client = salon.signed_on(act=act)
    page = client.get(f"/as/ims_abc/bookings/{ACCOUNT}/agenda").text
    assert "<strong><bdi>Rosa Ricci</bdi>, connected as <bdi>Olga Conti</bdi></strong>" in page
    assert f'href="http://{HOST}/as/ims_abc/client/{ACCOUNT}/"' in page
    assert f'href="/as/ims_abc/bookings/{ACCOUNT}/contacts"' in page
    assert salon.signed_on().get(f"/bookings/{ACCOUNT}/agenda").text.count("Rosa Ricci") == 0


def test_what_is_changed_is_told_in_the_name_of_whoever_is_signed_on(salon: Salon) -> None:
    from bookings.worker import tell_changes

    client = salon.signed_on()
    salon.send(client, "services/new", name="Beard", minutes=15, buffer=5)
    salon.send(client, "reminders", mail_hours=48)
    salon.platform.away = True
    tell_changes(salon.parts.database, salon.platform, salon.at)
    assert salon.platform.reports == []
    salon.platform.away = False
    later = salon.at.replace(minute=5)
    tell_changes(salon.parts.database, salon.platform, later)
    tell_changes(salon.parts.database, salon.platform, later)
    assert sorted(salon.platform.reports) == [("reminders", "Reminders saved"), ("services", "Service saved: Beard")]


def test_a_sign_on_that_is_over_leads_nowhere(salon: Salon) -> None:
    client = salon.signed_on()
    salon.people.now.clear()
    assert client.get(f"/bookings/{ACCOUNT}/agenda").status_code != 200


def test_what_is_not_there_is_not_there(salon: Salon) -> None:
    salon.open()
    client = salon.signed_on()
    for path in (
        "agenda/apt_x",
        "agenda/apt_x/move",
        "agenda/apt_x/cancel",
        "contacts/99",
        "services/99",
        "appointment/forged",
        "calendar/x.ics",
        "a/x",
    ):
        assert client.get(f"/bookings/{ACCOUNT}/{path}").status_code == 404, path
    assert salon.visitor().get("/bookings/acc_nobody").status_code == 404
    assert salon.visitor().get(f"/bookings/{ACCOUNT}", base_url="http://other.localhost").status_code == 404


def test_a_sign_on_by_the_resellers_host_moves_the_page_nowhere(salon: Salon) -> None:
    salon.open()
    reseller = "http://rosa.localhost"
    client = salon.signed_on()
    (sid,) = salon.people.now
    salon.people.now[sid] = replace(salon.people.now[sid], issuer=reseller)
    with salon.parts.database.writing() as writing:
        writing.execute("UPDATE sign_on SET issuer = ?", (reseller,))
    cookie = client.get_cookie("bookings", domain=HOST, path=f"/bookings/{ACCOUNT}")
    assert cookie is not None
    client.set_cookie("bookings", cookie.value, domain="rosa.localhost", path=f"/bookings/{ACCOUNT}")
    assert client.get(f"/bookings/{ACCOUNT}/agenda", base_url=reseller).status_code == 200
    assert salon.place["host"] == HOST
    assert salon.visitor().get(f"/bookings/{ACCOUNT}").status_code == 200


def test_on_a_second_host_of_its_own_the_page_is_there_too(salon: Salon) -> None:
    salon.open()
    salon.platform.brands["book.salon.example"] = replace(salon.platform.brands[HOST])
    assert salon.visitor().get(f"/bookings/{ACCOUNT}", base_url="http://book.salon.example").status_code == 200


def test_the_pages_wear_the_brand_of_the_host(salon: Salon) -> None:
    salon.open()
    page = salon.visitor().get(f"/bookings/{ACCOUNT}").text
    assert ">Salon Olga</a>" in page
    sheet = salon.visitor().get("/bookings/brand.css").text
    assert "--brand:#8a1538" in sheet
    assert "Slotbook" not in page + sheet
    assert "sublet" not in page.lower()
