"""The mails of moves, for the registry of kinds: when each is sent, to whom, and what may stand in it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from sublet.core.tree import ADOPT, ADOPT_TO, ATTACH, DETACH, MERGE, REVERT, TRANSFER
from sublet.messaging.worded import ACCOUNT, STAFF, Placeholder, WordedMail, register

NAME = Placeholder("name", _("The name of whoever gets the mail"), "Chiara Conti")
WHO = Placeholder("who", _("Who asked, or answered"), "Rosa Ricci")
ACCOUNT_NAME = Placeholder("account", _("The name of the account"), "Bella Napoli")
GONE = Placeholder("account", _("The name of the reseller whose clients go over"), "Bianchi Media")
TARGET = Placeholder("target", _("Who looks after it from then on"), "Studio Rosa")
REASON = Placeholder(
    "reason", _("The reason given, if there is one"), _("We work with somebody else now."), optional=True
)
DAYS = Placeholder("days", _("For how many days the request waits"), "", number=14)
_ASKED, _DONE = {"what": ("asked",)}, {"what": ("done",)}

register(
    WordedMail("move-asked", "move", _("Move: asked for"), _("Somebody asks that an account go to another reseller."), ACCOUNT, (NAME, WHO, ACCOUNT_NAME, TARGET, DAYS, REASON), {**_ASKED, "kind": (TRANSFER,)}, button=True),
    WordedMail("move-asked-attach", "move", _("Move: to a reseller, asked for"), _("Somebody asks that a direct account become a reseller’s client."), ACCOUNT, (NAME, WHO, ACCOUNT_NAME, TARGET, DAYS, REASON), {**_ASKED, "kind": (ATTACH,)}, button=True),
    WordedMail("move-asked-merge", "move", _("Merge: asked for"), _("Somebody asks a reseller to take over all clients of another one."), STAFF, (NAME, WHO, GONE, DAYS, REASON), {**_ASKED, "kind": (MERGE,)}, button=True),
    WordedMail("move-offered", "move", _("Move: a place of its own, offered"), _("A reseller may soon be unable to go on, and its client is offered to go on without one."), ACCOUNT, (NAME, ACCOUNT_NAME, DAYS, REASON), {**_ASKED, "kind": (ADOPT,)}, button=True),
    WordedMail("move-offered-to", "move", _("Move: another reseller, offered"), _("A reseller may soon be unable to go on, and its client is offered another one."), ACCOUNT, (NAME, ACCOUNT_NAME, TARGET, DAYS, REASON), {**_ASKED, "kind": (ADOPT_TO,)}, button=True),
    WordedMail("move-declined", "move", _("Move: declined"), _("A move that was asked for was declined."), ACCOUNT, (NAME, WHO, ACCOUNT_NAME, REASON), {"what": ("declined",)}, button=True),
    WordedMail("move-lapsed", "move", _("Move: not answered"), _("Nobody answered a request to move in time."), ACCOUNT, (NAME, ACCOUNT_NAME, REASON), {"what": ("lapsed",)}, button=True),
    WordedMail("move-stopped", "move", _("Merge: stopped"), _("Two resellers could not be merged to the end."), STAFF, (NAME, GONE, TARGET, REASON), {"what": ("stopped",)}, button=True),
    WordedMail("move-merged", "move", _("Merge: done"), _("All clients of a reseller are with another one now."), STAFF, (NAME, GONE, TARGET, REASON), {**_DONE, "kind": (MERGE,)}, button=True),
    WordedMail("move-detached", "move", _("Move: a direct account"), _("An account has no reseller any more."), ACCOUNT, (NAME, ACCOUNT_NAME, REASON), {**_DONE, "kind": (DETACH, REVERT, ADOPT)}, button=True),
    WordedMail("move-attached", "move", _("Move: to a reseller, done"), _("A direct account is a reseller’s client now."), ACCOUNT, (NAME, ACCOUNT_NAME, TARGET, REASON), {**_DONE, "kind": (ATTACH,)}, button=True),
    WordedMail("move-done", "move", _("Move: done"), _("An account is with another reseller now."), ACCOUNT, (NAME, ACCOUNT_NAME, TARGET, REASON), {**_DONE, "kind": (TRANSFER, ADOPT_TO)}, button=True),
)  # fmt: skip
