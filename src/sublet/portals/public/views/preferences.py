"""Language and appearance, from every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from sublet.people import operations as people_operations
from sublet.portals.public.pages import actor_of
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.returning import safe_next

YEAR = 365 * 86400


@public("a language is chosen before logging in, too")
@require_POST
def language(request: SubletRequest) -> HttpResponseBase:
    """Remember the language on this device, and for the person who is logged in. An unknown one changes nothing."""
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", ""), otherwise=reverse("home")))
    wanted = request.POST.get("language", "")
    if wanted not in {code for code, _name in settings.LANGUAGES}:
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=YEAR,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    if request.person is not None:
        people_operations.set_language(language=wanted, actor=actor_of(request))
    return response


@public("a page whose log-in has ended may still send this; then nothing is stored")
@require_POST
def theme(request: SubletRequest) -> HttpResponseBase:
    """Remember light or dark for the person who is logged in."""
    wanted = request.POST.get("theme", "")
    if request.person is not None and wanted in {"auto", "light", "dark"}:
        people_operations.set_theme(theme=wanted, actor=actor_of(request))
    return HttpResponseRedirect(safe_next(request, request.POST.get("next", ""), otherwise=reverse("home")))
