"""Single sign-on between programs: what an application asks us for, without a browser."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.branding.queries import origin
from sublet.core.signon import SCOPES, claims_of
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest
from sublet.signon import operations, queries
from sublet.signon.queries import KnownApplication

_WHY = "an application shows its secret, and the token whose it is"
_LARGEST = 64 * 1024


@public("what there is to know about this issuer")
@require_safe
def configuration(request: SubletRequest) -> HttpResponseBase:
    """OpenID Connect Discovery. The issuer is this host."""
    place = origin(request.site.host)

    def at(name: str) -> str:
        return place + reverse(name)

    body: dict[str, Any] = {
        "issuer": place,
        "authorization_endpoint": at("sign-on"),
        "token_endpoint": at("sign-on-token"),
        "userinfo_endpoint": at("sign-on-userinfo"),
        "jwks_uri": at("sign-on-keys"),
        "end_session_endpoint": at("sign-on-end"),
        "introspection_endpoint": at("sign-on-introspect"),
        "revocation_endpoint": at("sign-on-revoke"),
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account"],
        "claims_supported": [
            "sub", "iss", "aud", "exp", "iat", "auth_time", "amr", "nonce", "sid", "name", "locale", "zoneinfo",
            "email", "email_verified", "account", "account_name", "account_kind", "reseller", "sections", "brand", "act",
            "looking",
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }  # fmt: skip
    return _kept(JsonResponse(body), 300)


@public("public keys are for everybody")
@require_safe
def keys(request: SubletRequest) -> HttpResponseBase:
    """The public halves of the signing keys (RFC 7517). A new one is here an hour before it signs."""
    at = now()
    operations.make_first_keys(at=at)
    return _kept(JsonResponse({"keys": queries.published_keys(at)}), 900)


def _kept(response: HttpResponse, seconds: int) -> HttpResponse:
    response["Cache-Control"] = f"public, max-age={seconds}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@csrf_exempt
@public(_WHY)
@require_POST
def token(request: SubletRequest) -> HttpResponseBase:
    """Tokens for a code or a refresh token (RFC 6749)."""
    form, application = _program(request)
    if application is None:
        return _who()
    at = now()
    shared: dict[str, Any] = {
        "application_ref": application.ref,
        "site": request.site,
        "request_id": request.request_id,
        "host": request.site.host,
        "at": at,
    }
    kind = form.get("grant_type", "")
    try:
        if kind == "authorization_code":
            issued = operations.redeem_code(
                code=form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
                **shared,
            )
        elif kind == "refresh_token":
            issued = operations.refresh_sign_on(refresh_token=form.get("refresh_token", ""), **shared)
        else:
            return _no("unsupported_grant_type" if kind else "invalid_request")
    except operations.CannotSignOn as refusal:
        return _no(refusal.code)
    body: dict[str, Any] = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.seconds,
        "scope": " ".join(issued.scopes),
        "id_token": issued.id_token,
    }
    if issued.refresh_token:
        body["refresh_token"] = issued.refresh_token
    return JsonResponse(body)


@csrf_exempt
@public(_WHY)
@require_http_methods(["GET", "POST"])
def userinfo(request: SubletRequest) -> HttpResponseBase:
    """What the person behind an access token may do now."""
    scheme, _separator, secret = request.headers.get("Authorization", "").partition(" ")
    standing = None
    if scheme.lower() == "bearer":
        standing = queries.standing_of_access_token(
            secret.strip(), site=request.site, request_id=request.request_id, at=now()
        )
    if standing is None:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return JsonResponse(claims_of(standing.facts, standing.sign_on.scopes.split()))


@csrf_exempt
@public(_WHY)
@require_POST
def introspect(request: SubletRequest) -> HttpResponseBase:
    """Whether an access token of the same application still stands, and for what (RFC 7662)."""
    form, application = _program(request)
    if application is None:
        return _who()
    found = queries.introspected(
        form.get("token", ""),
        application_ref=application.ref,
        site=request.site,
        request_id=request.request_id,
        at=now(),
    )
    return JsonResponse(found or {"active": False})


@csrf_exempt
@public(_WHY)
@require_POST
def revoke(request: SubletRequest) -> HttpResponseBase:
    """Make a token worthless (RFC 7009)."""
    form, application = _program(request)
    if application is None:
        return _who()
    operations.revoke_token(
        token=form.get("token", ""), application_ref=application.ref, host=request.site.host, at=now()
    )
    return HttpResponse(status=200)


def _program(request: SubletRequest) -> tuple[dict[str, str], KnownApplication | None]:
    """The parameters, and the application that shows its secret (Basic or in the body, never both).

    A parameter that is given twice counts as not given.
    """
    if request.impersonation_ref:
        raise NotFound
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > _LARGEST:
        return {}, None
    form = {name: values[0] for name, values in request.POST.lists() if len(values) == 1 and "\x00" not in values[0]}
    scheme, _separator, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _separator, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return form, None
        if "client_secret" in form:
            return form, None
        ref, secret = unquote_plus(name), unquote_plus(secret)
        if form.get("client_id", ref) != ref:
            return form, None
    else:
        ref, secret = form.get("client_id", ""), form.get("client_secret", "")
    return form, queries.proved_application(ref, secret)


def _who() -> HttpResponse:
    body = json.dumps({"error": "invalid_client"})
    return HttpResponse(
        body, status=401, content_type="application/json", headers={"WWW-Authenticate": 'Basic realm="sign-on"'}
    )


def _no(code: str) -> HttpResponse:
    return JsonResponse({"error": code}, status=400)
