"""What a new manifest means for accounts, in plain words: for the vendor's pages and for the command line."""

from __future__ import annotations

from django.utils.translation import ngettext

from sublet.core.manifest import GONE, MEANING, NEWER, Effect
from sublet.portals.shared.locales import write_number
from sublet.portals.shared.manifest_words import field_words, title_of


def effect_words(effect: Effect) -> str:
    """One effect as a sentence."""
    key = f"{effect.key}@{effect.version}" if effect.version else effect.key
    told = {
        "entry": title_of(key, effect.entry),
        "number": write_number(effect.accounts),
        "version": str(effect.version),
        "fields": ", ".join(field_words(path) for path in effect.fields),
    }
    count = effect.accounts
    if effect.what == GONE:
        pattern = ngettext(
            "%(entry)s goes; %(number)s account uses it.", "%(entry)s goes; %(number)s accounts use it.", count
        )
    elif effect.what == NEWER:
        pattern = ngettext(
            "%(entry)s is sold; %(number)s account keeps an earlier version.",
            "%(entry)s is sold; %(number)s accounts keep an earlier version.",
            count,
        )
    elif effect.what == MEANING:
        pattern = ngettext(
            "%(entry)s means something else (%(fields)s); %(number)s account uses it.",
            "%(entry)s means something else (%(fields)s); %(number)s accounts use it.",
            count,
        )
    else:
        pattern = ngettext(
            "The terms of %(entry)s change without a new version; %(number)s account has them.",
            "The terms of %(entry)s change without a new version; %(number)s accounts have them.",
            count,
        )
    return pattern % told
