"""The part of a page that follows a job, asked for again each second while the job is at work."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render

from sublet.portals.shared.components import Progress
from sublet.portals.shared.http import SubletRequest


def progress_answer(request: SubletRequest, progress: Progress, *, at_work: bool, page: str) -> HttpResponseBase:
    """How far it is; once nobody is `at_work` the page itself is loaded again. Asked for by address it leads to `page`."""
    if not request.htmx:
        return HttpResponseRedirect(page)
    answer = render(request, "shared/progress.html", {"progress": progress})
    if not at_work:
        answer.headers["HX-Refresh"] = "true"
    return answer
