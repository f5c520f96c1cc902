"""What the host's brand calls a client, a reseller, an account: in closed lists of places where no grammar touches the word.

Menus, headings, crumbs and the kind of an account, where it stands alone; and the buttons and headings of `SAID`, where it
stands last, after a colon. Never inside a sentence, whose grammar no setting knows (docs/decisions/0013).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from sublet.branding.queries import BrandView
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import Text

#: Key → the word, the text as usual, and the text for a brand that has a word of its own. Law (tests/portals/shared/
#: test_words.py): in each language the word stands at the end of the latter, after a colon or alone.
SAID: Mapping[str, tuple[str, Text, Text]] = MappingProxyType(
    {
        "new-client": ("client", gettext_lazy("New client"), gettext_lazy("Add: %(word)s")),
        "enter-client": ("client", gettext_lazy("Log in as this client"), gettext_lazy("Log in as: %(word)s")),
        "import-clients": ("clients", gettext_lazy("Import clients"), gettext_lazy("Import: %(word)s")),
        "brands-of-clients": ("clients", gettext_lazy("Brands of clients"), gettext_lazy("Brands: %(word)s")),
        "close-account": ("account", gettext_lazy("Close the account"), gettext_lazy("Close: %(word)s")),
        "about-account": ("account", gettext_lazy("About this account"), gettext_lazy("About: %(word)s")),
    }
)


def called(request: SubletRequest, name: str, usual: str) -> str:
    """The brand's word for ``client``, ``clients``, ``reseller`` … standing alone, in the language now active; else the usual
    one."""
    return request.site.brand.speaking(get_language() or "").word_alone(name) or usual


def said(request: SubletRequest, key: str) -> str:
    """A button or heading of `SAID`, with the brand's word where it has one."""
    return said_by(request.site.brand.speaking(get_language() or ""), key)


def said_by(brand: BrandView, key: str) -> str:
    """The same by a brand that speaks the reader's language: as it was typed after a colon, with a capital where it stands
    alone."""
    name, usual, own = SAID[key]
    text = str(own)
    word = brand.word_alone(name) if text.startswith("%(word)s") else brand.word(name)
    return text % {"word": word} if word else str(usual)


def clients_called(request: SubletRequest) -> str:
    """What the brand calls several clients."""
    return called(request, "clients", _("Clients"))
