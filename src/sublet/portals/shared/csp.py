"""The headers that keep a page from doing what it was not written to do. One policy for every page of every host."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: For a file that is opened by itself: it may do nothing at all.
ALONE = "default-src 'none'; frame-ancestors 'none'; sandbox"

#: What a page may load and where it may send to: this host only. No inline script or style, no frame, no plug-in.
POLICY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "default-src": ("'none'",),
        "script-src": ("'self'",),
        "style-src": ("'self'",),
        "img-src": ("'self'", "data:"),
        "connect-src": ("'self'",),
        "font-src": ("'self'",),
        "manifest-src": ("'self'",),
        "form-action": ("'self'",),
        "frame-ancestors": ("'none'",),
        "base-uri": ("'none'",),
    }
)

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)

#: A page that is looked at inside another of ours, and does nothing there: no script, no form, no frame around it but ours.
#: Mails state their styles in their lines, which no page may.
FRAMED = (
    "default-src 'none'; style-src 'self'{styles}; img-src 'self' data:; font-src 'self'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)

_FORM_TARGETS = "_csp_form_targets"
_FRAMES = "_csp_frames"
#: For a mail that is shown in a frame of ours: it brings its own style, loads the brand's pictures, and may do nothing else.
#: The sandbox gives it an origin of its own, so that nothing in it could reach the page around it.
SHOWN = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
_ORIGIN = re.compile(r"https?://[a-z0-9.:-]+\Z")


def allow_own_frames(request: HttpRequest) -> None:
    """Let this one page show other documents of this host in frames."""
    request.__dict__[_FRAMES] = True


def shown_in_frame(document: str, *, pictures: str, kind: str = "text/html") -> HttpResponse:
    """A document for a frame on a page of ours. `pictures`: the origin that its pictures come from, or empty for none."""
    if pictures and not _ORIGIN.match(pictures):
        raise ValueError(pictures)
    response = HttpResponse(document, content_type=f"{kind}; charset=utf-8")
    response.headers["Content-Security-Policy"] = SHOWN.format(pictures=pictures or "'none'")
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def framed(response: HttpResponse, *, mail: bool = False) -> HttpResponse:
    """Let this one answer be shown in a frame of this host's own pages, where it can do nothing."""
    response.headers["Content-Security-Policy"] = FRAMED.format(styles=" 'unsafe-inline'" if mail else "")
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def allow_form_target(request: HttpRequest, origin: str) -> None:
    """Let the forms of this one page end on `origin` (``https://shop.example``) as well.

    Browsers apply ``form-action`` to redirects too: without this, a form whose answer redirects to another host
    stays where it is, with an error that only the console shows.
    """
    if any(c in origin for c in " ;,\r\n"):
        raise ValueError(origin)
    request.__dict__.setdefault(_FORM_TARGETS, []).append(origin)


def leave_for(request: HttpRequest, url: str) -> HttpResponse:
    """What a POST answers when the way goes on to another host: a page that goes there by itself, with a link.

    A redirect would be blocked by the ``form-action`` of the page that held the form (see `allow_form_target`, which
    needs to know the host when the form is shown; this does not). `url` is ``http(s)://…`` and made by us.
    """
    if not url.startswith(("https://", "http://")) or any(c in url for c in "\r\n"):
        raise ValueError(url)
    response = render(request, "shared/onward.html", {"url": url})
    response.headers["Refresh"] = f"0;url={url}"
    return response


def policy_for(request: HttpRequest) -> str:
    """The value of Content-Security-Policy for the answer to `request`."""
    extra: list[str] = request.__dict__.get(_FORM_TARGETS, [])
    sources = {**POLICY, "form-action": (*POLICY["form-action"], *dict.fromkeys(extra))}
    if _FRAMES in request.__dict__:
        sources["frame-src"] = ("'self'",)
    return "; ".join(f"{name} {' '.join(values)}" for name, values in sources.items())


class SecurityHeadersMiddleware:
    """Sets the policy and the other headers; a header that the view has set stays.

    Answers are kept by nobody (``no-store``) unless the view or the static files say otherwise: pages show one
    person's data, and the back button after logging out must not show them again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", policy_for(request))
        response.headers.setdefault("Cache-Control", "no-store")
        return response
