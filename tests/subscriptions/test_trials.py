"""The free trial: once in a life, by web and API at the same time too; over by itself at the instant; told in time."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sublet.accounts.models import Account
from sublet.accounts.queries import installation_actor
from sublet.catalog.queries import offer
from sublet.entitlements.models import EntitlementSource
from sublet.entitlements.queries import entitlements_of, next_steps, standing_by_ref
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import CannotWhileImpersonating, Forbidden, NotFound
from sublet.foundation.jobs import run_due_jobs
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import Collaborator
from sublet.subscriptions import operations, queries
from sublet.subscriptions.invariants import sources
from sublet.subscriptions.models import Trial, TrialIdentity
from sublet.subscriptions.operations import CannotStartTrial
from tests.installation import installed
from tests.people import AT, World
from tests.portals.shared.test_visits import begin, cross
from tests.subscriptions import APPFOLD, BOOKINGS, sell
from tests.subscriptions.test_plans import told

DAY = timedelta(days=1)


@pytest.fixture
def sold(world: World) -> World:
    sell(world)
    with platform_scope("test"):
        Account.objects.filter(id=world.carl.id).update(timezone="Europe/Rome")
    return world


def mails(account: Account) -> list[tuple[str, str, str]]:
    """Template, to whom, subject."""
    with platform_scope("test"):
        rows = OutboxMail.objects.filter(account_id=account.id).order_by("id")
        return [(row.template, row.to_email, row.subject) for row in rows]


def start(world: World, person: str, account: Account, at: datetime = AT) -> None:
    with world.scope(person) as actor:
        operations.start_trial(ref=account.ref, actor=actor, at=at)


def refused(world: World, person: str, account: Account, at: datetime = AT) -> str:
    with world.scope(person) as actor, pytest.raises(CannotStartTrial) as fault:
        operations.start_trial(ref=account.ref, actor=actor, at=at)
    return fault.value.code


@pytest.mark.parametrize("person", ["carl", "rosa"])
def test_the_client_or_its_reseller_starts_it(sold: World, person: str) -> None:
    start(sold, person, sold.carl)
    with platform_scope("test"):
        trial = Trial.objects.get()
    ends = datetime.fromisoformat("2026-03-09T10:30+01:00")  # 09:30 UTC is 10:30 in Rome
    assert (trial.plan, trial.opens, trial.started_at, trial.ends_at) == ("free", "unlimited", AT, ends)
    assert told(sold.carl) == ["trial.started"]
    with platform_scope("test"):
        assert Account.objects.get(id=sold.carl.id).trial_until == ends


def test_it_ends_at_the_same_time_on_the_clock_over_a_change_of_the_clock(sold: World) -> None:
    """Rome puts the clock forward on 29 March: seven days from the 25th are an hour shorter."""
    start(sold, "carl", sold.carl, datetime.fromisoformat("2026-03-25T09:30+01:00"))
    with platform_scope("test"):
        assert Trial.objects.get().ends_at == datetime.fromisoformat("2026-04-01T09:30+02:00")


def test_everything_is_open_until_the_instant_and_free_from_it(sold: World) -> None:
    """D04, D05, D06: no limit, no notice of the vendor; and no job has run in between."""
    start(sold, "carl", sold.carl)
    with platform_scope("test"):
        ends = Trial.objects.get().ends_at
        seen = [entitlements_of(sold.carl.id, moment) for moment in (AT, ends - timedelta(microseconds=1), ends)]
    assert [(each.advertising, each.meters["appointments"].units is None) for each in seen] == [
        (False, True), (False, True), (True, False),
    ]  # fmt: skip
    assert seen[2].meters["appointments"].units == 50
    assert seen[0].features["calendar_feed"].value is True
    assert seen[2].features["calendar_feed"].value is False
    with sold.scope("rosa") as rosa:
        views = [queries.subscription_of(rosa, sold.carl.ref, at=moment) for moment in (AT, ends)]
    assert [(view.advertising, view.plan and view.plan.key) for view in views] == [(False, "free"), (True, "free")]


def test_a_subscription_taken_meanwhile_stays(sold: World) -> None:
    """D06: it falls back, unless a plan was taken."""
    start(sold, "carl", sold.carl)
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT + 3 * DAY)
    run_due_jobs(at=AT + 8 * DAY)
    with platform_scope("test"):
        after = entitlements_of(sold.carl.id, AT + 8 * DAY)
    assert (after.meters["appointments"].units, after.advertising) == (500, False)
    assert told(sold.carl)[-1] == "trial.ended"


def test_it_is_had_once_in_a_life(sold: World) -> None:
    start(sold, "carl", sold.carl)
    assert refused(sold, "carl", sold.carl) == "had"
    assert refused(sold, "rosa", sold.carl, AT + 400 * DAY) == "had"
    # Through a move: the account is the same one.
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(parent_id=sold.remo.id)
    assert refused(sold, "remo", sold.carl, AT + 400 * DAY) == "had"
    # And when all that we knew of it were gone, its digest would remember.
    with platform_scope("test"):
        Trial.objects.all().delete()
    assert refused(sold, "remo", sold.carl, AT + 400 * DAY) == "had"


@pytest.mark.parametrize("person", ["cleo", "nora", "remo", "ruth", "vera"])
def test_nobody_else_starts_it(sold: World, person: str) -> None:
    with sold.scope(person) as actor, pytest.raises((Forbidden, NotFound)):
        operations.start_trial(ref=sold.carl.ref, actor=actor, at=AT)
    with platform_scope("test"):
        assert not Trial.objects.exists()
        assert not TrialIdentity.objects.exists()


def test_nobody_uses_it_up_in_the_place_of_the_client(sold: World) -> None:
    with sold.scope("carl") as carl:
        visit = Impersonator(1, "Rosa Ricci", sold.rosa.id, "imp_23456789abcdef", "client")
        with pytest.raises(CannotWhileImpersonating):
            operations.start_trial(ref=sold.carl.ref, actor=replace(carl, impersonator=visit), at=AT)


def test_as_the_reseller_it_takes_the_right_to_change_plans_and_the_diary_tells_it(sold: World) -> None:
    with platform_scope("test"):
        place = Collaborator.objects.filter(id=sold.places["rico"].id)
        place.update(rights_words={"clients": "manage"})
    there, first = cross(begin(sold, sold.browser("rico")))
    assert "plan/trial/" not in there.get(f"{first}plan/").content.decode()
    assert there.post(f"{first}plan/trial/").status_code == 403
    with platform_scope("test"):
        assert not Trial.objects.exists()
        place.update(rights_words={"clients": "manage", "subscription": "manage"})
    assert "plan/trial/" in there.get(f"{first}plan/").content.decode()
    assert there.post(f"{first}plan/trial/").status_code == 302
    with platform_scope("test"):
        assert Trial.objects.get().account_id == sold.carl.id
    diary = sold.browser("carl").get(f"/client/{sold.carl.ref}/visits/").content.decode()
    assert "started the free trial of" in diary


def test_a_plan_without_a_trial_has_none(sold: World) -> None:
    with sold.scope("rosa") as rosa:
        operations.take_plan(ref=sold.carl.ref, plan="small", actor=rosa, at=AT)
    assert refused(sold, "carl", sold.carl) == "no-trial"


def test_the_vendor_and_its_direct_account_start_it(sold: World) -> None:
    start(sold, "dora", sold.dora)
    assert refused(sold, "vera", sold.dora) == "had"


@pytest.mark.parametrize(
    ("once_for", "email", "code"),
    [
        ('["account", "email"]', "Hello+again@carls-kitchen.example", "had-email"),
        ('["account", "domain"]', "somebody@carls-kitchen.example", "had-domain"),
        ('["account", "email"]', "somebody@carls-kitchen.example", ""),
        ('["account"]', "hello@carls-kitchen.example", ""),
    ],
)
def test_it_is_remembered_by_what_the_vendor_says(world: World, once_for: str, email: str, code: str) -> None:
    """Another account, of another reseller, of the same people."""
    sell(world, re.sub(r"\[plans.trial\]\n", f"[plans.trial]\nonce_for = {once_for}\n", BOOKINGS, count=1))
    start(world, "carl", world.carl)
    with platform_scope("test"):
        Account.objects.filter(id=world.bakery.id).update(email=email)
        before = TrialIdentity.objects.count()
    if code:
        assert refused(world, "nora", world.bakery) == code
        with platform_scope("test"):
            assert TrialIdentity.objects.count() == before  # nothing of the refused one stays
            assert not Trial.objects.filter(account_id=world.bakery.id).exists()
    else:
        start(world, "nora", world.bakery)


def test_no_address_is_kept(world: World) -> None:
    sell(
        world,
        re.sub(r"\[plans.trial\]\n", '[plans.trial]\nonce_for = ["account", "email", "domain"]\n', BOOKINGS, count=1),
    )
    start(world, "carl", world.carl)
    with platform_scope("test"):
        rows = list(TrialIdentity.objects.values_list("kind", "digest"))
    assert sorted({kind for kind, _ in rows}) == ["account", "domain", "email"]
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for _, digest in rows)


def test_mails_go_out_when_it_starts_before_it_ends_and_when_it_is_over(sold: World) -> None:
    """Bookings reminds two days before and on the day itself, in the morning; each once, whatever runs how often."""
    start(sold, "carl", sold.carl)
    assert [each[0] for each in mails(sold.carl)] == ["trial-started"]
    rome = "+01:00"
    for moment, templates in (
        ("2026-03-07T08:59", ["trial-started"]),
        ("2026-03-07T09:00", ["trial-started", "trial-ending"]),
        ("2026-03-09T09:00", ["trial-started", "trial-ending", "trial-ending"]),
        ("2026-03-09T10:29", ["trial-started", "trial-ending", "trial-ending"]),
        ("2026-03-09T10:30", ["trial-started", "trial-ending", "trial-ending", "trial-ended"]),
        ("2026-03-20T10:30", ["trial-started", "trial-ending", "trial-ending", "trial-ended"]),
    ):
        for _ in range(2):
            run_due_jobs(at=datetime.fromisoformat(moment + rome))
        assert [each[0] for each in mails(sold.carl)] == templates, moment
    assert {each[1] for each in mails(sold.carl)} == {"carl@example.test"}
    assert told(sold.carl) == ["trial.started", "trial.reminded", "trial.reminded", "trial.ended"]


def test_the_mails_are_in_the_readers_language_and_the_resellers_name(sold: World) -> None:
    with platform_scope("test"):
        user = sold.users["carl"]
        user.language = "it"
        user.save(update_fields=["language"])
    start(sold, "carl", sold.carl)
    with platform_scope("test"):
        mail = OutboxMail.objects.get(account_id=sold.carl.id, template="trial-started")
    assert mail.language == "it"
    assert "Vantage" not in mail.subject + mail.text
    assert "Illimitato" in mail.text
    assert "€" not in mail.text


def test_of_reminders_that_were_missed_one_is_enough(sold: World) -> None:
    start(sold, "carl", sold.carl)
    run_due_jobs(at=datetime.fromisoformat("2026-03-09T10:00+01:00"))
    assert [each[0] for each in mails(sold.carl)] == ["trial-started", "trial-ending"]


def test_a_closed_account_is_not_written_to(sold: World) -> None:
    start(sold, "carl", sold.carl)
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(state="closed")
    run_due_jobs(at=AT + 8 * DAY)
    assert [each[0] for each in mails(sold.carl)] == ["trial-started"]
    assert told(sold.carl)[-1] == "trial.ended"


def test_the_terms_are_those_of_the_start(sold: World) -> None:
    """A manifest that makes trials longer changes nothing for one that runs."""
    start(sold, "carl", sold.carl)
    sell(sold, BOOKINGS.replace("days = 7", "days = 30", 1))
    assert offer().plan("free") is not None
    run_due_jobs(at=AT + 8 * DAY)
    assert told(sold.carl)[-1] == "trial.ended"


def test_what_it_opens_is_the_version_of_its_start_to_its_end(sold: World) -> None:
    """Another version that is sold in mid-trial is that of whoever starts later: one answer on pages and to the product."""
    start(sold, "carl", sold.carl)
    newer = """
