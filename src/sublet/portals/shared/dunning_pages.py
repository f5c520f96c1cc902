"""The pages about unpaid invoices: what is owed and what comes next, what was chosen, and the steps about one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.billing.operations import dunning as operations
from sublet.billing.queries import dunning as queries
from sublet.billing.queries.dunning import DunningView, ReceivableRow
from sublet.billing.queries.invoices import InvoiceShown
from sublet.core.dunning import USUAL, Schedule
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.dunning_words import STANDS, next_words, stand_cell, step_words
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime, write_money
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    Pager,
    Row,
    StatusCell,
    Table,
    read_list_state,
)

SEE, DO = "billing:view", "billing:manage"
#: Where something can still follow, or holds.
GOING = ("running", "ended")

COLUMNS = (
    Column("party", gettext_lazy("Account"), required=True),
    Column("number", gettext_lazy("Number")),
    Column("open", pgettext_lazy("invoice", "Open"), align="end"),
    Column("due", gettext_lazy("Due"), "date"),
    Column("days", gettext_lazy("Overdue for"), align="end", priority=2),
    Column("state", gettext_lazy("State"), "status"),
    Column("next", gettext_lazy("Next step"), priority=2),
)


#: Of what was written off, how much of it is lost.
GIVEN_UP = tuple(
    replace(each, label=pgettext_lazy("money", "Lost")) if each.key == "open" else each for each in COLUMNS
)


class DaysField(forms.CharField):
    """Days after the due day, with commas between them."""

    def to_python(self, value: Any) -> Any:
        """A tuple of numbers."""
        text = super().to_python(value)
        parts = [part.strip() for part in str(text or "").replace(";", ",").split(",")]
        parts = [part for part in parts if part]
        if any(not (part.isascii() and part.isdigit() and len(part) <= 3) for part in parts) or len(parts) > 10:
            raise forms.ValidationError(
                _("Write up to ten numbers of days with commas between them, for example 3, 7, 14.")
            )
        return tuple(int(part) for part in parts)


def _days(days: tuple[int, ...]) -> str:
    return ", ".join(str(day) for day in days)


class DunningForm(SubletForm):
    """What follows when an invoice is not paid."""

    retries = DaysField(
        label=gettext_lazy("Collect again after"),
        required=False,
        help_text=gettext_lazy("Days after the due day, where a card or bank account is stored. Empty: never."),
    )
    reminders = DaysField(
        label=gettext_lazy("Remind after"),
        required=False,
        help_text=gettext_lazy("Days after the due day, in the morning of whoever owes. Empty: never."),
    )
    grace = forms.IntegerField(
        label=gettext_lazy("Grace"),
        min_value=1,
        help_text=gettext_lazy("Days after the due day until what is chosen below."),
    )
    last_call = forms.IntegerField(
        label=gettext_lazy("Last call"),
        min_value=1,
        help_text=gettext_lazy("So many days before the end of the grace a mail says what will happen."),
    )
    ending = forms.ChoiceField(
        label=gettext_lazy("Afterwards"),
        widget=forms.RadioSelect,
        choices=[
            ("pause", gettext_lazy("The plan rests until the invoice is paid")),
            ("keep", gettext_lazy("The service goes on")),
        ],
    )


@dataclass(frozen=True, slots=True)
class DunningPages:
    """The views of one portal: `name` is what the names of its addresses begin with, as those of its invoices."""

    name: str

    def url(self, request: SubletRequest, page: str, **named: object) -> str:
        """The address of one of them."""
        return reverse(f"{self.name}-{page}", kwargs={"account": request.actor.account_ref, **named})

    def receivables(self, request: SubletRequest, /) -> HttpResponseBase:
        """What is owed, since when, and what comes next."""
        at = now()
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="party", filters=("state",))
        wanted = state.one("state")
        chosen = wanted if wanted in (*queries.STANDS, queries.WRITTEN_OFF) else ""
        rows, newer, older = queries.receivables(request.actor, state=chosen, cursor=state.cursor, at=at)
        options = (
            *(FilterOption(key, STANDS[key][0], selected=key == chosen) for key in queries.STANDS),
            FilterOption(
                queries.WRITTEN_OFF, pgettext("invoice", "Written off"), selected=chosen == queries.WRITTEN_OFF
            ),
        )
        table = Table(
            id="receivables",
            caption=_("Receivables"),
            columns=GIVEN_UP if chosen == queries.WRITTEN_OFF else COLUMNS,
            rows=tuple(self._row(request, row, given_up=chosen == queries.WRITTEN_OFF) for row in rows),
            state=state,
            pager=Pager(newer, older, len(rows), first_page=not newer),
            filters=(Filter("state", _("State"), options, many=False, icon="circle-check"),),
            empty=Empty(
                title=_("Nothing is owed"),
                text=_("Invoices stand here from the day on which they are issued until they are paid."),
                icon_name="circle-check",
            ),
        )
        if request.htmx and not request.htmx.boosted:
            return render(request, "shared/list_results.html", {"table": table})
        actions = (Action(_("If nobody pays"), self.url(request, "dunning"), "settings"),)
        return render(request, "money/receivables.html", {"table": table, "actions": actions})

    def _row(self, request: SubletRequest, row: ReceivableRow, *, given_up: bool) -> Row:
        """`given_up`: what was written off of it is shown, which is owed no more."""
        late = row.dunning is not None and row.days > 0 and not given_up
        minor = row.written_off_minor if given_up else row.open_minor
        stand = stand_cell(row.dunning) if row.dunning is not None else None
        if given_up:
            stand = _given_up()
        return Row(
            key=row.ref,
            label=row.number,
            url=self.url(request, "invoice", invoice=row.ref),
            cells={
                "number": row.number,
                "party": row.debtor,
                "open": write_money(minor, row.currency),
                "due": row.due_on,
                "days": ngettext("%(n)s day", "%(n)s days", row.days) % {"n": row.days} if late else "",
                "state": stand,
                "next": next_words(row.dunning, by_day=True) if row.dunning is not None and not given_up else "",
            },
        )

    def policy(self, request: SubletRequest, /) -> HttpResponseBase:
        """What follows when an invoice is not paid."""
        present = queries.own_policy(request.actor, at=now())
        form = DunningForm(
            request.POST if request.method == "POST" else None,
            initial={
                "retries": _days(present.retries), "reminders": _days(present.reminders), "grace": present.grace,
                "last_call": present.last_call, "ending": present.ending,
            },
        )  # fmt: skip
        if request.actor.account_kind == "vendor":
            form.fields["ending"].help_text = _(
                "A reseller does not pause: it can only read and pay until it has paid, and its clients go on as before."
            )
        if request.method == "POST" and form.is_valid():
            try:
                operations.set_dunning_policy(**form.cleaned_data, actor=request.actor, at=now())
            except Refusal as refusal:
                form.refuse(refusal)
            else:
                success(request, _("Saved. It holds for invoices that become overdue from now on."))
                return HttpResponseRedirect(self.url(request, "dunning"))
        context = {
            "form": form,
            "crumbs": (Crumb(_("Receivables"), self.url(request, "receivables")), Crumb(_("If nobody pays"))),
            "days": _calendar(present),
            "usual": present == USUAL,
        }
        return render(request, "money/dunning.html", context, status=422 if form.errors else 200)

    # Steps about one ---------------------------------------------------------------------------------------------------

    def remind(self, request: SubletRequest, /, invoice: str) -> HttpResponseBase:
        """Write to whoever owes, now."""
        return self._step(request, invoice, operations.remind_now, _("The reminder is on its way."))

    def stop(self, request: SubletRequest, /, invoice: str) -> HttpResponseBase:
        """Let nothing more follow."""
        return self._step(request, invoice, operations.stop_dunning, _("Nothing more follows. The invoice stays owed."))

    def go_on(self, request: SubletRequest, /, invoice: str) -> HttpResponseBase:
        """Go on with what was stopped."""
        return self._step(request, invoice, operations.continue_dunning, _("It goes on where it stood still."))

    def _step(self, request: SubletRequest, invoice: str, do: Callable[..., None], done: str) -> HttpResponseBase:
        try:
            do(invoice=invoice, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            success(request, done)
        return HttpResponseRedirect(self.url(request, "invoice", invoice=invoice))

    def pay(self, request: SubletRequest, /, invoice: str) -> HttpResponseBase:
        """To the page on which what one owes is paid."""
        back = self.url(request, "invoice", invoice=invoice)
        try:
            url = operations.way_to_pay(invoice=invoice, actor=request.actor, at=now())
        except Refusal as refusal:
            error(request, refusal.sentence)
            return HttpResponseRedirect(back)
        if not url:
            error(request, _("This invoice is paid by bank transfer: the account stands on the document."))
        return HttpResponseRedirect(url or back)


def _given_up() -> StatusCell:
    """In place of where the schedule stands, which would say that all is settled."""
    return StatusCell("written-off", pgettext("invoice", "Written off"), "danger", "ban")


def _calendar(schedule: Schedule) -> list[tuple[int, str]]:
    """The days on which something happens, in order."""
    found = [
        *((day, _("Remind")) for day in schedule.reminders),
        *((day, _("Collect again")) for day in schedule.retries),
        (schedule.grace - schedule.last_call, _("Last call")),
        (schedule.grace, _("The plan rests") if schedule.ending == "pause" else _("The service goes on")),
    ]
    days: dict[int, list[str]] = {}
    for day, words in found:
        days.setdefault(day, []).append(words)
    return [(day, " · ".join(words)) for day, words in sorted(days.items())]


def dunning_card(pages: Any, request: SubletRequest, shown: InvoiceShown, view: DunningView | None) -> dict[str, Any]:
    """What stands on an invoice's page about its not being paid: nothing while it is not overdue."""
    actor = request.actor
    if not shown.mine:
        owes = shown.row.kind == "invoice" and shown.row.state in ("issued", "partly-paid") and shown.row.open_minor > 0
        mine = shown.invoice.debtor_id == actor.account_id and shown.invoice.collected_by != "nobody"
        mine = mine and actor.impersonator is None  # nobody pays in another's name
        return {"pay_url": pages.url(request, "pay", invoice=shown.row.ref)} if owes and mine else {}
    if view is None:
        return {}
    # What nobody asks for any more has no next step, also before the schedule has come by.
    given_up = shown.row.state == "uncollectible"
    if given_up and not view.steps:
        return {}
    may = actor.may(DO) and actor.impersonator is None and not given_up
    return {
        "dunning": view,
        "stand": _given_up() if given_up else stand_cell(view),
        "next_step": "" if given_up else next_words(view),
        "done_steps": [(*step_words(step), write_datetime(step.at)) for step in reversed(view.steps)],
        "dunning_actions": _actions(pages, request, shown.row.ref, view) if may else (),
        "stop_url": pages.url(request, "stop", invoice=shown.row.ref) if may and view.state in GOING else "",
    }


