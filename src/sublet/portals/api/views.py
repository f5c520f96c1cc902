"""The pages about the API: the reference, the document, what each problem means. For everybody, in the host's brand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.branding.queries import origin
from sublet.core.rights import VENDOR
from sublet.foundation.errors import NotFound
from sublet.portals.api import problems
from sublet.portals.api.document import BASE, VENDORS_OWN, document, kinds_of_host
from sublet.portals.api.reference import operations_of
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest

WHY = "how to use the API is no secret"


def _document(request: SubletRequest) -> dict[str, Any]:
    site = request.site
    return document(
        title=_("%(brand)s API") % {"brand": site.brand.name},
        server=origin(site.host),
        kinds=kinds_of_host(site.account_kind),
    )


@public(WHY)
@require_safe
def openapi(request: SubletRequest) -> HttpResponseBase:
    """The document for programs."""
    return HttpResponse(msgspec.json.encode(_document(request)), content_type="application/json")


@public(WHY)
@require_safe
def reference(request: SubletRequest) -> HttpResponseBase:
    """The same for people."""
    found = _document(request)
    return render(
        request,
        "api/reference.html",
        {
            "title": found["info"]["title"],
            "introduction": found["info"]["description"].strip().split("\n\n"),
            "groups": operations_of(found),
            "host": origin(request.site.host),
            "base": BASE,
        },
    )


@dataclass(frozen=True, slots=True)
class Said:
    """One kind of problem on its page."""

    slug: str
    title: str
    status: int
    text: str
    codes: tuple[tuple[str, str], ...] = ()


def _known(request: SubletRequest) -> Mapping[str, Said]:
    """The problems that somebody can meet on this host."""
    kinds = kinds_of_host(request.site.account_kind)
    found = {
        code: Said(code, str(kind.title), kind.status, str(kind.text) % {"right": "…", "media": "…"})
        for code, kind in problems.KINDS.items()
        if code != "wrong-manifest" or VENDOR in kinds
    }
    for refusal in problems.refusal_kinds(kinds):
        slug = problems.slug_of(refusal)
        codes = tuple(
            (problems.code_of(refusal, code), _without_values(str(sentence)))
            for code, sentence in sorted(refusal.SENTENCES.items())
            if VENDOR in kinds or problems.code_of(refusal, code) not in VENDORS_OWN
        )
        found[slug] = Said(
            slug, _("That cannot be done"), refusal.status, _("The code says why; nothing was changed."), codes
        )
    return found


def _without_values(sentence: str) -> str:
    """A sentence with placeholders, as it reads when nothing fills them."""

    class Dots(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "…"

    return sentence % Dots()


@public(WHY)
@require_safe
def problem_list(request: SubletRequest) -> HttpResponseBase:
    """Every kind of problem."""
    return render(request, "api/problems.html", {"rows": tuple(_known(request).values())})


@public(WHY)
@require_safe
def problem_page(request: SubletRequest, slug: str) -> HttpResponseBase:
    """What one kind of problem means: the page that its `type` names."""
    said = _known(request).get(slug)
    if said is None:
        raise NotFound
    return render(request, "api/problem.html", {"said": said})
