"""The vendor's first page: what needs somebody, the figures, and what happened last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import Counted, TreeFigures
from sublet.foundation.clock import now
from sublet.foundation.invariants.checks import standings
from sublet.foundation.jobs import queries as job_queries
from sublet.foundation.journal.queries import history
from sublet.messaging.attention import mail_trouble
from sublet.portals.shared.components import Action
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_ago, write_date, write_number
from sublet.portals.shared.states import STATES
from sublet.portals.shared.words import called
from sublet.portals.vendor.histories import days_of
from sublet.portals.vendor.nav import here

RECENT = 12
#: So many accounts are named in one concern.
MOST_NAMED = 5
#: From how long a wait on is a queue behind.
BEHIND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that needs somebody, in plain words, and where to go about it."""

    tone: str
    title: str
    text: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the first page."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    icon: str = ""
    tone: str = ""


def counted(number: Counted) -> str:
    """``1,234``, or ``more than 10,000``."""
    shown = write_number(number.number)
    return _("more than %(number)s") % {"number": shown} if number.more else shown


@needs("", portal="vendor")
@require_safe
def overview(request: SubletRequest) -> HttpResponseBase:
    """The page. Each part is left out for whoever lacks the right to what it tells of."""
    actor, at = request.actor, now()
    tree = account_queries.tree_figures(actor, at=at) if actor.may("accounts:view") else None
    concerns = [
        *(_invariant_concerns(request) if actor.may("journal:view") else ()),
        *(_job_concerns(request, at) if actor.may("jobs:view") else ()),
        *(_mail_concerns(request) if actor.may("journal:view") else ()),
        *(_tree_concerns(request, tree) if tree is not None else ()),
    ]
    recent = history(actor, size=RECENT).rows if actor.may("journal:view") else ()
    names = account_queries.names_of_accounts(row.account_id for row in recent if not row.actor_account_name)
    context = {
        "concerns": concerns,
        "stats": _figures(request, tree) if tree is not None else (),
        "days": days_of(request, recent, names),
        "sees_nothing": not any(actor.may(f"{each}:view") for each in ("accounts", "jobs", "journal")),
        "sees_journal": actor.may("journal:view"),
        "journal_url": here(request, "vendor-journal"),
        "actions": (
            Action(
                _("New reseller"),
                here(request, "vendor-account-new", kind="reseller"),
                "plus",
                tone="primary",
            ),
        )
        if actor.may("accounts:manage")
        else (),
    }
    return render(request, "vendor/home.html", context)


def _figures(request: SubletRequest, tree: TreeFigures) -> tuple[Figure, ...]:
    listing = here(request, "vendor-accounts")
    clients = tree.clients
    parts = [
        _("%(state)s: %(number)s") % {"state": STATES[state][2], "number": counted(clients[state])}
        for state in ("active", "invited", "suspended", "prospect")
        if clients[state].number
    ]
    return (
        Figure(
            called(request, "resellers", _("Resellers")),
            counted(account_queries.open_accounts(tree.resellers)),
            url=f"{listing}?kind=reseller",
            icon="building-store",
        ),
        Figure(
            _("Clients of resellers"),
            counted(account_queries.open_accounts(clients)),
            hint=" · ".join(parts),
            icon="users",
        ),
        Figure(
            _("Direct accounts"),
            counted(account_queries.open_accounts(tree.direct)),
            url=f"{listing}?kind=direct",
            icon="building",
        ),
    )


