"""The pages of API keys, the same in every portal."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.messages import info, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.foundation.clock import now
from sublet.foundation.errors import Refusal
from sublet.people import operations, queries
from sublet.people.queries import KeyForm, KeyRow
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import NameField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_ago, write_datetime
from sublet.portals.shared.rights_form import RightsForm
from sublet.portals.shared.tables import Column, Empty, Pager, Row, Table, read_list_state

COLUMNS = (
    Column("name", gettext_lazy("Name"), template="keys/cell_name.html", required=True),
    Column("state", gettext_lazy("State"), "status"),
    Column("rights", gettext_lazy("Rights"), priority=2),
    Column("used", gettext_lazy("Last used"), template="keys/cell_used.html"),
    Column("expires", gettext_lazy("Expires"), "date", priority=3),
    Column("maker", gettext_lazy("Made by"), priority=3),
)
_SENT = "keys-sent"
_REMEMBERED = 20


class RangesField(forms.CharField):
    """Addresses and ranges, one on a line (or with commas) → a list of texts. The operation says which is none."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Works from"),
            required=False,
            max_length=3000,
            widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
            help_text=gettext_lazy(
                "Addresses or ranges such as 203.0.113.0/24, one on a line. Leave it empty to let the key work from everywhere."
            ),
        )

    def clean(self, value: Any) -> list[str]:
        """Each address or range as it was typed."""
        return str(super().clean(value) or "").replace(",", " ").replace(";", " ").split()


class NewKeyForm(SubletForm):
    """What a key is called, and how long it lasts."""

    name = NameField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("What the key is for, such as “Website”.")
    )
    lasts = forms.TypedChoiceField(
        label=gettext_lazy("Expires"),
        choices=[
            (30, gettext_lazy("After 30 days")),
            (90, gettext_lazy("After 90 days")),
            (365, gettext_lazy("After a year")),
            (0, gettext_lazy("Never")),
        ],
        coerce=int,
        initial=365,
    )
    allowed_from = RangesField()
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class AddressesForm(SubletForm):
    """From where a key works."""

    allowed_from = RangesField()


