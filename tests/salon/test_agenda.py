"""Daily work behind the page: making, moving, canceling, missing; reminders; the feed; statistics; settings."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from bookings import appointments, business, mails, reminders, statistics, worker
from bookings.business import Refused
from bookings.slots import Hours
from tests.salon.conftest import ACCOUNT, AT, Salon
from tests.salon.test_booking import TUESDAY, at, book, outbox

BASE = f"/bookings/{ACCOUNT}"


def made_by_hand(salon: Salon, client: Any, **more: Any) -> Any:
    told = {
        "service": 1,
        "agenda": 1,
        "day": "2026-08-04",
        "time": "09:00",
        "name": "Ada Conti",
        "mail": "ada@example.org",
    } | more
    return salon.send(client, "agenda/new", **told)


def test_made_moved_canceled_and_deleted_by_the_business(salon: Salon) -> None:
    salon.service()
    client = salon.signed_on()
    one = made_by_hand(salon, client).location
    assert "The appointment is made. The customer gets a mail." in client.get(one).text
    ref = one.rpartition("/")[2].partition("?")[0]
    assert "09:00–09:30" in client.get(f"{BASE}/agenda?day=2026-08-04").text
    assert "09:00–09:30" in client.get(f"{BASE}/agenda?day=2026-08-06&view=week").text
    taken = made_by_hand(salon, client, time="09:15", name="Eva")
    assert (taken.status_code, "At that time this agenda is taken." in taken.text) == (409, True)
    assert (
        salon.send(client, f"agenda/{ref}/move", agenda=1, day="2026-08-05", time="07:05").status_code == 303
    )  # also before opening
    assert salon.send(client, f"agenda/{ref}/cancel").status_code == 303
    assert "by the business" in client.get(f"{BASE}/agenda/{ref}").text
    assert [row["subject"] for row in outbox(salon)] == [
        "Your appointment: Salon Olga",
        "Another time: Salon Olga",
        "Canceled: Salon Olga",
    ]
    late = salon.send(client, f"agenda/{ref}/cancel")
    assert late.location.endswith("done=late")
    assert salon.send(client, f"agenda/{ref}/delete").status_code == 303
    assert client.get(f"{BASE}/agenda/{ref}").status_code == 404
    assert salon.platform.used(ACCOUNT) == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Fill this in."), ("time", "9", "This is not a time of day."), ("time", "09:03", "Times go by five minutes."),
        ("day", "", "Choose a day."), ("service", "99", "Choose one of these."), ("mail", "x", "This is not an e-mail address."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_new_appointment_is_named(salon: Salon, field: str, value: str, said: str) -> None:
    salon.service()
    answer = made_by_hand(salon, salon.signed_on(), **{field: value})
    assert answer.status_code == 422
    assert said in answer.text or field == "service"
    assert salon.platform.used(ACCOUNT) + salon.platform.held() == 0


def test_missed_only_once_it_has_begun(salon: Salon) -> None:
    salon.service()
    client = salon.signed_on()
    ref = made_by_hand(salon, client).location.rpartition("/")[2].partition("?")[0]
    with pytest.raises(Refused, match="not-yet"):
        appointments.mark_missed(salon.parts.database, salon.place, ref, missed=True, at=salon.at)
    salon.at = at(10)
    salon.send(client, f"agenda/{ref}/missed")
    assert "Did not come" in client.get(f"{BASE}/agenda/{ref}").text
    week = statistics.weeks(salon.parts.database, salon.place, until=TUESDAY, number=1)
    assert [(each.monday, each.booked, each.missed) for each in week] == [(date(2026, 8, 3), 0, 1)]
    salon.send(client, f"agenda/{ref}/kept")
    assert statistics.weeks(salon.parts.database, salon.place, until=TUESDAY, number=1)[0].booked == 1


def test_a_week_belongs_to_the_clocks_of_the_business(salon: Salon) -> None:
    """Monday at half past midnight in Rome is Sunday in UTC."""
    salon.service()
    made_by_hand(salon, salon.signed_on(), day="2026-08-10", time="00:30")
    weeks = statistics.weeks(salon.parts.database, salon.place, until=date(2026, 8, 10), number=2)
    assert [each.all for each in weeks] == [0, 1]


# --- reminders --------------------------------------------------------------------------------------------------------


def remind(salon: Salon, when: Any) -> list[tuple[str, str]]:
    before = len(outbox(salon))
    reminders.send_due(salon.parts.database, salon.platform, when)
    return [(row["kind"], row["recipient"]) for row in outbox(salon)[before:]]


def test_a_reminder_goes_once_and_again_for_another_time(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    wednesday = TUESDAY + timedelta(days=1)
    book(salon, service, at(12, day=wednesday))
    assert remind(salon, at(11, 59)) == []
    assert remind(salon, at(12)) == [("mail", "mara@example.org")]
    assert remind(salon, at(12, 5)) == []
    row = salon.parts.database.row("SELECT ref, agenda FROM appointment")
    assert row is not None
    friday = TUESDAY + timedelta(days=3)
    appointments.move(
        salon.parts.database, salon.place, row["ref"], agenda=row["agenda"], starts=at(12, day=friday), at=at(13)
    )
    assert remind(salon, at(12, day=friday - timedelta(days=1))) == [("mail", "mara@example.org")]


def test_whoever_books_within_the_hours_before_is_not_reminded_and_nobody_of_what_is_canceled(salon: Salon) -> None:
    service = salon.service()
    salon.open(mail_hours=24)
    book(salon, service, at(9))  # twenty-three hours ahead
    assert remind(salon, at(8)) == []
    wednesday = TUESDAY + timedelta(days=1)
    book(salon, service, at(12, day=wednesday), mail="eva@example.org")
    row = salon.parts.database.row("SELECT ref FROM appointment ORDER BY id DESC")
    assert row is not None
    appointments.cancel(salon.parts.database, salon.place, row["ref"], by="business", at=salon.at)
    assert remind(salon, at(13)) == []


def test_text_messages_are_counted_and_a_mail_stands_in_where_none_can_go(salon: Salon) -> None:
    service = salon.service()
    salon.platform.features["text_messages"] = True
    salon.platform.limits["text_messages"] = 1
    salon.open(mail_hours=0, text_hours=24)
    wednesday = TUESDAY + timedelta(days=1)
    for number, phone in enumerate(("+39 333 1", "+39 333 2", "")):
        book(
            salon,
            service,
            at(10 + number, day=wednesday),
            mail=f"p{number}@example.org",
            phone=phone + "23456" if phone else "",
        )
    assert remind(salon, at(12)) == [("text", "+39 333 123456"), ("mail", "p1@example.org"), ("mail", "p2@example.org")]
    assert salon.platform.used(ACCOUNT, "text_messages") == 1
    assert remind(salon, at(12, 5)) == []
    salon.platform.features["text_messages"] = False
    book(salon, service, at(16, day=wednesday), mail="p4@example.org")
    assert remind(salon, at(17)) == [("mail", "p4@example.org")]


def test_cut_off_no_text_message_goes_uncounted(salon: Salon) -> None:
    service = salon.service()
    salon.platform.features["text_messages"] = True
    salon.open(mail_hours=0, text_hours=24)
    book(salon, service, at(10, day=TUESDAY + timedelta(days=1)))
    salon.platform.away = True
    assert remind(salon, at(12)) == []
    salon.platform.away = False
    assert remind(salon, at(12, 5)) == [("text", "+39 333 1234567")]


def test_a_text_message_without_a_gateway_is_written_beside_the_database(salon: Salon) -> None:
    service = salon.service()
    salon.platform.features["text_messages"] = True
    salon.open(mail_hours=0, text_hours=24)
    book(salon, service, at(10, day=TUESDAY + timedelta(days=1)))
    with salon.parts.database.writing() as writing:
        writing.execute("DELETE FROM outbox")
    remind(salon, at(12))
    assert mails.deliver(salon.parts.database, salon.parts.settings, at(12)) == 1
    told = json.loads((salon.parts.settings.folder / "text-messages.jsonl").read_text())
    assert (told["to"], told["text"]) == ("+39 333 1234567", "Salon Olga: your appointment is on Wed 5 Aug, 10:00.")


def test_mail_that_is_refused_is_tried_again_later_each_time_and_then_given_up(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = salon.service()
    salon.open(contact_mail="")
    book(salon, service, at(9))
    tried: list[int] = []

    def away(*_args: object) -> None:
        tried.append(1)
        raise OSError("away")

    monkeypatch.setattr(mails, "_send_mail", away)
    now = AT
    for _ in range(12):
        mails.deliver(salon.parts.database, salon.parts.settings, now)
        now += timedelta(hours=3)
    row = outbox(salon)[0]
    assert (len(tried), row["tries"], row["error"], row["done_at"] is not None) == (8, 8, "OSError: away", True)


# --- synchronization, signals -----------------------------------------------------------------------------------------


def test_the_feed_is_for_whoever_has_its_address_and_only_with_the_plan(salon: Salon) -> None:
    salon.service()
    client = salon.signed_on()
    made_by_hand(salon, client)
    assert "The calendar feed is not part of your plan." in client.get(f"{BASE}/synchronization").text
    salon.send(client, "synchronization")
    assert salon.place["feed_secret"] == ""
    salon.platform.features |= {"calendar_feed": True, "synchronization": "one_way"}
    salon.send(client, "synchronization")
    first = salon.place["feed_secret"]
    answer = salon.visitor().get(f"{BASE}/calendar/{first}.ics")
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert (str(event["SUMMARY"]), event.decoded("DTSTART")) == ("Ada Conti · Haircut", at(9))
    assert [(key, value) for _account, key, value in salon.platform.signals] == [("last_synchronized", salon.at)]
    salon.visitor().get(f"{BASE}/calendar/{first}.ics")
    assert len(salon.platform.signals) == 1
    salon.send(client, "synchronization")
    assert salon.visitor().get(f"{BASE}/calendar/{first}.ics").status_code == 404
    salon.platform.features["calendar_feed"] = False
    assert salon.visitor().get(f"{BASE}/calendar/{salon.place['feed_secret']}.ics").status_code == 404


def test_signals_tell_how_things_are(salon: Salon) -> None:
    service = salon.service()
    salon.open()
    book(salon, service, at(9))
    worker.send_signals(salon.parts.database, salon.platform, salon.at + timedelta(minutes=1))
    assert {key: value for _account, key, value in salon.platform.signals} == {
        "bookings_made": 1, "missed_appointments": 0, "page_is_public": True, "last_booking": salon.at,
    }  # fmt: skip


# --- setting up -------------------------------------------------------------------------------------------------------


def test_agendas_as_many_as_the_plan_has(salon: Salon) -> None:
    client = salon.signed_on()
    assert salon.send(client, "settings/agendas", name="Tom").location.endswith("done=agendas")
    salon.platform.features["agendas"] = 2
    assert salon.send(client, "settings/agendas", name="Tom").location.endswith("done=saved")
    assert salon.send(client, "settings/agendas", name="Tim").location.endswith("done=agendas")
    assert salon.send(client, "settings/agendas", name="Tommaso", id=2).location.endswith("done=saved")
    assert [row["name"] for row in business.agendas(salon.parts.database, ACCOUNT)] == ["Salon Olga", "Tommaso"]
    # It has the hours of the first from the beginning.
    assert business.weekly(salon.parts.database, 2) == business.weekly(salon.parts.database, 1)
    salon.service()
    made_by_hand(salon, client, agenda=2)
    assert salon.send(client, "settings/agendas", id=2, remove=1).location.endswith("done=agenda-in-use")
    salon.at = at(12)
    assert salon.send(client, "settings/agendas", id=2, remove=1).location.endswith("done=saved")
    assert salon.send(client, "settings/agendas", id=1, remove=1).location.endswith("done=last-agenda")


def test_opening_hours_that_overlap_or_end_before_they_begin_are_refused(salon: Salon) -> None:
    client = salon.signed_on()
    good = {"starts-0-0": "08:00", "ends-0-0": "12:00", "starts-0-1": "13:00", "ends-0-1": "00:00"}
    assert salon.send(client, "opening-hours", **good).status_code == 303
    assert business.weekly(salon.parts.database, 1) == {0: [Hours(480, 720), Hours(780, 1440)]}
    for wrong in ({"starts-0-1": "11:00"}, {"ends-0-0": "07:00"}, {"ends-0-0": ""}):
        assert salon.send(client, "opening-hours", **(good | wrong)).status_code == 422
    assert business.weekly(salon.parts.database, 1) == {0: [Hours(480, 720), Hours(780, 1440)]}


def test_a_special_day_is_from_today_on(salon: Salon) -> None:
    client = salon.signed_on()
    assert salon.send(client, "opening-hours/days", day="2026-08-15", note="Ferragosto").location.endswith("done=saved")
    assert salon.send(client, "opening-hours/days", day="2026-08-01").location.endswith("done=wrong-day")
    assert salon.send(client, "opening-hours/days", day="2026-08-20", starts="12:00", ends="10:00").location.endswith(
        "done=wrong-day"
    )
    page = client.get(f"{BASE}/opening-hours").text
    assert "Ferragosto" in page
    assert salon.send(client, "opening-hours/days/1/remove").status_code == 303
    assert "Ferragosto" not in client.get(f"{BASE}/opening-hours").text


def test_another_accounts_rows_are_not_there(salon: Salon) -> None:
    other = "acc_other"
    business.welcome(
        salon.parts.database,
        account=other,
        name="Other",
        zone="UTC",
        language="en",
        host="other.localhost",
        mail="",
        at=AT,
    )
    theirs = business.keep_service(
        salon.parts.database, account=other, id=None, name="Theirs", description="", minutes=30, buffer=0, price=None,
        is_public=True, agendas=(),
    )  # fmt: skip
    agenda = business.agendas(salon.parts.database, other)[0]["id"]
    business.add_exception(salon.parts.database, agendas=[agenda], day=date(2026, 9, 1), hours=None, note="")
    client = salon.signed_on()
    assert client.get(f"{BASE}/services/{theirs}").status_code == 404
    assert client.get(f"/bookings/{other}/agenda").status_code != 200
    assert made_by_hand(salon, client, service=theirs).status_code == 422
    salon.send(client, "opening-hours/days/1/remove")
    salon.send(client, "settings/agendas", id=agenda, name="Taken over")
    assert len(business.exceptions(salon.parts.database, agenda, date(2026, 1, 1))) == 1
    assert business.agendas(salon.parts.database, other)[0]["name"] == "Other"
