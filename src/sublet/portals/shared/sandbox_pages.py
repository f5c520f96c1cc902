"""The pages of sandboxes: what there is, beginning one, its clock, and what happened in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.sandboxes import DATE, GROUPS, STEPS
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb, Entry, Fact, Progress, Tab, by_day
from sublet.portals.shared.forms import DayField, NameField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.histories import sign_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.invoice_words import span_words
from sublet.portals.shared.locales import write_date, write_datetime, write_money, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.progress import progress_answer
from sublet.portals.shared.sandbox_words import (
    BOOKS,
    GROUP_WORDS,
    STEP_WORDS,
    WHY_WORDS,
    invoice_cell,
    money_rows,
    standing_rows,
    state_cell,
)
from sublet.sandboxes import operations, queries
from sublet.sandboxes.queries import Shown

SEE, DO = "billing:view", "billing:manage"
ALL, CHOSEN = "all", "chosen"
AT_WORK = ("copying", "moving")
#: So many clients are offered to be ticked; more are chosen by the API, or all.
MOST_TICKED = 200


class SandboxForm(SubletForm):
    """A sandbox that is begun. `once` names this form, so that sending it twice begins one."""

    name = NameField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("What you want to find out, for example “If two cards fail”."),
    )
    reseller = forms.ChoiceField(label=gettext_lazy("Whose clients"), required=False)
    which = forms.ChoiceField(
        label=gettext_lazy("Clients"),
        widget=forms.RadioSelect,
        choices=[(ALL, gettext_lazy("All that are open")), (CHOSEN, gettext_lazy("Only those that I tick"))],
    )
    clients = forms.MultipleChoiceField(
        label=gettext_lazy("Ticked clients"), required=False, widget=forms.CheckboxSelectMultiple
    )
    once = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, clients: list[tuple[str, str]], resellers: list[tuple[str, str]] | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if resellers is None:
            self.fields.pop("reseller", None)
            _choices(self, "clients", clients)
        else:
            _choices(self, "reseller", [("", _("Your direct accounts")), *resellers])
            self.fields.pop("which", None)
            self.fields.pop("clients", None)

    def chosen(self) -> list[str] | None:
        """The ticked clients; None: all."""
        said = self.cleaned_data
        return list(said.get("clients") or ()) if said.get("which") == CHOSEN else None


class SandboxMoveForm(SubletForm):
    """How far the clock goes. `by` is the button that was pressed."""

    by = forms.ChoiceField(choices=[(each, each) for each in STEPS], widget=forms.HiddenInput)
    until = DayField(label=gettext_lazy("To the day"), required=False)
    once = forms.CharField(max_length=40, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """A day is needed where the clock is moved to one."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("by") == DATE and not values.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say to which day the clock is moved."))
        return values


