"""P15: what a stopwatch tells: the same answer for what is there and is not yours as for what is not there.

`log_in` is a wrong password for an address with a log-in against one without, `reset` the page of a forgotten password likewise;
`client` is another reseller's client asked for by its reference against a reference that nobody has, on its page and by the API
(`client_api`), and `filter` the same in a query. They take turns; each address and each network address is used once, so that no
throttle answers instead. `difference_ms` is the difference of the medians. Goal: within 20 ms (X3 and S10).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench.installation import installed

ROUNDS = 60
GOAL_MS = 20


def main() -> Iterator[str]:
    with installed() as kind:
        from sublet.foundation.refs import new_ref
        from sublet.people.models import User
        from sublet.people.operations import create_key
        from sublet.portals.api import limits
        from tests.factories import AT
        from tests.people import ROSA_HOST, make_world

        limits.BY_KEY = limits.BY_ADDRESS = limits.LOOK_UPS = limits.Buckets(rate=1e6, burst=1_000_000)
        world = make_world()
        known = User(email="known@example.test", name="Known", created_at=AT)
        known.set_password("a wide river, a small boat")
        for number in range(2 * ROUNDS + 2):
            User(email=f"known{number}@example.test", name="Known", password=known.password, created_at=AT).save()
        with world.scope("rosa") as actor:
            key = create_key(name="Bench", rights={"clients": "view"}, actor=actor, at=AT).secret
        rosa = world.browser("rosa")
        theirs, strange = world.bakery.ref, [new_ref("acc") for _ in range(ROUNDS + 1)]
        page = f"/reseller/{world.rosa.ref}/clients/"
        from django.test import Client

        api = Client(headers={"host": ROSA_HOST, "authorization": f"Bearer {key}"})

        def post(path: str, offset: int, **form: str) -> Callable[[str], Callable[[int], int]]:
            def of(word: str) -> Callable[[int], int]:
                def ask(number: int) -> int:
                    stranger = Client(headers={"host": ROSA_HOST}, REMOTE_ADDR=_address(word, offset + number))
                    answer = stranger.post(path, {"email": f"{word}{offset + number}@example.test", **form})
                    return int(answer.status_code)

                return ask

            return of

        log_in = post("/login/", 0, password="a wrong password")
        reset = post("/forgotten/", ROUNDS + 1)
        yield _line(kind, "log_in", log_in("known"), log_in("unknown"))
        yield _line(kind, "reset", reset("known"), reset("unknown"))
        yield _line(kind, "client", _get(rosa, page, [theirs]), _get(rosa, page, strange))
        yield _line(
            kind, "client_api", _get(api, "/api/v1/clients/", [theirs], ""), _get(api, "/api/v1/clients/", strange, "")
        )


def _address(word: str, number: int) -> str:
    return f"198.{18 if word == 'known' else 19}.{number // 250}.{number % 250 + 1}"


def _get(browser: Any, path: str, refs: list[str], end: str = "/") -> Callable[[int], int]:
    return lambda number: int(browser.get(f"{path}{refs[number % len(refs)]}{end}").status_code)


def _line(kind: str, name: str, one: Callable[[int], int], other: Callable[[int], int]) -> str:
    taken: dict[str, list[float]] = {"one": [], "other": []}
    for number in range(ROUNDS + 1):
        pair = (("one", one), ("other", other))
        answers = []
        for which, ask in pair if number % 2 else pair[::-1]:
            began = time.perf_counter()
            answers.append(ask(number))
            if number:  # the first warms up
                taken[which].append(time.perf_counter() - began)
        if len(set(answers)) != 1:
            raise RuntimeError(f"{name}: {answers} are not the same answer")
    medians = {which: statistics.median(each) * 1e3 for which, each in taken.items()}
    return (
        f"P15.{kind}.{name} difference_ms={abs(medians['one'] - medians['other']):.2f} goal_ms={GOAL_MS}"
        f" there_ms={medians['one']:.2f} not_there_ms={medians['other']:.2f} answer={answers[0]}"
    )
