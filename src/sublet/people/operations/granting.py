"""What every operation that gives rights checks: nothing unknown, nothing past the floor, nothing beyond one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT, FLOOR, NO_RIGHTS, RESELLER, Rights
from sublet.foundation.errors import Refusal
from sublet.foundation.refs import looks_like_ref
from sublet.people.queries.authority import Authority
from sublet.people.queries.sections import PORTAL_WORDS, Offer

#: A person reaches clients by so many tags at most.
MOST_TAGS = 20
LONGEST_TAG = 40


class CannotGrant(Refusal):
    """Rights that cannot be given. Refusals of invitations, rights and keys have these sentences among theirs."""

    SENTENCES: ClassVar = {
        "unknown-section": _("There is no section “%(section)s” here, or not at that level."),
        "floor": _("“%(section)s” cannot be given to people of a client. Only its reseller reaches it."),
        "beyond-own": _("“%(section)s” goes beyond your own rights, so you cannot give, change or take it."),
        "reach-unknown": _("One of the chosen clients is not yours to give."),
        "reach-empty": _("Choose at least one client, or all of them."),
        "reach-tags": _("You reach chosen clients only, so you cannot give access by tag."),
        "reach-many-tags": _("Choose at most %(most)s tags."),
        "reach-all": _("You reach chosen clients only, so you cannot give access to all."),
    }


def one_line(text: str, most: int) -> str:
    """What somebody typed, on one line and without anything that cannot be shown (a database refuses some of it)."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most]


def wanted_rights(
    words: Mapping[str, str],
    *,
    authority: Authority,
    offer: Offer,
    refusal: type[CannotGrant],
    before: Rights = NO_RIGHTS,
) -> Rights:
    """The rights that `words` ask for, checked. `before` are those held now: what stays as it is need not be one's own.

    Raises `refusal`, naming the section at fault.
    """
    try:
        wanted = Rights.of(dict(words))
    except ValueError:
        faulty = next((key for key, word in words.items() if word not in {"none", "view", "manage"}), "")
        raise refusal("unknown-section", field="rights", section=faulty[:60]) from None
    if offer.kind == CLIENT:
        low = sorted(FLOOR & set(wanted.levels))
        if low:
            raise refusal("floor", field="rights", section=str(PORTAL_WORDS[low[0]][0]))
    unknown = offer.refuse(wanted)
    if unknown is not None:
        raise refusal("unknown-section", field="rights", section=unknown[:60])
    for key, section in offer.sections.items():
        now, then, most = before.level(key), wanted.level(key), authority.grantable.level(key)
        if now != then and max(now, then) > most:
            raise refusal("beyond-own", field="rights", section=section.name)
    return wanted


def wanted_reach(
    refs: Sequence[str],
    *,
    reaches_all: bool,
    account: Account,
    authority: Authority,
    refusal: type[CannotGrant],
    before: frozenset[int] | None = frozenset(),
    or_tags: bool = False,
) -> list[int]:
    """The ids of the clients that staff of a reseller is to reach; empty for all, or for an account without clients.

    `before` is what the person reaches now (None: all): what it has already may stay, and what
    confined staff does not see of it does. `or_tags`: it reaches some by tag, so none need be named. Raises `refusal`.
    """
    if account.kind != RESELLER:
        return []
    if reaches_all:
        if authority.reach is not None and before is not None:
            raise refusal("reach-all", field="reach")
        return []
    wanted = list(dict.fromkeys(refs))
    allowed = authority.reach
    unseen = before - allowed if allowed is not None and before is not None else frozenset()
    if not wanted and not unseen and not or_tags:
        raise refusal("reach-empty", field="reach")
    known = [ref for ref in wanted if looks_like_ref(ref, "acc")]
    found = dict(Account.objects.filter(parent_id=account.id, ref__in=known).values_list("ref", "id"))
    if len(found) != len(wanted):
        raise refusal("reach-unknown", field="reach")
    ids = [found[ref] for ref in wanted]
    if allowed is not None and before is not None and not set(ids) <= allowed | before:
        raise refusal("reach-unknown", field="reach")
    return [*ids, *sorted(unseen.difference(ids))]


def wanted_tags(
    tags: Sequence[str],
    *,
    reaches_all: bool,
    account: Account,
    authority: Authority,
    refusal: type[CannotGrant],
    before: Sequence[str] = (),
) -> list[str]:
    """The tags by which staff of a reseller is to reach clients; none for all, or for an account without clients.

    Who will carry a tag nobody knows: confined staff gives none, and leaves those of `before`. Raises `refusal`.
    """
    wanted = sorted({one_line(tag, LONGEST_TAG) for tag in tags} - {""})
    if account.kind != RESELLER or reaches_all:
        return []
    if authority.reach is not None:
        if not set(wanted) <= set(before):
            raise refusal("reach-tags", field="reach")
        return sorted(before)
    if len(wanted) > MOST_TAGS:
        raise refusal("reach-many-tags", field="reach", most=MOST_TAGS)
    return wanted
