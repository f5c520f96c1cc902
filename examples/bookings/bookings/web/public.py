"""The pages on which people book. No log-in; the address of one's own appointment is signed."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from bookings import appointments, business, feed
from bookings.appointments import LimitReached, Person, parse_day, parse_moment
from bookings.business import Business, Refused
from bookings.platform import PAGE_VISITS, Plan
from bookings.web.app import back, brand, parts, speak, words
from bookings.web.forms import Form

pages = Blueprint("public", __name__)
DAYS_SHOWN = 7


def open_page(account: str) -> Business:
    """The business whose page it is, spoken of in the visitor's language; on another host than its own it is not there."""
    made = parts()
    place = business.find(made.database, account)
    if place is None or (place["host"] not in ("", request.host) and brand().account != account):
        abort(404)
    accepted = [code for code, _quality in request.accept_languages]
    chosen = g.chosen or request.cookies.get("bookings_language", "")
    speak(chosen or (accepted and words().language) or place["language"], place["zone"])
    return place


def shut(place: Business) -> AnyResponse | None:
    """Why nobody can book now, kindly; None when they can."""
    if place["state"] != "open" or not place["is_public"]:
        status = 410 if place["state"] == "closed" else 200
        return Response(render_template("public/shut.html", place=place, advertising=None), status=status)
    return None


def common(place: Business) -> dict[str, Any]:
    """What each of these pages shows."""
    return {"place": place, "advertising": _notice(parts().platform.plan(place.ref))}


def _notice(plan: Plan) -> dict[str, str] | None:
    """What the platform wants shown on pages of free accounts: in its words; empty where it has set none, and the page has its own."""
    if not plan.advertising:
        return None
    said = plan.notice.get(words().language) or plan.notice.get("en", "")
    return {"text": said, "address": plan.notice_address}


@pages.get("/<account>")
def start(account: str) -> AnyResponse | str:
    """With one agenda straight to its services; with several, first which one."""
    place = open_page(account)
    if (closed := shut(place)) is not None:
        return closed
    made = parts()
    if "bookings_seen" not in request.cookies:
        made.platform.record(account, PAGE_VISITS)
    agendas = business.open_agendas(made.database, made.platform, account)
    if len(agendas) > 1 and request.args.get("agenda") != "any":
        page = render_template("public/agendas.html", agendas=agendas, **common(place))
    else:
        page = _services(place, None)
    response = Response(page)
    # One visit in an hour, whoever it was: nothing is kept of the person.
    response.set_cookie("bookings_seen", "1", max_age=3600, path=f"/bookings/{account}", samesite="Lax", httponly=True)
    return response


@pages.get("/<account>/a/<slug>")
def one_agenda(account: str, slug: str) -> AnyResponse | str:
    """The address of one agenda, to be passed on."""
    place = open_page(account)
    if (closed := shut(place)) is not None:
        return closed
    return _services(place, _agenda(place, slug))


def _agenda(place: Business, slug: str) -> sqlite3.Row | None:
    """The open agenda with that word in its address; None for no word."""
    if not slug:
        return None
    for row in business.open_agendas(parts().database, parts().platform, place.ref):
        if row["slug"] == slug:
            found: sqlite3.Row = row
            return found
    raise NotFound


def _services(place: Business, agenda: sqlite3.Row | None) -> str:
    database = parts().database
    offered = [
        row for row in business.services(database, place.ref, public=True)
        if agenda is None or not (only := business.offering(database, row["id"])) or agenda["id"] in only
    ]  # fmt: skip
    return render_template("public/services.html", services=offered, agenda=agenda, **common(place))


def _service(place: Business, id: int) -> sqlite3.Row:
    row = business.service(parts().database, place.ref, id)
    if row is None or not row["is_public"]:
        abort(404)
    return row


@pages.get("/<account>/book/<int:service>")
def times(account: str, service: int) -> AnyResponse | str:
    """Choose day and time."""
    place = open_page(account)
    if (closed := shut(place)) is not None:
        return closed
    row, agenda = _service(place, service), _agenda(place, request.args.get("agenda", ""))
    return _times(
        place, row, agenda, leave_out=0, endpoint="public.times", confirm="public.who", values={"service": service},
        taken="taken" in request.args,
    )  # fmt: skip


