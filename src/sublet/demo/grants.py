"""A client that owns its account, and the access that it has given: in force, about to end, asked for, and over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sublet.demo.clients import Client
from sublet.demo.officehours import OfficeHours
from sublet.foundation.actor import Actor
from sublet.people import queries as people_queries
from sublet.people.models import Collaborator, Grant
from sublet.people.operations import grants
from sublet.people.operations.staff_teams import make_staff_team


def give_and_take(
    clients: Sequence[Client], staff: Sequence[Collaborator], *, hours: OfficeHours, host: str, now: datetime
) -> None:
    """On the first client behind the one that is shown which has an owner; done by the operations, dated."""
    client = next(each for each in clients[1:] if each.places and each.account.state == "active")
    account, ref = client.account, client.account.ref
    account.ownership = "client"
    account.save(update_fields=["ownership"])

    def acting(place: Collaborator) -> Actor:
        return people_queries.actor_of(place, place.account, host=host, request_id="", via="web")

    owner, rosa, colleague = acting(client.places[0]), acting(staff[0]), acting(staff[min(1, len(staff) - 1)])

    def day(days: int) -> datetime:
        return hours.at(now - timedelta(days=days))

    def ask(
        days_ago: int,
        sections: dict[str, str],
        days: int,
        reason: str,
        by: Actor = rosa,
        *,
        team: str = "",
        start: date | None = None,
    ) -> str:
        return grants.request_grant(
            client_ref=ref,
            sections=sections,
            days=days,
            reason=reason,
            team=team,
            start=start,
            actor=by,
            at=day(days_ago),
        ).ref

    graphics = make_staff_team(name="Grafica", people=[each.ref for each in staff[:2]], actor=rosa, at=day(62))
    campaigns = make_staff_team(name="Campagne", people=[each.ref for each in staff[1:4]], actor=rosa, at=day(61))

    first = Grant.objects.get(account=account)
    why = "D’ora in poi decidiamo di volta in volta"
    grants.end_grant(client_ref=ref, grant_ref=first.ref, reason=why, actor=owner, at=day(60))
    push = ask(29, {"product.push": "manage"}, 29, "Campagna di notifiche per l’apertura serale", colleague)
    grants.approve_grant(client_ref=ref, grant_ref=push, actor=owner, at=day(28))
    design = ask(
        5,
        {"product.design": "manage", "product.statistics": "view"},
        30,
        "Nuova veste per la stagione estiva",
        team=graphics,
    )
    grants.approve_grant(client_ref=ref, grant_ref=design, actor=owner, at=day(4))
    begins = (now + timedelta(days=12)).date()
    autumn = ask(3, {"product.push": "manage"}, 21, "Campagna per il nuovo menu", team=campaigns, start=begins)
    grants.approve_grant(client_ref=ref, grant_ref=autumn, actor=owner, at=day(2))
    later = begins + timedelta(days=30)
    ask(1, {"product.statistics": "view"}, 7, "Rapporto di fine stagione", team=campaigns, start=later)
    ask(1, {"team": "manage"}, 7, "Aggiungere il nuovo responsabile di sala")
