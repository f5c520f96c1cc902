"""One of everything that a reseller has in a client's account, and whether each of them still works.

`Former(world, …)` gives Rosa – and Rex, who is on her staff and on the client's own team – all ways into Carl's account at once:
pages, API, keys, webhooks, a name below her wildcard, an export that has begun, a change of many that waits, visits on both
hosts, what the host product was given in them, mails that wait, an invitation, a directory's key. `works()` tries every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import Client

from sublet.accounts import operations as account_operations
from sublet.accounts.events import AccountSuspended
from sublet.accounts.models import Account, AccountTag
from sublet.accounts.operations.bulk import Change, change_batch
from sublet.accounts.queries import ListQuery
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts, host_view
from sublet.foundation.clock import now
from sublet.foundation.journal.operations import record
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging import sending, webhook_delivery
from sublet.messaging.models import Delivery, OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.messaging.webhook_operations import create_webhook
from sublet.people import operations as people_operations
from sublet.people.models import ApiKey, Directory, Section
from sublet.people.queries.keys import hash_secret
from tests import factories
from tests.messaging.smtp import MailServer
from tests.people import CARL_HOST, ROSA_HOST, World
from tests.servers import HttpServer
from tests.signon import register

BASE = "agency.example"
NAMED = f"carl.{BASE}"
#: Everything that there is to lose, by what `works` calls it.
WAYS = (
    "staff page", "confined staff page", "staff reached by tag", "staff api", "client list", "webhook that waits", "webhook replayed",
    "new event", "name below the wildcard", "export begun before", "bulk change begun before", "visit as reseller", "visit as client",
    "visit not entered yet", "access token", "refresh token", "forward auth", "staff on the client's team", "key made by staff",
    "directory with that key", "mail that waits", "invitation", "history", "grant",
)  # fmt: skip


@dataclass
class Former:
    """See above. `world` as it is in tests/people; `mails` and `hooks` are real servers on this machine."""

    world: World
    mails: MailServer
    hooks: HttpServer
    at: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        world, at = self.world, self.at
        for section in Section.objects.all():
            section.address = f"https://{{host}}/app/{{account}}/{section.key}"
            section.save()
        self._people()
        self._names()
        self.rosa_key = self._key(
            world.rosa, world.users["rosa"].id, {"clients": "manage", "people": "manage", "journal": "view"}
        )
        self.staff_key = self._key(world.carl, world.users["rex"].id, {"team": "manage", "settings": "view"})
        with platform_scope("test data"):
            Directory.objects.create(account=world.carl, is_on=True, switched_at=at, changed_at=at)
        self._webhooks()
        self.program = register(world, host=CARL_HOST)
        self.visit, self.visitor = self._visit("reseller")
        self.client_visit, self.client_visitor = self._visit("client")
        self.tokens: dict[str, Any] = self.program.tokens(self.visitor, visit=self.visit, account=world.carl.ref)
        self.waiting_code = self._begin("reseller", "1" * 64).code
        self.mail_id = self._mail()
        self.invitation = self._invite()
        self.export = self._export()
        self.begun = [next(self.export)]

    # What there is ----------------------------------------------------------------------------------------------------

    def _people(self) -> None:
        world = self.world
        world.users["rex"] = factories.make_user("Rex Rossi", "rex@example.test")
        rights = {"clients": "manage", "people": "manage", "journal": "view"}
        world.places["rex"] = factories.make_collaborator(world.rosa, world.users["rex"], rights=rights)
        world.hosts["rex"] = ROSA_HOST
        factories.make_collaborator(world.carl, world.users["rex"], rights={"team": "manage", "settings": "view"})
        world.users["tara"] = factories.make_user("Tara Tosi", "tara@example.test")
        world.places["tara"] = factories.make_collaborator(
            world.rosa, world.users["tara"], rights={"clients": "view"}, reach=[], reach_tags=["vip"]
        )
        world.hosts["tara"] = ROSA_HOST

    def _names(self) -> None:
        with platform_scope("test data"):
            for account, host, proof in ((self.world.rosa, f"*.{BASE}", "dns"), (self.world.carl, NAMED, "wildcard")):
                Domain.objects.create(
                    account=account, host=host, state="proved", proof=proof, serving=True, created_at=self.at,
                    proved_at=self.at,
                )  # fmt: skip
        forget_hosts()

    def _key(self, account: Account, maker: int, rights: dict[str, str]) -> str:
        secret = f"sk_{account.ref}_{len(rights)}_{'x' * 40}"
        with platform_scope("test data"):
            ApiKey.objects.create(
                account=account, name="Sync", prefix=secret[:11], secret_hash=hash_secret(secret), rights_words=rights,
                created_at=self.at, created_by_id=maker, created_by_name="Rex Rossi",
            )  # fmt: skip
        return secret

    def _webhooks(self) -> None:
        with self.world.scope("rosa") as actor:
            made = create_webhook(name="CRM", url=self.hooks.url, groups=(), actor=actor, at=self.at)
        self.webhook = made.ref
        self.waiting = self._happen("waits")
        self.replayed = self._happen("was sent")
        self._deliver()
        with platform_scope("test data"):
            Delivery.objects.filter(entry_id=self.waiting).update(state="waiting", next_at=self.at)
        self.hooks.asked.clear()

    def _happen(self, name: str) -> Any:
        """An event in Carl's account, written by himself; its entry."""
        carl = Account.unscoped.get(id=self.world.carl.id)
        with self.world.scope("carl") as actor, transaction.atomic():
            told = AccountSuspended(ref=carl.ref, name=name)
            return record(told, account_id=carl.id, parent_id=carl.parent_id, actor=actor, at=now()).id

    def _deliver(self) -> None:
        with platform_scope("the job that sends"):
            webhook_delivery.send_due(actor=self.world.actor("vera"), now=now)

    def _begin(self, mode: str, session: str) -> people_operations.Begun:
        with self.world.scope("rosa") as actor:
            return people_operations.begin_impersonation(
                client_ref=self.world.carl.ref,
                mode=mode,
                collaborator_ref=self.world.places["cleo"].ref if mode == "client" else "",
                reason="To help with the articles",
                session_hash=session,
                second_factor_at=now(),
                actor=actor,
                at=now(),
            )

    def _visit(self, mode: str) -> tuple[str, Client]:
        browser = self.world.stranger(CARL_HOST)
        begun = self._begin(mode, "0" * 64)
        browser.get(f"/enter/{begun.code}/", secure=True)
        return begun.impersonation_ref, browser

    def _mail(self) -> str:
        with self.world.scope("rosa") as actor, transaction.atomic():
            queue_mail(
                template="grant", account_id=self.world.carl.id, to_email="carl@example.test", to_name="Carl", language="en",
                context={"what": "ended", "name": "Carl", "who": "Rosa", "client": "Carl", "reason": "", "team": "",
                         "begins": "", "days": 0, "left": 0, "url": "https://x.example/"},
                key="x10", actor=actor, at=self.at,
            )  # fmt: skip
        return str(OutboxMail.unscoped.get(key="x10").id)

    def _invite(self) -> str:
        with self.world.scope("rosa") as actor:
            people_operations.invite_collaborator(
                account_ref=self.world.carl.ref,
                email="ada@example.test",
                rights={"product.content": "view"},
                actor=actor,
                at=now(),
            )
        text = OutboxMail.unscoped.get(to_email="ada@example.test").text
        return text.split("/invitation/")[1].split("/")[0]

    def _export(self) -> Iterator[Sequence[Any]]:
        """The client list on its way out, Carl's row still to come."""
        actor = self.world.actor("rosa")
        with actor_scope(actor):
            leaving = account_operations.export_clients(
                query=ListQuery(descending=True), format="csv", keys=("name",), people={}, languages={},
                zone=ZoneInfo("UTC"), actor=actor, at=now(),
            )  # fmt: skip
        return leaving.rows

    # Whether it works -------------------------------------------------------------------------------------------------

    def works(self) -> dict[str, bool]:
        """Each way by its name: whether the former reseller still gets something by it."""
        forget_hosts()
        tried: dict[str, Callable[[], bool]] = {
            "staff page": lambda: self._page("rex"),
            "confined staff page": lambda: self._page("rico"),
            "staff reached by tag": lambda: self._page("tara"),
            "staff api": lambda: self._api(self.rosa_key, f"/api/v1/clients/{self.world.carl.ref}", ROSA_HOST) == 200,
            "client list": lambda: self.world.carl.name.encode() in self.world.browser("rosa").get(
                f"/reseller/{self.world.rosa.ref}/clients/", secure=True
            ).content,
            "webhook that waits": lambda: self._heard("waits"),
            "webhook replayed": self._replay,
            "new event": self._new_event,
            "name below the wildcard": lambda: host_view(NAMED) is not None,
            "export begun before": lambda: any(self.world.carl.name in map(str, row) for row in self.export),
            "bulk change begun before": self._bulk,
            "visit as reseller": lambda: self._visited(self.visitor, self.visit),
            "visit as client": lambda: self._visited(self.client_visitor, self.client_visit),
            "visit not entered yet": self._enters,
            "access token": lambda: self.program.userinfo(self.tokens["access_token"]).status_code == 200,
            "refresh token": lambda: self.program.refresh(self.tokens["refresh_token"]).status_code == 200,
            "forward auth": lambda: self._forward(),
            "staff on the client's team": lambda: self._own_team("rex"),
            "key made by staff": lambda: self._api(self.staff_key, "/api/v1/account", CARL_HOST) == 200,
            "directory with that key": lambda: self._api(self.staff_key, "/scim/v2/Users", CARL_HOST) == 200,
            "mail that waits": self._sent,
            "invitation": lambda: Client(headers={"host": CARL_HOST}).get(
                f"/invitation/{self.invitation}/", secure=True
            ).status_code == 200,
            "history": self._history,
            "grant": self._grant,
        }  # fmt: skip
        # What uses itself up is tried in this order: a mail that has gone is gone.
        return {name: tried[name]() for name in WAYS}

    def _page(self, who: str) -> bool:
        url = f"/reseller/{self.world.rosa.ref}/clients/{self.world.carl.ref}/"
        return bool(self.world.browser(who).get(url, secure=True).status_code == 200)

    def _own_team(self, who: str) -> bool:
        browser = self.world.browser(who, CARL_HOST)
        return bool(browser.get(f"/client/{self.world.carl.ref}/team/", secure=True).status_code == 200)

    def _api(self, secret: str, path: str, host: str) -> int:
        browser = Client(headers={"host": host, "authorization": f"Bearer {secret}"})
        return int(browser.get(path, secure=True).status_code)

    def _heard(self, name: str) -> bool:
        self._deliver()
        return any(name.encode() in each.body for each in self.hooks.asked)

    def _replay(self) -> bool:
        """The delivery that had arrived, sent once more."""
        self.hooks.asked.clear()
        with platform_scope("test data"):
            Delivery.objects.filter(entry_id=self.replayed).update(state="waiting", next_at=self.at, attempts=0)
        return self._heard("was sent")

    def _new_event(self) -> bool:
        self.hooks.asked.clear()
        self._happen("is new")
        return self._heard("is new")

    def _bulk(self) -> bool:
        """The batch of a job that was begun when the client was still there."""
        with self.world.scope("rosa") as actor, transaction.atomic():
            change_batch(ids=[self.world.carl.id], change=Change(action="tag", tag="touched"), actor=actor, at=now())
        return AccountTag.unscoped.filter(account_id=self.world.carl.id, name="touched").exists()

    def _visited(self, browser: Client, visit: str) -> bool:
        return bool(browser.get(f"/as/{visit}/client/{self.world.carl.ref}/", secure=True).status_code == 200)

    def _enters(self) -> bool:
        """The code of a visit that nobody has entered yet; it lasts a minute."""
        browser = self.world.stranger(CARL_HOST)
        answer = browser.get(f"/enter/{self.waiting_code}/", secure=True)
        return bool(answer.status_code in {200, 302})

    def _forward(self) -> bool:
        uri = f"/as/{self.visit}/app/{self.world.carl.ref}/content"
        headers = {"accept": "text/html,*/*", "x-forwarded-method": "GET", "x-forwarded-uri": uri}
        return bool(self.visitor.get("/auth/forward?answer=401", headers=headers, secure=True).status_code == 200)

    def _sent(self) -> bool:
        with platform_scope("the job that sends"):
            sending.send_mail(mail_id=self.mail_id, actor=self.world.actor("vera"), at=now())
        return OutboxMail.unscoped.get(id=self.mail_id).state == OutboxMail.State.SENT

    def _history(self) -> bool:
        url = f"/reseller/{self.world.rosa.ref}/clients/{self.world.carl.ref}/history/"
        return bool(self.world.browser("rosa").get(url, secure=True).status_code == 200)

    def _grant(self) -> bool:
        url = f"/reseller/{self.world.rosa.ref}/clients/{self.world.carl.ref}/access/"
        return bool(self.world.browser("rosa").get(url, secure=True).status_code == 200)