def _times(
    place: Business, service: sqlite3.Row, agenda: sqlite3.Row | None, *, leave_out: int, endpoint: str, confirm: str,
    values: dict[str, Any], status: int = 200, taken: bool = False,
) -> AnyResponse | str:  # fmt: skip
    made, now = parts(), parts().now()
    today = now.astimezone(place.zone).date()
    last = today + timedelta(days=place["horizon_days"])
    asked = parse_day(request.args.get("day", ""), today)
    since = max(today, min(asked, last))
    since -= timedelta(days=(since - today).days % DAYS_SHOWN)
    only = agenda["id"] if agenda is not None else None
    room = appointments.days_with_room(
        made.database,
        made.platform,
        place,
        service=service,
        since=since,
        days=DAYS_SHOWN,
        at=now,
        agenda=only,
        leave_out=leave_out,
    )
    chosen = asked if room.get(asked) else next((day for day in room if room[day]), since)
    later = (
        _next_with_room(place, service, since + timedelta(days=DAYS_SHOWN), last, only, leave_out)
        if not any(room.values())
        else None
    )
    page = render_template(
        "public/times.html", service=service, agenda=agenda, room=room, chosen=chosen, later=later, taken=taken,
        choices=appointments.choices(
            made.database, made.platform, place, service=service, day=chosen, at=now, agenda=only, leave_out=leave_out
        ),
        before=since - timedelta(days=DAYS_SHOWN) if since > today else None,
        after=since + timedelta(days=DAYS_SHOWN) if since + timedelta(days=DAYS_SHOWN) <= last else None,
        endpoint=endpoint, confirm=confirm,
        values={"account": place.ref, "agenda": agenda["slug"] if agenda is not None else None, **values},
        **common(place),
    )  # fmt: skip
    return Response(page, status=status)


def _next_with_room(
    place: Business, service: sqlite3.Row, since: date, last: date, agenda: int | None, leave_out: int
) -> date | None:
    """The next day on which something is free: nobody leafs through empty weeks."""
    made = parts()
    for number in range(max(0, (last - since).days + 1)):
        day = since + timedelta(days=number)
        if appointments.choices(
            made.database,
            made.platform,
            place,
            service=service,
            day=day,
            at=made.now(),
            agenda=agenda,
            leave_out=leave_out,
        ):
            return day
    return None


@pages.route("/<account>/book/<int:service>/who", methods=["GET", "POST"])
def who(account: str, service: int) -> AnyResponse | str:
    """Who comes; then it is booked."""
    place = open_page(account)
    if (closed := shut(place)) is not None:
        return closed
    made, row = parts(), _service(place, service)
    slug = request.values.get("agenda", "")
    wanted = _agenda(place, slug)
    try:
        starts = parse_moment(request.values.get("at", ""))
    except Refused:
        return back("public.times", account=account, service=service, agenda=slug or None)
    day = starts.astimezone(place.zone).date()
    found = {
        each.starts: each.agenda
        for each in appointments.choices(
            made.database,
            made.platform,
            place,
            service=row,
            day=day,
            at=made.now(),
            agenda=wanted["id"] if wanted is not None else None,
        )
    }
    form = Form(request.form if request.method == "POST" else {})
    shown = {"service": row, "agenda": wanted, "starts": starts, "form": form, **common(place)}
    if starts not in found:
        return back("public.times", account=account, service=service, agenda=slug or None, day=day.isoformat(), taken=1)
    if request.method == "GET":
        return render_template("public/who.html", **shown)
    person = Person(
        name=form.text("name", needed=True, most=100),
        mail=form.mail("mail", needed=True),
        phone=form.phone("phone", needed=place["phone"] == "needed") if place["phone"] != "no" else "",
        language=words().language,
        consented=form.checked("consent"),
    )
    note = form.text("note", most=500)
    if not person.consented:
        form.fault("consent", "Please agree, so that this can be booked.")
    if form.raw("website"):  # a field that nobody sees: whoever fills it in is a program
        form.fault("name", "Fill this in.")
    if not form:
        return Response(render_template("public/who.html", **shown), status=422)
    try:
        ref = appointments.make(
            made.database, made.platform, place, service=row, agenda=found[starts], starts=starts, person=person, origin="public",
            at=made.now(), note=note, sender_name=brand().sender_name, host=request.host,
        )  # fmt: skip
    except LimitReached:
        # The visitor hears nothing of plans and limits, only how to reach the business.
        return Response(render_template("public/full.html", **shown), status=409)
    except Refused as no:
        if no.code == "too-many":
            return Response(render_template("public/full.html", too_many=True, **shown), status=409)
        return back("public.times", account=account, service=service, agenda=slug or None, day=day.isoformat(), taken=1)
    made.wake()
    return back("public.own", account=account, token=made.links.token(ref), made=1)


