"""The mails that were written, the same in every portal that shows them: a list, one mail, and sending it once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.messaging import operations as messaging_operations
from sublet.messaging import queries as messaging_queries
from sublet.messaging.chores import kept_days
from sublet.messaging.queries import MailRow, MailText
from sublet.messaging.worded import template_names
from sublet.portals.shared.components import Crumb, Fact
from sublet.portals.shared.csp import allow_own_frames, shown_in_frame
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS
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

COLUMNS = (
    Column("to", gettext_lazy("To"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("subject", gettext_lazy("Subject")),
    Column("account", gettext_lazy("About"), priority=3),
    Column("created", gettext_lazy("Written"), "ago", priority=2),
)
#: State → words, icon, tone.
STATE_WORDS = {
    "queued": (gettext_lazy("Waiting"), "clock", "neutral"),
    "sending": (gettext_lazy("Being handed over"), "send", "info"),
    "sent": (gettext_lazy("Sent"), "check", "success"),
    "failed": (gettext_lazy("Refused"), "alert-circle", "danger"),
    "withheld": (gettext_lazy("Not sent: suppressed"), "ban", "neutral"),
    "left": (gettext_lazy("Not sent: the account has moved"), "ban", "neutral"),
    "unknown": (gettext_lazy("Not known whether it arrived"), "help", "warning"),
}


@dataclass(frozen=True, slots=True)
class MailsPlace:
    """Where the list stands. `url_of(mail)` is a mail's page, `again_url_of(mail)` takes the POST, `shown_url_of(mail)`
    is the mail as a document, `account_url_of` a page about an account or empty."""

    url: str
    lead: str
    may_send: bool
    url_of: Callable[[str], str]
    again_url_of: Callable[[str], str]
    shown_url_of: Callable[[str], str]
    account_url_of: Callable[[MailRow], str]


def state_cell(state: str) -> StatusCell:
    """The state of a mail as a badge."""
    words, icon, tone = STATE_WORDS[state]
    return StatusCell(state, words, tone, icon)


def mails_page(request: SubletRequest, place: MailsPlace) -> HttpResponseBase:
    """The list: by state, by kind, by the account that they are about, by the recipient's whole address."""
    state = read_list_state(request.GET, columns=COLUMNS, default_sort="to", filters=("state", "kind", "about"))
    chosen = state.one("state") if state.one("state") in STATE_WORDS else ""
    names = template_names()
    kind = state.one("kind") if state.one("kind") in names else ""
    about = state.one("about")
    about_name = messaging_queries.name_of(about) if about else ""
    found = messaging_queries.outbox(
        request.actor, state=chosen, search=state.search, template=kind, account_ref=about, cursor=state.cursor
    )
    counts = messaging_queries.outbox_counts()
    options = tuple(
        FilterOption(key, words, counts.get(key), selected=key == chosen)
        for key, (words, _icon, _tone) in STATE_WORDS.items()
    )
    kinds = tuple(FilterOption(key, words, selected=key == kind) for key, words in names.items())
    table = Table(
        id="mails",
        caption=_("Mails"),
        columns=COLUMNS,
        rows=tuple(
            Row(
                key=row.id,
                label=row.to_email or row.subject,
                url=place.url_of(row.id),
                problem=row.answer if row.state == "failed" else "",
                cells={
                    "to": row.to_email or row.to_name or _("Somebody"),
                    "state": state_cell(row.state),
                    "subject": row.subject,
                    "account": row.account_name,
                    "created": row.created_at,
                },
            )
            for row in found.rows
        ),
        state=state,
        pager=Pager(
            previous=found.previous_cursor,
            next=found.next_cursor,
            shown=len(found.rows),
            first_page=not found.previous_cursor,
        ),
        summary=_("The search found more than is shown. Type more of the name.") if found.capped else "",
        search_label=_("Whole e-mail address, or name of an account"),
        filters=(
            Filter("state", _("State"), options, many=False, icon="circle-check"),
            Filter("kind", _("Kind"), kinds, many=False, icon="mail"),
            _about_filter(request, about, about_name),
        ),
        empty=Empty(
            title=_("No mails yet"), text=_("Invitations, new passwords and notices appear here."), icon_name="mail"
        ),
    )
    context = {"table": table, "lead": place.lead, "unknown": counts["unknown"], "days": kept_days()}
    return render(request, "outbox/list.html", context)


