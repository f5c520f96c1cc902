"""One client: opened, looked at, changed, and what happened to it."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.branding import queries as branding_queries
from sublet.clientsettings import operations as settings_operations
from sublet.clientsettings import queries as settings_queries
from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.foundation.journal import queries as journal
from sublet.people import queries as people_queries
from sublet.people.queries import StaffMember
from sublet.portals.reseller.client_frame import client_frame, shown_state
from sublet.portals.reseller.forms import DETAILS, ClientSettingsForm, NewClientForm
from sublet.portals.reseller.nav import here, hostless, optional
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.handover import sheet_links
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.journal_pages import Narrowed, narrowed_journal
from sublet.portals.shared.locales import AUTONYMS, write_country
from sublet.portals.shared.plan_words import beginnings
from sublet.portals.shared.stories import FIELD_LABELS, days_of
from sublet.portals.shared.words import clients_called, said

RECENT = 8


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SubletRequest) -> HttpResponseBase:
    """A new, empty account, with an invitation when an address is given."""
    actor = request.actor
    templates = [(row.ref, row.name) for row in settings_queries.templates(actor)]
    if request.method != "POST":
        own = account_queries.own_facts(actor)
        initial = {
            "once": secrets.token_urlsafe(18),
            "language": own.language,
            "timezone": own.timezone,
            "currency": own.currency,
            "country": own.country,
        }
        return _new_page(request, NewClientForm(initial=initial, begins=beginnings(), templates=templates))
    form = NewClientForm(request.POST, begins=beginnings(), templates=templates)
    if not form.is_valid():
        return _new_page(request, form, status=422)
    values = form.cleaned_data
    demo_until = form.demo_end()
    fields: dict[str, Any] = {}
    if demo_until is not None and not values["owner_email"]:
        fields["state"] = "prospect"
    try:
        account = settings_operations.open_client(
            template=values.get("template", ""),
            begins=values.get("begins", ""),
            name=values["name"],
            owner_email=values["owner_email"],
            owner_name=values["owner_name"],
            language=values["language"],
            details=account_operations.Details(**form.details()),
            ownership=values["ownership"],
            demo_until=demo_until,
            tags=values["tags"],
            once=form.intent(),
            actor=actor,
            at=now(),
            **fields,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _new_page(request, form, status=refusal.status)
    if values["owner_email"]:
        success(
            request,
            _("%(client)s is open, and an invitation is on its way to %(email)s.")
            % {"client": account.name, "email": values["owner_email"]},
        )
    else:
        success(request, _("%(client)s is open.") % {"client": account.name})
    return HttpResponseRedirect(here(request, "reseller-client", ref=account.ref))


def _new_page(request: SubletRequest, form: NewClientForm, status: int = 200) -> HttpResponse:
    form.fields["tags"].widget.suggestions = tuple(account_queries.tags_in_use(request.actor))
    context = {
        "form": form,
        "hostless": hostless(request),
        "more": [form[name] for name in DETAILS if name != "language"],
        "more_open": any(name in form.errors for name in DETAILS),
        "cancel_url": here(request, "reseller-clients"),
        "crumbs": (
            Crumb(clients_called(request), here(request, "reseller-clients")),
            Crumb(said(request, "new-client")),
        ),
    }
    return render(request, "reseller/client_new.html", context, status=status)


@needs("clients:view", portal="reseller")
@require_safe
def overview(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Facts, people, hosts, what happened last, and what can be done."""
    actor, at = request.actor, now()
    facts = account_queries.client_facts(actor, ref)
    staff = people_queries.staff(actor)
    count = people_queries.headcount(facts.id)
    hosts = branding_queries.hosts_of(facts.id, at=at)
    rows = journal.history(actor, account_id=facts.id, size=RECENT).rows
    context = client_frame(request, ref, "overview", facts) | {
        "facts": _facts(request, facts, staff),
        "contact": _contact(facts),
        "people": count,
        "team_url": optional(request, "reseller-client-team", ref=ref),
        "hosts": [row.host for row in hosts if row.rests_until is None],
        "hosts_url": optional(request, "reseller-client-hosts", ref=ref),
        "sheets": sheet_links(here(request, "reseller-client-hand-over", ref=ref), facts.language),
        "days": days_of(rows, from_above=True),
        "history_url": here(request, "reseller-client-history", ref=ref),
        "steps": _what_can_be_done(request, facts) if actor.may("clients:manage") else (),
        "notes": facts.notes,
    }
    return render(request, "reseller/client.html", context)


