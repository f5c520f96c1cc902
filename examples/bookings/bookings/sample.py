"""A salon as after some weeks, for demonstrations: `python -m bookings.sample acc_… HOST NAME ZONE LANGUAGE [NUMBER]`.

Nothing of it is told to Sublet here: the product does that when it runs, as for all that was made while it was cut off.
"""

from __future__ import annotations

import random
import sys
from datetime import datetime, timedelta

from bookings import business, clock, settings
from bookings.business import Business
from bookings.database import Database
from bookings.slots import SLOT, Hours, moment, slots_of

SERVICES = {
    "en": (
        ("Haircut", 30, 0, 2900),
        ("Cut and color", 90, 15, 7900),
        ("Beard", 20, 0, 1500),
        ("Wash and blow-dry", 45, 0, 2400),
    ),
    "it": (("Taglio", 30, 0, 2800), ("Taglio e colore", 90, 15, 7500), ("Barba", 20, 0, 1500), ("Piega", 45, 0, 2200)),
    "sq": (
        ("Prerje", 30, 0, 800),
        ("Prerje dhe ngjyrosje", 90, 15, 2500),
        ("Mjekër", 20, 0, 500),
        ("Larje dhe tharje", 45, 0, 900),
    ),
    "nl": (
        ("Knippen", 30, 0, 3200),
        ("Knippen en kleuren", 90, 15, 8500),
        ("Baard", 20, 0, 1700),
        ("Wassen en föhnen", 45, 0, 2600),
    ),
    "fr": (
        ("Coupe", 30, 0, 3000),
        ("Coupe et couleur", 90, 15, 8000),
        ("Barbe", 20, 0, 1600),
        ("Brushing", 45, 0, 2500),
    ),
    "pt": (
        ("Corte", 30, 0, 2200),
        ("Corte e cor", 90, 15, 6000),
        ("Barba", 20, 0, 1200),
        ("Lavar e secar", 45, 0, 1800),
    ),
}
PEOPLE = (
    "Mara Bianchi", "Ada Conti", "Luca Ferri", "Eva Neri", "Nino Galli", "Sara Villa", "Ugo Serra", "Lia Monti", "Pia Rossi", "Leo Fabbri",
)  # fmt: skip
WEEKS_BACK, WEEKS_AHEAD = 10, 3


def fill(database: Database, place: Business, *, number: int, at: datetime) -> int:
    """So many appointments, most of them past; how many there are. The same on every machine for the same account and day."""
    dice = random.Random(f"{place.ref} {at:%Y-%m-%d}")  # noqa: S311  # decides nothing but a demonstration
    language = place["language"] if place["language"] in SERVICES else "en"
    ids = [
        business.keep_service(
            database, account=place.ref, id=None, name=name, description="", minutes=minutes, buffer=buffer, price=price, is_public=True,
            agendas=(),
        )
        for name, minutes, buffer, price in SERVICES[language]
    ]  # fmt: skip
    agenda = business.agendas(database, place.ref)[0]["id"]
    business.keep_weekly(
        database, agenda=agenda,
        hours={**{day: [Hours(540, 780), Hours(840, 1110)] for day in range(1, 5)}, 5: [Hours(540, 960)]},
    )  # fmt: skip
    today, made = at.astimezone(place.zone).date(), 0
    with database.writing() as writing:
        customers = [
            writing.execute(
                "INSERT INTO customer (account, name, mail, phone, language, consented_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    place.ref, name, f"{name.split()[0].lower()}@example.org", f"+39 333 55{index:05}", language,
                    int(at.timestamp()) - WEEKS_BACK * 7 * 86_400, int(at.timestamp()) - WEEKS_BACK * 7 * 86_400,
                ),
            ).lastrowid
            for index, name in enumerate(PEOPLE)
        ]  # fmt: skip
        taken: set[int] = set()
        while made < number:
            day = today + timedelta(days=dice.randint(-WEEKS_BACK * 7, WEEKS_AHEAD * 7))
            hour = dice.choice((540, 570, 600, 660, 720, 840, 900, 960, 1020))
            service = dice.randrange(len(ids))
            _name, minutes, buffer, price = SERVICES[language][service]
            if day.weekday() in (0, 6) or (day.weekday() == 5 and hour + minutes > 960):
                continue
            starts = moment(day, hour, place.zone)
            ends = starts + timedelta(minutes=minutes)
            slots = slots_of(starts, ends + timedelta(minutes=buffer))
            if taken & set(slots):
                continue
            taken |= set(slots)
            past, luck = ends < at, dice.random()
            state = "missed" if past and luck < 0.07 else "canceled" if luck > 0.95 else "booked"
            ordered = min(starts - timedelta(days=dice.randint(1, 12)), at - timedelta(hours=1))
            id = writing.execute(
                "INSERT INTO appointment (ref, account, agenda, service, customer, starts, ends, free_again, state, origin, price,"
                " language, made_at, canceled_at, canceled_by, counted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'owed')",
                (
                    f"apt_{dice.getrandbits(72):018x}", place.ref, agenda, ids[service], dice.choice(customers), int(starts.timestamp()),
                    int(ends.timestamp()), int(ends.timestamp()) + buffer * 60, state, "public" if dice.random() < 0.7 else "agenda", price,
                    language, int(ordered.timestamp()), int(ordered.timestamp()) + 3600 if state == "canceled" else None,
                    "customer" if state == "canceled" else "",
                ),
            ).lastrowid  # fmt: skip
            if state != "canceled":
                writing.executemany("INSERT INTO occupied VALUES (?, ?, ?)", [(agenda, slot, id) for slot in slots])
            made += 1
    assert all(slot * SLOT > 0 for slot in taken)  # noqa: S101  # moments, not minutes
    return made


def main(words: list[str]) -> int:
    """Once: an account that is there is left alone."""
    account, host, name, zone, language = words[:5]
    number = int(words[5]) if len(words) > 5 else 46
    given = settings.read()
    database = Database(given.database)
    database.migrate()
    if business.find(database, account) is not None:
        return 0
    at = clock.now()
    business.welcome(database, account=account, name=name, zone=zone, language=language, host=host, mail="", at=at)
    place = business.find(database, account)
    if place is None:
        return 1
    business.change(
        database, account, is_public=1, contact_phone="+39 051 5510300", contact_mail="olga@salone.example",
        place="Via Indipendenza 31, Bologna",
        cancel_hours=12,
    )  # fmt: skip
    print(fill(database, place, number=number, at=at))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
