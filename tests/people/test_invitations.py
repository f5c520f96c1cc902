"""Inviting: who may, what the mail says, and that a link is good once, for one person, for seven days."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from sublet.accounts.models import Account
from sublet.foundation.errors import Forbidden, NotFound
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import actor_scope, platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people import operations, queries
from sublet.people.models import ApiKey, Collaborator, Invitation, User
from sublet.people.queries.links import hash_token
from tests import factories
from tests.people import AT, CARL_HOST, PASSWORD, ROSA_HOST, VENDOR_HOST, World

LATER = AT + timedelta(hours=1)
NEW = "nina@new.test"
GOOD_PASSWORD = "seven quiet harbors"


def invite(
    world: World, by: str = "rosa", account: str = "carl", email: str = NEW, **more: object
) -> operations.Invited:
    more.setdefault("rights", {"product.content": "view"})
    with world.scope(by) as actor:
        return operations.invite_collaborator(
            account_ref=getattr(world, account).ref,
            email=email,
            actor=actor,
            at=AT,
            **more,  # type: ignore[arg-type]
        )


def mails(to: str = NEW) -> list[OutboxMail]:
    return list(OutboxMail.unscoped.filter(to_email=to).order_by("id"))


def token_in(mail: OutboxMail) -> str:
    found = re.search(r"https?://([a-z.]+)(?::\d+)?/invitation/([\w-]+)/", mail.text)
    assert found is not None
    return found[2]


def accept(token: str, host: str = CARL_HOST, user: User | None = None, at: object = LATER) -> operations.Accepted:
    return operations.accept_invitation(
        token=token,
        host=host,
        name="Nina Nowak",
        password=GOOD_PASSWORD,
        user_id=user.id if user else None,
        at=at,  # type: ignore[arg-type]
    )


def open_invitations() -> list[str]:
    rows = Invitation.unscoped.filter(accepted_at__isnull=True, revoked_at__isnull=True)
    return sorted(rows.values_list("email", flat=True))


def refused(code: str, world: World, **values: object) -> None:
    before = Invitation.unscoped.count()
    with pytest.raises(operations.CannotInviteCollaborator) as refusal:
        invite(world, **values)  # type: ignore[arg-type]
    assert refusal.value.code == code
    assert Invitation.unscoped.count() == before
    assert mails() == []


# The mail -------------------------------------------------------------------------------------------------------------


def test_a_new_person_gets_a_link_to_choose_a_password_in_the_right_brand(world: World) -> None:
    invite(world, name="Nina", language="it")
    (mail,) = mails()
    assert (mail.account_id, mail.template, mail.language, mail.secret) == (world.carl.id, "invitation-new", "it", True)
    assert "Rosa Web Studio" in mail.text
    assert "Vantage" not in mail.text + mail.html + mail.subject
    assert f"://{CARL_HOST}" in mail.text
    token = token_in(mail)
    row = Invitation.unscoped.get()
    assert row.token_hash == hash_token(token)
    assert len(token) >= 43  # 256 bits
    assert token not in str(row.__dict__)
    assert (row.host, row.expires_at) == (CARL_HOST, AT + timedelta(days=7))


def test_a_known_person_learns_of_one_account_more_in_the_language_that_it_chose(world: World) -> None:
    User.objects.filter(id=world.users["sam"].id).update(language="fr")
    invite(world, email="SAM@example.test ", language="it")
    (mail,) = mails("sam@example.test")
    assert (mail.template, mail.language) == ("invitation-known", "fr")


@pytest.mark.parametrize(
    ("asked", "account_language", "language"),
    [("sq", "fr", "sq"), ("", "fr", "fr"), ("xx", "fr", "fr"), ("", "", "en")],
)
def test_a_new_person_is_written_to_in_the_language_asked_for_else_the_accounts(
    world: World, asked: str, account_language: str, language: str
) -> None:
    Account.unscoped.filter(id=world.elan.id).update(language=account_language)
    invite(world, account="elan", language=asked)
    assert mails()[0].language == language


def test_a_client_without_a_host_is_invited_on_its_resellers(world: World) -> None:
    invite(world, account="elan")
    assert f"://{ROSA_HOST}" in mails()[0].text
    assert Invitation.unscoped.get().host == ROSA_HOST


def test_an_invitation_to_the_resellers_own_portal_says_so(world: World) -> None:
    invite(world, account="rosa", rights={"clients": "view"})
    assert mails()[0].template == "invitation-new-staff"
    assert mails()[0].subject.endswith(f"invites you to the team of {world.rosa.name}")


def test_who_gets_a_resellers_account_is_not_invited_to_the_team_of_another(world: World) -> None:
    """A new reseller has no brand yet: the mail is in the vendor's, and the subject said “to the team of” the vendor."""
    with world.scope("vera") as vera:
        opened = operations.open_account(kind="reseller", name="Nove Studio", owner_email=NEW, actor=vera, at=AT)
    mail = mails()[0]
    assert (mail.template, mail.subject) == ("invitation-new-staff", f"Your account “{opened.name}” is ready")


