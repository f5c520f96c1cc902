"""May a certificate be made for this name? Asked by the proxy at the first visit to a host, before there is any TLS.

Caddy's ``on_demand_tls { ask … }`` and its like: ``GET /tls/ask?domain=<name>``; 200 is yes, anything else no. From the same
look-up as every request, so a name that nobody has proved gets none, and a flood of names writes nothing.
"""

from __future__ import annotations

from ipaddress import ip_address

from django.http import HttpResponse

from sublet.branding.queries import host_view
from sublet.portals.shared.http import SubletRequest

PATH = "/tls/ask"
_LONGEST = 253
#: What a proxy adds to a request that it passes on: such a one comes from outside and learns nothing.
_PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_VIA")


def asks(request: SubletRequest, proxies: frozenset[str]) -> bool:
    """Whether this is the proxy's own question: from this machine or a trusted proxy, for nobody else, by address."""
    if request.path != PATH or any(name in request.META for name in _PASSED_ON):
        return False
    address = str(request.META.get("REMOTE_ADDR", ""))
    return (_is_loopback(address) or address in proxies) and _by_address(str(request.META.get("HTTP_HOST", "")))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _by_address(host: str) -> bool:
    """Whether the server was called by number or as localhost, as no visitor's browser calls it through a proxy."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 or host.startswith("[") else host
    if name.lower() == "localhost":
        return True
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def answer(request: SubletRequest) -> HttpResponse:
    """200 for a name that answers, 404 for every other; 400 without a name, 405 for what is no question."""
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    name = request.GET.get("domain", "").lower().removesuffix(".")
    if not name:
        return HttpResponse(status=400)
    known = len(name) <= _LONGEST and host_view(name) is not None
    return HttpResponse(status=200 if known else 404, headers={"Cache-Control": "no-store"})
