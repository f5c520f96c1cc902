"""What a directory can do: describe the service, keep people, keep groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from scim2_models import (
    Context,
    ForbiddenException,
    InvalidFilterException,
    ListResponse,
    Meta,
    NotFoundException,
    PatchOp,
    Resource,
    ResourceType,
    ResponseParameters,
    Schema,
    SearchRequest,
)

from sublet.core.directory import Condition
from sublet.people import operations, queries
from sublet.people.operations import GroupFacts, PersonFacts
from sublet.people.queries import GroupState, PersonState
from sublet.portals.api.declare import ApiRequest
from sublet.portals.api.scim.answers import bare, error, group_resource, said, user_resource
from sublet.portals.api.scim.asked import condition
from sublet.portals.api.scim.deltas import change_group, change_user, members_named, refuse_endless
from sublet.portals.api.scim.described import DEFAULT_SIZE, MOST_ROWS, PROVIDER, Group, User, config
from sublet.portals.api.scim.door import base_of, body_of, known_already, versions_wanted

LONGEST_FILTER = 4000
R = TypeVar("R", bound=Resource[Any])


# The service itself ---------------------------------------------------------------------------------------------------


def service(request: ApiRequest) -> HttpResponse:
    """What the service can do."""
    return said(_located(config(), request, "ServiceProviderConfig"), Context.RESOURCE_QUERY_RESPONSE)


def resource_types(request: ApiRequest) -> HttpResponse:
    """What there is: people and groups."""
    _refuse_filter(request)
    rows = [_located(each, request, f"ResourceTypes/{each.id}") for each in PROVIDER.resource_types]
    return said(_listed(ResourceType, rows, total=len(rows), start=1), Context.RESOURCE_QUERY_RESPONSE)


def resource_type(request: ApiRequest, name: str) -> HttpResponse:
    """One of them."""
    found = next((each for each in PROVIDER.resource_types if each.id == name), None)
    if found is None:
        raise NotFoundException(detail=_("There is nothing here"))
    return said(_located(found, request, f"ResourceTypes/{name}"), Context.RESOURCE_QUERY_RESPONSE)


def schemas(request: ApiRequest) -> HttpResponse:
    """How people and groups are described."""
    _refuse_filter(request)
    rows = [_located(each, request, f"Schemas/{each.id}") for each in PROVIDER.schemas]
    return said(_listed(Schema, rows, total=len(rows), start=1), Context.RESOURCE_QUERY_RESPONSE)


def schema(request: ApiRequest, urn: str) -> HttpResponse:
    """One of them."""
    found = next((each for each in PROVIDER.schemas if each.id == urn), None)
    if found is None:
        raise NotFoundException(detail=_("There is nothing here"))
    return said(_located(found, request, f"Schemas/{urn}"), Context.RESOURCE_QUERY_RESPONSE)


def not_done(request: ApiRequest) -> HttpResponse:
    """``/Me`` (a key is nobody) and ``/Bulk``: not part of this service."""
    return error(501, _("This service does not do that."))


# People ---------------------------------------------------------------------------------------------------------------


def users(request: ApiRequest) -> HttpResponse:
    """A page of people."""
    return _users(request, _search_in_address(request, User))


def search_users(request: ApiRequest) -> HttpResponse:
    """The same, with the question in the body."""
    return _users(request, _search_in_body(request, User))


def user(request: ApiRequest, ref: str) -> HttpResponse:
    """One person."""
    state = queries.directory_person(request.actor, ref)
    return _one(request, user_resource(state, base_of(request)), state.version, User)


def create_user(request: ApiRequest) -> HttpResponse:
    """Name a person."""
    raw = _completed(body_of(request), active=True)
    asked = User.model_validate(raw, scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    ref = operations.add_directory_person(facts=_person_facts(asked), actor=request.actor, at=request.at)
    state = queries.directory_person(request.actor, ref)
    return said(
        user_resource(state, base_of(request)),
        Context.RESOURCE_CREATION_RESPONSE,
        status=201,
        parameters=_parameters(request, User),
    )


def replace_user(request: ApiRequest, ref: str) -> HttpResponse:
    """Say everything of a person anew."""
    raw = body_of(request)

    def rewrite(state: PersonState) -> PersonFacts:
        asked = User.model_validate(
            _completed(raw, active=state.is_active), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST
        )
        asked.replace(user_resource(state, base_of(request)))
        return _person_facts(asked)

    return _user_changed(request, ref, rewrite, Context.RESOURCE_REPLACEMENT_RESPONSE)


def patch_user(request: ApiRequest, ref: str) -> HttpResponse:
    """Say some things of a person anew."""
    raw = body_of(request)
    refuse_endless(raw)
    patch = PatchOp[User].model_validate(raw, scim_ctx=Context.RESOURCE_PATCH_REQUEST)

    def rewrite(state: PersonState) -> PersonFacts:
        stored = user_resource(state, base_of(request))
        change_user(patch, stored)
        return _person_facts(stored)

    return _user_changed(request, ref, rewrite, Context.RESOURCE_PATCH_RESPONSE)


def delete_user(request: ApiRequest, ref: str) -> HttpResponse:
    """Name a person no more."""
    operations.remove_directory_person(
        person_ref=ref, versions=versions_wanted(request), actor=request.actor, at=request.at
    )
    return bare(204)


def _user_changed(request: ApiRequest, ref: str, rewrite: operations.RewritePerson, context: Context) -> HttpResponse:
    operations.change_directory_person(
        person_ref=ref, rewrite=rewrite, versions=versions_wanted(request), actor=request.actor, at=request.at
    )
    state = queries.directory_person(request.actor, ref)
    return said(user_resource(state, base_of(request)), context, parameters=_parameters(request, User))


def _users(request: ApiRequest, search: SearchRequest[Any]) -> HttpResponse:
    start, size = _page(search)
    people = queries.directory_people(
        request.actor, where=_where(search, User), start=start, size=size, groups=_wants(search, "groups")
    )
    rows = [user_resource(state, base_of(request)) for state in people.rows]
    return said(
        _listed(User, rows, total=people.total, start=start + 1), Context.RESOURCE_QUERY_RESPONSE, parameters=search
    )


def _completed(raw: Mapping[str, Any], *, active: bool) -> dict[str, Any]:
    """What a directory may leave out: that somebody is active, and an address that is the user name."""
    names = {key.lower(): key for key in raw}
    found = dict(raw)
    if raw.get(names.get("active", "")) is None:
        found.pop(names.get("active", ""), None)
        found["active"] = active
    called = raw.get(names.get("username", ""))
    if not raw.get(names.get("emails", "")) and isinstance(called, str):
        found.pop(names.get("emails", ""), None)
        found["emails"] = [{"value": called.strip(), "primary": True}]
    return found


def _person_facts(user: User) -> PersonFacts:
    document = user.model_dump(scim_ctx=Context.DEFAULT)
    for name in ("schemas", "id", "meta", "groups", "active"):
        document.pop(name, None)
    parts = user.name
    whole = " ".join(part for part in (parts.given_name, parts.family_name) if part) if parts is not None else ""
    emails = [each for each in user.emails or () if each.value]
    first = next((each for each in emails if each.primary), emails[0] if emails else None)
    return PersonFacts(
        user_name=(user.user_name or "").strip(),
        email=(first.value if first is not None else user.user_name) or "",
        name=user.display_name or (parts.formatted if parts is not None else None) or whole,
        external_id=user.external_id or "",
        language=user.preferred_language or user.locale or "",
        is_active=user.active is not False,
        document=document,
    )


# Groups ---------------------------------------------------------------------------------------------------------------


def groups(request: ApiRequest) -> HttpResponse:
    """A page of groups."""
    return _groups(request, _search_in_address(request, Group))


def search_groups(request: ApiRequest) -> HttpResponse:
    """The same, with the question in the body."""
    return _groups(request, _search_in_body(request, Group))


def group(request: ApiRequest, ref: str) -> HttpResponse:
    """One group."""
    parameters = _parameters(request, Group)
    state = queries.directory_group(request.actor, ref, members=_wants(parameters, "members"))
    return _one(request, group_resource(state, base_of(request)), state.version, Group)


def create_group(request: ApiRequest) -> HttpResponse:
    """Name a group."""
    asked = Group.model_validate(body_of(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST)
    ref = operations.add_directory_group(facts=_group_facts(asked), actor=request.actor, at=request.at)
    parameters = _parameters(request, Group)
    state = queries.directory_group(request.actor, ref, members=_wants(parameters, "members"))
    return said(
        group_resource(state, base_of(request)), Context.RESOURCE_CREATION_RESPONSE, status=201, parameters=parameters
    )


def replace_group(request: ApiRequest, ref: str) -> HttpResponse:
    """Say everything of a group anew."""
    asked = Group.model_validate(body_of(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST)
    operations.change_directory_group(
        group_ref=ref,
        rewrite=lambda _state: _group_facts(asked),
        versions=versions_wanted(request),
        actor=request.actor,
        at=request.at,
    )
    parameters = _parameters(request, Group)
    state = queries.directory_group(request.actor, ref, members=_wants(parameters, "members"))
    return said(group_resource(state, base_of(request)), Context.RESOURCE_REPLACEMENT_RESPONSE, parameters=parameters)


def patch_group(request: ApiRequest, ref: str) -> HttpResponse:
    """Say some things of a group anew; answered without a body, which could name thousands."""
    raw = body_of(request)
    refuse_endless(raw)
    patch = PatchOp[Group].model_validate(raw, scim_ctx=Context.RESOURCE_PATCH_REQUEST)

    def rewrite(state: GroupState) -> GroupFacts:
        stored = group_resource(state, base_of(request))
        change_group(patch, stored)
        return _group_facts(stored)

    operations.change_directory_group(
        group_ref=ref,
        rewrite=rewrite,
        only=members_named(patch),
        versions=versions_wanted(request),
        actor=request.actor,
        at=request.at,
    )
    state = queries.directory_group(request.actor, ref, members=False)
    return bare(204, state.version)


def delete_group(request: ApiRequest, ref: str) -> HttpResponse:
    """Name a group no more."""
    operations.remove_directory_group(
        group_ref=ref, versions=versions_wanted(request), actor=request.actor, at=request.at
    )
    return bare(204)


def _groups(request: ApiRequest, search: SearchRequest[Any]) -> HttpResponse:
    start, size = _page(search)
    found = queries.directory_groups(
        request.actor, where=_where(search, Group), start=start, size=size, members=_wants(search, "members")
    )
    rows = [group_resource(state, base_of(request)) for state in found.rows]
    return said(
        _listed(Group, rows, total=found.total, start=start + 1), Context.RESOURCE_QUERY_RESPONSE, parameters=search
    )


def _group_facts(group: Group) -> GroupFacts:
    return GroupFacts(
        name=group.display_name or "",
        external_id=group.external_id or "",
        members=tuple(dict.fromkeys(each.value for each in group.members or () if each.value)),
    )


# What both share ------------------------------------------------------------------------------------------------------


def _one(request: ApiRequest, resource: Resource[Any], version: int, model: type[Resource[Any]]) -> HttpResponse:
    if known_already(request, version):
        return bare(304, version)
    return said(resource, Context.RESOURCE_QUERY_RESPONSE, parameters=_parameters(request, model))


def _listed(model: type[R], rows: list[R], *, total: int, start: int) -> ListResponse[Any]:
    listed: type[ListResponse[Any]] = ListResponse[model]  # type: ignore[valid-type]  # chosen at run time
    return listed(total_results=total, start_index=start, items_per_page=len(rows), resources=rows)


def _located(resource: R, request: ApiRequest, place: str) -> R:
    copy = resource.model_copy(deep=True)
    copy.meta = Meta(resource_type=type(resource).__name__, location=f"{base_of(request)}/{place}")
    return copy


def _parameters(request: ApiRequest, model: type[Resource[Any]]) -> ResponseParameters[Any]:
    named = {name: request.GET[name] for name in ("attributes", "excludedAttributes") if request.GET.get(name)}
    parameters: type[ResponseParameters[Any]] = ResponseParameters[model]  # type: ignore[valid-type]  # as above
    return parameters.model_validate(named)


def _search_in_address(request: ApiRequest, model: type[Resource[Any]]) -> SearchRequest[Any]:
    known = ("filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder")
    return _search({name: request.GET[name] for name in known if request.GET.get(name)}, model)


def _search_in_body(request: ApiRequest, model: type[Resource[Any]]) -> SearchRequest[Any]:
    return _search(body_of(request), model)


def _search(raw: dict[str, Any], model: type[Resource[Any]]) -> SearchRequest[Any]:
    for name, value in raw.items():
        if name.lower() == "filter" and len(str(value)) > LONGEST_FILTER:
            raise InvalidFilterException(detail=_("This filter is too long."))
    wanted: type[SearchRequest[Any]] = SearchRequest[model]  # type: ignore[valid-type]  # as above
    try:
        return wanted.model_validate(raw)
    except RecursionError:
        raise InvalidFilterException(detail=_("This filter is too long.")) from None


def _where(search: SearchRequest[Any], model: type[Resource[Any]]) -> Condition | None:
    return condition(search.filter, model) if search.filter else None


def _page(search: SearchRequest[Any]) -> tuple[int, int]:
    size = DEFAULT_SIZE if search.count is None else min(search.count, MOST_ROWS)
    return min((search.start_index or 1) - 1, 10_000_000), size


def _wants(parameters: ResponseParameters[Any], name: str) -> bool:
    """Whether that attribute is asked for: members and groups are looked up only then."""
    if parameters.attributes:
        return any(name in str(path).lower() for path in parameters.attributes)
    return not any(str(path).lower().rpartition(":")[2] == name for path in parameters.excluded_attributes or ())


def _refuse_filter(request: ApiRequest) -> None:
    """RFC 7644, 4: a filter on what describes the service is forbidden."""
    if "filter" in request.GET:
        raise ForbiddenException(detail=_("This list is not filtered."))
