"""The pages of senders, the same in every portal: what recipients see, the domains behind it, their records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import error, success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core.rights import VENDOR
from sublet.core.senders import IDENTITIES
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.messaging import sender_operations as operations
from sublet.messaging import sender_queries as queries
from sublet.messaging.sender_queries import IdentityView, SenderDomainRow, SendersView, WayView
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import NameField, SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS, write_date
from sublet.portals.shared.mails import state_cell
from sublet.portals.shared.sender_words import (
    ALGORITHM_WORDS,
    DOMAIN_WORDS,
    IDENTITY_WORDS,
    KEY_WORDS,
    SERVER_WORDS,
    cell,
    fault_words,
    finding_words,
    purpose_words,
)
from sublet.portals.shared.tables import StatusCell

Frame = Callable[[SubletRequest, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class IdentityCard:
    """An identity on the page."""

    view: IdentityView
    title: str
    text: str
    note: str
    inherited: tuple[str, ...]
    edit_url: str
    test_url: str
    test_state: StatusCell | None


@dataclass(frozen=True, slots=True)
class DomainLine:
    """A sender domain in the list; one that is inherited has no page here."""

    row: SenderDomainRow
    state: StatusCell
    url: str


class SenderForm(SubletForm):
    """Name, address and Reply-To of one identity; what is empty is inherited."""

    name = NameField(label=gettext_lazy("Name"), max_length=80, required=False)
    domain = forms.ChoiceField(label=gettext_lazy("Domain"), required=False)
    mailbox = forms.CharField(
        label=gettext_lazy("Mailbox"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("What stands before the @, in every language that has none of its own below."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none", "placeholder": "no-reply"}),
    )
    reply_to = forms.CharField(
        label=gettext_lazy("Replies go to"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("An address that somebody reads."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, domains: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["domain"].choices = [("", _("Inherited")), *domains]  # type: ignore[attr-defined]  # a field with choices
        for language, name in AUTONYMS.items():
            field = forms.CharField(
                label=_("Mailbox in %(language)s") % {"language": name},
                max_length=64,
                required=False,
                widget=forms.TextInput(
                    attrs={"spellcheck": "false", "autocapitalize": "none", "class": "form-control", "lang": language}
                ),
            )
            self.fields[f"mailbox_{language}"] = field

    @property
    def languages(self) -> list[Any]:
        """The fields of single languages."""
        return [self[f"mailbox_{language}"] for language in AUTONYMS]

    @property
    def changes(self) -> dict[str, str | Mapping[str, str]]:
        """What `change_sender` takes."""
        data = self.cleaned_data
        mailboxes = {"": data["mailbox"]} | {language: data[f"mailbox_{language}"] for language in AUTONYMS}
        return {"name": data["name"], "domain": data["domain"], "mailboxes": mailboxes, "reply_to": data["reply_to"]}


class DomainForm(SubletForm):
    """A domain to write in the name of."""

    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=253,
        help_text=gettext_lazy("You get the records that prove it. Nothing changes before they are seen."),
        widget=forms.TextInput(
            attrs={"spellcheck": "false", "autocapitalize": "none", "placeholder": "agency.example", "dir": "ltr"}
        ),
    )


class SenderPages:
    """The views of one portal. `name` begins the names of its addresses; `frame` surrounds pages about a client."""

    def __init__(self, name: str, frame: Frame | None = None, base: str = "shared/app.html") -> None:
        self.name, self.frame, self.base = name, frame, base

    def url(self, request: SubletRequest, page: str = "", *, ref: str = "", **more: str) -> str:
        """The address of a page; ``""`` is the first one."""
        wanted = f"{self.name}-{page}" if page else self.name
        about = {"ref": ref} if ref else {}
        return reverse(wanted, kwargs={"account": request.actor.account_ref, **about, **more})

    def _view(self, request: SubletRequest, ref: str) -> SendersView:
        return queries.senders_of(request.actor, ref or request.actor.account_ref)

    def _context(self, request: SubletRequest, ref: str, *crumbs: str, **more: Any) -> dict[str, Any]:
        frame = dict(self.frame(request, ref)) if self.frame is not None else {}
        steps = (Crumb(_("Senders"), self.url(request, ref=ref)), *(Crumb(crumb) for crumb in crumbs)) if crumbs else ()
        return {
            **frame,
            "base": self.base,
            "framed": self.frame is not None,
            "steps": steps,
            "may_change": _may_change(request),
            "url": self.url(request, ref=ref),
            **more,
        }

    def senders(self, request: SubletRequest, /, ref: str = "") -> HttpResponseBase:
        """What recipients see, and the domains behind it; by POST a domain more."""
        if request.method != "POST":
            return self._senders(request, ref, DomainForm())
        request.actor.require("brand:manage")
        form = DomainForm(request.POST)
        if not form.is_valid():
            return self._senders(request, ref, form, status=422)
        try:
            made = operations.add_sender_domain(
                account_ref=ref or request.actor.account_ref,
                domain=form.cleaned_data["domain"],
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._senders(request, ref, form, status=refusal.status)
        success(request, _("The domain is noted. Enter its records where you manage the domain."))
        return HttpResponseRedirect(self.url(request, "domain", ref=ref, domain=made))

    def _senders(self, request: SubletRequest, ref: str, form: DomainForm, status: int = 200) -> HttpResponse:
        view = self._view(request, ref)
        context = self._context(
            request,
            ref,
            view=view,
            cards=[self._card(request, ref, each) for each in view.identities],
            domains=[
                DomainLine(
                    row,
                    cell(row.state, DOMAIN_WORDS),
                    "" if row.inherited_from else self.url(request, "domain", ref=ref, domain=row.ref),
                )
                for row in view.domains
            ],
            form=form,
            hidden=_hidden(view),
            way=_way_words(view.way),
            server=self._server(request, view),
        )
        return render(request, "senders/page.html", context, status=status)

    def _server(self, request: SubletRequest, view: SendersView) -> dict[str, Any] | None:
        """What can be done about the server: only where the account's own is chosen. The vendor's is the installation's."""
        way = view.way
        if self.frame is not None or way.owner or view.account_kind == VENDOR or not _may_change(request):
            return None
        suppressed = self.name.replace("senders", "suppressed")
        what, step = fault_words(way.why, way.label, way.kind) if way.state == "fails" else ("", "")
        # A provider is tried by the first mail only.
        told = way.state if way.kind == "smtp" or way.state != "new" else ""
        return {
            "state": cell(told, SERVER_WORDS) if told else None,
            "what": what,
            "step": step,
            "waits": bool(what) and way.why != "sender",
            "mend": _("A provider") if way.kind == "provider" else _("Your own mail server"),
            "mend_url": self.url(request, "server", kind=way.kind) if what else "",
            "smtp_url": self.url(request, "server", kind="smtp"),
            "provider_url": self.url(request, "server", kind="provider"),
            "remove_url": self.url(request, "server-remove") if way.kind != "platform" else "",
            "suppressed_url": reverse(suppressed, kwargs={"account": request.actor.account_ref})
            if request.actor.may("journal:view")
            else "",
        }

    def _card(self, request: SubletRequest, ref: str, view: IdentityView) -> IdentityCard:
        title, text = IDENTITY_WORDS[view.identity]
        may = _may_change(request)
        return IdentityCard(
            view=view,
            title=str(title),
            text=str(text),
            note=_note(view),
            inherited=tuple(
                _("%(field)s: inherited from %(account)s")
                % {
                    "field": {"name": _("Name"), "address": _("Address"), "reply_to": _("Replies go to")}[field],
                    "account": name,
                }
                for field, name in view.origins.items()
            ),
            edit_url=self.url(request, "identity", ref=ref, identity=view.identity) if may else "",
            test_url=self.url(request, "test", ref=ref, identity=view.identity)
            if may and request.actor.impersonator is None
            else "",
            test_state=state_cell(view.test.state) if view.test is not None else None,
        )

    def identity(self, request: SubletRequest, /, identity: str, ref: str = "") -> HttpResponseBase:
        """Change one identity."""
        if identity not in IDENTITIES:
            raise NotFound
        view = self._view(request, ref)
        shown = next(each for each in view.identities if each.identity == identity)
        domains = tuple((row.ref, row.domain) for row in view.domains)
        if request.method != "POST":
            initial = {
                "name": shown.name,
                "domain": shown.domain_ref,
                "mailbox": shown.mailboxes.get("", ""),
                "reply_to": shown.reply_to,
                "version": shown.version,
                **{f"mailbox_{language}": shown.mailboxes.get(language, "") for language in AUTONYMS},
            }
            return self._identity(request, ref, shown, SenderForm(initial=initial, domains=domains))
        form = SenderForm(request.POST, domains=domains)
        if not form.is_valid():
            return self._identity(request, ref, shown, form, status=422)
        try:
            operations.change_sender(
                account_ref=view.account_ref,
                identity=identity,
                changes=form.changes,
                version=form.cleaned_data["version"],
                actor=request.actor,
                at=now(),
            )
        except Refusal as refusal:
            form.refuse(refusal)
            return self._identity(request, ref, shown, form, status=refusal.status)
        success(request, _("Saved."))
        return HttpResponseRedirect(self.url(request, ref=ref))

    def _identity(
        self, request: SubletRequest, ref: str, view: IdentityView, form: SenderForm, status: int = 200
    ) -> HttpResponse:
        title = str(IDENTITY_WORDS[view.identity][0])
        context = self._context(request, ref, title, form=form, title=title, card=self._card(request, ref, view))
        return render(request, "senders/identity.html", context, status=status)

    def test(self, request: SubletRequest, /, identity: str, ref: str = "") -> HttpResponseBase:
        """Send a test mail to the reader's own address."""
        if identity not in IDENTITIES:
            raise NotFound
        email = str(getattr(request.user, "email", ""))
        try:
            operations.send_test_mail(
                account_ref=ref or request.actor.account_ref,
                identity=identity,
                to_email=email,
                language=request.LANGUAGE_CODE,
                actor=request.actor,
                at=now(),
            )
            success(request, _("A test mail to %(email)s is on its way.") % {"email": email})
        except Refusal as refusal:
            error(request, refusal.sentence)
        return HttpResponseRedirect(self.url(request, ref=ref))

    def domain(self, request: SubletRequest, /, domain: str, ref: str = "") -> HttpResponseBase:
        """One domain: its state, its records, what is wrong with them."""
        row = queries.sender_domain(request.actor, ref or request.actor.account_ref, domain)
        may = _may_change(request)
        actions = [Action(_("Check now"), self.url(request, "check", ref=ref, domain=domain), "refresh", "post")]
        if row.can_rotate:
            actions.append(Action(_("New key"), self.url(request, "rotate", ref=ref, domain=domain), "key", "post"))
        actions.append(Action(_("Remove"), icon="trash", dialog="remove"))
        context = self._context(
            request,
            ref,
            row.domain,
            row=row,
            state=cell(row.state, DOMAIN_WORDS),
            awaits=row.awaits(now()),
            state_url=self.url(request, "state", ref=ref, domain=domain),
            actions=tuple(actions) if may else (),
            facts=(
                Fact(_("State"), cell(row.state, DOMAIN_WORDS), "status"),
                Fact(_("Last looked at"), row.checked_at, "datetime"),
            ),
            blocking=[finding_words(each) for each in row.findings if each.blocks],
            advice=[finding_words(each) for each in row.findings if not each.blocks],
            records=[(record, purpose_words(record)) for record in row.records],
            keys=[
                (
                    key,
                    ALGORITHM_WORDS[key.algorithm],
                    cell(key.state, KEY_WORDS),
                    write_date(key.rests_until) if key.rests_until else "",
                )
                for key in row.keys
            ],
            remove_url=self.url(request, "remove", ref=ref, domain=domain) if may else "",
            points=(
                _("Mail in its name leaves from the neutral address from then on."),
                _("Its key is destroyed. To use the domain again, its records must be entered anew."),
            ),
        )
        return render(request, "senders/domain.html", context)

    def state(self, request: SubletRequest, /, domain: str, ref: str = "") -> HttpResponseBase:
        """Asked by the page as long as a look is awaited: nothing, and then that the page is to be loaded again."""
        row = queries.sender_domain(request.actor, ref or request.actor.account_ref, domain)
        waits = row.awaits(now()) == "soon"
        return HttpResponse(status=204) if waits else HttpResponse(headers={"HX-Refresh": "true"})

    def _done(
        self, request: SubletRequest, ref: str, domain: str, act: Callable[..., None], told: str, *, gone: bool = False
    ) -> HttpResponseBase:
        queries.sender_domain(request.actor, ref or request.actor.account_ref, domain)
        try:
            act(ref=domain, actor=request.actor, at=now())
            success(request, told)
        except Refusal as refusal:
            error(request, refusal.sentence)
        return HttpResponseRedirect(
            self.url(request, ref=ref) if gone else self.url(request, "domain", ref=ref, domain=domain)
        )

    def check(self, request: SubletRequest, /, domain: str, ref: str = "") -> HttpResponseBase:
        """Have the records looked up now."""
        told = _("Asking the name servers …")
        return self._done(request, ref, domain, operations.check_sender_domain, told)

    def rotate(self, request: SubletRequest, /, domain: str, ref: str = "") -> HttpResponseBase:
        """Make a new key."""
        told = _("There is a new key. Enter its record; the one before signs until it is seen.")
        return self._done(request, ref, domain, operations.rotate_dkim_key, told)

    def remove(self, request: SubletRequest, /, domain: str, ref: str = "") -> HttpResponseBase:
        """Take the domain away."""
        told = _("The domain was removed.")
        return self._done(request, ref, domain, operations.remove_sender_domain, told, gone=True)


