"""Leaving one kind of mail: by a mail program, which posts by itself (RFC 8058), or by a person who has opened the address."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.messaging import unsubscribing
from sublet.portals.public.pages import actor_of, in_person, said
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest


@csrf_exempt
@public("a mail program has no log-in; the address is sealed, and says who wants no more of what")
@require_http_methods(["GET", "HEAD", "POST"])
@in_person
def unsubscribe(request: SubletRequest, token: str) -> HttpResponseBase:
    """Looking changes nothing; a POST does it, with or without a cookie, once however often."""
    site = request.site.account_id
    if request.method == "POST":
        found = unsubscribing.leave(token, site_account_id=site, actor=actor_of(request), at=now())
    else:
        found = unsubscribing.look_at_leaving(token, site_account_id=site)
    if found is None:
        return said(
            request, 410, _("This link cannot be used any more"), _("Use the link of the newest mail, or write to us.")
        )
    return render(request, "public/unsubscribe.html", {"leaving": found})
