"""Booking as a visitor: from the service to the mail, and back out of it by the link."""

from __future__ import annotations

import re
import smtplib
import threading
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from bookings import appointments, business, customers, mails
from bookings.appointments import Person
from bookings.business import Refused
from bookings.slots import Hours, moment
from tests.salon.conftest import ACCOUNT, HOST, Salon

ROME = ZoneInfo("Europe/Rome")
TUESDAY = date(2026, 8, 4)
BASE = f"/bookings/{ACCOUNT}"
DETAILS = {"name": "Mara Bianchi", "mail": "mara@example.org", "phone": "+39 333 1234567", "note": "", "consent": "1"}


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return moment(day, hour * 60 + minute, ROME)


def book(salon: Salon, service: int, when: datetime, client: FlaskClient | None = None, **more: str) -> Any:
    visitor = client or salon.visitor()
    told = DETAILS | more | {"at": str(int(when.timestamp()))}
    return visitor.post(
        f"{BASE}/book/{service}/who", data={name: value for name, value in told.items() if value is not None}
    )


def outbox(salon: Salon) -> list[Any]:
    return salon.parts.database.rows("SELECT * FROM outbox ORDER BY id")


def test_the_whole_way(salon: Salon) -> None:
    service = salon.service(buffer=10)
    salon.open(headline="Book at Olga’s")
    visitor = salon.visitor()
    first = visitor.get(BASE).text
    assert "Book at Olga’s" in first
    assert "30 minutes · €24.50" in first
    times = visitor.get(f"{BASE}/book/{service}?day=2026-08-04").text
    assert re.findall(r'class="time" href="[^"]+">([^<]+)<', times)[:3] == ["09:00", "09:15", "09:30"]
    answer = book(salon, service, at(9), visitor)
    assert answer.status_code == 303
    own = visitor.get(answer.location).text
    assert "It is booked" in own
    assert "Tuesday, 4 August 2026, 09:00" in own
    to_customer, to_business = outbox(salon)
    assert (to_customer["recipient"], to_customer["sender_name"], to_customer["reply_to"]) == (
        "mara@example.org",
        "Salon Olga",
        "olga@salon.example",
    )
    assert "Tuesday, 4 August 2026, 09:00" in to_customer["body"]
    assert "DTSTART:20260804T070000Z" in to_customer["calendar"]
    assert (to_business["recipient"], to_business["reply_to"]) == ("olga@salon.example", "mara@example.org")
    (link,) = re.findall(rf"http://{HOST}(/\S+)", to_customer["body"])
    assert "Your appointment" in salon.visitor().get(link).text
    later = visitor.get(f"{BASE}/book/{service}?day=2026-08-04").text
    assert re.findall(r'class="time" href="[^"]+">([^<]+)<', later)[:2] == [
        "09:45",
        "10:00",
    ]  # half an hour, and ten minutes for tidying up
    assert salon.platform.used(ACCOUNT) == 1
    assert salon.platform.held() == 0