def _name_of(user_id: int | None, staff: list[StaffMember]) -> str:
    return next((member.name for member in staff if member.user_id == user_id), "")


def _facts(request: SubletRequest, facts: AccountFacts, staff: list[StaffMember]) -> tuple[Fact, ...]:
    whose = {"reseller": _("Yours"), "client": _("The client’s")}
    found = [
        Fact(_("State"), shown_state(facts), kind="status"),
        Fact(_("In this state since"), facts.state_since, kind="date"),
    ]
    if facts.state_reason:
        found.append(Fact(_("Reason"), facts.state_reason))
    if facts.demo_until is not None:
        found.append(Fact(_("Demonstration until"), facts.demo_until, kind="date"))
    found += [
        Fact(_("Whose account"), whose[facts.ownership]),
        Fact(_("Responsible"), _name_of(facts.responsible_id, staff)),
        Fact(_("Tags"), facts.tags, kind="tags"),
        Fact(_("Language"), AUTONYMS.get(facts.language, "")),
        Fact(_("Time zone"), facts.timezone.replace("_", " ")),
        Fact(_("Client since"), facts.created_at, kind="date"),
        Fact(_("Last visit of its people"), facts.last_seen_at, kind="datetime"),
        Fact(_("Reference"), facts.ref, kind="code", copy=True),
    ]
    if facts.external_id:
        found.append(Fact(FIELD_LABELS["external_id"], facts.external_id, kind="code"))
    return tuple(found)


def _contact(facts: AccountFacts) -> tuple[Fact, ...]:
    place = " ".join(part for part in (facts.postal_code, facts.city) if part)
    address = ", ".join(part for part in (facts.street, place, write_country(facts.country)) if part)
    return tuple(
        fact
        for fact in (
            Fact(_("Contact"), facts.contact_name),
            Fact(_("E-mail"), facts.email, kind="mail", copy=True),
            Fact(_("Telephone"), facts.phone, kind="phone"),
            Fact(_("Mobile"), facts.mobile, kind="phone"),
            Fact(_("Website"), facts.website, url=facts.website),
            Fact(_("Address"), address),
        )
        if fact.value
    )


def _what_can_be_done(request: SubletRequest, facts: AccountFacts) -> tuple[tuple[str, str, Action], ...]:
    """Each step with its title, what it means, and its button. In the order of how much it changes."""

    def to(name: str) -> str:
        return here(request, name, ref=facts.ref)

    found: list[tuple[str, str, Action]] = []
    if facts.grace_until is not None:
        return (
            (
                _("Take the closing back"),
                _("The account is again what it was before, with its people, brand and data."),
                Action(_("Take it back"), to("reseller-client-reopen"), "arrow-back-up"),
            ),
        )
    if facts.ended:
        return ()
    if facts.demo_until is not None or facts.state == "prospect":
        found.append(
            (
                _("Make the prospect a client"),
                _("The account loses its end and stays as it is."),
                Action(_("Make it a client"), to("reseller-client-win"), "rocket"),
            )
        )
    found.append(
        (
            _("Move the end of the demonstration") if facts.demo_until else _("Mark as a demonstration"),
            _("A demonstration closes by itself on its last day and can then be taken back for 30 days."),
            Action(_("Choose the day"), to("reseller-client-demonstration"), "calendar"),
        )
    )
    if facts.ownership == "reseller":
        found.append(
            (
                _("Give the account to the client"),
                _("Then only the client’s owner can close it or give it back."),
                Action(_("Give it away"), to("reseller-client-ownership"), "gift"),
            )
        )
    if facts.state == "suspended":
        found.append(
            (
                _("Resume the account"),
                _("Its people are let in again at once."),
                Action(_("Resume"), to("reseller-client-resume"), "player-play"),
            )
        )
    elif facts.state in {"active", "invited"}:
        found.append(
            (
                _("Suspend the account"),
                _("Its people meet a lock page with your support contact. You still get in. Nothing is lost."),
                Action(_("Suspend"), to("reseller-client-suspend"), "player-pause"),
            )
        )
    if facts.demo_until is None and facts.ownership == "reseller":
        found.append(
            (
                _("Move the client"),
                _("It becomes a direct account, or goes to another reseller. You see first what that means."),
                Action(_("Move"), to("reseller-client-move"), "transfer"),
            )
        )
    if facts.ownership == "reseller":
        found.append(
            (
                _("Close the account"),
                _("Nobody can work in it any more. For 30 days you can take that back; then it has ended."),
                Action(_("Close"), to("reseller-client-close"), "ban", tone="danger"),
            )
        )
    return tuple(found)


