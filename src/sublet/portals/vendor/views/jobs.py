"""The queue: how it does, what waits, what failed and why, what comes by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountName
from sublet.foundation.actor import JOB, name_shown
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.foundation.jobs import operations as job_operations
from sublet.foundation.jobs import queries as job_queries
from sublet.foundation.jobs.queries import JobRow, QueueState
from sublet.portals.shared.components import Action, Crumb, Fact, Progress
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_ago, write_number
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    Pager,
    Row,
    StatusCell,
    Table,
    read_list_state,
)
from sublet.portals.vendor.nav import here
from sublet.portals.vendor.views.home import BEHIND, Figure

COLUMNS = (
    Column("kind", gettext_lazy("Job"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("about", gettext_lazy("For"), priority=2),
    Column("attempts", gettext_lazy("Attempts"), priority=3, align="end"),
    Column("created", gettext_lazy("Since"), "ago", priority=2),
)
#: State → words, icon, tone. "Waiting" says more to people than "ready".
STATE_WORDS = {
    "ready": (gettext_lazy("Waiting"), "clock", "neutral"),
    "running": (gettext_lazy("Running"), "player-play", "info"),
    "done": (gettext_lazy("Done"), "check", "success"),
    "dead": (gettext_lazy("Failed for good"), "circle-x", "danger"),
    "discarded": (gettext_lazy("Discarded"), "trash", "neutral"),
}
#: How an error that is one long line begins, for the list.
FIRST_WORDS = 160


def state_cell(state: str) -> StatusCell:
    """The state of a job as a badge."""
    words, icon, tone = STATE_WORDS.get(state, (state, "point", "neutral"))
    return StatusCell(state, words, tone, icon)


@needs("jobs:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """How the queue does, the workers, and the jobs by state."""
    at = now()
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="kind", filters=("state",))
    chosen = state.one("state") if state.one("state") in STATE_WORDS else ""
    found = job_queries.jobs(request.actor, state=chosen, kind=state.search, cursor=state.cursor)
    queue = job_queries.queue_state(at=at)
    counts = {"ready": queue.waiting, "running": queue.running, "dead": queue.dead}
    names = account_queries.names_of_accounts(row.account_id for row in found.rows if row.account_id is not None)
    table = Table(
        id="jobs",
        caption=_("Jobs"),
        columns=COLUMNS,
        rows=tuple(_row(request, row, names) for row in found.rows),
        state=state,
        pager=Pager(
            previous=found.previous_cursor,
            next=found.next_cursor,
            shown=len(found.rows),
            first_page=not found.previous_cursor,
        ),
        search_label=_("Kind of job, such as messaging.send"),
        filters=(
            Filter(
                "state",
                _("State"),
                tuple(
                    FilterOption(key, words, counts.get(key), selected=key == chosen)
                    for key, (words, _icon, _tone) in STATE_WORDS.items()
                ),
                many=False,
                icon="circle-check",
            ),
        ),
        empty=Empty(title=_("No jobs"), text=_("Nothing waits, and nothing was done lately."), icon_name="refresh"),
    )
    context = {
        "table": table,
        "stats": _figures(request, queue, at),
        "workers": job_queries.live_workers(at=at),
        "notice": _notice(queue, at),
        "actions": (Action(_("Schedules"), here(request, "vendor-schedules"), "clock"),),
    }
    return render(request, "vendor/jobs.html", context)


def _row(request: SubletRequest, row: JobRow, names: dict[int, AccountName]) -> Row:
    account = names.get(row.account_id) if row.account_id is not None else None
    return Row(
        key=row.id,
        label=row.kind,
        url=here(request, "vendor-job", job=row.id),
        problem=_first_words(row.last_error) if row.state == "dead" else "",
        muted=row.state in {"done", "discarded"},
        cells={
            "kind": row.kind,
            "state": state_cell(row.state),
            "about": account.name if account is not None else _("The installation") if row.account_id is None else "",
            "attempts": f"{row.attempts} / {row.max_attempts}",
            "created": row.created_at,
        },
    )


def _first_words(text: str) -> str:
    line = text.strip().splitlines()[-1] if text.strip() else ""
    return line if len(line) <= FIRST_WORDS else line[: FIRST_WORDS - 1] + "…"


def _figures(request: SubletRequest, queue: QueueState, at: datetime) -> tuple[Figure, ...]:
    listing_url = here(request, "vendor-jobs")
    late = queue.oldest_due is not None and at - queue.oldest_due > BEHIND
    hint = _("the oldest %(ago)s") % {"ago": write_ago(queue.oldest_due, at)} if queue.oldest_due is not None else ""
    return (
        Figure(
            _("Waiting"),
            write_number(queue.waiting),
            hint,
            f"{listing_url}?state=ready",
            "clock",
            "warning" if late else "",
        ),
        Figure(_("Running"), write_number(queue.running), "", f"{listing_url}?state=running", "player-play"),
        Figure(
            _("Failed for good"),
            write_number(queue.dead),
            "",
            f"{listing_url}?state=dead",
            "circle-x",
            "danger" if queue.dead else "",
        ),
    )


def _notice(queue: QueueState, at: datetime) -> tuple[str, str] | None:
    if queue.unknown_kinds:
        text = _("No handler in this version: %(kinds)s. A newer worker will do them.")
        return _("Some jobs wait for another version"), text % {"kinds": ", ".join(queue.unknown_kinds)}
    return None


@needs("jobs:view", portal="vendor")
@require_safe
def page(request: SubletRequest, job: str) -> HttpResponseBase:
    """One job: what it is, how far it is, and why it failed."""
    row = job_queries.job_of(request.actor, job)
    names = account_queries.names_of_accounts([row.account_id] if row.account_id is not None else [])
    account = names.get(row.account_id) if row.account_id is not None else None
    context = {
        "job": row,
        "crumbs": (Crumb(_("Jobs"), here(request, "vendor-jobs")), Crumb(row.kind)),
        "facts": _facts(request, row, account),
        "progress": _progress(request, row),
        "may_manage": request.actor.may("jobs:manage") and row.state == "dead",
        "retry_url": here(request, "vendor-job-retry", job=row.id),
        "discard_url": here(request, "vendor-job-discard", job=row.id),
    }
    return render(request, "vendor/job.html", context)


def _facts(request: SubletRequest, row: JobRow, account: AccountName | None) -> tuple[Fact, ...]:
    about = _("The installation") if row.account_id is None else account.name if account is not None else ""
    link = ""
    if account is not None and account.kind != "vendor" and request.actor.may("accounts:view"):
        link = here(request, "vendor-account", ref=account.page_ref)
    return (
        Fact(_("State"), state_cell(row.state), "status"),
        Fact(_("For"), about, url=link),
        Fact(_("In the name of"), name_shown(row.actor_name, JOB)),
        Fact(_("Attempts"), f"{row.attempts} / {row.max_attempts}"),
        Fact(_("Since"), row.created_at, "datetime"),
        Fact(_("Not before"), row.run_at if row.state == "ready" else None, "datetime"),
        Fact(_("Begun"), row.started_at, "datetime"),
        Fact(_("Ended"), row.finished_at, "datetime"),
        Fact(_("Worker"), row.worker, "code"),
        Fact(_("Number of the job"), row.id, "code", copy=True),
        Fact(_("Number of the request"), row.request_id, "code"),
    )


def _progress(request: SubletRequest, row: JobRow) -> Progress | None:
    if row.progress_total is None and row.state != "running":
        return None
    return Progress(
        STATE_WORDS[row.state][0] if row.state in STATE_WORDS else row.state,
        row.progress_done or 0,
        row.progress_total or 0,
        url=here(request, "vendor-job-progress", job=row.id),
        finished=row.is_finished,
        failed=row.state == "dead",
        note=row.progress_note,
    )


@needs("jobs:view", portal="vendor")
@require_safe
def progress(request: SubletRequest, job: str) -> HttpResponseBase:
    """How far the job is: the part of its page that asks again."""
    row = job_queries.job_of(request.actor, job)
    return render(
        request, "shared/progress.html", {"progress": _progress(request, row) or Progress("", 0, 0, finished=True)}
    )


def _act(request: SubletRequest, job: str, work: Callable[[], None], said: str) -> HttpResponse:
    try:
        work()
    except Refusal as refusal:
        error(request, refusal.sentence)
    else:
        success(request, said)
    return HttpResponseRedirect(here(request, "vendor-job", job=job))


@needs("jobs:manage", portal="vendor")
@require_POST
def retry(request: SubletRequest, job: str) -> HttpResponseBase:
    """Put a dead job back into the queue."""
    return _act(
        request,
        job,
        lambda: job_operations.retry_job(job_id=job, actor=request.actor, at=now()),
        _("The job is in the queue again."),
    )


@needs("jobs:manage", portal="vendor")
@require_POST
def discard(request: SubletRequest, job: str) -> HttpResponseBase:
    """Take a dead job off the list."""
    reason = " ".join(request.POST.get("reason", "").replace("\x00", "").split())[:500]
    return _act(
        request,
        job,
        lambda: job_operations.discard_job(job_id=job, actor=request.actor, at=now(), reason=reason),
        _("The job is discarded."),
    )


@needs("jobs:view", portal="vendor")
@require_safe
def schedules(request: SubletRequest) -> HttpResponseBase:
    """What comes by itself, and when next."""
    rows = [
        (row, here(request, "vendor-schedule-switch", schedule=row.name), _rule_words(row.rule))
        for row in job_queries.schedules()
    ]
    context = {
        "rows": rows,
        "may_manage": request.actor.may("jobs:manage"),
        "crumbs": (Crumb(_("Jobs"), here(request, "vendor-jobs")), Crumb(_("Schedules"))),
    }
    return render(request, "vendor/schedules.html", context)


def _rule_words(rule: str) -> str:
    """``every 600 s`` → “every 10 minutes”; what is not understood stays as it is."""
    words = rule.split()
    if len(words) >= 2 and words[0] == "every" and words[1].rstrip("s").isdigit():
        seconds = int(words[1].rstrip("s"))
        if seconds % 3600 == 0:
            return _("every %(number)s h") % {"number": seconds // 3600}
        if seconds % 60 == 0:
            return _("every %(number)s min") % {"number": seconds // 60}
    return rule


@needs("jobs:manage", portal="vendor")
@require_POST
def switch(request: SubletRequest, schedule: str) -> HttpResponseBase:
    """Switch a schedule on or off."""
    enabled = request.POST.get("enabled") == "1"
    job_operations.switch_schedule(name=schedule, enabled=enabled, actor=request.actor, at=now())
    said = _("%(name)s is switched on.") if enabled else _("%(name)s is switched off.")
    success(request, said % {"name": schedule})
    return HttpResponseRedirect(here(request, "vendor-schedules"))
