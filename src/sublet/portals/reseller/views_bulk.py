"""One change to many clients: what it would do, what it needs, and how it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.messages import info, success, warning
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import Selection
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.jobs import queries as job_queries
from sublet.foundation.refs import new_ref
from sublet.people import queries as people_queries
from sublet.people.queries import StaffMember
from sublet.portals.reseller.client_table import question, read_state, selected_words
from sublet.portals.reseller.forms import BulkForm
from sublet.portals.reseller.nav import here
from sublet.portals.reseller.views_brand_many import once_of
from sublet.portals.shared.components import Crumb, Progress
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.words import clients_called

#: Job states after which nothing more happens.
OVER = frozenset({"done", "dead", "discarded"})


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of an action says."""

    title: str
    text: str
    label: str
    tone: str = ""


def _words(action: str) -> Words:
    return {
        "suspend": Words(
            _("Suspend these clients"),
            _("Their people meet a lock page until you resume them. You still get in."),
            _("Suspend"),
        ),
        "resume": Words(_("Resume these clients"), _("Their people are let in again at once."), _("Resume")),
        "close": Words(
            _("Close these clients"),
            _("Nobody can work in them any more. For 30 days you can take that back, one by one or together."),
            _("Close"),
            "danger",
        ),
        "reopen": Words(
            _("Take the closing of these clients back"), _("They are again what they were before."), _("Take back")
        ),
        "tag": Words(
            _("Put a tag on these clients"), _("Tags are yours alone: clients do not see them."), _("Put the tag")
        ),
        "untag": Words(
            _("Take a tag off these clients"), _("The clients themselves stay as they are."), _("Take the tag off")
        ),
        "assign": Words(
            _("Who looks after these clients?"), _("The person finds them by the filter “Responsible”."), _("Assign")
        ),
    }[action]


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SubletRequest, action: str) -> HttpResponseBase:
    """The preview; with ``confirmed`` the change itself. The selection travels in the form: references, or a question."""
    if action not in BulkForm.NEEDS:
        raise NotFound
    actor = request.actor
    staff = people_queries.staff(actor)
    chosen, again = _selection(request, staff)
    if chosen.query is None and not chosen.refs:
        warning(request, _("Nothing is selected."))
        return HttpResponseRedirect(_back(request, again["query"]))
    confirmed = bool(request.POST.get("confirmed"))
    form = BulkForm(
        request.POST if confirmed else None,
        action=action,
        people=[(member.ref, member.name) for member in staff if not member.gone],
        suggestions=account_queries.tags_in_use(actor),
    )
    if not confirmed or not form.is_valid():
        return _page(request, action, chosen, again, form, status=422 if confirmed else 200)
    values = form.cleaned_data
    member = next((each for each in staff if each.ref == values.get("responsible")), None)
    try:
        done = account_operations.change_many(
            selection=chosen,
            change=account_operations.Change(
                action=action,
                reason=values.get("reason", ""),
                tag=values.get("tag", ""),
                responsible_id=member.user_id if member else None,
                responsible_name=member.name if member else "",
            ),
            actor=actor,
            at=now(),
            once=again["once"],
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, action, chosen, again, form, status=refusal.status)
    return carried_out(request, done, again["query"])


def carried_out(request: SubletRequest, done: account_operations.Changed, query: str) -> HttpResponseRedirect:
    """To the progress of the job that does it, or back to the list, which says how many were changed."""
    if done.job_id:
        return HttpResponseRedirect(here(request, "reseller-clients-changes", job=done.job_id))
    tell_how_many(request, done)
    return HttpResponseRedirect(_back(request, query))


def _selection(request: SubletRequest, staff: list[StaffMember]) -> tuple[Selection, Mapping[str, str]]:
    """What is selected, and what the next form needs to say the same again: `once` names the order that it will give, so that
    the form sent twice is one order."""
    once = once_of(request) if request.POST.get("confirmed") else new_ref("t")
    words = posted(request, "query", 4000)
    if request.POST.get("all"):
        query = question(read_state(request, QueryDict(words)), staff).everything()
        return Selection(query=query), {"all": "1", "query": words, "once": once}
    keys = tuple(dict.fromkeys(key.replace("\x00", "")[:40] for key in request.POST.getlist("keys")))
    return Selection(refs=keys), {"all": "", "query": words, "once": once}


def _page(
    request: SubletRequest,
    action: str,
    chosen: Selection,
    again: Mapping[str, str],
    form: BulkForm,
    status: int = 200,
) -> HttpResponse:
    # What a tag or person changes is known only once it is chosen.
    known = action not in {"tag", "untag", "assign"}
    preview = account_queries.preview_change(request.actor, chosen, action=action if known else "", at=now())
    context = {
        "words": _words(action),
        "form": form,
        "action_url": here(request, "reseller-clients-change", action=action),
        "selected": selected_words(preview.selected),
        "staying": _staying(preview) if known else "",
        "impossible": known and preview.changing.number == 0,
        "names": preview.names,
        "more_names": preview.changing.more or preview.changing.number > len(preview.names),
        "keys": chosen.refs,
        "again": again,
        "cancel_url": _back(request, again["query"]),
        "crumbs": (Crumb(clients_called(request), _back(request, again["query"])), Crumb(_words(action).title)),
    }
    return render(request, "reseller/bulk.html", context, status=status)


def _staying(preview: account_queries.BulkPreview) -> str:
    left = preview.unchanged
    if not left:
        return ""
    return ngettext(
        "%(number)s of them stays as it is: this cannot be done to it, or has been.",
        "%(number)s of them stay as they are: this cannot be done to them, or has been.",
        left,
    ) % {"number": left}


def tell_how_many(request: SubletRequest, done: account_operations.Changed) -> None:
    """Say how many were changed, and how many were not."""
    left = sum((done.left or {}).values())
    if done.changed:
        success(
            request,
            ngettext("%(number)s client changed.", "%(number)s clients changed.", done.changed)
            % {"number": done.changed},
        )
    if left:
        info(
            request,
            ngettext("%(number)s client stayed as it was.", "%(number)s clients stayed as they were.", left)
            % {"number": left},
        )


def _back(request: SubletRequest, query: str) -> str:
    listing = here(request, "reseller-clients")
    return f"{listing}?{QueryDict(query).urlencode()}" if query else listing


@needs("clients:manage", portal="reseller")
@require_safe
def progress(request: SubletRequest, job: str) -> HttpResponseBase:
    """How far a change of very many clients is; the part is asked for again each second."""
    row = job_queries.job_of(request.actor, job)
    settings = {"clientsettings.change_many", "clientsettings.undo_many"}
    others = {"accounts.change_clients", "subscriptions.change_plans", "subscriptions.choose_bases"}
    if row.kind not in others | settings:
        raise NotFound
    over = row.state in OVER
    failed = row.state in {"dead", "discarded"}
    shown = Progress(
        label=_("This could not be finished") if failed else _("Done") if over else _("The clients are being changed"),
        done=row.progress_done or 0,
        total=row.progress_total or 0,
        url=here(request, "reseller-clients-changes", job=job),
        finished=over,
        failed=failed,
        note=_("You can leave this page; the work goes on.") if not over else "",
    )
    if request.htmx and not request.htmx.boosted:
        return render(request, "shared/progress.html", {"progress": shown})
    undo_url = here(request, "reseller-clients-options-changes") if row.kind in settings else ""
    context = {"progress": shown, "back_url": here(request, "reseller-clients"), "undo_url": undo_url}
    return render(request, "reseller/bulk_progress.html", context)
