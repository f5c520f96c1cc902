"""S8, the relying party's side: a company's identity provider opens its own account, for the person linked, and nothing else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db.models.signals import pre_save
from django.test import Client
from pytest_django.fixtures import Settings as SettingsWrapper

from sublet.core.access import AccessRules
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.people.identity_providers import CannotUseProvider
from sublet.people.models import Collaborator, CompanyIdentity, CompanyLogIn, User
from sublet.people.operations import company_log_ins, invitation_acceptance, invite_collaborator, second_factors
from sublet.people.operations.company_log_in_rules import (
    CannotSetCompanyLogIn,
    WantedCompanyLogIn,
    remove_company_log_in,
    set_company_log_in,
)
from sublet.people.operations.log_in_rules import change_access_rules
from sublet.people.queries import company_log_ins as offered
from sublet.people.queries.company_log_ins import CameIn
from sublet.portals.shared.people import COMPANY_KEY
from tests import factories
from tests.company_provider import CLIENT_ID, SECRET, Provider, key_pair, provider, query
from tests.people import CARL_HOST, PASSWORD, ROSA_HOST, World, shown
from tests.people.test_invitations import NEW, mails, token_in
from tests.people.test_second_factors import set_up


@pytest.fixture
def company(settings: SettingsWrapper) -> Iterator[Provider]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with provider() as made:
        yield made


def have(world: World, made: Provider, who: str = "carl", **more: Any) -> None:
    """The account of `who` has that provider."""
    wanted = {"issuer": made.issuer, "client_id": CLIENT_ID, "client_secret": SECRET, "on": True, **more}
    with world.scope(who) as actor:
        set_company_log_in(wanted=WantedCompanyLogIn(**wanted), actor=actor, at=now())


def linked(world: World, made: Provider, person: str = "carl", account: str = "carl", subject: str = "carl-7") -> None:
    with platform_scope("a test"):
        CompanyIdentity.unscoped.create(
            account=getattr(world, account),
            user=world.users[person],
            issuer=made.issuer,
            subject=subject,
            linked_at=now(),
            last_used_at=now(),
        )


def path_of(world: World, page: str = "", account: str = "carl") -> str:
    return f"/login/company/{getattr(world, account).ref}/{page}"


def go(world: World, made: Provider, browser: Client, *, account: str = "carl", more: str = "") -> Any:
    """There and back in that browser."""
    begun = browser.get(path_of(world, "begin/", account) + more)
    assert begun.status_code == 302, begun.content
    return browser.get(path_of(world, "back/", account) + query(made.log_in(begun["Location"])))


def invited(world: World) -> str:
    """The token of an invitation to Carl's account."""
    with world.scope("carl") as actor:
        invite_collaborator(
            account_ref=world.carl.ref, email=NEW, rights={"product.content": "view"}, actor=actor, at=now()
        )
    return token_in(mails()[-1])


def home(world: World) -> str:
    return f"/client/{world.carl.ref}/"


# The way in -----------------------------------------------------------------------------------------------------------


