from __future__ import annotations

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "sublet.billing"
    label = "billing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import sublet.billing.payment_mails  # noqa: F401  # makes the kinds of mail known
        from sublet.accounts.operations.leavers import register_at_leaving
        from sublet.billing.dunning_mails import MAILS as DUNNING_MAILS
        from sublet.billing.fences import FENCES
        from sublet.billing.invoice_mails import CREDITED, ISSUED
        from sublet.billing.invoice_mails import MAILS as INVOICE_MAILS
        from sublet.billing.operations.leaving import post_before_leaving
        from sublet.billing.operations.succeeding import succeed
        from sublet.billing.payment_mails import MAILS
        from sublet.billing.payout_mails import MAILS as PAYOUT_MAILS
        from sublet.billing.queries.cards import cards_of
        from sublet.billing.queries.mail_facts import credited_facts, invoice_facts, issued_facts
        from sublet.billing.queries.paid_until import paid_until
        from sublet.billing.queries.papers import file_to_attach, sample_papers
        from sublet.foundation.journal.fences import register
        from sublet.messaging.attachments import register_attachments
        from sublet.messaging.kinds import declare
        from sublet.messaging.mail_facts import register_facts
        from sublet.proof.papers import register_papers
        from sublet.subscriptions.queries.may_try import register_cards
        from sublet.subscriptions.queries.periods import register_paid

        register(*FENCES)
        declare(MAILS)
        declare(DUNNING_MAILS)
        declare(PAYOUT_MAILS)
        declare(INVOICE_MAILS)
        register_facts(DUNNING_MAILS, invoice_facts)
        register_facts((ISSUED,), issued_facts)
        register_facts((CREDITED,), credited_facts)
        register_attachments("inv", file_to_attach)
        register_cards(cards_of)
        register_paid(paid_until)
        register_papers(sample_papers)
        register_at_leaving(post_before_leaving)
        register_at_leaving(succeed)
