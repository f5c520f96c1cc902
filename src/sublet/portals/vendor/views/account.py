"""One reseller or direct account: facts, people, hosts, history, and what the vendor may do to it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.accounts import operations as account_operations
from sublet.accounts import queries as account_queries
from sublet.accounts.queries import AccountFacts
from sublet.branding import queries as branding_queries
from sublet.core.rights import DIRECT
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.queries import history
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.queries import Headcount
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.guard import needs
from sublet.portals.shared.handover import sheet_answer, sheet_links
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS, write_country, write_date
from sublet.portals.vendor.forms import EditAccountForm, OwnerForm, ReasonForm, typed_again
from sublet.portals.vendor.histories import days_of
from sublet.portals.vendor.nav import here
from sublet.portals.vendor.views.accounts import kind_words, state_cell
from sublet.portals.vendor.views.home import counted

RECENT = 15
SHOWN_CLIENTS = 12
EDITED = (
    "name", "contact_name", "email", "phone", "website", "street", "postal_code", "city", "country", "language", "timezone",
    "external_id", "notes",
)  # fmt: skip


def facts_below(request: SubletRequest, ref: str) -> AccountFacts:
    """The account, which must stand directly below the vendor: a reseller's clients are the reseller's business."""
    facts = account_queries.client_facts(request.actor, ref)
    if facts.parent_id != request.actor.account_id:
        raise NotFound
    return facts


def crumbs_of(request: SubletRequest, facts: AccountFacts, *more: Crumb) -> tuple[Crumb, ...]:
    listing = Crumb(_("Resellers and accounts"), here(request, "vendor-accounts"))
    if not more:
        return (listing, Crumb(facts.name))
    return (listing, Crumb(facts.name, here(request, "vendor-account", ref=facts.ref)), *more)


@needs("accounts:view", portal="vendor")
@require_safe
def page(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Everything about the account that is the vendor's business."""
    return _page(request, facts_below(request, ref))


def _page(
    request: SubletRequest, facts: AccountFacts, *, owner_form: OwnerForm | None = None, status: int = 200
) -> HttpResponse:
    actor, at = request.actor, now()
    people = people_queries.headcount(facts.id)
    team = people_queries.team(actor, account_ref=facts.ref, at=at, size=1)
    hosts = branding_queries.hosts_of(facts.id, at=at)
    reseller = facts.kind == "reseller"
    below = (
        account_queries.client_list(actor, account_queries.list_query({"size": SHOWN_CLIENTS}), at=at, below=facts.ref)
        if reseller
        else None
    )
    number = account_queries.clients_of_each(actor, [facts.id])[facts.id] if reseller else None
    sees_journal = actor.may("journal:view")
    entries = history(actor, account_id=facts.id, size=RECENT).rows if sees_journal else ()
    context = {
        "facts": facts,
        "crumbs": crumbs_of(request, facts),
        "kind": kind_words(facts.kind),
        "state": "closing" if facts.grace_until is not None else facts.state,
        "notice": _notice(facts),
        "rows": _rows(facts),
        "people_rows": _people_rows(people),
        "invitations": [
            (
                row,
                here(request, "vendor-invitation-resend", ref=facts.ref, invitation=row.ref),
                here(request, "vendor-invitation-revoke", ref=facts.ref, invitation=row.ref),
            )
            for row in team.invitations
            if row.is_owner
        ],
        "owner_form": owner_form or (OwnerForm() if _may_invite(team, facts) else None),
        "owner_url": here(request, "vendor-account-owner", ref=facts.ref),
        "may_manage": actor.may("accounts:manage"),
        "hosts": hosts,
        "main_host": branding_queries.primary_host(facts.id),
        # To what was agreed for each: all that the vendor looks at of a reseller's client.
        "clients": [
            (row.name, state_cell(row).state, here(request, "vendor-account-subscription", ref=row.ref))
            for row in below.rows
        ]
        if below is not None
        else None,
        "clients_count": counted(number) if number is not None else "",
        "clients_url": here(request, "vendor-account-clients", ref=facts.ref),
        "days": days_of(request, entries, {}),
        "sees_journal": sees_journal,
        "journal_url": here(request, "vendor-journal") + f"?about={facts.ref}",
        "sheets": sheet_links(here(request, "vendor-account-hand-over", ref=facts.ref), facts.language)
        if facts.kind == DIRECT and not facts.ended
        else None,
        "actions": _actions(request, facts),
        "menu": _menu(request, facts),
        "suspend_url": here(request, "vendor-account-suspend", ref=facts.ref),
        "close_url": here(request, "vendor-account-close", ref=facts.ref),
        "close_points": _close_points(facts),
    }
    return render(request, "vendor/account.html", context, status=status)


