"""What a visitor of the demo should find besides many clients: a client with a brand of its own, a prospect, open
invitations, keys, imports, mails of every fate, a job that failed.

Most of it is done by the operations themselves, dated as it would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sublet.accounts import operations as account_operations
from sublet.accounts.events import ClientCreated
from sublet.accounts.models import Account, AccountTag, ClientImport, SearchWord
from sublet.accounts.operations import import_batches
from sublet.accounts.queries import list_query
from sublet.accounts.search import words_of
from sublet.branding.events import BrandChanged, HostAdded
from sublet.demo.clients import Client
from sublet.demo.log_ins import SHOWN_LABEL
from sublet.demo.officehours import OfficeHours
from sublet.demo.offices import STAFF_RIGHTS
from sublet.demo.rows import make_account, make_place, store_brand, store_host
from sublet.demo.stories import store_visits
from sublet.demo.visits import note_visit
from sublet.demo.writer import By, Writer
from sublet.foundation.actor import Actor
from sublet.foundation.jobs import enqueue
from sublet.foundation.jobs.models import Job, State
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.people import operations as people_operations
from sublet.people import queries as people_queries
from sublet.people.events import InvitationAccepted
from sublet.people.models import ApiKey, Collaborator
from sublet.people.operations.newborns import grant_at_birth

LIST = """\
Nome;Referente;E-mail;Telefono;Indirizzo;CAP;Città
Gelateria Polo Nord;Anna Corsi;info@polonord.example;051 5512001;Via Saragozza 18;40123;Bologna
Pasticceria Dolce Vita;Bruno Galli;info@dolcevita.example;051 5512002;Via Massarenti 4;40138;Bologna
Autofficina Rossi & Figli;Carlo Rossi;officina@rossi.example;051 5512003;Via Stalingrado 77;40128;Bologna
Centro Yoga Loto;Dina Neri;ciao@loto.example;051 5512004;Via Mascarella 9;40126;Bologna
Farmacia San Luca;Ezio Fabbri;info@sanluca.example;051 5512005;Via Andrea Costa 200;40134;Bologna
Enoteca Il Torchio;Fabio Monti;info@torchio.example;051 5512006;Via Zamboni 31;40126;Bologna
Gelateria Polo Nord;Anna Corsi;info@polonord.example;051 5512001;Via Saragozza 18;40123;Bologna
Pizzeria Vesuvio;Gino Russo;;051 5512008;Via Toscana 5;40141;Bologna
Scuola di Danza Arabesque;Ida Ferri;segreteria@arabesque;051 5512009;Via Murri 88;40137;Bologna
Hotel Due Torri;Lia Bassi;info@duetorri.example;051 5512010;Via Rizzoli 1;40125;Bologna
"""
WAITING = """\
Naam,Contact,E-mail,Telefoon,Plaats
Bakkerij Van Dam,Els van Dam,info@vandam.example,030 5512001,Utrecht
Café De Sluis,Piet Sluis,info@desluis.example,030 5512002,Utrecht
Kapsalon Mooi,Mia de Wit,info@mooi.example,030 5512003,Zeist
Fietsen Verhoef,Jan Verhoef,jan@verhoef,030 5512004,Bilthoven
"""


def actor_at(place: Collaborator, host: str) -> Actor:
    """The person of that place, acting in a browser on that host."""
    return people_queries.actor_of(place, place.account, host=host, request_id="", via="web")


# The client that is shown ---------------------------------------------------------------------------------------------


def dress_up(
    writer: Writer,
    reseller: Account,
    client: Client,
    staff: Sequence[Collaborator],
    *,
    hours: OfficeHours,
    host: str,
    now: datetime,
) -> None:
    """Its own host and brand, and visits of the reseller: as itself, and once as the person who writes the contents."""
    account, rosa = client.account, staff[0]
    at = hours.at(account.created_at + timedelta(days=4), after=account.created_at)
    by = By(rosa.user, reseller)
    own = store_host(account, SHOWN_LABEL, at)
    store_brand(account, name="Il Gelsomino", color="#7a5c00", email="", phone="", hours="", at=at)
    writer.note(HostAdded(host=own, state="proved"), account, at, by=by, host=host)
    dressed = BrandChanged(account=account.name, fields="name, color, logo")
    writer.note(dressed, account, at + timedelta(minutes=12), by=by, host=host)
    visits = []
    for days, minutes, reason in (
        (160, 17, "Aiuto al telefono con il menù di stagione"),
        (35, 9, "Controllo delle notifiche push"),
    ):
        moment = hours.at(now - timedelta(days=days))
        visits.append(note_visit(writer, account, rosa, moment, reason=reason, host=own, minutes=minutes))
    clea = next(place for place in client.places if place.role == "" and not place.is_owner)
    moment = hours.at(now - timedelta(days=6))
    seen = "Clea non trova le foto: guardo come le vede lei"
    visits.append(note_visit(writer, account, rosa, moment, reason=seen, host=own, minutes=12, acting_as=clea))
    store_visits(visits)
    carlo = client.places[0]
    people_operations.invite_collaborator(
        account_ref=account.ref, email="stagista@gelsomino.example", name="Ugo Sala", rights={"product.menus": "view"},
        actor=actor_at(carlo, own), at=hours.at(now - timedelta(days=1)),
    )  # fmt: skip


def lend_a_hand(writer: Writer, clients: Sequence[Client], *, hours: OfficeHours, host: str, now: datetime) -> None:
    """The owner of the client that is shown works in a second account, too, so that there is one to switch to."""
    carlo = clients[0].places[0].user
    other = next(each.account for each in clients[1:] if each.account.state == "active" and each.places)
    joined = hours.at(now - timedelta(days=90), after=other.created_at)
    place = make_place(writer, other, carlo, joined, rights={"product.content": "manage", "product.statistics": "view"})
    place.last_seen_at = hours.evening(now - timedelta(days=3))
    place.save()
    accepted = InvitationAccepted(invitation=writer.ref("inv", place.ref), collaborator=place.ref, owner=False)
    writer.note(accepted, other, joined, by=By(carlo, other), host=host)


def add_prospect(
    writer: Writer, reseller: Account, staff: Sequence[Collaborator], *, hours: OfficeHours, host: str, now: datetime
) -> None:
    """A demonstration that ends in nine days."""
    born = hours.at(now - timedelta(days=5))
    until = now + timedelta(days=9)
    account = make_account(
        writer, "client", reseller, "Hotel Miramare", born, state="prospect", demo_until=until, language="it",
        timezone=reseller.timezone, country="IT", email="direzione@miramare.example", city="Rimini",
        contact_name="Paola Lombardi", responsible_id=staff[0].user_id,
    )  # fmt: skip
    account.save(force_insert=True)
    grant_at_birth([account.id], reseller.id, born)
    AccountTag(account=account, parent_id=reseller.id, name="hotel").save()
    SearchWord.unscoped.bulk_create(  # unscoped: the demo fills every account
        SearchWord(account=account, parent_id=reseller.id, word=word, personal=personal)
        for word, personal in words_of(account, ["hotel"]).items()
    )
    event = ClientCreated(
        ref=account.ref, name=account.name, state="prospect", ownership="reseller", demo_until=until.isoformat()
    )
    writer.note(event, account, born, by=By(staff[0].user, reseller), host=host)


# What a reseller's team does besides ----------------------------------------------------------------------------------


def busy_office(
    reseller: Account,
    staff: Sequence[Collaborator],
    tags: Sequence[str],
    *,
    hours: OfficeHours,
    host: str,
    now: datetime,
) -> None:
    """Saved views, an API key, and somebody who has been invited to the team."""
    owner = actor_at(staff[0], host)
    views: tuple[tuple[str, dict[str, Any], int], ...] = (
        (tags[0].capitalize(), {"tags": [tags[0]]}, 300),
        ("VIP", {"tags": ["vip"], "sort": "last_visit", "descending": True}, 210),
    )
    for name, data, days in views:
        at = hours.at(now - timedelta(days=days))
        account_operations.save_view(name=name, query=list_query(data), shared=True, actor=owner, at=at)
    key = people_operations.create_key(
        name="Website", rights={"clients": "view"}, actor=owner, at=hours.at(now - timedelta(days=75))
    )
    used = hours.at(now - timedelta(days=1))
    ApiKey.objects.filter(ref=key.ref).update(last_used_at=used, last_used_from="192.0.2.17")
    label = host.partition(".")[0]
    people_operations.invite_collaborator(
        account_ref=reseller.ref, email=f"nuovo.collega@{label}.example", rights=STAFF_RIGHTS["sales"],
        actor=owner, at=hours.at(now - timedelta(days=2)),
    )  # fmt: skip


def bring_a_list_in(staff: Sequence[Collaborator], *, hours: OfficeHours, host: str, now: datetime) -> None:
    """An import that is done: most rows became clients, one stood there twice, one had no good address."""
    actor = actor_at(staff[0], host)
    at = hours.at(now - timedelta(days=118))
    ref = account_operations.upload_import(file_name="Clienti 2026.csv", data=LIST.encode(), actor=actor, at=at)
    row = ClientImport.objects.get(ref=ref)
    confirmed = at + timedelta(minutes=6)
    account_operations.start_import(ref=ref, revision=row.revision, actor=actor, at=confirmed)
    begun = confirmed + timedelta(seconds=2)
    run = import_batches.open_run(import_id=row.id, actor=actor, at=begun)
    if run is not None:
        for batch in run.batches:
            import_batches.take_batch(import_id=row.id, batch=batch, choices=run.choices, actor=actor, at=begun)
    import_batches.finish_import(import_id=row.id, actor=actor, at=begun + timedelta(seconds=1))
    # Done here and now: the worker would find nothing left to do.
    Job.unscoped.filter(kind="accounts.import_clients", account_id=row.account_id).delete()  # unscoped: the demo's own


def leave_a_list_waiting(staff: Sequence[Collaborator], *, hours: OfficeHours, host: str, now: datetime) -> None:
    """An uploaded list that somebody has yet to look at."""
    actor = actor_at(staff[1], host)
    at = hours.at(now - timedelta(days=1))
    account_operations.upload_import(file_name="nieuwe klanten.csv", data=WAITING.encode(), actor=actor, at=at)


# For the vendor to see ------------------------------------------------------------------------------------------------


def leave_mails(clients: Sequence[Client], actor: Actor, *, hours: OfficeHours, now: datetime) -> None:
    """Mails that arrived, one that was refused, one of which nobody knows."""
    fates = [
        *[("sent", "250 2.0.0 Ok: queued")] * 6,
        ("failed", "550 5.1.1 The mailbox does not exist"),
        ("unknown", ""),
    ]
    with_people = [each for each in clients if each.places]
    for number, (state, answer) in enumerate(fates):
        each = with_people[number % len(with_people)]
        person = each.places[0].user
        at = hours.at(now - timedelta(days=3 * len(fates) - 3 * number))
        key = f"demo:{number}"
        queue_mail(
            template="email-changed", account_id=each.account.id, to_email=person.email, to_name=person.name,
            language=each.account.language, context={"name": person.name, "email": person.email}, key=key, actor=actor, at=at,
        )  # fmt: skip
        mail = OutboxMail.objects.get(key=key)
        mail.state, mail.answer, mail.attempts = state, answer, 1
        mail.sent_at = at + timedelta(seconds=3) if state == "sent" else None
        mail.save()
        Job.unscoped.filter(key=f"mail:{mail.id}").delete()  # unscoped: the demo's own; this mail's fate is settled


def leave_a_dead_job(actor: Actor, account: Account, person: str, *, hours: OfficeHours, now: datetime) -> None:
    """A job that had all its attempts while the mail server was away; trying again sends the link."""
    at = hours.at(now - timedelta(days=2))
    job = enqueue(
        "people.send_password_reset", account_id=account.id, actor=actor, at=at,
        payload={"email": person, "language": account.language},
    )  # fmt: skip
    ended = at + timedelta(minutes=21)
    Job.unscoped.filter(id=job).update(  # unscoped: the demo's own
        state=State.DEAD,
        attempts=8,
        fence=8,
        started_at=ended,
        finished_at=ended,
        touched_at=ended,
        last_error="OSError at sublet/people/operations/password_reset.py:74\n[Errno 28] No space left on device",
    )