def test_a_page_that_is_not_open_says_how_to_reach_the_business(salon: Salon) -> None:
    service = salon.service()
    salon.open(is_public=0, contact_phone="+39 055 123456")
    for path in (BASE, f"{BASE}/book/{service}"):
        page = salon.visitor().get(path)
        assert page.status_code == 200
        assert "At the moment you cannot book on this page." in page.text
        assert "+39 055 123456" in page.text
    assert book(salon, service, at(9)).status_code == 200
    assert appointments.between(salon.parts.database, ACCOUNT, at(0), at(23)) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Fill this in."),
        ("mail", "mara@", "This is not an e-mail address."),
        ("mail", "", "Fill this in."),
        ("phone", "abc", "This is not a telephone number."),
        ("consent", None, "Please agree, so that this can be booked."),
        ("website", "http://spam.example", "Fill this in."),
    ],
)
def test_what_is_missing_is_named_and_nothing_typed_is_lost(salon: Salon, field: str, value: Any, said: str) -> None:
    service = salon.service()
    salon.open()
    answer = book(salon, service, at(9), **{field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert "mara@" in answer.text or field == "mail"
    assert outbox(salon) == []
    assert salon.platform.used(ACCOUNT) + salon.platform.held() == 0


@pytest.mark.parametrize(
    "when",
    [
        at(8), at(13), at(17, 45), at(9, 5), at(9, day=date(2026, 8, 8)), at(9, day=date(2026, 10, 30)),
        at(10, 30, day=date(2026, 8, 3)), at(9, day=date(2026, 8, 5)), at(9, day=date(2026, 8, 6)), at(9, day=date(2020, 8, 4)),
    ],
    ids=["early", "lunch", "late", "between the steps", "saturday", "too far", "lead time", "closed day", "short day", "long ago"],
)  # fmt: skip
def test_what_is_not_offered_cannot_be_booked_by_its_address(salon: Salon, when: datetime) -> None:
    service = salon.service()
    salon.open()
    agenda = business.agendas(salon.parts.database, ACCOUNT)[0]["id"]
    business.add_exception(salon.parts.database, agendas=[agenda], day=date(2026, 8, 5), hours=None, note="")
    business.add_exception(salon.parts.database, agendas=[agenda], day=date(2026, 8, 6), hours=Hours(600, 720), note="")
    answer = book(salon, service, when)
    assert answer.status_code == 303
    assert "taken=1" in answer.location
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == 0


def test_of_forty_who_book_the_same_time_at_once_one_gets_it(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    answers: list[Any] = []
    start = threading.Barrier(40)

    def one(number: int) -> None:
        start.wait()
        answers.append(book(salon, service, at(9, 15 * (number % 2)), mail=f"p{number}@example.org").location)
        salon.parts.database.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(40)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len([each for each in answers if "/appointment/" in each]) == 1  # 09:00 and 09:15 overlap
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == 1
    assert salon.platform.used(ACCOUNT) == 1
    assert salon.platform.held() == 0


def test_the_database_itself_refuses_two_at_the_same_time(salon: Salon) -> None:
    service = salon.service(buffer=15)
    row = business.service(salon.parts.database, ACCOUNT, service)
    agenda = business.agendas(salon.parts.database, ACCOUNT)[0]["id"]
    assert row is not None

    def make(when: datetime) -> str:
        return appointments.make(
            salon.parts.database, salon.platform, salon.place, service=row, agenda=agenda, starts=when, person=Person("x"), origin="agenda",
            at=salon.at,
        )  # fmt: skip

    make(at(9))
    for taken in (at(8, 35), at(9, 25), at(9, 40)):
        with pytest.raises(Refused, match="taken"):
            make(taken)
    make(at(8, 15))
    make(at(9, 45))
    assert salon.platform.used(ACCOUNT) == 3
    assert salon.platform.held() == 0


def test_canceled_by_the_link_its_time_is_free_again_and_it_still_counts(salon: Salon) -> None:
    service = salon.service()
    salon.open(cancel_hours=2)
    own = book(salon, service, at(9)).location
    token = own.partition("/appointment/")[2].partition("?")[0]
    answer = salon.visitor().post(f"{BASE}/appointment/{token}/cancel")
    assert answer.status_code == 303
    assert "Your appointment is canceled" in salon.visitor().get(answer.location).text
    assert book(salon, service, at(9), mail="other@example.org").status_code == 303
    assert salon.platform.used(ACCOUNT) == 2
    assert [row["subject"] for row in outbox(salon)][2:4] == [
        "Canceled: Salon Olga",
        "Appointment canceled: Mara Bianchi",
    ]
    assert "METHOD:CANCEL" in outbox(salon)[2]["calendar"]


def test_moved_by_the_link(salon: Salon) -> None:
    service = salon.service()
    salon.open(cancel_hours=2)
    token = book(salon, service, at(9)).location.partition("/appointment/")[2].partition("?")[0]
    visitor = salon.visitor()
    # Its own time does not stand in its way: a quarter of an hour later is offered.
    page = visitor.get(f"{BASE}/appointment/{token}/move?day=2026-08-04").text
    assert "09:15" in page
    new = str(int(at(9, 15).timestamp()))
    assert "09:15" in visitor.get(f"{BASE}/appointment/{token}/moved?at={new}").text
    answer = visitor.post(f"{BASE}/appointment/{token}/moved", data={"at": new})
    assert "It has another time now" in visitor.get(answer.location).text
    row = salon.parts.database.row("SELECT * FROM appointment")
    assert row is not None
    assert (row["starts"], row["sequence"]) == (int(at(9, 15).timestamp()), 1)
    assert salon.platform.used(ACCOUNT) == 1


def test_too_late_to_change_it_here(salon: Salon) -> None:
    service = salon.service()
    salon.open(cancel_hours=24, contact_phone="+39 055 1")
    token = book(salon, service, at(9)).location.partition("/appointment/")[2].partition("?")[0]
    salon.at = at(9) - timedelta(hours=23)
    page = salon.visitor().get(f"{BASE}/appointment/{token}").text
    assert "It is too late to change it here." in page
    salon.visitor().post(f"{BASE}/appointment/{token}/cancel")
    salon.visitor().post(f"{BASE}/appointment/{token}/moved", data={"at": str(int(at(11).timestamp()))})
    row = salon.parts.database.row("SELECT * FROM appointment")
    assert row is not None
    assert (row["state"], row["starts"]) == ("booked", int(at(9).timestamp()))


def test_a_link_that_nobody_signed_opens_nothing(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    book(salon, service, at(9))
    row = salon.parts.database.row("SELECT ref FROM appointment")
    assert row is not None
    for token in (row["ref"], f"{row['ref']}.x", "IngiCg.aaaa"):
        assert salon.visitor().get(f"{BASE}/appointment/{token}").status_code == 404


def test_one_address_books_five_times_and_then_calls(salon: Salon) -> None:
    service = salon.service()
    salon.open(contact_phone="+39 055 1")
    for number in range(5):
        assert book(salon, service, at(9 + number // 2, 30 * (number % 2))).status_code == 303
    answer = book(salon, service, at(14))
    assert answer.status_code == 409
    assert "You have several appointments to come already." in answer.text


def test_with_one_agenda_straight_to_it_with_several_the_list_and_each_has_an_address(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    assert "What would you like?" in salon.visitor().get(BASE).text
    salon.platform.features["agendas"] = 3
    tom = business.add_agenda(salon.parts.database, salon.platform, account=ACCOUNT, name="Tomás")
    page = salon.visitor().get(BASE).text
    assert "With whom?" in page
    assert f'href="{BASE}/a/tomas"' in page
    assert "What would you like?" in salon.visitor().get(f"{BASE}/a/tomas").text
    assert book(salon, service, at(9), agenda="tomas").status_code == 303
    assert salon.parts.database.number("SELECT agenda FROM appointment") == tom
    # The same time is free with the other one; without a preference it is that one's.
    assert book(salon, service, at(9), mail="b@example.org").status_code == 303
    assert book(salon, service, at(9), mail="c@example.org").status_code == 303
    assert salon.parts.database.number("SELECT count(DISTINCT agenda) FROM appointment") == 2
    # Fewer in the plan: what is in the others is kept, and nobody books there.
    salon.platform.features["agendas"] = 1
    assert salon.visitor().get(f"{BASE}/a/tomas").status_code == 404
    assert "What would you like?" in salon.visitor().get(BASE).text
    assert len(business.agendas(salon.parts.database, ACCOUNT)) == 2


def test_a_service_of_one_agenda_is_not_offered_in_another(salon: Salon) -> None:
    salon.platform.features["agendas"] = 2
    salon.open()
    tom = business.add_agenda(salon.parts.database, salon.platform, account=ACCOUNT, name="Tom")
    salon.service("Beard", agendas=(tom,))
    assert "Beard" in salon.visitor().get(f"{BASE}/a/tom").text
    assert "Beard" not in salon.visitor().get(f"{BASE}/a/salon-olga").text


def test_a_visitor_is_spoken_to_in_the_language_of_the_browser_or_the_chosen_one(salon: Salon) -> None:
    salon.service()
    salon.open()
    assert '<html lang="it">' in salon.visitor("it-CH,it;q=0.9").get(BASE).text
    visitor = salon.visitor("de")
    assert '<html lang="en">' in visitor.get(BASE).text
    assert '<html lang="fr">' in visitor.get(f"{BASE}?language=fr").text
    assert '<html lang="fr">' in visitor.get(BASE).text


def test_an_account_that_is_suspended_or_closed_says_so_kindly(salon: Salon) -> None:
    service = salon.service()
    salon.open(contact_phone="+39 055 1")
    business.change(salon.parts.database, ACCOUNT, state="suspended")
    page = salon.visitor().get(BASE)
    assert (page.status_code, "At the moment you cannot book on this page." in page.text) == (200, True)
    business.change(salon.parts.database, ACCOUNT, state="closed")
    page = salon.visitor().get(BASE)
    assert (page.status_code, "This page takes no bookings any more." in page.text) == (410, True)
    assert book(salon, service, at(9)).status_code == 410


def test_page_visits_are_told_once_for_a_browser(salon: Salon) -> None:
    salon.service()
    salon.open()
    visitor = salon.visitor()
    for _ in range(3):
        visitor.get(BASE)
    salon.visitor().get(BASE)
    assert salon.platform.used(ACCOUNT, "page_visits") == 2


def test_a_name_that_is_typed_in_public_changes_no_customer(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    book(salon, service, at(9))
    book(salon, service, at(10), name="Somebody Else", phone="")
    (row,), _more = customers.listed(salon.parts.database, ACCOUNT)
    assert (row["name"], row["appointments"]) == ("Mara Bianchi", 2)


def test_erased_is_erased(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    book(salon, service, at(9))
    client = salon.signed_on()
    (row,), _more = customers.listed(salon.parts.database, ACCOUNT)
    answer = salon.send(client, f"contacts/{row['id']}/forget")
    assert "coming" in answer.location
    salon.at = at(12)
    salon.send(client, f"contacts/{row['id']}/forget")
    everything = "".join(salon.parts.database.connection().iterdump())
    assert "mara" not in everything.lower()
    assert salon.parts.database.number("SELECT count(*) FROM appointment") == 1


def test_a_header_cannot_be_typed_into(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    book(salon, service, at(9), name="Mara\r\nBcc: all@example.org")
    sent: list[Any] = []
    salon.parts.settings.folder.joinpath("x").touch()

    class Server:
        def __init__(self, *_where: Any, **_more: Any) -> None: ...
        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_fault: object) -> None: ...
        def send_message(self, message: Any) -> None:
            sent.append(message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtplib, "SMTP", Server)
        assert mails.deliver(salon.parts.database, salon.parts.settings, salon.at) == 2
        assert mails.deliver(salon.parts.database, salon.parts.settings, salon.at) == 0
    assert [each["Bcc"] for each in sent] == [None, None]
    assert str(sent[1]["Subject"]) == "New appointment: Mara Bcc: all@example.org"
    assert str(sent[0]["From"]) == "Salon Olga <no-reply@localhost>"
