"""Moves in words: kinds, states, what goes along and what ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from sublet.catalog.queries import offer
from sublet.core import tree
from sublet.core.manifest import AddOn, Feature, ManagedService, Meter
from sublet.core.manifest import Plan as SoldPlan
from sublet.core.offer import Offer
from sublet.moves.queries import OF_THE_OFFER, Line, MoveRow, Plan
from sublet.portals.shared.manifest_words import name_of
from sublet.portals.shared.tables import StatusCell

KIND_WORDS = {
    tree.DETACH: pgettext_lazy("move", "Becomes a direct account"),
    tree.ATTACH: pgettext_lazy("move", "Becomes a client"),
    tree.TRANSFER: pgettext_lazy("move", "Goes to another reseller"),
    tree.MERGE: pgettext_lazy("move", "Two resellers become one"),
    tree.REVERT: pgettext_lazy("move", "Becomes a direct account again"),
    tree.ADOPT: pgettext_lazy("move", "Is offered a place of its own"),
    tree.ADOPT_TO: pgettext_lazy("move", "Is offered another reseller"),
}
#: State → words, tone, icon.
STATE_WORDS = {
    tree.ASKED: (gettext_lazy("Waiting for an answer"), "info", "hourglass"),
    tree.APPROVED: (gettext_lazy("Being carried out"), "info", "player-play"),
    tree.DECLINED: (gettext_lazy("Declined"), "neutral", "x"),
    tree.TAKEN_BACK: (gettext_lazy("Taken back"), "neutral", "arrow-back-up"),
    tree.LAPSED: (gettext_lazy("Run out"), "neutral", "hourglass"),
    tree.STOPPED: (pgettext_lazy("state", "Stopped"), "warning", "hand-stop"),
    tree.DONE: (pgettext_lazy("state", "Done"), "success", "check"),
}


def state_cell(state: str) -> StatusCell:
    """The state as the lists show it."""
    label, tone, icon = STATE_WORDS[state]
    return StatusCell(state, label, tone, icon)


def lacking_words(row: MoveRow) -> str:
    """Whose word is still to come."""
    names = {
        tree.SOURCE: row.account_name if row.kind == tree.MERGE else row.source,
        tree.TARGET: row.target,
        tree.ACCOUNT: _("the owner of %(account)s") % {"account": row.account_name},
    }
    return ", ".join(names[party] for party in row.lacking)


def _counted(code: str, count: int) -> str:
    """One line of a plan, in the form for so many."""
    words = {
        "clients": lambda: ngettext("%(count)s client", "%(count)s clients", count),
        "people": lambda: ngettext("%(count)s person on its team", "%(count)s people on its team", count),
        "hosts-kept": lambda: ngettext("%(count)s address of its own", "%(count)s addresses of its own", count),
        "keys-kept": lambda: ngettext(
            "%(count)s API key that its people made", "%(count)s API keys that its people made", count
        ),
        "webhooks-kept": lambda: ngettext(
            "%(count)s webhook that its people made", "%(count)s webhooks that its people made", count
        ),
        "history": lambda: pgettext("move", "Its data, its history and its reference"),
        "access": lambda: ngettext("%(count)s access of the reseller", "%(count)s accesses of the reseller", count),
        "access-requests": lambda: ngettext("%(count)s request for access", "%(count)s requests for access", count),
        "visits": lambda: ngettext("%(count)s visit that goes on", "%(count)s visits that go on", count),
        "staff-places": lambda: ngettext(
            "%(count)s place of the reseller’s staff on the team",
            "%(count)s places of the reseller’s staff on the team",
            count,
        ),
        "invitations": lambda: ngettext(
            "%(count)s invitation by the reseller", "%(count)s invitations by the reseller", count
        ),
        "keys": lambda: ngettext(
            "%(count)s API key that the reseller made", "%(count)s API keys that the reseller made", count
        ),
        "webhooks": lambda: ngettext(
            "%(count)s webhook that the reseller made", "%(count)s webhooks that the reseller made", count
        ),
        "hosts": lambda: ngettext(
            "%(count)s address below the reseller’s domains", "%(count)s addresses below the reseller’s domains", count
        ),
        "sender-domains": lambda: ngettext(
            "%(count)s sender domain of the reseller", "%(count)s sender domains of the reseller", count
        ),
        "mails": lambda: ngettext("%(count)s mail that still waits", "%(count)s mails that still wait", count),
        "sign-ons": lambda: ngettext(
            "%(count)s sign-on to the product: people sign on anew",
            "%(count)s sign-ons to the product: people sign on anew",
            count,
        ),
        "asked": lambda: ngettext(
            "%(count)s request to the reseller that nobody answered",
            "%(count)s requests to the reseller that nobody answered",
            count,
        ),
        "plan": lambda: ngettext("The plan, which goes on", "%(count)s plans, which go on", count),
        "add-ons": lambda: ngettext("%(count)s add-on, which goes on", "%(count)s add-ons, which go on", count),
        "trial": lambda: ngettext(
            "A free trial that runs, to its end", "%(count)s free trials that run, to their end", count
        ),
        "limits": lambda: ngettext(
            "%(count)s limit or feature that the reseller set: the plan holds again",
            "%(count)s limits and features that the reseller set: the plan holds again",
            count,
        ),
        "top-ups": lambda: ngettext(
            "%(count)s addition that the reseller gave once", "%(count)s additions that the reseller gave once", count
        ),
        "shares": lambda: ngettext(
            "%(count)s share of the reseller’s pools", "%(count)s shares of the reseller’s pools", count
        ),
        "services": lambda: ngettext(
            "%(count)s managed service as the reseller set it",
            "%(count)s managed services as the reseller set them",
            count,
        ),
        "limits-kept": lambda: ngettext(
            "%(count)s limit or feature as it is set, as far as the reseller that stays holds as much",
            "%(count)s limits and features as they are set, as far as the reseller that stays holds as much",
            count,
        ),
        "services-kept": lambda: ngettext(
            "%(count)s managed service as it is set", "%(count)s managed services as they are set", count
        ),
        "terms-kept": lambda: ngettext(
            "Who pays, and the retail price, of %(count)s client",
            "Who pays, and the retail prices, of %(count)s clients",
            count,
        ),
        "templates": lambda: ngettext(
            "%(count)s client follows a template of the reseller, and none any more then",
            "%(count)s clients follow a template of the reseller, and none any more then",
            count,
        ),
        "open-invoices": lambda: ngettext(
            "%(count)s issued invoice that is not paid yet: collect it before the merge",
            "%(count)s issued invoices that are not paid yet: collect them before the merge",
            count,
        ),
        "tags": lambda: ngettext("%(count)s tag", "%(count)s tags", count),
        "notes": lambda: _("Notes and the reseller’s own number"),
    }
    return words[code]() % {"count": count}


def line_words(lines: tuple[Line, ...]) -> list[dict[str, str]]:
    """The lines of a plan: a sentence, and names where there are any."""
    return [{"text": _counted(line.code, line.count), "names": ", ".join(_names(line))} for line in lines]


def _names(line: Line) -> tuple[str, ...]:
    """What the line is about, in the reader's language; what is no longer on offer by its key."""
    if line.code not in OF_THE_OFFER:
        return line.names
    present = offer()
    things: Mapping[str, Callable[[str], SoldPlan | AddOn | ManagedService | Meter | Feature | None]] = {
        "plan": present.plan,
        "add-ons": present.add_on,
        "services": present.services.get,
        "limits": lambda key: _measured(present, key),
        "limits-kept": lambda key: _measured(present, key),
        "services-kept": present.services.get,
        "shares": lambda key: _measured(present, key),
    }
    found = ((key, things[line.code](key)) for key in line.names)
    return tuple(name_of(thing.name) if thing is not None else key for key, thing in found)


def _measured(present: Offer, key: str) -> Meter | Feature | None:
    """What a word is about: a meter, else a feature; of keys that are both, they are called much the same."""
    item = present.meters.get(key)
    return item.meter if item is not None else present.features.get(key)


def plan_words(plan: Plan) -> dict[str, object]:
    """What the template of a plan shows."""
    notes = []
    if plan.new_brand:
        notes.append(
            _("Its people see “%(after)s” instead of “%(before)s”.") % {"before": plan.brand[0], "after": plan.brand[1]}
        )
    if plan.new_address and plan.host[1]:
        notes.append(
            _("Its people come in at %(after)s instead of %(before)s.")
            % {"before": plan.host[0], "after": plan.host[1]}
        )
    if plan.owner_is_staff:
        notes.append(
            _(
                "Its owner is on the reseller’s staff and stays its owner. Hand the account over first if that is not wanted."
            )
        )
    return {
        "notes": notes,
        "along": line_words(plan.along),
        "ends": line_words(plan.ends),
        "stays": line_words(plan.stays),
    }
