"""The journal of the installation: filtered, newest first, in plain sentences; and one entry with all that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountName
from sublet.foundation.actor import API, CLI, JOB, SCIM, WEB, name_shown
from sublet.foundation.journal.events import EVENTS
from sublet.foundation.journal.queries import EntryPage, EntryRow, entry_for_vendor, history
from sublet.portals.shared.components import Change, Crumb, Fact
from sublet.portals.shared.files import TYPES
from sublet.portals.shared.guard import needs
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.journal_pages import GROUPS, VISITS_ASKED, downloads_of, journal_file, told_of
from sublet.portals.shared.tables import Pager
from sublet.portals.vendor.forms import JournalForm
from sublet.portals.vendor.histories import days_of, via_words
from sublet.portals.vendor.nav import here

SIZE = 50
#: What a kind of event begins with in the address, so that it is no event's name.
GROUP = "@"


def _topics() -> list[tuple[str, list[tuple[str, str]]]]:
    """The events for the filter: as people think of them, then for each subject all of its events, then each alone."""
    subjects: dict[str, list[str]] = {}
    for name in sorted(EVENTS):
        subjects.setdefault(name.partition(".")[0], []).append(name)
    return [
        (_("Kinds"), [(GROUP + key, str(label)) for key, (label, _starts) in GROUPS.items()]),
        *(
            (
                subject,
                [
                    (f"{subject}.", _("%(subject)s: everything") % {"subject": subject}),
                    *((name, name) for name in names),
                ],
            )
            for subject, names in subjects.items()
        ),
    ]


def _form(request: SubletRequest) -> JournalForm:
    form = JournalForm(request.GET)
    form.fields["event"].choices = [("", _("Everything")), *_topics()]  # type: ignore[attr-defined]  # a ChoiceField
    form.fields["via"].choices = [  # type: ignore[attr-defined]  # as above
        ("", _("Every way")),
        *((via, via_words(via)) for via in (WEB, API, JOB, CLI, SCIM)),
    ]
    return form


def _midnight(day: date) -> datetime:
    """The beginning of that day in the time zone of whoever looks."""
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


@needs("journal:view", portal="vendor")
@require_safe
def listing(request: SubletRequest) -> HttpResponseBase:
    """A page of the journal. A filter that means nothing is shown as such, and nothing is narrowed by it."""
    form = _form(request)
    form.is_valid()  # what is wrong is left out of cleaned_data and shown beside its field
    asked = form.cleaned_data
    about = str(asked.get("about") or "").strip()
    accounts = _accounts(request, about) if about else []
    question = _question(asked)
    kind = request.GET.get("format", "")
    page = EntryPage(rows=(), next_cursor="")
    if not about or accounts:
        account_id = accounts[0].id if accounts else None
        if kind in TYPES and request.method != "HEAD":
            return journal_file(request, kind, account_id, accounts[0].name if accounts else "", question)
        page = history(
            request.actor, account_id=account_id, cursor=request.GET.get("cursor", ""), size=SIZE, **question
        )
    names = account_queries.names_of_accounts(row.account_id for row in page.rows if not row.actor_account_name)
    context = {
        "narrow_form": form,
        "days": days_of(request, page.rows, names),
        "pager": Pager(
            previous=page.previous_cursor,
            next=page.next_cursor,
            shown=len(page.rows),
            first_page=not page.previous_cursor,
        ),
        "narrowed": any(asked.values()),
        "narrow_told": told_of(form),
        "about": accounts[0] if accounts else None,
        "others": [(each.name, f"?about={each.ref}") for each in accounts[1:]],
        "clear_url": here(request, "vendor-journal"),
        "downloads": downloads_of(request) if page.rows else (),
    }
    return render(request, "vendor/journal.html", context)


def _question(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What `history` is asked; a field with a fault narrows nothing."""
    event = str(asked.get("event") or "")
    since, until = asked.get("since"), asked.get("until")
    found: dict[str, Any] = {
        "words": str(asked.get("q") or ""),
        "event": "" if event.startswith(GROUP) else event,
        "events": GROUPS[event.removeprefix(GROUP)][1] if event.startswith(GROUP) else (),
        "person": str(asked.get("person") or "").strip(),
        "via": str(asked.get("via") or ""),
        "in_visits": VISITS_ASKED.get(str(asked.get("visits") or "")),
    }
    if since is not None:
        found["since"] = _midnight(since)
    if until is not None and until < date.max:
        found["until"] = _midnight(until + timedelta(days=1))
    return found


def _accounts(request: SubletRequest, typed: str) -> list[AccountName]:
    """The accounts meant by a reference or by the beginning of a name: the one shown first."""
    return account_queries.accounts_named(request.actor, typed)


@needs("journal:view", portal="vendor")
@require_safe
def page(request: SubletRequest, entry: str) -> HttpResponseBase:
    """One entry with everything that it holds."""
    row = entry_for_vendor(request.actor, entry)
    account = account_queries.names_of_accounts([row.account_id]).get(row.account_id)
    context = {
        "entry": row,
        "crumbs": (Crumb(_("Journal"), here(request, "vendor-journal")), Crumb(row.event)),
        "facts": _facts(request, row, account),
        "data": list(_data(row.data)),
    }
    return render(request, "vendor/journal_entry.html", context)


def _facts(request: SubletRequest, row: EntryRow, account: AccountName | None) -> tuple[Fact, ...]:
    link = ""
    if account is not None and account.kind != "vendor" and request.actor.may("accounts:view"):
        link = here(request, "vendor-account", ref=account.page_ref)
    who = name_shown(row.actor_name, row.via)
    by = _("%(person)s of %(account)s") % {"person": who, "account": row.actor_account_name}
    return (
        Fact(_("When"), row.at, "datetime"),
        Fact(_("About"), account.name if account is not None else "", url=link),
        Fact(_("By"), by if row.actor_account_name else who),
        Fact(_("In place of that person"), row.impersonator_name),
        Fact(_("Reason"), row.reason),
        Fact(_("How"), via_words(row.via)),
        Fact(_("Host"), row.host, "code"),
        Fact(_("Event"), row.event, "code"),
        Fact(_("Number of the request"), row.request_id, "code"),
        Fact(_("Number of the entry"), row.id, "code", copy=True),
    )


def _data(data: Mapping[str, Any]) -> Iterator[Change]:
    """What the event carries: changed fields with both values, everything else with its value."""
    for name, value in data.items():
        if name == "changes" and isinstance(value, dict):
            for field, pair in value.items():
                before, after = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
                yield Change("change", field, _words(before) or "–", _words(after) or "–")
        else:
            yield Change("same", name, after=_words(value) or "–")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