def _own(account: str, token: str) -> tuple[Business, sqlite3.Row]:
    place = open_page(account)
    ref = parts().links.ref(token)
    row = appointments.find(parts().database, account, ref) if ref else None
    if row is None:
        abort(404)
    return place, row


def _may_change(place: Business, row: sqlite3.Row) -> bool:
    """Until so many hours before; after that the business is to be called."""
    return bool(row["state"] == "booked" and row["starts"] - parts().now().timestamp() >= place["cancel_hours"] * 3600)


@pages.get("/<account>/appointment/<token>")
def own(account: str, token: str) -> str:
    """One's own appointment."""
    place, row = _own(account, token)
    return render_template(
        "public/own.html", row=row, token=token, made="made" in request.args, moved="moved" in request.args,
        may_change=_may_change(place, row), over=row["starts"] <= parts().now().timestamp(), **common(place),
    )  # fmt: skip


@pages.get("/<account>/appointment/<token>/calendar.ics")
def own_calendar(account: str, token: str) -> Response:
    """The same, for one's own calendar."""
    place, row = _own(account, token)
    return Response(feed.one(place, row, canceled=row["state"] == "canceled"), mimetype="text/calendar")


@pages.post("/<account>/appointment/<token>/cancel")
def cancel(account: str, token: str) -> AnyResponse:
    """It does not take place."""
    place, row = _own(account, token)
    if _may_change(place, row):
        appointments.cancel(
            parts().database,
            place,
            row["ref"],
            by="customer",
            at=parts().now(),
            sender_name=brand().sender_name,
            host=request.host,
        )
        parts().wake()
    return back("public.own", account=account, token=token)


@pages.get("/<account>/appointment/<token>/move")
def move(account: str, token: str) -> AnyResponse | str:
    """Choose another time."""
    place, row = _own(account, token)
    service = business.service(parts().database, account, row["service"] or 0)
    if not _may_change(place, row) or service is None:
        return back("public.own", account=account, token=token)
    return _times(
        place, service, None, leave_out=row["id"], endpoint="public.move", confirm="public.moved", values={"token": token},
        taken="taken" in request.args,
    )  # fmt: skip


@pages.route("/<account>/appointment/<token>/moved", methods=["GET", "POST"])
def moved(account: str, token: str) -> AnyResponse | str:
    """Is that the new time? Then it is moved."""
    place, row = _own(account, token)
    made = parts()
    service = business.service(made.database, account, row["service"] or 0)
    try:
        starts = parse_moment(request.values.get("at", ""))
    except Refused:
        starts = None
    if not _may_change(place, row) or service is None or starts is None:
        return back("public.own", account=account, token=token)
    found = {
        each.starts: each.agenda
        for each in appointments.choices(
            made.database, made.platform, place, service=service, day=starts.astimezone(place.zone).date(), at=made.now(),
            leave_out=row["id"],
        )
    }  # fmt: skip
    if request.method == "GET" and starts in found:
        return render_template("public/moved.html", row=row, token=token, starts=starts, **common(place))
    try:
        if starts not in found:
            raise Refused("taken")
        appointments.move(
            made.database, place, row["ref"], agenda=found[starts], starts=starts, at=made.now(), sender_name=brand().sender_name,
            host=request.host, by="customer",
        )  # fmt: skip
    except Refused:
        return redirect(url_for("public.move", account=account, token=token, taken=1), code=303)
    made.wake()
    return back("public.own", account=account, token=token, moved=1)


@pages.get("/<account>/calendar/<secret>.ics")
def calendar(account: str, secret: str) -> Response:
    """The agenda for another calendar: whoever has the address reads it, as long as the plan has it."""
    made = parts()
    place = business.find(made.database, account)
    if (
        place is None
        or not place["feed_secret"]
        or place["feed_secret"] != secret
        or not business.may_synchronize(made.platform, account)
    ):
        abort(404)
    now = made.now()
    rows = [
        row
        for row in appointments.between(made.database, account, now - timedelta(days=60), now + timedelta(days=400))
        if row["state"] in ("booked", "blocked")
    ]
    made.synchronized(account)
    return Response(feed.of_agenda(place, rows), mimetype="text/calendar")
