"""Addresses of the directory's interface: ``/scim/v2/…`` on every branded host. The key says which account is meant."""

from __future__ import annotations

from django.urls import path, re_path

from sublet.portals.api.scim import views
from sublet.portals.api.scim.door import door, nothing_here

PEOPLE = {"GET": views.users, "POST": views.create_user}
PERSON = {"GET": views.user, "PUT": views.replace_user, "PATCH": views.patch_user, "DELETE": views.delete_user}
GROUPS = {"GET": views.groups, "POST": views.create_group}
GROUP = {"GET": views.group, "PUT": views.replace_group, "PATCH": views.patch_group, "DELETE": views.delete_group}

urlpatterns = [
    path("ServiceProviderConfig", door("scim-service", {"GET": views.service}, switched=False), name="scim-service"),
    path("ResourceTypes", door("scim-types", {"GET": views.resource_types}, switched=False), name="scim-types"),
    path("ResourceTypes/<str:name>", door("scim-type", {"GET": views.resource_type}, switched=False), name="scim-type"),
    path("Schemas", door("scim-schemas", {"GET": views.schemas}, switched=False), name="scim-schemas"),
    path("Schemas/<str:urn>", door("scim-schema", {"GET": views.schema}, switched=False), name="scim-schema"),
    path(
        "Me", door("scim-me", dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), views.not_done)), name="scim-me"
    ),
    path("Bulk", door("scim-bulk", {"POST": views.not_done}), name="scim-bulk"),
    path(".search", door("scim-search", {"POST": views.not_done}), name="scim-search"),
    path("Users", door("scim-users", PEOPLE), name="scim-users"),
    path("Users/.search", door("scim-users-search", {"POST": views.search_users}), name="scim-users-search"),
    path("Users/<str:ref>", door("scim-user", PERSON), name="scim-user"),
    path("Groups", door("scim-groups", GROUPS), name="scim-groups"),
    path("Groups/.search", door("scim-groups-search", {"POST": views.search_groups}), name="scim-groups-search"),
    path("Groups/<str:ref>", door("scim-group", GROUP), name="scim-group"),
    re_path(r"^.*\Z", nothing_here, name="scim-nothing"),
]
