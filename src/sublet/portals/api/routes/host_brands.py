"""What a host shows, for a product that is to look the same on it."""

from __future__ import annotations

from ninja import Query

from sublet.branding import queries
from sublet.branding.queries import HostView, origin
from sublet.core.hosts import normalize_host
from sublet.core.rights import CLIENT
from sublet.foundation.errors import NotFound
from sublet.portals.api.declare import EVERYBODY, ApiRequest, Needs
from sublet.portals.api.routes.brands import routes
from sublet.portals.api.schemas.host_brands import HostBrand, HostBrandAsked

__all__ = ["routes"]

#: Told as they stand, where there are any.
_TEXTS = (
    "support_name", "support_email", "support_phone", "support_url", "support_hours", "footer", "sender_name",
    "login_title", "login_text", "imprint_url", "privacy_url", "terms_url",
)  # fmt: skip


@routes.get("/brands/{host_name}", needs=Needs(""), kinds=EVERYBODY, answer=HostBrand)
def get_brand_of_host(request: ApiRequest, host_name: str, asked: Query[HostBrandAsked]) -> HostBrand:
    """Show what people see on a host: its name, colors, pictures and texts, everything inherited filled in.

    For the host product, that shows the same on the same host: ask with the name that a request came for, and keep the answer
    for a while. Hosts of the key's own account and of those below it; any other name is not there.
    """
    name = normalize_host(host_name)
    view = queries.host_view(name) if name is not None else None
    if view is None or request.actor.account_id not in view.path_ids:
        raise NotFound
    return _told(view, asked.language or view.brand.language)


def _told(view: HostView, language: str) -> HostBrand:
    place, brand = origin(view.host), view.brand.speaking(language)
    pictures = {
        "logo": brand.logo_url,
        "logo_dark": brand.logo_dark_url,
        "icon": brand.icon_url,
        "login_picture": brand.login_picture_url,
        "favicon": brand.favicon_url,
    }
    colors = {"color": brand.color, "on_color": brand.on_color, "accent": brand.accent or brand.color}
    texts = {name: getattr(brand, name) for name in _TEXTS}
    return HostBrand(
        host=view.host,
        account=view.account_ref,
        account_kind=view.account_kind,
        reseller=view.path_refs[1] if view.account_kind == CLIENT and len(view.path_refs) > 1 else "",
        url=place,
        leads_to=origin(view.leads_to) if view.leads_to else "",
        name=brand.name,
        short_name=brand.short_name,
        language=language,
        colors=colors,
        corners=brand.corners,
        font=brand.font,
        pictures={name: place + path for name, path in pictures.items() if path},
        stylesheet=place + brand.css_url if brand.css_url else "",
        texts={name: text for name, text in texts.items() if text},
        words=dict(brand.words),
    )
