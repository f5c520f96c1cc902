"""Addresses of the API: the operations, their document, the pages that explain it."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from sublet.portals.api import views
from sublet.portals.api.api import api
from sublet.portals.api.declare import DECLARED
from sublet.portals.api.entrance import entrance, nothing_here


def _operations() -> list[URLPattern]:
    """ninja's addresses, each behind the entrance."""
    found = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name in DECLARED:
            found.append(path(f"v1/{pattern.pattern}", entrance(pattern.name, pattern.callback), name=pattern.name))
    return found


urlpatterns = [
    path("v1/", views.reference, name="api"),
    path("v1/openapi.json", views.openapi, name="api-openapi"),
    path("v1/problems/", views.problem_list, name="api-problems"),
    path("v1/problems/<slug:slug>", views.problem_page, name="api-problem"),
    *_operations(),
    re_path(r"^.*\Z", nothing_here, name="api-nothing"),
]