def test_the_mail_never_carries_the_prefix_of_a_visit(world: World) -> None:
    from django.urls import set_script_prefix

    set_script_prefix("/as/ims_23456789/")
    try:
        invite(world)
    finally:
        set_script_prefix("/")
    assert "/as/" not in mails()[0].text


def test_texts_of_people_stay_text_in_the_mail(world: World) -> None:
    invite(world, name="Nina\r\nBcc: all@example.test {{ 7|add:7 }} <b>")
    (mail,) = mails()
    assert mail.to_name == "Nina Bcc: all@example.test {{ 7|add:7 }} <b>"
    assert "{{ 7|add:7 }}" in mail.text
    assert "<b>," not in mail.html


# Who may, and what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "account"),
    [
        ("rosa", "carl"),
        ("rico", "carl"),
        ("carl", "carl"),
        ("rosa", "rosa"),
        ("vera", "rosa"),
        ("vera", "vendor"),
        ("dora", "dora"),
    ],
)
def test_who_may_invite(world: World, by: str, account: str) -> None:
    invite(world, by=by, account=account, rights={})
    assert open_invitations() == [NEW]
    entry = JournalEntry.unscoped.get(event="collaborator.invited")
    assert entry.account_id == getattr(world, account).id
    assert entry.actor_name == str(world.users[by])


@pytest.mark.parametrize(
    ("by", "account", "fault"),
    [
        ("ruth", "carl", Forbidden),
        ("ruth", "rosa", Forbidden),
        ("rico", "elan", NotFound),
        ("rico", "rosa", Forbidden),
        ("cleo", "carl", Forbidden),
        ("remo", "carl", NotFound),
        ("nora", "carl", NotFound),
        ("carl", "rosa", NotFound),
        ("vera", "carl", NotFound),
        ("dora", "vendor", NotFound),
    ],
)
def test_who_may_not_invite(world: World, by: str, account: str, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        invite(world, by=by, account=account, rights={})
    assert (open_invitations(), mails()) == ([], [])


@pytest.mark.parametrize(
    "email", ["", "nina", "nina@", "a b@example.test", "x" * 250 + "@new.test", "nina@new.test\nbcc:y@z.test"]
)
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    refused("not-an-address", world, email=email)


def test_who_is_on_the_team_is_not_invited(world: World) -> None:
    refused("already-here", world, email="CLEO@example.test")


def test_one_address_has_one_open_invitation(world: World) -> None:
    invite(world)
    with pytest.raises(operations.CannotInviteCollaborator) as refusal:
        invite(world, by="carl", email="Nina@New.Test")
    assert refusal.value.code == "already-invited"
    assert len(mails()) == 1
    invite(world, by="rosa", account="elan")  # to another account: its own invitation
    assert open_invitations() == [NEW, NEW]


def test_the_database_keeps_two_at_the_same_moment_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sublet.people.operations import invitations

    invite(world)
    monkeypatch.setattr(invitations, "_refuse_twice", lambda *args, **kwargs: None)  # as if both had looked at once
    with pytest.raises(operations.CannotInviteCollaborator) as refusal:
        invite(world)
    assert refusal.value.code == "already-invited"
    assert (open_invitations(), len(mails())) == ([NEW], 1)


def test_an_invitation_that_is_over_stands_in_nobodys_way(world: World) -> None:
    invite(world)
    with world.scope("rosa") as actor:
        operations.invite_collaborator(
            account_ref=world.carl.ref, email=NEW, rights={}, actor=actor, at=AT + timedelta(days=8)
        )
    assert (open_invitations(), len(mails())) == ([NEW], 2)


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        ({"billing": "view"}, "floor"),
        ({"reseller": "manage"}, "floor"),
        ({"product.gone": "view"}, "unknown-section"),
        ({"team": "everything"}, "unknown-section"),
    ],
)
def test_rights_that_cannot_be_given_are_refused(world: World, rights: dict[str, str], code: str) -> None:
    refused(code, world, rights=rights)


