"""The hand-over sheet of a client, for whoever looks after it."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.views.decorators.http import require_safe

from sublet.portals.shared.guard import needs
from sublet.portals.shared.handover import sheet_answer
from sublet.portals.shared.http import SubletRequest


@needs("clients:view", portal="reseller")
@require_safe
def sheet(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Where the client logs in, the first steps, whom to ask: a PDF in brand."""
    return sheet_answer(request, ref)
