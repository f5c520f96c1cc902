"""Reading brands and hosts."""

from sublet.branding.queries.brands import (
    DEFAULT_COLOR,
    FIELDS,
    PICTURES,
    BrandField,
    BrandView,
    EditableBrand,
    account_chain,
    brand_of,
    brand_to_edit,
    picture,
)
from sublet.branding.queries.domains import DomainPage, DomainRow, all_domains, domain_row, hosts_of, refuse_host
from sublet.branding.queries.sites import (
    FRESH_SECONDS,
    HostView,
    forget_hosts,
    fresh_host_view,
    has_own_host,
    host_view,
    origin,
    primary_host,
)

__all__ = [
    "DEFAULT_COLOR",
    "FIELDS",
    "FRESH_SECONDS",
    "PICTURES",
    "BrandField",
    "BrandView",
    "DomainPage",
    "DomainRow",
    "EditableBrand",
    "HostView",
    "account_chain",
    "all_domains",
    "brand_of",
    "brand_to_edit",
    "domain_row",
    "forget_hosts",
    "fresh_host_view",
    "has_own_host",
    "host_view",
    "hosts_of",
    "origin",
    "picture",
    "primary_host",
    "refuse_host",
]
