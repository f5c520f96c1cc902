"""The brand page, the same in every portal: own fields over inherited ones, and a preview that follows while one types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.messages import success
from django.forms import BoundField
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.operations import CannotChangeBrand
from sublet.branding.queries import PICTURES, BrandField, BrandView, EditableBrand
from sublet.core.colors import Readability, parse_color, readability, to_hex
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound
from sublet.portals.shared.asking import only_look
from sublet.portals.shared.brand_forms import BrandForm
from sublet.portals.shared.csp import ALONE
from sublet.portals.shared.http import SubletRequest


@dataclass(frozen=True, slots=True)
class BrandPlace:
    """Where a brand page stands: the account, the template that the page extends, and what that template needs."""

    account_ref: str
    url: str
    hosts_url: str
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None
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
    """The page, and by POST the change."""
    brand = branding_queries.brand_to_edit(place.account_ref)
    if request.method != "POST":
        refresh_site(request)
        return _page(request, place, brand, BrandForm(brand=brand))
    form = BrandForm(request.POST, request.FILES, brand=brand)
    if not form.is_valid():
        return _page(request, place, brand, form, status=422)
    try:
        branding_operations.change_brand(
            account_ref=place.account_ref,
            changes=form.changes,
            pictures=form.pictures,
            version=form.cleaned_data["version"],
            actor=request.actor,
            at=now(),
        )
    except CannotChangeBrand as refusal:
        form.refuse(refusal)
        return _page(request, place, brand, form, status=refusal.status)
    success(request, _("The brand was saved."))
    return HttpResponseRedirect(place.url)


def _page(
    request: SubletRequest, place: BrandPlace, brand: EditableBrand, form: BrandForm, status: int = 200
) -> HttpResponse:
    color = _color_shown(form, brand)
    context = {
        **(place.frame or {}),
        "base": place.base,
        "framed": place.frame is not None,
        "brand": brand,
        "view": _preview(brand, place),
        "form": form,
        "rows": {name: _row(form, brand, name) for name in brand.fields if name not in PICTURES},
        "pictures": [_picture(form, brand, name, place) for name in PICTURES],
        "may_change": request.actor.may("brand:manage"),
        "why_not": only_look(request, "brand:manage"),
        "color": color,
        "told": told_of(color),
        "preview_url": f"{reverse('brand-preview-style')}?{urlencode({'color': color})}",
        "where": _where(brand, place),
        "hosts_url": place.hosts_url,
        "title": _("Brand"),
        "lead": _lead(brand),
    }
    return render(request, "brand/page.html", context, status=status)


def told_of(color: str) -> Readability | None:
    """How well the color reads; None while it is none."""
    return readability(color) if parse_color(color) is not None else None


def _color_shown(form: BrandForm, brand: EditableBrand) -> str:
    typed = parse_color(str(form["color"].value() or ""))
    return to_hex(typed) if typed is not None else brand.view.color


def _line(state: BrandField, brand: EditableBrand) -> str:
    if state.own and state.inherited:
        return _("Own value. Empty it to show “%(value)s” again.") % {"value": state.inherited}
    if state.own:
        return ""
    if state.inherited and state.origin == brand.account_name:
        return _("Empty: the name of the account is shown.")
    if state.inherited and state.origin:
        return _("Inherited from %(account)s") % {"account": state.origin}
    return ""


def _row(form: BrandForm, brand: EditableBrand, name: str) -> FieldRow:
    return FieldRow(field=form[name], state=brand.fields[name], line=_line(brand.fields[name], brand))


def picture_answer(found: tuple[bytes, str] | None) -> HttpResponseBase:
    """A picture (bytes, media type) for the page on which its brand is edited. Raises NotFound for none."""
    if found is None:
        raise NotFound
    # Opened alone it may do nothing at all: it comes from whoever edits the brand, and stands on the portal's own host.
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": ALONE}
    return HttpResponse(found[0], content_type=found[1], headers=headers)


def _preview(brand: EditableBrand, place: BrandPlace) -> BrandView:
    """The brand as the preview shows it; one picture may stand in for another."""
    own = {brand.fields[name].own for name in PICTURES} - {""}

    def at(url: str) -> str:
        digest = url.rpartition("/")[2]
        return place.picture_url(digest) if digest in own else url

    view = brand.view
    return replace(view, logo_url=at(view.logo_url), logo_dark_url=at(view.logo_dark_url), icon_url=at(view.icon_url))


def _picture(form: BrandForm, brand: EditableBrand, name: str, place: BrandPlace) -> PictureRow:
    state = brand.fields[name]
    line = _("Inherited from %(account)s") % {"account": state.origin} if state.origin and not state.own else ""
    grounds = {"logo": ("light",), "logo_dark": ("dark",), "icon": ("light", "dark")}[name]
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
