"""What the tests with real processes start: ``python -m tests.subscriptions.processes COMMAND``."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import django

RACERS, UNGUARDED = 8, 4


def prepare() -> None:
    """Carl and Rosa, a manifest with a trial, and a key for each."""
    from tests.people import make_world
    from tests.portals.api.caller import make_caller
    from tests.subscriptions import sell

    world = make_world()
    sell(world)
    for who in ("carl", "rosa"):
        make_caller(world, who)


def race(number: int) -> None:
    """Eight at once: two by each way in. Prints ``yes`` for whoever started it, else ``no``."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from sublet.accounts.models import Account
    from sublet.people.models import User
    from sublet.portals.shared.people import EPOCH_KEY, HOST_KEY
    from tests.people import CARL_HOST, ROSA_HOST

    settings.ALLOWED_HOSTS = ["*"]
    # Nobody has collected the static files here.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    # unscoped: test data
    carl, rosa = (Account.unscoped.get(name__startswith=name) for name in ("Carl", "Rosa"))

    def page(person: str, host: str, path: str) -> Callable[[], bool]:
        browser = Client(headers={"host": host})
        user = User.objects.get(email=f"{person}@example.test")
        browser.force_login(user)
        session = browser.session
        session[HOST_KEY], session[EPOCH_KEY] = host, user.session_epoch
        session.save()

        def press() -> bool:
            browser.post(path)
            shown = browser.get(path.removesuffix("trial/")).content.decode()
            return "trial has begun" in shown

        return press

    def key(person: str, host: str, position: int) -> Callable[[], bool]:
        client = Client(headers={"host": host, "authorization": f"Bearer sk_{person}_0_{position}_{'x' * 32}"})
        address = "/api/v1/account/trial" if person == "carl" else f"/api/v1/accounts/{carl.ref}/trial"
        return lambda: client.post(address).status_code == 200

    # A browser for each: of two that share one, both may read what the one of them was told.
    ways = [
        way
        for _ in range(RACERS // 4)
        for way in (
            page("carl", CARL_HOST, f"/client/{carl.ref}/plan/trial/"),
            page("rosa", ROSA_HOST, f"/reseller/{rosa.ref}/clients/{carl.ref}/subscription/trial/"),
            key("carl", CARL_HOST, 0),
            key("rosa", ROSA_HOST, 1),
        )
    ]
    together = Barrier(RACERS)
    answers: list[str] = []

    def run(press: Callable[[], bool]) -> None:
        together.wait()
        try:
            answers.append("yes" if press() else "no")
        finally:
            connection.close()

    # All processes begin at the same full second, two ahead, so that each has got here.
    time.sleep(max(0.0, 3.0 - number * 0.01))
    threads = [Thread(target=run, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(*answers)


def unguarded() -> None:
    """The positive control: nothing is locked, what each saw before all began is believed, and the database keeps
    nothing unique. Prints how many got a trial."""
    from unittest import mock

    from django.db import OperationalError, connection, models, transaction

    from sublet.accounts.models import Account
    from sublet.foundation.clock import now
    from sublet.foundation.postgresql.owner import as_owner
    from sublet.foundation.scope import actor_scope
    from sublet.subscriptions.models import Trial, TrialIdentity
    from sublet.subscriptions.operations import trials
    from sublet.subscriptions.queries.held import held
    from tests.installation import together
    from tests.people import make_world
    from tests.subscriptions import sell

    world = make_world()
    sell(world)
    carl, actor, folder = world.carl, world.actor("rosa"), Path(tempfile.mkdtemp(dir=os.environ["SUBLET_VAR"]))
    once = Trial._meta.get_field("account")
    many: models.ForeignKey[Account, Account] = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    many.set_attributes_from_name("account")
    many.model = Trial
    with as_owner(), connection.schema_editor() as editor:
        editor.alter_field(Trial, once, many)
        # SQLite makes the table anew, from what the model says.
        known, unique = TrialIdentity._meta.constraints
        TrialIdentity._meta.constraints = [known]
        editor.remove_constraint(TrialIdentity, unique)

    def start(number: int) -> str:
        with actor_scope(actor):
            seen = held(carl)
            (folder / str(number)).touch()
            while len(list(folder.iterdir())) < UNGUARDED:
                time.sleep(0.01)
            try:
                with mock.patch.object(trials, "held", return_value=seen), transaction.atomic():
                    trials.begin_trial(account=carl, actor=actor, at=now())
            except OperationalError:
                return "no"  # SQLite gave up waiting: more than one is enough here
        return "yes"

    print(together(UNGUARDED, start).count("yes"))


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "prepare":
        prepare()
    elif sys.argv[1] == "unguarded":
        unguarded()
    else:
        race(int(sys.argv[2]))
