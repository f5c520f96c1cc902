"""Changes to the brands of many clients: how far each is, what came of it, and taking it back as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.queries import BrandsChangeFacts, LeftAlone
from sublet.foundation.clock import now
from sublet.portals.reseller.import_words import Stat, UndoDialog, number
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_brand_many import changed_values
from sublet.portals.shared.components import Crumb, Progress
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.progress import progress_answer
from sublet.portals.shared.tables import StatusCell
from sublet.portals.shared.words import clients_called, said


@needs("brand:manage", portal="reseller")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The newest changes."""
    found = branding_queries.brands_changes(request.actor)
    rows = [
        (each, here(request, "reseller-brands-change", change=each.ref), state_cell(each), _fields(each))
        for each in found
    ]
    context = {
        "rows": rows,
        "crumbs": (
            Crumb(clients_called(request), here(request, "reseller-clients")),
            Crumb(said(request, "brands-of-clients")),
        ),
        "clients_url": here(request, "reseller-clients"),
    }
    return render(request, "reseller/brand_changes.html", context)


def _fields(facts: BrandsChangeFacts) -> str:
    return ", ".join(each.label for each in changed_values(facts.values))


def state_cell(facts: BrandsChangeFacts) -> StatusCell:
    """The state of a change as a badge."""
    return {
        "queued": StatusCell("waiting", _("Waiting to run")),
        "running": StatusCell("running"),
        "done": StatusCell("done"),
        "undoing": StatusCell("running", _("Being taken back")),
        "undone": StatusCell("canceled", _("Taken back"), "neutral", "arrow-back-up"),
    }.get(facts.state, StatusCell("failed", _("Came to a halt")))


@needs("brand:manage", portal="reseller")
@require_safe
def one(request: SubletRequest, change: str) -> HttpResponseBase:
    """A change as far as it has come: it follows by itself while a job works on it."""
    facts = branding_queries.brands_change(request.actor, change)
    left = branding_queries.left_alone(request.actor, change)
    many = sum(facts.left.values()) + sum(facts.kept.values())
    context = {
        "facts": facts,
        "title": _title(facts),
        "progress": _progress(request, facts) if facts.at_work or facts.state == "failed" else None,
        "resume_url": here(request, "reseller-brands-change-resume", change=change) if facts.state == "failed" else "",
        "stats": _stats(facts),
        "changes": changed_values(facts.values),
        "reasons": _reasons(facts),
        "left": [
            (each.client_name, here(request, "reseller-client", ref=each.client_ref), _why(each)) for each in left
        ],
        "left_more": many - len(left),
        "undo": _undo(request, facts),
        "clients_url": here(request, "reseller-clients"),
        "crumbs": (
            Crumb(clients_called(request), here(request, "reseller-clients")),
            Crumb(said(request, "brands-of-clients"), here(request, "reseller-brands-changes")),
            Crumb(_title(facts)),
        ),
    }
    return render(request, "reseller/brand_change.html", context)


def _title(facts: BrandsChangeFacts) -> str:
    words = ngettext("%(number)s client", "%(number)s clients", facts.total)
    return words % {"number": number(facts.total)}


def _label(facts: BrandsChangeFacts) -> str:
    if facts.state == "failed":
        return _("This could not be finished")
    return {
        "queued": _("The change begins in a moment"),
        "running": _("The clients are being changed"),
        "undoing": _("The change is being taken back"),
    }.get(facts.state, _("Done"))


def _progress(request: SubletRequest, facts: BrandsChangeFacts) -> Progress:
    done, total = facts.progress
    return Progress(
        label=_label(facts),
        done=done,
        total=total,
        url=here(request, "reseller-brands-change-progress", change=facts.ref),
        finished=not facts.at_work,
        failed=facts.state == "failed",
        note=_("You can leave this page; the work goes on.") if facts.at_work else "",
    )


def _stats(facts: BrandsChangeFacts) -> list[Stat]:
    found = [Stat(_("Changed"), number(facts.changed), icon="palette")]
    if facts.left:
        found.append(Stat(_("Left alone"), number(sum(facts.left.values()))))
    if facts.stored_state in {"undoing", "undone"}:
        found.append(Stat(_("Taken back"), number(facts.undone), icon="arrow-back-up"))
    if facts.kept:
        found.append(Stat(_("Not taken back"), number(sum(facts.kept.values())), tone="warning"))
    return found


def _sentences() -> Mapping[str, str]:
    return {
        "same": _("Had all of it already."),
        "gone": _("Is no longer a client of yours."),
        "changed-since": _("Was changed since, and keeps that."),
        "picture-gone": _("Its former picture is not kept any more."),
    }


def _why(each: LeftAlone) -> str:
    return _sentences().get(each.code, each.code)


def _reasons(facts: BrandsChangeFacts) -> list[tuple[str, str]]:
    """Why clients were left alone, with how many."""
    counts = {code: facts.left.get(code, 0) + facts.kept.get(code, 0) for code in (*facts.left, *facts.kept)}
    words = _sentences()
    return [(words.get(code, code), number(count)) for code, count in counts.items()]


def _undo(request: SubletRequest, facts: BrandsChangeFacts) -> UndoDialog | None:
    if not facts.may_be_undone:
        return None
    return UndoDialog(
        label=_("Take the whole change back"),
        title=_("Take this change back?"),
        text=_("Each client that was changed has again what it had before."),
        points=(_("What somebody changed since stays as it is; afterwards you see where."),),
        url=here(request, "reseller-brands-change-undo", change=facts.ref),
    )


@needs("brand:manage", portal="reseller")
@require_safe
def progress(request: SubletRequest, change: str) -> HttpResponseBase:
    """How far the work is, asked each second; when it is over, the page itself is asked for again."""
    facts = branding_queries.brands_change(request.actor, change)
    page = here(request, "reseller-brands-change", change=change)
    return progress_answer(request, _progress(request, facts), at_work=facts.at_work, page=page)


@needs("brand:manage", portal="reseller")
@require_POST
def undo(request: SubletRequest, change: str) -> HttpResponseBase:
    """Take the change back as a whole."""
    branding_operations.undo_brands(ref=change, actor=request.actor, at=now())
    return HttpResponseRedirect(here(request, "reseller-brands-change", change=change))


@needs("brand:manage", portal="reseller")
@require_POST
def resume(request: SubletRequest, change: str) -> HttpResponseBase:
    """Let what came to a halt go on."""
    branding_operations.resume_brands(ref=change, actor=request.actor, at=now())
    return HttpResponseRedirect(here(request, "reseller-brands-change", change=change))
