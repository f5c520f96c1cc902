"""The pages of moves: what waits for whose word, what a move would do before anybody asks for it, one's own code.

The same for a reseller, a client and a direct account; which of them there are, `moves_patterns` is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.messages import success
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sublet.core import tree
from sublet.core.rights import CLIENT, DIRECT, RESELLER
from sublet.foundation.clock import now
from sublet.foundation.errors import NotFound, Refusal
from sublet.moves import operations, queries
from sublet.moves.operations import Asked, Previewed
from sublet.moves.queries import MoveRow
from sublet.portals.shared.components import Action, Crumb, Fact
from sublet.portals.shared.forms import SubletForm
from sublet.portals.shared.guard import page_of
from sublet.portals.shared.http import SubletRequest
from sublet.portals.shared.locales import write_date
from sublet.portals.shared.move_words import KIND_WORDS, lacking_words, plan_words, state_cell
from sublet.portals.shared.shell import Text
from sublet.pricing.words import each_price


class CodeForm(SubletForm):
    """Whom it is about, by the code that it has given out, and why. The plan is shown before anything is asked for."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everybody concerned reads this."),
    )

    def say(self, step: Wizard) -> None:
        """Whose code it is, and where that is found."""
        self.fields["code"].label, self.fields["code"].help_text = str(step.code_label), str(step.code_help)