@needs("accounts:view", portal="vendor")
@require_safe
def sheet(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Where a direct account logs in, the first steps, whom to ask: a PDF in brand."""
    return sheet_answer(request, ref)


def _may_invite(team: people_queries.TeamPage, facts: AccountFacts) -> bool:
    waiting = any(row.is_owner and not row.expired for row in team.invitations)
    return team.may_make_owner and not team.has_owner and not waiting and facts.state != "closed"


def _notice(facts: AccountFacts) -> tuple[str, str, str] | None:
    """Tone, title and text of what is special about the account now."""
    reason = _("Reason: %(reason)s") % {"reason": facts.state_reason} if facts.state_reason else ""
    if facts.state == "suspended":
        title = _("Suspended since %(day)s") % {"day": write_date(facts.state_since)}
        return "warning", title, (_("Its people meet a lock page.") + " " + reason).strip()
    if facts.grace_until is not None:
        title = _("Closed; it can be taken back until %(day)s") % {"day": write_date(facts.grace_until)}
        return "warning", title, reason
    if facts.ended:
        return "info", _("This account has ended. Its history stays."), reason
    if facts.read_only_since is not None:
        title = _("Can only read and pay since %(day)s") % {"day": write_date(facts.read_only_since)}
        return "warning", title, _("An invoice is not paid. Its clients go on as before.")
    if facts.state == "invited":
        return "info", _("The owner has not accepted the invitation yet."), ""
    return None


def _rows(facts: AccountFacts) -> tuple[Fact, ...]:
    place = " ".join(part for part in (facts.postal_code, facts.city) if part)
    return (
        Fact(_("Reference"), facts.ref, "code", copy=True),
        Fact(_("Contact"), facts.contact_name),
        Fact(_("E-mail"), facts.email, "mail", copy=True),
        Fact(_("Telephone"), facts.phone, "phone"),
        Fact(_("Website"), facts.website),
        Fact(_("Address"), ", ".join(part for part in (facts.street, place, write_country(facts.country)) if part)),
        Fact(_("Language"), AUTONYMS.get(facts.language, "")),
        Fact(_("Time zone"), facts.timezone),
        Fact(_("Currency"), facts.currency),
        Fact(_("Your own number"), facts.external_id),
        Fact(_("Since"), facts.created_at, "date"),
        Fact(_("Last visit"), facts.last_seen_at, "ago"),
        Fact(_("Notes"), facts.notes),
    )


def _people_rows(people: Headcount) -> tuple[Fact, ...]:
    return (
        Fact(_("People with access"), people.people, "number"),
        Fact(_("Open invitations"), people.invited, "number"),
        Fact(_("Owner"), people.owner_name, hint=people.owner_email if people.owner_email != people.owner_name else ""),
    )


def _actions(request: SubletRequest, facts: AccountFacts) -> tuple[Action, ...]:
    looks: tuple[Action, ...] = ()
    if facts.kind != DIRECT and not facts.ended:
        looks = (Action(_("Pools"), here(request, "vendor-account-pools", ref=facts.ref), "chart-bar"),)
    if facts.kind == DIRECT:
        url = here(request, "vendor-account-subscription", ref=facts.ref)
        looks = (Action(_("Subscription status"), url, "shopping-cart"),)
    if request.actor.may("usage:view"):
        looks = (*looks, Action(_("Usage"), here(request, "vendor-account-usage", ref=facts.ref), "activity"))
    if not request.actor.may("accounts:manage") or facts.ended:
        return looks
    found = [Action(_("Edit"), here(request, "vendor-account-edit", ref=facts.ref), "pencil"), *looks]
    if facts.state == "suspended":
        url = here(request, "vendor-account-resume", ref=facts.ref)
        found.append(Action(_("Resume"), url, "player-play", "post", tone="primary"))
    if facts.grace_until is not None:
        url = here(request, "vendor-account-reopen", ref=facts.ref)
        found.append(Action(_("Take back"), url, "arrow-back-up", "post", tone="primary"))
    return tuple(found)


def _menu(request: SubletRequest, facts: AccountFacts) -> tuple[Action, ...]:
    if not request.actor.may("accounts:manage") or facts.state == "closed":
        return ()
    found = []
    if facts.kind == "reseller" and (facts.read_only_since is not None or facts.state == "suspended"):
        url = here(request, "vendor-adopt", reseller=facts.ref)
        found.append(Action(_("Offer its clients another place"), url, "transfer"))
    if facts.state in {"active", "invited"}:
        hint = _("Its people are locked out, nothing is lost")
        found.append(Action(_("Suspend"), icon="player-pause", dialog="suspend", hint=hint))
    found.append(Action(_("Close"), icon="ban", dialog="close", tone="danger", hint=_("Can be taken back for 30 days")))
    return tuple(found)


def _close_points(facts: AccountFacts) -> tuple[str, ...]:
    points = [_("Its people are locked out at once."), _("It can be taken back for 30 days; its history stays.")]
    if facts.kind == "reseller":
        points.insert(0, _("A reseller is closed only when it has no open client."))
    return tuple(points)


# What is done to it ---------------------------------------------------------------------------------------------------


def _done(request: SubletRequest, ref: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(here(request, "vendor-account", ref=ref))


def _act(
    request: SubletRequest, ref: str, work: Callable[[str], object], *, said: str, with_reason: bool
) -> HttpResponse:
    """Do it with the reason given, say so, and go back to the page; a refusal is said there."""
    facts = facts_below(request, ref)
    reason = ""
    if with_reason:
        form = ReasonForm(request.POST)
        if not form.is_valid():
            error(request, _("Say why: the reason stands in the journal and on this page."))
            return _done(request, ref)
        reason = form.cleaned_data["reason"]
    try:
        work(reason)
    except Refusal as refusal:
        error(request, refusal.sentence)
    else:
        success(request, said % {"account": facts.name})
    return _done(request, ref)


@needs("accounts:manage", portal="vendor")
@require_POST
def suspend(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Lock its people out."""
    return _act(
        request,
        ref,
        lambda why: account_operations.suspend_account(ref=ref, reason=why, actor=request.actor, at=now()),
        said=_("%(account)s is suspended."),
        with_reason=True,
    )


@needs("accounts:manage", portal="vendor")
@require_POST
def resume(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Let its people in again."""
    return _act(
        request,
        ref,
        lambda _why: account_operations.resume_account(ref=ref, actor=request.actor, at=now()),
        said=_("%(account)s is resumed."),
        with_reason=False,
    )


@needs("accounts:manage", portal="vendor")
@require_POST
def close(request: SubletRequest, ref: str) -> HttpResponseBase:
    """End it, with a grace period."""
    return _act(
        request,
        ref,
        lambda why: account_operations.close_account(ref=ref, reason=why, actor=request.actor, at=now()),
        said=_("%(account)s is closed."),
        with_reason=True,
    )


@needs("accounts:manage", portal="vendor")
@require_POST
def reopen(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Take its closing back."""
    return _act(
        request,
        ref,
        lambda _why: account_operations.reopen_account(ref=ref, actor=request.actor, at=now()),
        said=_("The closing of %(account)s is taken back."),
        with_reason=False,
    )


@needs("accounts:manage", portal="vendor")
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Change what is kept about it. A form that began before somebody else's change shows both values."""
    facts = facts_below(request, ref)
    initial = {name: getattr(facts, name) for name in (*EDITED, "version")}
    form = EditAccountForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, object] = {
        "form": form,
        "title": _("Details of %(account)s") % {"account": facts.name},
        "crumbs": crumbs_of(request, facts, Crumb(_("Details"))),
        "cancel_url": here(request, "vendor-account", ref=ref),
        "submit": _("Save"),
        "conflicts": (),
    }
    if request.method != "POST":
        return render(request, "vendor/account_form.html", context)
    if not form.is_valid():
        return render(request, "vendor/account_form.html", context, status=422)
    values = form.cleaned_data
    try:
        account_operations.change_details(
            ref=ref,
            changes={name: values[name] for name in EDITED},
            version=values["version"],
            actor=request.actor,
            at=now(),
        )
    except account_operations.CannotChangeDetails as refusal:
        if refusal.conflicts:
            form = context["form"] = typed_again(EditAccountForm, request, refusal.version)
            context["conflicts"] = [(str(form[each.field].label), each.stored, each.sent) for each in refusal.conflicts]
        form.refuse(refusal)
        return render(request, "vendor/account_form.html", context, status=refusal.status)
    success(request, _("The details of %(account)s are saved.") % {"account": values["name"]})
    return _done(request, ref)


@needs("accounts:manage", portal="vendor")
@require_POST
def invite_owner(request: SubletRequest, ref: str) -> HttpResponseBase:
    """Invite somebody to own an account that nobody owns yet."""
    facts = facts_below(request, ref)
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return _page(request, facts, owner_form=form, status=422)
    try:
        people_operations.invite_collaborator(
            account_ref=ref,
            email=form.cleaned_data["owner_email"],
            name=form.cleaned_data["owner_name"],
            rights={},
            is_owner=True,
            actor=request.actor,
            at=now(),
        )
    except Refusal as refusal:
        form.add_error("owner_email" if refusal.field == "email" else None, refusal.sentence)
        return _page(request, facts, owner_form=form, status=refusal.status)
    success(request, _("%(email)s gets an invitation.") % {"email": form.cleaned_data["owner_email"]})
    return _done(request, ref)


@needs("accounts:manage", portal="vendor")
@require_POST
def resend(request: SubletRequest, ref: str, invitation: str) -> HttpResponseBase:
    """Send the owner's invitation again."""
    return _act(
        request,
        ref,
        lambda _why: people_operations.resend_invitation(
            account_ref=ref, invitation_ref=invitation, actor=request.actor, at=now()
        ),
        said=_("The invitation to %(account)s is on its way again."),
        with_reason=False,
    )


@needs("accounts:manage", portal="vendor")
@require_POST
def revoke(request: SubletRequest, ref: str, invitation: str) -> HttpResponseBase:
    """Take the owner's invitation back."""
    return _act(
        request,
        ref,
        lambda _why: people_operations.revoke_invitation(
            account_ref=ref, invitation_ref=invitation, actor=request.actor, at=now()
        ),
        said=_("The invitation to %(account)s is taken back."),
        with_reason=False,
    )
