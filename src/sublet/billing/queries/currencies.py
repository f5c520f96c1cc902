"""In which currency money is told: in the one that is asked for, also where there is nothing in it."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.core.manifest import CURRENCIES
from sublet.foundation.errors import Refusal


class CannotTellMoney(Refusal):
    """Why no figures are told."""

    SENTENCES: ClassVar = {"currency": _("There is no such currency. Write its three letters, such as EUR.")}


def told_in(asked: str, usual: str) -> str:
    """`asked`, or where nothing is asked the usual one. Raises CannotTellMoney for what is no currency."""
    if asked and asked not in CURRENCIES:
        raise CannotTellMoney("currency", field="currency")
    return asked or usual
