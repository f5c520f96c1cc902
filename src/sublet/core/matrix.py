"""Rights as data: sections × levels × roles, the floor above whatever is ticked, and what a visit never does.

Plain literals, so that a review of who may do what is a review of this file. `core.rights` decides by it, the guard of
every page reads it, `docs/reference/rights.md` is generated from it, and tests/architecture/test_rights.py compares it with the
addresses that there are. What is not named here is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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

#: The same for every operation of the API that changes something or gives out a file. A visit has no key and reaches those
#: alone that the product asks in a person's name (`report_product_change`): of the others this says what would be refused if
#: one ever did, and which of them the documentation calls sensitive.
OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "change_account": "details",
        "change_plan": "subscription",
        **dict.fromkeys(
            ("choose_basis", "rule_basis", "set_usual_basis", "change_client_plans", "choose_client_bases"),
            "subscription",
        ),
        "cancel_plan_change": "subscription",
        "pause_subscription": "subscription",
        "resume_subscription": "subscription",
        "end_subscription": "subscription",
        "take_add_on": "subscription",
        "end_add_on": "subscription",
        "start_trial": "subscription",
        "start_own_trial": "subscription",
        "change_log_in_rules": "access",
        "put_company_log_in": "access",
        "delete_company_log_in": "access",
        "change_directory": "access",
        "change_directory_group": "roles",
        "change_directory_mail": "access",
        "convert_account": "ownership",
        "close_account": "deletion",
        "create_account": "details",
        "change_account_below": "details",
        "suspend_account_below": "details",
        "resume_account_below": "details",
        "close_account_below": "deletion",
        "reopen_account_below": "deletion",
        "add_host": "hosts",
        "make_host_primary": "hosts",
        "release_host": "hosts",
        "mark_host_proved": "hosts",
        "look_at_host": "hosts",
        "redirect_host": "hosts",
        "let_host_give_names": "hosts",
        "name_clients": "hosts",
        "change_brand": "brand",
        "upload_picture": "brand",
        "change_sender_identity": "brand",
        "add_sender_domain": "brand",
        "remove_sender_domain": "brand",
        "check_sender_domain": "brand",
        "make_sender_key": "brand",
        "put_mail_server": "brand",
        "delete_mail_server": "brand",
        "renew_mail_hook": "brand",
        "suppress_address": "brand",
        "lift_suppression": "brand",
        "remove_picture": "brand",
        "add_hidden_word": "brand",
        "remove_hidden_word": "brand",
        "change_mail_wording": "brand",
        "take_back_mail_wording": "brand",
        "preview_mail_wording": "brand",
        "change_brand_draft": "brand",
        "upload_draft_picture": "brand",
        "publish_brand_draft": "brand",
        "discard_brand_draft": "brand",
        "publish_brand_version": "brand",
        "change_client_brands": "brand",
        "keep_picture_for_clients": "brand",
        "undo_client_brand_change": "brand",
        "resume_client_brand_change": "brand",
        **dict.fromkeys(("create_client", "open_prospect"), "details"),
        "change_client": "details",
        "suspend_client": "details",
        "resume_client": "details",
        "close_client": "deletion",
        "reopen_client": "deletion",
        "activate_client": "details",
        "set_demonstration": "details",
        "turn_into_client": "details",
        "set_client_tags": "details",
        "set_client_responsible": "details",
        "set_client_ownership": "ownership",
        "upload_import": "details",
        "change_import": "details",
        "start_import": "details",
        "check_import_again": "details",
        "discard_import": "details",
        "resume_import": "details",
        "undo_import": "deletion",
        "get_left_rows": "export",
        "export_clients": "export",
        "export_own_journal": "export",
        "export_journal_of_account": "export",
        "get_handover_sheet": "look",
        "get_grant_calendar": "look",
        "retry_job": "details",
        "discard_job": "details",
        "switch_schedule": "details",
        "change_key": "keys",
        "end_secret_before": "keys",
        "make_key": "keys",
        "revoke": "keys",
        "rotate": "keys",
        "make_webhook": "keys",
        "change_a_webhook": "keys",
        "remove_a_webhook": "keys",
        "rotate_secret": "keys",
        "send_test": "keys",
        "replay": "keys",
        "replay_all_failed": "keys",
        "report_product_change": "details",
        "record_signals": "details",
        "report_usage": "details",
        **dict.fromkeys(("consume", "reserve", "commit_reservation", "release_reservation"), "details"),
        "change_client_settings": "subscription",
        "unfollow_template": "subscription",
        **dict.fromkeys(("undo_client_settings", "undo_settings_of_many"), "subscription"),
        "change_settings_of_many": "subscription",
        "make_settings_template": "details",
        "change_settings_template": "details",
        "remove_settings_template": "details",
        "apply_settings_template": "subscription",
        "set_price": "subscription",
        "write_price_letters": "subscription",
        "set_mark_up": "subscription",
        "set_price_floor": "subscription",
        "set_currency_rate": "subscription",
        "set_price_sharing": "subscription",
        "set_own_price_of_client": "subscription",
        **dict.fromkeys((f"{step}_promotion" for step in ("take", "stop", "make", "end")), "subscription"),
        "agree_contract": "subscription",
        "end_contract": "subscription",
        **dict.fromkeys(("make_extra", "remove_extra", "sell_extra", "take_back_extra"), "subscription"),
        **dict.fromkeys(("enter_effort", "drop_effort"), "subscription"),
        **dict.fromkeys("change_wholesale change_wholesale_commitment change_usual_discount".split(), "subscription"),
        "check_prices": "look",
        **dict.fromkeys(
            "try_price begin_sandbox move_sandbox set_declined_cards set_sandbox_use delete_sandbox".split(), "look"
        ),
        "set_feature": "subscription",
        "unset_feature": "subscription",
        "set_limit": "subscription",
        "unset_limit": "subscription",
        "set_managed_service": "subscription",
        "give_top_up": "subscription",
        "take_back_top_up": "subscription",
        "set_share": "subscription",
        "set_pool": "subscription",
        "take_pool_away": "subscription",
        **dict.fromkeys(("set_portion", "unset_portion", "set_apportionment"), "details"),
        "set_own_cap": "details",
        "lift_own_cap": "details",
        **dict.fromkeys(("correct_usage", "correct_usage_event"), "details"),
        "register_application": "keys",
        "change_application": "keys",
        "renew_application_secret": "keys",
        "remove_application": "keys",
        "send_mail_again": "details",
        "ask_for_scan": "look",
        **dict.fromkeys(("get_picture_of_finding", "get_account_statement_file"), "export"),
        "release_scans": "details",
        "put_manifest": "details",
        "preview_manifest": "look",
        "change_clients": "details",
        "save_view": "details",
        "change_saved_view": "details",
        "delete_saved_view": "details",
        "set_rights": "roles",
        "answer_access_request": "roles",
        "let_staff_visit": "access",
        "tell_of_visits": "access",
        "change_service": "details",
        "remove_collaborator": "access",
        "hand_over": "ownership",
        "invite": "access",
        "revoke_invitation": "access",
        "resend_invitation": "access",
        "begin_impersonation": "visit",
        "request_grant": "access",
        "approve_grant": "access",
        "decline_grant": "access",
        "narrow_grant": "access",
        "extend_grant": "access",
        "end_grant": "access",
        "request_end_of_grant": "access",
        "answer_end_request": "access",
        **dict.fromkeys("agree_to_move ask_for_move decline_move make_moving_code".split(), "ownership"),
        "preview_move": "look",
        "take_move_back": "ownership",
        **dict.fromkeys(("offer_adoption", "take_adoption_back"), "ownership"),
        "make_staff_team": "access",
        "change_staff_team": "access",
        "remove_staff_team": "access",
        "withdraw": "roles",
        "give_back": "roles",
        **dict.fromkeys(
            """
            change_billing_address change_issuer collect_an_invoice connect_payment_gateway credit_invoice discard_draft
            disconnect_payment_gateway end_a_payment issue_invoice mail_invoice look_at_payment_again look_at_refund_again make_payment_link
            make_way_to_pay refund_a_payment remove_payment_method revoke_payment_link change_dunning_policy remind_of_invoice
            stop_dunning_invoice go_on_dunning_invoice make_payout bring_bank_statement_in book_bank_movement take_bank_movement_back
            book_bank_refund take_bank_refund_back put_bank_movement_aside set_billing_terms
            """.split(),
            "payment",
        ),
        **dict.fromkeys("export_issued_invoices get_invoice_file get_payout_file get_statement".split(), "export"),
        "get_sample_invoice": "look",
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