def test_nobody_invites_with_more_than_it_has(world: World) -> None:
    factories.make_collaborator(world.carl, world.users["sam"], rights={"team": "manage", "product.content": "view"})
    world.places["sam"] = Collaborator.unscoped.get(user=world.users["sam"])
    world.hosts["sam"] = CARL_HOST
    refused("beyond-own", world, by="sam", rights={"product.content": "manage"})
    refused("owner", world, by="sam", rights={}, is_owner=True)


def test_confined_staff_invites_nobody_with_a_wider_reach(world: World) -> None:
    Collaborator.unscoped.filter(id=world.places["rico"].id).update(
        rights_words={"team": "manage", "clients": "manage"}
    )
    refused("reach-all", world, by="rico", account="rosa", rights={})
    refused("reach-unknown", world, by="rico", account="rosa", rights={}, reaches_all=False, reach=[world.elan.ref])
    invite(world, by="rico", account="rosa", rights={}, reaches_all=False, reach=[world.carl.ref])
    assert Invitation.unscoped.get().reach_ids == [world.carl.id]


def test_nobody_is_invited_to_a_closed_account(world: World) -> None:
    Account.unscoped.filter(id=world.carl.id).update(state="closed")
    refused("closed", world)


# Accepting ------------------------------------------------------------------------------------------------------------


def test_a_new_person_accepts_and_has_exactly_the_rights_of_the_invitation(world: World) -> None:
    invite(world, rights={"product.content": "manage", "product.push": "view"})
    accepted = accept(token_in(mails()[0]))
    assert accepted.user.email == NEW
    place = Collaborator.unscoped.get(ref=accepted.collaborator_ref)
    actor = factories.actor_for(place)
    assert actor.rights.as_words() == {"product.content": "manage", "product.push": "view"}
    assert not actor.is_owner
    assert open_invitations() == []


def test_an_invitation_is_used_once(world: World) -> None:
    invite(world)
    token = token_in(mails()[0])
    accept(token)
    for user in (None, world.users["sam"], User.objects.get(email=NEW)):
        with pytest.raises(operations.CannotAcceptInvitation):
            accept(token, user=user)
    assert Collaborator.unscoped.filter(account=world.carl).count() == 3


@pytest.mark.parametrize("host", [ROSA_HOST, VENDOR_HOST, "remo.localhost", ""])
def test_an_invitation_is_good_on_its_own_host_only(world: World, host: str) -> None:
    invite(world)
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(token_in(mails()[0]), host=host)
    assert open_invitations() == [NEW]


def test_a_signed_in_third_person_does_not_swallow_it(world: World) -> None:
    invite(world)
    with pytest.raises(operations.CannotAcceptInvitation) as refusal:
        accept(token_in(mails()[0]), user=world.users["sam"])
    assert refusal.value.code == "somebody-else"
    assert not Collaborator.unscoped.filter(user=world.users["sam"]).exists()


def test_an_invitation_is_over_after_seven_days(world: World) -> None:
    invite(world)
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(token_in(mails()[0]), at=AT + timedelta(days=7))
    assert accept(token_in(mails()[0]), at=AT + timedelta(days=7) - timedelta(seconds=1)).user.email == NEW