def _about_filter(request: SubletRequest, about: str, name: str) -> Filter:
    """Whose mails: found by a part of the name among the accounts that the reader may see."""
    typed = request.GET.get("find", "")[:200]
    found, more = messaging_queries.accounts_called(typed)

    def url_of(ref: str) -> str:
        query = request.GET.copy()
        for parameter in ("find", "cursor"):
            query.pop(parameter, None)
        query["about"] = ref
        return f"{request.path}?{query.urlencode()}"

    return Filter(
        "about",
        _("About"),
        (FilterOption(about, name, selected=True),) if about else (),
        many=False,
        icon="users",
        find="find",
        typed=typed,
        found=tuple(FilterOption(each.ref, each.name, url=url_of(each.ref)) for each in found),
        more=more,
        hint=_("Part of an account’s name"),
    )


def mail_page(request: SubletRequest, place: MailsPlace, mail_id: str) -> HttpResponseBase:
    """One mail: how it went, and what it says without a one-time link or code."""
    allow_own_frames(request)
    return _page(request, place, messaging_queries.mail_text(request.actor, mail_id, at=now()))


def _page(request: SubletRequest, place: MailsPlace, mail: MailText) -> HttpResponse:
    row = mail.row
    to = f"{row.to_name} <{row.to_email}>" if row.to_name else row.to_email
    facts = [
        Fact(_("State"), state_cell(row.state), "status"),
        Fact(_("To"), to),
        Fact(pgettext("sender of a mail", "From"), mail.from_line),
        Fact(_("Answers go to"), mail.reply_to),
        Fact(_("Kind"), template_names().get(row.template, row.template)),
        Fact(_("About"), row.account_name, url=place.account_url_of(row)),
        Fact(_("Language"), AUTONYMS.get(mail.language, mail.language)),
        Fact(_("Written"), row.created_at, "datetime"),
        Fact(_("Sent"), row.sent_at, "datetime"),
        *((Fact(_("Copy of"), mail.row.subject, url=place.url_of(mail.copy_of)),) if mail.copy_of else ()),
        *((Fact(_("Copies sent again"), str(mail.copies)),) if mail.copies and not mail.copy_of else ()),
        Fact(_("Server’s last answer"), row.answer, "code"),
        Fact(_("Message-ID"), mail.message_id, "code"),
    ]
    again = place.again_url_of(row.id) if place.may_send and mail.can_be_sent_again else ""
    points = [_("The same text goes out once more, with the same number, so that mail programs know the second copy.")]
    if row.state == "unknown":
        points.append(_("If the first one did arrive, the person may see it twice."))
    if row.state == "sent":
        points.append(
            _(
                "It has reached the reader’s mail server, so they may have it twice then. Let them look into their junk mail first."
            )
        )
        points.append(_("A mail is sent again three times at the most, ten minutes apart, for 30 days."))
    context = {
        "mail": mail,
        "facts": facts,
        "crumbs": (Crumb(_("Mails"), place.url), Crumb(row.subject)),
        "again_url": again,
        "points": points,
        "shown_url": place.shown_url_of(row.id) if mail.html else "",
        "about_url": f"{place.url}?{urlencode({'about': row.account_ref})}",
        "over": row.state in {"failed", "unknown"},
    }
    return render(request, "outbox/mail.html", context)


def mail_shown(request: SubletRequest, mail_id: str) -> HttpResponseBase:
    """The mail as its reader got it, without a one-time link or code: a document for the frame on its page."""
    mail = messaging_queries.mail_text(request.actor, mail_id, at=now())
    if not mail.html:
        raise NotFound
    return shown_in_frame(mail.html, pictures=mail.pictures)


def mail_again(request: SubletRequest, place: MailsPlace, mail_id: str) -> HttpResponseBase:
    """Queue the mail once more."""
    try:
        mail_id = messaging_operations.send_again(mail_id=mail_id, actor=request.actor, at=now())
        success(request, _("The mail is on its way again."))
    except Refusal as refusal:
        error(request, refusal.sentence)
    return HttpResponseRedirect(place.url_of(mail_id))
