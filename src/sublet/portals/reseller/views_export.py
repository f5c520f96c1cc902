"""The client list as a file: what the list shows, streamed."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts.queries import AGREED_KEYS, CONTACT_KEYS, ListQuery, export_keys, sees_agreed
from sublet.core.peopledata import Way
from sublet.foundation.clock import now
from sublet.foundation.sheets.writing import SEPARATOR_BY_LANGUAGE, stream_xlsx, write_csv
from sublet.people import queries as people_queries
from sublet.portals.reseller.client_table import question, read_state
from sublet.portals.reseller.nav import here
from sublet.portals.shared.asking import why_url
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.files import TYPES, file_answer
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS


@needs("clients:view", portal="reseller")
@require_safe
def export(request: SubletRequest) -> HttpResponseBase:
    """Without a `format` the choice of one; with it the file: the same question as the list's address asks.

    `columns` as in the list; ``all=1`` takes every column, whatever the list shows.
    """
    kind = request.GET.get("format", "")
    actor, at = request.actor, now()
    staff = people_queries.staff(actor)
    query = question(read_state(request), staff).everything()
    if actor.impersonator is not None:
        raise account_operations.CannotExportClients("impersonating")  # before anybody chooses columns
    if kind not in TYPES or request.method == "HEAD":
        return _choice(request, query)
    keys = [] if request.GET.get("all") else request.GET.getlist("columns")
    zone = timezone.get_current_timezone()
    leaving = account_operations.export_clients(
        query=query,
        format=kind,
        keys=keys,
        people={member.user_id: member.name for member in staff},
        languages=AUTONYMS,
        zone=zone,
        actor=actor,
        at=at,
    )
    day = at.astimezone(zone).date().isoformat()
    title = _("Clients")
    if kind == "xlsx":
        pieces = stream_xlsx(leaving.rows, leaving.columns, title=title, zone=zone, at=at.replace(tzinfo=None))
    else:
        separator = SEPARATOR_BY_LANGUAGE.get(get_language() or "en", ",")
        pieces = write_csv(leaving.rows, leaving.columns, separator=separator, zone=zone)
    return file_answer(pieces, kind=kind, name=f"{actor.account_name} {title} {day}")


def _choice(request: SubletRequest, query: ListQuery) -> HttpResponse:
    state = read_state(request)
    contacts = request.actor.gets_people(Way.FILE)
    closed = set() if contacts else set(CONTACT_KEYS)
    closed |= set() if sees_agreed(request.actor) else AGREED_KEYS
    shown = [key for key in state.columns if key in set(export_keys()) - closed]
    back = here(request, "reseller-clients")
    words = request.GET.urlencode()
    context = {
        "crumbs": (Crumb(_("Clients"), f"{back}?{words}" if words else back), Crumb(_("Download"))),
        "narrowed": query.narrowed,
        "shown": shown,
        "contacts": contacts,
        "why": [] if contacts else [Action(_("Why not?"), why_url(request, "people:manage"), "lock")],
        "cancel_url": f"{back}?{words}" if words else back,
    }
    return render(request, "reseller/imports/export.html", context)