def _job_concerns(request: SubletRequest, at: datetime) -> Iterator[Concern]:
    state = job_queries.queue_state(at=at)
    if not job_queries.live_workers(at=at):
        seen = job_queries.last_heartbeat()
        last = _("The last one was seen %(ago)s.") % {"ago": write_ago(seen, at)} if seen is not None else ""
        yield Concern(
            "danger",
            _("No worker is running"),
            (_("Mails wait, imports wait. Start one with: sublet worker.") + " " + last).strip(),
            (Action(_("Look at the jobs"), here(request, "vendor-jobs")),),
        )
    elif state.oldest_due is not None and at - state.oldest_due > BEHIND:
        yield Concern(
            "warning",
            _("The jobs are behind"),
            _("The oldest one should have begun %(ago)s.") % {"ago": write_ago(state.oldest_due, at)},
            (Action(_("Look at the jobs"), here(request, "vendor-jobs") + "?state=ready"),),
        )
    if state.dead:
        yield Concern(
            "danger",
            ngettext("%(number)s job failed for good", "%(number)s jobs failed for good", state.dead)
            % {"number": write_number(state.dead)},
            _("Read why, mend it, and try again, or discard what is not needed any more."),
            (Action(_("Read why"), here(request, "vendor-jobs") + "?state=dead"),),
        )
    if state.unknown_kinds:
        yield Concern(
            "warning",
            _("Some jobs wait for another version"),
            _("This version cannot do: %(kinds)s.") % {"kinds": ", ".join(state.unknown_kinds)},
        )


def _mail_concerns(request: SubletRequest) -> Iterator[Concern]:
    trouble = mail_trouble()
    if trouble.refused:
        yield Concern(
            "warning",
            ngettext("%(number)s mail was refused", "%(number)s mails were refused", trouble.refused)
            % {"number": write_number(trouble.refused)},
            ngettext(
                "The mail server did not take it; its answer stands beside it.",
                "The mail server did not take them; its answer stands beside each.",
                trouble.refused,
            ),
            _mail_action(request, "failed"),
        )
    if trouble.unknown:
        yield Concern(
            "warning",
            ngettext(
                "Of %(number)s mail nobody knows whether it arrived",
                "Of %(number)s mails nobody knows whether they arrived",
                trouble.unknown,
            )
            % {"number": write_number(trouble.unknown)},
            ngettext(
                "The connection broke while it was handed over. Ask the recipient before you send it again.",
                "The connection broke while they were handed over. Ask the recipient before you send one again.",
                trouble.unknown,
            ),
            _mail_action(request, "unknown"),
        )


def _invariant_concerns(request: SubletRequest) -> Iterator[Concern]:
    """What must always be true and is not. First, because it is a fault or somebody's hand in the database."""
    wrong = [each for each in standings() if each.broken_since is not None]
    names = account_queries.names_of_accounts(
        place.account_id for each in wrong for place in each.places if place.account_id
    )
    for each in wrong:
        shown = list(dict.fromkeys(names[place.account_id].name for place in each.places if place.account_id in names))
        text = _("Found on %(day)s. Show it to whoever runs the installation: sublet doctor says more.") % {
            "day": write_date(each.checked_at)
        }
        if shown:
            text = _("It concerns %(accounts)s.") % {"accounts": ", ".join(shown[:MOST_NAMED])} + " " + text
        yield Concern("danger", str(each.sentence), text)


def _mail_action(request: SubletRequest, state: str) -> tuple[Action, ...]:
    from django.urls import NoReverseMatch

    try:
        return (Action(_("Look at the mails"), here(request, "vendor-mails") + f"?state={state}"),)
    except NoReverseMatch:
        return ()


def _tree_concerns(request: SubletRequest, tree: TreeFigures) -> Iterator[Concern]:
    suspended = tree.resellers["suspended"]
    if suspended.number:
        yield Concern(
            "warning",
            ngettext("%(number)s reseller is suspended", "%(number)s resellers are suspended", suspended.number)
            % {"number": counted(suspended)},
            _("Its people meet a lock page; its clients go on working."),
            (Action(_("Look"), here(request, "vendor-accounts") + "?kind=reseller&state=suspended"),),
        )
    if tree.ending.number:
        yield Concern(
            "info",
            ngettext(
                "%(number)s demonstration ends within two weeks",
                "%(number)s demonstrations end within two weeks",
                tree.ending.number,
            )
            % {"number": counted(tree.ending)},
            _("The resellers know; afterwards the accounts close by themselves and can be taken back for 30 days."),
        )