@needs("clients:manage", portal="reseller")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Details, tags and the responsible person, saved together."""
    actor, at = request.actor, now()
    facts = account_queries.client_facts(actor, ref)
    staff = people_queries.staff(actor)
    if request.method != "POST":
        initial: dict[str, Any] = {name: getattr(facts, name) for name in ("name", "version", "tags", *DETAILS)}
        initial["responsible"] = next((m.ref for m in staff if m.user_id == facts.responsible_id), "")
        return _settings_page(request, facts, _settings_form(request, facts, staff, initial=initial))
    form = _settings_form(request, facts, staff, data=request.POST)
    if not form.is_valid():
        return _settings_page(request, facts, form, status=422)
    member = next((each for each in staff if each.ref == form.cleaned_data["responsible"]), None)
    try:
        account_operations.change_client(
            ref=ref,
            changes={"name": form.cleaned_data["name"], **form.details()},
            version=form.cleaned_data["version"],
            tags=form.cleaned_data["tags"],
            responsible_id=member.user_id if member else None,
            responsible_name=member.name if member else "",
            actor=actor,
            at=at,
        )
    except account_operations.CannotChangeDetails as refusal:
        return _refused(request, facts, form, refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        return _settings_page(request, facts, form, status=refusal.status)
    success(request, _("Saved."))
    return HttpResponseRedirect(here(request, "reseller-client-settings", ref=ref))


def _refused(
    request: SubletRequest,
    facts: AccountFacts,
    form: ClientSettingsForm,
    refusal: account_operations.CannotChangeDetails,
) -> HttpResponse:
    """The form as it was sent, with both values beside each other; sending it once more is meant."""
    form.refuse(refusal)
    if refusal.conflicts:
        form.data = form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        form.data["version"] = str(refusal.version)  # type: ignore[index]  # as above
    conflicts = [
        (FIELD_LABELS.get(conflict.field, conflict.field), conflict.stored, conflict.sent)
        for conflict in refusal.conflicts
    ]
    return _settings_page(request, facts, form, status=refusal.status, conflicts=conflicts)


def _settings_form(
    request: SubletRequest, facts: AccountFacts, staff: list[StaffMember], **values: Any
) -> ClientSettingsForm:
    people = [(m.ref, m.name) for m in staff if not m.gone or m.user_id == facts.responsible_id]
    return ClientSettingsForm(people=people, suggestions=account_queries.tags_in_use(request.actor), **values)


def _settings_page(
    request: SubletRequest, facts: AccountFacts, form: ClientSettingsForm, status: int = 200, conflicts: Any = ()
) -> HttpResponse:
    context = client_frame(request, facts.ref, "settings", facts) | {
        "form": form,
        "conflicts": conflicts,
        "cancel_url": here(request, "reseller-client", ref=facts.ref),
    }
    return render(request, "reseller/client_settings.html", context, status=status)


@needs("clients:view", portal="reseller")
@require_safe
def history(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Everything that happened to the client, in sentences, newest first."""
    facts = account_queries.client_facts(request.actor, ref)
    found = narrowed_journal(request, account_id=facts.id, about=facts.name)
    if not isinstance(found, Narrowed):
        return found
    days = days_of(found.page.rows, from_above=True)
    context = client_frame(request, ref, "history", facts) | {"days": days, **found.context(request)}
    return render(request, "reseller/client_history.html", context)
