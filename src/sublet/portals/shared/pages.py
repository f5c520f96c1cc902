"""What surrounds a page: made once for each full page, before any template runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sublet.branding.queries import BrandView, primary_host
from sublet.core.rights import CLIENT, DIRECT
from sublet.core.trials import days_left
from sublet.entitlements.queries import notice_in, notice_on_host
from sublet.foundation.actor import Actor
from sublet.foundation.clock import now
from sublet.people import queries as people_queries
from sublet.portals.shared.crossing import link_over
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_datetime
from sublet.portals.shared.plan_words import left_words
from sublet.portals.shared.shell import (
    Banner,
    LimitNote,
    NavGroup,
    NeutralBrand,
    Person,
    Shell,
    SwitcherAccount,
    TrialNote,
    VendorNotice,
    initials_of,
    only_with_items,
)

Nav = Callable[[SubletRequest], tuple[NavGroup, ...]]
_navs: dict[str, Nav] = {}
HOME = {"vendor": "vendor-home", "reseller": "reseller-home", "client": "client-home", "direct": "client-home"}


def register_nav(kind: str, nav: Nav) -> None:
    """Told by each portal when the apps are ready: the sidebar of accounts of that kind."""
    _navs[kind] = nav


def kind_label(kind: str, brand: BrandView | None = None) -> str:
    """An account's kind for people, as `brand` (in the reader's language) calls it."""
    own = brand.word_alone("account" if kind == "direct" else kind) if brand is not None else ""
    return (
        own or {"vendor": _("Vendor"), "reseller": _("Reseller"), "client": _("Client"), "direct": _("Account")}[kind]
    )


def home_path(kind: str, ref: str) -> str:
    """The first page of an account, as a path on whatever host serves it."""
    return reverse(HOME[kind], kwargs={"account": ref})


def place_url(request: SubletRequest, place: people_queries.Place) -> str:
    """Where that account's first page is: a path if this host serves it, else a full address on the host that does, where the
    person need not log in again."""
    # Always without the impersonation prefix: switching account leaves the visit.
    prefix = reverse("home")
    path = home_path(place.account_kind, place.account_ref).removeprefix(prefix.rstrip("/"))
    here = people_queries.served_here(
        site_path=request.site.path_ids,
        site_kind=request.site.account_kind,
        account_id=place.account_id,
        account_kind=place.account_kind,
        parent_id=place.parent_id,
    )
    if here:
        return path
    return link_over(from_host=request.site.host, to_host=primary_host(place.account_id), path=path)


def _optional(name: str, **kwargs: str) -> str:
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def _banner(request: SubletRequest) -> Banner | None:
    acting = request.actor.impersonator
    if acting is None:
        return None
    at = now()
    visit = request.visit
    if visit is None:
        return None
    left = max(0, round((visit.ends_at - at).total_seconds() / 60))
    return Banner(
        person=acting.name,
        acting_as=visit.acting_as,
        account=request.actor.account_name,
        mode_label=_("As reseller") if acting.mode == "reseller" else _("As the client"),
        ends_at=visit.ends_at,
        minutes_left=left,
        back_url=reverse("end-impersonation"),
    )


def make_shell(request: SubletRequest) -> Shell:
    """The shell for a request that got as far as a site; what is not known yet is left empty."""
    brand: BrandView = request.site.brand.speaking(get_language() or "")
    actor = getattr(request, "actor", None)
    person = request.person
    shown_person = None
    accounts: tuple[SwitcherAccount, ...] = ()
    if person is not None and not request.impersonation_ref:
        shown_person = Person(
            name=str(person),
            email=person.email,  # type: ignore[attr-defined]  # our User
            initials=initials_of(str(person)),
            theme=person.theme,  # type: ignore[attr-defined]  # our User
            language=person.language,  # type: ignore[attr-defined]  # our User
        )
        accounts = tuple(
            SwitcherAccount(
                name=place.account_name,
                kind_label=kind_label(place.account_kind, brand),
                url=place_url(request, place),
                current=actor is not None and place.account_id == actor.account_id,
                host="",
            )
            for place in people_queries.places_of(int(person.pk))
            if place.state != "closed" and shown_here(request, place)
        )
    elif actor is not None:
        shown_person = Person(name=actor.name, email="", initials=initials_of(actor.name))
    nav = _navs.get(actor.account_kind) if actor is not None else None
    return Shell(
        brand=brand,
        person=shown_person,
        account_name=actor.account_name if actor is not None else "",
        account_kind_label=kind_label(actor.account_kind, brand) if actor is not None else "",
        home_url=home_path(actor.account_kind, actor.account_ref) if actor is not None else "/",
        nav=only_with_items(nav(request)) if nav is not None else (),
        accounts=accounts,
        banner=_banner(request) if actor is not None else None,
        trial=_trial(request, actor),
        limit=_limit(request, actor),
        notice=_notice(request, actor),
        language_url=_optional("set-language"),
        theme_url=_optional("set-theme") if shown_person and not request.impersonation_ref else "",
        profile_url=_optional("me") if not request.impersonation_ref else "",
        sign_ins_url=_optional("me-security") if not request.impersonation_ref else "",
        own_rights_url=_own_rights(actor),
        log_out_url=_optional("logout") if not request.impersonation_ref else "",
        footer=brand.footer,
    )


def _trial(request: SubletRequest, actor: Actor | None) -> TrialNote | None:
    """A free trial that runs, on every page of the account: its end is a column of the row that the guard has read."""
    account = getattr(request, "account", None)
    if actor is None or account is None or account.kind not in {CLIENT, DIRECT} or account.trial_until is None:
        return None
    at = now()
    if account.trial_until <= at:
        return None
    left = days_left(account.trial_until, at, account.timezone)
    text = _("Free trial until %(when)s.") % {"when": write_datetime(account.trial_until, account.timezone)}
    url = _optional("client-plan", account=actor.account_ref) if actor.may("settings:view") else ""
    return TrialNote(f"{text} {left_words(left)}", url)


def _limit(request: SubletRequest, actor: Actor | None) -> LimitNote | None:
    """That the reseller can only read and pay: a column of the row that the guard has read."""
    account = getattr(request, "account", None)
    if actor is None or account is None or account.read_only_since is None:
        return None
    url = _optional("reseller-money-received", account=actor.account_ref) if actor.may("billing:view") else ""
    text = _(
        "An invoice is not paid. You can still read everything, pay, see to your own prices and billing and end access: "
        "people, invitations, API keys, webhooks. Nothing else can be changed. Your clients go on as before."
    )
    return LimitNote(text, url)


def _notice(request: SubletRequest, actor: Actor | None) -> VendorNotice | None:
    """The vendor's notice, where the account of the page is on a plan that shows one."""
    if actor is not None:
        found = notice_in(getattr(request, "account", None), at=now())
    elif request.site.account_kind in {CLIENT, DIRECT}:
        found = notice_on_host(request.site.account_id, at=now())
    else:
        return None
    return VendorNotice(found.words.in_language(get_language() or "en"), found.address) if found is not None else None


