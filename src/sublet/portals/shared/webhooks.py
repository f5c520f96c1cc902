"""The pages of webhooks, the same in every portal: who listens, what was sent, sending it once more."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.messages import error, info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.messaging import webhook_operations as operations
from sublet.messaging import webhook_queries as queries
from sublet.messaging.webhook_queries import WebhookRow
from sublet.portals.shared.components import Action, Crumb
from sublet.portals.shared.forms import NameField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.keys import RotationForm
from sublet.portals.shared.tables import (
    Column,
    Empty,
    Filter,
    FilterOption,
    Pager,
    Row,
    Table,
    read_list_state,
)
from sublet.portals.shared.webhook_words import (
    GROUP_WORDS,
    SENT_WORDS,
    STATE_WORDS,
    answer,
    cell,
    facts,
    groups,
    note,
    sent_facts,
)

COLUMNS = (
    Column("name", gettext_lazy("Name"), required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("url", gettext_lazy("Address"), priority=2),
    Column("groups", gettext_lazy("Hears of"), priority=3),
    Column("taken", gettext_lazy("Last taken"), "ago", priority=2),
)
SENT_COLUMNS = (
    Column("event", gettext_lazy("Event"), "code", required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("answer", gettext_lazy("Answer")),
    Column("attempts", gettext_lazy("Attempts"), "number", priority=3),
    Column("created", gettext_lazy("Happened"), "ago"),
)
_SENT = "webhooks-sent"
_REMEMBERED = 20
_ALL_FAILED = timedelta(days=30)


class WebhookForm(SubletForm):
    """What a webhook is called, where it leads, of what it hears."""

    name = NameField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Who listens, such as “Accounting”.")
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "spellcheck": "false", "autocapitalize": "none"}),
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Hears of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Tick nothing to let it hear of everything."),
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, known: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].choices = [(key, GROUP_WORDS[key]) for key in known]  # type: ignore[attr-defined]  # a field with choices


class WebhookPages:
    """The views of one portal: `name` is what the names of its addresses begin with."""

    def __init__(self, name: str) -> None:
        self.name = name

    def url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        """The address of a page; ``""`` is the list."""
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def listing(self, request: SubletRequest, /) -> HttpResponseBase:
        """The account's webhooks."""
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="name")
        rows = queries.webhooks_of_account(request.actor, at=now())
        new = Action(_("New webhook"), self.url(request, "new"), icon="plus", tone="primary")
        actions = (new,) if _may_change(request) and request.actor.may("journal:view") else ()
        table = Table(
            id="webhooks",
            caption=_("Webhooks"),
            columns=COLUMNS,
            rows=tuple(self._row(request, row) for row in rows),
            state=state,
            pager=Pager(shown=len(rows)),
            empty=Empty(
                title=_("No webhooks yet"),
                text=_("A webhook tells another program at once what happens here, signed so that it can be believed."),
                icon_name="send",
                actions=actions,
            ),
        )
        context = {"table": table, "actions": actions if rows else (), "off": [row for row in rows if _in_vain(row)]}
        return render(request, "webhooks/list.html", context)

    def _row(self, request: SubletRequest, row: WebhookRow) -> Row:
        return Row(
            key=row.ref,
            label=row.name,
            url=self.url(request, "webhook", webhook=row.ref),
            muted=row.state == "off",
            cells={
                "name": row.name,
                "state": cell(row.state, STATE_WORDS),
                "url": row.url,
                "groups": groups(row),
                "taken": row.last_success_at,
            },
        )

    def new(self, request: SubletRequest, /) -> HttpResponseBase:
        """Make a webhook; the answer shows its secret, once."""
        known = tuple(queries.choosable_groups(request.actor))
        if request.method != "POST":
            form = WebhookForm(initial={"once": secrets.token_hex(16)}, known=known)
            return self._form(request, form, _("New webhook"))
        form = WebhookForm(request.POST, known=known)
        if not form.is_valid():
            return self._form(request, form, _("New webhook"), status=422)
        sent: list[str] = request.session.get(_SENT, [])
        once = form.cleaned_data["once"]
        if once and once in sent:
            info(request, _("This webhook was made already. Its secret is shown only once."))
            return HttpResponseRedirect(self.url(request))
        try:
            made = operations.create_webhook(
                name=form.cleaned_data["name"],
                url=form.cleaned_data["url"],
                groups=form.cleaned_data["groups"],
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._form(request, form, _("New webhook"), status=refusal.status)
        request.session[_SENT] = [*sent[-_REMEMBERED:], once]
        return self._made(request, made)

    def _made(self, request: SubletRequest, made: operations.NewWebhook) -> HttpResponse:
        back = self.url(request, "webhook", webhook=made.ref)
        context = {"made": made, "back_url": back, "crumbs": self._crumbs(request, made.name)}
        return render(request, "webhooks/made.html", context)

    def _form(
        self, request: SubletRequest, form: WebhookForm, title: str, *, back: str = "", status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form,
            "title": title,
            "back_url": back or self.url(request),
            "crumbs": self._crumbs(request, title),
        }
        return render(request, "webhooks/form.html", context, status=status)

    def edit(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Change name, address and groups."""
        row = queries.webhook_of_account(request.actor, webhook, at=now())
        known = tuple(queries.choosable_groups(request.actor))
        back = self.url(request, "webhook", webhook=webhook)
        if request.method != "POST":
            form = WebhookForm(initial={"name": row.name, "url": row.url, "groups": list(row.groups)}, known=known)
            return self._form(request, form, row.name, back=back)
        form = WebhookForm(request.POST, known=known)
        if not form.is_valid():
            return self._form(request, form, row.name, back=back, status=422)
        try:
            operations.change_webhook(
                webhook_ref=webhook,
                name=form.cleaned_data["name"],
                url=form.cleaned_data["url"],
                groups=form.cleaned_data["groups"],
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._form(request, form, row.name, back=back, status=refusal.status)
        success(request, _("Saved."))
        return HttpResponseRedirect(back)

    def webhook(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """One webhook: how it is, and what was sent to it."""
        return self._page(request, webhook)

    def _page(
        self, request: SubletRequest, ref: str, *, rotation: RotationForm | None = None, status: int = 200
    ) -> HttpResponse:
        row = queries.webhook_of_account(request.actor, ref, at=now())
        may, ends = _may_change(request), _may_end(request)
        table = self._sent(request, row) if request.actor.may("journal:view") else None
        if table is not None and request.htmx and not request.htmx.boosted:
            return render(request, "shared/list_results.html", {"table": table})
        replays = may and row.state != "off" and table is not None
        given_up = replays and bool(queries.deliveries_of(request.actor, ref, state="failed", size=1).rows)
        context: dict[str, Any] = {
            "row": row,
            "facts": facts(row),
            "note": note(row),
            "crumbs": self._crumbs(request, row.name),
            "table": table,
            "may_change": may,
            "may_end": ends,
            "actions": self._actions(request, row) if may else (),
            "rotation": rotation or RotationForm(initial={"once": secrets.token_hex(16)}),
            "rotate_url": self.url(request, "rotate", webhook=ref),
            "remove_url": self.url(request, "remove", webhook=ref),
            "switch_url": self.url(request, "switch", webhook=ref),
            "replay_url": self.url(request, "replay-failed", webhook=ref) if given_up else "",
        }
        return render(request, "webhooks/webhook.html", context, status=status)

    def _actions(self, request: SubletRequest, row: WebhookRow) -> tuple[Action, ...]:
        edit = Action(_("Change"), self.url(request, "edit", webhook=row.ref), icon="edit")
        if row.state == "off":
            switch = self.url(request, "switch", webhook=row.ref)
            return (edit, Action(_("Switch on"), switch, method="post", fields={"on": "1"}, tone="primary"))
        return (
            edit,
            Action(_("Send a test"), self.url(request, "test", webhook=row.ref), icon="send", method="post"),
        )

    def _sent(self, request: SubletRequest, row: WebhookRow) -> Table:
        state = read_list_state(request.GET, columns=SENT_COLUMNS, default_sort="event", filters=("state",))
        chosen = state.one("state") if state.one("state") in SENT_WORDS else ""
        page = queries.deliveries_of(request.actor, row.ref, state=chosen, cursor=state.cursor)
        options = tuple(
            FilterOption(key, words, selected=key == chosen) for key, (words, _tone, _icon) in SENT_WORDS.items()
        )
        return Table(
            id="deliveries",
            caption=_("What was sent"),
            columns=SENT_COLUMNS,
            rows=tuple(
                Row(
                    key=sent.id,
                    label=sent.event,
                    url=self.url(request, "delivery", webhook=row.ref, delivery=sent.id),
                    cells={
                        "event": sent.event,
                        "state": cell(sent.state, SENT_WORDS),
                        "answer": answer(sent),
                        "attempts": sent.attempts,
                        "created": sent.created_at,
                    },
                )
                for sent in page.rows
            ),
            state=state,
            pager=Pager(
                previous=page.previous_cursor,
                next=page.next_cursor,
                shown=len(page.rows),
                first_page=not page.previous_cursor,
            ),
            filters=(Filter("state", _("State"), options, many=False, icon="circle-check"),),
            empty=Empty(
                title=_("Nothing was sent yet"), text=_("What happens from now on appears here."), icon_name="send"
            ),
        )

    def delivery(self, request: SubletRequest, /, webhook: str, delivery: str) -> HttpResponseBase:
        """One event for one webhook: what was sent, what was answered."""
        row = queries.webhook_of_account(request.actor, webhook, at=now())
        sent = queries.delivery_of(request.actor, webhook, delivery)
        again = _may_change(request) and row.state != "off" and sent.state != "waiting"
        context = {
            "sent": sent,
            "facts": sent_facts(sent),
            "body": json.dumps(json.loads(sent.body), indent=2, ensure_ascii=False),
            "crumbs": (
                Crumb(_("Webhooks"), self.url(request)),
                Crumb(row.name, self.url(request, "webhook", webhook=webhook)),
                Crumb(sent.event),
            ),
            "actions": (
                Action(
                    _("Send again"),
                    self.url(request, "replay", webhook=webhook, delivery=delivery),
                    icon="send",
                    method="post",
                ),
            )
            if again
            else (),
        }
        return render(request, "webhooks/delivery.html", context)

    def test(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Send a test event."""
        return self._done(
            request,
            webhook,
            lambda: operations.send_test_event(webhook_ref=webhook, actor=request.actor, at=now()),
            _("A test is on its way."),
        )

    def switch(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Switch it on or off."""
        on = request.POST.get("on") == "1"
        return self._done(
            request,
            webhook,
            lambda: operations.switch_webhook(webhook_ref=webhook, on=on, actor=request.actor, at=now()),
            _("The webhook is on.") if on else _("The webhook is off."),
        )

    def replay(self, request: SubletRequest, /, webhook: str, delivery: str) -> HttpResponseBase:
        """Send one event once more."""
        return self._done(
            request,
            webhook,
            lambda: operations.replay_delivery(
                webhook_ref=webhook, delivery_id=delivery, actor=request.actor, at=now()
            ),
            _("The event is on its way again."),
        )

    def replay_failed(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Send everything once more that was given up."""
        at = now()
        try:
            count = operations.replay_failed(webhook_ref=webhook, since=at - _ALL_FAILED, actor=request.actor, at=at)
        except Refusal as refusal:
            error(request, refusal.sentence)
        else:
            told = ngettext("%(count)s event is on its way again.", "%(count)s events are on their way again.", count)
            success(request, told % {"count": count}) if count else info(request, _("Nothing was given up."))
        return HttpResponseRedirect(self.url(request, "webhook", webhook=webhook))

    def _done(self, request: SubletRequest, webhook: str, act: Callable[[], object], told: str) -> HttpResponseRedirect:
        try:
            act()
            success(request, told)
        except Refusal as refusal:
            error(request, refusal.sentence)
        return HttpResponseRedirect(self.url(request, "webhook", webhook=webhook))

    def rotate(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Give a webhook a new secret; the answer shows it, once."""
        form = RotationForm(request.POST)
        if not form.is_valid():
            return self._page(request, webhook, rotation=form, status=422)
        sent: list[str] = request.session.get(_SENT, [])
        once = form.cleaned_data["once"]
        if once and once in sent:
            info(request, _("This webhook was made already. Its secret is shown only once."))
            return HttpResponseRedirect(self.url(request, "webhook", webhook=webhook))
        try:
            made = operations.rotate_webhook_secret(
                webhook_ref=webhook,
                overlap=timedelta(hours=form.cleaned_data["overlap"]),
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._page(request, webhook, rotation=form, status=refusal.status)
        request.session[_SENT] = [*sent[-_REMEMBERED:], once]
        return self._made(request, made)

    def remove(self, request: SubletRequest, /, webhook: str) -> HttpResponseBase:
        """Remove it."""
        operations.remove_webhook(webhook_ref=webhook, actor=request.actor, at=now())
        success(request, _("The webhook is gone."))
        return HttpResponseRedirect(self.url(request))

    def _crumbs(self, request: SubletRequest, last: str) -> tuple[Crumb, ...]:
        return (Crumb(_("Webhooks"), self.url(request)), Crumb(last))


def _may_change(request: SubletRequest) -> bool:
    return request.actor.may("keys:manage") and request.actor.impersonator is None


def _may_end(request: SubletRequest) -> bool:
    return request.actor.may_end("keys:manage") and request.actor.impersonator is None


def _in_vain(row: WebhookRow) -> bool:
    return row.state == "off" and row.off_reason in {"failing", "gone"}


def webhook_patterns(*, name: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of an account's webhooks under `route`, named `name` and ``<name>-<page>``."""
    pages = WebhookPages(name)

    def page(
        view: Callable[..., HttpResponseBase], right: str, allow: Any, *, ends: bool = False
    ) -> Callable[..., HttpResponseBase]:
        # What ends something is there for an account that is closed, suspended or does not pay: nobody else would do it.
        return page_of(allow(view), name=name, right=right, portal=portal, ends=ends, locked_too=ends)

    form = require_http_methods(["GET", "HEAD", "POST"])
    one = f"{route}<str:webhook>/"
    sent = f"{one}<str:delivery>/"
    see, do = "keys:view", "keys:manage"
    return [
        path(route, page(pages.listing, see, require_safe), name=name),
        path(f"{route}new/", page(pages.new, do, form), name=f"{name}-new"),
        path(one, page(pages.webhook, see, require_safe), name=f"{name}-webhook"),
        path(f"{one}edit/", page(pages.edit, do, form), name=f"{name}-edit"),
        path(f"{one}test/", page(pages.test, do, require_POST), name=f"{name}-test"),
        path(f"{one}switch/", page(pages.switch, do, require_POST, ends=True), name=f"{name}-switch"),
        path(f"{one}rotate/", page(pages.rotate, do, require_POST), name=f"{name}-rotate"),
        path(f"{one}remove/", page(pages.remove, do, require_POST, ends=True), name=f"{name}-remove"),
        path(f"{one}replay-failed/", page(pages.replay_failed, do, require_POST), name=f"{name}-replay-failed"),
        path(sent, page(pages.delivery, see, require_safe), name=f"{name}-delivery"),
        path(f"{sent}replay/", page(pages.replay, do, require_POST), name=f"{name}-replay"),
    ]
