"""The brand page, the same in every portal: own fields over inherited ones, and a preview that follows while one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.messages import success
from django.forms import BoundField
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.events import FIELDS as FIELD_NAMES
from sublet.branding.images import main_colors
from sublet.branding.operations import CannotChangeBrand
from sublet.branding.operations.brands import MOST_VERSIONS
from sublet.branding.queries import PICTURES, BrandField, EditableBrand
from sublet.core.brandfields import LANGUAGES
from sublet.core.colors import Readability, parse_color, readability, suggestions, to_hex
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.brand_forms import CHOICE_LABELS, BrandForm, choice_label
from sublet.portals.shared.components import Tab
from sublet.portals.shared.csp import ALONE, allow_own_frames
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS

#: Older ones are folded away: on a phone the preview stands below them.
VERSIONS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class BrandPlace:
    """Where a brand page stands: the account, the template that the page extends, and what that template needs."""

    account_ref: str
    url: str
    hosts_url: str
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None
    preview_url: str = ""
    #: Where the account's own pictures are, by their digest: `/brand/` shows those of the host alone, and the account may
    #: have another host, or none.
    picture_url: Callable[[str], str] = "/brand/{}".format


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the form with what lies under it."""

    field: BoundField
    state: BrandField
    line: str  # where the value comes from, in words

    @property
    def can_be_taken_back(self) -> bool:
        """Whether there is an own value over an inherited one."""
        return bool(self.state.own)


@dataclass(frozen=True, slots=True)
class PictureRow:
    """A picture of the form: the present one's address, and on which grounds it is shown."""

    field: BoundField
    state: BrandField
    line: str
    url: str
    grounds: tuple[str, ...]


def refresh_site(request: SubletRequest) -> None:
    """Show the page in the brand as it is now: another process may have changed it within the last second."""
    request.site = branding_queries.fresh_host_view(request.site.host) or request.site


def brand_page(request: SubletRequest, place: BrandPlace) -> HttpResponseBase:
    """The page, and by POST what its buttons do: publish, keep as a draft, discard the draft, publish an older version."""
    language = request.GET.get("language", "")
    language = language if language in LANGUAGES else ""
    brand = branding_queries.brand_to_edit(place.account_ref, draft=True)
    if request.method != "POST":
        refresh_site(request)
        return _page(request, place, brand, BrandForm(brand=brand, language=language), language)
    act = request.POST.get("act", "publish")
    if act in {"discard", "restore", "publish-draft"}:
        return _done_with(request, place, brand, act)
    form = BrandForm(request.POST, request.FILES, brand=brand, language=language)
    if not form.is_valid():
        return _page(request, place, brand, form, language, status=422)
    facts = {
        "account_ref": place.account_ref,
        "changes": form.changes,
        "pictures": form.pictures,
        "version": form.cleaned_data["version"],
        "actor": request.actor,
        "at": now(),
    }
    try:
        if act == "draft":
            branding_operations.save_draft(**facts)
            success(request, _("The draft was saved. Nobody else sees it before it is published."))
        else:
            branding_operations.change_brand(**facts, with_draft=True)
            success(request, _("The brand was saved."))
    except CannotChangeBrand as refusal:
        form.refuse(refusal)
        return _page(request, place, brand, form, language, status=refusal.status)
    return HttpResponseRedirect(_in_language(place, language))


def _done_with(request: SubletRequest, place: BrandPlace, brand: EditableBrand, act: str) -> HttpResponseBase:
    """What is done with the draft or a version as a whole."""
    sent, number = request.POST.get("version", ""), request.POST.get("number", "")
    facts: dict[str, Any] = {
        "account_ref": place.account_ref,
        "version": int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else -1,
        "actor": request.actor,
        "at": now(),
    }
    try:
        if act == "discard":
            branding_operations.discard_draft(**facts)
            success(request, _("The draft was discarded."))
        elif act == "publish-draft":
            branding_operations.publish_draft(**facts)
            success(request, _("The brand was saved."))
        elif not (number.isascii() and number.isdigit() and len(number) < 10):
            raise NotFound
        else:
            branding_operations.publish_version(number=int(number), **facts)
            success(request, _("Version %(number)s is published again.") % {"number": number})
    except CannotChangeBrand as refusal:
        form = BrandForm(brand=brand)
        return _page(request, place, brand, form, "", status=refusal.status, refused=refusal.sentence)
    return HttpResponseRedirect(place.url)


def _in_language(place: BrandPlace, language: str) -> str:
    return f"{place.url}?{urlencode({'language': language})}" if language else place.url


