"""The client list as a table: its columns, what its address says, its filters, its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from sublet.accounts.queries import (
    CONTACT_KEYS,
    NO_PLAN,
    NOBODY,
    ClientPage,
    ClientRow,
    Counted,
    Glance,
    ListQuery,
    ViewRow,
    list_query,
)
from sublet.catalog import queries as catalog_queries
from sublet.core.lifecycle import CLOSED, STATES, SUSPENDED
from sublet.core.peopledata import Way
from sublet.foundation.clock import now
from sublet.people.queries import StaffMember
from sublet.portals.reseller.client_signals import Values, cells_of, signal_columns, signal_filter
from sublet.portals.reseller.nav import here, optional
from sublet.portals.shared.components import Action, Tab
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS, write_date, write_number
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.states import STATES as STATE_WORDS
from sublet.portals.shared.tables import (
    ROW,
    BulkAction,
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
from sublet.portals.shared.use_words import limit_conditions
from sublet.portals.shared.visits import with_way_back

TABLE_ID = "clients"
FILTERS = ("state", "tag", "responsible", "language", "demo", "settings", "plan", "trial", "signal", "limits")
COLUMNS = (
    Column("name", gettext_lazy("Name"), kind="person", sortable=True, required=True),
    Column("state", gettext_lazy("State"), kind="status", sortable=True),
    Column("contact", gettext_lazy("Contact"), priority=3),
    Column("email", gettext_lazy("E-mail"), kind="mail", priority=3, default=False),
    Column("phone", gettext_lazy("Telephone"), kind="phone", priority=3, default=False),
    Column("city", gettext_lazy("City"), priority=3, default=False),
    Column("tags", gettext_lazy("Tags"), kind="tags", priority=2),
    Column("responsible", gettext_lazy("Responsible"), priority=2),
    Column("language", gettext_lazy("Language"), priority=3, default=False),
    Column("last_visit", gettext_lazy("Last visit"), kind="ago", sortable=True, priority=2),
    Column("created", gettext_lazy("Since"), kind="date", sortable=True, priority=3),
    Column("demo", gettext_lazy("Demonstration until"), kind="date", priority=3, default=False),
    Column("settings", gettext_lazy("Settings complete"), priority=3, default=False),
    Column("plan", gettext_lazy("Plan"), priority=2, default=False),
    Column("trial", gettext_lazy("In trial until"), kind="date", priority=3, default=False),
    Column("limits", gettext_lazy("Limits"), kind="status", priority=2, default=False),
    Column("external_id", gettext_lazy("Your own number"), kind="code", priority=3, default=False),
)


def columns_of(request: SubletRequest) -> tuple[Column, ...]:
    """The columns that the person may see: contacts stand beside each other only for whoever may list people."""
    signals = signal_columns()
    closed = set() if request.actor.lists_people else set(CONTACT_KEYS)
    if not request.actor.may("subscription:view"):
        closed |= {"plan", "trial"}
    return tuple(column for column in COLUMNS if column.key not in closed) + signals


def columns_key(account_ref: str) -> str:
    """Under which the person's session keeps the columns chosen for that account's list."""
    return f"columns:{account_ref}"


def read_state(request: SubletRequest, query: QueryDict | None = None) -> ListState:
    """What the address (or `query`) says, with the columns that the person chose before."""
    remembered = request.session.get(columns_key(request.actor.account_ref), [])
    return read_list_state(
        request.GET if query is None else query,
        columns=columns_of(request),
        default_sort="name",
        filters=FILTERS,
        remembered=remembered if isinstance(remembered, list) else [],
    )


def question(state: ListState, staff: Sequence[StaffMember]) -> ListQuery:
    """What the list is asked. People stand in the address by reference."""
    ids = {member.ref: member.user_id for member in staff} | {"nobody": NOBODY}
    return list_query(
        {
            "search": state.search,
            "sort": state.sort,
            "descending": state.descending,
            "cursor": state.cursor,
            "states": state.filters.get("state", ()),
            "tags": state.filters.get("tag", ()),
            # A person whom nobody knows narrows to nothing, not to everything.
            "responsible": [ids.get(ref, 2**62) for ref in state.filters.get("responsible", ())],
            "languages": state.filters.get("language", ()),
            "demo": state.one("demo"),
            "settings": state.one("settings"),
            "signals": state.filters.get("signal", ()),
            "plans": state.filters.get("plan", ()),
            "trial": state.one("trial"),
            "limits": state.filters.get("limits", ()),
        }
    )


def address(query: ListQuery, staff: Sequence[StaffMember], columns: Sequence[str] = (), view: str = "") -> str:
    """The question as the list's address has it, for a saved view: the other way round than `question`."""
    refs = {member.user_id: member.ref for member in staff} | {NOBODY: "nobody"}
    pairs: list[tuple[str, str]] = [("view", view)] if view else []
    if query.search:
        pairs.append(("q", query.search))
    pairs.append(("sort", f"-{query.sort}" if query.descending else query.sort))
    pairs += [("state", value) for value in query.states]
    pairs += [("tag", value) for value in query.tags]
    pairs += [("responsible", refs[value]) for value in query.responsible if value in refs]
    pairs += [("language", value) for value in query.languages]
    if query.demo:
        pairs.append(("demo", query.demo))
    if query.settings:
        pairs.append(("settings", query.settings))
    pairs += [("signal", value) for value in query.signals]
    pairs += [("plan", value) for value in query.plans]
    if query.trial:
        pairs.append(("trial", query.trial))
    pairs += [("limits", value) for value in query.limits]
    pairs += [("columns", value) for value in columns]
    return urlencode(pairs)