def test_a_linked_person_comes_in_to_that_account_and_to_no_other(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    browser = world.stranger(CARL_HOST)
    page = browser.get("/login/?next=" + home(world)).content.decode()
    assert path_of(world, "begin/") in page
    key_before = browser.session.session_key
    answer = go(world, company, browser, more="?next=" + home(world))
    assert (answer.status_code, answer["Location"]) == (302, home(world))
    assert browser.session.session_key != key_before
    assert browser.get(home(world)).status_code == 200
    # The person's own log-in is not the company's to change.
    for own_page in ("/me/security/app/",):
        assert browser.get(own_page)["Location"].startswith("/login/own/")
    assert browser.post("/me/password/", {"password-new": "whatever it may be"})["Location"].startswith("/login/own/")
    # Rosa's people know Carl, too; his company does not vouch for him there.
    factories.make_collaborator(world.elan, world.users["carl"])
    rosas = world.stranger(ROSA_HOST)
    go(world, company, rosas)
    assert rosas.get(home(world)).status_code == 200
    there = rosas.get(f"/client/{world.elan.ref}/")
    assert there["Location"].startswith("/login/own/")
    assert rosas.get(f"/client/{world.elan.ref}/", headers={"HX-Request": "true"})["HX-Redirect"].startswith(
        "/login/own/"
    )


@pytest.mark.parametrize("most", [1_000, 0])
def test_a_log_in_page_offers_it_however_many_accounts_have_one(
    world: World, company: Provider, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """A process knows who has one at all, unless they are too many to know."""
    monkeypatch.setattr(offered, "_MOST_KNOWN", most)
    for has_one in (False, True):
        if has_one:
            have(world, company)
        pages = [Client(headers={"host": host}).get("/login/").content.decode() for host in (CARL_HOST, ROSA_HOST)]
        assert ["/login/company/" in page for page in pages] == [has_one, False]


def test_nobody_is_found_by_an_address(world: World, company: Provider) -> None:
    have(world, company, domains=["example.test"])
    company.claims = {"sub": "somebody", "email": "carl@example.test", "email_verified": True}
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser)["Location"] == "/login/company/link/"
    assert browser.session.get("_auth_user_id") is None
    page = browser.get("/login/company/link/").content.decode()
    assert "Log in once as you did until now" in page
    assert browser.post("/login/company/link/").status_code == 200  # still nobody
    assert not CompanyIdentity.unscoped.exists()


def test_linking_takes_the_persons_own_log_in_once(world: World, company: Provider) -> None:
    have(world, company)
    _secret, codes = set_up(world, "carl", now())
    company.claims = {"sub": "carl-7", "email": "someone.else@example.org", "email_verified": False}
    browser = world.stranger(CARL_HOST)
    go(world, company, browser, more="?next=" + home(world))
    given = {"email": "carl@example.test", "password": PASSWORD, "next": "/login/company/link/"}
    assert browser.post("/login/", given)["Location"] == "/prove/"
    assert browser.post("/prove/", {"code": codes[0]})["Location"] == "/login/company/link/"
    assert b"Whoever logs in at your company" in browser.get("/login/company/link/").content
    assert not CompanyIdentity.unscoped.exists()
    assert browser.post("/login/company/link/")["Location"] == home(world)
    row = CompanyIdentity.unscoped.get()
    assert (row.user, row.subject, row.account) == (world.users["carl"], "carl-7", world.carl)
    told = mails("carl@example.test")[-1]
    assert (told.template, told.from_name) == ("company-log-in-linked", "Rosa Web Studio")
    assert f"https://{CARL_HOST}/me/security/" in told.text
    assert "carl@example.test" in told.text
    assert "Vantage" not in told.text + told.html + told.subject
    assert browser.session[COMPANY_KEY]["own"] is True
    assert JournalEntry.unscoped.get(event="company_log_in.linked").account_id == world.carl.id
    # Next time his own second step is asked for, because the provider's is not said to count.
    again = world.stranger(CARL_HOST)
    assert go(world, company, again)["Location"] == "/prove/"
    assert again.post("/prove/", {"code": codes[1]}).status_code == 302
    assert again.session[COMPANY_KEY]["own"] is False
    # Taking the link away ends what was opened by it. The log-in in which that was done goes on, by itself alone.
    browser.post(f"/me/security/company/{world.carl.ref}/remove/")
    assert not CompanyIdentity.unscoped.exists()
    assert COMPANY_KEY not in browser.session
    assert browser.get(home(world)).status_code == 200
    assert again.get(home(world))["Location"].startswith("/login/")


def test_a_subject_that_is_somebodys_is_nobody_elses(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company, "cleo")
    browser = world.stranger(CARL_HOST)
    company.claims = {"sub": "new"}
    go(world, company, browser)
    browser.post("/login/", {"email": "carl@example.test", "password": PASSWORD, "next": "/login/company/link/"})
    CompanyIdentity.unscoped.update(subject="new")
    assert "belongs to another person" in browser.post("/login/company/link/").content.decode()
    assert CompanyIdentity.unscoped.get().user == world.users["cleo"]


def test_somebody_invited_at_the_companys_domain_needs_no_password(world: World, company: Provider) -> None:
    domain = NEW.partition("@")[2]
    have(world, company, domains=[domain])
    token = invited(world)
    browser = world.stranger(CARL_HOST)
    assert f"invitation={token}" in browser.get(f"/invitation/{token}/").content.decode()
    for claims in (
        {"sub": "n", "email": NEW, "email_verified": False},
        {"sub": "n", "email": NEW},
        {"sub": "n", "email": f"other@{domain}", "email_verified": True},
    ):
        company.claims = claims
        assert go(world, company, browser, more=f"?invitation={token}").status_code == 403
    assert not User.objects.filter(email=NEW).exists()
    company.claims = {"sub": "n", "email": NEW.upper(), "email_verified": True, "name": "Nina New"}
    assert go(world, company, browser, more=f"?invitation={token}")["Location"] == home(world)
    person = User.objects.get(email=NEW)
    assert person.name == "Nina New"
    assert not person.has_usable_password()
    assert browser.get(home(world)).status_code == 200
    assert go(world, company, world.stranger(CARL_HOST))["Location"] == "/"


def test_a_company_renames_nobody_who_is_known_elsewhere(world: World, company: Provider) -> None:
    """She came to another account by its company and has no password: here, too, only a place is new."""
    have(world, company, domains=[NEW.partition("@")[2]])
    nina = User(email=NEW, name="Nina Neri", language="it", created_at=now())
    nina.set_unusable_password()
    nina.save()
    company.claims = {"sub": "n", "email": NEW, "email_verified": True, "name": "Somebody Else"}
    came = go(world, company, world.stranger(CARL_HOST), more=f"?invitation={invited(world)}")
    assert came["Location"] == home(world)
    person = User.objects.get(email=NEW)
    assert (person.name, person.language, person.has_usable_password()) == ("Nina Neri", "it", False)


def test_accepting_by_the_company_undoes_no_password_of_the_same_moment(
    world: World, company: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(world, company, domains=[NEW.partition("@")[2]])
    nina = User(email=NEW, name="Nina Neri", language="it", created_at=now())
    nina.set_unusable_password()
    nina.save()
    found = invitation_acceptance._with_log_in

    def beside_a_reset(*args: Any, **more: Any) -> User:
        User.objects.filter(email=NEW).update(password="of-the-reset", password_by_mail_at=factories.AT)
        return found(*args, **more)

    monkeypatch.setattr(invitation_acceptance, "_with_log_in", beside_a_reset)
    company.claims = {"sub": "n", "email": NEW, "email_verified": True, "name": "Nina"}
    came = go(world, company, world.stranger(CARL_HOST), more=f"?invitation={invited(world)}")
    assert came["Location"] == home(world)
    person = User.objects.get(email=NEW)
    assert (person.password, person.password_by_mail_at) == ("of-the-reset", factories.AT)


def test_who_is_logged_in_stays_and_nothing_is_used_up(world: World, company: Provider) -> None:
    """A shared computer, or a link that was another's idea: the provider shows one person, another is logged in."""
    have(world, company, domains=[NEW.partition("@")[2]])
    token = invited(world)
    company.claims = {"sub": "n", "email": NEW, "email_verified": True}
    browser = world.browser("cleo")
    assert go(world, company, browser, more=f"?invitation={token}").status_code == 403
    assert not User.objects.filter(email=NEW).exists()
    assert go(world, company, world.stranger(CARL_HOST), more=f"?invitation={token}").status_code == 302  # still good

    assert go(world, company, browser).status_code == 403  # linked meanwhile
    assert int(browser.session["_auth_user_id"]) == world.users["cleo"].id


def test_a_provider_that_is_down_is_not_waited_for_by_everybody(
    world: World, company: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(world, company)
    linked(world, company)
    CompanyLogIn.unscoped.update(found_at=now() - timedelta(hours=2))
    asked: list[str] = []

    def down(issuer: str) -> dict[str, Any]:
        asked.append(issuer)
        raise CannotUseProvider("unreachable")

    monkeypatch.setattr(company_log_ins, "discover", down)
    for _ in range(3):
        answer = world.stranger(CARL_HOST).get(path_of(world, "begin/") + "?next=/me/")
        # Our page with the ways on: the browser would show its own, and nothing else.
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        page = answer.content.decode()
        assert "The company log-in does not answer" in page
        assert f'href="{path_of(world, "begin/")}?next=%2Fme%2F"' in page
        assert 'href="/login/?next=%2Fme%2F"' in page
    assert len(asked) == 1
    monkeypatch.undo()
    CompanyLogIn.unscoped.update(down_at=now() - timedelta(minutes=2))
    assert world.stranger(CARL_HOST).get(path_of(world, "begin/")).status_code == 302
    assert CompanyLogIn.unscoped.get().down_at is None


def test_a_provider_that_goes_down_on_the_way_is_told_on_our_page(
    world: World, company: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(world, company)
    linked(world, company)
    browser = world.stranger(CARL_HOST)
    begun = browser.get(path_of(world, "begin/"))
    answered = query(company.log_in(begun["Location"]))

    def down(*args: Any, **more: Any) -> Any:
        raise CannotUseProvider("unreachable")

    monkeypatch.setattr(company_log_ins, "exchange", down)
    answer = browser.get(path_of(world, "back/") + answered)
    assert answer.status_code == 503
    assert f'href="{path_of(world, "begin/")}' in answer.content.decode()


def test_what_the_token_lacks_is_asked_for_and_taken_of_the_same_subject_only(world: World, company: Provider) -> None:
    have(world, company, domains=[NEW.partition("@")[2]])
    token = invited(world)
    company.claims = {"sub": "n"}
    company.userinfo = {"sub": "another", "email": NEW, "email_verified": True}
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser, more=f"?invitation={token}").status_code == 403
    company.userinfo["sub"] = "n"
    assert go(world, company, browser, more=f"?invitation={token}").status_code == 302


# What is not believed -------------------------------------------------------------------------------------------------


def changed(**claims: Any) -> Callable[[Provider, dict[str, Any]], str]:
    def twist(made: Provider, honest: dict[str, Any]) -> str:
        return made.signed({name: value for name, value in {**honest, **claims}.items() if value is not ...})

    return twist


def unsigned(made: Provider, honest: dict[str, Any]) -> str:
    return jwt.encode(honest, "", algorithm="none")


def by_public_key(made: Provider, honest: dict[str, Any]) -> str:
    """HS256 with the provider's public key as the secret: what libraries fell for."""
    pem = key_pair(made.key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    body = f"{part({'alg': 'HS256', 'kid': f'key-{made.key}'})}.{part(honest)}"
    import hashlib
    import hmac

    mark = base64.urlsafe_b64encode(hmac.new(pem, body.encode(), hashlib.sha256).digest()).decode().rstrip("=")
    return f"{body}.{mark}"


def by_shared_key(made: Provider, honest: dict[str, Any]) -> str:
    return jwt.encode(honest, "secret" * 8, algorithm="HS256", headers={"kid": "shared"})


def by_another_key(made: Provider, honest: dict[str, Any]) -> str:
    return made.signed(honest, key=1, kid=f"key-{made.key}")


def by_a_key_it_brings(made: Provider, honest: dict[str, Any]) -> str:
    return made.signed(honest, key=1, jku=f"{made.issuer}/keys")


def cut(made: Provider, honest: dict[str, Any]) -> str:
    return made.signed(honest).rpartition(".")[0] + "."


def for_others(made: Provider, honest: dict[str, Any]) -> str:
    return made.signed({**honest, "aud": [CLIENT_ID, "another"]})


@pytest.mark.parametrize(
    "twist",
    [
        changed(iss="https://evil.example"), changed(aud="another"), for_others, changed(azp="another"),
        changed(nonce="another"), changed(nonce=...), changed(exp=1), changed(exp=...), changed(iat=1), changed(sub=...),
        unsigned, by_public_key, by_shared_key, by_another_key, by_a_key_it_brings, cut,
        lambda _made, _honest: "rubbish", lambda _made, _honest: "a.b.c",
    ],
)  # fmt: skip
def test_a_token_that_is_not_whole_opens_nothing(world: World, company: Provider, twist: Any) -> None:
    have(world, company)
    linked(world, company)
    company.twist = twist
    browser = world.stranger(CARL_HOST)
    answer = go(world, company, browser)
    assert answer.status_code == 403
    assert b"cannot be trusted" in answer.content
    assert browser.session.get("_auth_user_id") is None
    company.twist = None
    assert go(world, company, browser).status_code == 302  # the control: the same log-in, honest


def test_an_answer_is_good_once_in_the_browser_that_asked_for_the_provider_asked(
    world: World, company: Provider
) -> None:
    have(world, company)
    linked(world, company)
    browser, other = world.stranger(CARL_HOST), world.stranger(CARL_HOST)

    def begun() -> dict[str, str]:
        return company.log_in(browser.get(path_of(world, "begin/"))["Location"])

    back = path_of(world, "back/")
    answer = begun()
    assert other.get(back + query(answer)).status_code == 403  # planted in another browser
    for wrong in ({"state": "x"}, {"iss": "https://evil.example"}, {"code": ""}, {"error": "access_denied"}):
        assert browser.get(back + query({**begun(), **wrong})).status_code == 403
    without = begun()
    del without["iss"]  # the provider says that it names itself in each answer
    assert browser.get(back + query(without)).status_code == 403
    twice = begun()
    assert browser.get(back + query(twice) + "&state=" + twice["state"]).status_code == 403
    assert browser.get(path_of(world, "back/", "rosa") + query(begun())).status_code == 404  # has no provider
    assert company.tokens_asked == []
    answer = begun()
    assert browser.get(back + query(answer)).status_code == 302
    assert browser.get(back + query(answer)).status_code == 403  # used
    code = answer["code"]
    assert browser.get(back + query({**begun(), "code": code})).status_code == 403  # a used code under a new state
    stolen = company.log_in(other.get(path_of(world, "begin/"))["Location"])["code"]
    assert browser.get(back + query({**begun(), "code": stolen})).status_code == 403  # PKCE: another browser's code


def test_a_log_in_takes_ten_minutes_at_most_and_the_same_setup(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    browser = world.stranger(CARL_HOST)
    for change in ("until", "stamp"):
        answer = company.log_in(browser.get(path_of(world, "begin/"))["Location"])
        session = browser.session
        flow = session["company_flows"][answer["state"]]
        flow[change] = (now() - timedelta(seconds=1)).isoformat() if change == "until" else "other"
        session.save()
        assert browser.get(path_of(world, "back/") + query(answer)).status_code == 403
    assert company.tokens_asked == []


def test_new_keys_are_asked_for_once_they_are_needed(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    browser = world.stranger(CARL_HOST)
    begun = browser.get(path_of(world, "begin/"))
    company.key = 1
    CompanyLogIn.unscoped.update(found_at=now() - timedelta(minutes=2))
    back = path_of(world, "back/") + query(company.log_in(begun["Location"]))
    assert browser.get(back).status_code == 302
    assert browser.session["_auth_user_id"]


# What it opens, and what no longer does -------------------------------------------------------------------------------


def test_the_only_way_closes_the_others_except_for_the_owner(world: World, company: Provider) -> None:
    have(world, company)
    with pytest.raises(CannotSetCompanyLogIn) as refused:
        have(world, company, only=True)
    assert (refused.value.code, refused.value.field) == ("nobody", "only")
    linked(world, company, "cleo")
    cleo = world.browser("cleo")
    assert cleo.get(home(world)).status_code == 200
    have(world, company, only=True)
    assert cleo.get(home(world))["Location"] == path_of(world) + "?next=%2Fclient%2F" + world.carl.ref + "%2F"
    assert b"opened by the log-in of your company" in cleo.get(path_of(world)).content
    assert world.browser("carl").get(home(world)).status_code == 200
    go(world, company, cleo)
    assert cleo.get(home(world)).status_code == 200
    assert cleo.session[COMPANY_KEY]["own"] is True  # both: her other accounts stay open, too
    rosa = world.browser("rosa")
    assert rosa.get(f"/reseller/{world.rosa.ref}/clients/").status_code == 200  # nothing is said of the accounts above


def test_switching_off_another_client_and_removal_end_what_was_opened(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    browser = world.stranger(CARL_HOST)
    go(world, company, browser)
    for change in ({"on": False}, {"on": True}, {"client_id": "another"}):
        have(world, company, **change)
        assert browser.get(home(world))["Location"].startswith("/login/own/")
    have(world, company)
    go(world, company, browser)
    assert browser.get(home(world)).status_code == 200
    with world.scope("carl") as actor:
        remove_company_log_in(actor=actor, at=now())
    assert browser.get(home(world))["Location"].startswith("/login/own/")
    assert not CompanyIdentity.unscoped.exists()
    assert browser.get(path_of(world, "begin/")).status_code == 404


def test_whoever_has_no_place_any_more_stays_outside(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company, "cleo")
    Collaborator.unscoped.filter(id=world.places["cleo"].id).update(ended_at=now())
    assert go(world, company, world.stranger(CARL_HOST)).status_code == 403


@pytest.mark.parametrize(
    ("rule", "amr", "asked"), [("never", ["mfa"], True), ("said", ["pwd"], True), ("said", ["otp"], False), ("always", [], False)]
)  # fmt: skip
def test_it_counts_as_second_factor_as_the_account_says(
    world: World, company: Provider, rule: str, amr: list[str], asked: bool
) -> None:
    have(world, company, second_factor=rule)
    linked(world, company)
    with world.scope("carl") as actor:
        change_access_rules(rules=AccessRules(team=True), actor=actor, at=now())
    company.claims = {"sub": "carl-7", "amr": amr}
    browser = world.stranger(CARL_HOST)
    go(world, company, browser)
    answer = browser.get(home(world))
    assert answer.status_code == (302 if asked else 200)
    assert not asked or answer["Location"].startswith("/prove/")


def test_the_companys_mailbox_is_no_second_party(world: World, company: Provider) -> None:
    have(world, company)
    linked(world, company)
    secret, _codes = set_up(world, "carl", now() - timedelta(minutes=5))
    browser = world.stranger(CARL_HOST)
    assert go(world, company, browser)["Location"] == "/prove/"
    assert "/prove/mail/" not in browser.get("/prove/").content.decode()
    assert browser.post("/prove/mail/").status_code == 404
    assert browser.post("/prove/", {"code": second_factors.app_code(secret, at=now())}).status_code == 302
    assert browser.post("/prove/mail/").status_code == 404  # nor later, in what the company alone has opened
    own = world.stranger(CARL_HOST)
    own.post("/login/", {"email": "carl@example.test", "password": PASSWORD})
    assert own.post("/prove/mail/")["Location"] == "/prove/"


def test_a_host_offers_its_own_accounts_alone(world: World, company: Provider) -> None:
    have(world, company)
    assert "/login/company/" not in world.stranger(ROSA_HOST).get("/login/").content.decode()
    assert world.stranger("remo.localhost").get(path_of(world, "begin/")).status_code == 404
    assert world.stranger("vendor.localhost").get(path_of(world)).status_code == 404
    page = world.stranger(CARL_HOST).get("/login/").content.decode()
    assert path_of(world, "begin/") in page
    assert "Vantage" not in page
    assert "Sublet" not in page

    # What is kept for the page goes with each change.
    for on in (False, True):
        have(world, company, on=on)
        assert (path_of(world, "begin/") in world.stranger(CARL_HOST).get("/login/").content.decode()) is on
    with world.scope("carl") as actor:
        remove_company_log_in(actor=actor, at=now())
    assert "/login/company/" not in world.stranger(CARL_HOST).get("/login/").content.decode()


def test_of_two_people_who_link_the_same_subject_at_once_one_is_told_no(world: World, company: Provider) -> None:
    """Each holds the lock of its own row alone, and has seen nobody linked."""
    have(world, company)

    def faster(**_about: Any) -> None:
        CompanyIdentity.unscoped.bulk_create(  # unscoped: another process
            [
                CompanyIdentity(
                    account=world.carl,
                    user=world.users["cleo"],
                    issuer=company.issuer,
                    subject="shared",
                    linked_at=now(),
                )
            ]
        )

    came = CameIn(account_id=world.carl.id, stamp=CompanyLogIn.unscoped.get().stamp)
    pre_save.connect(faster, sender=CompanyIdentity)
    try:
        with world.scope("carl") as carl, pytest.raises(company_log_ins.CannotLogInByCompany) as refused:
            company_log_ins.link_company_log_in(
                came=came,
                issuer=company.issuer,
                subject="shared",
                shown=shown(now()),
                actor=carl,
                at=now(),
            )
    finally:
        pre_save.disconnect(faster, sender=CompanyIdentity)
    assert refused.value.code == "taken"
    assert not JournalEntry.unscoped.filter(event="company_log_in.linked").exists()
