"""What of a client's journal the client reads, and what only those above it do: their own notes, marks and reasons; and what
of it the vendor's people do not: a reseller's own figures.

Pure, and decided by data: an event that is not in `FOR_CLIENTS` is not for clients, so a new one is closed until somebody
says otherwise. Pages, files, the API and webhooks ask here. Laws (tests/core/test_readers.py): what a client is given holds
no field that is kept above, and no reason but that of visits; an entry of which nothing is left is not given at all.
tests/people/test_journal_pages.py walks all events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ALL: frozenset[str] = frozenset()

#: Event → the fields of it that are kept above. Everything about the client's own account, people, keys, brand and hosts.
FOR_CLIENTS: Mapping[str, frozenset[str]] = {
    "access.asked": _ALL,
    "access.declined": _ALL,
    "access.granted": _ALL,
    "access.request_taken_back": _ALL,
    "access_rules.changed": _ALL,
    "account.activated": _ALL,
    "account.closed": _ALL,
    "account.details_changed": _ALL,  # but for some of the changes: `FIELDS_ONLY_ABOVE`
    "account.ended": _ALL,
    "account.moved": _ALL,
    "account.ownership_changed": _ALL,
    "account.reopened": _ALL,
    "account.resumed": _ALL,
    "account.suspended": _ALL,
    "add_on.ended": _ALL,
    "add_on.taken": _ALL,
    "api_key.addresses_changed": _ALL,
    "api_key.created": _ALL,
    "api_key.old_secret_ended": _ALL,
    "api_key.revoked": _ALL,
    "api_key.rotated": _ALL,
    "brand.changed": _ALL,
    "brand.restored": _ALL,
    "cap.removed": _ALL,
    "cap.set": _ALL,
    "client_settings.changed": frozenset(
        {"since", "template", "version", "undoes"}
    ),  # nor payers and price: `FIELDS_ONLY_ABOVE`
    "client.created": frozenset({"state", "demo_until", "import_ref"}),
    "collaborator.added": _ALL,
    "collaborator.invited": _ALL,
    "collaborator.left": _ALL,
    "collaborator.removed": _ALL,
    "collaborator.returned": _ALL,
    "collaborator.rights_changed": _ALL,
    "company_log_in.changed": _ALL,
    "company_log_in.linked": _ALL,
    "company_log_in.removed": _ALL,
    "company_log_in.unlinked": _ALL,
    "directory.group_added": _ALL,
    "directory.group_changed": _ALL,
    "directory.group_removed": _ALL,
    "directory.mails_begun": _ALL,
    "directory.mails_ended": _ALL,
    "directory.person_added": _ALL,
    "directory.person_changed": _ALL,
    "directory.person_removed": _ALL,
    "directory.switched_off": _ALL,
    "directory.switched_on": _ALL,
    "dunning.paused": _ALL,
    "dunning.reminded": frozenset({"kind", "mailed"}),
    "dunning.settled": _ALL,
    "grant.approved": _ALL,
    "grant.declined": _ALL,
    "grant.end_declined": _ALL,
    "grant.end_requested": _ALL,
    "grant.ended": _ALL,
    "grant.extended": _ALL,
    "grant.lapsed": _ALL,
    "grant.narrowed": _ALL,
    "grant.narrowing_requested": _ALL,
    "grant.requested": _ALL,
    "host.added": _ALL,
    "host.certificate_failing": _ALL,
    "host.certificate_good": _ALL,
    "host.failing": _ALL,
    "host.gives_names_changed": _ALL,
    "host.lost": _ALL,
    "host.primary": _ALL,
    "host.proved": _ALL,
    "host.redirect_changed": _ALL,
    "host.released": _ALL,
    "host.serving": _ALL,
    "host.told": _ALL,
    "impersonation.ended": _ALL,
    "impersonation.notice_changed": _ALL,
    "impersonation.started": _ALL,
    "invitation.accepted": _ALL,
    "invitation.resent": _ALL,
    "invitation.revoked": _ALL,
    "invoice.credited": _ALL,
    "invoice.issued": _ALL,
    "invoice.mailed": _ALL,
    "journal.exported": _ALL,
    "limit.removed": _ALL,
    "limit.set": frozenset({"note"}),
    "limit.threshold_crossed": _ALL,
    "mail.bounced": _ALL,
    "mail.complained": _ALL,
    "mail.refused": _ALL,
    "mail.resent": _ALL,
    "mail.unknown": _ALL,
    "mail.unsubscribed": _ALL,
    "mail.withheld": _ALL,
    "managed_service.set": _ALL,
    "move.agreed": _ALL,
    "move.asked": _ALL,
    "move.declined": _ALL,
    "move.lapsed": _ALL,
    "move.offered": _ALL,
    "move.stopped": _ALL,
    "move.taken_back": _ALL,
    "ownership.handed_over": _ALL,
    "payment.failed": _ALL,
    "payment.needs_action": _ALL,
    "payment.started": _ALL,
    "payment.succeeded": _ALL,
    "payment_link.made": frozenset({"link", "mailed"}),
    "payment_link.made_to_pay": frozenset({"link"}),
    "payment_method.added": _ALL,
    "payment_method.removed": _ALL,
    "person.email_changed": _ALL,
    "person.log_in_ended": _ALL,
    "person.log_ins_ended": _ALL,
    "person.password_changed": _ALL,
    "person.password_reset": _ALL,
    "person.recovery_code_used": _ALL,
    "person.recovery_codes_renewed": _ALL,
    "person.renamed": _ALL,
    "person.second_factor_added": _ALL,
    "person.second_factor_removed": _ALL,
    "portion.set": _ALL,
    "product.changed": _ALL,
    "recipient.changed": _ALL,
    "refund.failed": _ALL,
    "refund.started": _ALL,
    "refund.succeeded": _ALL,
    "sender.changed": _ALL,
    "sender_domain.added": _ALL,
    "sender_domain.key_changed": _ALL,
    "sender_domain.key_made": _ALL,
    "sender_domain.lost": _ALL,
    "sender_domain.proved": _ALL,
    "sender_domain.removed": _ALL,
    "share.set": _ALL,
    "sign_on.begun": _ALL,
    "sign_on.broken_off": _ALL,
    "sign_on.looked": _ALL,
    "subscription.basis_chosen": _ALL,
    "subscription.change_canceled": _ALL,
    "subscription.change_scheduled": _ALL,
    "subscription.end_scheduled": _ALL,
    "subscription.ended": _ALL,
    "subscription.paused": _ALL,
    "subscription.plan_changed": _ALL,
    "subscription.plan_taken": _ALL,
    "subscription.resumed": _ALL,
    "suppression.added": _ALL,
    "suppression.lifted": _ALL,
    "top_up.given": frozenset({"note"}),
    "top_up.taken_back": _ALL,
    "trial.ended": _ALL,
    "trial.reminded": _ALL,
    "trial.started": _ALL,
    "usage.corrected": _ALL,
    "vat_id.checked": _ALL,
    "webhook.changed": _ALL,
    "webhook.created": _ALL,
    "webhook.gave_up": _ALL,
    "webhook.removed": _ALL,
    "webhook.replayed": _ALL,
    "webhook.secret_rotated": _ALL,
    "webhook.switched_off": _ALL,
    "webhook.switched_on": _ALL,
    "wording.changed": _ALL,
    "wording.taken_back": _ALL,
}
#: How the events begin that a client does not read: what stays above it, and what happens to other kinds of account only.
NOT_FOR_CLIENTS = (
    "account.converted", "account.invited", "application.", "bank.", "billing.", "brand.draft", "brands.", "client.left",
    "client.responsible", "client.tags", "client.taken_back", "client_list.", "clients.", "contract.",
    "currency_rate.", "demonstration.", "direct_account.", "dispute.", "dunning.began_again", "dunning.continued",
    "dunning.kept", "dunning.policy_set", "dunning.stopped", "dunning.tried", "effort.", "extra.", "gateway.", "impersonation.allowed",
    "impersonation.stopped", "import.", "invoice.draft", "invoice.reopened", "invoice.written_off",
    "invoices.", "issuer.", "job.", "mail_server.", "maintenance.", "manifest.",
    "mark_up.", "move.code_made", "payment.looked_again", "payment.parked", "payment_link.revoked", "payout.", "person.created",
    "person.disabled", "person.enabled", "person.hidden", "person.password_set", "pool.", "price_letters.",
    "price_sharing.", "promotion.", "prospect.", "refund.looked_again", "refund.parked", "reseller.", "retail_floor.",
    "retail_price.", "sandbox.", "scan.", "schedule.", "section.", "section_service.", "settings_template.", "signals.", "signing_keys.",
    "staff_team.", "subscription.basis_ruled", "subscription.usual_basis_set", "usual_discount.", "vendor.",
    "vendor_word.", "view.", "wholesale_commitment.", "wholesale_terms.",
)  # fmt: skip
#: Of the fields of an account that changed, those that are the reseller's own about its client.
FIELDS_ONLY_ABOVE = frozenset({"notes", "external_id", "payer.base", "payer.overage", "payer.add_ons", "price"})
#: Of the fields of an account that changed, the reseller's own figures: of them the vendor's people read no amount.
FIGURES = frozenset({"price"})
#: Fields that nobody reads about its own account but the vendor.
NOTES = frozenset({"note"})
#: Reasons that the client reads too: why somebody was in its account.
REASONS_FOR_ALL = ("impersonation.",)


def for_the_client(event: str, data: Mapping[str, Any], reason: str) -> tuple[dict[str, Any], str] | None:
    """Data and reason of an entry as the client may read them; None when the entry is not for the client."""
    kept_above = FOR_CLIENTS.get(event)
    if kept_above is None:
        return None
    kept = {field: value for field, value in data.items() if field not in kept_above}
    changes = data.get("changes")
    if isinstance(changes, Mapping) and changes:
        left = {field: values for field, values in changes.items() if field not in FIELDS_ONLY_ABOVE}
        if not left:
            return None
        kept["changes"] = left
    return kept, reason if event.startswith(REASONS_FOR_ALL) else ""


def without_notes(event: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an entry without what those above noted beside a limit or units that they gave: for the account that the
    entry is about, whatever kind it is."""
    kept_above = FOR_CLIENTS.get(event, _ALL) & NOTES
    return {field: value for field, value in data.items() if field not in kept_above}


def without_figures(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of an entry for the vendor's people: that a figure of the reseller's own changed, but not what it was and is.

    What stands for the two values is an empty list: a dash would say that there is none.
    """
    changes = data.get("changes")
    if not isinstance(changes, Mapping) or not changes.keys() & FIGURES:
        return dict(data)
    return {**data, "changes": {field: [] if field in FIGURES else values for field, values in changes.items()}}
