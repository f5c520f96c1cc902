"""What the host's brand calls a client, a reseller, an account: in a closed list of places where the word stands by itself.

Menus, headings, crumbs and the kind of an account; never inside a sentence, whose grammar no setting knows.
"""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sublet.portals.shared.http import SubletRequest


def called(request: SubletRequest, name: str, usual: str) -> str:
    """The brand's word for ``client``, ``clients``, ``reseller`` …, in the language now active; else the usual one."""
    return request.site.brand.speaking(get_language() or "").word(name) or usual


def clients_called(request: SubletRequest) -> str:
    """What the brand calls several clients."""
    return called(request, "clients", _("Clients"))
