"""Addresses of the directory's interface: ``/scim/v2/…`` on every branded host. The key says which account is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path


def late(name: str, methods: Mapping[str, str], *, switched: bool = True) -> Callable[..., HttpResponse]:
    """`door.door` with functions of `views`, both loaded when the first directory speaks: SCIM's models are a quarter of what
    every process that knows the addresses would load."""
    if "GET" in methods:  # RFC 9110, 9.3.2; whoever serves the answer leaves its body out
        methods = {**methods, "HEAD": methods["GET"]}

    @cache
    def made() -> Callable[..., HttpResponse]:
        from sublet.portals.api.scim import door, views  # SCIM's models: see above

        works = {method: getattr(views, function) for method, function in methods.items()}
        return door.door(works, switched=switched)

    def view(request: HttpRequest, **values: Any) -> HttpResponse:
        return made()(request, **values)

    return _declared(view, name, "a directory brings an API key with team:manage", methods)


def _nothing_here(request: HttpRequest, **values: Any) -> HttpResponse:
    from sublet.portals.api.scim import door  # SCIM's models: see `late`

    return door.nothing_here(request, **values)


def _declared(
    view: Callable[..., HttpResponse], name: str, reason: str, methods: Mapping[str, str]
) -> Callable[..., HttpResponse]:
    view.__name__ = name
    view.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie lets anybody in here
    view.needs = "public"  # type: ignore[attr-defined]  # read by the architecture test and the probes
    view.reason = reason  # type: ignore[attr-defined]  # as above
    view.works = methods  # type: ignore[attr-defined]  # as above
    view.methods = frozenset(methods)  # type: ignore[attr-defined]  # as above
    return view


nothing_here = _declared(_nothing_here, "scim-nothing", "there is nothing", {})
PEOPLE = {"GET": "users", "POST": "create_user"}
PERSON = {"GET": "user", "PUT": "replace_user", "PATCH": "patch_user", "DELETE": "delete_user"}
GROUPS = {"GET": "groups", "POST": "create_group"}
GROUP = {"GET": "group", "PUT": "replace_group", "PATCH": "patch_group", "DELETE": "delete_group"}

urlpatterns = [
    path("ServiceProviderConfig", late("scim-service", {"GET": "service"}, switched=False), name="scim-service"),
    path("ResourceTypes", late("scim-types", {"GET": "resource_types"}, switched=False), name="scim-types"),
    path("ResourceTypes/<str:name>", late("scim-type", {"GET": "resource_type"}, switched=False), name="scim-type"),
    path("Schemas", late("scim-schemas", {"GET": "schemas"}, switched=False), name="scim-schemas"),
    path("Schemas/<str:urn>", late("scim-schema", {"GET": "schema"}, switched=False), name="scim-schema"),
    path("Me", late("scim-me", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), "not_done")), name="scim-me"),
    path("Bulk", late("scim-bulk", {"POST": "not_done"}), name="scim-bulk"),
    path(".search", late("scim-search", {"POST": "not_done"}), name="scim-search"),
    path("Users", late("scim-users", PEOPLE), name="scim-users"),
    path("Users/.search", late("scim-users-search", {"POST": "search_users"}), name="scim-users-search"),
    path("Users/<str:ref>", late("scim-user", PERSON), name="scim-user"),
    path("Groups", late("scim-groups", GROUPS), name="scim-groups"),
    path("Groups/.search", late("scim-groups-search", {"POST": "search_groups"}), name="scim-groups-search"),
    path("Groups/<str:ref>", late("scim-group", GROUP), name="scim-group"),
    re_path(r"^[\s\S]*\Z", nothing_here, name="scim-nothing"),
]
#: ``/scim``, ``/scim/v2``, other versions: whoever gave its directory half an address reads there what is wrong, not a page.
half_addresses = re_path(r"^scim(?:/[\s\S]*)?\Z", nothing_here, name="scim-nothing")
