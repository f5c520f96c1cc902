"""Standard rates of VAT in percent, for issuers that do not say their own and for persons whose country is owed the tax.

As they stood in November 2026. An issued document keeps the rate that it was reckoned with.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

_TOLD = (
    "AT 20, BE 21, BG 20, CY 19, CZ 21, DE 19, DK 25, EE 24, ES 21, FI 25.5, FR 20, GR 24, HR 25, HU 27, IE 23, IT 22, LT 21,"
    " LU 17, LV 21, MT 18, NL 21, PL 23, PT 23, RO 21, SE 25, SI 22, SK 23, AL 20, CH 8.1, GB 20, NO 25"
)
#: ISO code of a country → percent.
RATES: Final = {pair.split()[0]: Decimal(pair.split()[1]) for pair in _TOLD.split(",")}
