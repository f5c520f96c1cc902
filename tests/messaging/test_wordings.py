"""A brand's own words for its mails: who may write them, what is refused, and which words a mail goes out in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sublet.branding.models import Brand
from sublet.branding.queries import forget_hosts
from sublet.core.rights import Level, Rights
from sublet.core.wording import Wording
from sublet.entitlements.operations import consume
from sublet.foundation.actor import Impersonator
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging import wording_queries
from sublet.messaging.models import MailWording, OutboxMail
from sublet.messaging.operations import queue_mail
from sublet.messaging.worded import template_names
from sublet.messaging.wording_operations import (
    MOST_TRIALS,
    CannotChangeWording,
    CannotSendTrial,
    change_wording,
    send_trial,
    take_back_wording,
)
from sublet.messaging.wording_queries import INHERITED, OURS, OWN, ours_of, wording_to_edit, wordings
from sublet.people.operations.host_notices import tell_of_certificate
from tests.billing.rows import make_invoice
from tests.entitlements import load
from tests.people import AT, World

pytestmark = pytest.mark.django_db
KEY = "invitation-new"
OWN_WORDS = Wording("Ciao {name}", "Vieni da {account}.\n\n{button}", "Benvenuto", "Entra")


def change(
    world: World, person: str = "rosa", account: str = "rosa", wording: Wording = OWN_WORDS, **more: object
) -> None:
    with world.scope(person) as actor:
        facts: dict[str, object] = {
            "account_ref": getattr(world, account).ref, "key": KEY, "language": "it", "wording": wording, "version": None,
            "actor": actor, "at": AT,
        }  # fmt: skip
        change_wording(**{**facts, **more})  # type: ignore[arg-type]  # a test's own mixture


def back(world: World, person: str = "rosa", account: str = "rosa") -> None:
    with world.scope(person) as actor:
        take_back_wording(account_ref=getattr(world, account).ref, key=KEY, language="it", actor=actor, at=AT)


def written(
    world: World, account: str = "carl", language: str = "it", key: str = "k", *, secret: bool = True
) -> OutboxMail:
    context: dict[str, str | int] = {
        "name": "Carlo",
        "inviter": "Rosa",
        "account": "Elan",
        "owner": 0,
        "days": 7,
        "url": "https://rosa.localhost/invitation/TOKEN",
    }
    queue_mail(
        template="invitation-new", account_id=getattr(world, account).id, to_email="c@example.test", to_name="Carlo",
        language=language, context=context, key=key, actor=world.actor("rosa"), at=AT, secret=secret,
    )  # fmt: skip
    return OutboxMail.unscoped.get(key=key)  # unscoped: a test looks at everything


def source(world: World, account: str, language: str = "it", person: str = "rosa") -> str:
    with world.scope(person):
        return wording_to_edit(getattr(world, account).ref, KEY, language).state.source


def test_words_written_in_a_visit_are_signed_by_whoever_wrote_them(world: World) -> None:
    with world.scope("rosa") as actor:
        rosa = actor
    with world.scope("carl") as actor:
        may = Rights.of({"brand": Level.MANAGE})
        visit = Impersonator(rosa.user_id or 0, rosa.name, rosa.account_id, "imp_x", "reseller")
        facts = {"account_ref": world.carl.ref, "key": KEY, "language": "it", "version": None}
        change_wording(wording=OWN_WORDS, actor=replace(actor, rights=may, impersonator=visit), at=AT, **facts)  # type: ignore[arg-type]  # a test's own mixture
    assert MailWording.unscoped.get().changed_by_name == rosa.name  # unscoped: a test looks at everything


def test_words_are_inherited_from_client_to_reseller_to_ours(world: World) -> None:
    assert source(world, "carl") == OURS
    assert written(world).subject.startswith("Invito di Rosa")
    change(world)
    assert written(world, key="k2").subject == "Ciao Carlo"
    assert (source(world, "rosa"), source(world, "carl"), source(world, "elan")) == (OWN, INHERITED, INHERITED)
    change(world, account="carl", wording=Wording("Solo per te, {name}", "{button}", "", "Vai"))
    assert written(world, key="k3").subject == "Solo per te, Carlo"
    assert written(world, "elan", key="k4").subject == "Ciao Carlo"
    back(world, account="carl")
    assert written(world, key="k5").subject == "Ciao Carlo"
    back(world)
    assert source(world, "carl") == OURS
    assert [entry.event for entry in JournalEntry.unscoped.order_by("id")] == [  # unscoped: a test looks at everything
        "wording.changed", "wording.changed", "wording.taken_back", "wording.taken_back",
    ]  # fmt: skip


def test_another_language_and_another_reseller_keep_their_words(world: World) -> None:
    change(world)
    assert "Ciao" not in written(world, language="fr", key="k2").subject
    assert "Ciao" not in written(world, "bakery", key="k3").subject
    assert "Ciao" not in written(world, "dora", key="k4").subject


def test_only_direct_accounts_inherit_the_vendors_words(world: World) -> None:
    change(world, "vera", "vendor", Wording("Vendor says {name}", "{button}", "", "Go"), language="en")
    assert written(world, "dora", "en", "k1").subject == "Vendor says Carlo"
    assert "Vendor" not in written(world, "carl", "en", "k2").subject
    assert "Vendor" not in written(world, "rosa", "en", "k3").subject


@pytest.mark.parametrize("person", ["carl", "cleo", "rico"])
def test_who_may_not_change_the_brand_does_not_change_its_words(world: World, person: str) -> None:
    with world.scope(person) as actor, pytest.raises(Forbidden):
        change_wording(
            account_ref=actor.account_ref, key=KEY, language="it", wording=OWN_WORDS, version=None, actor=actor, at=AT
        )
    assert not MailWording.unscoped.exists()  # unscoped: a test looks at everything


def test_anothers_client_is_not_there(world: World) -> None:
    for account in ("bakery", "remo", "vendor", "dora"):
        with pytest.raises(NotFound):
            change(world, account=account)
        with world.scope("rosa"), pytest.raises(NotFound):
            wordings(getattr(world, account).ref)
    with pytest.raises(NotFound):
        change(world, key="no-such-mail")
    with pytest.raises(NotFound):
        change(world, language="xx")


def test_a_lost_link_is_told_at_its_field_and_nothing_is_kept(world: World) -> None:
    with pytest.raises(CannotChangeWording) as refused:
        change(world, wording=Wording("Ciao {nome}", "Niente", "", "Entra"))
    told = [(each.field, each.code) for each in refused.value.problems]
    assert told == [("subject", "unknown-near"), ("body", "lost")]
    assert "{button} is missing" in refused.value.problems[1].sentence
    assert not MailWording.unscoped.exists()  # unscoped: a test looks at everything


def test_words_that_lost_their_link_since_are_not_used(world: World) -> None:
    change(world)
    MailWording.unscoped.update(body="No link")  # unscoped: as an older version may have kept it
    mail = written(world, key="k2")
    assert "Ciao" not in mail.subject
    with world.scope("rosa"):
        state = wording_to_edit(world.rosa.ref, KEY, "it").state
    assert (state.source, state.broken) == (OWN, True)


def test_a_change_of_our_own_words_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change(world)
    with world.scope("rosa"):
        assert not wording_to_edit(world.rosa.ref, KEY, "it").state.stale
        MailWording.unscoped.update(ours="0" * 64)  # unscoped: as if they had been others then
        assert wording_to_edit(world.rosa.ref, KEY, "it").state.stale
    change(world)  # saved once more as it is: looked at
    with world.scope("rosa"):
        assert not wording_to_edit(world.rosa.ref, KEY, "it").state.stale


def test_two_who_edit_at_once_do_not_overwrite_each_other(world: World) -> None:
    change(world, version=0)
    with pytest.raises(CannotChangeWording) as refused:
        change(world, wording=Wording("Other", "{button}", "", "x"), version=0)
    assert refused.value.code == "changed-meanwhile"
    change(world, version=0)  # the same words once more are no conflict
    change(world, wording=Wording("Other", "{button}", "", "x"), version=1)


def test_the_list_takes_the_same_few_statements_however_much_there_is(
    world: World, django_assert_num_queries: object
) -> None:
    change(world)
    for account in (world.rosa, world.carl):
        with world.scope("rosa"), django_assert_num_queries(2):  # type: ignore[operator]  # the fixture's own type
            rows = wordings(account.ref)
    assert len(rows) == len({row.kind.key for row in rows}) > 30


def test_what_works_once_stands_in_nothing_that_is_shown(world: World) -> None:
    change(world)
    mail = written(world)
    assert "TOKEN" in mail.text
    assert "TOKEN" not in mail.shown_text + mail.shown_html + mail.subject
    assert "Vieni da Elan." in mail.shown_text
    assert not written(world, key="open", secret=False).shown_text


def test_a_trial_goes_to_oneself_and_not_without_end(world: World) -> None:
    with world.scope("rosa") as rosa:
        facts = {
            "account_ref": world.rosa.ref, "key": KEY, "language": "it", "of": world.carl.ref, "to_email": "rosa@example.test",
            "to_name": "Rosa", "actor": rosa,
        }  # fmt: skip
        from datetime import timedelta

        for number in range(MOST_TRIALS):
            send_trial(**facts, wording=OWN_WORDS, at=AT + timedelta(seconds=number))  # type: ignore[arg-type]  # as above
        with pytest.raises(CannotSendTrial):
            send_trial(**facts, wording=OWN_WORDS, at=AT + timedelta(minutes=1))  # type: ignore[arg-type]  # as above
        with pytest.raises(CannotChangeWording):
            send_trial(**facts, wording=Wording("", "", "", ""), at=AT + timedelta(hours=2))  # type: ignore[arg-type]  # as above
    mails = OutboxMail.unscoped.all()  # unscoped: a test looks at everything
    assert {(mail.to_email, mail.language) for mail in mails} == {("rosa@example.test", "it")}
    assert len(mails) == MOST_TRIALS
    assert "Vieni da" in mails[0].text
    assert not MailWording.unscoped.exists()  # unscoped: as above


def test_a_preview_shows_real_names_to_whoever_may_list_people(world: World) -> None:
    type(world.carl).unscoped.filter(id=world.carl.id).update(
        contact_name="Carlo Conti"
    )  # unscoped: a test makes it so
    with world.scope("rosa") as rosa:
        mail = wording_queries.preview(
            at=AT, account_ref=world.rosa.ref, key=KEY, language="it", wording=OWN_WORDS, reader=rosa, of=world.carl.ref
        ).mail
        assert mail.subject == "Ciao Carlo Conti"
        assert world.carl.name in mail.text
        with pytest.raises(NotFound):
            wording_queries.preview(
                at=AT,
                account_ref=world.rosa.ref,
                key=KEY,
                language="it",
                wording=OWN_WORDS,
                reader=rosa,
                of=world.bakery.ref,
            )


def test_our_words_name_no_brand(world: World) -> None:
    assert "{brand}" in ours_of(KEY, "it").subject


def test_a_list_of_mails_says_no_more_of_a_kind_than_is_known() -> None:
    """Kinds that share a template: which of them a mail was, is not kept."""
    names = template_names()
    assert [names[each] for each in ("grant", "invitation-new", "password-changed")] == [
        "Access",
        "Invitation: new person",
        "Password: changed",
    ]
    assert len(set(names.values())) == len(names)


CERTIFICATE = Wording("Certificato di {host}", "Ciao {person}, {host} scade il {ends}.\n\n{button}", "", "Apri")


def certificate_mail(world: World, why: str) -> OutboxMail:
    with platform_scope("a job of a test"):
        tell_of_certificate(
            entry_id=why, host="a.example", why=why, ends="2026-03-09T23:30:00+00:00", actor=world.actor("vera"), at=AT
        )
    return OutboxMail.unscoped.get(key__startswith=f"certificate:{why}:")  # unscoped: a test


def test_the_vendor_words_what_it_is_told_of_certificates_and_nobody_else_does(world: World) -> None:
    change(world, "vera", "vendor", CERTIFICATE, key="certificate-ending", language="en")
    own = certificate_mail(world, "ends")
    assert own.subject == "Certificato di a.example"
    assert "a.example scade il 9 March 2026." in own.text
    with platform_scope("a reader of another language, where it is past midnight"):
        world.users["vera"].language, world.users["vera"].timezone = "it", "Europe/Rome"
        world.users["vera"].save(update_fields=["language", "timezone"])
    read = certificate_mail(world, "ended")
    assert "10 marzo 2026" in read.text
    with platform_scope("as before"):
        world.users["vera"].language, world.users["vera"].timezone = "", ""
        world.users["vera"].save(update_fields=["language", "timezone"])
    assert certificate_mail(world, "untrusted").subject == "The certificate of a.example needs attention"
    with world.scope("rosa") as rosa:
        assert not [row for row in wordings(world.rosa.ref) if row.kind.vendor_only]
        with pytest.raises(NotFound):
            wording_to_edit(world.rosa.ref, "certificate-ending", "it")
        with pytest.raises(NotFound):
            wording_queries.preview(
                at=AT,
                account_ref=world.rosa.ref,
                key="certificate-ending",
                language="it",
                wording=CERTIFICATE,
                reader=rosa,
            )
    with pytest.raises(NotFound):
        change(world, "rosa", "rosa", CERTIFICATE, key="certificate-ending")
    with world.scope("vera") as vera:
        listed = {row.kind.key for row in wordings(world.vendor.ref)}
        seen = wording_queries.preview(
            at=AT,
            account_ref=world.vendor.ref,
            key="certificate-ending",
            language="it",
            wording=CERTIFICATE,
            reader=vera,
        )
    assert {"certificate-ending", "certificate-ended", "certificate-wrong"} <= listed
    assert "scade il 16 March 2026" in seen.mail.text


def shown_to(
    world: World, person: str, key: str, of: str = "", language: str = "en", **rights: Level
) -> wording_queries.Preview:
    """Our own words for that kind, as a preview shows them to that person; with `rights` alone, where there are any."""
    with world.scope(person) as reader:
        if rights:
            reader = replace(reader, rights=Rights.of(rights))
        return wording_queries.preview(
            account_ref=reader.account_ref,
            key=key,
            language=language,
            wording=ours_of(key, language),
            reader=reader,
            at=AT,
            of=of,
        )


def test_a_preview_of_an_invoices_mail_has_the_invoices_facts_and_the_agencys_brand(world: World) -> None:
    with platform_scope("a client with a brand of its own"):
        Brand.objects.update_or_create(account=world.carl, defaults={"name": "Carl’s Own"})
    forget_hosts()
    assert "Invoice 2026-17 from" in shown_to(world, "rosa", "invoice-reminder", world.carl.ref).mail.text
    invoice = make_invoice(world.rosa, world.carl, number=7, series="R-", due_on=date(2026, 2, 16))
    seen = shown_to(world, "rosa", "invoice-reminder", world.carl.ref).mail
    assert f"Invoice {invoice.number_shown} from Rosa Web Studio for Carl’s Kitchen" in seen.text
    assert "16 Feb 2026" in seen.text
    assert (
        "\n-- \nRosa Web Studio" in seen.text
    )  # it is the agency that speaks, also to a client with a name of its own
    assert "16 févr. 2026" in shown_to(world, "rosa", "invoice-reminder", world.carl.ref, "fr").mail.text
    # Who sees no invoices sees an example; another's are not there.
    told = shown_to(
        world, "rosa", "invoice-reminder", world.carl.ref, clients=Level.MANAGE, brand=Level.MANAGE
    ).mail.text
    assert ("Invoice 2026-17" in told, "R-7" in told) == (True, False)
    with pytest.raises(NotFound):
        shown_to(world, "remo", "invoice-reminder", world.carl.ref)


def test_a_preview_of_a_limits_mail_has_the_limit_that_is_nearest(world: World) -> None:
    load(world)
    with world.scope("vera") as vera:
        consume(
            account_ref=world.carl.ref, meter="appointments", quantity=37, source="t", event_id="1", actor=vera, at=AT
        )
    seen = shown_to(world, "rosa", "limit-near", world.carl.ref).mail.text
    assert ("37 of 50" in seen, "40 of 50" in seen) == (True, False)
    hidden = shown_to(world, "rosa", "limit-near", world.carl.ref, brand=Level.MANAGE).mail.text
    assert ("37 of 50" in hidden, "40 of 50" in hidden) == (False, True)


def test_a_preview_of_a_mail_to_ones_own_team_is_addressed_to_who_looks(world: World) -> None:
    assert "Hello Rosa Ricci," in shown_to(world, "rosa", "limits-digest").mail.text
    digest = shown_to(world, "rosa", "limits-digest", language="it").mail
    assert digest.text.count("Bella Napoli: 80 % di Appuntamenti, 40 su 50.") == 1
