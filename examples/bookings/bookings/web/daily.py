"""Daily work: agenda, contacts, statistics."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bookings import appointments, business, customers, statistics
from bookings.appointments import LimitReached, Person, parse_day, parse_hours
from bookings.business import Refused
from bookings.platform import APPOINTMENTS, WayOut
from bookings.slots import moment, opening_of
from bookings.web import limits
from bookings.web.app import back, brand, parts, words
from bookings.web.forms import Form
from bookings.web.signing import changed, place, section

pages = Blueprint("daily", __name__)
WEEKS_SHOWN = 12


def _today() -> date:
    return parts().today(place())


def _agenda_rows() -> list[sqlite3.Row]:
    return business.agendas(parts().database, place().ref)


def _chosen(rows: list[sqlite3.Row]) -> sqlite3.Row | None:
    """The agenda whose appointments are shown; None: all."""
    return next((row for row in rows if row["slug"] == request.args.get("only", "")), None)


@pages.get("/<account>/agenda")
@section("agenda")
def agenda(account: str) -> str:
    """A day or a week."""
    made, today = parts(), _today()
    day = parse_day(request.args.get("day", ""), today)
    view = "week" if request.args.get("view") == "week" else "day"
    rows = _agenda_rows()
    only = _chosen(rows)
    first, number = (day - timedelta(days=day.weekday()), 7) if view == "week" else (day, 1)
    since, until = appointments.day_bounds(first, place(), number)
    found = appointments.between(made.database, account, since, until, only["id"] if only is not None else None)
    days: dict[date, list[sqlite3.Row]] = {first + timedelta(days=each): [] for each in range(number)}
    for row in found:
        days[words().at(row["starts"]).date()].append(row)
    opening = {
        each: sorted(
            {
                (hours.starts, hours.ends)
                for row in ([only] if only is not None else rows)
                for hours in _opening(row["id"], each)
            }
        )
        for each in days
    }
    return render_template(
        "agenda/agenda.html", view=view, day=day, days=days, opening=opening, agendas=rows, only=only, today=today,
        before=day - timedelta(days=number), after=day + timedelta(days=number), now=int(made.now().timestamp()),
        standing=made.platform.standing(account, APPOINTMENTS), **limits.shown(account),
    )  # fmt: skip


def _opening(agenda: int, day: date) -> list[Any]:
    database = parts().database
    return opening_of(day, business.weekly(database, agenda), business.exceptions(database, agenda, day))


@pages.route("/<account>/agenda/new", methods=["GET", "POST"])
@section("agenda", "manage")
def new(account: str) -> AnyResponse | str:
    """A new appointment: at any time that nobody has, also outside the opening hours."""
    made = parts()
    form = Form(request.form)
    rows, offered = _agenda_rows(), business.services(made.database, account)
    day = parse_day(request.values.get("day", ""), _today())
    shown = {"form": form, "agendas": rows, "services": offered, "day": day, "free": _free(offered, rows, day)}
    if request.method == "GET":
        return render_template("agenda/new.html", **shown)
    service = business.service(made.database, account, form.number("service", 1, 2**31))
    agenda = next((row for row in rows if row["id"] == form.number("agenda", 1, 2**31)), None)
    person = Person(
        form.text("name", needed=True, most=100), form.mail("mail"), form.phone("phone"), place()["language"]
    )
    starts = _moment(form)
    if service is None:
        form.fault("service", "Choose one of these.")
    if agenda is None:
        form.fault("agenda", "Choose one of these.")
    if not form or service is None or agenda is None or starts is None:
        return Response(render_template("agenda/new.html", **shown), status=422)
    try:
        ref = appointments.make(
            made.database, made.platform, place(), service=service, agenda=agenda["id"], starts=starts, person=person, origin="agenda",
            at=made.now(), note=form.text("note", most=500), sender_name=brand().sender_name, host=request.host,
        )  # fmt: skip
    except LimitReached as no:
        return limit_reached(account, no.ways_out)
    except Refused:
        form.fault("time", "At that time this agenda is taken.")
        return Response(render_template("agenda/new.html", **shown), status=409)
    changed(
        words().say(
            "New appointment: %(name)s", name=f"{person.name}, {words().short_day(starts)} {words().time(starts)}"
        )
    )
    return back("daily.one", account=account, ref=ref, done="made")


def limit_reached(account: str, ways: tuple[WayOut, ...]) -> AnyResponse:
    """What happened, and the way out, for the owner."""
    standing = parts().platform.standing(account, APPOINTMENTS)
    page = render_template(
        "agenda/limit.html",
        standing=standing,
        ways=ways,
        refused=True,
        can_try=_can_try(account, ways),
        **limits.shown(account),
    )
    return Response(page, status=409)


def _can_try(account: str, ways: tuple[WayOut, ...]) -> bool:
    """A refusal names the trial where it can be started; without one, it is asked."""
    return any(each.kind == "trial" for each in ways) or (not ways and parts().platform.can_try(account))


@pages.get("/<account>/agenda/room")
@section("agenda")
def what_now(account: str) -> str:
    """How much room the plan has, and what can be done."""
    standing = parts().platform.standing(account, APPOINTMENTS)
    return render_template(
        "agenda/limit.html",
        standing=standing,
        ways=(),
        refused=False,
        can_try=_can_try(account, ()),
        **limits.shown(account),
    )


def _free(offered: list[sqlite3.Row], rows: list[sqlite3.Row], day: date) -> list[tuple[str, list[datetime]]]:
    """What is free that day within the opening hours, for a look: in each agenda, for the service that is asked for or the first."""
    wanted = request.values.get("service", "")
    service = next((row for row in offered if str(row["id"]) == wanted), offered[0] if offered else None)
    if service is None:
        return []
    return [
        (
            row["name"],
            appointments.free(
                parts().database, place(), agenda=row["id"], minutes=service["minutes"], buffer=service["buffer"], day=day,
                at=parts().now(), public=False,
            ),
        )
        for row in rows
    ]  # fmt: skip


def _moment(form: Form) -> datetime | None:
    """Day and time of day, by the clocks of the business, to five minutes."""
    day = parse_day(form.text("day"), date.min)
    if day == date.min:
        form.fault("day", "Choose a day.")
    try:
        minute = parse_hours(form.text("time"), "23:59").starts
    except Refused:
        form.fault("time", "This is not a time of day.")
        return None
    if minute % 5:
        form.fault("time", "Times go by five minutes.")
    return moment(day, minute, place().zone) if form else None


def _one(ref: str) -> sqlite3.Row:
    row = appointments.find(parts().database, place().ref, ref)
    if row is None:
        abort(404)
    return row


@pages.get("/<account>/agenda/<ref>")
@section("agenda")
def one(account: str, ref: str) -> str:
    """One appointment."""
    row = _one(ref)
    return render_template(
        "agenda/one.html", row=row, now=int(parts().now().timestamp()), done=request.args.get("done", "")
    )


@pages.route("/<account>/agenda/<ref>/move", methods=["GET", "POST"])
@section("agenda", "manage")
def move(account: str, ref: str) -> AnyResponse | str:
    """To another time or agenda."""
    row, rows, form = _one(ref), _agenda_rows(), Form(request.form)
    shown = {"row": row, "agendas": rows, "form": form}
    if request.method == "GET":
        return render_template("agenda/move.html", **shown)
    agenda = next((each for each in rows if str(each["id"]) == form.text("agenda")), None)
    starts = _moment(form)
    if agenda is None or starts is None:
        return Response(render_template("agenda/move.html", **shown), status=422)
    try:
        appointments.move(
            parts().database, place(), ref, agenda=agenda["id"], starts=starts, at=parts().now(), sender_name=brand().sender_name,
            host=request.host,
        )  # fmt: skip
    except Refused as no:
        if no.code == "taken":
            form.fault("time", "At that time this agenda is taken.")
        form.fault("time", "This appointment is canceled.")
        return Response(render_template("agenda/move.html", **shown), status=409)
    changed(
        words().say(
            "Appointment moved: %(name)s", name=f"{row['customer_name'] or row['note']}, {words().short_day(starts)}"
        )
    )
    return back("daily.one", account=account, ref=ref, done="moved")


@pages.route("/<account>/agenda/<ref>/<what>", methods=["GET", "POST"])
@section("agenda", "manage")
def act(account: str, ref: str, what: str) -> AnyResponse | str:
    """Cancel, delete, missed or kept: asked once, then done."""
    row, made = _one(ref), parts()
    if what not in ("cancel", "delete", "missed", "kept"):
        abort(404)
    if request.method == "GET":
        return render_template("agenda/sure.html", row=row, what=what)
    try:
        if what == "cancel":
            appointments.cancel(
                made.database,
                place(),
                ref,
                by="business",
                at=made.now(),
                sender_name=brand().sender_name,
                host=request.host,
            )
            changed(words().say("Appointment canceled: %(name)s", name=row["customer_name"] or ""))
        elif what == "delete":
            appointments.delete(made.database, made.platform, place(), ref, at=made.now())
            changed(words().say("Appointment deleted: %(name)s", name=row["customer_name"] or row["note"] or ""))
            return back("daily.agenda", account=account, day=words().at(row["starts"]).date().isoformat())
        else:
            appointments.mark_missed(made.database, place(), ref, missed=what == "missed", at=made.now())
    except Refused:
        return back("daily.one", account=account, ref=ref, done="late")
    return back("daily.one", account=account, ref=ref, done=what)


@pages.route("/<account>/agenda/block", methods=["GET", "POST"])
@section("agenda", "manage")
def block(account: str) -> AnyResponse | str:
    """Time off."""
    rows, form = _agenda_rows(), Form(request.form)
    shown = {"agendas": rows, "form": form, "day": parse_day(request.values.get("day", ""), _today())}
    if request.method == "GET":
        return render_template("agenda/block.html", **shown)
    agenda = next((each for each in rows if str(each["id"]) == form.text("agenda")), None)
    starts = _moment(form)
    try:
        ends = parse_hours("00:00", form.text("until")).ends
    except Refused:
        ends = 0
        form.fault("until", "This is not a time of day.")
    if agenda is None or starts is None or not form:
        return Response(render_template("agenda/block.html", **shown), status=422)
    try:
        day = parse_day(form.text("day"), _today())
        appointments.block(
            parts().database, place(), agenda=agenda["id"], starts=starts, ends=moment(day, ends - ends % 5, place().zone),
            note=form.text("note"), at=parts().now(),
        )  # fmt: skip
    except Refused as no:
        if no.code == "taken":
            form.fault("time", "At that time this agenda is taken.")
        else:
            form.fault("until", "It ends before it begins.")
        return Response(render_template("agenda/block.html", **shown), status=409)
    changed(words().say("Time off entered"))
    return back("daily.agenda", account=account, day=day.isoformat())


# --- contacts ---------------------------------------------------------------------------------------------------------


@pages.get("/<account>/contacts")
@section("contacts")
def contacts(account: str) -> str:
    """The people who book."""
    asked, page = request.args.get("q", "").strip()[:100], max(1, request.args.get("page", 1, type=int))
    rows, more = customers.listed(parts().database, account, words=asked, page=page)
    return render_template("contacts/contacts.html", rows=rows, more=more, page=page, asked=asked)


@pages.route("/<account>/contacts/new", methods=["GET", "POST"])
@section("contacts", "manage")
def new_contact(account: str) -> AnyResponse | str:
    """A new customer."""
    return _contact_form(account, None)


@pages.get("/<account>/contacts/<int:id>")
@section("contacts")
def contact(account: str, id: int) -> str:
    """One customer, with the history."""
    row = customers.find(parts().database, account, id)
    if row is None:
        abort(404)
    history = customers.history(parts().database, account, id)
    return render_template("contacts/contact.html", row=row, history=history, done=request.args.get("done", ""))


@pages.route("/<account>/contacts/<int:id>/change", methods=["GET", "POST"])
@section("contacts", "manage")
def change_contact(account: str, id: int) -> AnyResponse | str:
    """Change a customer."""
    row = customers.find(parts().database, account, id)
    if row is None:
        abort(404)
    return _contact_form(account, row)


def _contact_form(account: str, row: sqlite3.Row | None) -> AnyResponse | str:
    sent = request.method == "POST"
    form = Form(request.form if sent else (dict(row) if row is not None else {}))
    if not sent:
        return render_template("contacts/form.html", row=row, form=form)
    name, mail, phone = form.text("name", needed=True, most=100), form.mail("mail"), form.phone("phone")
    note = form.text("note", most=2000, lines=True)
    if form:
        try:
            id = customers.keep(
                parts().database, account=account, id=row["id"] if row is not None else None, name=name, mail=mail, phone=phone, note=note,
                at=parts().now(),
            )  # fmt: skip
        except Refused:
            form.fault("mail", "Another customer has this address.")
        else:
            changed(words().say("Contact saved: %(name)s", name=name))
            return back("daily.contact", account=account, id=id, done="saved")
    return Response(render_template("contacts/form.html", row=row, form=form), status=422)


@pages.route("/<account>/contacts/<int:id>/forget", methods=["GET", "POST"])
@section("contacts", "manage")
def forget_contact(account: str, id: int) -> AnyResponse | str:
    """Erase a person."""
    row = customers.find(parts().database, account, id)
    if row is None:
        abort(404)
    if request.method == "GET":
        return render_template("contacts/forget.html", row=row)
    try:
        customers.forget(parts().database, account=account, id=id, at=parts().now())
    except Refused:
        return back("daily.contact", account=account, id=id, done="coming")
    changed(words().say("A contact was erased"))
    return back("daily.contacts", account=account)


# --- statistics -------------------------------------------------------------------------------------------------------


@pages.get("/<account>/statistics")
@section("statistics")
def shown_statistics(account: str) -> str:
    """Week by week."""
    made = parts()
    weeks = statistics.weeks(made.database, place(), until=_today(), number=WEEKS_SHOWN)
    since, _end = appointments.day_bounds(weeks[0].monday, place())
    return render_template(
        "statistics.html", weeks=weeks, most=max((week.all for week in weeks), default=0) or 1,
        favorites=statistics.favorites(made.database, place(), since),
        online=statistics.made_between(made.database, account, since, made.now()),
    )  # fmt: skip