class MoveReasonForm(SubletForm):
    """Why, for whoever reads the history later."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Everybody concerned reads this."),
    )


@dataclass(frozen=True, slots=True)
class Wizard:
    """One way to ask for a move. `code_help` says where the code comes from (empty: it takes none); `label` what the last button says."""

    title: Text
    lead: Text
    label: Text
    done: Text
    code_help: Text = ""
    code_label: Text = ""
    tone: str = ""


def ways() -> dict[str, Wizard]:
    """The wizards, by the word in their address."""
    asked = _("Asked. Nothing changes until everybody concerned has agreed.")
    return {
        "add": Wizard(
            title=_("Add an existing account"),
            lead=_(
                "The account’s owner makes a code on the page “Moves” and reads it out to you. Nobody ever tells you a password."
            ),
            label=_("Ask the owner"),
            done=asked,
            code_label=_("The code of the account"),
            code_help=_("Its owner finds it under “Moves”. It names the account for seven days."),
        ),
        "merge": Wizard(
            title=_("Merge into another reseller"),
            lead=_(
                "All your clients go to another reseller, and your account is closed. The other owner has to agree."
            ),
            label=_("Ask for the merge"),
            done=asked,
            code_label=_("The code of the reseller that stays"),
            code_help=_("Its owner finds it under “Moves”."),
            tone="danger",
        ),
        "revert": Wizard(
            title=_("Become a direct account again"),
            lead=_("You give up your reseller panel. Your people, your brand and your addresses stay."),
            label=_("Become a direct account"),
            done=_("Your account is a direct account again."),
            tone="danger",
        ),
        "join": Wizard(
            title=_("Join a reseller"),
            lead=_("A reseller then looks after your account. The account stays your own: you can leave again."),
            label=_("Ask the reseller"),
            done=asked,
            code_label=_("The code of the reseller"),
            code_help=_("The reseller gives it to you. It names the reseller for seven days."),
        ),
        "detach": Wizard(
            title=_("Make it a direct account"),
            lead=_("The account then has no reseller above it. Read first what that means."),
            label=_("Make it a direct account"),
            done=_("The account is a direct account now."),
            tone="danger",
        ),
        "transfer": Wizard(
            title=_("Move it to another reseller"),
            lead=_(
                "The other reseller gives out a code. It has to agree, and where the client owns the account, the client too."
            ),
            label=_("Ask for the move"),
            done=asked,
            code_label=_("The code of the other reseller"),
            code_help=_("It finds it under “Moves”. It names the reseller for seven days."),
        ),
    }


@dataclass(frozen=True, slots=True)
class Routes:
    """Where the pages are, and what stands around a page about one client."""

    name: str
    account: str

    def url(self, page: str = "", **more: str) -> str:
        """The address of one of them."""
        return reverse(f"{self.name}-{page}" if page else self.name, kwargs={"account": self.account, **more})


Frame = Callable[[SubletRequest, str], dict[str, Any]]


def moves_patterns(*, name: str, route: str, read: str, write: str, portal: str | tuple[str, ...]) -> list[URLPattern]:
    """The pages below `route`, named `name`; `read` and `write` are the rights that they take."""

    def page(view: Callable[..., HttpResponseBase], right: str, **more: str) -> Callable[..., HttpResponseBase]:
        def call(request: SubletRequest, /, **kwargs: str) -> HttpResponseBase:
            return view(request, Routes(name, request.actor.account_ref), **more, **kwargs)

        return page_of(view, call=call, name=f"{name}-{more.get('way', '')}", right=right, portal=portal)

    one = f"{route}<str:move>/"
    own = ("add", "merge", "revert") if portal == RESELLER else ("join", "detach", "transfer")
    return [
        path(route, page(listing, read), name=name),
        path(f"{route}code/", page(make_code, write), name=f"{name}-code"),
        *(path(f"{route}{way}/", page(wizard, write, way=way), name=f"{name}-{way}") for way in own),
        path(one, page(show, read), name=f"{name}-one"),
        path(f"{one}agree/", page(agree, write), name=f"{name}-agree"),
        path(f"{one}decline/", page(decline, write), name=f"{name}-decline"),
        path(f"{one}take-back/", page(take_back, write), name=f"{name}-take-back"),
    ]


@require_safe
def listing(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """What waits for somebody's word, what has been, one's own code, and what can be asked for."""
    actor, at = request.actor, now()
    waiting = queries.moves_of(actor, is_open=True, at=at)
    over = queries.moves_of(actor, is_open=False, cursor=request.GET.get("cursor", "")[:100], at=at)
    may_code = actor.impersonator is None and _has_code(request)
    code = queries.own_code(actor, at=at) if may_code else None
    context = {
        "waiting": [_line(routes, row) for row in waiting.rows],
        "over": [_line(routes, row) for row in over.rows],
        "next_url": f"{routes.url()}?cursor={over.next_cursor}" if over.next_cursor else "",
        "previous_url": f"{routes.url()}?cursor={over.previous_cursor}" if over.previous_cursor else "",
        "code": code,
        "code_day": write_date(code.expires_at) if code is not None else "",
        "code_url": routes.url("code") if may_code else "",
        "ways": _ways_here(request, routes),
        "former_url": reverse("reseller-former", kwargs={"account": actor.account_ref})
        if actor.account_kind == RESELLER and actor.reach is None
        else "",
    }
    return render(request, "moves/moves.html", context)


def _has_code(request: SubletRequest) -> bool:
    actor = request.actor
    if actor.account_kind == RESELLER:
        return actor.may_for_all("clients:manage")
    return actor.account_kind == DIRECT and actor.is_owner


def _ways_here(request: SubletRequest, routes: Routes) -> list[Action]:
    """What the reader can begin here; the operations decide again."""
    actor, known = request.actor, ways()
    if actor.impersonator is not None:
        return []
    if actor.account_kind == RESELLER:
        names = ["add"] if _has_code(request) else []
        names += ["merge", "revert"] if actor.is_owner else []
    elif not actor.is_owner:
        names = []
    elif actor.account_kind == DIRECT:
        names = ["join"]
    else:
        names = ["detach", "transfer"] if queries.owns_itself(actor) else []
    return [Action(known[name].title, routes.url(name), "transfer", tone=known[name].tone) for name in names]


def _line(routes: Routes, row: MoveRow) -> dict[str, Any]:
    return {"row": row, "kind": KIND_WORDS[row.kind], "state": state_cell(row.state), "lacking": lacking_words(row),
            "url": routes.url("one", move=row.ref)}  # fmt: skip


@require_safe
def show(request: SubletRequest, routes: Routes, move: str) -> HttpResponseBase:
    """One move: what it does, who has agreed, and what the reader can do about it."""
    row = queries.move_of(request.actor, move_ref=move, at=now())
    return render(request, "moves/move.html", move_context(routes.url(), row) | {
        "agree_url": routes.url("agree", move=move) if row.may_answer else "",
        "decline_url": routes.url("decline", move=move) if row.may_answer else "",
        "take_back_url": routes.url("take-back", move=move) if row.may_take_back else "",
    })  # fmt: skip


def move_context(list_url: str, row: MoveRow) -> dict[str, Any]:
    """What the page of one move shows, in each portal."""
    facts = [
        Fact(_("State"), state_cell(row.state), "status"),
        Fact(_("What"), KIND_WORDS[row.kind]),
        Fact(
            pgettext("whoever something comes from", "From"), row.source if row.kind != tree.MERGE else row.account_name
        ),
        Fact(_("To"), row.target),
        Fact(_("Asked for"), row.asked_at, "datetime"),
        Fact(_("Still lacking"), lacking_words(row)),
        Fact(_("Can be answered until"), row.lapses_at, "date"),
        Fact(_("Ended"), row.ended_at, "datetime"),
        Fact(_("Reason"), row.reason),
    ]
    if row.kind == tree.MERGE:
        facts.append(Fact(_("Clients that have gone over"), str(row.moved) if row.moved else ""))
    return {
        "row": row,
        "facts": tuple(fact for fact in facts if fact.value not in ("", None)),
        "plan": plan_words(row.plan) if row.plan is not None else None,
        "prices": _prices(row),
        "clients": row.clients,
        "crumbs": (Crumb(_("Moves"), list_url), Crumb(row.account_name)),
    }


def _prices(row: MoveRow) -> tuple[Fact, ...]:
    """What the plan costs now and then, for the account that was offered another place."""
    if row.price is None or (row.price.before is None and row.price.after is None):
        return ()  # who has no plan that costs anything is told of no price
    now_words = each_price(row.price.before) if row.price.before is not None else _("You are not asked for it")
    then = each_price(row.price.after) if row.price.after is not None else _("Nobody has said yet")
    return (Fact(_("Now"), now_words), Fact(_("Then"), then))


@require_POST
def make_code(request: SubletRequest, routes: Routes) -> HttpResponseBase:
    """A new code; the one before names nobody any more."""
    operations.make_moving_code(actor=request.actor, at=now())
    success(request, _("This is your new code. It names you for seven days."))
    return HttpResponseRedirect(routes.url())


@require_POST
def agree(request: SubletRequest, routes: Routes, move: str) -> HttpResponseBase:
    """Agree."""
    done = operations.agree(move_ref=move, actor=request.actor, at=now())
    success(request, _("Agreed. It is being done.") if done else _("Agreed. Others still have to."))
    return HttpResponseRedirect(after_url(request, routes))


def after_url(request: SubletRequest, routes: Routes) -> str:
    """Back to the list, or to the front page where the account stands elsewhere now, on another host."""
    from_here = request.actor.account_kind in {CLIENT, DIRECT}
    return "/" if from_here else routes.url()


@require_POST
def decline(request: SubletRequest, routes: Routes, move: str) -> HttpResponseBase:
    """Say no."""
    operations.decline(move_ref=move, actor=request.actor, at=now())
    success(request, _("Declined. Everything stays as it is."))
    return HttpResponseRedirect(routes.url())


@require_POST
def take_back(request: SubletRequest, routes: Routes, move: str) -> HttpResponseBase:
    """No longer ask for it."""
    operations.take_back(move_ref=move, actor=request.actor, at=now())
    success(request, _("Taken back."))
    return HttpResponseRedirect(routes.url())


@require_http_methods(["GET", "HEAD", "POST"])
def wizard(request: SubletRequest, routes: Routes, way: str) -> HttpResponseBase:
    """Ask for a move of one's own account: the code, then the plan, then the button."""
    actor = request.actor
    if way in {"detach", "transfer"} and actor.account_kind != CLIENT:
        raise NotFound
    if way == "join" and actor.account_kind != DIRECT:
        raise NotFound
    return run_wizard(
        request, way, account_ref=actor.account_ref, back_url=routes.url(), done_url=routes.url(),
        crumbs=(Crumb(_("Moves"), routes.url()), Crumb(ways()[way].title)),
    )  # fmt: skip


