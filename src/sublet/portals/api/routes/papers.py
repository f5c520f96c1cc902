"""Files in the brand of an account, for people."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from ninja import Query

from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.people import queries as people_queries
from sublet.people.queries.access_calendar import grant_calendar
from sublet.portals.api.declare import ApiRequest, Needs, Routes
from sublet.portals.api.schemas.papers import SheetAsked

routes = Routes("Documents", "Files in the brand of an account, made for people.")
SEE = Needs("settings:view", below="clients:view", vendor="accounts:view")
PDF, CALENDAR = "application/pdf", "text/calendar"


@routes.get(
    "/accounts/{account}/hand-over-sheet",
    needs=SEE,
    kinds=(VENDOR, RESELLER, CLIENT, DIRECT),
    answer=bytes,
    media=(PDF,),
)
def get_handover_sheet(request: ApiRequest, account: str, asked: Query[SheetAsked]) -> HttpResponseBase:
    """Download what a client needs to begin: where to log in, the first steps, whom to ask.

    A page in the client’s brand. There is no password and no link on it that lets anybody in. The owner’s address stands on
    it for keys that may take people’s data away.
    """
    sheet = people_queries.handover_sheet(
        request.actor, account_ref=account, language=asked.language or "", at=request.at
    )
    answer = HttpResponse(sheet.pdf, content_type=PDF)
    answer["Content-Disposition"] = f'attachment; filename="{account}-{sheet.language}.pdf"'
    return answer


@routes.get(
    "/accounts/{account}/grants/{grant}/calendar",
    needs=Needs("team:view", below="clients:view"),
    kinds=(RESELLER, CLIENT),
    answer=bytes,
    media=(CALENDAR,),
)
def get_grant_calendar(request: ApiRequest, account: str, grant: str) -> HttpResponseBase:
    """Download when an access ends, as a calendar file (RFC 5545) in the client’s brand and the caller’s language.

    404 for an access that is over or has no end. A newer file of the same access replaces the older in a calendar.
    """
    found = grant_calendar(
        request.actor, client_ref=account, grant_ref=grant, language=get_language() or "en", at=request.at
    )
    answer = HttpResponse(found.ics, content_type=CALENDAR)
    answer["Content-Disposition"] = f'attachment; filename="{grant}.ics"'
    return answer