def test_a_revoked_invitation_leads_nowhere(world: World) -> None:
    invited = invite(world)
    with world.scope("carl") as actor:
        operations.revoke_invitation(account_ref=world.carl.ref, invitation_ref=invited.ref, actor=actor, at=AT)
        with pytest.raises(NotFound):
            operations.revoke_invitation(account_ref=world.carl.ref, invitation_ref=invited.ref, actor=actor, at=AT)
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(token_in(mails()[0]))


def test_sending_again_makes_the_old_link_worthless(world: World) -> None:
    invited = invite(world)
    with world.scope("carl") as actor:
        again = operations.resend_invitation(
            account_ref=world.carl.ref, invitation_ref=invited.ref, actor=actor, at=AT + timedelta(days=9)
        )
    assert again.expires_at == AT + timedelta(days=16)
    first, second = (token_in(mail) for mail in mails())
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(first, at=AT + timedelta(days=9))
    assert accept(second, at=AT + timedelta(days=9)).user.email == NEW


def test_an_invitation_is_not_sent_for_ever(world: World) -> None:
    invited = invite(world)
    Invitation.unscoped.update(sends=10)
    with world.scope("rosa") as actor, pytest.raises(operations.CannotResendInvitation) as refusal:
        operations.resend_invitation(account_ref=world.carl.ref, invitation_ref=invited.ref, actor=actor, at=AT)
    assert refusal.value.code == "too-often"
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("by", "fault"), [("cleo", Forbidden), ("ruth", Forbidden), ("remo", NotFound), ("nora", NotFound)]
)
def test_others_neither_send_again_nor_take_back(world: World, by: str, fault: type[Exception]) -> None:
    invited = invite(world)
    with world.scope(by) as actor:
        for act in (operations.resend_invitation, operations.revoke_invitation):
            with pytest.raises(fault):
                act(account_ref=world.carl.ref, invitation_ref=invited.ref, actor=actor, at=AT)
    assert (open_invitations(), len(mails())) == ([NEW], 1)


def test_an_invitation_of_another_account_is_not_found(world: World) -> None:
    invited = invite(world)
    with world.scope("rosa") as actor, pytest.raises(NotFound):
        operations.revoke_invitation(account_ref=world.elan.ref, invitation_ref=invited.ref, actor=actor, at=AT)


@pytest.mark.parametrize("change", ["removed", "level", "section", "disabled"])
def test_rights_that_the_inviter_lost_since_give_nothing(world: World, change: str) -> None:
    factories.make_collaborator(world.carl, world.users["sam"], rights={"team": "manage", "product.content": "manage"})
    place = Collaborator.unscoped.get(user=world.users["sam"])
    world.places["sam"], world.hosts["sam"] = place, CARL_HOST
    invite(world, by="sam", rights={"product.content": "manage"})
    rows = Collaborator.unscoped.filter(id=place.id)
    if change == "removed":
        rows.update(ended_at=AT)
    elif change == "level":
        rows.update(rights_words={"team": "view", "product.content": "manage"})
    elif change == "section":
        rows.update(rights_words={"team": "manage", "product.content": "view"})
    else:
        User.objects.filter(id=world.users["sam"].id).update(is_active=False)
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(token_in(mails()[0]))
    assert not User.objects.filter(email=NEW).exists()


def test_a_key_invites_in_the_name_of_its_account_and_revoked_nobody_any_more(world: World) -> None:
    with world.scope("carl") as actor:
        made = operations.create_key(name="Directory", rights={"team": "manage"}, actor=actor, at=AT)
    with platform_scope("test"):
        entry = queries.actor_for_key(made.secret, request_id="r", host=CARL_HOST, at=AT)
    assert entry is not None
    with actor_scope(entry.actor):
        operations.invite_collaborator(account_ref=world.carl.ref, email=NEW, rights={}, actor=entry.actor, at=AT)
    (mail,) = mails()
    assert "Directory" not in mail.subject + mail.text  # the key's name, which says nothing to a stranger
    with platform_scope("test"):
        opened = queries.read_invitation(token_in(mail), host=CARL_HOST, at=AT)
    assert opened is not None
    assert opened.invited_by == world.carl.name
    ApiKey.unscoped.update(revoked_at=AT)
    with pytest.raises(operations.CannotAcceptInvitation):
        accept(token_in(mail))