def state_word(state: str) -> str:
    """A state in words."""
    return str(STATE_WORDS[state][2])


def how_many(counted: Counted) -> str:
    """``1,000`` or ``more than 1,000``."""
    shown = write_number(counted.number)
    return _("more than %(number)s") % {"number": shown} if counted.more else shown


def selected_words(counted: Counted) -> str:
    """How many clients are selected, as a sentence."""
    if counted.more:
        return _("%(number)s clients are selected.") % {"number": how_many(counted)}
    return ngettext("%(number)s client is selected.", "%(number)s clients are selected.", counted.number) % {
        "number": how_many(counted)
    }


def open_of(glance: Glance) -> Counted:
    """All clients that are not closed."""
    some = [counted for state, counted in glance.states.items() if state != CLOSED]
    return Counted(sum(each.number for each in some), more=any(each.more for each in some))


def _filters(
    request: SubletRequest,
    state: ListState,
    *,
    tags: Sequence[str],
    staff: Sequence[StaffMember],
    glance: Glance | None,
) -> tuple[Filter, ...]:
    def options(
        name: str, pairs: Sequence[tuple[str, str]], counts: Mapping[str, int | None]
    ) -> tuple[FilterOption, ...]:
        chosen = state.filters.get(name, ())
        known = {value for value, _label in pairs}
        more = [(value, value) for value in chosen if value not in known and name == "tag"]
        return tuple(
            FilterOption(value, label, count=counts.get(value), selected=value in chosen)
            for value, label in [*pairs, *more]
        )

    counts: dict[str, int | None] = {}
    if glance is not None:
        counts = {word: None if counted.more else counted.number for word, counted in glance.states.items()}
    people = [(member.ref, member.name) for member in staff if not member.gone]
    people += [
        (member.ref, _("%(name)s (no longer here)") % {"name": member.name})
        for member in staff
        if member.gone and member.ref in state.filters.get("responsible", ())
    ]
    demo = [
        ("ending", _("Ends within two weeks")),
        ("yes", _("Every demonstration")),
        ("no", _("No demonstration")),
    ]
    settings = [("complete", _("Complete")), ("incomplete", _("Not complete"))]
    found = [
        Filter(
            "state", _("State"), options("state", [(word, state_word(word)) for word in STATES], counts), icon="filter"
        ),
        Filter("tag", _("Tag"), options("tag", [(tag, tag) for tag in tags], {}), icon="tag"),
        Filter(
            "responsible",
            _("Responsible"),
            options("responsible", [("nobody", _("Nobody")), *people], {}),
            icon="user",
        ),
        Filter("language", _("Language"), options("language", list(AUTONYMS.items()), {}), icon="language"),
        Filter("demo", _("Demonstration"), options("demo", demo, {}), many=False, icon="eye"),
        Filter("settings", _("Client settings"), options("settings", settings, {}), many=False, icon="adjustments"),
        signal_filter(state),
        Filter("limits", _("Limits"), options("limits", limit_conditions(), {}), icon="chart-bar"),
    ]
    if request.actor.may("subscription:view"):
        trial = [("running", _("In trial")), ("over", _("Trial over")), ("none", _("No trial yet"))]
        found += [
            Filter("plan", _("Plan"), options("plan", plan_choices(), {}), icon="shopping-cart"),
            Filter("trial", _("Free trial"), options("trial", trial, {}), many=False, icon="rocket"),
        ]
    return tuple(each for each in found if each.options)


