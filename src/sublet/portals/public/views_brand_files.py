"""What browsers fetch beside a page: all of it the host's brand, none of it the software's or the vendor's."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sublet.branding import images
from sublet.branding import queries as branding_queries
from sublet.branding.queries import BrandView
from sublet.core.brandfields import CORNERS, FONTS
from sublet.core.colors import parse_color, readability, style_sheet, style_version, to_hex
from sublet.foundation.errors import NotFound
from sublet.portals.shared.csp import ALONE
from sublet.portals.shared.guard import public
from sublet.portals.shared.http import SubletRequest

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
FOR_EVER = "public, max-age=31536000, immutable"
#: An icon may change; until the browser has asked again it shows the old one.
SHORT = "public, max-age=300"
APP_ICON_SIZES = (16, 32, 48, 96, 128, 192, 256, 384, 512)
#: Of those, the ones that telephones cut to a shape of their own.
MASKABLE_SIZES = (192, 512)
FAVICON_SIZES, TOUCH_SIZE = (16, 32, 48), 180


def _file(request: HttpRequest, data: bytes, kind: str, cache: str) -> HttpResponseBase:
    """A file with its fingerprint: whoever has it already is told so."""
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(data, content_type=kind)
    response.headers["Cache-Control"] = cache
    response.headers["ETag"] = tag
    response.headers["Content-Security-Policy"] = ALONE
    return response


@public("the brand's colors, before anybody logs in")
@require_safe
def style(request: SubletRequest) -> HttpResponseBase:
    """The custom properties of the host's brand. Kept for ever under the version that its page asks for."""
    brand, asked = request.site.brand, request.GET.get("v", "")
    if asked and asked != style_version(*brand.look):
        # The page may come from a process that knows of a change which this one has not seen yet.
        fresh = branding_queries.fresh_host_view(request.site.host)
        brand = fresh.brand if fresh is not None else brand
    cache = FOR_EVER if asked == style_version(*brand.look) else "no-cache"
    return _file(request, style_sheet(*brand.look).encode(), "text/css; charset=utf-8", cache)


@public("the brand's pictures, before anybody logs in, and in mails")
@require_safe
def picture(request: SubletRequest, digest: str) -> HttpResponseBase:
    """A logo or icon of the accounts whose brand shows on this host; on any other host it is not there."""
    found = branding_queries.picture(digest, account_ids=request.site.donor_ids) if _DIGEST.match(digest) else None
    if found is None:
        raise NotFound
    response = _file(request, found[0], found[1], FOR_EVER)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail programs in browsers show it, too
    return response


@lru_cache(maxsize=256)
def _icon(digest: str, account_ids: tuple[int, ...], name: str, color: str, size: int) -> bytes:
    found = branding_queries.picture(digest, account_ids=account_ids) if digest else None
    return images.icon_at(found[0], size=size) if found else images.letter_icon(name, color=color, size=size)


def _icon_of(request: SubletRequest, size: int) -> bytes:
    brand: BrandView = request.site.brand
    digest = brand.icon_url.rpartition("/")[2]
    return _icon(digest, request.site.donor_ids, brand.name, brand.color, size)


@public("browsers ask for it by themselves")
@require_safe
def favicon(request: SubletRequest) -> HttpResponseBase:
    """The brand's icon, or the first letter of its name on its color."""
    return _file(request, images.as_ico(*(_icon_of(request, size) for size in FAVICON_SIZES)), "image/x-icon", SHORT)


@public("telephones ask for it by themselves")
@require_safe
def touch_icon(request: SubletRequest) -> HttpResponseBase:
    """The same for the home screen of a telephone, on white: a transparent ground would be drawn black."""
    return _file(request, images.on_white(_icon_of(request, TOUCH_SIZE)), "image/png", SHORT)


@public("named by the web manifest")
@require_safe
def app_icon(request: SubletRequest, size: int) -> HttpResponseBase:
    """The same in the sizes of the web manifest."""
    if size not in APP_ICON_SIZES:
        raise NotFound
    return _file(request, _icon_of(request, size), "image/png", SHORT)


@lru_cache(maxsize=64)
def _maskable(icon: bytes, color: str, size: int) -> bytes:
    return images.maskable(icon, color=color, size=size)


@public("named by the web manifest")
@require_safe
def maskable_icon(request: SubletRequest, size: int) -> HttpResponseBase:
    """The same where a telephone may cut the edges."""
    if size not in MASKABLE_SIZES:
        raise NotFound
    return _file(request, _maskable(_icon_of(request, size), request.site.brand.color, size), "image/png", SHORT)


@public("browsers ask for it before anybody logs in")
@require_safe
def manifest(request: SubletRequest) -> HttpResponseBase:
    """The brand as an app on the home screen."""
    brand = request.site.brand
    told = {
        "name": brand.name,
        "short_name": brand.short_name or brand.name[:30],
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "theme_color": brand.color,
        "background_color": "#ffffff",
        "icons": [
            {"src": f"/brand-icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"}
            for size in APP_ICON_SIZES
        ]
        + [
            {
                "src": f"/brand-icon-maskable-{size}.png",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "maskable",
            }
            for size in MASKABLE_SIZES
        ],
    }
    return _file(request, json.dumps(told, ensure_ascii=False).encode(), "application/manifest+json", SHORT)


@public("for crawlers")
@require_safe
def robots(request: SubletRequest) -> HttpResponseBase:
    """Nothing here is for search engines but the way in."""
    return _file(request, b"User-agent: *\nAllow: /login/$\nDisallow: /\n", "text/plain; charset=utf-8", SHORT)


@public("numbers computed from a color: nobody's data")
@require_safe
def preview_style(request: SubletRequest) -> HttpResponseBase:
    """The look that a brand would have with ``?color=#rrggbb&accent=&corners=&font=``, for previews only."""
    asked = request.GET
    parsed, second = parse_color(asked.get("color", "")), parse_color(asked.get("accent", "") or "#000000")
    corners, font = asked.get("corners", ""), asked.get("font", "")
    if parsed is None or second is None or corners not in {"", *CORNERS} or font not in {"", *FONTS}:
        raise NotFound
    sheet = style_sheet(to_hex(parsed), to_hex(second) if asked.get("accent") else "", corners, font)
    return _file(request, sheet.encode(), "text/css; charset=utf-8", FOR_EVER)


@public("numbers computed from a color: nobody's data")
@require_safe
def color(request: SubletRequest) -> HttpResponseBase:
    """How well a color reads on light and on dark pages, and the nearest one that does well on both: a part of a page."""
    parsed = parse_color(request.GET.get("color", ""))
    context = {
        "told": readability(to_hex(parsed)) if parsed is not None else None,
        "color": to_hex(parsed or (0, 0, 0)),
    }
    return render(request, "brand/color.html", context)
