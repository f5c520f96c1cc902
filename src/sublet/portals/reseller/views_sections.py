"""Sections of the product over all clients: who has them, taking one away with one box, giving it back."""

from __future__ import annotations

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.rights import PRODUCT_PREFIX
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.queries import WithdrawalRow
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Action, Crumb, Progress
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.reach import read_clients


@needs("clients:view", portal="reseller")
@require_safe
def sections(request: SubletRequest) -> HttpResponseBase:
    """Each section with how many people of clients have it, and what was taken away so far."""
    page = people_queries.sections_of_clients(request.actor)
    context = {
        "uses": [
            (use, here(request, "reseller-section-withdraw", section=use.section.key.removeprefix(PRODUCT_PREFIX)))
            for use in page.uses
        ],
        "may_manage": page.may_manage,
        "page_actions": (Action(_("Services"), here(request, "reseller-services"), icon="gift"),),
        "withdrawals": [
            (row, _words(row), here(request, "reseller-withdrawal", withdrawal=row.ref)) for row in page.withdrawals
        ],
    }
    return render(request, "reseller/sections.html", context)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SubletRequest, section: str) -> HttpResponseBase:
    """Take a section away: a preview of whom it touches, then the confirmation."""
    key = PRODUCT_PREFIX + section
    sent = request.POST if request.method == "POST" else request.GET
    level = "view" if sent.get("level") == "view" else "none"
    reached = read_clients(request)
    refs = None if reached.everything else [ref for ref, _name in reached.chosen]
    fault = ""
    status = 200
    if request.method == "POST" and "fill" not in request.POST:
        try:
            ref = people_operations.withdraw_section(
                section=key,
                level=level,
                client_refs=refs,
                reason=posted(request, "reason", 500),
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            fault, status = refusal.sentence, refusal.status
        else:
            return HttpResponseRedirect(here(request, "reseller-withdrawal", withdrawal=ref))
    preview = people_queries.withdrawal_preview(request.actor, section=key, level=level, client_refs=refs, at=now())
    context = {
        "preview": preview,
        "level": level,
        "has_view": "view" in preview.section.levels[:-1],
        "reached": reached,
        "fault": fault,
        "find_url": here(request, "reseller-section-clients"),
        "back_url": here(request, "reseller-sections"),
        "crumbs": (Crumb(_("Clients’ sections"), here(request, "reseller-sections")), Crumb(preview.section.name)),
    }
    part = request.htmx and not request.htmx.boosted
    return render(request, "reseller/part_withdraw.html" if part else "reseller/withdraw.html", context, status=status)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def find_clients(request: SubletRequest) -> HttpResponseBase:
    """Clients to choose from: those ticked stay, those found are added."""
    return render(request, "team/part_clients.html", {"reached": read_clients(request), "find_url": request.path})


@needs("clients:view", portal="reseller")
@require_safe
def withdrawal(request: SubletRequest, withdrawal: str) -> HttpResponseBase:
    """One withdrawal: how far it is, and the way to give back what it took."""
    row = people_queries.withdrawal(request.actor, withdrawal_ref=withdrawal)
    url = here(request, "reseller-withdrawal", withdrawal=row.ref)
    progress = _progress(row, url)
    if request.htmx and not request.htmx.boosted:
        return render(request, "shared/progress.html", {"progress": progress})
    context = {
        "row": row,
        "words": _words(row),
        "progress": progress,
        "return_url": here(request, "reseller-withdrawal-return", withdrawal=row.ref) if row.may_give_back else "",
        "crumbs": (Crumb(_("Clients’ sections"), here(request, "reseller-sections")), Crumb(row.section_name)),
    }
    return render(request, "reseller/withdrawal.html", context)


@needs("clients:manage", portal="reseller")
@require_POST
def give_back(request: SubletRequest, withdrawal: str) -> HttpResponseBase:
    """Give back exactly what was taken."""
    people_operations.give_section_back(withdrawal_ref=withdrawal, actor=request.actor, at=now())
    success(request, _("What was taken is being given back."))
    return HttpResponseRedirect(here(request, "reseller-withdrawal", withdrawal=withdrawal))


def _progress(row: WithdrawalRow, url: str) -> Progress:
    finished = row.state in {"done", "returned"}
    label = {
        "running": _("Being taken away"),
        "done": _("Taken away"),
        "returning": _("Being given back"),
        "returned": _("Given back"),
    }[row.state]
    note = ngettext("%(count)s person", "%(count)s people", row.people) % {"count": row.people}
    return Progress(label, done=row.people if finished else 0, total=0, url=url, finished=finished, note=note)


def _words(row: WithdrawalRow) -> str:
    people = ngettext("%(count)s person", "%(count)s people", row.people) % {"count": row.people}
    if row.all_clients:
        return _("%(people)s of all clients") % {"people": people}
    clients = ngettext("%(count)s client", "%(count)s clients", row.clients) % {"count": row.clients}
    return _("%(people)s of %(clients)s") % {"people": people, "clients": clients}