def plan_choices() -> list[tuple[str, str]]:
    """The plans by which a list can be narrowed: none taken, then those that are sold; empty where nothing is sold."""
    offer = catalog_queries.offer()
    start = offer.starting_plan
    plans = [(plan.key, name_of(plan.name)) for plan in offer.plans_on_sale if start is None or plan.key != start.key]
    return [(NO_PLAN, name_of(start.name) if start is not None else _("No plan")), *plans] if plans else []


def _plan_name(row: ClientRow) -> str:
    """What the plan is called: of an older version as well, and of one that is no longer sold by its key."""
    offer = catalog_queries.offer()
    if not row.plan:
        born = offer.starting_plan_at(row.created_at)
        return name_of(born.name) if born is not None else ""
    sold = offer.plan(row.plan) or next((item.plan for item in offer.every_plan if item.plan.key == row.plan), None)
    return name_of(sold.name) if sold is not None else row.plan


def _state_cell(row: ClientRow) -> StatusCell:
    if row.demo_until is not None and row.state not in {CLOSED, SUSPENDED}:
        until = write_date(row.demo_until)
        if row.state == "prospect":
            return StatusCell("prospect", _("Prospect until %(date)s") % {"date": until})
        return StatusCell("prospect", _("Demonstration until %(date)s") % {"date": until})
    if row.state == CLOSED and row.grace_until is not None:
        return StatusCell(
            "closing", _("Closed, to be taken back until %(date)s") % {"date": write_date(row.grace_until)}
        )
    return StatusCell(row.state)


def _menu(request: SubletRequest, row: ClientRow) -> tuple[Action, ...]:
    """What can be done with a client like this one; its own reference stands as `ROW` in the addresses."""

    def to(name: str) -> str:
        return optional(request, name, ref=ROW)

    manages = request.actor.may("clients:manage")
    closed = row.state == CLOSED
    found = [
        Action(
            _("Log in"),
            "" if closed else with_way_back(request, to("reseller-client-enter")),
            "login",
            hint=_("With a banner and a way back"),
        ),
        Action(_("Open"), to("reseller-client"), "eye"),
        Action(_("Client settings"), to("reseller-client-options") if manages else "", "adjustments"),
        Action(_("Team"), to("reseller-client-team"), "users"),
        Action(
            _("Subscription status"),
            to("reseller-client-subscription") if request.actor.may("subscription:view") else "",
            "shopping-cart",
        ),
    ]
    if manages and closed and row.grace_until is not None:
        found.append(Action(_("Take the closing back"), to("reseller-client-reopen"), "arrow-back-up"))
    elif manages and row.state == SUSPENDED:
        found.append(Action(_("Resume"), to("reseller-client-resume"), "player-play"))
    elif manages and row.state in {"active", "invited"}:
        found.append(Action(_("Suspend"), to("reseller-client-suspend"), "player-pause"))
    if manages and not closed and row.ownership == "reseller":
        found.append(Action(_("Close"), to("reseller-client-close"), "ban", tone="danger"))
    return tuple(action for action in found if action.url)


