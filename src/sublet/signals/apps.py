from __future__ import annotations

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "sublet.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.queries.export_more import tell_columns
        from sublet.accounts.queries.narrowing import narrow_by_signals  # models exist only from here on
        from sublet.signals.queries import clients_that
        from sublet.signals.queries.exported import fill_signals, signal_columns

        narrow_by_signals(clients_that)
        tell_columns(self.label, signal_columns, fill_signals)
