from __future__ import annotations

from django.apps import AppConfig


class SignalsConfig(AppConfig):
    name = "sublet.signals"
    label = "signals"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from sublet.accounts.queries.export_more import tell_columns
        from sublet.accounts.queries.narrowing import narrow_by_signals  # models exist only from here on
        from sublet.catalog.queries import tell_uses
        from sublet.signals.queries import clients_that
        from sublet.signals.queries.exported import fill_signals, signal_columns
        from sublet.signals.queries.uses import signals_in_use

        narrow_by_signals(clients_that)
        tell_uses(self.label, signals_in_use)
        tell_columns(self.label, signal_columns, fill_signals)
