"""Phone numbers of a client list in E.164.

The `phonenumbers` library decides what is a number; it takes some 25 µs each. Numbers written plainly – most of a list – go a
short way through the same metadata, ten times faster. Law (tests/foundation/test_sheets_phones.py): both ways agree.
"""

from __future__ import annotations

import re
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

_PLAIN = re.compile(r"[+0-9 ()./\-\u2010-\u2015]{6,30}")
_NOT_DIGITS = re.compile(r"\D+")


def normalize_phone(text: str, country: str) -> str | None:
    """The number as ``+390612345678``, or None when it is none that could be dialed.

    `country` (ISO code, may be empty) is where the number is dialed from if it does not say so. A number that a spreadsheet
    has robbed of its ``+`` is understood if it is no number of the country but one of the world.
    """
    if not text:
        return None
    quick = _quick(text, country)
    return quick if quick is not None else slow(text, country)


def slow(text: str, country: str) -> str | None:
    """The same by the library alone."""
    digits = _NOT_DIGITS.sub("", text)
    if not 5 <= len(digits) <= 17:
        return None
    written: list[tuple[str, str | None]] = [(text, country or None)]
    if "(0)" in text:
        written.append((text.replace("(0)", "", 1), country or None))
    if not text.lstrip(" (").startswith("+"):
        written += [(f"+{digits[2:]}", None)] if digits.startswith("00") else []
        written += [(f"+{digits}", None)] if not digits.startswith("0") and len(digits) >= 10 else []
    for each, region in written:
        try:
            number = phonenumbers.parse(each, region)
        except phonenumbers.NumberParseException:
            continue
        if number.extension is None and phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def _quick(text: str, country: str) -> str | None:
    """The number if it is written plainly and is surely valid; None means: ask the library."""
    if _PLAIN.fullmatch(text) is None or "+" in text[1:] or "(0)" in text:
        return None
    digits = _NOT_DIGITS.sub("", text)
    if text[0] == "+":
        for length in (2, 3, 1):
            pattern = _patterns_of_code(digits[:length])
            if pattern is not None:
                return f"+{digits}" if pattern.fullmatch(digits, length) else None
        return None
    if digits.startswith("00") or not country:
        return None
    known = _country(country)
    if known is None:
        return None
    code, prefix, pattern = known
    national = digits
    if prefix:
        if not digits.startswith(prefix):
            return None
        national = digits[len(prefix) :]
    return f"+{code}{national}" if pattern.fullmatch(national) else None


@cache
def _country(country: str) -> tuple[int, str, re.Pattern[str]] | None:
    """Calling code, national prefix and the pattern of valid numbers, for countries where a plain prefix is all there is."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    if metadata is None or metadata.country_code is None:
        return None
    prefix = metadata.national_prefix or ""
    if metadata.national_prefix_transform_rule or (metadata.national_prefix_for_parsing or "") != prefix:
        return None
    pattern = _valid(metadata)
    return None if pattern is None else (metadata.country_code, prefix, pattern)


@cache
def _patterns_of_code(code: str) -> re.Pattern[str] | None:
    """The pattern of valid numbers behind a calling code that belongs to one country; None for any other."""
    if not code:
        return None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
    # Shared codes (+1, +7, +39 with the Vatican, +44 with the islands) are valid if the main country's numbers say so.
    metadata = PhoneMetadata.metadata_for_region(regions[0], None) if regions and regions[0] != "001" else None
    if metadata is None or (metadata.national_prefix_for_parsing or "") not in ("", metadata.national_prefix):
        return None
    return _valid(metadata)


def _valid(metadata: PhoneMetadata) -> re.Pattern[str] | None:
    """One pattern for the kinds of number that the library calls valid."""
    kinds = [
        metadata.fixed_line, metadata.mobile, metadata.toll_free, metadata.premium_rate, metadata.shared_cost,
        metadata.personal_number, metadata.voip, metadata.uan, metadata.voicemail,
    ]  # fmt: skip
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None
