"""The accounts below the vendor: resellers and direct accounts, the clients of a reseller by name, and new ones."""

from __future__ import annotations

import secrets

from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import ClientPage, ClientRow, Counted
from sublet.core.peopledata import Way
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.people import operations as people_operations
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS
from sublet.portals.shared.states import STATES
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    ListState,
    Pager,
    PersonCell,
    Row,
    StatusCell,
    Table,
    read_list_state,
)
from sublet.portals.vendor.forms import NewAccountForm
from sublet.portals.vendor.nav import here
from sublet.portals.vendor.views.home import counted

COLUMNS = (
    Column("name", gettext_lazy("Name"), "person", sortable=True, required=True),
    Column("kind", gettext_lazy("Kind"), priority=2),
    Column("state", gettext_lazy("State"), "status", sortable=True),
    Column("clients", gettext_lazy("Clients"), priority=2, align="end"),
    Column("contact", gettext_lazy("Contact"), priority=3),
    Column("created", gettext_lazy("Since"), "date", sortable=True, priority=3),
    Column("last_visit", gettext_lazy("Last visit"), "ago", sortable=True, priority=3),
)
CLIENT_COLUMNS = (
    Column("name", gettext_lazy("Name"), sortable=True, required=True),
    Column("state", gettext_lazy("State"), "status", sortable=True),
    Column("created", gettext_lazy("Since"), "date", sortable=True, priority=2),
)
SHOWN_STATES = ("prospect", "invited", "active", "suspended", "closed")


def columns_of(request: SubletRequest) -> tuple[Column, ...]:
    """The columns that the person may see: contacts only for whoever may list people."""
    return tuple(each for each in COLUMNS if each.key != "contact" or request.actor.lists_people)


def kind_words(kind: str) -> str:
    """What an account below the vendor is, for people."""
    return _("Reseller") if kind == "reseller" else _("Direct account")


def state_cell(row: ClientRow) -> StatusCell:
    """The state; a closed account that can still be taken back is closing."""
    return StatusCell("closing" if row.grace_until is not None else row.state)


def state_filter(state: ListState, states: tuple[str, ...] = SHOWN_STATES) -> Filter:
    """The filter of a list by state; nothing chosen means all but closed ones."""
    chosen = state.filters.get("state", ())
    options = tuple(FilterOption(each, STATES[each][2], selected=each in chosen) for each in states)
    return Filter("state", _("State"), options, icon="circle-check")


def _pager(page: ClientPage) -> Pager:
    return Pager(previous=page.previous, next=page.next, shown=len(page.rows), first_page=not page.previous)


def _cursor_query(state: ListState, **more: object) -> account_queries.ListQuery:
    return account_queries.list_query(
        {
            "search": state.search,
            "sort": state.sort,
            "descending": state.descending,
            "cursor": state.cursor,
            "states": list(state.filters.get("state", ())),
            **more,
        }
    )


