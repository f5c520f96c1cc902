"""What a brand is made of: one closed list of fields, each with its kind and its longest text.

A text that differs by language is kept under ``field@language`` beside the one for all languages under ``field``. Laws
(tests/core/test_brandfields.py): what is shown in a language is the nearest account's word in it, else that account's for all
languages, else the next account's; nobody's is never mixed with another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

TEXT, EMAIL, PHONE, ADDRESS, COLOR, PICTURE, CHOICE = "text", "email", "phone", "address", "color", "picture", "choice"

#: Corners → small, usual and large radius in points: what stands in the style sheet, nothing that anybody typed.
CORNERS: Mapping[str, tuple[int, int, int]] = MappingProxyType(
    {"soft": (4, 6, 10), "square": (0, 0, 0), "round": (8, 12, 18)}
)
#: Fonts that devices have already: nothing is fetched from anybody.
FONTS: Mapping[str, str] = MappingProxyType(
    {
        "system": 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif',
        "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", source-sans-pro, sans-serif',
        "geometric": 'Avenir, Montserrat, Corbel, "URW Gothic", source-sans-pro, sans-serif',
        "rounded": 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, Manjari, "Arial Rounded MT Bold", sans-serif',
        "serif": '"Iowan Old Style", "Palatino Linotype", "URW Palladio L", P052, Georgia, serif',
        "slab": 'Rockwell, "Rockwell Nova", "Roboto Slab", "DejaVu Serif", "Sitka Small", serif',
    }
)
#: How a mail's frame looks.
MAIL_LOOKS = ("card", "band", "plain")
CHOICES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"corners": tuple(CORNERS), "font": tuple(FONTS), "mail_look": MAIL_LOOKS}
)


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One field: how it is read, the most characters it may have, and whether each language may have its own."""

    kind: str
    longest: int = 64
    local: bool = False


FIELDS: Mapping[str, FieldKind] = MappingProxyType(
    {
        "name": FieldKind(TEXT, 80),
        "short_name": FieldKind(TEXT, 30),
        "logo": FieldKind(PICTURE),
        "logo_dark": FieldKind(PICTURE),
        "icon": FieldKind(PICTURE),
        "color": FieldKind(COLOR, 7),
        "accent": FieldKind(COLOR, 7),
        "corners": FieldKind(CHOICE, 20),
        "font": FieldKind(CHOICE, 20),
        "login_picture": FieldKind(PICTURE),
        "login_title": FieldKind(TEXT, 80, local=True),
        "login_text": FieldKind(TEXT, 300, local=True),
        "support_name": FieldKind(TEXT, 80),
        "support_email": FieldKind(EMAIL, 254),
        "support_phone": FieldKind(PHONE, 40),
        "support_url": FieldKind(ADDRESS, 300),
        "support_hours": FieldKind(TEXT, 120, local=True),
        "imprint_url": FieldKind(ADDRESS, 300, local=True),
        "privacy_url": FieldKind(ADDRESS, 300, local=True),
        "terms_url": FieldKind(ADDRESS, 300, local=True),
        "footer": FieldKind(TEXT, 200, local=True),
        "sender_name": FieldKind(TEXT, 80),
        "mail_look": FieldKind(CHOICE, 20),
        "word_client": FieldKind(TEXT, 40, local=True),
        "word_clients": FieldKind(TEXT, 40, local=True),
        "word_reseller": FieldKind(TEXT, 40, local=True),
        "word_resellers": FieldKind(TEXT, 40, local=True),
        "word_account": FieldKind(TEXT, 40, local=True),
        "word_accounts": FieldKind(TEXT, 40, local=True),
    }
)
PICTURES = tuple(name for name, field in FIELDS.items() if field.kind == PICTURE)
LOCAL = tuple(name for name, field in FIELDS.items() if field.local)
#: Inherited together: one account's dark logo beside another's light one would be two brands on one page.
TOGETHER = ("logo", "logo_dark")
LANGUAGES = ("en", "it", "sq", "nl", "fr", "pt")

Values = Mapping[str, str]


def key_of(field: str, language: str = "") -> str:
    """Under what a field is kept: by itself, or for one language."""
    return f"{field}@{language}" if language else field


def parts_of(key: str) -> tuple[str, str] | None:
    """The field and the language of a key (empty: all languages); None for what is no key of a brand."""
    field, at, language = key.partition("@")
    kind = FIELDS.get(field)
    if kind is None or (at and (not kind.local or language not in LANGUAGES)):
        return None
    return field, language


def nearest(own_first: Sequence[Values], field: str, language: str = "") -> tuple[str, int]:
    """What is shown of a field, and whose it is by its place in `own_first`; ``("", -1)`` if nobody says anything.

    Logos go together: whoever has one of them is asked for both.
    """
    for place, values in enumerate(own_first):
        found = (values.get(key_of(field, language), "") if language else "") or values.get(field, "")
        if found:
            return found, place
        if field in TOGETHER and any(values.get(each) for each in TOGETHER):
            return "", -1
    return "", -1


def local_texts(own_first: Sequence[Values]) -> tuple[tuple[str, str], ...]:
    """Each text that some language says otherwise than the rest, by its key, in order."""
    spoken = {(parts[0], parts[1]) for values in own_first for key in values if (parts := parts_of(key)) and parts[1]}
    found = []
    for field, language in sorted(spoken):
        text = nearest(own_first, field, language)[0]
        if text != nearest(own_first, field)[0]:
            found.append((key_of(field, language), text))
    return tuple(found)
