"""Crossing to the client's own host in another person's place, and the way back."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.messages import success
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.portals.public.pages import in_person, said
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import bind_session, session_hash
from sublet.portals.shared.visits import VISIT_KEY, way_back, way_in

#: A session that carries visits and nothing else ends with the longest of them.
LONGEST = people_queries.LONGEST_SECONDS


@public("the one-time code in the address shows who it is")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def enter(request: SubletRequest, code: str) -> HttpResponseBase:
    """Take the visit that was begun on the reseller's host over into this browser's session here.

    A browser in which somebody else is logged in asks first: going on logs that person out here.
    """
    at = now()
    waiting = people_queries.waiting_visit(code, host=request.site.host, at=at)
    if waiting is None:
        return _gone(request)
    if request.method == "HEAD":  # a preview of the link must not use it up
        return render(request, "public/enter.html", {"waiting": waiting})
    person = request.person
    same_person = person is not None and int(person.pk) == waiting.staff_user_id
    if person is not None and not same_person and request.method != "POST":
        return render(request, "public/enter.html", {"waiting": waiting, "logged_in": str(person)})
    if not same_person and request.session.get(VISIT_KEY) != waiting.staff_user_id:
        if person is not None:
            people_operations.end_impersonations_of_session(session_hash=session_hash(request), at=at)
            logout(request)
            request.person = None
        _session_for_visits(request, waiting.staff_user_id)
    try:
        entered = people_operations.enter_with_code(
            code=code, session_hash=session_hash(request), host=request.site.host, at=at
        )
    except people_operations.CannotEnter:
        return _gone(request)
    return HttpResponseRedirect(way_in(impersonation_ref=entered.impersonation_ref, account_ref=entered.account_ref))


def _session_for_visits(request: SubletRequest, staff_user_id: int) -> None:
    """A session under a new key that carries nothing but that it is for visits of this person."""
    request.session.flush()
    request.session[VISIT_KEY] = staff_user_id
    bind_session(request)
    request.session.set_expiry(LONGEST)
    request.session.save()


def _gone(request: SubletRequest) -> HttpResponseBase:
    return said(
        request,
        410,
        _("This way in cannot be used any more"),
        _("It works once, and for one minute. Go back to your client list and begin again."),
    )


@public("the browser session proves whose visit it is")
@require_POST
def end(request: SubletRequest) -> HttpResponseBase:
    """End the visit in whose address this was asked for, and go back to where it was begun."""
    if not request.impersonation_ref:
        raise NotFound
    own = session_hash(request)
    over = people_operations.end_impersonation(
        impersonation_ref=request.impersonation_ref,
        session_hash=own,
        host=request.site.host,
        at=now(),
        request_id=request.request_id,
    )
    if request.session.get(VISIT_KEY) is not None and not people_queries.runs_in_session(own):
        request.session.flush()
    back = way_back(over)
    request.impersonation_ref = ""
    if over.origin_host == request.site.host:
        success(request, _("The visit to %(name)s has ended.") % {"name": over.account_name})
        return HttpResponseRedirect(back)
    return render(request, "team/transit.html", {"url": back, "place": ""})
