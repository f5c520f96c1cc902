"""The way in of every operation: language, key, right, scope, pace, once only; and a problem for every "no"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation.trans_real import parse_accept_lang_header

from sublet.core.rights import CLIENT, DIRECT, RESELLER, VENDOR
from sublet.foundation.clock import now
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.portals.api import problems
from sublet.portals.api.auth import as_told, count_look_up, entry_of
from sublet.portals.api.declare import DECLARED, MULTIPART, SIGN_ON, ApiRequest, Declared, needs_of
from sublet.portals.api.idempotency import answered_once
from sublet.portals.api.problems import FieldFault, Problem
from sublet.portals.api.schemas.accounts import ClientDetails
from sublet.portals.api.signed_on import refuse_in_visit, signed_on

Work = Callable[..., HttpResponseBase]
#: Which kinds of account a host serves, by the kind of its own. What nobody here can use does not exist here.
SERVED: Mapping[str, frozenset[str]] = {
    VENDOR: frozenset({VENDOR, RESELLER, DIRECT}),
    RESELLER: frozenset({RESELLER, CLIENT}),
    CLIENT: frozenset({CLIENT}),
    DIRECT: frozenset({DIRECT}),
}


def entrance(name: str, work: Work) -> Work:
    """The view of one address: `work` is ninja's, reached only by those who may."""
    methods = DECLARED[name]

    def view(request: HttpRequest, **values: Any) -> HttpResponseBase:
        ours = cast(ApiRequest, request)
        with translation.override(language_of(ours)):
            try:
                response = _admitted(ours, methods, work, values)
            except Exception as fault:  # the last resort: whatever it is, the caller gets a problem
                response = problems.answer_to(ours, fault)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        return _headers_alone(response) if request.method == "HEAD" else response

    view.__name__ = name
    view.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie lets anybody in here
    view.needs = needs_of(name)  # type: ignore[attr-defined]  # read by the architecture test and the probes
    kinds = dict.fromkeys(kind for each in methods.values() for kind in each.kinds)
    view.portals = tuple(kinds)  # type: ignore[attr-defined]  # read by the architecture test and the probes
    view.operations = methods  # type: ignore[attr-defined]  # as above
    return view


def _headers_alone(response: HttpResponseBase) -> HttpResponseBase:
    """The answer to HEAD: what GET would say, without the body."""
    if isinstance(response, HttpResponse):
        length = len(response.content)
        response.content = b""
        response["Content-Length"] = str(length)
        return response
    bare = HttpResponse(status=response.status_code, headers=dict(response.items()))
    response.close()
    return bare


def nothing_here(request: HttpRequest, **values: Any) -> HttpResponseBase:
    """Every other address below ``/api/``."""
    ours = cast(ApiRequest, request)
    language = language_of(ours)
    with translation.override(language):
        return problems.of_kind(request, "not-found", headers={"Content-Language": language})


nothing_here.csrf_exempt = True  # type: ignore[attr-defined]  # changes nothing
nothing_here.needs = "public"  # type: ignore[attr-defined]  # read by the architecture test
nothing_here.reason = "there is nothing"  # type: ignore[attr-defined]  # as above


def language_of(request: ApiRequest) -> str:
    """The caller's (``Accept-Language``), else the host's, else English. Cookies are a browser's, not a program's."""
    known = {code for code, _name in settings.LANGUAGES}
    asked = [
        code.split("-")[0] for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    wanted = [*asked, request.site.account_language, request.site.brand.language]
    return next((code for code in wanted if code in known), "en")


def served_methods(methods: Mapping[str, Declared], site_kind: str) -> dict[str, Declared]:
    """Those operations of an address that somebody can use on a host of that kind."""
    here = SERVED[site_kind]
    return {method: each for method, each in methods.items() if here & set(each.kinds)}


def _admitted(
    request: ApiRequest, methods: Mapping[str, Declared], work: Work, values: dict[str, Any]
) -> HttpResponseBase:
    served = served_methods(methods, request.site.account_kind)
    if not served or request.impersonation_ref:
        raise NotFound
    allow = ", ".join(sorted({*served, "OPTIONS", *(["HEAD"] if "GET" in served else [])}))
    if request.method == "OPTIONS":
        return HttpResponse(status=204, headers={"Allow": allow})
    declared = served.get("GET" if request.method == "HEAD" else request.method or "")
    if declared is None:
        raise Problem("method-not-allowed", headers={"Allow": allow})
    request.at = now()
    if declared.caller == SIGN_ON:
        request.by_sign_on = True
        found = signed_on(request, request.at)
        request.entry, request.application = found.entry, found.application
        refuse_in_visit(request.entry, declared.id)
    else:
        request.entry = entry_of(request, request.at, ends=declared.ends)
    request.actor = request.entry.actor
    try:
        _let_in(request, declared, values)
    except Forbidden as fault:
        raise as_told(request.entry, fault) from None
    _look_at(request, declared)
    zone = ZoneInfo(request.entry.account.timezone)
    with actor_scope(request.actor), timezone.override(zone):
        return answered_once(request, declared, lambda: _answer(request, work, values))


def _answer(request: ApiRequest, work: Work, values: dict[str, Any]) -> HttpResponseBase:
    """What the operation says; a "no" is a response here already, so that nothing it began is kept beside it."""
    try:
        if request.method == "HEAD":
            request.method = "GET"
            try:
                return work(request, **values)
            finally:
                request.method = "HEAD"
        return work(request, **values)
    except Exception as fault:  # as in `entrance`
        return problems.answer_to(request, as_told(request.entry, fault))


def _let_in(request: ApiRequest, declared: Declared, values: Mapping[str, Any]) -> None:
    if request.actor.account_kind not in declared.kinds:
        raise Problem("wrong-account")
    right = declared.needs.for_actor(request.actor)
    if "account" in values:
        right = declared.needs.for_account(request.actor, str(values["account"]))
    if right and not (request.actor.may(right) or (declared.ends and request.actor.may_end(right))):
        raise Forbidden(right)
    if declared.answer is ClientDetails and not values.keys().isdisjoint({"client", "account"}):
        count_look_up(request.entry)


def _look_at(request: ApiRequest, declared: Declared) -> None:
    """What can be said of a request before it is read: size, media type, names in the address."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    size = int(length) if length.isascii() and length.isdigit() else 0
    if size > declared.most_bytes:
        raise Problem("too-large")
    if declared.body and size and (request.content_type or "").lower() not in (declared.body, *declared.also):
        raise Problem("unsupported-media-type", media=declared.body)
    if declared.body == MULTIPART and not size:
        raise Problem("unsupported-media-type", media=declared.body)
    known = query_names()[declared.id]
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise _Unknown(unknown)


class _Unknown(problems.Invalid):
    def __init__(self, names: list[str]) -> None:
        Exception.__init__(self)
        self.errors = [FieldFault(field=name, fault="extra_forbidden", params={}) for name in names[:20]]


@cache
def query_names() -> dict[str, frozenset[str]]:
    """Operation → the names that its address may carry after the question mark."""
    from sublet.portals.api.document import ninja_document  # made once all routes are there

    with platform_scope("the document of the API holds no tenant's data"):
        return {
            operation["operationId"]: frozenset(
                each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
            )
            for methods in ninja_document()["paths"].values()
            for operation in methods.values()
        }
