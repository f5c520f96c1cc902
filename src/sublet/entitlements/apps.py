from __future__ import annotations

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    name = "sublet.entitlements"
    label = "entitlements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.entitlements.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.accounts.queries.export_more import tell_columns
        from sublet.accounts.queries.narrowing import narrow_by_limits
        from sublet.catalog.queries import tell_uses
        from sublet.entitlements.mails import MAILS
        from sublet.entitlements.operations.following import follow_accounts  # models can be imported only now
        from sublet.entitlements.operations.leaving import end_words_at_leaving
        from sublet.entitlements.operations.using import CHECK
        from sublet.entitlements.queries.clients import clients_at_limits, fill_limits, limit_columns
        from sublet.entitlements.queries.gates import FeatureGates
        from sublet.entitlements.queries.mail_facts import limit_facts
        from sublet.entitlements.queries.uses import words_in_use
        from sublet.foundation.journal.operations import register_listener
        from sublet.messaging.kinds import declare
        from sublet.messaging.mail_facts import register_facts
        from sublet.metering.operations import register_follower
        from sublet.people.queries.gates import register_gates

        declare(MAILS)
        register_facts(("limit", "limit-refused-client"), limit_facts)
        narrow_by_limits(clients_at_limits)
        tell_columns(self.label, limit_columns, fill_limits)
        register_at_leaving(end_words_at_leaving)
        register_listener(follow_accounts)
        tell_uses(self.label, words_in_use)
        register_follower(CHECK)
        register_gates(FeatureGates())
