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
from stdnum.exceptions import InvalidComponent, ValidationError

from sublet.core.tax import UNION, country_of

_LONGEST_VAT_ID: Final = 20
_NORTHERN_IRELAND: Final = "XI"
_ELSEWHERE: Final = re.compile(r"[A-Z]{2}[A-Z0-9+*]{2,18}")
#: Countries whose transfers in EUR are SEPA's.
SEPA: Final = UNION | frozenset("AD AL CH GB GI IS LI MC MD ME MK NO RS SM VA".split())


class WrongNumber(ValueError):
    """The number cannot be right; `code` is ``wrong-vat-id``, ``other-country``, ``wrong-iban`` or ``wrong-bic``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_vat_id(text: str, country: str) -> str:
    """A VAT id without separators and with what its register puts in front: the code of the country whose tax counts.

    ``EL`` for Greece, ``FR`` for Monaco; ``XI`` stays for Northern Ireland, whose country is ``GB``. Raises WrongNumber.
    """
    compact = re.sub(r"[\s.\-/]", "", text).upper()
    there = country_of(country)
    prefix = "EL" if there == "GR" else there
    if there == "CH":
        compact = compact if compact.startswith("CHE") else "CHE" + compact.removeprefix("CH")
    elif there in UNION and compact[:2].isalpha() and compact[:2] not in {prefix, there}:
        raise WrongNumber("other-country")
    elif not compact.startswith((prefix, _NORTHERN_IRELAND) if there == "GB" else prefix):
        compact = prefix + compact.removeprefix(there)
    if len(compact) > _LONGEST_VAT_ID or not _ELSEWHERE.fullmatch(compact):
        raise WrongNumber("wrong-vat-id")
    try:
        _check(compact, there)
    except ValidationError:
        raise WrongNumber("wrong-vat-id") from None
    return compact


def _check(compact: str, there: str) -> None:
    """Raise ValidationError unless what follows the prefix can be a number of that country."""
    rest = compact[2:]
    if there in UNION:
        eu_vat.validate(compact)
    elif there == "GB":
        if gb_vat.validate(rest) != rest:  # it passes over a second prefix
            raise InvalidComponent
    elif there == "CH":
        ch_vat.validate(compact if compact.endswith(("MWST", "TVA", "IVA", "TPV")) else compact + "MWST")
    elif there == "NO":
        no_vat.validate(rest if compact.endswith("MVA") else rest + "MVA")
    elif there == "AL":
        nipt.validate(rest)


def in_register(vat_id: str) -> bool:
    """Whether the Union's register (VIES) can be asked about it."""
    return vat_id[:2] in UNION | {"EL", _NORTHERN_IRELAND}


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