def run_wizard(
    request: SubletRequest, way: str, *, account_ref: str, back_url: str, done_url: str, crumbs: tuple[Crumb, ...] = (),
    frame: Mapping[str, Any] | None = None,
) -> HttpResponseBase:  # fmt: skip
    """The pages of one way to ask: a code where it takes one, the plan, and by the last button the request itself."""
    step = ways()[way]
    data = request.POST if request.method == "POST" else None
    form: CodeForm | MoveReasonForm = CodeForm(data) if step.code_help else MoveReasonForm(data)
    if isinstance(form, CodeForm):
        form.say(step)
    previewed, status = None, 200
    try:
        if request.method == "POST":
            status = 422
            if form.is_valid():
                values = form.cleaned_data
                if request.POST.get("sure"):
                    act(way, account_ref, values, request=request, at=now())
                    success(request, str(step.done))
                    return HttpResponseRedirect(done_url)
                previewed, status = preview(way, account_ref, values, request=request, at=now()), 200
        elif not step.code_help:
            previewed = preview(way, account_ref, {}, request=request, at=now())
    except Refusal as refusal:
        if request.method != "POST":
            return _refused(request, step, refusal, back_url, crumbs, frame)
        form.refuse(refusal)
        previewed, status = None, refusal.status
    context = {
        "step": step,
        "form": form,
        "previewed": previewed,
        "plan": plan_words(previewed.plan) if previewed is not None else None,
        "typed": dict(_typed(request.POST)) if previewed is not None else {},
        "cancel_url": back_url,
        "crumbs": crumbs,
        **(frame or {}),
    }
    return render(request, "moves/client_wizard.html" if frame else "moves/wizard.html", context, status=status)