# Owners ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leaves", [False, True])
def test_inviting_an_owner_hands_the_account_over_when_it_is_accepted(world: World, leaves: bool) -> None:
    invite(world, rights={"product.content": "manage"}, is_owner=True, old_owner_leaves=leaves)
    assert world.actor("carl").is_owner  # until then nothing changes
    before = world.actor("carl").rights
    accepted = accept(token_in(mails()[0]))
    nina = factories.actor_for(Collaborator.unscoped.get(ref=accepted.collaborator_ref))
    assert nina.is_owner
    assert nina.rights.as_words() == {
        "journal": "manage", "keys": "manage", "product.content": "manage", "settings": "manage", "team": "manage",
        "usage": "manage",
    }  # fmt: skip
    carl = Collaborator.unscoped.get(id=world.places["carl"].id)
    assert (carl.is_owner, carl.ended_at) == (False, LATER if leaves else None)
    if not leaves:
        assert world.actor("carl").rights == before


def test_one_owner_is_invited_at_a_time(world: World) -> None:
    invite(world, is_owner=True, rights={})
    with pytest.raises(operations.CannotInviteCollaborator) as refusal:
        invite(world, email="other@new.test", is_owner=True, rights={})
    assert refusal.value.code == "owner-invited"


def test_opening_a_client_invites_its_owner_in_the_same_write(world: World) -> None:
    with world.scope("rosa") as actor:
        account = operations.open_client(
            name="Bar Nuovo", owner_email=NEW, owner_name="Nina", language="it", once="form-1", actor=actor, at=AT
        )
        again = operations.open_client(
            name="Bar Nuovo", owner_email=NEW, owner_name="Nina", language="it", once="form-1", actor=actor, at=AT
        )
    assert again.id == account.id
    assert (account.state, account.language) == ("invited", "it")
    (mail,) = mails()
    assert mail.language == "it"
    row = Invitation.unscoped.get()
    assert row.is_owner
    assert set(row.rights_words) == {
        "product.add-ons", "product.content", "product.design", "product.push", "product.statistics",
    }  # fmt: skip
    accepted = accept(token_in(mail), host=ROSA_HOST)
    assert Account.unscoped.get(id=account.id).state == "active"
    assert Collaborator.unscoped.get(ref=accepted.collaborator_ref).is_owner


def test_a_client_whose_owner_cannot_be_invited_is_not_opened(world: World) -> None:
    with world.scope("rosa") as actor, pytest.raises(operations.CannotInviteCollaborator) as refusal:
        operations.open_client(name="Bar Nuovo", owner_email="nobody", actor=actor, at=AT)
    assert (refusal.value.code, refusal.value.field) == ("not-an-address", "owner_email")
    assert not Account.unscoped.filter(name="Bar Nuovo").exists()


def test_a_client_without_an_owner_is_active_and_invites_nobody(world: World) -> None:
    with world.scope("rosa") as actor:
        account = operations.open_client(name="Bar Nuovo", actor=actor, at=AT)
    assert account.state == "active"
    assert Invitation.unscoped.count() == 0


def test_what_is_invited_is_never_told_to_the_inviter(world: World) -> None:
    """Whether an address is known shows in the mail alone: the answer, the list and the journal are the same."""
    known, new = invite(world, email="sam@example.test"), invite(world, email=NEW)
    assert (type(known), known.expires_at) == (type(new), new.expires_at)
    with world.scope("rosa") as actor:
        rows = queries.team(actor, account_ref=world.carl.ref, at=AT).invitations
    assert [(row.email, row.name, row.role, row.summary, row.expired) for row in rows] == [
        (NEW, "", "", "Content (view)", False),
        ("sam@example.test", "", "", "Content (view)", False),
    ]
    data = [entry.data for entry in JournalEntry.unscoped.filter(event="collaborator.invited").order_by("id")]
    assert [set(each) for each in data] == [{"invitation", "email", "owner", "rights"}] * 2


def test_a_known_person_keeps_its_password(world: World) -> None:
    invite(world, email="sam@example.test")
    accept(token_in(mails("sam@example.test")[0]), user=world.users["sam"])
    assert User.objects.get(email="sam@example.test").check_password(PASSWORD)