def _page(
    request: SubletRequest,
    place: BrandPlace,
    brand: EditableBrand,
    form: BrandForm,
    language: str,
    status: int = 200,
    refused: str = "",
) -> HttpResponse:
    color = brand.view.color if language else _color_shown(form, brand)
    states = brand.local[language] if language else brand.fields
    versions = _versions(place)
    allow_own_frames(request)
    context = {
        **(place.frame or {}),
        "base": place.base,
        "framed": place.frame is not None,
        "brand": brand,
        "form": form,
        "refused": refused,
        "rows": {name: _row(form, brand, states[name]) for name in states if name not in PICTURES},
        "pictures": {} if language else {name: _picture(form, brand, name, place) for name in PICTURES},
        "may_change": request.actor.may("brand:manage"),
        "why_not": only_look(request, "brand:manage"),
        "color": color,
        "told": told_of(color),
        "suggested": () if language else suggested_colors(brand),
        "language": language,
        "languages": [
            Tab(_("All languages"), place.url, not language),
            *(Tab(AUTONYMS[each], _in_language(place, each), each == language) for each in LANGUAGES),
        ],
        "versions": versions[:VERSIONS_SHOWN],
        "older_versions": versions[VERSIONS_SHOWN:],
        "preview_url": place.preview_url,
        "preview_language": language or get_language(),
        "where": _where(brand, place),
        "hosts_url": place.hosts_url,
        "action_url": _in_language(place, language),
        "title": _("Brand"),
        "lead": _lead(brand),
    }
    return render(request, "brand/page.html", context, status=status)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version, in words."""

    number: int
    fields: str
    by: str
    at: datetime
    now: bool


def _versions(place: BrandPlace) -> list[VersionRow]:
    found = branding_queries.versions_of(place.account_ref, most=MOST_VERSIONS)
    return [
        VersionRow(
            number=each.number,
            fields=", ".join(str(FIELD_NAMES.get(field, field)) for field in each.changed),
            by=each.published_by,
            at=each.published_at,
            now=place_in_list == 0,
        )
        for place_in_list, each in enumerate(found)
    ]


def suggested_colors(brand: EditableBrand) -> tuple[str, ...]:
    """Colors from the account's own logo that read well; empty while it has none."""
    digest = brand.fields["logo"].own or brand.fields["icon"].own
    return _suggested(digest, brand.account_id) if digest else ()


@lru_cache(maxsize=500)
def _suggested(digest: str, account_id: int) -> tuple[str, ...]:
    found = branding_queries.picture(digest, account_ids=[account_id])
    return suggestions(main_colors(found[0])) if found is not None else ()


def told_of(color: str) -> Readability | None:
    """How well the color reads; None while it is none."""
    return readability(color) if parse_color(color) is not None else None


def _color_shown(form: BrandForm, brand: EditableBrand) -> str:
    typed = parse_color(str(form["color"].value() or ""))
    return to_hex(typed) if typed is not None else brand.view.color


def _line(state: BrandField, brand: EditableBrand, language: str) -> str:
    inherited = choice_label(state.name, state.inherited) if state.name in CHOICE_LABELS else state.inherited
    if state.own and state.own == state.inherited:
        return _("Own value; without it the same is shown.")
    if state.own and state.inherited:
        return _("Own value. Empty it to show “%(value)s” again.") % {"value": inherited}
    if state.own:
        return ""
    if state.inherited and state.origin == brand.account_name:
        return _("Empty: the name of the account is shown.")
    if state.inherited and state.origin:
        return _("Inherited from %(account)s") % {"account": state.origin}
    if state.inherited and language:
        return _("As in all languages")
    return ""


def _row(form: BrandForm, brand: EditableBrand, state: BrandField) -> FieldRow:
    return FieldRow(field=form[state.name], state=state, line=_line(state, brand, form.language))


def picture_answer(found: tuple[bytes, str] | None) -> HttpResponseBase:
    """A picture (bytes, media type) for the page on which its brand is edited. Raises NotFound for none."""
    if found is None:
        raise NotFound
    # Opened alone it may do nothing at all: it comes from whoever edits the brand, and stands on the portal's own host.
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": ALONE}
    return HttpResponse(found[0], content_type=found[1], headers=headers)


def _picture(form: BrandForm, brand: EditableBrand, name: str, place: BrandPlace) -> PictureRow:
    state = brand.fields[name]
    line = _("Inherited from %(account)s") % {"account": state.origin} if state.origin and not state.own else ""
    grounds = {"logo_dark": ("dark",), "icon": ("light", "dark")}.get(name, ("light",))
    url = place.picture_url(state.own) if state.own else f"/brand/{state.inherited}" if state.inherited else ""
    return PictureRow(field=form[name], state=state, line=line, url=url, grounds=grounds)


def _lead(brand: EditableBrand) -> str:
    return {
        RESELLER: _("What your clients see: on every page, in every mail. Each client may have its own on top of it."),
        CLIENT: _("What this client’s own people see. What is empty comes from your brand; they cannot change it."),
        DIRECT: _("What your own addresses show."),
    }.get(brand.account_kind, _("What the vendor’s host, resellers’ first steps and direct accounts show."))


def _where(brand: EditableBrand, place: BrandPlace) -> str:
    """A client's or direct account's brand shows on addresses of its own; said when there is none."""
    if brand.account_kind not in {CLIENT, DIRECT} or branding_queries.has_own_host(brand.account_id):
        return ""
    if brand.account_kind == CLIENT:
        return _("This client has no address of its own yet: its people log in on yours and see your brand there.")
    return _("This account has no address of its own yet. The brand shows as soon as it has one.")
