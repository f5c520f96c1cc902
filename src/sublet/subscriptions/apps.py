from __future__ import annotations

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "sublet.subscriptions"
    label = "subscriptions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.subscriptions.worded_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.accounts.operations.newborns import register_at_birth
        from sublet.accounts.queries.export_more import tell_columns
        from sublet.catalog.queries import tell_uses
        from sublet.entitlements.queries import register_trials
        from sublet.messaging.kinds import declare
        from sublet.subscriptions.mails import MAILS
        from sublet.subscriptions.operations.bases import take_usual_basis
        from sublet.subscriptions.queries.exported import fill_plans, plan_columns
        from sublet.subscriptions.queries.may_try import may_try
        from sublet.subscriptions.queries.uses import plans_in_use

        declare(MAILS)
        tell_columns(self.label, plan_columns, fill_plans)
        register_trials(may_try)
        register_at_birth(take_usual_basis)
        tell_uses(self.label, plans_in_use)
