"""A stand-in for the host product: what opens when somebody in the demo follows a section's link."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sublet.catalog.queries import current_manifest
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.people import queries as people_queries
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.people import session_hash


@public("the host product checks by itself who comes; this one only shows where it would begin")
@require_safe
def product(request: SubletRequest, account: str, section: str) -> HttpResponseBase:
    """The name of the section at that address, in the host's brand. It knows nothing of accounts and shows nothing of
    them. Opened in a visit it shows who really acts, for as long as the visit goes on."""
    manifest = current_manifest()
    language = get_language() or "en"
    title, icon = "", "apps"
    if manifest is not None:
        if section:
            found = next(
                (
                    each
                    for each in manifest.sections
                    if each.address.partition("{account}/")[2].strip("/") == section.strip("/")
                ),
                None,
            )
            title, icon = (found.name.in_language(language), found.icon) if found is not None else ("", icon)
        else:
            title = request.site.brand.name
    if not title:
        raise NotFound
    visit = _visit(request, account) if request.impersonation_ref else None
    context = {
        "product_title": title,
        "product_icon": icon,
        "back_url": visit.back_url if visit is not None else reverse("home"),
        "visit": visit,
        "visit_over": bool(request.impersonation_ref) and visit is None,
    }
    return render(request, "demo/product.html", context)


def _visit(request: SubletRequest, account: str) -> people_queries.VisitFacts | None:
    """The visit in the address, if it is this browser's, of this account, and still goes on."""
    at = now()
    entry = people_queries.enter_as(
        impersonation_ref=request.impersonation_ref,
        session_hash=session_hash(request),
        account_ref=account,
        host=request.site.host,
        request_id=request.request_id,
        at=at,
    )
    return None if entry is None else people_queries.visit_facts(impersonation_ref=request.impersonation_ref, at=at)
