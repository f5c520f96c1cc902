"""Every component on pages of its own, with lifelike and with unkind content. Not shipped: for tests and for the eye.

Look at it: ``python -m tests.portals.shared.gallery`` serves it on 127.0.0.1.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sublet.core.colors import style_sheet
from sublet.portals.shared import components as c
from sublet.portals.shared import forms as f
from sublet.portals.shared import tables as t
from sublet.portals.shared.charts import Chart, Series, bar_chart, line_chart
from sublet.portals.shared.csp import leave_for
from sublet.portals.shared.handover import sheet_links
from sublet.portals.shared.product import ClosedCards, SectionCard
from sublet.portals.shared.shell import (
    Banner,
    NavGroup,
    NavItem,
    NeutralBrand,
    Person,
    Shell,
    SwitcherAccount,
    VendorNotice,
)

NOON = datetime(2026, 3, 17, 12, 30, tzinfo=UTC)
LONG = "Associazione Sportiva Dilettantistica Polisportiva Valle dell'Orco e dintorni, sezione pallavolo femminile"
UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
UNKIND = "<img src=x onerror=alert(1)>{{ 7*7 }}"

BRAND = NeutralBrand(
    name="Studio Rosa",
    support_name="Studio Rosa",
    support_email="help@studio-rosa.example",
    support_phone="+39 06 555 0142",
    support_hours="Mon–Fri, 9–18",
    support_url="https://help.studio-rosa.example/",
)


def shell_for(request: HttpRequest) -> Shell:
    """The frame, with what the address asks for: ``?theme=dark``, ``?visit=1``, ``?many=1``, ``?long=1``."""
    names = ["Studio Rosa", "Trattoria da Carlo", "Hairdresser Bella", "FC Valdarno", "Boutique Ondine"]
    if "many" in request.GET:
        names += [f"Restaurant {number}" for number in range(1, 40)]
    if "long" in request.GET:
        names[0] = LONG
    banner = Banner(
        person="Rosa Bianchi",
        acting_as="Cleo Marini",
        account="Trattoria da Carlo",
        mode_label="As the client",
        ends_at=NOON + timedelta(minutes=28),
        minutes_left=28,
        back_url="/back/",
    )
    path = request.path
    color = request.GET.get("brand", "")
    return Shell(
        brand=replace(BRAND, css_url=f"/brand.css?color={color}") if color else BRAND,
        person=Person("Rosa Bianchi", "rosa@studio-rosa.example", "RB", request.GET.get("theme", "auto"), "en"),
        account_name=names[0],
        account_kind_label="Reseller",
        home_url="/",
        notice=VendorNotice("Free online booking, for you as well", "https://booking.example/"),
        nav=(
            NavGroup(
                "",
                (
                    NavItem("Overview", "/", "layout-dashboard", active=path == "/"),
                    NavItem("Clients", "/list/", "users", active=path == "/list/", count=1204),
                    NavItem("Invitations", "/list/?state=invited", "mail", count=3),
                ),
            ),
            NavGroup(
                "Account",
                (
                    NavItem("Team", "/forms/", "users-group", active=path == "/forms/"),
                    NavItem("Brand", "/?x=1", "palette"),
                    NavItem("Addresses", "/empty/", "world", active=path == "/empty/"),
                    NavItem("API keys", "/?x=2", "key"),
                ),
            ),
            NavGroup(
                "Product",
                (
                    NavItem("Content", "/?x=3", "news", external=True),
                    NavItem("Add-ons", "/?x=4", "puzzle", marked=True),
                ),
            ),
        ),
        accounts=tuple(
            SwitcherAccount(name, "Reseller" if number == 0 else "Client", f"/?account={number}", current=number == 0)
            for number, name in enumerate(names)
        ),
        banner=banner if "visit" in request.GET else None,
        language_url="/language/",
        theme_url="/theme/",
        profile_url="/me/",
        sign_ins_url="/me/sign-ins/",
        log_out_url="/log-out/",
        footer="Studio Rosa S.r.l. · P. IVA 01234567890",
    )


class DetailsForm(f.SubletForm):
    """A form with each kind of field."""

    name = f.NameField(label="Name", max_length=80, help_text="As it is written on the sign.")
    email = f.EmailField(label="E-mail", autocomplete="off")
    phone = f.PhoneField(label="Telephone", required=False)
    password = f.PasswordField(label="Password", new=True, help_text="At least ten characters.")
    language = f.LanguageField()
    timezone = f.TimezoneField(initial="Europe/Rome")
    color = f.ColorField(label="Color", required=False, initial="#2fb344")
    tags = f.TagsField(label="Tags", suggestions=("restaurant", "club", "shop"))
    file = forms.FileField(label="List of clients", required=False, widget=f.DropInput(attrs={"accept": ".csv, .xlsx"}))
    ownership = forms.ChoiceField(
        label="Who owns the account?",
        choices=[("reseller", "We do"), ("client", "The client does")],
        widget=forms.RadioSelect,
        help_text="It decides who may close or move it.",
    )
    days = forms.MultipleChoiceField(
        label="Days",
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    demo = forms.BooleanField(label="A demonstration", required=False, help_text="It ends by itself after 30 days.")


RIGHTS = (
    c.SectionGroup(
        "The app",
        (
            c.SectionRow("content", "Content", "manage", icon="news", help="Pages, articles, photos"),
            c.SectionRow("design", "Design", "view", icon="palette"),
            c.SectionRow("push", "Push notifications", "none", icon="notification"),
            c.SectionRow("addons", "Add-ons", "view", icon="puzzle", marked=True),
            c.SectionRow("help", "Online help", "view", levels=("none", "view"), icon="help", marked=True),
        ),
    ),
    c.SectionGroup(
        "This account",
        (
            c.SectionRow("team", "Team", "none", icon="users"),
            c.SectionRow(
                "billing", "Billing", "none", icon="credit-card", locked=True, help="Stays with the reseller."
            ),
        ),
    ),
)


class NarrowForm(f.SubletForm):
    """What a journal is narrowed by."""

    words = forms.CharField(label="Words", required=False)
    since = forms.DateField(label="From", required=False)


def _charts() -> list[Chart]:
    months = ["Jan 2026", "Feb 2026", "Mar 2026"]
    lines = [Series("Revenue a month", "one", [120_000, 95_000, 140_000]), Series("Margin", "two", [9_000, -4_000, 0])]
    bars = [Series("New", "new", [12, 0, 5]), Series(UNBROKEN, "lost", [0, 7, 1], -1)]
    empty = [Series("New", "new", [0])]
    return [
        line_chart("Revenue and margin", months, lines, str),
        bar_chart("What moved it", months, bars, str),
        bar_chart("Nothing yet", months[:1], empty, str),
    ]


def overview(request: HttpRequest) -> HttpResponse:
    """Cards, facts, numbers, history, progress, notes, dialogs."""
    if "notices" in request.GET:
        messages.success(request, "The client has been created. Ana will get an e-mail in Albanian.")
        messages.error(request, "The e-mail could not be sent: the address does not exist.")
    entries = [
        c.Entry(NOON, "Suspended the account", "Rosa Bianchi", "player-pause", "Unpaid since January", tone="warning"),
        c.Entry(NOON - timedelta(hours=2), "Changed the brand’s color", "Cleo Marini", "palette", url="/?x=5"),
        c.Entry(NOON - timedelta(days=1), f"Invited {UNBROKEN}", "Rosa Bianchi", "mail", acting_for="Cleo Marini"),
        c.Entry(NOON - timedelta(days=1, hours=1), "Created the account", "Rosa Bianchi", "plus", tone="success"),
    ]
    name = LONG if "long" in request.GET else "Trattoria da Carlo"
    return render(
        request,
        "gallery/overview.html",
        {
            "shell": shell_for(request),
            "name": name,
            "zone": "Europe/Rome",
            "narrow_form": NarrowForm(),
            "clear_url": "/",
            "sheets": sheet_links("/sheet.pdf", "en"),
            "downloads": (c.Action("CSV", "/x.csv", "download", download=True),),
            "crumbs": (c.Crumb("Clients", "/list/"), c.Crumb(name)),
            "actions": (
                c.Action("Edit", "/forms/", "pencil"),
                c.Action("Log in", "/visit/", "login", "post", tone="primary"),
            ),
            "menu": (
                c.Action(
                    "Suspend", icon="player-pause", dialog="suspend", hint="Its people are locked out, nothing is lost"
                ),
                c.Action("Export", "/x.csv", "download", download=True),
                c.Action("Close the account", icon="trash", dialog="close", tone="danger"),
            ),
            "tabs": (
                c.Tab("Facts", "/", active=True, icon="id"),
                c.Tab("Team", "/forms/", icon="users", count=4),
                c.Tab("Addresses", "/empty/", icon="world", count=0),
                c.Tab("History", "/list/", icon="history"),
            ),
            "charts": _charts(),
            "stats": (
                {"label": "Clients", "value": "1,204", "icon": "users", "url": "/list/"},
                {"label": "Active", "value": "1,150", "hint": "96 %"},
                {"label": "Invited", "value": "31", "hint": "3 for over a week", "tone": "warning"},
                {"label": "Suspended", "value": "2"},
            ),
            "facts": (
                c.Fact("State", "active", "status"),
                c.Fact("Reference", "acc_7HqK2mVx9", "code", copy=True),
                c.Fact("E-mail", "carlo@trattoria.example", "mail", copy=True),
                c.Fact("Telephone", "+39 055 555 0100", "phone"),
                c.Fact("Since", NOON, "datetime"),
                c.Fact("Demonstration", False, "yes_no"),
                c.Fact("Tags", ["restaurant", c.Tag("Florence", "/list/?tag=florence")], "tags"),
                c.Fact("Address", ""),
                c.Fact("Note", UNKIND, hint="Only your staff sees this."),
                c.Fact("Long", UNBROKEN),
            ),
            "days": c.by_day(entries, "Europe/Rome"),
            "now": NOON,
            "steps": (c.Step("File", "done", "/"), c.Step("Columns", "current"), c.Step("Preview"), c.Step("Result")),
            "running": c.Progress("Bringing in clients", 1234, 5000, url="/progress/", note="You can leave this page."),
            "finished": c.Progress("5,000 clients are in", 5000, 5000, finished=True),
            "failed": c.Progress("It stopped at line 1,234", 1234, 5000, finished=True, failed=True),
            "changes": (
                c.Change("add", "Section “Calendar”", after="off for everybody"),
                c.Change("change", "Name of “Push”", "Push", "Push notifications"),
                c.Change(
                    "remove", "Section “Radio”", "in use by 12 clients", note="Removing it takes their rights away."
                ),
                c.Change("same", "Section “Content”"),
            ),
            "points": ("Its 4 people are locked out.", "Its addresses stop answering."),
            "states": (
                "prospect",
                "invited",
                "active",
                "suspended",
                "closed",
                "running",
                "failed",
                "dead",
                "unheard-of",
            ),
            "tones": ("info", "success", "warning", "danger"),
            "empty_actions": (
                c.Action("New client", "/forms/", "plus", tone="primary"),
                c.Action("Import", "/forms/", "upload"),
            ),
        },
    )


COLUMNS = (
    t.Column("name", "Name", "person", sortable=True, required=True),
    t.Column("state", "State", "status", sortable=True),
    t.Column("tags", "Tags", "tags", priority=2),
    t.Column("email", "E-mail", "mail", priority=3),
    t.Column("people", "People", "number", sortable=True, priority=2),
    t.Column("language", "Language", default=False, priority=3),
    t.Column("seen", "Last seen", "date", sortable=True, priority=2),
)
NAMES = (
    ("Trattoria da Carlo", "active"), ("Hairdresser Bella", "invited"), ("FC Valdarno", "active"),
    (LONG, "prospect"), (UNBROKEN, "suspended"), ("مطعم الأرز ‮ 🍽️", "active"), ("Boutique Ondine", "closed"),
)  # fmt: skip


def clients(request: HttpRequest, *, problems: bool = False) -> t.Table:
    """A list of clients as the address asks for it."""
    state = t.read_list_state(request.GET, columns=COLUMNS, default_sort="name", filters=("state", "tag"))
    rows = tuple(
        t.Row(
            key=f"acc_{number}",
            label=name,
            url=f"/?client={number}",
            muted=status == "closed",
            problem="The e-mail is not an address." if problems and number == 2 else "",
            cells={
                "name": t.PersonCell(name, f"acc_{number}H7q"),
                "state": status,
                "tags": ["restaurant", "Florence"][: number % 3],
                "email": f"info@client-{number}.example",
                "people": number * 1234,
                "seen": NOON - timedelta(days=number) if number % 4 else None,
            },
            menu=(
                c.Action("Log in as the client", "/visit/", "login", "post"),
                c.Action("Client settings", f"/?client={number}", "settings"),
                c.Action("Suspend", icon="player-pause", dialog="suspend"),
                c.Action("Close", "/close/", "trash", tone="danger"),
            ),
        )
        for number, (name, status) in enumerate(NAMES)
        if state.search.lower() in name.lower() and (not state.filters.get("state") or status in state.filters["state"])
    )
    chosen = state.filters.get("state", ())
    return t.Table(
        id="clients",
        caption="Clients",
        columns=COLUMNS,
        rows=rows,
        state=state,
        search_label="Find by name, e-mail or reference",
        pager=t.Pager(next="c2", shown=len(rows), count=1204, first_page="cursor" not in request.GET),
        filters=(
            t.Filter(
                "state",
                "State",
                tuple(
                    t.FilterOption(word, label, count, word in chosen)
                    for word, label, count in (
                        ("active", "Active", 1150),
                        ("invited", "Invited", 31),
                        ("closed", "Closed", 9),
                    )
                ),
                icon="filter",
            ),
            t.Filter(
                "tag", "Tag", tuple(t.FilterOption(f"tag{number}", f"Tag {number}") for number in range(12)), icon="tag"
            ),
        ),
        views=(c.Tab("All clients", "/list/", True, 1204), c.Tab("Need attention", "/list/?view=2", False, 7)),
        bulk=(
            t.BulkAction("Add a tag", "/bulk/tag/", "tag"),
            t.BulkAction("Suspend", "/bulk/suspend/", "player-pause"),
        ),
        columns_url="/columns/",
        save_view_url="/views/",
        selectable_total=True,
        summary="1,204 clients",
        empty=t.Empty("No clients yet", "Create the first one, or bring in your list.", "users"),
    )


def client_list(request: HttpRequest) -> HttpResponse:
    """A list page; htmx gets the part that changes."""
    table = clients(request, problems="problems" in request.GET)
    if "nothing" in request.GET:
        table = replace(table, rows=())
    whole = request.headers.get("HX-Request") != "true"
    return render(
        request,
        "gallery/list.html" if whole else "shared/list_results.html",
        {
            "shell": shell_for(request),
            "table": table,
            "actions": (
                c.Action("Export", "/x.xlsx", "download", download=True),
                c.Action("Import", "/forms/", "upload"),
                c.Action("New client", "/forms/", "plus", tone="primary"),
            ),
        },
    )


def form_page(request: HttpRequest) -> HttpResponse:
    """A form, as it comes and with faults, and the rights grid."""
    data: dict[str, Any] | None = {"name": "", "email": "nobody", "color": "red"} if "faults" in request.GET else None
    return render(
        request,
        "gallery/forms.html",
        {
            "shell": shell_for(request),
            "form": DetailsForm(request.POST or data),
            "groups": RIGHTS,
            "presets": (
                c.Preset("Designer", {"design": "manage", "content": "view"}, "Looks only"),
                c.Preset("Restaurant owner", {"content": "manage", "push": "manage", "addons": "view", "help": "view"}),
            ),
        },
    )


def empty(request: HttpRequest) -> HttpResponse:
    """A page with nothing in it yet."""
    return render(
        request,
        "gallery/empty.html",
        {
            "shell": shell_for(request),
            "actions": (
                c.Action("New client", "/forms/", "plus", tone="primary"),
                c.Action("Import a list", "/", "upload"),
            ),
            "groups": (
                {
                    "name": "Building",
                    "cards": (
                        {"name": "Content", "icon": "file-text", "url": "/", "level": "manage", "marked": False},
                        {"name": "Statistics", "icon": "chart-bar", "url": "", "level": "view", "marked": True},
                    ),
                },
            ),
            "closed": ClosedCards((SectionCard("Calendar", "lock", "/", level="none", marked=False),)),
        },
    )


class LogInForm(f.SubletForm):
    """The log-in form."""

    email = f.EmailField(label="E-mail", autocomplete="username")
    password = f.PasswordField(label="Password")


def plain(request: HttpRequest) -> HttpResponse:
    """The log-in page."""
    shell = replace(shell_for(request), person=None)
    return render(request, "gallery/plain.html", {"shell": shell, "form": LogInForm(request.POST or None)})


def locked(request: HttpRequest) -> HttpResponse:
    """The lock page."""
    return render(
        request,
        "shared/locked.html",
        {
            "shell": shell_for(request),
            "locked_name": "Trattoria da Carlo",
            "state": request.GET.get("state", "suspended"),
        },
    )


def error(request: HttpRequest, status: int) -> HttpResponse:
    """A page that says no, with a brand or (``?neutral=1``) without."""
    shell = Shell(brand=NeutralBrand()) if "neutral" in request.GET else shell_for(request)
    return render(
        request,
        "shared/error.html",
        {
            "shell": shell,
            "status": status,
            "error_title": "There is nothing here",
            "error_text": "The address is wrong, or you have no access to it.",
        },
        status=status,
    )


def brand_css(request: HttpRequest) -> HttpResponse:
    """The style sheet of a brand: ``?color=ffd400``."""
    return HttpResponse(style_sheet(request.GET["color"]), content_type="text/css")


def onward(request: HttpRequest) -> HttpResponse:
    """A form whose answer leads to the same gallery under another name of this machine."""
    if request.method == "POST":
        return leave_for(request, f"http://other.localhost:{request.get_port()}/empty/")
    return plain(request)


def progress(request: HttpRequest) -> HttpResponse:
    """What a running job answers when asked again."""
    return render(
        request, "shared/progress.html", {"progress": c.Progress("5,000 clients are in", 5000, 5000, finished=True)}
    )
