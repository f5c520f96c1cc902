"""Changing how one client is set up: all of it in one write, with one journal entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from json import dumps
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.accounts.operations.places import below
from sublet.accounts.operations.settings_shown import show_settings
from sublet.accounts.queries import client_facts
from sublet.accounts.queries.tree import require_below
from sublet.clientsettings.events import ClientSettingsChanged
from sublet.clientsettings.models import AgreedTerm, SettingsChange
from sublet.clientsettings.queries.values import Setup, setups
from sublet.core.clientsettings import (
    ALLOWANCE,
    ENABLED,
    FEATURE,
    FOLLOW,
    LIMIT,
    MANAGED_BY,
    Change,
    Field,
    RetailPrice,
    Value,
    after,
    fault,
    gaps,
    summary,
    thing_of,
    to_json,
    values_to_json,
)
from sublet.core.entitled import FEATURE as FEATURE_KIND
from sublet.core.entitled import METER, Override
from sublet.core.lifecycle import CLOSED
from sublet.core.rights import RESELLER
from sublet.entitlements.operations import (
    AS_DECLARED,
    UNCHANGED,
    CannotSetLimit,
    check_override,
    drop_override,
    store_override,
    store_service,
)
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound, Refusal
from sublet.foundation.journal.operations import record


class CannotChangeSettings(Refusal):
    """Why a client's settings stay as they are."""

    SENTENCES: ClassVar = {
        "closed": _("This account is closed."),
        "changed-meanwhile": _("Somebody changed these settings in the meantime. Look at what would change now."),
        "unknown-field": _("There is no such setting: the product does not have it."),
        "wrong-value": _("That value does not fit. A switch is on or off, a number is not below zero."),
        "wrong-manager": _("This service cannot be managed that way."),
        "wrong-limit": _("A limit is a whole number, not below zero, and not beyond what can be counted."),
        "wrong-payer": _("Either the reseller pays or the client."),
        "wrong-price": _("A price is not below zero, and not beyond what can be written."),
        "wrong-interval": _("A retail price is by the month, the quarter or the year."),
        "other-currency": _("A retail price is in the currency of the account: %(currency)s."),
        "past": _("That day is over. What is kept for billing holds from today or a later day on."),
    }


@dataclass(frozen=True, slots=True)
class Applied:
    """A template whose values are set, for the journal. `before`, `ref`: which one was followed until now, and this one."""

    name: str
    version: int
    ref: str = ""
    before: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class How:
    """How a change came: `batch` names what is changed for many together, `restores` says that an earlier one is taken back:
    of limits and features the policy, thresholds and end that their word had."""

    batch: str = ""
    restores: Mapping[str, Mapping[str, Any]] | None = None


def set_up(
    *, ref: str, changes: Mapping[str, Value], since: datetime | None = None, seen: str = "", actor: Actor, at: datetime
) -> tuple[Change, ...]:
    """Change how a client of the actor's is set up (``clients:manage``): what became something else; empty when nothing did.

    `since`: from when on payers and the retail price hold, at once without it. `seen`: `mark_of` what the actor was shown; when
    it is something else now, nothing is changed. Raises NotFound, Forbidden, CannotChangeSettings, CannotSetLimit.
    """
    with transaction.atomic():
        account = client_of(ref, actor)
        setup = setups([account.id], giver_id=actor.account_id, at=at)[account.id]
        if seen and seen != mark_of(setup):
            raise CannotChangeSettings("changed-meanwhile")
        return store(account, setup, changes=changes, since=since, actor=actor, at=at)


def preview(
    *, ref: str, changes: Mapping[str, Value], since: datetime | None = None, actor: Actor, at: datetime
) -> tuple[tuple[Change, ...], str]:
    """What `set_up` would change now, and the mark of what there is (``clients:manage``). Raises what that raises."""
    if actor.account_kind != RESELLER:
        raise NotFound
    require_below(actor, "manage")
    client = client_facts(actor, ref)
    found = setups([client.id], giver_id=actor.account_id, at=at)[client.id]
    lines = lawful(client.state, client.currency, found.as_of(since), changes, since=since, at=at)
    return lines, mark_of(found)


def client_of(ref: str, actor: Actor) -> Account:
    """A client of the acting reseller, locked. Raises NotFound, Forbidden."""
    if actor.account_kind != RESELLER:
        raise NotFound
    return below(ref, actor)


