"""From the host name to the site: the first thing asked of every request."""

from __future__ import annotations

import re
from typing import cast

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.urls import set_script_prefix

from sublet.branding.queries import host_view, origin
from sublet.core.networks import read_address
from sublet.foundation.clock import now
from sublet.portals.shared import health, tls_ask
from sublet.portals.shared.http import Handler, SubletRequest
from sublet.portals.shared.visits import both_identities

_HOST = re.compile(r"^(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")
_PORT = re.compile(r"^[0-9]{1,5}\Z")
_ACTING = re.compile(r"^/as/(ims_[A-Za-z0-9]{8,24})(/.*)\Z")
#: What a host that nobody has proved gets, whatever the path: no brand, no word, no cookie.
NEUTRAL = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Not found</title><p>There is nothing at this address."
)


def host_name(request: SubletRequest) -> str:
    """The request's host, lower case, without port; empty when it is not a host name at all.

    `X-Forwarded-Host` and `Forwarded` are never read: a proxy must pass the name on as `Host`.
    """
    raw = str(request.META.get("HTTP_HOST", ""))
    name, colon, port = raw.partition(":")
    name = name.lower()
    if colon and not _PORT.match(port):
        return ""
    return name if _HOST.match(name) else ""


class HostMiddleware:
    """Sets `request.site`; answers a host that nobody has proved with a neutral 404; chooses the addresses."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            return health.readiness(connection, now())
        if tls_ask.asks(request, _proxies()):
            return tls_ask.answer(request)
        name = host_name(request)
        site = host_view(name) if name else None
        if site is None or "\x00" in request.path:  # no address of ours has a zero byte, and PostgreSQL refuses one
            return HttpResponse(NEUTRAL, status=404, content_type="text/html; charset=utf-8")
        request.site = site
        request.META["HTTP_HOST"] = cast(str, request.META["HTTP_HOST"]).lower()
        # Behind a trusted proxy only; a header from anybody else would turn http into https in links and cookies.
        if request.META.get("REMOTE_ADDR") in _proxies():
            request.META["REMOTE_ADDR"] = address_of(
                request.META["REMOTE_ADDR"], request.headers.get("X-Forwarded-For", "")
            )
            request.META["wsgi.url_scheme"] = (
                "https" if request.headers.get("X-Forwarded-Proto") == "https" else request.META["wsgi.url_scheme"]
            )
        if site.leads_to:
            return _led_on(request, site.leads_to)
        if site.is_vendor:
            request.urlconf = settings.URLCONF_VENDOR
        return self.get_response(request)


def _led_on(request: SubletRequest, host: str) -> HttpResponse:
    """To the same place on the account's main host, with method and body: 308. No brand, no cookie."""
    path = request.get_full_path()
    # Two slashes in front would be read as another host by whoever resolves the address.
    return HttpResponse(status=308, headers={"Location": f"{origin(host)}/{path.lstrip('/')}"})


def address_of(peer: str, forwarded_for: str) -> str:
    """The caller's own address: where `peer` is a trusted proxy, the one that it names, else `peer` itself.

    Of several trusted proxies in a row the first names the caller; what stands before that is the caller's own word. A port
    falls away, or each connection would count as another caller; what is no address is not believed.
    """
    proxies = _proxies()
    if peer not in proxies:
        return peer
    for part in reversed(forwarded_for.split(",")):
        named = _plain(part)
        if not named:
            return peer
        if named not in proxies:
            return named
    return peer


def _plain(text: str) -> str:
    """``192.0.2.7`` of ``192.0.2.7:4711``, ``2001:db8::7`` of ``[2001:db8::7]:4711``; empty for what is no address."""
    name = text.strip()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    found = read_address(name) if len(name) <= 45 else None
    return str(found) if found is not None else ""


def _proxies() -> frozenset[str]:
    return frozenset(settings.SUBLET.words("SUBLET_TRUSTED_PROXIES"))


class ImpersonationPathMiddleware:
    """Takes ``/as/<impersonation>/`` off the front of the path and puts it before every address that the page makes.

    So an impersonation lives in the address of one tab, never in the browser as a whole.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: SubletRequest) -> HttpResponse:
        request.impersonation_ref = ""
        match = _ACTING.match(request.path_info)
        if match:
            request.impersonation_ref = match[1]
            request.path_info = match[2]
            set_script_prefix(f"/as/{match[1]}/")
            try:
                return both_identities(request, self.get_response(request))
            finally:
                set_script_prefix("/")
        set_script_prefix("/")
        return self.get_response(request)
