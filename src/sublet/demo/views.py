"""A stand-in for the host product: what opens when somebody in the demo follows a section's link.

A product of its own in all that matters: who comes it knows from `sublet.demo.sign_on` alone, by OpenID Connect.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.branding.queries import origin
from sublet.catalog.queries import current_manifest
from sublet.core.manifest import Section
from sublet.demo import designs, sign_on
from sublet.foundation.errors import NotFound
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest

COOKIE = "product"
REASON = "the host product asks by itself who comes, by OpenID Connect"


@public(REASON, asks_itself=True)
@require_http_methods(["GET", "HEAD", "POST"])
def product(request: SubletRequest, account: str, section: str) -> HttpResponseBase:
    """A section of the product, or its first page: in the account, with the rights and in the language that it is told."""
    place, visit = origin(request.site.host), request.impersonation_ref
    session = sign_on.session_of(request.COOKIES.get(COOKIE, ""), issuer=place, account=account, visit=visit)
    told = sign_on.told_of(session) if session is not None else None
    if told is None:
        return _begin(request, account=account, visit=visit, target=place + request.get_full_path())
    opened = _section_at(section)
    if section and opened is None:
        raise NotFound
    language = str(told.get("locale") or get_language() or "en")
    # In the hours of whoever reads: of the time at which a visit ends, the hour of another place would be a wrong one.
    with override(language), timezone.override(str(told.get("zoneinfo") or "UTC")):
        refused = opened is not None and opened.key not in told["sections"]
        level = told["sections"].get(opened.key, "") if opened is not None else ""
        form = _design_form(request, account, level) if opened is not None and opened.key == designs.SECTION else None
        posts = request.method == "POST"
        may_change = form is not None and level == "manage"
        if posts and form is not None and may_change and form.is_valid():
            return _design_saved(request, form, session)
        context = {
            "told": told,
            "product_icon": opened.icon if opened is not None else "apps",
            "product_title": opened.name.in_language(language) if opened is not None else request.site.brand.name,
            "level": level,
            "form": form if not refused else None,
            "may_change": may_change,
            "saved": request.GET.get("saved", "") if not posts else "",
            "open_sections": []
            if refused
            else _open(told, language, below=f"{f'/as/{visit}' if visit else ''}/app/{account}/"),
            "refused": refused,
            "back_url": f"{place}/as/{visit}/client/{account}/" if visit else reverse("home"),
            "visit": _banner(told, place) if visit else None,
        }
        status = 403 if refused or (posts and not may_change) else 422 if posts else 200
        return render(request, "demo/product.html", context, status=status)


def _design_form(request: SubletRequest, account: str, level: str) -> designs.DesignForm:
    """The form of the section in which something can be changed."""
    return designs.DesignForm(
        request.POST if request.method == "POST" and level == "manage" else None,
        initial=asdict(designs.design_of(account)),
        may_change=level == "manage",
    )


def _design_saved(request: SubletRequest, form: designs.DesignForm, session: sign_on.Session | None) -> HttpResponse:
    """Keep it, then tell Sublet in whose name: what the client is to read is in words that need no page of ours."""
    if session is None:
        raise NotFound
    before, after = designs.design_of(session.account), form.design()
    text, said = designs.told(before, after), "same"
    if text:
        designs.keep(session.account, after)
        heard = sign_on.report(session, section=designs.SECTION, text=text, place="/" + designs.SECTION)
        said = "told" if heard else "untold"
    return HttpResponseRedirect(f"{request.get_full_path().partition('?')[0]}?saved={said}")


@public(REASON)
@require_safe
def log_in(request: SubletRequest) -> HttpResponseBase:
    """A page of Sublet sends somebody here (third-party initiated login): sign on, in that account, and go to that page."""
    place = origin(request.site.host)
    account, _space, visit = request.GET.get("login_hint", "").partition(" ")
    target = request.GET.get("target_link_uri", "")
    if request.GET.get("iss") == place and target.startswith(f"{place}/bookings/") and ".." not in target:
        # The other product of the demo, which begins by itself; only one application begins where sections are opened.
        return HttpResponseRedirect(f"{place}/as/{visit}{target.removeprefix(place)}" if visit else target)
    if request.GET.get("iss") != place or not account or not sign_on.same_host(target, place):
        raise NotFound
    if visit:  # it stays in the address, and so in this one tab
        target = f"{place}/as/{visit}{target.removeprefix(place)}"
    return _begin(request, account=account, visit=visit, target=target)


@public(REASON)
@require_safe
def callback(request: SubletRequest) -> HttpResponseBase:
    """Back from Sublet, with a code or with the word why not."""
    name = _begun_cookie(request.GET.get("state", ""))
    begun = sign_on.begun_of(request.COOKIES.get(name, ""))
    if begun is None:
        return _failed(request, visit_over=False)
    try:
        cookie = sign_on.finish(begun, {name: request.GET.get(name, "") for name in request.GET})
    except sign_on.SignOnFailed:
        response = _failed(request, visit_over=bool(begun.visit))
    else:
        response = HttpResponseRedirect(begun.target)
        # Each account and each visit has a cookie of its own: they can be open in two tabs.
        path = (f"/as/{begun.visit}" if begun.visit else "") + f"/app/{begun.account}"
        secure = begun.issuer.startswith("https:")
        response.set_cookie(COOKIE, cookie, path=path, httponly=True, samesite="Lax", secure=secure)
    response.delete_cookie(name, path=sign_on.CALLBACK)
    return response


@csrf_exempt
@public("the provider tells of log-outs; the token says that it is the provider")
@require_POST
def notice(request: SubletRequest) -> HttpResponseBase:
    """Back-channel log-out."""
    heard = sign_on.hear(origin(request.site.host), request.POST.get("logout_token", ""))
    return HttpResponse(status=200 if heard else 400, headers={"Cache-Control": "no-store"})


def _begin(request: SubletRequest, *, account: str, visit: str, target: str) -> HttpResponseBase:
    place = origin(request.site.host)
    try:
        url, remembered = sign_on.begin(issuer=place, account=account, visit=visit, target=target)
    except sign_on.SignOnFailed:
        return _failed(request, visit_over=bool(visit))
    response = HttpResponseRedirect(url)
    state = sign_on.begun_of(remembered)
    response.set_cookie(
        _begun_cookie(state.state if state is not None else ""), remembered, path=sign_on.CALLBACK, max_age=600,
        httponly=True, samesite="Lax", secure=place.startswith("https:"),
    )  # fmt: skip
    return response


def _begun_cookie(state: str) -> str:
    return "begun-" + "".join(each for each in state[:8] if each.isalnum())


def _failed(request: SubletRequest, *, visit_over: bool) -> HttpResponse:
    context = {
        "product_title": request.site.brand.name,
        "product_icon": "lock",
        "back_url": reverse("home"),
        "visit_over": visit_over,
        "failed": True,
    }
    return render(request, "demo/product.html", context, status=403)


def _section_at(path: str) -> Section | None:
    """The section of the manifest at that place below an account."""
    manifest = current_manifest()
    return next(
        (
            each
            for each in (manifest.sections if manifest is not None else ())
            if path
            and "/app/" in each.address
            and each.address.partition("{account}/")[2].strip("/") == path.strip("/")
        ),
        None,
    )


def _open(told: dict[str, Any], language: str, *, below: str) -> list[dict[str, str]]:
    """What is open, in the manifest's order, with addresses in the same tab's account and visit."""
    manifest = current_manifest()
    return [
        {
            "name": each.name.in_language(language),
            "level": told["sections"][each.key],
            "url": below + each.address.partition("{account}/")[2],
        }
        for each in (manifest.sections if manifest is not None else ())
        if each.key in told["sections"] and "/app/" in each.address
    ]


def _banner(told: dict[str, Any], place: str) -> dict[str, Any] | None:
    """What docs/howto/visits.md wants shown, from the claim `act`."""
    act = told.get("act")
    if act is None:
        return None
    return {
        "impersonator": act["name"],
        "acting_as": act["acting_as"],
        "account_name": told["account_name"],
        "ends_at": datetime.fromtimestamp(act["exp"], UTC),
        "back_url": f"{place}/as/{act['visit']}/client/{told['account']}/",
    }
