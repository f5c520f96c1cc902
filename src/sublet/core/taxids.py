"""Numbers that identify a business and its bank account: whether they can be right, and how they are written.

By form and check digit alone; whether a VAT id is given to anybody, only its register knows (`billing.vat_register`).
"""

from __future__ import annotations

import re
from typing import Final

import stdnum.al.nipt as nipt
import stdnum.ch.vat as ch_vat
import stdnum.gb.vat as gb_vat
import stdnum.no.mva as no_vat
from stdnum import bic, iban
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from sublet.core.tax import UNION

_LONGEST_VAT_ID: Final = 20
_ELSEWHERE: Final = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,18}")
#: Countries whose transfers in EUR are SEPA's.
SEPA: Final = UNION | frozenset("AD AL CH GB GI IS LI MC MD ME MK NO RS SM VA".split())


class WrongNumber(ValueError):
    """The number cannot be right; `code` is ``wrong-vat-id``, ``other-country``, ``wrong-iban`` or ``wrong-bic``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_vat_id(text: str, country: str) -> str:
    """A VAT id without separators and with its country in front (``EL`` for Greece). Raises WrongNumber."""
    compact = re.sub(r"[\s.\-/]", "", text).upper()
    prefix = "EL" if country == "GR" else country
    if country == "CH":
        compact = compact if compact.startswith("CHE") else "CHE" + compact.removeprefix("CH")
    elif compact[:2].isalpha() and compact[:2] != prefix and compact[:2] not in {"GR", "XI"} and country in UNION:
        raise WrongNumber("other-country")
    elif not compact.startswith(prefix):
        compact = prefix + compact.removeprefix("GR" if country == "GR" else prefix)
    if len(compact) > _LONGEST_VAT_ID or not _ELSEWHERE.fullmatch(compact):
        raise WrongNumber("wrong-vat-id")
    try:
        if country in UNION:
            eu_vat.validate(compact)
        elif country == "GB":
            gb_vat.validate(compact[2:])
        elif country == "CH":
            ch_vat.validate(compact if compact.endswith(("MWST", "TVA", "IVA", "TPV")) else compact + "MWST")
        elif country == "NO":
            no_vat.validate(compact[2:] if compact.endswith("MVA") else compact[2:] + "MVA")
        elif country == "AL":
            nipt.validate(compact[2:])
    except ValidationError:
        raise WrongNumber("wrong-vat-id") from None
    return compact


def in_register(vat_id: str) -> bool:
    """Whether the Union's register (VIES) can be asked about it."""
    return vat_id[:2] in UNION | {"EL", "XI"}


def read_iban(text: str) -> str:
    """An IBAN without spaces. Raises WrongNumber."""
    try:
        return str(iban.validate(text, check_country=False))
    except ValidationError:
        raise WrongNumber("wrong-iban") from None


def read_bic(text: str) -> str:
    """A BIC. Raises WrongNumber."""
    try:
        return str(bic.validate(text))
    except ValidationError:
        raise WrongNumber("wrong-bic") from None