def _may_change(request: SubletRequest) -> bool:
    return request.actor.may("brand:manage")


def _note(view: IdentityView) -> str:
    if view.own_domain:
        return _("Signed and aligned: it leaves in your own name.")
    if view.wanted:
        return _(
            "Will be %(address)s as soon as the records of its domain are right. Until then the address is neutral."
        ) % {"address": view.wanted}
    return _("The address is neutral and names nobody. For one of your own, add a domain below.")


def _hidden(view: SendersView) -> tuple[str, ...]:
    """What a recipient can still find out: rather said here than found there."""
    points = [
        _(
            "“Received” lines name every server on the way. They cannot be hidden: receivers need them against junk mail."
        ),
        _("What does not arrive comes back to a host below %(host)s, which the records of your domain lead to.")
        % {"host": view.bounces_to},
    ]
    if not all(each.own_domain for each in view.identities):
        points.append(
            _(
                "Without a domain of your own the address is %(address)s, shared with others. Your name stands before it."
            )
            % {"address": view.neutral}
        )
    if view.way.kind != "platform":
        points.append(
            _(
                "Mails with a log-in link or code leave by our server all the same, from the neutral address: nobody else reads them."
            )
        )
    if view.way.kind == "provider":
        points.append(_("%(provider)s adds headers of its own, which name it.") % {"provider": view.way.label})
    return tuple(points)


