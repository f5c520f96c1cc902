"""Limits speak: each threshold once, to the client in the reseller's name, to the reseller in the morning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from sublet.accounts.models import Account
from sublet.branding.models import Brand
from sublet.branding.queries import forget_hosts
from sublet.entitlements.models import Alert
from sublet.entitlements.operations import (
    SourceFacts,
    check_limits,
    consume,
    replace_sources,
    send_digests,
    set_override,
)
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.kinds import speaks_for
from sublet.messaging.models import OutboxMail
from sublet.messaging.sender_models import Sender
from sublet.messaging.senders import resolve
from sublet.metering.operations import Usage, record_usage
from tests import factories
from tests.entitlements import load
from tests.people import AT, World

DAY = timedelta(days=1)


def use(world: World, quantity: int, name: str, *, at: datetime = AT, account: Account | None = None) -> bool:
    with world.scope("vera") as vera:
        return consume(
            account_ref=(account or world.carl).ref, meter="appointments", quantity=quantity, source="t", event_id=name,
            actor=vera, at=at,
        ).allowed  # fmt: skip


def check(world: World, *, at: datetime = AT, account: Account | None = None) -> int:
    with world.scope("vera") as vera:
        return check_limits(account_id=(account or world.carl).id, actor=vera, at=at)


def digest(world: World, at: datetime) -> int:
    with world.scope("vera") as vera:
        return send_digests(actor=vera, at=at)


def mails() -> list[OutboxMail]:
    with platform_scope("test"):
        return list(OutboxMail.objects.order_by("id"))


def subjects() -> list[tuple[str, str]]:
    return [(mail.to_email, mail.subject) for mail in mails()]


def entries() -> list[int]:
    found = JournalEntry.unscoped.filter(event="limit.threshold_crossed").order_by("id")
    return [entry.data["percent"] for entry in found]


def test_each_threshold_is_told_once(world: World) -> None:
    load(world)
    use(world, 40, "a")
    assert (check(world), check(world)) == (1, 0)
    use(world, 5, "b")
    assert check(world) == 0
    use(world, 5, "c")
    assert (check(world), check(world)) == (1, 0)
    assert [(alert.threshold, alert.limit, alert.used) for alert in Alert.unscoped.order_by("id")] == [
        (80, 50, 40),
        (100, 50, 50),
    ]
    assert entries() == [80, 100]
    assert subjects() == [
        ("carl@example.test", "Appointments: 80 % of the limit used"),
        ("carl@example.test", "Appointments: the limit is reached"),
    ]


def test_a_mail_says_what_happens_and_what_to_do_in_the_resellers_name(world: World) -> None:
    load(world)
    use(world, 40, "a")
    check(world)
    mail = mails()[0]
    assert mail.from_name == "Rosa Web Studio"
    for line in (
        "the account “Carl’s Kitchen” has used 80 % of its limit (appointments: 40 of 50).", "At the limit, more is refused.",
        "– Start the free trial: 7 days.", "– Ask Rosa Web Studio for more.",
    ):  # fmt: skip
        assert line in mail.text
    assert "\n\n– Ask Rosa Web Studio for more.\n\n" in mail.text  # each on a line of its own
    assert "Vantage" not in mail.text + mail.html + mail.from_name + mail.from_email


def test_whom_to_ask_is_called_by_the_name_that_the_client_reads_everywhere(world: World) -> None:
    load(world)
    with platform_scope("test"):
        Brand.objects.update_or_create(
            account=world.rosa, defaults={"name": "Rosa’s Mail", "more": {"name.it": "La posta di Rosa"}}
        )
    forget_hosts()
    use(world, 40, "a")
    check(world)
    assert (mails()[0].from_name, "– Ask Rosa’s Mail for more." in mails()[0].text) == ("Rosa’s Mail", True)
    assert world.rosa.name not in mails()[0].text


def test_links_of_mails_lead_to_the_page_of_what_was_used(world: World) -> None:
    load(world)
    use(world, 50, "a")
    use(world, 1, "b")
    check(world)
    found = {mail.template: re.search(r"https?://[^/\s]+(/\S+)", mail.text) for mail in mails()}
    pages = {template: match[1] for template, match in found.items() if match}
    assert pages == {
        "limit": f"/client/{world.carl.ref}/use/",
        "limit-refused-client": f"/reseller/{world.rosa.ref}/clients/{world.carl.ref}/use/",
    }
    for person, template in (("carl", "limit"), ("rosa", "limit-refused-client")):
        assert world.browser(person).get(pages[template]).status_code == 200


def test_it_is_the_reseller_who_speaks_to_a_client_with_a_brand_and_a_sender_of_its_own(world: World) -> None:
    load(world)
    with platform_scope("test"):
        Brand.objects.update_or_create(account=world.carl, defaults={"name": "Carl’s Own Name", "color": "#224466"})
        Sender.objects.create(account=world.carl, identity="account", name="Carl’s Own Sender")
        Brand.objects.update_or_create(account=world.rosa, defaults={"support_email": "rosa@example.test"})
    forget_hosts()
    use(world, 40, "a")
    check(world)
    [mail] = mails()
    assert (mail.from_name, mail.reply_to) == ("Rosa Web Studio", "rosa@example.test")
    assert "Own Name" not in mail.html + mail.text + mail.from_name
    assert speaks_for(mail.account, mail.template) == world.rosa
    with platform_scope("test"):
        leaving = resolve(
            speaks_for(mail.account, mail.template), mail.identity, "en", name=mail.from_name, reply_to=""
        )
        other = resolve(speaks_for(mail.account, "welcome"), "account", "en", name="", reply_to="")
    assert (leaving.name, other.name) == ("Rosa Web Studio", "Carl’s Own Sender")


def test_what_crosses_several_at_once_is_one_mail(world: World) -> None:
    load(world)
    use(world, 50, "a")
    assert check(world) == 2
    assert subjects() == [("carl@example.test", "Appointments: the limit is reached")]


def test_a_refusal_is_told_at_once_to_both_and_only_the_first(world: World) -> None:
    load(world)
    use(world, 50, "a")
    check(world)
    assert not use(world, 1, "b")
    assert (check(world), use(world, 1, "c"), check(world)) == (1, False, 0)
    assert subjects()[1:] == [
        ("carl@example.test", "Appointments: more was refused"),
        ("rosa@example.test", "Carl’s Kitchen: Appointments is at its limit"),
        ("rico@example.test", "Carl’s Kitchen: Appointments is at its limit"),
    ]
    assert entries() == [80, 100, -1]
    assert digest(world, AT + DAY) == 0  # the reseller has heard of it


def test_a_larger_limit_has_thresholds_of_its_own(world: World) -> None:
    load(world)
    use(world, 50, "a")
    check(world)
    with world.scope("vera") as vera:
        set_override(ref=world.carl.ref, kind="meter", key="appointments", value=60, actor=vera, at=AT)
    assert check(world) == 1
    assert Alert.unscoped.order_by("-id")[0].limit == 60


def test_a_resellers_morning_has_one_mail_over_all_clients(world: World) -> None:
    load(world)
    more = [factories.make_client(world.rosa, f"Client {n}") for n in range(3)]
    evening = datetime(2026, 3, 2, 20, tzinfo=UTC)
    for number, account in enumerate(more):
        use(world, 40 + number * 5, f"m{number}", at=evening, account=account)
        check(world, at=evening, account=account)
    assert digest(world, evening) == 0
    morning = datetime(2026, 3, 3, 6, 5, tzinfo=UTC)  # five past seven in Rome
    assert digest(world, morning - timedelta(minutes=10)) == 0
    assert (digest(world, morning), digest(world, morning), digest(world, morning + DAY)) == (1, 0, 0)
    [mail] = [mail for mail in mails() if mail.template == "limits-digest"]
    assert (mail.to_email, mail.subject) == ("rosa@example.test", "3 clients come near a limit")
    assert "Client 0: Appointments passed 80 % of the limit of 50." in mail.text


def test_another_resellers_clients_are_not_in_it(world: World) -> None:
    load(world)
    use(world, 45, "a", account=world.bakery)
    check(world, account=world.bakery)
    digest(world, AT + DAY)
    assert [mail.to_email for mail in mails() if mail.template == "limits-digest"] == ["remo@example.test"]


def test_a_forecast_is_told_once_with_its_day(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        for day in range(1, 7):
            at = AT - day * DAY
            record_usage(
                events=[Usage(id=f"d{day}", source="t", at=at, account=world.carl.ref, meter="appointments", quantity=4)],
                actor=vera, at=AT,
            )  # fmt: skip
    assert (check(world), check(world, at=AT + timedelta(hours=1))) == (1, 0)
    alert = Alert.unscoped.get()
    assert (alert.threshold, str(alert.day)) == (Alert.FORECAST, "2026-03-09")  # 26 left, 4 a day: 6.5 days
    assert subjects() == [("carl@example.test", "Appointments: the limit will be reached on 9 March 2026")]
    assert entries() == [0]


def test_mails_are_in_the_language_of_whoever_reads_them(world: World) -> None:
    load(world)
    user = world.users["carl"]
    user.language = "it"
    user.save(update_fields=["language"])
    use(world, 40, "a")
    check(world)
    assert mails()[0].subject == "Appuntamenti: utilizzato 80 % del limite"


def test_who_is_suspended_hears_nothing(world: World) -> None:
    load(world)
    assert check(world, account=world.zorba) == 0
    assert mails() == []


@pytest.mark.parametrize("kind", ["grace", "overage"])
def test_what_happens_is_said_by_the_policy(world: World, kind: str) -> None:
    load(world)
    with world.scope("vera") as vera, transaction.atomic():
        plan = "small" if kind == "grace" else "free"
        replace_sources(account_id=world.carl.id, sources=[SourceFacts("plan", plan, 1, AT)], actor=vera, at=AT)
    if kind == "overage":
        with world.scope("vera") as vera:
            set_override(
                ref=world.carl.ref, kind="meter", key="appointments", value=500, policy="overage", actor=vera, at=AT
            )
    use(world, 500, "a")
    check(world)
    assert {
        "grace": "Beyond the limit it goes on for a while (14 days), then it is refused.",
        "overage": "Beyond the limit it goes on and is charged.",
    }[kind] in mails()[0].text


def test_the_job_tells_in_nobodys_name(world: World) -> None:
    load(world)
    use(world, 40, "a")
    run_due_jobs(at=AT)
    entry = JournalEntry.unscoped.get(event="limit.threshold_crossed")
    assert (entry.actor_name, entry.via, entry.account_id, entry.parent_id) == (
        "Schedule", "job", world.carl.id, world.rosa.id,
    )  # fmt: skip
    assert len(mails()) == 1