def _rows(
    request: SubletRequest, page: ClientPage, people: Mapping[int, str], signals: Values, limits: Mapping[int, str]
) -> tuple[Row, ...]:
    """The page's rows. Clients of one kind share a menu, which is then drawn once."""
    menus: dict[tuple[object, ...], tuple[Action, ...]] = {}
    found = []
    open_page = here(request, "reseller-client", ref=ROW)
    for row in page.rows:
        kind = (row.state, row.grace_until is not None, row.ownership)
        if kind not in menus:
            menus[kind] = _menu(request, row)
        found.append(_row(row, open_page.replace(ROW, row.ref), menus[kind], people, signals, limits.get(row.id, "")))
    return tuple(found)


def _row(
    row: ClientRow, url: str, menu: tuple[Action, ...], people: Mapping[int, str], signals: Values, limits: str
) -> Row:
    return Row(
        key=row.ref,
        label=row.name,
        url=url,
        menu=menu,
        muted=row.state == CLOSED,
        cells={
            "name": PersonCell(row.name, row.email or row.city),
            "state": _state_cell(row),
            "contact": row.contact_name,
            "email": row.email,
            "phone": row.phone,
            "city": row.city,
            "tags": row.tags,
            "responsible": people.get(row.responsible_id, "") if row.responsible_id is not None else "",
            "language": AUTONYMS.get(row.language, ""),
            "last_visit": row.last_seen_at,
            "created": row.created_at,
            "demo": row.demo_until,
            "settings": _("Yes") if row.settings_complete else _("No"),
            "plan": _plan_name(row),
            "trial": row.trial_until if row.trial_until is not None and row.trial_until > now() else None,
            "external_id": row.external_id,
            "limits": StatusCell(f"limit-{limits}") if limits else "",
            **cells_of(row.id, signals),
        },
    )


def _summary(page: ClientPage, query: ListQuery, glance: Glance | None) -> str:
    shown = len(page.rows)
    if page.capped:
        return _("Very many clients match. Type more to see all of them; these are the first ones found.")
    if not page.previous and not page.next:
        return ngettext("%(number)s client", "%(number)s clients", shown) % {"number": write_number(shown)}
    if glance is not None and not query.narrowed:
        total = open_of(glance)
        if not total.more:
            return _("%(shown)s of %(total)s clients") % {"shown": shown, "total": write_number(total.number)}
        return _("%(shown)s of more than %(total)s clients") % {"shown": shown, "total": write_number(total.number)}
    return ngettext("%(number)s client on this page", "%(number)s clients on this page", shown) % {"number": shown}


def _bulk(request: SubletRequest) -> tuple[BulkAction, ...]:
    dress: tuple[BulkAction, ...] = (
        (BulkAction(_("Brand"), here(request, "reseller-clients-brand"), "palette"),)
        if request.actor.may("brand:manage")
        else ()
    )
    if request.actor.may("subscription:manage") and catalog_queries.offer().plans_on_sale:
        dress += (BulkAction(_("Plan"), here(request, "reseller-clients-plan"), "shopping-cart"),)
        dress += (BulkAction(_("How they are charged"), here(request, "reseller-clients-basis"), "calendar"),)
    if not request.actor.may("clients:manage"):
        return dress

    def to(action: str) -> str:
        return here(request, "reseller-clients-change", action=action)

    return (
        BulkAction(_("Tag"), to("tag"), "tag"),
        BulkAction(_("Remove a tag"), to("untag"), "tags"),
        BulkAction(_("Assign"), to("assign"), "user-check"),
        *dress,
        BulkAction(_("Client settings"), here(request, "reseller-clients-options"), "adjustments"),
        BulkAction(_("Template"), here(request, "reseller-clients-template"), "template"),
        BulkAction(_("Addresses"), here(request, "reseller-clients-names"), "world"),
        BulkAction(pgettext("to clients", "Suspend"), to("suspend"), "player-pause"),
        BulkAction(_("Resume"), to("resume"), "player-play"),
        BulkAction(_("Close"), to("close"), "ban", tone="danger"),
    )