def _way_words(way: WayView) -> str:
    if way.kind == "platform":
        return _("Mail leaves by the server of this installation.")
    if way.owner:
        return _("Mail leaves by the server of %(account)s: %(server)s.") % {"account": way.owner, "server": way.label}
    return _("Mail in your own name leaves by %(server)s.") % {"server": way.label}


def sender_patterns(
    *,
    name: str,
    route: str,
    portal: str | tuple[str, ...],
    frame: Frame | None = None,
    base: str = "shared/app.html",
) -> list[URLPattern]:
    """The addresses of an account's senders under `route`, named `name` and ``<name>-<page>``."""
    pages = SenderPages(name, frame, base)

    def page(view: Callable[..., HttpResponseBase], right: str, allow: Any) -> Callable[..., HttpResponseBase]:
        return page_of(allow(view), name=name, right=right, portal=portal)

    form = require_http_methods(["GET", "HEAD", "POST"])
    one = f"{route}domains/<str:domain>/"
    see, do = "brand:view", "brand:manage"
    return [
        path(route, page(pages.senders, see, form), name=name),
        path(f"{route}mail/<str:identity>/", page(pages.identity, do, form), name=f"{name}-identity"),
        path(f"{route}mail/<str:identity>/test/", page(pages.test, do, require_POST), name=f"{name}-test"),
        path(one, page(pages.domain, see, require_safe), name=f"{name}-domain"),
        path(f"{one}state/", page(pages.state, see, require_safe), name=f"{name}-state"),
        path(f"{one}check/", page(pages.check, do, require_POST), name=f"{name}-check"),
        path(f"{one}rotate/", page(pages.rotate, do, require_POST), name=f"{name}-rotate"),
        path(f"{one}remove/", page(pages.remove, do, require_POST), name=f"{name}-remove"),
    ]
