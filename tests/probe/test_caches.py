"""No answer to one person can reach another: two people in turn on one worker, and addresses that look like files.

A cache in front keeps what looks like a file (``…/clients/x.js``) whatever the headers say; a page that answered there would
be handed to everybody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import Resolver404, resolve

from sublet.foundation.scope import NoScope, TenantModel
from tests.people import CARL_HOST, ROSA_HOST, World
from tests.probe.test_tenants import addresses, urlconf_of
from tests.thorough import FULL

ENDINGS = ("x.js", "/x.css")
TURNS = 10_000 if FULL else 12


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["Users/x.js", "Users/1/x.css", "ServiceProviderConfig/x.js", "Schemas/x.css", "x.js"])
def test_nothing_of_a_directory_is_kept_under_the_name_of_a_file(world: World, path: str) -> None:
    answer = world.stranger(ROSA_HOST).get(f"/scim/v2/{path}")

    assert answer.status_code in {401, 404}
    assert "no-store" in answer["Cache-Control"]


def own_pages(world: World, host: str, account: str) -> Iterator[str]:
    """Addresses that need no more than the person's own account."""
    ref = getattr(world, account).ref
    for address in addresses(urlconf_of(host)):
        if set(address.arguments) <= {"account"} and not address.route.startswith("static"):
            yield address.filled({"account": ref})


@pytest.mark.parametrize("urlconf", ["sublet.config.urls_main", "sublet.config.urls_brand"])
def test_no_address_answers_under_the_name_of_a_file(urlconf: str) -> None:
    answering = []
    for address in addresses(urlconf):
        path = address.filled(dict.fromkeys(address.arguments, "1"))
        for ending in ENDINGS:
            try:
                resolve(path + ending, urlconf)
            except Resolver404:
                continue
            answering.append(address.name)

    # SCIM answers whatever it is asked, in its own form: what is under such a name is not there, and never kept (below).
    answering = [name for name in answering if not name.startswith("scim-")]
    assert set(answering) == {"brand-picture"}  # a file, found by its digest, for everybody
    assert resolve("/login/", urlconf).url_name  # the way of asking would see one


@pytest.mark.parametrize(("person", "host"), [("rosa", ROSA_HOST), ("carl", CARL_HOST)])
def test_only_what_everybody_gets_may_be_kept(world: World, person: str, host: str) -> None:
    client, stranger = world.browser(person, host), world.stranger(host)
    wrong, private, public = [], 0, 0
    for path in own_pages(world, host, person):
        response: Any = client.get(path)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if response.status_code != 200:
            continue
        if "no-store" in response["Cache-Control"]:
            private += 1
            if "Cookie" not in response.get("Vary", ""):
                wrong.append(f"{path}: {response.get('Vary')}")
        elif stranger.get(path).content == body:
            public += 1
        else:
            wrong.append(path)

    assert wrong == []
    assert private > 5
    assert public > 1


def test_two_people_in_turn_see_their_own(world: World) -> None:
    """The same process, the same address, one after the other: nothing of the one is left for the other."""
    turns = {
        "rosa": (world.browser("rosa", ROSA_HOST), world.rosa, world.bakery.name),
        "remo": (world.browser("remo"), world.remo, world.elan.name),
    }
    for number in range(6):
        client, account, foreign = turns["rosa" if number % 2 else "remo"]
        response = client.get(f"/reseller/{account.ref}/clients/")
        shown = response.content.decode()
        assert response.status_code == 200
        assert foreign not in shown
        assert "Cookie" in response["Vary"]
        assert client.get(f"/reseller/{turns['remo' if number % 2 else 'rosa'][1].ref}/clients/").status_code == 404


def test_four_people_at_random_see_themselves(world: World) -> None:
    """X8: in no order of requests is anything of the one left for the next, be it on the same host and in the same account.

    Ten thousand requests in a full run, all through one process with everything that it remembers.
    """
    luck = random.Random(8)
    browsers = {person: world.browser(person) for person in ("rosa", "remo", "carl", "cleo")}
    homes = {"rosa": world.rosa, "remo": world.remo, "carl": world.carl, "cleo": world.carl}
    hidden = {"rosa": [world.remo], "remo": [world.rosa, world.carl]}
    wrong = []
    for turn in range(TURNS):
        person = luck.choice(list(browsers))
        kind, home = ("reseller/", "clients/") if person in {"rosa", "remo"} else ("client/", "")
        path = luck.choice(["/me/", f"/{kind}{homes[person].ref}/{home}", f"/{kind}{homes[person].ref}/locked/"])
        answer = browsers[person].get(path)
        shown = answer.content.decode()
        others = [each for each in browsers if each != person and f"{each}@example.test" in shown]
        foreign = [each.name for each in hidden.get(person, [world.rosa, world.remo]) if f"/{each.ref}/" in shown]
        told = path != "/me/" or f"{person}@example.test" in shown
        if answer.status_code != 200 or others or foreign or not told or "no-store" not in answer["Cache-Control"]:
            wrong.append((turn, person, path, answer.status_code, others, foreign))
    assert wrong == []


def test_tenant_data_is_not_to_be_had_without_a_scope(world: World) -> None:
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    assert len(models) > 15
    for model in models:
        with pytest.raises(NoScope):
            model.objects.count()
        row = model.unscoped.first()
        if row is not None:
            with pytest.raises(NoScope):
                row.save()
