"""Forward authentication: a proxy asks us for each request to the host product who it is from.

`ForwardMiddleware` answers before sessions, languages and forms are set up, because every request to the product waits for
it. What a person must read (a "no" with its reason) goes the usual way through `forward`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from sublet.branding.queries import HostView, origin
from sublet.core.signon import path_for_all
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import platform_scope
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.queries.company_log_ins import came_in
from sublet.people.sessions import SessionStore
from sublet.portals.public.signed_on import methods_of, shown_at
from sublet.portals.shared.guard import needs, public
from sublet.portals.shared.http import Handler, SubletRequest
from sublet.portals.shared.people import COMPANY_KEY, EPOCH_KEY, LOG_IN_KEY, SECOND_FACTOR_KEY, is_bound
from sublet.portals.shared.returning import safe_path
from sublet.proof.product import COOKIE as LOOKING
from sublet.proof.queries import looking_by
from sublet.signon import operations, queries
from sublet.signon.operations import Bearer

PATH = "/auth/forward"
#: What the product reads. A proxy must take a header of this name off every request that comes from outside.
HEADER = "X-Identity"
_VISIT = re.compile(r"^/as/(ims_[A-Za-z0-9]{8,24})(?=/)")
_LONGEST = 4000
KINDS = ("client", "direct", "reseller")
#: What changes nothing, whatever rights somebody holds: all that a scan's pass is good for.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Headers by which products let a GET stand for something else.
_OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
#: A GET that becomes a connection in which anything can be said. Not every proxy hands both of them on.
_CONNECTIONS = ("Upgrade", "Sec-WebSocket-Key")


@dataclass(frozen=True, slots=True)
class Question:
    """What the proxy asks: for which address of the product, and what the route says about it."""

    address: str  # path and query, without the visit
    visit: str
    account: str
    section: str  # without prefix; empty: none in particular
    level: str
    is_page: bool
    plain: bool  # the proxy understands 401 and 403 only
    is_one_place: bool  # the product cannot take the path for another one

    @property
    def whole(self) -> str:
        """The address as the browser has it."""
        return f"/as/{self.visit}{self.address}" if self.visit else self.address


def question_of(request: SubletRequest) -> Question | None:
    """What the request's headers and query say; None when they make no sense.

    The headers are the proxy's. Somebody who sends them here himself learns what he may do, and nothing else.
    """
    headers, route = request.headers, request.GET
    address = headers.get("X-Forwarded-Uri") or headers.get("X-Original-Uri") or "/"
    if not address.startswith("/") or len(address) > _LONGEST or not address.isprintable():
        return None
    found = _VISIT.match(address)
    visit = found[1] if found else ""
    address = address[found.end() :] if found else address
    account, section = route.get("account", ""), route.get("section", "")
    path = path_for_all(address.partition("?")[0])
    if not account and path is not None:
        account, found_section = queries.place_of_path(path)
        section = section or found_section
    level = route.get("level", "view")
    if level not in {"view", "manage"}:
        return None
    method = headers.get("X-Forwarded-Method", "GET")
    return Question(
        address=address,
        visit=visit,
        account=account,
        section=section,
        level=level,
        is_page=method in {"GET", "HEAD"}
        and "text/html" in headers.get("Accept", "")
        and not headers.get("HX-Request"),
        plain=route.get("answer") == "401",
        is_one_place=path is not None and not (not visit and _VISIT.match(path)),
    )


class ForwardMiddleware:
    """Answers `PATH`: 200 with who it is, 401 (or the way to the log-in) when nobody is, 403 when it is closed.

    Three statements for one's own account: the session, the place, the sections.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        if request.path_info != PATH or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        answer = self._answered(request)
        patch_vary_headers(answer, ("Cookie",))  # whoever keeps an answer in spite of all keeps it for this cookie only
        return answer

    def _answered(self, request: SubletRequest) -> HttpResponse:
        with platform_scope("a proxy asks who it is"), people_queries.remember_sections():
            asked = question_of(request)
            if asked is None:
                return HttpResponse(status=400)
            if not asked.is_one_place:
                return HttpResponse(status=403)
            at = now()
            key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
            session = _session(key, site=request.site)
            if session is None:
                return _looked_at(request, asked, at=at) or _log_in(request, asked)
            answer = _answer(request, asked, session, key=key, at=at)
        if answer is None:
            if asked.is_page and not asked.plain:
                return self.get_response(request)  # the whole page, with its reason
            return HttpResponse(status=403)
        return answer


