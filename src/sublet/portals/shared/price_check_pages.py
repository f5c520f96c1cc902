"""The margin guard, of resellers and of the vendor: what was asked, how far it is, and who loses money by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sublet.core.portfolio import DISCOUNT, RATE, USE, Change
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import queries as job_queries
from sublet.portals.shared.components import Crumb, Progress
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime, write_money, write_number
from sublet.portals.shared.price_words import percent_words
from sublet.portals.shared.progress import progress_answer
from sublet.pricing import operations, queries
from sublet.pricing.queries import CheckView

# Pages ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checks:
    """The margin guard as one person sees it. `url`: the address of a page by its name and what else it says.

    `things`: what has a price, ``kind:key`` → its name.
    """

    request: SubletRequest
    url: Callable[..., str]
    things: Mapping[str, str] = field(default_factory=dict)

    def listing(
        self, template: str, form: SubletForm, change: Callable[[dict[str, Any]], Change], more: dict[str, Any]
    ) -> HttpResponseBase:
        """What was tried; by POST a change is tried: `change` of what the form says."""
        actor, status = self.request.actor, 200
        if self.request.method == "POST":
            actor.require("billing:manage")
            status = 422
            if form.is_valid():
                try:
                    row = operations.check_prices(change=change(form.cleaned_data), actor=actor, at=now())
                except Refusal as refusal:
                    form.refuse(refusal)
                    status = refusal.status
                else:
                    return HttpResponseRedirect(self.url("price-check", check=row.ref))
        rows = [
            (
                self._words(each.change),
                self.url("price-check", check=each.ref),
                _told(each),
                each.losing,
                each.done_at is not None,
            )
            for each in queries.checks_of(actor)
        ]
        context = {"form": form if actor.may("billing:manage") else None, "rows": rows}
        return render(self.request, template, context | more, status=status)

    def check(
        self, template: str, check: str, above: Crumb, line: Callable[[str], str], more: dict[str, Any]
    ) -> HttpResponseBase:
        """What a change would do; or how far the job is. `line`: where a line leads, by the reference of its account."""
        view = queries.check_of(self.request.actor, check)
        words = self._words(view.change)
        context = {
            "title": words,
            "progress": self._progress(view) if view.done_at is None and view.job else None,
            "results": result_words(view) if view.done_at is not None else (),
            "lines": lines_of(view, line),
            "more": view.more,
            "told": _told(view),
            "crumbs": (above, Crumb(_("Margin guard"), self.url("price-checks")), Crumb(words)),
        }
        return render(self.request, template, context | more)

    def progress(self, check: str) -> HttpResponseBase:
        """The part that is asked for each second while the job is at work."""
        view = queries.check_of(self.request.actor, check)
        if not view.job:
            raise NotFound
        shown = self._progress(view)
        page = self.url("price-check", check=check)
        return progress_answer(self.request, shown, at_work=view.done_at is None and not shown.failed, page=page)

    def _words(self, change: Change) -> str:
        return change_words(change, self.things.get(":".join(change.thing)) or "" if change.thing else "")

    def _progress(self, view: CheckView) -> Progress:
        return progress_of(self.request, view, self.url("price-check-progress", check=view.ref))


def _told(view: CheckView) -> str:
    return f"{write_datetime(view.asked_at)} · {view.asked_by}"


# Words ----------------------------------------------------------------------------------------------------------------


def change_words(change: Change, thing: str = "") -> str:
    """What is tried, in a line."""
    if change.kind == DISCOUNT:
        return _("Wholesale discount of %(percent)s") % {"percent": percent_words(change.percent)}
    if change.kind == USE:
        return _("Use at %(percent)s of now") % {"percent": percent_words(change.percent)}
    if change.kind == RATE:
        return _("1 %(source)s is %(rate)s %(target)s") % {
            "source": change.source, "rate": write_number(change.rate.normalize()), "target": change.target,
        }  # fmt: skip
    told = percent_words(change.percent)
    told = told if change.percent < 0 else "+" + told
    name = thing or (change.thing[1] if change.thing else "")
    if not name:
        return _("All list prices %(percent)s") % {"percent": told}
    return _("List price of “%(thing)s” %(percent)s") % {"thing": name, "percent": told}


def result_words(view: CheckView) -> list[tuple[str, str]]:
    """The totals, each with its tone."""
    found = [
        (
            ngettext("%(number)s client was reckoned.", "%(number)s clients were reckoned.", view.clients)
            % {"number": write_number(view.clients)},
            "",
        ),
        (
            ngettext("For %(number)s something changes.", "For %(number)s something changes.", view.changing)
            % {"number": write_number(view.changing)},
            "",
        ),
    ]
    if view.losing:
        words = ngettext(
            "With %(number)s client money would be lost that is earned today.",
            "With %(number)s clients money would be lost that is earned today.",
            view.losing,
        )
        found.append((words % {"number": write_number(view.losing)}, "danger"))
    else:
        found.append((_("Nobody who earns money today would lose any."), "success"))
    if view.lost_before:
        words = ngettext(
            "With %(number)s client money is lost already.",
            "With %(number)s clients money is lost already.",
            view.lost_before,
        )
        found.append((words % {"number": write_number(view.lost_before)}, "warning"))
    if view.unknown:
        words = ngettext(
            "For %(number)s client there is no rate into its currency.",
            "For %(number)s clients there is no rate into their currency.",
            view.unknown,
        )
        found.append((words % {"number": write_number(view.unknown)}, "warning"))
    return found


def lines_of(view: CheckView, url: Any) -> list[dict[str, Any]]:
    """The rows of the table: margins of clients, or what a reseller would owe."""
    return [
        {
            "name": each.name,
            "url": url(each.ref),
            "retail": write_money(each.retail_after, each.currency),
            "wholesale_before": write_money(each.wholesale_before, each.currency),
            "wholesale": write_money(each.wholesale_after, each.currency),
            "before": write_money(each.margin_before, each.currency),
            "after": write_money(each.margin_after, each.currency),
            "loses": each.loses,
            "difference": write_money(each.wholesale_after - each.wholesale_before, each.currency),
        }
        for each in view.lines
    ]


def progress_of(request: SubletRequest, view: CheckView, url: str) -> Progress:
    """How far the job is."""
    row = job_queries.job_of(request.actor, view.job)
    failed = row.state in {"dead", "discarded"}
    return Progress(
        label=_("This could not be finished") if failed else _("The portfolio is being reckoned"),
        done=row.progress_done or 0,
        total=row.progress_total or 0,
        url=url,
        finished=failed,
        failed=failed,
        note="" if failed else _("You can leave this page; the work goes on."),
    )
