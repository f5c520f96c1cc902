"""Setting up: services, opening hours, booking page, reminders, synchronization, settings; and help."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import date
from zoneinfo import available_timezones

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bookings import business
from bookings.appointments import parse_day, parse_hours
from bookings.business import Refused
from bookings.i18n import LANGUAGES
from bookings.platform import TEXT_MESSAGES
from bookings.slots import Hours
from bookings.web import limits
from bookings.web.app import back, issuer, parts, words
from bookings.web.forms import Form
from bookings.web.signing import changed, place, section

pages = Blueprint("set_up", __name__)
CURRENCIES = ("EUR", "CHF", "GBP", "ALL", "BRL", "USD", "CAD", "MKD", "AOA", "MZN", "XOF", "MAD")
HOURS_BEFORE = (0, 2, 4, 12, 24, 48, 72)
PARTS_OF_A_DAY = 3


@pages.get("/<account>/services")
@section("services")
def services(account: str) -> str:
    """What can be booked."""
    return render_template(
        "services/services.html", rows=business.services(parts().database, account), done=request.args.get("done", "")
    )


@pages.route("/<account>/services/new", methods=["GET", "POST"])
@section("services", "manage")
def new_service(account: str) -> AnyResponse | str:
    """A new service."""
    return _service_form(account, None)


@pages.route("/<account>/services/<int:id>", methods=["GET", "POST"])
@section("services", "manage")
def change_service(account: str, id: int) -> AnyResponse | str:
    """Change a service."""
    row = business.service(parts().database, account, id)
    if row is None:
        abort(404)
    return _service_form(account, row)


def _service_form(account: str, row: sqlite3.Row | None) -> AnyResponse | str:
    database = parts().database
    agendas = business.agendas(database, account)
    chosen = business.offering(database, row["id"]) if row is not None else set()
    if request.method == "GET":
        there = {"minutes": "30", "buffer": "0", "is_public": "1"}
        if row is not None:
            there = {name: str(row[name]) for name in ("name", "description", "minutes", "buffer")}
            there |= {"is_public": "1"} if row["is_public"] else {}
            there |= {"price": f"{row['price'] / 100:.2f}"} if row["price"] is not None else {}
        return render_template("services/form.html", row=row, form=Form(there), agendas=agendas, chosen=chosen)
    form = Form(request.form)
    ids = {int(each) for each in request.form.getlist("agendas") if each.isdigit()} & {each["id"] for each in agendas}
    name, description = form.text("name", needed=True, most=100), form.text("description", most=500)
    minutes, buffer = form.number("minutes", 5, 720, step=5), form.number("buffer", 0, 240, step=5)
    price = form.money("price")
    if not form:
        return Response(
            render_template("services/form.html", row=row, form=form, agendas=agendas, chosen=ids), status=422
        )
    business.keep_service(
        database, account=account, id=row["id"] if row is not None else None, name=name, description=description, minutes=minutes,
        buffer=buffer, price=price, is_public=form.checked("is_public"), agendas=() if len(ids) == len(agendas) else ids,
    )  # fmt: skip
    changed(words().say("Service saved: %(name)s", name=name))
    return back("set_up.services", account=account, done="saved")


@pages.route("/<account>/services/<int:id>/remove", methods=["GET", "POST"])
@section("services", "manage")
def remove_service(account: str, id: int) -> AnyResponse | str:
    """Nobody books it any more."""
    row = business.service(parts().database, account, id)
    if row is None:
        abort(404)
    if request.method == "GET":
        return render_template("services/remove.html", row=row)
    business.remove_service(parts().database, account=account, id=id, at=parts().now())
    changed(words().say("Service removed: %(name)s", name=row["name"]))
    return back("set_up.services", account=account, done="removed")


# --- opening hours ----------------------------------------------------------------------------------------------------


def _agenda() -> tuple[list[sqlite3.Row], sqlite3.Row]:
    rows = business.agendas(parts().database, place().ref)
    return rows, next((row for row in rows if row["slug"] == request.values.get("only", "")), rows[0])


def _today() -> date:
    return parts().today(place())


@pages.route("/<account>/opening-hours", methods=["GET", "POST"])
@section("opening_hours")
def opening_hours(account: str) -> AnyResponse | str:
    """The week of an agenda, and the days that are not like the others."""
    rows, agenda = _agenda()
    database = parts().database
    form = Form(request.form)
    if request.method == "POST":
        hours: dict[int, list[Hours]] = {}
        for weekday in range(7):
            for part in range(PARTS_OF_A_DAY):
                starts, ends = form.text(f"starts-{weekday}-{part}"), form.text(f"ends-{weekday}-{part}")
                if starts or ends:
                    try:
                        hours.setdefault(weekday, []).append(parse_hours(starts, ends))
                    except Refused:
                        form.fault(f"day-{weekday}", "From when until when?")
        for weekday, each in hours.items():
            ordered = sorted(each)
            overlaps = any(one.ends > two.starts for one, two in itertools.pairwise(ordered))
            if overlaps or any(one.starts >= one.ends for one in ordered):
                form.fault(f"day-{weekday}", "These times overlap, or one ends before it begins.")
        if form:
            for one in rows if form.checked("all") else [agenda]:
                business.keep_weekly(database, agenda=one["id"], hours=hours)
            changed(words().say("Opening hours saved"))
            return back("set_up.opening_hours", account=account, only=agenda["slug"], done="saved")
    page = render_template(
        "hours.html", agendas=rows, agenda=agenda, weekly=business.weekly(database, agenda["id"]), parts_of_a_day=PARTS_OF_A_DAY, form=form,
        exceptions=business.exception_rows(database, agenda["id"], _today()), done=request.args.get("done", ""), today=_today(),
    )  # fmt: skip
    return Response(page, status=200 if form else 422)


@pages.post("/<account>/opening-hours/days")
@section("opening_hours", "manage")
def add_day(account: str) -> AnyResponse:
    """A day that is closed, or open at other hours."""
    rows, agenda = _agenda()
    form = Form(request.form)
    day = parse_day(form.text("day"), date.min)
    starts, ends = form.text("starts"), form.text("ends")
    try:
        hours = parse_hours(starts, ends) if starts or ends else None
        if day < _today():
            raise Refused("hours")
        business.add_exception(
            parts().database, agendas=[each["id"] for each in rows] if form.checked("all") else [agenda["id"]], day=day, hours=hours,
            note=form.text("note", most=100),
        )  # fmt: skip
    except Refused:
        return back("set_up.opening_hours", account=account, only=agenda["slug"], done="wrong-day")
    changed(words().say("Special day saved: %(day)s", day=words().short_day(day)))
    return back("set_up.opening_hours", account=account, only=agenda["slug"], done="saved")


@pages.post("/<account>/opening-hours/days/<int:id>/remove")
@section("opening_hours", "manage")
def remove_day(account: str, id: int) -> AnyResponse:
    """Like the others again."""
    _rows, agenda = _agenda()
    business.remove_exception(parts().database, account=account, id=id)
    changed(words().say("Special day removed"))
    return back("set_up.opening_hours", account=account, only=agenda["slug"], done="saved")


# --- booking page -----------------------------------------------------------------------------------------------------


@pages.route("/<account>/page", methods=["GET", "POST"])
@section("booking_page")
def booking_page(account: str) -> AnyResponse | str:
    """Overview with the address to pass on, texts, and what is asked for."""
    made, there = parts(), place()
    form = Form(
        request.form if request.method == "POST" else {name: str(there[name] or "") for name in business.PAGE_FIELDS}
    )
    if request.method == "POST":
        fields = {
            "is_public": int(form.checked("is_public")),
            "headline": form.text("headline", most=100),
            "welcome": form.text("welcome", most=1000, lines=True),
            "place": form.text("place", most=200),
            "contact_mail": form.mail("contact_mail"),
            "contact_phone": form.phone("contact_phone"),
            "phone": form.choice("phone", ("no", "optional", "needed")),
        }
        if form:
            done = business.change(made.database, account, **fields)
            if done:
                changed(words().say("Booking page saved"))
            return back("set_up.booking_page", account=account, done="saved")
    page = render_template(
        "page.html", form=form, agendas=business.agendas(made.database, account),
        open_ids={row["id"] for row in business.open_agendas(made.database, made.platform, account)},
        base=f"{issuer()}/bookings/{account}", done=request.args.get("done", ""),
        empty=not business.services(made.database, account, public=True),
    )  # fmt: skip
    return Response(page, status=200 if form else 422)


# --- reminders, synchronization, settings -----------------------------------------------------------------------------


@pages.route("/<account>/reminders", methods=["GET", "POST"])
@section("reminders")
def reminders(account: str) -> AnyResponse | str:
    """When a reminder goes, and how."""
    made = parts()
    may_text = bool(made.platform.feature(account, "text_messages"))
    if request.method == "POST":
        form = Form(request.form)
        choices = tuple(str(each) for each in HOURS_BEFORE)
        mail, text = (
            form.choice("mail_hours", choices),
            form.choice("text_hours", choices) if may_text else str(place()["text_hours"]),
        )
        if form:
            if business.change(made.database, account, mail_hours=int(mail), text_hours=int(text)):
                changed(words().say("Reminders saved"))
            return back("set_up.reminders", account=account, done="saved")
    return render_template(
        "reminders.html", may_text=may_text, hours=HOURS_BEFORE, standing=made.platform.standing(account, TEXT_MESSAGES),
        done=request.args.get("done", ""), **limits.shown(account),
    )  # fmt: skip


@pages.route("/<account>/synchronization", methods=["GET", "POST"])
@section("synchronization")
def synchronization(account: str) -> AnyResponse | str:
    """The secret address of the calendar."""
    made = parts()
    has = business.may_synchronize(made.platform, account)
    if request.method == "POST":
        if has:
            business.new_feed_secret(made.database, account)
            changed(words().say("A new calendar address was made"))
        return back("set_up.synchronization", account=account, done="made")
    secret = place()["feed_secret"] if has else ""
    return render_template(
        "synchronization.html", has=has, address=f"{issuer()}/bookings/{account}/calendar/{secret}.ics" if secret else "",
        done=request.args.get("done", ""), **limits.shown(account),
    )  # fmt: skip


@pages.route("/<account>/settings", methods=["GET", "POST"])
@section("settings")
def settings(account: str) -> AnyResponse | str:
    """Clocks, language, money, and the rules of booking."""
    made, there = parts(), place()
    form = Form(
        request.form if request.method == "POST" else {name: str(there[name]) for name in business.SETTINGS_FIELDS}
    )
    zones = sorted(
        each
        for each in available_timezones()
        if each == "UTC" or ("/" in each and not each.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")))
    )
    if request.method == "POST":
        fields = {
            "zone": form.choice("zone", tuple(zones)),
            "language": form.choice("language", LANGUAGES),
            "currency": form.choice("currency", CURRENCIES),
            "lead_minutes": form.number("lead_minutes", 0, 20160),
            "horizon_days": form.number("horizon_days", 1, 365),
            "step_minutes": form.number("step_minutes", 5, 120, step=5),
            "cancel_hours": form.number("cancel_hours", 0, 336),
        }
        if form:
            if business.change(made.database, account, **fields):
                changed(words().say("Settings saved"))
            return back("set_up.settings", account=account, done="saved")
    agendas = business.agendas(made.database, account)
    page = render_template(
        "settings.html", form=form, zones=zones, currencies=CURRENCIES, agendas=agendas, done=request.args.get("done", ""),
        open_ids={row["id"] for row in business.open_agendas(made.database, made.platform, account)},
        allowed=made.platform.feature(account, "agendas") or 1, **limits.shown(account),
    )  # fmt: skip
    return Response(page, status=200 if form else 422)


@pages.post("/<account>/settings/agendas")
@section("settings", "manage")
def keep_agenda(account: str) -> AnyResponse:
    """Add an agenda, rename or remove one."""
    made, form = parts(), Form(request.form)
    name, id = form.text("name", most=60), request.form.get("id", type=int)
    done = "saved"
    try:
        if form.checked("remove") and id is not None:
            business.remove_agenda(made.database, account=account, agenda=id, at=made.now())
        elif not name:
            done = "no-name"
        elif id is not None:
            business.rename_agenda(made.database, account=account, agenda=id, name=name)
        else:
            business.add_agenda(made.database, made.platform, account=account, name=name)
    except Refused as no:
        done = no.code
    if done == "saved":
        changed(words().say("Agendas changed"))
    return back("set_up.settings", account=account, done=done)


@pages.get("/<account>/help")
@section("help")
def guide(account: str) -> str:
    """How it works, in a page."""
    return render_template("help.html", base=f"{issuer()}/bookings/{account}")
