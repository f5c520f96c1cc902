"""A stand-in for proving a second factor, in a demo only: its people have none, and its visitors want to go on.

It stands last among the addresses: where the installation has a page of that name, this one is never reached.
"""

from __future__ import annotations

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from sublet.foundation.clock import now
from sublet.portals.public.returning import safe_next
from sublet.portals.shared.guard import signed_in
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import SECOND_FACTOR_KEY


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: SubletRequest) -> HttpResponseBase:
    """One click instead of a code; then back to `next`."""
    target = safe_next(request, request.POST.get("next") or request.GET.get("next", ""), otherwise=reverse("home"))
    if request.method == "POST":
        request.session[SECOND_FACTOR_KEY] = now().isoformat()
        return HttpResponseRedirect(target)
    return render(request, "demo/prove.html", {"next": target})


urlpatterns = [path("prove/", prove, name="prove")]