def mark_of(setup: Setup) -> str:
    """What tells one state of a client's settings from another."""
    told = [
        values_to_json(setup.values),
        [(key, since.isoformat(), to_json(value)) for key, since, value in setup.coming],
    ]
    return sha256(dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def store(
    account: Account,
    now: Setup,
    *,
    changes: Mapping[str, Value],
    since: datetime | None = None,
    template: Applied | None = None,
    how: How = How(),
    actor: Actor,
    at: datetime,
) -> tuple[Change, ...]:
    """The same for a client that is locked already, inside a transaction, with how it is set up at `at`. What a `template` names
    and is gone is left out."""
    setup = now.as_of(since)
    wanted = changes if template is None else {key: value for key, value in changes.items() if key in setup.fields}
    restores = how.restores is not None
    lines = lawful(account.state, account.currency, setup, wanted, since=since, restores=restores, at=at)
    if not lines:
        return ()
    _store_services(account, lines, actor, at)
    begins = at if since is None else since
    changed = {line.field.key for line in lines}
    # What `_agree` lets come no more.
    dropped = [
        [key, moment.isoformat(), to_json(value)]
        for key, moment, value in now.coming
        if key in changed and moment >= begins
    ]
    for line in lines:
        _store_word(account, setup, line, how, actor, at)
        if line.field.is_agreed:
            _agree(account, line.field.key, line.after, begins, actor, at)
    values = {line.field.key: [to_json(line.before), to_json(line.after)] for line in lines}
    followed = (
        None if template is None else {"before": list(template.before or ()), "after": [template.ref, template.version]}
    )
    SettingsChange(
        account_id=actor.account_id, client_id=account.id, batch=how.batch, made_at=at, made_by=actor.name[:200],
        since=since, values=values, words=_words_before(setup, lines), dropped=dropped, followed=followed or {},
    ).save(force_insert=True)  # fmt: skip
    _show(account, replace(setup, values=after(setup.values, wanted), coming=_still_coming(setup, lines)))
    names = {}
    for line in lines:
        thing = thing_of(line.field, setup.terms)
        if thing is not None:
            names[line.field.thing] = {language: text for language, text in asdict(thing.name).items() if text}
    record(
        ClientSettingsChanged(
            ref=account.ref,
            name=account.name,
            changes=values,
            names=names,
            undoes=how.restores is not None,
            since=since.isoformat() if since is not None else "",
            template=template.name if template is not None else "",
            version=template.version if template is not None else 0,
        ),
        account_id=account.id,
        parent_id=account.parent_id,
        actor=actor,
        at=at,
    )
    return lines


def lawful(
    state: str,
    currency: str,
    setup: Setup,
    changes: Mapping[str, Value],
    *,
    since: datetime | None,
    restores: bool = False,
    at: datetime,
) -> tuple[Change, ...]:
    """What the changes come to for a client. Raises CannotChangeSettings, CannotSetLimit: also for a preview.

    `restores`: what is kept for billing may be undecided again.
    """
    for key, value in changes.items():
        if key not in setup.fields:
            raise CannotChangeSettings("unknown-field", field=key)
        code = fault(setup.fields[key], value, setup.terms)
        if code is not None and not (restores and value is None and setup.fields[key].is_agreed):
            raise CannotChangeSettings(code, field=key)
    lines = summary(setup.fields, setup.values, changes)
    if lines and state == CLOSED:
        raise CannotChangeSettings("closed")
    if since is not None and since < at and any(setup.fields[key].is_agreed for key in changes):
        raise CannotChangeSettings("past", field="since")
    for line in lines:
        if isinstance(line.after, RetailPrice) and line.after.currency != currency:
            raise CannotChangeSettings("other-currency", field=line.field.key, currency=currency)
        if line.field.part in (LIMIT, FEATURE) and line.after is not FOLLOW:
            kind = METER if line.field.part == LIMIT else FEATURE_KIND
            word = setup.said.get((kind, line.field.thing))
            try:
                check_override(
                    setup.known, kind=kind, key=line.field.thing, value=_plain(line.after),
                    policy=(word.policy or "") if word else "", at=at,
                )  # fmt: skip
            except CannotSetLimit as refusal:
                raise CannotSetLimit(refusal.code, field=line.field.key, **refusal.params) from None
    return lines


def _plain(value: Value) -> bool | int | str | None:
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(value)


def _store_services(account: Account, lines: Sequence[Change], actor: Actor, at: datetime) -> None:
    parts: dict[str, dict[str, Value]] = {}
    for line in lines:
        if line.field.part in (ENABLED, MANAGED_BY, ALLOWANCE):
            parts.setdefault(line.field.thing, {})[line.field.part] = line.after
    for service, said in parts.items():
        enabled, managed_by, allowance = said.get(ENABLED), said.get(MANAGED_BY), said.get(ALLOWANCE)
        units = None if allowance is None else int(allowance) if isinstance(allowance, int) else AS_DECLARED
        store_service(
            account,
            service=service,
            enabled=bool(enabled) if ENABLED in said else None,
            managed_by=str(managed_by) if MANAGED_BY in said else None,
            allowance=units if ALLOWANCE in said else UNCHANGED,
            actor=actor,
            at=at,
            tell=False,
        )


def _words_before(setup: Setup, lines: Sequence[Change]) -> dict[str, dict[str, Any]]:
    found = {}
    for line in lines:
        word = _word_of(setup, line)
        if word is not None:
            found[line.field.key] = {
                "policy": word.policy or "",
                "thresholds": list(word.thresholds),
                "until": word.until.isoformat() if word.until is not None else "",
            }
    return found


def _word_of(setup: Setup, line: Change) -> Override | None:
    if line.field.part not in (LIMIT, FEATURE):
        return None
    return setup.said.get((METER if line.field.part == LIMIT else FEATURE_KIND, line.field.thing))


def _store_word(account: Account, setup: Setup, line: Change, how: How, actor: Actor, at: datetime) -> None:
    if line.field.part not in (LIMIT, FEATURE):
        return
    kind = METER if line.field.part == LIMIT else FEATURE_KIND
    if line.after is FOLLOW:
        drop_override(account, kind=kind, key=line.field.thing, actor=actor, at=at, tell=False)
        return
    word = _word_of(setup, line)
    told: Mapping[str, Any] | None = (how.restores or {}).get(line.field.key)
    if told is None and word is not None:
        told = {"policy": word.policy or "", "thresholds": word.thresholds}
    told = told or {}
    until = datetime.fromisoformat(told["until"]) if told.get("until") else None
    store_override(
        account,
        kind=kind,
        key=line.field.thing,
        value=_plain(line.after),
        policy=told.get("policy", ""),
        thresholds=tuple(told.get("thresholds", ())),
        until=until,
        actor=actor,
        at=at,
        tell=False,
    )


def _agree(account: Account, field: str, value: Value, since: datetime, actor: Actor, at: datetime) -> None:
    """Let a field be that from `since` on. What was agreed for the same instant or later no longer comes."""
    # unscoped: the client is locked, and the rows are those of the account that the actor acts for
    later = AgreedTerm.unscoped.filter(
        account_id=actor.account_id, client_id=account.id, field=field, dropped_at__isnull=True, since__gte=since
    )
    later.update(dropped_at=at)
    AgreedTerm(
        account_id=actor.account_id,
        client_id=account.id,
        field=field,
        value=to_json(value),
        since=since,
        decided_at=at,
        decided_by=actor.name[:200],
    ).save(force_insert=True)


def look(accounts: Sequence[Account], *, giver_id: int, at: datetime) -> None:
    """Keep beside each account whether its settings are complete, for lists. Derived: `queries.setups` decides.

    What is agreed for later counts: a price that begins next month is decided.
    """
    found = setups([account.id for account in accounts], giver_id=giver_id, at=at)
    for account in accounts:
        _show(account, found[account.id])


def _show(account: Account, setup: Setup) -> None:
    values = after(setup.values, {key: value for key, _since, value in setup.coming})
    show_settings(account, complete=not gaps(setup.fields, setup.terms, values))


def _still_coming(setup: Setup, lines: Sequence[Change]) -> tuple[tuple[str, datetime, Value], ...]:
    """What comes after the moment from which those lines hold: what was agreed for later about the same is dropped (`_agree`)."""
    changed = {line.field.key for line in lines}
    return tuple(line for line in setup.coming if line[0] not in changed)


__all__ = [
    "Applied",
    "CannotChangeSettings",
    "Field",
    "How",
    "client_of",
    "lawful",
    "look",
    "mark_of",
    "preview",
    "set_up",
    "store",
]
