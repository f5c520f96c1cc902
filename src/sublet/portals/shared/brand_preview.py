"""The draft of a brand as its pages and mails would look: shown in frames of the brand page, where it does nothing.

What is still being typed comes in the question, is read as an operation reads it, and is kept nowhere. The real templates draw
it, so that what is seen is what will be.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from sublet.branding import documents
from sublet.branding import operations as branding_operations
from sublet.branding import queries as branding_queries
from sublet.branding.documents.handover import HandoverFacts, handover_data
from sublet.branding.queries import BrandView
from sublet.core.brandfields import LANGUAGES, LOCAL, PICTURES, key_of, parts_of
from sublet.foundation.errors import NotFound
from sublet.messaging.rendering import render_mail
from sublet.portals.public.forms import LogInForm
from sublet.portals.shared.brand import BrandPlace
from sublet.portals.shared.csp import framed
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.shell import DARK, LIGHT, NavGroup, NavItem, Person, Shell

_SCRIPT = re.compile(rb"<script\b[^>]*></script>")
SURFACES = ("log-in", "dashboard", "mail", "document")


def preview_answer(request: SubletRequest, place: BrandPlace) -> HttpResponse:
    """One surface (``?surface=``) of the brand with its draft and ``?key=value`` over it, on ``?ground=light|dark``."""
    if request.headers.get("Sec-Fetch-Dest", "iframe") != "iframe":
        raise NotFound  # by itself it would be a page of ours with anybody's words on it
    asked = request.GET
    surface, ground = asked.get("surface", "log-in"), asked.get("ground", LIGHT)
    spoken = asked.get("language", "")
    if surface not in SURFACES or ground not in {LIGHT, DARK}:
        raise NotFound
    typed = {
        key: str(value).replace("\x00", "")
        for key, value in asked.items()
        if (parts := parts_of(key)) is not None and parts[0] not in PICTURES
    }
    language = spoken if spoken in LANGUAGES else (translation.get_language() or "")
    for key in [each for each in typed if each in LOCAL]:
        # What is being typed for all languages shows, although this one has a text of its own that people will see.
        typed.setdefault(key_of(key, language[:2]), typed[key])
    tried = branding_queries.brand_tried(place.account_ref, branding_operations.cleaned(typed))
    with translation.override(language):
        view = _shown(tried.speaking(translation.get_language() or ""), place)
        if surface == "mail":
            return framed(HttpResponse(_mail(view, ground)), mail=True)
        if surface == "document":
            return framed(render(request, "brand/preview_document.html", _document(tried, place)))
        shell = _shell(view, ground, dashboard=surface == "dashboard")
        template = "brand/preview_dashboard.html" if surface == "dashboard" else "public/log_in.html"
        page = render(request, template, {"shell": shell, "form": LogInForm()})
        page.content = _SCRIPT.sub(b"", page.content)  # the frame runs none, and would say so for each
        return framed(page)


def _shown(view: BrandView, place: BrandPlace) -> BrandView:
    """With addresses at which the page's host has the pictures, and a style sheet of the colors as they are tried."""

    inherited = {field for field, _account in view.origins}

    def at(url: str, *fields: str) -> str:
        own = url and not inherited.intersection(fields)
        return place.picture_url(url.rpartition("/")[2]) if own else url

    look = dict(zip(("color", "accent", "corners", "font"), view.look, strict=True))
    return replace(
        view,
        logo_url=at(view.logo_url, "logo", "logo_dark"),
        logo_dark_url=at(view.logo_dark_url, "logo", "logo_dark"),
        icon_url=at(view.icon_url, "icon"),
        login_picture_url=at(view.login_picture_url, "login_picture"),
        css_url="/brand-preview.css?" + urlencode({name: value for name, value in look.items() if value}),
    )


def _shell(view: BrandView, ground: str, *, dashboard: bool) -> Shell:
    items = (
        NavItem(_("Home"), "#", "home", active=True),
        NavItem(view.word_alone("clients") or _("Clients"), "#", "users-group"),
        NavItem(_("Team"), "#", "users"),
        NavItem(_("Information"), "#", "info-circle"),
    )
    return Shell(
        brand=view,
        person=Person("Ada Lovelace", "ada@example.com", "AL", ground),
        account_name=view.name,
        account_kind_label=view.word_alone("account") or _("Account"),
        nav=(NavGroup("", items),) if dashboard else (),
        footer=view.footer,
    )


def _document(tried: BrandView, place: BrandPlace) -> dict[str, str]:
    """The hand-over sheet with examples, as a picture: no frame of ours opens a file."""
    language = translation.get_language() or "en"
    brand = tried.speaking(language)
    facts = HandoverFacts(account="Ada & Co.", address="https://example.com/", owner="Ada Lovelace")
    head = documents.letterhead(brand, donor_ids=branding_queries.donors_to_edit(place.account_ref))
    page = documents.drawn("handover", language=language, letterhead=head, data=handover_data(facts, brand))
    return {"picture": "data:image/png;base64," + base64.b64encode(page).decode(), "language": language}


def _mail(view: BrandView, ground: str) -> str:
    values: dict[str, str | int] = {
        "name": "Ada", "inviter": view.sender_name, "account": "Ada & Co.", "url": "https://example.com/", "days": 7,
        "owner": "1",
    }  # fmt: skip
    mail = render_mail(
        template="invitation-new",
        brand=view,
        language=translation.get_language() or "en",
        context=values,
        origin="",
        ground=ground,
    )
    return mail.html
