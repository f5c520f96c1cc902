"""A reseller's clients, made up from the words of its country: the same ones each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sublet.core.names import words
from sublet.demo.names import NOUNS, Country
from sublet.demo.officehours import OfficeHours


@dataclass(frozen=True, slots=True)
class MadeClient:
    """What is known of an invented client before it becomes rows."""

    name: str
    tag: str
    contact: str
    email: str
    phone: str
    street: str
    postal_code: str
    city: str
    website: str
    created_at: datetime
    last_seen_at: datetime | None
    state: str
    more_people: tuple[tuple[str, str, str], ...]  # name, e-mail, preset


PRESETS = ("designer", "marketing", "restaurant_owner")


def slug(text: str) -> str:
    """A part of an address made of a name."""
    return "-".join(words(text))[:40] or "client"


def make_clients(country: Country, count: int, *, seed: int, now: datetime) -> Iterator[MadeClient]:
    """`count` clients of that country, the oldest first, over the eighteen months before `now`."""
    # Not for secrets: the demo must be the same on every machine.
    dice = Random(seed)  # noqa: S311  see above
    seen: set[str] = set()
    # Dice of their own: how often hours are drawn depends on the day, what clients are called must not.
    hours = OfficeHours(country.timezone, now=now, dice=Random(seed + 1))  # noqa: S311  as above
    born = sorted(hours.at(now - timedelta(days=dice.uniform(4, 545))) for _ in range(count))
    for created_at in born:
        postal_code, city = dice.choice(country.cities)
        name, tag = _name(country, city, dice, seen)
        contact = f"{dice.choice(country.first_names)} {dice.choice(country.last_names)}"
        domain = f"{slug(name)}.example"
        draw, age = dice.random(), (now - created_at).days
        state = "suspended" if draw < 0.02 else "closed" if draw < 0.035 else "active"
        if state != "active" and age < 40:
            state = "active"
        # An invitation that nobody has taken up is good for seven days; older ones lie about for a while.
        if state == "active" and (age < 6 or (age < 45 and draw > 0.75)):
            state = "invited"
        silent = state == "invited" or dice.random() < 0.12
        more = tuple(
            (person := f"{dice.choice(country.first_names)} {dice.choice(country.last_names)}",
             f"{slug(person.split()[0])}.{index}@{domain}", dice.choice(PRESETS))
            for index in range(1, dice.choice((1, 1, 1, 2, 2, 3)))
        )  # fmt: skip
        yield MadeClient(
            name=name,
            tag=tag,
            contact=contact,
            email=f"info@{domain}",
            phone=f"{country.dialling}{dice.randrange(10_000, 99_999)}",
            street=f"{dice.choice(country.streets)} {dice.randrange(1, 140)}",
            postal_code=postal_code,
            city=city,
            website=f"https://www.{domain}",
            created_at=created_at,
            last_seen_at=None
            if silent
            else hours.evening(
                now - timedelta(days=min((0 if state == "active" else 25) + dice.expovariate(1 / 12), max(0, age - 4)))
            ),
            state=state,
            more_people=more,
        )


def _name(country: Country, city: str, dice: Random, seen: set[str]) -> tuple[str, str]:
    nouns = NOUNS[country.language]
    for attempt in range(80):
        tag, patterns = dice.choice(country.kinds)
        pattern = dice.choice(patterns)
        name = pattern.format(
            first=dice.choice(country.first_names),
            last=dice.choice(country.last_names),
            noun=dice.choice(nouns),
            city=city,
        )
        # Two of a name are told apart as people do: by the place, or where that is in the name already, by a word more.
        if attempt > 6:
            name = f"{name} {dice.choice(nouns)}" if "{city}" in pattern else f"{name}, {city}"
        if attempt > 40:
            name = f"{name} {dice.randrange(2, 99)}"
        if name not in seen:
            seen.add(name)
            return name, tag
    raise RuntimeError(f"no more names for {country.code}")