class RotationForm(SubletForm):
    """How long the old secret works beside the new one."""

    overlap = forms.TypedChoiceField(
        label=gettext_lazy("The old secret works for"),
        choices=[
            (24, gettext_lazy("One day longer")),
            (72, gettext_lazy("Three days longer")),
            (168, gettext_lazy("Seven days longer")),
            (0, gettext_lazy("No longer: it ends now")),
        ],
        coerce=int,
        initial=24,
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class KeyPages:
    """The views of one portal: `name` is what the names of its addresses begin with."""

    def __init__(self, name: str) -> None:
        self.name = name

    def url(self, request: SubletRequest, page: str = "", **more: str) -> str:
        """The address of a page; ``""`` is the list."""
        wanted = f"{self.name}-{page}" if page else self.name
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **more})

    def listing(self, request: SubletRequest, /) -> HttpResponseBase:
        """The account's keys."""
        state = read_list_state(request.GET, columns=COLUMNS, default_sort="name")
        page = queries.keys_of_account(request.actor, at=now(), cursor=state.cursor)
        new = Action(_("New API key"), self.url(request, "new"), icon="plus", tone="primary")
        actions = (new,) if page.may_manage else ()
        table = Table(
            id="keys",
            caption=_("API keys"),
            columns=COLUMNS,
            rows=tuple(self._row(request, row, page.may_end) for row in page.rows),
            state=state,
            pager=Pager(
                previous=page.previous_cursor,
                next=page.next_cursor,
                shown=len(page.rows),
                first_page=not page.previous_cursor,
            ),
            empty=Empty(
                title=_("No API keys yet"),
                text=_("A key lets another program work in this account, with the rights that you tick."),
                icon_name="key",
                actions=actions,
            ),
        )
        revocable = [row for row in page.rows if row.state != "revoked"] if page.may_end else []
        context = {
            "table": table,
            "actions": actions if page.rows else (),
            "revocations": [(row, self.url(request, "revoke", key=row.ref)) for row in revocable],
        }
        part = request.htmx and not request.htmx.boosted
        return render(request, "shared/list_results.html" if part else "keys/keys.html", context)

    def _row(self, request: SubletRequest, row: KeyRow, may_end: bool) -> Row:
        revocable = may_end and row.state != "revoked"
        revoke = Action(_("Revoke"), icon="ban", dialog=f"revoke-{row.ref}", tone="danger")
        return Row(
            key=row.ref,
            label=row.name,
            url=self.url(request, "key", key=row.ref),
            muted=row.state != "active",
            menu=(revoke,) if revocable else (),
            cells={
                "name": row,
                "state": row.state,
                "rights": row.summary,
                "used": row,
                "expires": row.expires_at,
                "maker": row.created_by,
            },
        )

    def new(self, request: SubletRequest, /) -> HttpResponseBase:
        """Make a key; the answer shows it, once."""
        wanted = queries.key_form(request.actor)
        rights_form = RightsForm(wanted.offer, grantable=wanted.grantable, held={})
        if request.method != "POST":
            return self._form(request, wanted, NewKeyForm(initial={"once": secrets.token_hex(16)}), rights_form, {})
        rights = rights_form.read(request.POST)
        if "fill" in request.POST:
            form = NewKeyForm(initial=request.POST.dict())
            return self._form(request, wanted, form, rights_form, rights_form.fill(request.POST["fill"], rights))
        form = NewKeyForm(request.POST)
        if not form.is_valid():
            return self._form(request, wanted, form, rights_form, rights, status=422)
        sent: list[str] = request.session.get(_SENT, [])
        once = form.cleaned_data["once"]
        if once and once in sent:
            info(request, _("This key was made already. It is shown only once."))
            return HttpResponseRedirect(self.url(request))
        at = now()
        days = form.cleaned_data["lasts"]
        try:
            made = operations.create_key(
                name=form.cleaned_data["name"],
                rights=rights,
                expires_at=at + timedelta(days=days) if days else None,
                allowed_from=form.cleaned_data["allowed_from"],
                actor=request.actor,
                at=at,
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._form(request, wanted, form, rights_form, rights, status=refusal.status)
        request.session[_SENT] = [*sent[-_REMEMBERED:], once]
        context = {"made": made, "back_url": self.url(request), "crumbs": self._crumbs(request, made.name)}
        return render(request, "keys/made.html", context)

    def _form(
        self,
        request: SubletRequest,
        wanted: KeyForm,
        form: NewKeyForm,
        rights_form: RightsForm,
        rights: dict[str, str],
        *,
        status: int = 200,
    ) -> HttpResponse:
        reach = request.actor.reach
        context: dict[str, Any] = {
            "form": form,
            "grid": rights_form.grid(rights),
            "back_url": self.url(request),
            "crumbs": self._crumbs(request, _("New API key")),
            "reach_words": ""
            if reach is None
            else ngettext("%(count)s client", "%(count)s clients", len(reach)) % {"count": len(reach)},
        }
        return render(request, "keys/new.html", context, status=status)

    def key(self, request: SubletRequest, /, key: str) -> HttpResponseBase:
        """One key: what it may do, from where, when each of its secrets was used last."""
        return self._key(request, key)

    def _key(
        self,
        request: SubletRequest,
        ref: str,
        *,
        addresses: AddressesForm | None = None,
        rotation: RotationForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        row = queries.key_of_account(request.actor, ref, at=now())
        ends = row.state == "active" and request.actor.may_end("keys:manage") and request.actor.impersonator is None
        lives = ends and request.actor.may("keys:manage")
        initial = {"allowed_from": "\n".join(row.allowed_from)}
        context: dict[str, Any] = {
            "row": row,
            "facts": _facts(row),
            "crumbs": self._crumbs(request, row.name),
            "may_change": lives,
            "may_end": ends,
            "old_note": _old_note(row) if row.old_until else "",
            "addresses": addresses or AddressesForm(initial=initial, auto_id="addresses-%s"),
            "addresses_url": self.url(request, "addresses", key=ref),
            "rotation": rotation or RotationForm(initial={"once": secrets.token_hex(16)}, auto_id="rotation-%s"),
            "rotate_url": self.url(request, "rotate", key=ref),
            "end_old_url": self.url(request, "end-old", key=ref),
            "revoke_url": self.url(request, "revoke", key=ref),
            "actions": (Action(_("Revoke"), icon="ban", dialog=f"revoke-{row.ref}", tone="danger"),) if ends else (),
        }
        return render(request, "keys/key.html", context, status=status)

    def addresses(self, request: SubletRequest, /, key: str) -> HttpResponseBase:
        """Say from where a key works."""
        form = AddressesForm(request.POST, auto_id="addresses-%s")
        if not form.is_valid():
            return self._key(request, key, addresses=form, status=422)
        try:
            operations.change_key_addresses(
                key_ref=key, allowed_from=form.cleaned_data["allowed_from"], actor=request.actor, at=now()
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._key(request, key, addresses=form, status=refusal.status)
        success(request, _("From where the key works is saved."))
        return HttpResponseRedirect(self.url(request, "key", key=key))

    def rotate(self, request: SubletRequest, /, key: str) -> HttpResponseBase:
        """Give a key a new secret; the answer shows it, once."""
        form = RotationForm(request.POST, auto_id="rotation-%s")
        if not form.is_valid():
            return self._key(request, key, rotation=form, status=422)
        sent: list[str] = request.session.get(_SENT, [])
        once = form.cleaned_data["once"]
        if once and once in sent:
            info(request, _("This key was made already. It is shown only once."))
            return HttpResponseRedirect(self.url(request, "key", key=key))
        try:
            made = operations.rotate_key(
                key_ref=key, overlap=timedelta(hours=form.cleaned_data["overlap"]), actor=request.actor, at=now()
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._key(request, key, rotation=form, status=refusal.status)
        request.session[_SENT] = [*sent[-_REMEMBERED:], once]
        back = self.url(request, "key", key=key)
        context = {"made": made, "back_url": back, "crumbs": self._crumbs(request, made.name)}
        return render(request, "keys/made.html", context)

    def end_old(self, request: SubletRequest, /, key: str) -> HttpResponseBase:
        """End the secret before the last rotation."""
        operations.end_old_secret(key_ref=key, actor=request.actor, at=now())
        success(request, _("The old secret works no more."))
        return HttpResponseRedirect(self.url(request, "key", key=key))

    def revoke(self, request: SubletRequest, /, key: str) -> HttpResponseBase:
        """End a key at once."""
        operations.revoke_key(key_ref=key, actor=request.actor, at=now())
        success(request, _("The key works no more."))
        return HttpResponseRedirect(self.url(request))

    def _crumbs(self, request: SubletRequest, last: str) -> tuple[Crumb, ...]:
        return (Crumb(_("API keys"), self.url(request)), Crumb(last))


def _old_note(row: KeyRow) -> str:
    until = write_datetime(row.old_until) if row.old_until else ""
    works = _("The old one begins with %(prefix)s and works until %(until)s.") % {
        "prefix": row.old_prefix,
        "until": until,
    }
    if row.old_used_at is None:
        return " ".join((works, _("It has never been used.")))
    used = _("It was last used %(ago)s from %(address)s.") % {
        "ago": write_ago(row.old_used_at, now()),
        "address": row.old_used_from or "–",
    }
    return f"{works} {used}"


def _facts(row: KeyRow) -> tuple[Fact, ...]:
    never = pgettext("used", "Never")
    facts = [
        Fact(_("State"), row.state, "status"),
        Fact(_("Rights"), row.summary),
        Fact(_("Begins with"), f"{row.prefix}…", "code"),
        Fact(_("Works from"), ", ".join(row.allowed_from) or _("Everywhere")),
        Fact(
            _("Last used"),
            row.last_used_at or never,
            "datetime" if row.last_used_at else "text",
            hint=row.last_used_from,
        ),
    ]
    if row.refused_at:
        facts.append(Fact(_("Last refused"), row.refused_at, "datetime", hint=row.refused_from))
    facts += [
        Fact(_("Expires"), row.expires_at or _("Never"), "date" if row.expires_at else "text"),
        Fact(_("Made"), row.created_at, "date", hint=row.created_by),
    ]
    if row.rotated_at:
        facts.append(Fact(_("New secret since"), row.rotated_at, "datetime"))
    return tuple(facts)


def key_patterns(*, name: str, route: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The addresses of an account's API keys under `route`, named `name` and ``<name>-<page>``."""
    pages = KeyPages(name)

    def page(
        view: Callable[..., HttpResponseBase], right: str, allow: Any, *, ends: bool = False
    ) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right=right, portal=portal, ends=ends)

    form = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(route, page(pages.listing, "keys:view", require_safe), name=name),
        path(f"{route}new/", page(pages.new, "keys:manage", form), name=f"{name}-new"),
        path(f"{route}<str:key>/", page(pages.key, "keys:view", require_safe), name=f"{name}-key"),
        path(
            f"{route}<str:key>/addresses/", page(pages.addresses, "keys:manage", require_POST), name=f"{name}-addresses"
        ),
        path(f"{route}<str:key>/rotate/", page(pages.rotate, "keys:manage", require_POST), name=f"{name}-rotate"),
        path(
            f"{route}<str:key>/end-old/",
            page(pages.end_old, "keys:manage", require_POST, ends=True),
            name=f"{name}-end-old",
        ),
        path(
            f"{route}<str:key>/revoke/",
            page(pages.revoke, "keys:manage", require_POST, ends=True),
            name=f"{name}-revoke",
        ),
    ]
