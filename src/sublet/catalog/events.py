"""What can happen in `catalog`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event


@event("manifest.loaded")
@dataclass(frozen=True, slots=True)
class ManifestLoaded(Event):
    """A product manifest came into force. Section keys are those that came, changed and went."""

    product: str
    number: int
    file: str
    added: str
    changed: str
    removed: str

    SENTENCE = _("%(actor)s loaded version %(number)s of the product manifest (%(file)s).")
