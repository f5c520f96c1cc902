"""What can happen to who sends and who gets invoices. Bank accounts and numbers for tax are not told: their names are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("issuer.changed")
@dataclass(frozen=True, slots=True)
class IssuerChanged(Event):
    """Another version of who sends an account's invoices is in force. `fields`: which fields are other ones."""

    issuer: str
    version: int
    fields: list[str]

    SENTENCE = _("%(actor)s changed who sends the invoices: version %(version)s.")


@event("recipient.changed")
@dataclass(frozen=True, slots=True)
class RecipientChanged(Event):
    """What an account says of itself on invoices that it gets was changed. `fields`: which fields are other ones."""

    ref: str
    name: str
    fields: list[str]

    SENTENCE = _("%(actor)s changed the billing address of “%(name)s”.")


@event("vat_id.checked")
@dataclass(frozen=True, slots=True)
class VatIdChecked(Event):
    """The register was asked about an account's VAT id. `answer`: ``valid``, ``invalid`` or ``unknown``."""

    ref: str
    name: str
    answer: str

    SENTENCE = _("The VAT ID of “%(name)s” was looked up: %(answer)s.")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        told = {"valid": _("valid"), "invalid": _("not valid"), "unknown": _("no answer")}
        return {"answer": str(told.get(str(data.get("answer")), data.get("answer")))}


@event("invoices.exported")
@dataclass(frozen=True, slots=True)
class InvoicesExported(Event):
    """Issued documents were taken away as a file (`format`: ``csv``, ``datev``, ``ubl``), of those days."""

    format: str
    first: str
    last: str

    SENTENCE = _("%(actor)s downloaded the invoices from %(first)s to %(last)s (%(format)s).")