def _refused(
    request: SubletRequest, step: Wizard, refusal: Refusal, back_url: str, crumbs: tuple[Crumb, ...],
    frame: Mapping[str, Any] | None,
) -> HttpResponse:  # fmt: skip
    context = {"step": step, "refused": refusal.sentence, "cancel_url": back_url, "crumbs": crumbs, **(frame or {})}
    return render(request, "moves/client_wizard.html" if frame else "moves/wizard.html", context)


def _typed(data: QueryDict) -> list[tuple[str, str]]:
    return [(name, data.get(name, "").replace("\x00", "")[:500]) for name in ("code", "reason")]


def preview(
    way: str, account_ref: str, values: Mapping[str, Any], *, request: SubletRequest, at: datetime
) -> Previewed | None:
    """What that way would do; None where there is nothing to tell but its own words."""
    actor, code = request.actor, values.get("code", "")
    match way:
        case "detach":
            return operations.preview_detach(account_ref=account_ref, actor=actor, at=at)
        case "transfer":
            return operations.preview_transfer(account_ref=account_ref, code=code, actor=actor, at=at)
        case "merge":
            return operations.preview_merge(code=code, actor=actor, at=at)
        case "revert":
            return operations.preview_revert(actor=actor, at=at)
    return operations.preview_attach(code=code, actor=actor, at=at)


def act(way: str, account_ref: str, values: Mapping[str, Any], *, request: SubletRequest, at: datetime) -> Asked:
    """Ask for it, or do it where nobody else has a word in it."""
    actor, code, reason = request.actor, values.get("code", ""), values["reason"]
    match way:
        case "detach":
            return operations.detach(account_ref=account_ref, reason=reason, actor=actor, at=at)
        case "transfer":
            return operations.ask_transfer(account_ref=account_ref, code=code, reason=reason, actor=actor, at=at)
        case "merge":
            return operations.ask_merge(code=code, reason=reason, actor=actor, at=at)
        case "revert":
            return operations.revert(reason=reason, actor=actor, at=at)
    return operations.ask_attach(code=code, reason=reason, actor=actor, at=at)
