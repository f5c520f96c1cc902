"""What can happen in `metering`. Usage events are facts with a table of their own: docs/decisions/0015."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event
from sublet.foundation.languages import in_language
from sublet.foundation.locales import number_in_words, period_in_words


@event("usage.corrected")
@dataclass(frozen=True, slots=True)
class UsageCorrected(Event):
    """Somebody added to what was counted, or took from it. `quantity` is in whole units, with its sign: what became of the total.

    `event_id` is the usage event that counts it, from the source ``people``. Where it counts in the place of another one, `corrects`
    and `source` are the id and the source of that one. `names`: what the meter was called then, by language.
    """

    ref: str
    name: str
    meter: str
    quantity: str
    period: str
    event_id: str = ""
    corrects: str = ""
    source: str = ""
    names: dict[str, str] = field(default_factory=dict)

    SENTENCE = _("%(actor)s corrected the usage of %(name)s: “%(thing)s” %(change)s (%(time)s).")

    @classmethod
    def words(cls, data: Mapping[str, Any]) -> Mapping[str, str]:
        names, told = data.get("names"), str(data.get("quantity", "–"))
        try:
            change = number_in_words(Decimal(told), signed=True)
        except InvalidOperation:
            change = told
        return {
            "thing": in_language(names if isinstance(names, Mapping) else {}, str(data.get("meter", "–"))),
            "change": change,
            "time": period_in_words(str(data.get("period", "–"))),
        }