@needs("accounts:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """The resellers and direct accounts, searched, filtered and sorted."""
    columns = columns_of(request)
    state = read_list_state(request.GET, columns=columns, default_sort="name", filters=("kind", "state", "language"))
    query = _cursor_query(
        state, kinds=list(state.filters.get("kind", ())), languages=list(state.filters.get("language", ()))
    )
    page = account_queries.client_list(request.actor, query, at=now())
    below = account_queries.clients_of_each(request.actor, [row.id for row in page.rows if row.kind == "reseller"])
    kinds = state.filters.get("kind", ())
    languages = state.filters.get("language", ())
    table = Table(
        id="accounts",
        caption=_("Resellers and accounts"),
        columns=columns,
        rows=tuple(_row(request, row, below) for row in page.rows),
        state=state,
        pager=_pager(page),
        search_label=_("Search name, contact, city")
        if request.actor.gets_people(Way.MATCH)
        else _("Search name, city, or a whole e-mail address"),
        filters=(
            Filter(
                "kind",
                _("Kind"),
                tuple(FilterOption(each, kind_words(each), selected=each in kinds) for each in ("reseller", "direct")),
                icon="building-store",
            ),
            state_filter(state, ("invited", "active", "suspended", "closed")),
            Filter(
                "language",
                _("Language"),
                tuple(FilterOption(code, name, selected=code in languages) for code, name in AUTONYMS.items()),
                icon="language",
            ),
        ),
        summary=_("The search found more than is shown. Type more of the name.") if page.capped else _shown(page),
        empty=Empty(
            title=_("No reseller yet"),
            text=_("Open the first one: its owner gets an invitation, and can bring clients in at once."),
            icon_name="building-store",
            actions=_new_actions(request),
        ),
    )
    return render(request, "vendor/accounts.html", {"table": table, "actions": _new_actions(request)})


def _shown(page: ClientPage) -> str:
    count = len(page.rows)
    return ngettext("%(number)s account on this page", "%(number)s accounts on this page", count) % {"number": count}


def _new_actions(request: SubletRequest) -> tuple[Action, ...]:
    if not request.actor.may("accounts:manage"):
        return ()
    return (
        Action(_("New direct account"), here(request, "vendor-account-new", kind="direct"), "plus"),
        Action(_("New reseller"), here(request, "vendor-account-new", kind="reseller"), "plus", tone="primary"),
    )


def _row(request: SubletRequest, row: ClientRow, below: dict[int, Counted]) -> Row:
    return Row(
        key=row.ref,
        label=row.name,
        url=here(request, "vendor-account", ref=row.ref),
        muted=row.state == "closed",
        cells={
            "name": PersonCell(row.name, row.city),
            "kind": kind_words(row.kind),
            "state": state_cell(row),
            "clients": counted(below[row.id]) if row.id in below else "",
            "contact": row.contact_name or row.email,
            "created": row.created_at,
            "last_visit": row.last_seen_at,
        },
    )


@needs("accounts:view", portal="vendor")
@require_safe
def clients(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The clients of a reseller: names, states and the way to what was agreed, nothing that is the reseller's business alone."""
    facts = account_queries.client_facts(request.actor, ref)
    if facts.parent_id != request.actor.account_id or facts.kind != "reseller":
        raise NotFound
    state = read_list_state(request.GET, columns=CLIENT_COLUMNS, default_sort="name", filters=("state",))
    page = account_queries.client_list(request.actor, _cursor_query(state), at=now(), below=ref)
    table = Table(
        id="clients",
        caption=_("Clients of %(name)s") % {"name": facts.name},
        columns=CLIENT_COLUMNS,
        rows=tuple(
            Row(
                key=row.ref,
                label=row.name,
                url=here(request, "vendor-account-subscription", ref=row.ref),
                muted=row.state == "closed",
                cells={"name": row.name, "state": state_cell(row), "created": row.created_at},
            )
            for row in page.rows
        ),
        state=state,
        pager=_pager(page),
        search_label=_("Search by name"),
        filters=(state_filter(state),),
        summary=_("The search found more than is shown. Type more of the name.") if page.capped else _shown(page),
        empty=Empty(title=_("No clients yet"), icon_name="users"),
    )
    crumbs = (
        Crumb(_("Resellers and accounts"), here(request, "vendor-accounts")),
        Crumb(facts.name, here(request, "vendor-account", ref=ref)),
        Crumb(_("Clients")),
    )
    context = {"table": table, "title": table.caption, "crumbs": crumbs}
    return render(request, "vendor/account_clients.html", context)


@needs("accounts:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SubletRequest, kind: str) -> HttpResponseBase:
    """A new reseller or direct account, with the invitation of its owner."""
    if kind not in {"reseller", "direct"}:
        raise NotFound
    title = _("New reseller") if kind == "reseller" else _("New direct account")
    own = account_queries.own_facts(request.actor)
    initial = {"once": secrets.token_urlsafe(12), "language": own.language or "en", "timezone": own.timezone}
    form = NewAccountForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {
        "form": form,
        "title": title,
        "description": _("It gets a portal of its own, can show its own brand and bring its clients in.")
        if kind == "reseller"
        else _("An account with nobody above it but you."),
        "crumbs": (Crumb(_("Resellers and accounts"), here(request, "vendor-accounts")), Crumb(title)),
        "cancel_url": here(request, "vendor-accounts"),
        "submit": _("Open the account and invite"),
    }
    if request.method != "POST":
        return render(request, "vendor/account_form.html", context)
    if not form.is_valid():
        return render(request, "vendor/account_form.html", context, status=422)
    values = form.cleaned_data
    try:
        account = people_operations.open_account(
            kind=kind,
            name=values["name"],
            details=account_operations.Details(
                contact_name=values["owner_name"],
                email=values["owner_email"],
                language=values["language"],
                timezone=values["timezone"],
                country=values["country"],
            ),
            owner_email=values["owner_email"],
            owner_name=values["owner_name"],
            once=form.intent(),
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.add_error("owner_email" if refusal.field == "email" else refusal.field or None, refusal.sentence)
        return render(request, "vendor/account_form.html", context, status=refusal.status)
    success(
        request,
        _("%(account)s is open. %(email)s gets an invitation.")
        % {"account": account.name, "email": values["owner_email"]},
    )
    return HttpResponseRedirect(here(request, "vendor-account", ref=account.ref))
