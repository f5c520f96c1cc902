"""The margin guard for people: what was asked, how far it is, and who loses money by it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sublet.core.portfolio import DISCOUNT, RATE, USE, Change
from sublet.foundation.jobs import queries as job_queries
from sublet.portals.shared.components import Progress
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_money, write_number
from sublet.portals.shared.price_words import percent_words
from sublet.pricing.queries import CheckView


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
