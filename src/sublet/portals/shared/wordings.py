"""The words of a brand's mails, the same in every portal: a list of kinds and languages, and one mail with its preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sublet.core.wording import LONGEST, Wording
from sublet.foundation.clock import now
from sublet.foundation.errors import CannotWhileImpersonating, NotFound
from sublet.messaging import wording_operations, wording_queries
from sublet.messaging.worded import AUDIENCES
from sublet.messaging.wording_operations import CannotChangeWording, CannotSendTrial, clean_wording
from sublet.messaging.wording_queries import OURS, OWN, EditableWording, WordingRow, WordingState
from sublet.portals.shared.components import Crumb, Tab
from sublet.portals.shared.csp import allow_own_frames, shown_in_frame
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import AUTONYMS
from sublet.portals.shared.shell import Text

GROUNDS = (("light", gettext_lazy("Light")), ("dark", gettext_lazy("Dark")))
WIDTHS = (("phone", gettext_lazy("Phone")), ("desk", gettext_lazy("Desktop")))
PARTS = (("html", gettext_lazy("With pictures")), ("text", gettext_lazy("Plain text")))


@dataclass(frozen=True, slots=True)
class WordingsPlace:
    """Where the pages stand: `url_of("list" | "mail" | "preview" | "try" | "back")`; and the page around them."""

    account_ref: str
    lead: str
    url_of: Callable[[str], str]
    base: str = "shared/app.html"
    frame: Mapping[str, Any] | None = None

    def mail_url(self, kind: str, language: str, act: str = "mail") -> str:
        """The address of one mail in one language."""
        return f"{self.url_of(act)}?{urlencode({'mail': kind, 'in': language})}"


@dataclass(frozen=True, slots=True)
class Chip:
    """A language in the list."""

    language: str
    name: str
    url: str
    state: WordingState
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of mail in the list."""

    name: Text
    when: Text
    chips: tuple[Chip, ...]


class WordingForm(SubletForm):
    """The words of one mail. What stands in them is judged by the operation, which knows the placeholders."""

    version = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=LONGEST["subject"] * 4, required=False, strip=False
    )
    heading = forms.CharField(label=gettext_lazy("Heading"), max_length=LONGEST["heading"] * 4, required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=LONGEST["body"] * 4,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("An empty line begins a new paragraph."),
    )
    label = forms.CharField(label=gettext_lazy("Words on the button"), max_length=LONGEST["label"] * 4, required=False)
    conditional = ("subject", "body", "label")

    def __init__(self, data: Any = None, *, editable: EditableWording) -> None:
        shown = editable.shown
        initial = {name: getattr(shown, name) for name in ("subject", "heading", "body", "label")}
        super().__init__(data, initial=initial | {"version": editable.version})
        if not editable.kind.button:
            del self.fields["label"]
        for name in self.fields:
            self.fields[name].widget.attrs.pop("maxlength", None)  # a text that is cut while pasting is not seen to be
        self.fields["subject"].widget.attrs["autocomplete"] = "off"

    @property
    def wording(self) -> Wording:
        """The words as they were typed."""
        data = self.cleaned_data
        return Wording(**{name: str(data.get(name) or "") for name in ("subject", "heading", "body", "label")})


def source_words(state: WordingState) -> str:
    """Whose words are used."""
    if state.broken:
        return _("Own words lack something and are not used")
    if state.source == OWN:
        return _("Own words; ours have changed since") if state.stale else _("Own words")
    return _("Our words") if state.source == OURS else _("Inherited from %(account)s") % {"account": state.origin}


def wordings_page(request: SubletRequest, place: WordingsPlace) -> HttpResponseBase:
    """Every kind of mail, by whom it goes to."""
    rows = wording_queries.wordings(place.account_ref)
    groups = [
        (words, [_line(place, row) for row in rows if row.kind.audience == audience])
        for audience, words in AUDIENCES.items()
    ]
    context = {
        **(place.frame or {}),
        "base": place.base,
        "framed": place.frame is not None,
        "groups": groups,
        "title": _("Words in mails"),
        "lead": place.lead,
        "own": sum(state.source == OWN for row in rows for state in row.states),
        "stale": sum(state.stale or state.broken for row in rows for state in row.states),
    }
    return render(request, "wordings/list.html", context)


def _line(place: WordingsPlace, row: WordingRow) -> Line:
    chips = tuple(
        Chip(
            each.language,
            AUTONYMS[each.language],
            place.mail_url(row.kind.key, each.language),
            each,
            source_words(each),
        )
        for each in row.states
    )
    return Line(row.kind.name, row.kind.when, chips)


def _asked(request: SubletRequest, place: WordingsPlace) -> EditableWording:
    key, language = request.GET.get("mail", ""), request.GET.get("in", "")
    if "\x00" in key + language:
        raise NotFound
    return wording_queries.wording_to_edit(place.account_ref, key, language)


def wording_page(request: SubletRequest, place: WordingsPlace) -> HttpResponseBase:
    """One mail in one language, and by POST the change."""
    editable = _asked(request, place)
    if request.method != "POST":
        return _page(request, place, editable, WordingForm(editable=editable))
    form = WordingForm(request.POST, editable=editable)
    if not form.is_valid():
        return _page(request, place, editable, form, status=422)
    try:
        wording_operations.change_wording(
            account_ref=place.account_ref,
            key=editable.kind.key,
            language=editable.state.language,
            wording=form.wording,
            version=form.cleaned_data["version"],
            actor=request.actor,
            at=now(),
        )
    except CannotChangeWording as refusal:
        return _refused(request, place, editable, form, refusal)
    success(request, _("The words were saved."))
    return HttpResponseRedirect(place.mail_url(editable.kind.key, editable.state.language))


