"""What the demo is filled with: lifelike, in its hours, the same each time, and open to everybody it names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoDbBlocker

from sublet.accounts.models import Account, ClientImport, SavedView
from sublet.accounts.queries import installation_actor
from sublet.branding.models import Domain
from sublet.branding.queries import forget_hosts, host_view
from sublet.catalog.models import ManifestVersion
from sublet.catalog.queries import forget_offer
from sublet.demo.log_ins import PASSWORD, demo_log_ins, log_ins
from sublet.demo.officehours import OfficeHours
from sublet.demo.seed import is_seeded, seed
from sublet.entitlements.models import Alert, EntitlementSource, MeterState, Override, TopUp
from sublet.entitlements.operations.looking import differs
from sublet.entitlements.queries.facts import places
from sublet.entitlements.queries.standing import standings_of
from sublet.foundation.jobs.models import Job
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.queries import sentence_of
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.metering.models import UsageEvent, UsageTotal
from sublet.metering.operations import rebuild_totals
from sublet.people.models import ApiKey, Collaborator, Impersonation, Invitation, User
from sublet.people.operations import sign_in
from sublet.signals.models import LatestSignal
from sublet.subscriptions.models import AddOnTaken, PlanChange, Trial
from sublet.subscriptions.operations import sources_of
from sublet.subscriptions.queries import held

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2026, 5, 20, 13, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture(scope="class")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A small demo, on a fixed day: one for all that only read it, gone after the last of them."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        assert not is_seeded()
        seed(lambda _text: None, at=NOW, scale=0.05)
        assert is_seeded()
        forget_hosts()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
        forget_hosts()


@pytest.fixture
def offered(demo: None) -> None:
    """A test begins without a manifest for a moment (tests/conftest.py); here there is one."""
    forget_offer()


@pytest.mark.usefixtures("offered")
class TestTheDemo:
    """What a seeded demo holds."""

    def test_clients_have_plans_trials_and_add_ons_as_the_journal_tells(self, demo: None) -> None:
        forget_offer()  # each test begins without a manifest, and the demo was made before this one
        with platform_scope("test"):
            plans = set(Account.objects.filter(kind="client").values_list("plan", flat=True))
            assert plans == {"", "content", "commerce"}
            assert Trial.objects.filter(ended_at__isnull=True, ends_at__gt=NOW).exists()
            assert Trial.objects.filter(ended_at__lte=NOW).exists()
            assert AddOnTaken.objects.exists()
            for account in Account.objects.filter(kind="client"):
                now = held(account)
                assert now.agreement.phase_at(NOW).plan == account.plan
                assert (now.trial.ends_at if now.trial else None) == account.trial_until
                stored = EntitlementSource.objects.filter(account=account)
                wanted = {(s.kind, s.key, s.starts_at, s.ends_at) for s in sources_of(now)}
                assert set(stored.values_list("kind", "key", "starts_at", "ends_at")) == {
                    each for each in wanted if each[2] != each[3]
                }
        told = JournalEntry.unscoped.filter(event="subscription.plan_taken").count()
        assert told == PlanChange.unscoped.filter(kind="take", told_at__isnull=False).count()  # unscoped: test

    def test_the_product_has_told_of_its_clients(self, demo: None) -> None:
        told = set(LatestSignal.unscoped.values_list("signal__key", flat=True))  # unscoped: a test
        assert told >= {"last_push_sent", "push_certificate_expires", "last_published", "downloads", "sessions"}

    def test_clients_use_what_they_have_some_near_and_over_their_limits(self, demo: None) -> None:
        with platform_scope("test"):
            clients = Account.objects.filter(kind="client", state="active", created_at__lt=NOW - timedelta(days=3))
            clients = clients.filter(import_id__isnull=True)  # those of a list are on their first plan, and rest
            used = UsageTotal.objects.filter(span=0).values("account")
            assert not clients.exclude(id__in=used).exists()
            assert set(MeterState.objects.values_list("state", flat=True)) >= {"near", "over"}
            assert Alert.objects.filter(threshold__lt=100).exists()
            assert Alert.objects.filter(threshold=100).exists()
            assert not Alert.objects.filter(told_at__isnull=True).exists()  # nothing waits to be written about
            assert set(Override.objects.values_list("layer", flat=True)) == {"reseller", "client"}
            assert TopUp.objects.exists()
            crossed = JournalEntry.unscoped.filter(event="limit.threshold_crossed").count()
            assert crossed == Alert.objects.count()
            # What was noted is what is: nobody finds another standing when they look.
            for account in standings_of(list(places(clients.values_list("id", flat=True)).values()), at=NOW).values():
                assert [key for key, each in account.meters.items() if differs(each)] == []
            # Totals are those of the events, nothing lies ahead, and nothing went beyond a limit that refuses.
            assert not UsageEvent.objects.filter(at__gt=NOW).exists()
            one = UsageTotal.objects.filter(span=0).order_by("account_id").values_list("account_id", flat=True)[0]
            stored = sorted(UsageTotal.objects.filter(account_id=one).values_list("meter", "span", "start", "quantity"))
            rebuild_totals(account_id=one, since=None, actor=installation_actor(name="Test", via="job"), at=NOW)
            rows = UsageTotal.objects.filter(account_id=one).values_list("meter", "span", "start", "quantity")
            assert sorted(rows) == stored

    def test_the_page_of_use_shows_months(self, demo: None) -> None:
        with platform_scope("test"):
            account = Account.objects.get(name="Trattoria Il Gelsomino")
            months = {at.month for at in UsageEvent.objects.filter(account=account).values_list("at", flat=True)}
        assert len(months) == 6

    def test_everybody_it_names_can_log_in_there(self, demo: None) -> None:
        rows = log_ins()
        assert [row.email for row in rows][:2] == ["vera@appfold.example", "victor@appfold.example"]
        for row in rows:
            site = host_view(row.host)
            assert site is not None, row.host
            with platform_scope("a test"):
                person = sign_in(email=row.email, password=PASSWORD, site=site, address="192.0.2.1", at=NOW)
                assert person.name == row.name
                places = Collaborator.objects.filter(user=person, ended_at__isnull=True)
                assert (row.account, "active") in {(place.account.name, place.account.state) for place in places}

    def test_certificates_are_fine_end_soon_or_are_missing(self, demo: None) -> None:
        with platform_scope("a test"):
            rows = Domain.objects.exclude(certificate_code="").order_by("host")
            assert [
                (row.host.partition(".")[0], row.certificate_code, row.certificate_told_at is None) for row in rows
            ] == [
                ("espace", "good", True),
                ("rendez-vous", "none", False),
                ("www", "ends", False),
            ]

    def test_each_host_offers_its_own_log_ins(self, demo: None) -> None:
        assert [each.name for each in demo_log_ins("gelsomino.localhost")] == ["Carlo Gelsomini", "Clea Monti"]
        assert demo_log_ins("elsewhere.localhost") == []

    def test_nothing_happens_in_the_future_or_at_night(self, demo: None) -> None:
        entries = list(JournalEntry.unscoped.order_by("at"))
        assert entries[-1].at <= NOW
        assert NOW - entries[0].at > timedelta(days=540)
        rome = ZoneInfo("Europe/Rome")
        by_people = [entry for entry in entries if entry.via == "web"]
        assert {entry.at.astimezone(rome).hour for entry in by_people} <= set(range(7, 23))
        by_staff = [
            entry for entry in by_people if entry.event in {"client.created", "account.suspended", "account.closed"}
        ]
        assert {entry.at.astimezone(rome).weekday() for entry in by_staff} <= {0, 1, 2, 3, 4}

    def test_the_journal_is_in_order(self, demo: None) -> None:
        """Created before invited before accepted before everything else; what a client is now is what was told last."""
        with platform_scope("a test"):
            clients = list(Account.objects.filter(kind="client"))
        for client in clients:
            told = list(
                JournalEntry.unscoped.filter(account_id=client.id).order_by("at", "id").values_list("event", flat=True)
            )
            assert told[0] == "client.created", (client, told)
            if client.state == "active" and "invitation.accepted" in told:
                assert (
                    told.index("collaborator.invited")
                    < told.index("invitation.accepted")
                    < told.index("account.activated")
                )
            last = [event for event in told if event in {"account.suspended", "account.resumed", "account.closed"}]
            expected = {"suspended": "account.suspended", "closed": "account.closed"}.get(client.state)
            if expected is not None:
                assert last[-1] == expected
            elif last:
                assert last[-1] == "account.resumed"

    def test_every_entry_is_a_whole_sentence(self, demo: None) -> None:
        entries = list(JournalEntry.unscoped.all())
        for language in ("en", "it", "sq", "nl", "fr", "pt"):
            with override(language):
                sentences = {sentence_of(entry) for entry in entries}
            assert [each for each in sentences if "%(" in each or "–" in each.split()] == []

    def test_there_is_something_of_everything(self, demo: None) -> None:
        with platform_scope("a test"):
            kinds = {kind: Account.objects.filter(kind=kind).count() for kind in ("vendor", "reseller", "direct")}
            assert kinds == {"vendor": 1, "reseller": 4, "direct": 3}
            assert set(Account.objects.values_list("state", flat=True)) >= {"prospect", "invited", "active"}
            assert Invitation.objects.filter(accepted_at__isnull=True).count() == 4
            assert ApiKey.objects.count() == 3
            assert SavedView.objects.count() == 6
            assert Impersonation.objects.filter(account__name="Trattoria Il Gelsomino").count() == 3
            assert list(ClientImport.objects.order_by("id").values_list("state", "rows_made")) == [
                ("done", 8),
                ("uploaded", 0),
            ]
            mails = list(OutboxMail.objects.order_by("created_at").values_list("state", flat=True))
            assert (mails.count("sent"), mails.count("failed"), mails.count("unknown"), mails.count("queued")) == (
                6,
                1,
                1,
                13,
            )
        assert list(Job.unscoped.filter(state="dead").values_list("kind", flat=True)) == ["people.send_password_reset"]
        assert list(ManifestVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_references_are_the_same_each_time() -> None:
    """So that an address noted down outlives `--reset`."""

    def refs(at: datetime) -> list[tuple[str, str]]:
        with transaction.atomic():
            seed(lambda _text: None, at=at, scale=0.05)
            with platform_scope("a test"):
                named = Q(kind__in=("vendor", "reseller", "direct")) | Q(name="Trattoria Il Gelsomino")
                found = list(Account.objects.filter(named).order_by("name").values_list("name", "ref"))
            transaction.set_rollback(True)
        return found

    first = refs(NOW)
    assert len(first) == 9
    assert refs(NOW + timedelta(days=3)) == first


def test_an_interrupted_seed_leaves_nothing() -> None:
    def interrupt(text: str) -> None:
        if text.startswith("Atelier"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(interrupt, at=NOW, scale=0.05)

    assert not is_seeded()
    assert (User.objects.count(), JournalEntry.unscoped.count(), Job.unscoped.count()) == (0, 0, 0)


def test_the_vendor_s_pages_show_it() -> None:
    told: list[str] = []
    seed(told.append, scale=0.05)  # today: the page looks two weeks ahead
    forget_hosts()
    browser = Client(headers={"host": "vendor.localhost"})
    browser.post("/login/", {"email": "vera@appfold.example", "password": PASSWORD})
    home = browser.get("/", follow=True)
    assert home.status_code == 200
    page = home.content.decode()
    for words in ("1 job failed for good", "1 mail was refused", "1 demonstration ends within two weeks"):
        assert words in page, words

    office = Client(headers={"host": "bottega.localhost"})
    office.post("/login/", {"email": "rosa@bottega.example", "password": PASSWORD})
    name, number = told[0].removesuffix(" clients").split(": ")
    assert (name, f"{number} clienti" in office.get("/", follow=True).content.decode()) == ("Bottega Digitale", True)


def test_office_hours_end_before_now() -> None:
    hours = OfficeHours("Europe/Rome", now=NOW, dice=Random(1))
    sunday = datetime(2026, 5, 17, 3, 0, tzinfo=UTC)

    for _ in range(200):
        assert hours.at(sunday).astimezone(hours.zone).date().isoformat() == "2026-05-18"
        assert hours.at(NOW + timedelta(days=9)) <= NOW
        later = hours.at(NOW, after=NOW - timedelta(hours=1))
        assert NOW - timedelta(hours=1) < later <= NOW