def _own_rights(actor: Actor | None) -> str:
    """Where the actor reads what it can do in the account in which it acts."""
    if actor is None:
        return ""
    portal = "client" if actor.account_kind == "direct" else actor.account_kind
    return _optional(f"{portal}-locked", account=actor.account_ref)


def shown_here(request: SubletRequest, place: people_queries.Place) -> bool:
    """A client's host never names accounts outside its reseller's tree: the person may have others elsewhere.

    The vendor's host and a reseller's own show all of the person's accounts that are not another reseller's client.
    """
    if place.account_id in request.site.path_ids[:1] or place.parent_id in request.site.path_ids[:1]:
        return True
    if request.site.account_kind == "client":
        return place.parent_id == request.site.path_ids[1]
    return place.account_kind != "client" and request.site.is_vendor


def neutral_shell() -> Shell:
    """For a page that has no site: no brand, no links."""
    return Shell(brand=NeutralBrand())


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the shell for full pages; a part that htmx swaps in has none."""
    ours = cast(SubletRequest, request)
    if not hasattr(request, "site") or not hasattr(request, "person"):
        return {"shell": neutral_shell(), "demo_mode": False}
    if getattr(ours, "htmx", None) and not ours.htmx.boosted:
        return {"demo_mode": False}
    return {"shell": make_shell(ours), "demo_mode": settings.SUBLET.flag("SUBLET_DEMO")}