def _actions(pages: Any, request: SubletRequest, ref: str, view: DunningView) -> tuple[Action, ...]:
    found = []
    if view.state in ("overdue", *GOING):
        url = pages.url(request, "remind", invoice=ref)
        found.append(Action(_("Remind now"), url, "mail", method="post"))
    if view.state in GOING:
        found.append(Action(_("Stop"), icon="player-pause", dialog="stop-dunning"))
    if view.state == "stopped":
        url = pages.url(request, "go-on", invoice=ref)
        found.append(Action(_("Go on"), url, "player-play", method="post"))
    return tuple(found)


def dunning_patterns(pages: DunningPages, *, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of who sends invoices."""

    def page(view: Any, right: str, allow: Any) -> Any:
        return page_of(allow(view), name=pages.name, right=right, portal=portal)

    name, one = pages.name, "money/invoices/<str:invoice>/"
    form = require_http_methods(["GET", "HEAD", "POST"])
    found = [
        path("money/receivables/", page(pages.receivables, SEE, require_safe), name=f"{name}-receivables"),
        path("money/dunning/", page(pages.policy, DO, form), name=f"{name}-dunning"),
        path(f"{one}remind/", page(pages.remind, DO, require_POST), name=f"{name}-remind"),
        path(f"{one}stop/", page(pages.stop, DO, require_POST), name=f"{name}-stop"),
        path(f"{one}go-on/", page(pages.go_on, DO, require_POST), name=f"{name}-go-on"),
    ]
    if portal == "reseller":
        found.append(path(f"{one}pay/", page(pages.pay, DO, require_POST), name=f"{name}-pay"))
    return found


def paying_invoice_patterns(pages: DunningPages, *, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The address of who gets them: of a client its owner alone (`Actor.may_in_person`)."""
    view = page_of(require_POST(pages.pay), name=pages.name, right=SEE, portal=portal)
    return [path("billing/<str:invoice>/pay/", view, name=f"{pages.name}-pay")]
