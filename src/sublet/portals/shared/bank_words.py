"""What is said of bank movements: why one is proposed or left, and what is wrong with a line of a file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.portals.shared.shell import Text

#: Why a movement is proposed or left: words of `core.matching`.
WHY: Mapping[str, Text] = {
    "number": gettext_lazy("The text names the invoice, and the amount is right."),
    "name": gettext_lazy("The payer’s name and the amount are right."),
    "maybe-twice": gettext_lazy("A movement with this date and amount came from another kind of file already."),
    "no-match": gettext_lazy("Nothing open fits."),
    "several": gettext_lazy("More than one open invoice fits."),
    "differs": gettext_lazy("The text names several invoices, but the amount is not their sum."),
}

FAULTS: Mapping[str, Text] = {
    "no-amount": gettext_lazy("“%(value)s” is no amount"),
    "amount-unclear": gettext_lazy("“%(value)s” may be a thousand or have decimals"),
    "too-precise": gettext_lazy("“%(value)s” has more decimals than the currency"),
    "currency": gettext_lazy("“%(value)s” is no currency that is known here"),
    "date": gettext_lazy("“%(value)s” is no date"),
}


def fault_words(line: int, code: str, value: str) -> str:
    """One line of a file that was left out."""
    said = str(FAULTS[code]) % {"value": value} if code in FAULTS else code
    return _("Line %(line)s: %(fault)s") % {"line": line, "fault": said}