def _refused(
    request: SubletRequest,
    place: WordingsPlace,
    editable: EditableWording,
    form: WordingForm,
    refusal: CannotChangeWording,
) -> HttpResponse:
    for each in refusal.problems or (refusal,):
        form.refuse(each)
    return _page(request, place, editable, form, status=refusal.status)


def _page(
    request: SubletRequest, place: WordingsPlace, editable: EditableWording, form: WordingForm, status: int = 200
) -> HttpResponse:
    kind, language = editable.kind, editable.state.language
    allow_own_frames(request)
    crumbs = (Crumb(_("Words in mails"), place.url_of("list")), Crumb(str(kind.name)))
    context = {
        **(place.frame or {}),
        "base": place.base,
        "framed": place.frame is not None,
        "form": form,
        "editable": editable,
        "source": source_words(editable.state),
        "is_own": editable.state.source == OWN,
        "ours_differs": editable.shown != editable.ours,
        "language_tabs": tuple(
            Tab(name, place.mail_url(kind.key, code), active=code == language) for code, name in AUTONYMS.items()
        ),
        "title": str(kind.name),
        "lead": kind.when,
        "mail_crumbs": crumbs,
        "may_change": request.actor.may("brand:manage"),
        "accounts": wording_queries.accounts_to_show(request.actor) if place.frame is None else (),
        "grounds": GROUNDS,
        "widths": WIDTHS,
        "parts": PARTS,
        "save_url": place.mail_url(kind.key, language),
        "preview_url": place.mail_url(kind.key, language, "preview"),
        "try_url": place.mail_url(kind.key, language, "try"),
        "back_url": place.mail_url(kind.key, language, "back"),
        "in_person": request.actor.impersonator is None,
        "points": [
            _("The words you see here are given up; a list of what happened tells of it."),
            _("From then on this mail says what is inherited, or what we say."),
        ],
    }
    return render(request, "wordings/mail.html", context, status=status)


def wording_preview(request: SubletRequest, place: WordingsPlace) -> HttpResponseBase:
    """The mail as it would look: by GET with the words in use, by POST with those that were typed. Nothing is kept."""
    editable = _asked(request, place)
    wording = editable.shown
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        form = WordingForm(request.POST, editable=editable)
        wording = clean_wording(form.wording) if form.is_valid() else wording
    found = wording_queries.preview(
        account_ref=place.account_ref,
        key=editable.kind.key,
        language=editable.state.language,
        wording=wording,
        reader=request.actor,
        at=now(),
        of=given.get("of", "").replace("\x00", ""),
        ground="dark" if given.get("ground") == "dark" else "light",
    )
    if given.get("part") == "text":
        text = f"{_('Subject')}: {found.mail.subject}\n\n{found.mail.text}"
        return shown_in_frame(text, pictures="", kind="text/plain")
    return shown_in_frame(_with_subject(found.mail.html, found.mail.subject), pictures=found.pictures)


def _with_subject(html: str, subject: str) -> str:
    """The mail with its subject above it, as a mail program shows it."""
    head, body, rest = html.partition("<body")
    tag, end, rest = rest.partition(">")
    line = (
        "<div style=\"padding:10px 16px;background:#e5e7eb;color:#1f2937;font:600 14px/1.4 -apple-system,'Segoe UI',Arial,"
        f'sans-serif;overflow-wrap:anywhere">{escape(subject)}</div>'
    )
    return f"{head}{body}{tag}{end}{line}{rest}"


def wording_trial(request: SubletRequest, place: WordingsPlace) -> HttpResponseBase:
    """Send the mail as it was typed to oneself; nothing is saved, and what was typed stays on the page."""
    editable = _asked(request, place)
    form = WordingForm(request.POST, editable=editable)
    if not form.is_valid():
        return _page(request, place, editable, form, status=422)
    to_email = str(getattr(request.person, "email", ""))
    try:
        wording_operations.send_trial(
            account_ref=place.account_ref,
            key=editable.kind.key,
            language=editable.state.language,
            wording=form.wording,
            of=request.POST.get("of", "").replace("\x00", ""),
            to_email=to_email,
            to_name=str(request.person or ""),
            actor=request.actor,
            at=now(),
        )
    except CannotChangeWording as refusal:
        return _refused(request, place, editable, form, refusal)
    except (CannotSendTrial, CannotWhileImpersonating) as refusal:
        form.refuse(refusal)
        return _page(request, place, editable, form, status=refusal.status)
    success(request, _("On its way to %(address)s. Nothing was saved yet.") % {"address": to_email})
    return _page(request, place, editable, form)


def wording_back(request: SubletRequest, place: WordingsPlace) -> HttpResponseBase:
    """Give the own words up."""
    editable = _asked(request, place)
    wording_operations.take_back_wording(
        account_ref=place.account_ref,
        key=editable.kind.key,
        language=editable.state.language,
        actor=request.actor,
        at=now(),
    )
    success(request, _("The words were taken back."))
    return HttpResponseRedirect(place.mail_url(editable.kind.key, editable.state.language))
