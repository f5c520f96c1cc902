"""Brand and hosts of one's own account: for a direct account, and for whoever acts in a client's account as its reseller.

A client's own people never get here: the floor of rights keeps brand and hosts from them (core.rights).
"""

from __future__ import annotations

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.rights import CLIENT
from sublet.portals.shared.brand import BrandPlace, brand_page, picture_answer
from sublet.portals.shared.brand_preview import preview_answer
from sublet.portals.shared.guard import needs
from sublet.portals.shared.hosts_pages import HostsPlace, host_answer, host_main, host_remove, hosts_page
from sublet.portals.shared.http import SubletRequest

PORTAL = ("client", "direct")


def _here(request: SubletRequest, name: str, **more: str) -> str:
    return reverse(name, kwargs={"account": request.actor.account_ref, **more})


def _brand(request: SubletRequest) -> BrandPlace:
    return BrandPlace(
        account_ref=request.actor.account_ref,
        url=_here(request, "client-brand"),
        hosts_url=_here(request, "client-hosts") if request.actor.may("hosts:view") else "",
        preview_url=_here(request, "client-brand-preview"),
        picture_url=lambda digest: _here(request, "client-brand-picture", digest=digest),
    )


@needs("brand:view", portal=PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: SubletRequest) -> HttpResponseBase:
    """What the account's own addresses show."""
    return brand_page(request, _brand(request))


@needs("brand:view", portal=PORTAL)
@require_safe
def brand_preview(request: SubletRequest) -> HttpResponseBase:
    """The draft of it, in a frame."""
    return preview_answer(request, _brand(request))


@needs("brand:view", portal=PORTAL)
@require_safe
def brand_picture(request: SubletRequest, digest: str) -> HttpResponseBase:
    """A picture of the account's own brand."""
    return picture_answer(request.actor.account_id, digest)


def _hosts(request: SubletRequest) -> HostsPlace:
    actor = request.actor
    lead = (
        _("Addresses of this client’s own, in its own brand. Without one its people log in on yours.")
        if actor.account_kind == CLIENT
        else _("Addresses of your own, in your own brand.")
    )
    return HostsPlace(
        account_id=actor.account_id,
        account_ref=actor.account_ref,
        account_name=actor.account_name,
        account_kind=actor.account_kind,
        url=_here(request, "client-hosts"),
        check_url=_here(request, "client-hosts-check"),
        url_of=lambda act, ref: _here(request, f"client-host-{act}", host=ref),
        may_change=actor.may("hosts:manage"),
        title=_("Hosts"),
        lead=lead,
    )


@needs("hosts:view", portal=PORTAL)
@require_http_methods(["GET", "HEAD", "POST"])
def hosts(request: SubletRequest) -> HttpResponseBase:
    """The account's own hosts."""
    return hosts_page(request, _hosts(request))


@needs("hosts:view", portal=PORTAL)
@require_safe
def hosts_check(request: SubletRequest) -> HttpResponseBase:
    """Whether a name can be had."""
    return host_answer(request, _hosts(request))


@needs("hosts:manage", portal=PORTAL)
@require_POST
def host_to_main(request: SubletRequest, host: str) -> HttpResponseBase:
    """Make a host the main one."""
    return host_main(request, _hosts(request), host)


@needs("hosts:manage", portal=PORTAL)
@require_POST
def host_away(request: SubletRequest, host: str) -> HttpResponseBase:
    """Take a host away."""
    return host_remove(request, _hosts(request), host)