[[plans]]
key = "unlimited"
version = 2
features = { agendas = 7, calendar_feed = false, text_messages = true }
limits = [{ meter = "appointments", amount = 9000, policy = "block" }]
prices = [{ interval = "month", amount = 5900 }]
name = { en = "Unlimited", it = "Illimitato", sq = "Pa kufi", nl = "Onbeperkt", fr = "Illimité", pt = "Ilimitado" }
"""
    sell(sold, BOOKINGS + newer)
    with sold.scope("nora") as nora:
        operations.start_trial(ref=sold.bakery.ref, actor=nora, at=AT + DAY)
    with platform_scope("test"):
        older = entitlements_of(sold.carl.id, AT + 6 * DAY)
        later = entitlements_of(sold.bakery.id, AT + 6 * DAY)
        rows = sorted(EntitlementSource.objects.values_list("account_id", "key", "opens", "opens_version"))
        assert list(sources(AT)) == []
    seen = [
        (each.trial and each.trial.version, each.features["agendas"].value, each.meters["appointments"].units)
        for each in (older, later)
    ]
    assert seen == [(1, 50, None), (2, 7, 9000)]
    assert [row[1:] for row in rows] == [("free", "unlimited", 1), ("free", "unlimited", 2)]
    with sold.scope("rosa") as rosa:
        view = queries.subscription_of(rosa, sold.carl.ref, at=AT + 6 * DAY)
    assert view.trial is not None
    assert view.trial.opens is not None
    assert view.trial.opens.version == 1


def test_what_it_opens_stays_when_the_offer_of_trials_is_changed(sold: World) -> None:
    """The same version of the plan now offers another trial: one that runs is not moved to it."""
    start(sold, "carl", sold.carl)
    sell(sold, re.sub(r'(\[plans.trial\]\n(?:.+\n)*?plan = )"unlimited"', r'\1"medium"', BOOKINGS, count=1))
    present = offer().plan("free")
    assert present is not None
    assert present.trial is not None
    assert present.trial.plan == "medium"
    with platform_scope("test"):
        trial = entitlements_of(sold.carl.id, AT + DAY).trial
    assert trial is not None
    assert trial.key == "unlimited"


def test_thirty_days_of_the_app_builder(world: World) -> None:
    sell(world, APPFOLD)
    start(world, "carl", world.carl)
    with platform_scope("test"):
        trial = Trial.objects.get()
    assert (trial.opens, trial.ends_at) == ("content", AT + 30 * DAY)


@pytest.mark.slow
def test_without_lock_and_unique_rows_more_than_one_starts(tmp_path: Path) -> None:
    """The positive control of what follows: the same start, believing what it saw before."""
    with installed(tmp_path, "unguarded") as there:
        assert int(there.run("tests.subscriptions.processes", "unguarded").split()[-1]) > 1
        assert there.ask("SELECT count(*) FROM trial")[0][0] > 1


@pytest.mark.slow
def test_of_32_that_start_at_the_same_moment_exactly_one_does(tmp_path: Path) -> None:
    """C2: by the client's page and its key, by the reseller's page and its key, on two hosts, in four processes."""
    with installed(tmp_path, "trials") as there:
        there.run("tests.subscriptions.processes", "prepare")
        racers = [there.start("tests.subscriptions.processes", "race", str(number)) for number in range(4)]
        answers: list[str] = []
        for racer in racers:
            assert racer.wait() == 0, there.log.read_text()[-4000:]
            assert racer.stdout is not None
            answers += racer.stdout.read().split()
        assert len(answers) == 32, there.log.read_text()[-4000:]
        assert sorted(set(answers)) == ["no", "yes"]
        assert answers.count("yes") == 1
        assert there.ask("SELECT count(*) FROM trial") == [(1,)]
        assert there.ask("SELECT count(*) FROM journal WHERE event = 'trial.started'") == [(1,)]
        assert there.ask("SELECT count(*) FROM entitlement_source WHERE kind = 'trial'") == [(1,)]
        assert there.ask("SELECT count(*) FROM outbox_mail WHERE template = 'trial-started'") == [(1,)]


def test_it_is_offered_only_where_it_can_be_started(world: World) -> None:
    """What a limit says that gives more, and what the button does, are the same."""
    text = re.sub(r"\[plans.trial\]\n", '[plans.trial]\nonce_for = ["account", "email"]\n', BOOKINGS, count=1)
    sell(world, text)

    def offered(person: str, account: Account) -> bool:
        with world.scope(person) as actor:
            standing = standing_by_ref(account.ref, actor=actor, at=AT)
            return "trial" in [step.kind for step in next_steps(standing, "appointments")]

    assert offered("rosa", world.carl)
    assert offered("carl", world.carl)
    with platform_scope("test"):
        Account.objects.filter(id=world.elan.id).update(email="Hello@carls-kitchen.example")
    assert offered("rosa", world.elan)
    start(world, "rosa", world.carl)
    assert not offered("rosa", world.carl)
    assert not offered("rosa", world.elan)  # somebody with this address has had it: the button would say no
    assert refused(world, "rosa", world.elan) == "had-email"


def test_a_reminder_counts_the_days_as_the_entry_does_wherever_the_account_has_moved(sold: World) -> None:
    """At midnight in Rome, where the trial began, it is still the evening before in New York."""
    start(sold, "carl", sold.carl)
    with platform_scope("test"):
        Account.objects.filter(id=sold.carl.id).update(timezone="America/New_York")
        schedule = installation_actor(name="Schedule", via="job")
        operations.note_due(
            account_id=sold.carl.id, actor=schedule, at=datetime.fromisoformat("2026-03-08T00:30+01:00")
        )
        mail = OutboxMail.objects.get(account_id=sold.carl.id, template="trial-ending")
        entry = JournalEntry.unscoped.get(event="trial.reminded")
    assert entry.data["days_left"] == 1
    assert "ends tomorrow" in mail.text


def test_what_was_agreed_is_read_once_before_a_trial_and_once_after_it(sold: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        start(sold, "carl", sold.carl)
    assert sum('FROM "plan_change"' in each["sql"] for each in asked) == 2
