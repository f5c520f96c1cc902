"""Rights as data: sections × levels × roles, the floor above whatever is ticked, and what a visit never does.

Plain literals, so that a review of who may do what is a review of this file and `matrix_operations`. `core.rights` decides by
it, the guard of every page reads it, `docs/reference/rights.md` is generated from it, and tests/architecture/test_rights.py
compares it with the addresses that there are. What is not named here is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sublet.core.matrix_operations import OPERATIONS as OPERATIONS

VENDOR, RESELLER, CLIENT, DIRECT = "vendor", "reseller", "client", "direct"
LEVELS = ("none", "view", "manage")

#: The sections of each portal, in the order in which a form shows them. Those of the host product come from its manifest.
SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        VENDOR: (
            "accounts",
            "people",
            "manifest",
            "jobs",
            "journal",
            "brand",
            "hosts",
            "team",
            "settings",
            "billing",
            "usage",
            "keys",
        ),
        RESELLER: (
            "clients",
            "people",
            "brand",
            "hosts",
            "team",
            "settings",
            "subscription",
            "billing",
            "usage",
            "journal",
            "keys",
        ),
        CLIENT: (
            "team",
            "settings",
            "journal",
            "usage",
            "keys",
            "brand",
            "hosts",
            "subscription",
            "billing",
            "reseller",
        ),
        DIRECT: ("team", "settings", "journal", "usage", "keys", "brand", "hosts", "subscription", "billing"),
    }
)

#: What no collaborator of a client reaches, whatever is ticked: billing, what is bought, the brand, the reseller's place.
#: (B06, B20, B21.) Only somebody acting as the reseller does.
FLOOR: frozenset[str] = frozenset({"billing", "subscription", "brand", "hosts", "reseller"})

#: What the owner of a client does past the floor, in person alone: look at its own bills, pay them, take its card away.
OWNER_IN_PERSON: Mapping[str, str] = MappingProxyType({"billing": "manage"})

#: The built-in roles: they fill a form, nothing checks them. Those of clients come from the product manifest. None takes
#: people's data away in files (``people:manage``, see `core.peopledata`): that is ticked on purpose.
ROLES: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        VENDOR: {
            "support": {
                "accounts": "view",
                "people": "view",
                "jobs": "view",
                "journal": "view",
                "hosts": "view",
                "usage": "view",
            },
            "operations": {
                "accounts": "manage",
                "people": "view",
                "jobs": "manage",
                "hosts": "manage",
                "journal": "view",
                "manifest": "view",
                "usage": "view",
            },
            "product": {"manifest": "manage", "accounts": "view", "people": "view"},
        },
        RESELLER: {
            "project-manager": {
                "clients": "manage",
                "people": "view",
                "hosts": "manage",
                "journal": "view",
                "usage": "view",
            },
            "sales": {"clients": "manage", "people": "view", "subscription": "view"},
            "customer-success": {"clients": "view", "people": "view", "journal": "view", "usage": "view"},
            "designer": {"clients": "manage", "people": "view", "brand": "manage"},
        },
        CLIENT: {},
        DIRECT: {},
    }
)

# Visits: acting in a client's account ---------------------------------------------------------------------------------

#: What a visit only looks at, in either mode: who has access, and with which keys.
VISIT_VIEW_ONLY: frozenset[str] = frozenset({"team", "keys"})

#: Where a visit as reseller goes no further than the visitor does at home: money is a right of its own there.
VISIT_AS_AT_HOME: frozenset[str] = frozenset({"billing", "subscription"})

#: What a visit *as reseller* never does (security rule 12). The same is done from the reseller's own pages, in one's own name.
REFUSED_AS_RESELLER: frozenset[str] = frozenset(
    {
        "password",
        "e-mail",
        "second-factor",
        "own-pages",
        "keys",
        "payment",
        "export",
        "deletion",
        "ownership",
        "roles",
        "access",
        "visit",
    }
)

#: What a visit *as the client* never does: the same, and what that client's people cannot do either.
REFUSED_AS_CLIENT: frozenset[str] = REFUSED_AS_RESELLER | {"brand", "hosts", "subscription"}

#: Topics that are refused to look at, too: what leaves is a secret, payment data or a file of personal data.
NEVER_READ: frozenset[str] = frozenset(
    {"export", "own-pages", "password", "payment", "e-mail", "second-factor", "visit"}
)

#: What each address that takes a change (or gives out a file) is about; ``details`` and ``look`` are allowed. Only
#: addresses of the client portal and those that anybody may see are listed: a visit is nowhere else.
ROUTES: Mapping[str, str] = MappingProxyType(
    {
        # the client portal
        "client-log-in-rules": "access",
        "client-log-in-rules-company": "access",
        "client-log-in-rules-company-remove": "access",
        "client-access": "look",  # who can enter is no secret from whoever has entered
        "client-access-approve": "access",
        "client-access-ask": "access",
        "client-access-calendar": "look",
        "client-access-ask-end": "access",
        "client-access-decline": "access",
        "client-access-end": "access",
        "client-access-extend": "access",
        "client-access-keep": "access",
        "client-access-narrow": "access",
        "client-brand": "brand",
        "client-close": "deletion",
        "client-closed": "deletion",
        "client-directory-key": "keys",
        "client-directory-mail": "access",
        "client-directory-role": "roles",
        "client-directory-switch": "access",
        "client-give-back": "ownership",
        "client-hand-over": "look",  # a file, with nothing on it that the page around it does not show
        "client-host-check": "hosts",
        "client-host-main": "hosts",
        "client-host-redirect": "hosts",
        "client-host-remove": "hosts",
        "client-hosts": "hosts",
        "client-hosts-check": "hosts",
        "client-information": "details",
        "client-keys-addresses": "keys",
        "client-keys-end-old": "keys",
        "client-keys-new": "keys",
        "client-keys-revoke": "keys",
        "client-keys-rotate": "keys",
        "client-webhooks-edit": "keys",
        "client-webhooks-new": "keys",
        "client-webhooks-remove": "keys",
        "client-webhooks-replay": "keys",
        "client-webhooks-replay-failed": "keys",
        "client-webhooks-rotate": "keys",
        "client-webhooks-switch": "keys",
        "client-webhooks-test": "keys",
        "client-senders": "brand",
        "client-senders-server": "brand",
        "client-senders-hook": "brand",
        "client-senders-server-remove": "brand",
        "client-suppressed": "brand",
        "client-suppressed-lift": "brand",
        "client-senders-check": "brand",
        "client-senders-identity": "brand",
        "client-senders-remove": "brand",
        "client-senders-rotate": "brand",
        "client-senders-test": "brand",
        "client-trial-start": "subscription",  # had once in a life: nobody uses it up in another's name
        **dict.fromkeys(
            (f"client-moves-{page}" for page in ("agree", "code", "decline", "detach", "join")), "ownership"
        ),
        **dict.fromkeys(("client-moves-take-back", "client-moves-transfer"), "ownership"),
        "client-request-answer": "roles",
        "client-request-back": "access",
        "client-team-find-clients": "look",
        "client-team-invitation-resend": "access",
        "client-team-invitation-revoke": "access",
        "client-team-invite": "access",
        "client-team-leave": "access",
        "client-team-owner": "ownership",
        "client-team-person": "roles",
        "client-team-remove": "access",
        "client-visit-rules": "access",
        "client-use-lift": "details",
        **dict.fromkeys(("client-use-limit", "client-portions", "client-portions-one"), "details"),
        "client-why": "access",
        # open to anybody: what is about a person is about the one who sits there
        "arrive": "own-pages",
        "cross": "own-pages",
        "crossed": "own-pages",
        "email-confirm": "e-mail",
        "end-impersonation": "look",
        "enter": "visit",
        "enter-impersonation": "visit",
        "forgotten": "password",
        "invitation": "own-pages",
        "login": "own-pages",
        "login-code": "own-pages",
        "login-code-enter": "own-pages",
        "login-company": "own-pages",
        "login-company-back": "own-pages",
        "login-company-link": "own-pages",
        "login-own": "own-pages",
        "login-passkey": "second-factor",
        "login-passkey-begin": "second-factor",
        **dict.fromkeys(("logout", "unsubscribe"), "own-pages"),
        "mail-hook": "look",  # for providers of mail, which have a word of their own and no log-in
        "password-reset": "password",
        "pay-hook": "look",  # for payment processors, which have a word of their own and no log-in
        **dict.fromkeys(("client-paying", "client-paying-remove", "client-billing-pay", "pay-link"), "payment"),
        **dict.fromkeys(("client-billing-paper", "client-own-statement-file"), "export"),  # with names
        "prove": "second-factor",
        "prove-demo": "second-factor",
        "prove-mail": "second-factor",
        "prove-passkey": "second-factor",
        "prove-passkey-begin": "second-factor",
        # a company's directory: with an API key only, which a visit does not have
        "scim-bulk": "access",
        "scim-group": "roles",
        "scim-groups": "roles",
        "scim-groups-search": "access",
        "scim-me": "access",
        "scim-nothing": "access",
        "scim-search": "access",
        "scim-user": "access",
        "scim-users": "access",
        "scim-users-search": "access",
        "set-language": "look",
        "set-theme": "own-pages",
        "sign-on": "look",  # to the host product, with the visit named in what it is told
        "sign-on-end": "own-pages",
        "sign-on-introspect": "own-pages",
        "sign-on-revoke": "own-pages",
        "sign-on-token": "own-pages",
        "sign-on-userinfo": "own-pages",
        "sign-up": "own-pages",
        "sign-up-confirm": "own-pages",
    }
)


#: All that an address or an operation can be about.
TOPICS: frozenset[str] = REFUSED_AS_CLIENT | {"details", "look"}


def refused_topics(mode: str) -> frozenset[str]:
    """What a visit in that mode never does; an unknown mode does nothing."""
    return {"reseller": REFUSED_AS_RESELLER, "client": REFUSED_AS_CLIENT}.get(mode, TOPICS)


def visit_refuses(route: str, *, mode: str, changes: bool) -> bool:
    """Whether a visit in `mode` is refused at the address of that name; `changes`: the request is no mere look.

    An address that takes changes and is not in `ROUTES` is refused.
    """
    topic = ROUTES.get(route)
    if topic is None:
        return changes
    if topic not in refused_topics(mode):
        return False
    return changes or topic in NEVER_READ