def _views(
    request: SubletRequest, views: Sequence[ViewRow], staff: Sequence[StaffMember], state: ListState
) -> tuple[Tab, ...]:
    listing = here(request, "reseller-clients")
    active = request.GET.get("view", "")
    tabs = [Tab(_("All clients"), listing, active=not active)]
    for view in views:
        words = address(view.query, staff, view.columns, view.ref)
        tabs.append(
            Tab(view.name, f"{listing}?{words}", active=active == view.ref, icon="users" if view.shared else "")
        )
    return tuple(tabs)


def client_table(
    request: SubletRequest,
    *,
    page: ClientPage,
    state: ListState,
    query: ListQuery,
    staff: Sequence[StaffMember],
    tags: Sequence[str] = (),
    views: Sequence[ViewRow] = (),
    glance: Glance | None = None,
    signals: Values | None = None,
    limits: Mapping[int, str] | None = None,
) -> Table:
    """The table of one page. `glance`, `tags` and `views` belong to the whole page; a part that htmx swaps has none."""
    people = {member.user_id: member.name for member in staff}
    export = optional(request, "reseller-clients-export")
    actions = [
        Action(_("Views"), here(request, "reseller-views"), "list") if views else None,
        Action(_("Download"), export + "?" + request.GET.urlencode(), "download") if export else None,
    ]
    return Table(
        id=TABLE_ID,
        caption=_("Clients"),
        columns=columns_of(request),
        rows=_rows(request, page, people, signals or {}, limits or {}),
        state=state,
        pager=Pager(previous=page.previous, next=page.next, shown=len(page.rows), first_page=not page.previous),
        search_label=_("Find clients by name, person, e-mail, telephone …")
        if request.actor.gets_people(Way.MATCH)
        else _("Find by name, or whole e-mail or telephone"),
        search_hint=_("Name, person, e-mail, telephone")
        if request.actor.gets_people(Way.MATCH)
        else _("Name, or whole e-mail or telephone"),
        filters=_filters(request, state, tags=tags, staff=staff, glance=glance),
        views=_views(request, views, staff, state),
        bulk=_bulk(request),
        actions=tuple(action for action in actions if action is not None),
        columns_url=here(request, "reseller-columns"),
        save_view_url=here(request, "reseller-view-save") if request.actor.user_id is not None else "",
        selectable_total=bool(page.next or page.previous),
        all_label=_("All that match, on every page"),
        summary=_summary(page, query, glance),
        elsewhere=_among_closed(request, state),
        no_match=""
        if request.actor.gets_people(Way.MATCH)
        else _("E-mail addresses and telephone numbers are found only as a whole. Or take a filter away."),
        empty=Empty(
            title=_("No open clients"), text=_("Closed ones are found by the filter “State”."), icon_name="users-group"
        ),
    )


def _among_closed(request: SubletRequest, state: ListState) -> Action | None:
    """Whoever looks for a client that was closed would find nothing, and could not take it back."""
    if not state.search or state.filters.get("state"):
        return None
    asked = urlencode({"q": state.search, "state": "closed"})
    return Action(_("Search the closed clients"), f"{here(request, 'reseller-clients')}?{asked}")


def day(value: datetime | None) -> str:
    """The date as a date input has it, where the person is; empty for none."""
    from django.utils import timezone

    return "" if value is None else value.astimezone(timezone.get_current_timezone()).date().isoformat()
