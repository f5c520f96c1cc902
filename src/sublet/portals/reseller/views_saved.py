"""Views of the client list that a person keeps, and the columns that they like."""

from __future__ import annotations

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_table import address, columns_key, columns_of, question, read_state
from sublet.portals.reseller.forms import ViewNameForm
from sublet.portals.reseller.nav import here
from sublet.portals.shared.components import Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest, posted
from sublet.portals.shared.words import clients_called


def _next(request: SubletRequest, otherwise: str) -> str:
    """Where the form wants to go back to, if that is a page of this host."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=request.is_secure()):
        return wanted
    return otherwise


@needs("clients:view", portal="reseller")
@require_POST
def columns(request: SubletRequest) -> HttpResponseBase:
    """Remember the columns that the person wants to see, for as long as the log-in lasts; views keep them for good."""
    known = [column.key for column in columns_of(request)]
    chosen = [key for key in request.POST.getlist("columns") if key in known]
    request.session[columns_key(request.actor.account_ref)] = [*chosen, "name"]
    target, _hash, _rest = _next(request, here(request, "reseller-clients")).partition("#")
    path, _question, words = target.partition("?")
    query = QueryDict(words, mutable=True)
    query.pop("columns", None)
    return HttpResponseRedirect(f"{path}?{query.urlencode()}" if query else path)


@needs("clients:view", portal="reseller")
@require_POST
def save(request: SubletRequest) -> HttpResponseBase:
    """Keep what the list shows now under a name; the same name again replaces it."""
    form = ViewNameForm(request.POST)
    listing = here(request, "reseller-clients")
    if not form.is_valid():
        for sentences in form.errors.values():
            error(request, str(sentences[0]))
        return HttpResponseRedirect(_next(request, listing))
    state = read_state(request, QueryDict(posted(request, "query", 4000)))
    staff = people_queries.staff(request.actor)
    query = question(state, staff)
    try:
        ref = account_operations.save_view(
            name=form.cleaned_data["name"], query=query, columns=state.columns, actor=request.actor, at=now()
        )
    except Refusal as refusal:
        error(request, refusal.sentence)
        return HttpResponseRedirect(_next(request, listing))
    success(request, _("The view is saved."))
    return HttpResponseRedirect(f"{listing}?{address(query, staff, state.columns, ref)}")


@needs("clients:view", portal="reseller")
@require_safe
def views(request: SubletRequest) -> HttpResponseBase:
    """All views: one's own to rename, share and delete, and those that others share."""
    return _page(request)


def _page(
    request: SubletRequest, form: ViewNameForm | None = None, at_fault: str = "", status: int = 200
) -> HttpResponse:
    staff = people_queries.staff(request.actor)
    listing = here(request, "reseller-clients")
    rows = [
        {
            "view": view,
            "url": f"{listing}?{address(view.query, staff, view.columns, view.ref)}",
            "form": form
            if view.ref == at_fault
            else ViewNameForm(initial={"name": view.name}, prefix=None, auto_id=f"{view.ref}-%s"),
            "rename_url": here(request, "reseller-view-rename", view=view.ref),
            "share_url": here(request, "reseller-view-share", view=view.ref),
            "delete_url": here(request, "reseller-view-delete", view=view.ref),
        }
        for view in account_queries.saved_views(request.actor)
    ]
    if at_fault and not any(row["form"] is form for row in rows):
        raise NotFound
    context = {
        "rows": rows,
        "listing": listing,
        "crumbs": (Crumb(clients_called(request), listing), Crumb(_("Views"))),
    }
    return render(request, "reseller/views.html", context, status=status)


@needs("clients:view", portal="reseller")
@require_POST
def rename(request: SubletRequest, view: str) -> HttpResponseBase:
    """Give a view another name."""
    form = ViewNameForm(request.POST, auto_id=f"{view}-%s")
    if form.is_valid():
        try:
            account_operations.rename_view(ref=view, name=form.cleaned_data["name"], actor=request.actor, at=now())
        except account_operations.CannotRenameView as refusal:
            form.refuse(refusal)
    if form.errors:
        return _page(request, form, at_fault=view, status=422)
    success(request, _("Saved."))
    return HttpResponseRedirect(here(request, "reseller-views"))


@needs("clients:view", portal="reseller")
@require_POST
def share(request: SubletRequest, view: str) -> HttpResponseBase:
    """Show a view to the team (``shared=1``), or to oneself alone again."""
    shared = request.POST.get("shared") == "1"
    account_operations.share_view(ref=view, shared=shared, actor=request.actor, at=now())
    success(request, _("Your team sees this view now.") if shared else _("Only you see this view now."))
    return HttpResponseRedirect(here(request, "reseller-views"))


@needs("clients:view", portal="reseller")
@require_POST
def delete(request: SubletRequest, view: str) -> HttpResponseBase:
    """Delete a view; the clients stay as they are."""
    account_operations.delete_view(ref=view, actor=request.actor, at=now())
    success(request, _("The view is deleted."))
    return HttpResponseRedirect(here(request, "reseller-views"))
