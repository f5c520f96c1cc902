"""The reseller's own brand and hosts, and those of one client."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.branding import queries as branding_queries
from sublet.portals.reseller.client_frame import client_frame
from sublet.portals.reseller.nav import here
from sublet.portals.shared.brand import BrandPlace, brand_page, picture_answer
from sublet.portals.shared.brand_preview import preview_answer
from sublet.portals.shared.guard import needs
from sublet.portals.shared.host_page import host_check, host_page, host_redirect, host_state
from sublet.portals.shared.hosts_pages import HostsPlace, host_answer, host_main, host_remove, hosts_page
from sublet.portals.shared.http import SubletRequest

FRAME = "reseller/client_base.html"
READ_AND_SEND = ("GET", "HEAD", "POST")


def _own_brand(request: SubletRequest) -> BrandPlace:
    return BrandPlace(
        account_ref=request.actor.account_ref,
        url=here(request, "reseller-brand"),
        hosts_url=here(request, "reseller-hosts"),
        preview_url=here(request, "reseller-brand-preview"),
    )


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own_brand(request: SubletRequest) -> HttpResponseBase:
    """What the reseller's clients see."""
    return brand_page(request, _own_brand(request))


@needs("brand:view", portal="reseller")
@require_safe
def own_brand_preview(request: SubletRequest) -> HttpResponseBase:
    """The draft of it, in a frame."""
    return preview_answer(request, _own_brand(request))


def _client_brand(request: SubletRequest, ref: str) -> BrandPlace:
    return BrandPlace(
        account_ref=_client(request, ref).ref,
        url=here(request, "reseller-client-brand", ref=ref),
        hosts_url=here(request, "reseller-client-hosts", ref=ref),
        preview_url=here(request, "reseller-client-brand-preview", ref=ref),
        base=FRAME,
        picture_url=lambda digest: here(request, "reseller-client-brand-picture", ref=ref, digest=digest),
    )


@needs("brand:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client_brand(request: SubletRequest, ref: str) -> HttpResponseBase:
    """What one client's people see."""
    return brand_page(request, replace(_client_brand(request, ref), frame=client_frame(request, ref, "brand")))


@needs("brand:view", portal="reseller")
@require_safe
def client_brand_preview(request: SubletRequest, ref: str) -> HttpResponseBase:
    """The draft of it, in a frame."""
    return preview_answer(request, _client_brand(request, ref))


@needs("brand:view", portal="reseller")
@require_safe
def client_brand_picture(request: SubletRequest, ref: str, digest: str) -> HttpResponseBase:
    """A picture of one client's own brand."""
    return picture_answer(branding_queries.picture_of_client(request.actor, ref, digest[:64]))


def _client(request: SubletRequest, ref: str) -> AccountFacts:
    return account_queries.client_facts(request.actor, ref)


def _own(request: SubletRequest) -> HostsPlace:
    actor = request.actor
    return HostsPlace(
        account_id=actor.account_id,
        account_ref=actor.account_ref,
        account_name=actor.account_name,
        account_kind=actor.account_kind,
        url=here(request, "reseller-hosts"),
        check_url=here(request, "reseller-hosts-check"),
        url_of=lambda act, ref: here(request, f"reseller-host-{act}", host=ref),
        may_change=actor.may("hosts:manage"),
        title=_("Hosts"),
        lead=_("Where you and your clients log in, in your brand. Links in mails lead to the main address."),
        clients_url=here(request, "reseller-clients") if actor.may("clients:manage") else "",
    )


def _of_client(request: SubletRequest, ref: str) -> HostsPlace:
    client = _client(request, ref)
    return HostsPlace(
        account_id=client.id,
        account_ref=client.ref,
        account_name=client.name,
        account_kind=client.kind,
        url=here(request, "reseller-client-hosts", ref=ref),
        check_url=here(request, "reseller-client-hosts-check", ref=ref),
        url_of=lambda act, host: here(request, f"reseller-client-host-{act}", ref=ref, host=host),
        may_change=request.actor.may("clients:manage"),
        title=_("Hosts"),
        lead=_("Addresses of this client’s own, in its own brand. Without one its people log in on yours."),
        base=FRAME,
        frame=client_frame(request, ref, "hosts", client),
    )


@needs("hosts:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def own_hosts(request: SubletRequest) -> HttpResponseBase:
    """The reseller's own hosts."""
    return hosts_page(request, _own(request))


@needs("hosts:view", portal="reseller")
@require_safe
def own_hosts_check(request: SubletRequest) -> HttpResponseBase:
    """Whether a name can be had."""
    return host_answer(request, _own(request))


@needs("hosts:manage", portal="reseller")
@require_POST
def own_host_main(request: SubletRequest, host: str) -> HttpResponseBase:
    """Make a host the main one."""
    return host_main(request, _own(request), host)


@needs("hosts:manage", portal="reseller")
@require_POST
def own_host_remove(request: SubletRequest, host: str) -> HttpResponseBase:
    """Take a host away."""
    return host_remove(request, _own(request), host)


@needs("clients:view", portal="reseller")
@require_http_methods(READ_AND_SEND)
def client_hosts(request: SubletRequest, ref: str) -> HttpResponseBase:
    """A client's hosts."""
    return hosts_page(request, _of_client(request, ref))


@needs("clients:view", portal="reseller")
@require_safe
def client_hosts_check(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Whether a name can be had for a client."""
    return host_answer(request, _of_client(request, ref))


@needs("clients:manage", portal="reseller")
@require_POST
def client_host_main(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """Make a client's host its main one."""
    return host_main(request, _of_client(request, ref), host)


@needs("clients:manage", portal="reseller")
@require_POST
def client_host_remove(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """Take a client's host away."""
    return host_remove(request, _of_client(request, ref), host)


@needs("hosts:view", portal="reseller")
@require_safe
def own_host_page(request: SubletRequest, host: str) -> HttpResponseBase:
    """Everything about a host of the reseller."""
    return host_page(request, _own(request), host)


@needs("clients:view", portal="reseller")
@require_safe
def client_host_page(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """Everything about a client's host."""
    return host_page(request, _of_client(request, ref), host)


@needs("hosts:view", portal="reseller")
@require_safe
def own_host_state(request: SubletRequest, host: str) -> HttpResponseBase:
    """What DNS says about a host of the reseller."""
    return host_state(request, _own(request), host)


@needs("clients:view", portal="reseller")
@require_safe
def client_host_state(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """What DNS says about a client's host."""
    return host_state(request, _of_client(request, ref), host)


@needs("hosts:manage", portal="reseller")
@require_POST
def own_host_check(request: SubletRequest, host: str) -> HttpResponseBase:
    """Ask DNS about a host of the reseller."""
    return host_check(request, _own(request), host)


@needs("clients:manage", portal="reseller")
@require_POST
def client_host_check(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """Ask DNS about a client's host."""
    return host_check(request, _of_client(request, ref), host)


@needs("hosts:manage", portal="reseller")
@require_POST
def own_host_redirect(request: SubletRequest, host: str) -> HttpResponseBase:
    """Let visitors be sent on from a host of the reseller."""
    return host_redirect(request, _own(request), host)


@needs("clients:manage", portal="reseller")
@require_POST
def client_host_redirect(request: SubletRequest, ref: str, host: str) -> HttpResponseBase:
    """Let visitors be sent on from a client's host."""
    return host_redirect(request, _of_client(request, ref), host)
