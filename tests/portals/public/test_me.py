"""A person's own page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sublet.foundation.actor import Actor, Impersonator
from sublet.foundation.clock import now
from sublet.foundation.errors import CannotWhileImpersonating
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.people import operations
from sublet.people.models import PersonLink, User
from sublet.people.operations.freshness import CannotGoOnYet
from sublet.people.queries.second_factors import Shown
from sublet.portals.shared.people import LOGGED_IN_KEY
from tests import factories
from tests.people import CARL_HOST, PASSWORD, ROSA_HOST, VENDOR_HOST, World
from tests.people.test_second_factors import set_up
from tests.portals.public.mailbox import link_in, mails

NEW = "seven green bottles"
JUST_NOW = Shown(own=True, log_in_at=now(), second_factor_at=now())


def carl() -> User:
    return User.objects.get(name__startswith="Carl")


def test_name_language_and_time_zone_are_kept(world: World) -> None:
    browser = world.browser("carl")
    values = {"profile-name": "  Carlo   Conti ", "profile-language": "it", "profile-timezone": "Europe/Rome"}

    response = browser.post("/me/", values)

    assert (response.status_code, response["Location"]) == (302, "/me/")
    person = carl()
    assert (person.name, person.language, person.timezone) == ("Carlo Conti", "it", "Europe/Rome")
    assert '<html lang="it"' in browser.get("/me/").content.decode()
    entry = JournalEntry.unscoped.get(event="person.renamed")
    assert (entry.account_id, entry.parent_id) == (world.carl.id, world.rosa.id)
    assert entry.data == {"before": "Carl Conti", "after": "Carlo Conti"}


def test_what_is_not_a_choice_is_refused_at_its_field(world: World) -> None:
    browser = world.browser("carl")

    response = browser.post("/me/", {"profile-name": "", "profile-language": "xx", "profile-timezone": "Mars/Base"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "3 fields need your attention" in page
    assert page.index("id_profile-name_error") < page.index("id_profile-language_error")
    assert carl().name == "Carl Conti"


@pytest.mark.parametrize("name", ["محمد عبدالله", "👩‍🍳 Ada", "‮evil", "O’Hara-Ñandú", "x" * 200])
def test_names_of_every_script_are_kept(world: World, name: str) -> None:
    browser = world.browser("carl")

    assert (
        browser.post("/me/", {"profile-name": name, "profile-language": "", "profile-timezone": ""}).status_code == 302
    )
    assert browser.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("name", "status"), [("x" * 201, 422), ("\x00", 422), ("a\x00b", 302), ("x" * 10_000_000, 413)]
)
def test_names_that_cannot_be_kept_are_answered(world: World, name: str, status: int) -> None:
    response = world.browser("carl").post(
        "/me/", {"profile-name": name, "profile-language": "", "profile-timezone": ""}
    )

    assert response.status_code == status


def test_appearance_is_kept(world: World) -> None:
    browser = world.browser("carl")

    assert browser.post("/theme/", {"theme": "dark", "next": "/me/"})["Location"] == "/me/"
    assert carl().theme == "dark"
    assert 'data-bs-theme="dark"' in browser.get("/me/").content.decode()
    browser.post("/theme/", {"theme": "purple"})
    assert carl().theme == "dark"


def test_password_changes_for_whoever_knows_the_old_one(world: World) -> None:
    here, elsewhere = world.browser("carl"), world.browser("carl", ROSA_HOST)
    before = here.session.session_key

    response = here.post("/me/password/", {"password-old": PASSWORD, "password-new": NEW})

    assert (response.status_code, response["Location"]) == (302, "/me/")
    assert here.get("/me/").status_code == 200
    assert here.session.session_key != before
    assert elsewhere.get("/me/").status_code == 302
    assert carl().check_password(NEW)
    (notice,) = mails("carl@example.test")
    assert notice.template == "password-changed"
    assert JournalEntry.unscoped.filter(event="person.password_changed").count() == 1


def test_wrong_old_password_changes_nothing_and_counts_as_a_guess(world: World) -> None:
    browser = world.browser("carl")

    answers = [
        browser.post("/me/password/", {"password-old": "guess", "password-new": NEW}).status_code for _ in range(11)
    ]

    assert answers == [422] * 10 + [429]
    assert carl().check_password(PASSWORD)
    assert mails() == []


def test_weak_new_password_is_refused_at_its_field(world: World) -> None:
    response = world.browser("carl").post("/me/password/", {"password-old": PASSWORD, "password-new": "short"})

    assert response.status_code == 422
    assert 'id="id_password-new_error"' in response.content.decode()
    assert carl().check_password(PASSWORD)


def test_log_out_everywhere_else_leaves_this_browser_in(world: World) -> None:
    here, elsewhere = world.browser("carl"), world.browser("carl", ROSA_HOST)

    assert here.post("/me/log-ins/end/").status_code == 302

    assert here.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert JournalEntry.unscoped.filter(event="person.log_ins_ended").count() == 1


def test_new_address_counts_only_once_it_is_confirmed(world: World) -> None:
    browser = world.browser("carl")

    browser.post("/me/email/", {"email-email": "Carlo@New.example", "email-password": PASSWORD})

    assert carl().email == "carl@example.test"
    assert "carlo@new.example" in browser.get("/me/").content.decode()
    (notice,) = mails("carl@example.test")
    assert (notice.template, "carlo@new.example" in notice.text) == ("email-change-asked", True)
    (mail,) = mails("carlo@new.example")
    origin, path = link_in(mail)
    assert origin == f"https://{CARL_HOST}"
    assert world.stranger(CARL_HOST).get(path).status_code == 200
    assert carl().email == "carl@example.test"
    assert world.stranger(ROSA_HOST).post(path).status_code == 410
    assert world.stranger(CARL_HOST).post(path)["Location"] == "/login/"
    assert carl().email == "carlo@new.example"
    assert mails("carl@example.test")[-1].template == "email-changed"
    assert world.stranger(CARL_HOST).post(path).status_code == 410
    entry = JournalEntry.unscoped.get(event="person.email_changed")
    assert (entry.account_id, entry.actor_user_id, entry.data) == (world.carl.id, world.users["carl"].id, {})


def test_address_of_somebody_else_looks_like_any_other(world: World) -> None:
    free, taken = world.browser("carl"), world.browser("cleo")

    one = free.post("/me/email/", {"email-email": "free@new.example", "email-password": PASSWORD})
    other = taken.post("/me/email/", {"email-email": "nora@example.test", "email-password": PASSWORD})

    assert (one.status_code, one["Location"]) == (other.status_code, other["Location"]) == (302, "/me/")
    pages = [browser.get("/me/").content.decode() for browser in (free, taken)]
    assert "We have written to free@new.example" in pages[0]
    assert "We have written to nora@example.test" in pages[1]
    (mail,) = mails("nora@example.test")
    assert mail.template == "email-taken"
    assert "http" not in mail.text
    assert User.objects.get(name="Nora Neri").email == "nora@example.test"


def test_address_taken_in_the_meantime_is_not_overwritten(world: World) -> None:
    world.browser("carl").post("/me/email/", {"email-email": "later@new.example", "email-password": PASSWORD})
    _origin, path = link_in(mails("later@new.example")[0])
    factories.make_user("Lara Later", "later@new.example")

    assert world.stranger(CARL_HOST).post(path).status_code == 410
    assert carl().email == "carl@example.test"


def test_new_address_needs_the_password(world: World) -> None:
    response = world.browser("carl").post("/me/email/", {"email-email": "a@new.example", "email-password": "guess"})

    assert response.status_code == 422
    assert "This is not your present password." in response.content.decode()
    assert mails() == []


def test_old_mailbox_opens_nothing_after_the_change(world: World) -> None:
    world.stranger(CARL_HOST).post("/forgotten/", {"email": "carl@example.test"})
    _origin, reset = link_in(mails("carl@example.test")[0])
    world.browser("carl").post("/me/email/", {"email-email": "b@new.example", "email-password": PASSWORD})
    _origin, path = link_in(mails("b@new.example")[0])

    world.stranger(CARL_HOST).post(path)

    assert world.stranger(CARL_HOST).get(reset).status_code == 410


def test_password_change_voids_a_pending_address(world: World) -> None:
    browser = world.browser("carl")
    browser.post("/me/email/", {"email-email": "thief@evil.example", "email-password": PASSWORD})
    _origin, path = link_in(mails("thief@evil.example")[0])

    browser.post("/me/password/", {"password-old": PASSWORD, "password-new": NEW})

    assert world.stranger(CARL_HOST).post(path).status_code == 410
    assert carl().email == "carl@example.test"


def test_each_account_reads_of_it_and_none_reads_of_the_others(world: World) -> None:
    factories.make_collaborator(world.bakery, world.users["carl"], rights={"product.content": "view"})

    world.browser("carl").post("/me/log-ins/end/")

    told = {entry.account_id: entry for entry in JournalEntry.unscoped.filter(event="person.log_ins_ended")}
    assert set(told) == {world.carl.id, world.bakery.id}
    assert told[world.carl.id].host == CARL_HOST
    assert told[world.bakery.id].host == ""
    assert told[world.bakery.id].actor_account_name == "Nora’s Bakery"


def test_nobody_does_it_in_anothers_place(world: World) -> None:
    carl_himself = world.actor("carl")
    visitor = Actor(
        user_id=carl_himself.user_id,
        name=carl_himself.name,
        account_id=world.carl.id,
        account_ref=world.carl.ref,
        account_kind="client",
        account_name=world.carl.name,
        impersonator=Impersonator(world.users["rosa"].id, "Rosa", world.rosa.id, "ims_23456789", "client"),
    )
    key = Actor(None, "A key", world.carl.id, world.carl.ref, "client", world.carl.name, key_ref="key_23456789")

    for actor in (visitor, key):
        for act in (
            lambda actor: operations.change_profile(name="X", language="", timezone="", actor=actor, at=now()),
            lambda actor: operations.change_password(old=PASSWORD, new=NEW, shown=JUST_NOW, actor=actor, at=now()),
            lambda actor: operations.request_email_change(
                email="a@b.example", password=PASSWORD, shown=JUST_NOW, actor=actor, at=now()
            ),
            lambda actor: operations.end_other_log_ins(actor=actor, at=now()),
            lambda actor: operations.set_language(language="it", actor=actor),
            lambda actor: operations.set_theme(theme="dark", actor=actor),
        ):
            with pytest.raises(CannotWhileImpersonating):
                act(actor)
    assert carl().name == "Carl Conti"
    assert JournalEntry.unscoped.count() == 0


AGO = timedelta(minutes=14)
LONG_AGO = timedelta(minutes=16)


@pytest.mark.parametrize(
    ("factor", "password", "own", "logged_in", "proved", "code"),
    [
        (False, True, True, None, None, ""),  # the password is shown with it
        (False, True, False, AGO, AGO, "own-log-in"),
        (False, False, False, AGO, AGO, "own-log-in"),
        (False, False, True, AGO, None, ""),
        (False, False, True, LONG_AGO, AGO, "log-in"),
        (False, False, True, None, AGO, "log-in"),
        (False, False, True, -AGO, None, "log-in"),  # the future vouches for nothing
        (True, False, True, AGO, None, "second-factor"),
        (True, False, True, AGO, LONG_AGO, "second-factor"),
        (True, False, True, LONG_AGO, AGO, ""),
    ],
)
def test_whoever_has_not_shown_itself_changes_nothing_past_the_pages_either(
    world: World,
    factor: bool,
    password: bool,
    own: bool,
    logged_in: timedelta | None,
    proved: timedelta | None,
    code: str,
) -> None:
    """Both operations ask for it themselves: no page, and nothing that comes beside the pages, can forget it."""
    if factor:
        set_up(world, "carl", now() - timedelta(hours=1))
    if not password:
        person = carl()
        person.set_unusable_password()
        person.save()
    at = now()
    shown = Shown(own, *(None if moment is None else at - moment for moment in (logged_in, proved)))
    actor = world.actor("carl")
    said = []
    with world.scope("carl"):
        for act in (
            lambda: operations.request_email_change(
                email="a@b.example", password=PASSWORD, shown=shown, actor=actor, at=at
            ),
            lambda: operations.change_password(old=PASSWORD, new=NEW, shown=shown, actor=actor, at=at),
        ):
            try:
                act()
            except CannotGoOnYet as refusal:
                said.append(refusal.code)
    assert said == [code, code] if code else not said
    assert carl().check_password(NEW) == (not code)
    assert (len(mails("a@b.example")), PersonLink.objects.exists()) == ((0, False) if code else (1, True))


def test_own_pages_do_not_exist_inside_a_visit(world: World) -> None:
    browser = world.browser("rosa")

    for path in ("/me/", "/accounts/", "/", "/login/", "/forgotten/", "/me/password/"):
        assert browser.get(f"/as/ims_23456789{path}").status_code == 404


def test_form_sent_after_the_log_in_ran_out_leads_back_to_the_page(world: World) -> None:
    assert world.stranger(VENDOR_HOST).post("/me/password/")["Location"] == "/login/?next=%2Fme%2Fpassword%2F"
    assert world.browser("dora").get("/me/password/")["Location"] == "/me/"


def test_whoever_has_no_password_has_shown_who_it_is_just_now(world: World) -> None:
    """Otherwise a browser that was left open would be enough to take the log-in over."""
    with platform_scope("test"):
        person = carl()
        person.set_unusable_password()
        person.save()
        world.users["carl"].refresh_from_db()
    browser = world.browser("carl")

    def logged_in(at: datetime) -> None:
        session = browser.session
        session[LOGGED_IN_KEY] = at.isoformat()
        session.save()

    own, new = "/login/own/?next=", {"password-new": NEW}
    logged_in(now() - timedelta(hours=1))
    assert browser.post("/me/password/", new)["Location"] == own + "%2Fme%2F"
    assert browser.post("/me/email/", {"email-email": "thief@example.com"})["Location"] == own + "%2Fme%2F"
    assert browser.get("/me/security/app/")["Location"].startswith(own)
    assert "log in once more" in browser.get("/login/own/").content.decode()

    logged_in(now())
    page = browser.get("/me/").content.decode()
    assert 'name="email-email"' in page
    assert 'name="email-password"' not in page  # nobody can type a password that there is not
    assert browser.post("/me/email/", {"email-email": "carl@new.example"})["Location"] == "/me/"
    assert browser.post("/me/password/", new)["Location"] == "/me/"
    assert carl().check_password(NEW)
