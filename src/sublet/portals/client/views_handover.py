"""The hand-over sheet of the account, for its own people."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from sublet.core.rights import CLIENT, DIRECT
from sublet.portals.shared.guard import needs
from sublet.portals.shared.handover import sheet_answer
from sublet.portals.shared.http import SubletRequest


@needs("settings:view", portal=(CLIENT, DIRECT))
@require_safe
def sheet(request: SubletRequest) -> HttpResponseBase:
    """Where to log in, the first steps, whom to ask: a PDF in brand."""
    return sheet_answer(request, request.actor.account_ref)
