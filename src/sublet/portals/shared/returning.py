"""Where to go afterwards: `next` is followed only to a page of this host that there is."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from sublet.portals.shared.http import SubletRequest

LONGEST = 2000
_VISIT = re.compile(r"^/as/ims_[A-Za-z0-9]{8,24}(?=/)")


def safe_next(request: SubletRequest, wanted: str, *, otherwise: str) -> str:
    """`wanted` if it is the path of a page of this host (with its query), else `otherwise`.

    Nothing with a host, a scheme, a backslash, a control character or a second slash at its start: browsers read those
    as another site in ways that differ. What does not lead to a page here is not followed either.
    """
    path = safe_path(wanted)
    if not path:
        return otherwise
    try:
        page = resolve(_VISIT.sub("", unquote(urlsplit(path).path)), urlconf=getattr(request, "urlconf", None))
    except Resolver404:
        return otherwise
    # The log-in page itself would send the person round in a circle; logging out is no page.
    return otherwise if page.url_name in {"login", "login-code", "login-code-enter", "logout", "prove"} else wanted


def safe_path(wanted: str) -> str:
    """`wanted` if it is a path of this host (with its query), whoever answers there; else nothing."""
    if not wanted.startswith("/") or len(wanted) > LONGEST or wanted[:2] in {"//", "/\\"}:
        return ""
    if any(c == "\\" or not c.isascii() or not c.isprintable() or c == " " for c in wanted):
        return ""
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return ""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return ""
    path = unquote(parts.path)
    if parts.scheme or parts.netloc or "//" in path or "\\" in path or not path.isprintable():
        return ""
    if any(segment in {".", ".."} for segment in path.split("/")):
        return ""
    return wanted
