"""A letter about a new price holds the price: the reseller reads it among its mails, the vendor only if it shares its prices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sublet.foundation.errors import NotFound
from sublet.foundation.scope import platform_scope
from sublet.messaging.kinds import declared
from sublet.messaging.models import OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.messaging.queries import MailText, mail_text, outbox
from sublet.messaging.worded import template_names
from sublet.pricing.operations import share_prices
from tests.people import AT, World
from tests.portals.api.caller import make_caller

PRICE = "€9876.54"
KINDS = (
    "price-change", "payment-method-asked", "invoice-reminder", "invoice-last-call", "invoice-paused", "invoice-settled",
    "payment-confirm", "invoice-issued", "credit-note-issued",
)  # fmt: skip


def write(world: World, kind: str = "price-change", account: str = "carl", by: str = "rosa") -> OutboxMail:
    about = getattr(world, account)
    context = {
        "person": "Carl", "account": about.name, "thing": "Content", "price": PRICE, "before": "", "day": PRICE,
        "url": "https://example.com/x", "creditor": PRICE, "number": PRICE, "amount": PRICE, "due": PRICE, "pauses": 1,
        "limits": 0, "invoice": PRICE, "paying": PRICE,
    }  # fmt: skip
    with world.scope(by) as actor, transaction.atomic():
        queue_mail(
            template=kind, account_id=about.id, to_email="carl@example.test", to_name="Carl", language="en",
            context=context, key=f"{kind}:{account}", actor=actor, at=AT,
        )  # fmt: skip
    # A brand's own words may hold the price in the subject as well.
    OutboxMail.unscoped.filter(key=f"{kind}:{account}").update(subject=f"Now {PRICE}")
    return OutboxMail.unscoped.get(key=f"{kind}:{account}")


def share(world: World, *, shared: bool = True, who: str = "rosa") -> None:
    with world.scope(who) as actor:
        share_prices(shared=shared, actor=actor, at=AT)


def read(world: World, mail: OutboxMail, who: str) -> tuple[MailText, str]:
    """The mail, and its subject in the list."""
    with world.scope(who) as actor:
        subjects = [row.subject for row in outbox(actor).rows if row.id == str(mail.id)]
        return mail_text(actor, str(mail.id), at=AT), subjects[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_vendor_reads_that_it_was_written_and_no_word_of_it(world: World, kind: str) -> None:
    mail = write(world, kind)
    shown, subject = read(world, mail, "vera")
    assert (shown.kept, shown.text, shown.html) == (True, "", "")
    assert shown.row.subject == subject == template_names()[kind]
    assert (shown.row.to_email, shown.row.state) == ("carl@example.test", "queued")
    assert PRICE not in str(shown)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reseller_reads_all_of_it(world: World, kind: str) -> None:
    shown, subject = read(world, write(world, kind), "rosa")
    assert not shown.kept
    assert shown.row.subject == subject == f"Now {PRICE}"
    assert PRICE in shown.text
    assert PRICE in shown.html


def test_the_vendor_reads_it_while_the_reseller_shares_its_prices(world: World) -> None:
    mail = write(world)
    share(world, who="remo")
    assert read(world, mail, "vera")[0].kept
    share(world)
    shown, subject = read(world, mail, "vera")
    assert (shown.kept, subject) == (False, f"Now {PRICE}")
    assert PRICE in shown.text
    share(world, shared=False)
    assert read(world, mail, "vera")[0].kept


def test_what_the_reseller_before_wrote_is_not_the_next_ones_to_share(world: World) -> None:
    mail = write(world)
    share(world)
    with platform_scope("test data"):
        type(world.carl).objects.filter(id=world.carl.id).update(placed_at=AT + timedelta(days=1))
    assert read(world, mail, "vera")[0].kept


def test_what_the_vendor_writes_to_its_own_account_is_its_own(world: World) -> None:
    shown, subject = read(world, write(world, account="dora", by="vera"), "vera")
    assert (shown.kept, subject) == (False, f"Now {PRICE}")


def test_pages_and_keys_of_the_vendors_show_none_of_it(world: World) -> None:
    mail = write(world)
    keys = {who: make_caller(world, who) for who in ("vera", "rosa")}
    texts = {}
    for who, urlconf, account in (("vera", "main", world.vendor), ("rosa", "brand", world.rosa)):
        area = "vendor" if who == "vera" else "reseller"
        browser = world.browser(who)
        said = []
        for name, more in (("mails", ()), ("mail", (str(mail.id),))):
            url = reverse(f"{area}-{name}", urlconf=f"sublet.config.urls_{urlconf}", args=(account.ref, *more))
            response = browser.get(url)
            assert response.status_code == 200
            said.append(response.content.decode())
        texts[who] = said
        one = keys[who].get(f"/mails/{mail.id}")
        assert (PRICE in str(one.body), PRICE in one["text"]) == (who == "rosa", who == "rosa")
        assert (PRICE in str(keys[who].get("/mails").body)) == (who == "rosa")
    assert [PRICE in text for text in texts["vera"]] == [False, False]
    assert [PRICE in text for text in texts["rosa"]] == [True, True]
    assert "The reseller keeps its prices to itself" in texts["vera"][1]
    assert "The reseller keeps its prices to itself" not in texts["rosa"][1]
    shown = reverse("vendor-mail-shown", urlconf="sublet.config.urls_main", args=(world.vendor.ref, str(mail.id)))
    assert world.browser("vera").get(shown).status_code == 404


def test_who_shares_is_asked_once_for_a_page(world: World) -> None:
    for account in ("carl", "elan"):
        write(world, account=account)
    with world.scope("vera") as vera, CaptureQueriesContext(connection) as asked:
        assert len(outbox(vera).rows) == 2
    assert len([each for each in asked if "price_sharing" in each["sql"]]) == 1


def test_another_tenant_reads_nothing_at_all(world: World) -> None:
    mail = write(world)
    with world.scope("remo") as remo, pytest.raises(NotFound):
        mail_text(remo, str(mail.id), at=AT)


def test_the_mails_that_hold_what_a_reseller_asks_are_said_to(world: World) -> None:
    assert {key for key, kind in declared().items() if kind.kept_from_vendor} == set(KINDS)
