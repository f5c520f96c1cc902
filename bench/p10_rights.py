"""P10: a permission check inside a request, against django-guardian and casbin answering the same question.

The question: may this person of a client manage that section? Ours is the resolved rights of the actor, which a request has
already (`Actor.may`); guardian's checker has its object permissions prefetched, on SQLite in memory; casbin's enforcer holds
the same rules in memory. In turns, in one process. `times` is how many times slower the faster of the two is (goal: at
least 20); `floor` how many times a bare membership in a set of words is cheaper than ours (goal: at most 10); `statements`
what a check asks the database once it is warm.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SECTIONS = ("design", "content", "push", "statistics", "add-ons", "shop", "help", "users", "menu", "calendar")
OPEN = SECTIONS[:8]
ROUNDS = 15
CHECKS = {"ours": 20_000, "set": 20_000, "casbin": 500, "guardian": 5_000}
GOAL, FLOOR_GOAL = 20, 10

CASBIN = """\
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act
"""


def main() -> Iterator[str]:
    """One line for each figure."""
    guardian = _guardian()  # first: it sets Django up, with its own tables and nothing of ours
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from sublet.core.rights import Rights
    from sublet.foundation.actor import Actor

    rights = Rights.of({f"product.{key}": "manage" for key in OPEN} | {"team": "view"})
    actor = Actor(
        user_id=1, name="Cleo", account_id=2, account_ref="acc_x", account_kind="client", account_name="Carl", rights=rights
    )  # fmt: skip
    words = frozenset(f"product.{key}:manage" for key in OPEN)
    asked = [f"product.{key}:manage" for key in SECTIONS]

    def ours() -> int:
        return sum([actor.may(each) for each in asked])

    def floor() -> int:
        return sum([each in words for each in asked])

    work = {"ours": ours, "set": floor, "casbin": _casbin(), "guardian": guardian}
    for name, check in work.items():
        assert check() == len(OPEN), name
    with CaptureQueriesContext(connection) as found:
        ours()
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, check in work.items():
            taken[name].append(_nanoseconds(check, CHECKS[name]))
    cost = {name: statistics.median(each) for name, each in taken.items()}
    peer = min(cost["casbin"], cost["guardian"])
    yield "P10.rights.check " + " ".join(f"{name}_ns={value:.0f}" for name, value in cost.items())
    yield f"P10.rights.peer times={peer / cost['ours']:.1f} goal={GOAL}"
    yield f"P10.rights.floor times={cost['ours'] / cost['set']:.1f} goal={FLOOR_GOAL}"
    yield f"P10.rights.statements warm={len(found)} goal=0"


def _nanoseconds(work: Callable[[], int], checks: int) -> float:
    rounds = checks // len(SECTIONS)
    begun = time.perf_counter_ns()
    for _ in range(rounds):
        work()
    return (time.perf_counter_ns() - begun) / (rounds * len(SECTIONS))


def _casbin() -> Callable[[], int]:
    import casbin

    with tempfile.TemporaryDirectory() as folder:
        model, policy = Path(folder, "model.conf"), Path(folder, "policy.csv")
        model.write_text(CASBIN, encoding="utf-8")
        policy.write_text("".join(f"p, cleo, {key}, manage\n" for key in OPEN), encoding="utf-8")
        enforcer = casbin.Enforcer(str(model), str(policy))
    return lambda: sum([enforcer.enforce("cleo", key, "manage") for key in SECTIONS])


def _guardian() -> Callable[[], int]:
    """A person and ten objects in guardian's own tables; its checker has read them all before."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="signs nothing",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "guardian"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        AUTHENTICATION_BACKENDS=["guardian.backends.ObjectPermissionBackend"],
    )
    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from guardian.core import ObjectPermissionChecker
    from guardian.shortcuts import assign_perm

    call_command("migrate", verbosity=0)
    person = User.objects.create(username="cleo")
    objects: list[Any] = [Group.objects.create(name=key) for key in SECTIONS]
    for each in objects[: len(OPEN)]:
        assign_perm("change_group", person, each)
    checker = ObjectPermissionChecker(person)
    checker.prefetch_perms(Group.objects.filter(name__in=SECTIONS))
    return lambda: sum([checker.has_perm("change_group", each) for each in objects])