def _looked_at(request: SubletRequest, asked: Question, *, at: datetime) -> HttpResponse | None:
    """What the product shows to the scan for the vendor's words, while it runs: in one account, on this host, as the person of
    this pass with the rights that person holds; and to look at only, whatever these are."""
    secret = request.COOKIES.get(LOOKING, "")
    if not secret or asked.visit:
        return None
    # A method that nobody names may be any, and one that another header puts in its place is not the one that was named.
    if request.headers.get("X-Forwarded-Method", "") not in SAFE:
        return None
    if any(each in request.headers for each in (*_OVERRIDES, *_CONNECTIONS)):
        return None
    looking = looking_by(secret, host=request.site.host, at=at)
    if looking is None or asked.account not in {"", looking.account_ref}:
        return None
    entry = people_queries.enter(
        user_id=looking.user_id,
        account_ref=looking.account_ref,
        host=request.site.host,
        request_id=request.request_id,
        at=at,
        came=None,
    )
    if entry is None or not operations.may_open(
        entry, site=request.site, section=asked.section, level=asked.level, kinds=KINDS
    ):
        return None
    token = operations.identity(
        Bearer(entry=entry, authenticated_at=at, methods=(), looks=True), site=request.site, at=at
    )
    return HttpResponse(headers={HEADER: token})


def _session(key: str, *, site: HostView) -> dict[str, object] | None:
    """The log-in (or the visits) of that cookie on this host. One statement."""
    if not key or len(key) > 64:
        return None
    data: dict[str, object] = SessionStore(session_key=key).load()
    return data if is_bound(data, site) else None


def _answer(
    request: SubletRequest, asked: Question, session: dict[str, object], *, key: str, at: datetime
) -> HttpResponse | None:
    """Who it is; the way to the log-in; or None for a "no"."""
    account = asked.account or request.site.account_ref
    if asked.visit:
        entry = people_queries.enter_as(
            impersonation_ref=asked.visit,
            session_hash=hashlib.sha256(key.encode()).hexdigest(),
            account_ref=account,
            host=request.site.host,
            request_id=request.request_id,
            at=at,
        )
    else:
        person = session.get(SESSION_KEY)
        if not isinstance(person, str) or not person.isdigit():
            return _log_in(request, asked)
        entry = people_queries.enter(
            user_id=int(person),
            account_ref=account,
            host=request.site.host,
            request_id=request.request_id,
            at=at,
            came=came_in(session.get(COMPANY_KEY)),
        )
        if entry is not None and entry.person is not None and entry.person.session_epoch != session.get(EPOCH_KEY):
            return _log_in(request, asked)
        if entry is not None and entry.way_lacking:
            return None  # the whole page leads to the log-in that is wanted
        if entry is not None and entry.demands_second_factor and not session.get(SECOND_FACTOR_KEY):
            return None  # the whole page leads to the second step
    if entry is None or not operations.may_open(
        entry, site=request.site, section=asked.section, level=asked.level, kinds=KINDS
    ):
        return None
    if entry.impersonation_id is not None and (
        asked.is_page or request.headers.get("X-Forwarded-Method", "GET") != "GET"
    ):
        people_operations.note_impersonated_request(
            impersonation_id=entry.impersonation_id,
            method=request.headers.get("X-Forwarded-Method", "GET"),
            path=asked.address,
            status=200,
            request_id=request.request_id,
            at=at,
        )
    token = operations.identity(
        Bearer(
            entry=entry,
            authenticated_at=shown_at(session),
            methods=methods_of(session, vouched=entry.vouched),
            log_in=str(session.get(LOG_IN_KEY) or ""),
        ),
        site=request.site,
        at=at,
    )
    return HttpResponse(headers={HEADER: token})


def _log_in(request: SubletRequest, asked: Question) -> HttpResponse:
    back = reverse("forward-back") + "?" + urlencode({"to": asked.whole})
    way = origin(request.site.host) + reverse("login") + "?" + urlencode({"next": back})
    if asked.is_page and not asked.plain:
        return HttpResponseRedirect(way)
    return HttpResponse(status=401, headers={"Location": way, "WWW-Authenticate": 'Session realm="log-in"'})


@public("the proxy's question; the middleware answers it, and only a no with its reason comes here")
@require_safe
def forward(request: SubletRequest) -> HttpResponseBase:
    """Why it is closed: the same pages as everywhere else."""
    asked = question_of(request)
    if asked is None or not asked.is_one_place:
        raise NotFound
    if request.person is None and not asked.visit:
        return _log_in(request, asked)
    request.impersonation_ref = asked.visit
    return _closed(request, account=asked.account or request.site.account_ref, asked=asked)


@needs("", portal=KINDS)
def _closed(request: SubletRequest, asked: Question) -> HttpResponseBase:
    if asked.section:
        raise Forbidden(f"product.{asked.section}:{asked.level}")
    raise NotFound


@public("only goes on to an address of this host, which asks again who it is")
@require_safe
def back(request: SubletRequest) -> HttpResponseBase:
    """From the log-in back to where the product was to be opened."""
    return HttpResponseRedirect(safe_path(request.GET.get("to", "")) or reverse("home"))
