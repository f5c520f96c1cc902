"""The way to a product on a port of its own, on the demo's one port: what a proxy in front does (docs/howto/sign-on.md)."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest

#: Our own cookies are none of a product's business: whoever reads its logs could be any of its users.
_OURS = re.compile(r"(?:__Host-)?(?:session|form|device|crossing|looking)\Z")
#: Of one connection, not of the message; and what says where the request comes from is ours to say.
_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "cookie",
        "host",
        "x-identity",
    }
)
#: What a proxy says of where a request comes from: a stranger's word for it is worth nothing.
_CLAIMS = ("x-forwarded-", "forwarded", "x-real-ip", "x-original-", "via")
_TAKEN = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})
TIMEOUT = 30.0


def place_file() -> Path:
    """Says on which port of this machine the product is; no file, no product."""
    return Path(settings.SUBLET.path("SUBLET_VAR")) / "bookings" / "place"


@csrf_exempt
@public("the host product asks by itself who comes, by OpenID Connect", asks_itself=True)
def bookings(request: SubletRequest, path: str = "") -> HttpResponseBase:
    """Everything below /bookings/, in a visit with /as/… before it."""
    try:
        host, _, port = place_file().read_text("utf-8").strip().rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT)
    except (OSError, ValueError):
        return HttpResponse(status=502)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name.lower() not in _HOP and not name.lower().startswith(_CLAIMS)
    }
    headers |= {
        "Host": request.get_host(),
        "X-Forwarded-For": str(request.META.get("REMOTE_ADDR", "")),
        "X-Forwarded-Proto": request.scheme or "http",
    }
    cookies = [f"{name}={value}" for name, value in request.COOKIES.items() if not _OURS.match(name)]
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    visit = f"/as/{request.impersonation_ref}" if request.impersonation_ref else ""
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    try:
        connection.request(
            request.method or "GET",
            f"{visit}/bookings/{quote(path)}{query}",
            body=request.body or None,
            headers=headers,
        )
        answer = connection.getresponse()
        response = HttpResponse(answer.read(), status=answer.status)
    except (OSError, http.client.HTTPException):
        return HttpResponse(status=502)
    finally:
        connection.close()
    del response.headers["Content-Type"]
    for name, value in answer.getheaders():
        if name.lower() == "set-cookie":
            _pass_on(response, value)
        elif name.lower() not in _TAKEN:
            response.headers[name] = value
    return response


def _pass_on(response: HttpResponse, header: str) -> None:
    """A cookie as the product has set it; none that is called like one of ours."""
    name = header.partition("=")[0].strip()
    if not _OURS.match(name):
        response.cookies.load(header)