class SandboxCardsForm(SubletForm):
    """Whose cards are declined from now on."""

    declines = forms.MultipleChoiceField(
        label=gettext_lazy("Declined from now on"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, clients: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "declines", clients)


class SandboxUseForm(SubletForm):
    """How much a client uses when the clock moves on."""

    client = forms.ChoiceField(label=gettext_lazy("Client"))
    meter = forms.ChoiceField(label=gettext_lazy("Meter"))
    units = forms.IntegerField(
        label=gettext_lazy("How much"),
        min_value=0,
        max_value=operations.MOST_UNITS,
        help_text=gettext_lazy("In whole units. 0 takes back what was said."),
    )

    def __init__(
        self, *args: Any, clients: list[tuple[str, str]], meters: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "client", clients)
        _choices(self, "meter", meters)


def _choices(form: SubletForm, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields.get(name)
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


@dataclass(frozen=True, slots=True)
class SandboxPages:
    """The views of one portal: `name` is what the names of its addresses begin with."""

    name: str
    portal: str

    def url(self, request: SubletRequest, page: str = "", **named: object) -> str:
        """The address of one of them."""
        whole = f"{self.name}-{page}" if page else self.name
        return reverse(whole, kwargs={"account": request.actor.account_ref, **named})

    # All of them --------------------------------------------------------------------------------------------------------

    def listing(self, request: SubletRequest, /) -> HttpResponseBase:
        """The sandboxes there are."""
        may = request.actor.may_for_all(DO)
        rows = [queries.shown(each) for each in queries.sandboxes_of(request.actor)]
        begin = Action(_("New sandbox"), self.url(request, "new"), "plus", tone="primary")
        context = {
            "rows": [
                {
                    "name": each.name,
                    "url": self.url(request, "one", sandbox=each.ref),
                    "state": state_cell(each),
                    "who": _whose(each, request),
                    "clock": write_datetime(each.clock, each.zone),
                    "copied": write_datetime(each.copied_at, each.zone),
                    "until": write_date(each.expires_at.astimezone(ZoneInfo(each.zone)).date()),
                }
                for each in rows
            ],
            "actions": (begin,) if may and rows else (),
            "empty_actions": (begin,) if may else (),
        }
        return render(request, "sandboxes/list.html", context)

    def new(self, request: SubletRequest, /) -> HttpResponseBase:
        """Begin one; by POST it is."""
        actor = request.actor
        vendor = actor.account_kind == "vendor"
        form = SandboxForm(
            request.POST if request.method == "POST" else None,
            clients=[] if vendor else queries.choosable(actor)[:MOST_TICKED],
            resellers=queries.portfolios(actor) if vendor else None,
            initial={"which": ALL, "once": secrets.token_hex(16)},
        )
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                row = operations.begin_sandbox(
                    name=said["name"], clients=form.chosen(), reseller=said.get("reseller") or "", once=form.intent(),
                    actor=actor, at=now(),
                )  # fmt: skip
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                return HttpResponseRedirect(self.url(request, "one", sandbox=row.ref))
        crumbs = (Crumb(_("Sandboxes"), self.url(request)), Crumb(_("New sandbox")))
        status = 422 if form.is_bound and form.errors else 200
        return render(request, "sandboxes/new.html", {"form": form, "crumbs": crumbs}, status=status)

    # One of them --------------------------------------------------------------------------------------------------------

    def one(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """Its clock, what money comes to, and what happened."""
        return self._one(request, sandbox)

    def _one(
        self, request: SubletRequest, sandbox: str, wrong: SandboxMoveForm | None = None, status: int = 200
    ) -> HttpResponseBase:
        """`wrong`: the day to which the clock was to be moved, as it was typed, and what is wrong with it."""
        row = queries.shown(queries.sandbox_of(request.actor, sandbox))
        group = request.GET.get("group", "")
        group = group if group in GROUPS else ""
        known = {each.ref for each in row.clients}
        client = request.GET.get("client", "")
        client = client if client in known else ""
        after = _place(request)
        page = queries.timeline_of(request.actor, sandbox, group=group, client=client, after=after)
        entries = [_entry(each.event, each.at, queries.sentence_of_line(each), each.client_name) for each in page.rows]
        here = self.url(request, "one", sandbox=sandbox)
        more = {
            "days": by_day(entries, row.zone),
            "zone": row.zone,
            "groups": [("", _("Everything"), not group), *((g, GROUP_WORDS[g], g == group) for g in GROUPS)],
            "client": client,
            "group": group,
            "next_url": f"{here}?group={group}&client={client}&after={page.after}" if page.after else "",
            "is_filtered": bool(group or client or after),
            "here_url": here,
            "wrong": wrong,
        }
        return self._page(request, row, "timeline", more, status=status)

    def invoices(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """The invoices that it has made."""
        row = queries.shown(queries.sandbox_of(request.actor, sandbox))
        found = queries.invoices_of(request.actor, sandbox)
        today = row.clock.astimezone(ZoneInfo(row.zone)).date()
        rows = [
            {
                "number": each.number or _("Draft"),
                "who": each.client_name,
                "book": BOOKS[each.book],
                "period": span_words(each.first_day, each.last_day),
                "issued": write_date(each.issued_on) if each.issued_on else "",
                "due": write_date(each.due_on) if each.due_on else "",
                "state": invoice_cell(each, today),
                "gross": write_money(each.gross_minor, each.currency),
                "open": write_money(each.open_minor, each.currency),
                "lines": [
                    (line["item"], write_date(line["first_day"]), write_money(line["net"], each.currency))
                    for line in queries.lines_of_invoice(each)
                ],
            }
            for each in found
        ]
        return self._page(request, row, "invoices", {"rows": rows})

    def mails(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """The mails that would have been sent."""
        row = queries.shown(queries.sandbox_of(request.actor, sandbox))
        page = queries.mails_of(request.actor, sandbox, after=_place(request))
        here = self.url(request, "mails", sandbox=sandbox)
        more = {
            "mails": [
                {
                    "when": write_datetime(each.at, row.zone),
                    "who": each.client_name,
                    "to": each.to_name,
                    "subject": each.subject,
                    "text": each.text,
                }
                for each in page.rows
            ],
            "next_url": f"{here}?after={page.after}" if page.after else "",
        }
        return self._page(request, row, "mails", more)

    def cards(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """Whose cards are declined; by POST it is said."""
        row = queries.shown(queries.sandbox_of(request.actor, sandbox))
        with_cards = [(each.ref, each.name) for each in row.clients if each.has_card]
        form = SandboxCardsForm(
            request.POST if request.method == "POST" else None, clients=with_cards,
            initial={"declines": list(row.declines)},
        )  # fmt: skip
        if request.method == "POST":
            request.actor.require_for_all(DO)
            if form.is_valid():
                try:
                    operations.set_declined_cards(
                        ref=sandbox, declines=form.cleaned_data["declines"], actor=request.actor, at=now()
                    )
                except Refusal as refusal:
                    error(request, refusal.sentence)
                else:
                    success(request, _("Saved. It holds from where the clock stands."))
                return HttpResponseRedirect(self.url(request, "cards", sandbox=sandbox))
        more = {"form": form if request.actor.may_for_all(DO) else None, "with_cards": with_cards}
        return self._page(request, row, "cards", more, status=422 if form.is_bound else 200)

    def use(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """What clients use when the clock moves on; by POST it is said of one."""
        row = queries.shown(queries.sandbox_of(request.actor, sandbox))
        clients = {each.ref: each.name for each in row.clients}
        meters = {each.key: name_of(each.name) for each in queries.usable_meters()}
        form = SandboxUseForm(
            request.POST if request.method == "POST" else None,
            clients=list(clients.items()),
            meters=list(meters.items()),
        )
        if request.method == "POST":
            request.actor.require_for_all(DO)
            if form.is_valid():
                said = form.cleaned_data
                try:
                    operations.set_use(
                        ref=sandbox, client=said["client"], meter=said["meter"], units=said["units"], actor=request.actor,
                        at=now(),
                    )  # fmt: skip
                except Refusal as refusal:
                    form.refuse(refusal)
                else:
                    success(request, _("Saved. It is used when the clock moves on."))
                    return HttpResponseRedirect(self.url(request, "use", sandbox=sandbox))
        may = request.actor.may_for_all(DO) and row.state == "ready"
        waiting = [
            {"client": clients.get(client, client), "meter": meters.get(meter, meter), "units": write_number(units),
             "client_ref": client, "meter_key": meter}
            for client, meter, units in row.uses
        ]  # fmt: skip
        more = {"form": form if may and meters else None, "waiting": waiting, "has_meters": bool(meters)}
        return self._page(request, row, "use", more, status=422 if form.is_bound else 200)

    def move(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """Move the clock."""
        row = queries.sandbox_of(request.actor, sandbox)
        form = SandboxMoveForm(request.POST)
        here = HttpResponseRedirect(self.url(request, "one", sandbox=sandbox))
        if not form.is_valid():
            if "until" in form.errors and row.state not in AT_WORK:
                return self._one(request, sandbox, form, 422)
            error(request, operations.CannotMoveSandbox("step").sentence)
            return here
        said = form.cleaned_data
        until = said.get("until") if said["by"] == DATE else None
        try:
            operations.move_sandbox(
                ref=row.ref, by=said["by"], until=until, once=form.intent(), actor=request.actor, at=now()
            )
        except Refusal as refusal:
            if said["by"] == DATE and refusal.field == "until":
                form.refuse(refusal)
                return self._one(request, sandbox, form, refusal.status)
            error(request, refusal.sentence)
        return here

    def delete(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """Throw it away."""
        operations.delete_sandbox(ref=sandbox, actor=request.actor, at=now())
        success(request, _("The sandbox is deleted."))
        return HttpResponseRedirect(self.url(request))

    def progress(self, request: SubletRequest, /, sandbox: str) -> HttpResponseBase:
        """The part that is asked for each second while a job is at work."""
        stored = queries.sandbox_of(request.actor, sandbox)
        shown = self._progress(request, queries.shown(stored))
        here = self.url(request, "one", sandbox=sandbox)
        return progress_answer(request, shown, at_work=stored.state in AT_WORK and not shown.failed, page=here)

    def _progress(self, request: SubletRequest, row: Shown) -> Progress:
        done, total, failed = queries.progress_of(request.actor, row.job_id)
        working = _("The clients are being copied") if row.state == "copying" else _("Time passes, day by day")
        return Progress(
            label=_("This could not be finished") if failed else working,
            done=done,
            total=total,
            url=self.url(request, "progress", sandbox=row.ref),
            finished=failed,
            failed=failed,
            note="" if failed else _("You can leave this page; the work goes on."),
        )

    def _page(
        self, request: SubletRequest, row: Shown, tab: str, more: dict[str, Any], *, status: int = 200
    ) -> HttpResponseBase:
        may = request.actor.may_for_all(DO)
        at_work = row.state in AT_WORK
        tabs = (
            self._tab(request, row, "one", _("What happened"), "history", tab == "timeline"),
            self._tab(request, row, "invoices", _("Invoices"), "receipt", tab == "invoices"),
            self._tab(request, row, "mails", _("Mails"), "mail", tab == "mails"),
            self._tab(request, row, "use", _("Use"), "chart-bar", tab == "use"),
            self._tab(request, row, "cards", _("Cards"), "credit-card", tab == "cards"),
        )
        context = {
            "row": row,
            "state": state_cell(row),
            "why": WHY_WORDS.get(row.why, ""),
            "description": _whose(row, request),
            "crumbs": (Crumb(_("Sandboxes"), self.url(request)), Crumb(row.name)),
            "actions": (Action(_("Delete"), icon="trash", dialog="delete-sandbox"),) if may else (),
            "delete_url": self.url(request, "delete", sandbox=row.ref) if may else "",
            "move_url": self.url(request, "move", sandbox=row.ref) if may and row.state == "ready" else "",
            "once": secrets.token_hex(16),
            "steps": [(by, STEP_WORDS[by]) for by in STEPS if by != DATE],
            "until": _until(row),
            "progress": self._progress(request, row) if at_work else None,
            "clock": write_datetime(row.clock, row.zone, "full"),
            "coming": write_datetime(datetime.fromisoformat(row.next_at), row.zone) if row.next_at else "",
            "tabs": tabs,
            "tab": tab,
            "money": money_rows(row),
            "standing": standing_rows(row),
            "facts": (
                Fact(_("Copied"), write_datetime(row.copied_at, row.zone)),
                Fact(_("Clients"), write_number(len(row.clients))),
                Fact(_("Begun by"), row.made_by),
                Fact(_("Thrown away"), write_datetime(row.expires_at, row.zone)),
            ),
            **more,
        }
        return render(request, "sandboxes/sandbox.html", context, status=status)

    def _tab(self, request: SubletRequest, row: Shown, page: str, label: str, icon: str, active: bool) -> Tab:
        return Tab(label, self.url(request, page, sandbox=row.ref), active=active, icon=icon)


def _whose(row: Shown, request: SubletRequest) -> str:
    """Whose clients it has."""
    if row.portfolio == request.actor.account_ref:
        return _("All of your clients") if row.is_all else _("Some of your clients")
    return _("The clients of %(name)s") % {"name": row.portfolio_name}


def _entry(event: str, at: datetime, sentence: str, client: str) -> Entry:
    """A line of what happened; whom it is about where its sentence does not say so."""
    icon, tone = sign_of(event)
    return Entry(at=at, sentence=sentence, icon=icon, tone=tone, detail="" if client in sentence else client)


def _until(row: Shown) -> str:
    """The first day to which the clock can be moved, for the calendar of the browser."""
    return row.clock.astimezone(ZoneInfo(row.zone)).date().isoformat()


def _place(request: SubletRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def sandbox_patterns(pages: SandboxPages) -> list[URLPattern]:
    """The addresses of one portal."""

    def page(view: Any, right: str, allow: Any) -> Any:
        return page_of(allow(view), name=pages.name, right=right, portal=pages.portal)

    form = require_http_methods(["GET", "HEAD", "POST"])
    name, one = pages.name, "money/sandboxes/<str:sandbox>/"
    return [
        path("money/sandboxes/", page(pages.listing, SEE, require_safe), name=name),
        path("money/sandboxes/new/", page(pages.new, DO, form), name=f"{name}-new"),
        path(one, page(pages.one, SEE, require_safe), name=f"{name}-one"),
        path(f"{one}invoices/", page(pages.invoices, SEE, require_safe), name=f"{name}-invoices"),
        path(f"{one}mails/", page(pages.mails, SEE, require_safe), name=f"{name}-mails"),
        path(f"{one}use/", page(pages.use, SEE, form), name=f"{name}-use"),
        path(f"{one}cards/", page(pages.cards, SEE, form), name=f"{name}-cards"),
        path(f"{one}progress/", page(pages.progress, SEE, require_safe), name=f"{name}-progress"),
        path(f"{one}move/", page(pages.move, DO, require_POST), name=f"{name}-move"),
        path(f"{one}delete/", page(pages.delete, DO, require_POST), name=f"{name}-delete"),
    ]
