"""Which mail is which: by which of a brand's two identities it leaves, and whether it goes to suppressed addresses, too.

The app that writes a mail declares it (`declare`, when the process starts); an architecture test finds one that is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sublet.accounts.models import Account
from sublet.core.rights import CLIENT
from sublet.core.senders import ACCOUNT
from sublet.messaging.worded import PERSON, Value


@dataclass(frozen=True, slots=True)
class MailKind:
    """`for_safety`: its reader asked for it to get in, or must learn that somebody else may have. `from_above`: it is the
    reseller who speaks, also to a client with a brand and a sender of its own: about what was agreed with it, and its limits.
    `kept_from_vendor`: it tells what a reseller asks of its client, so that the vendor's people read neither its subject nor its
    text, unless the reseller shares its prices. `bulk`: it comes again and again whether or not anything hangs on it, so that its
    reader can leave it by one click (`unsubscribing`).

    A kind that no brand words (it has no `WordedMail`) says by `examples` what it is written with, once for each thing that
    its template can say, and by `audience` who gets it: so that a scan reads it as it leaves.
    """

    identity: str = ACCOUNT
    for_safety: bool = False
    audience: str = PERSON
    from_above: bool = False
    kept_from_vendor: bool = False
    bulk: bool = False
    examples: tuple[Mapping[str, Value], ...] = ()


_KINDS: dict[str, MailKind] = {}


def declare(kinds: Mapping[str, MailKind]) -> None:
    """Say what the mails of an app are, by the name of their template."""
    _KINDS.update(kinds)


def declared() -> Mapping[str, MailKind]:
    """All that were declared."""
    return dict(_KINDS)


def kind_of(template: str) -> MailKind:
    """What a mail is; an undeclared one is an ordinary mail about the account."""
    return _KINDS.get(template, MailKind())


def speaks_for(account: Account, template: str) -> Account:
    """In whose brand and by whose sender a mail of that kind about the account goes out."""
    above = account.parent
    return above if kind_of(template).from_above and account.kind == CLIENT and above is not None else account
