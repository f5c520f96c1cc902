"""People whom a directory keeps: invited, described, paused, given back, removed – and whom it never touches."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from sublet.accounts.models import Account
from sublet.core.rights import Rights
from sublet.foundation.clock import now
from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people import operations
from sublet.people.models import Collaborator, Directory, DirectoryPerson, Invitation
from sublet.people.operations import CannotAcceptInvitation
from sublet.people.queries.directory import directory_page
from tests.people import CARL_HOST, World
from tests.portals.scim.directory import ENTERPRISE, USER, Speaker, make_speaker

ADA = "ada@kitchen.example"


def told(after: int = 0) -> list[str]:
    return [entry.event for entry in JournalEntry.unscoped.order_by("id")][after:]


def accept(email: str, name: str = "Ada Alba", user_id: int | None = None) -> Collaborator:
    """That person opens the link of its mail."""
    from sublet.people.queries.links import hash_token

    with platform_scope("test"):
        row = Invitation.objects.get(email=email, accepted_at=None, revoked_at=None)
        Invitation.objects.filter(id=row.id).update(token_hash=hash_token("t" * 43))
        done = operations.accept_invitation(
            token="t" * 43, host=row.host, name=name, password="a long and quiet sentence", user_id=user_id, at=now()
        )
        return Collaborator.objects.get(ref=done.collaborator_ref)


def test_a_person_of_the_directory_is_invited_in_the_accounts_language(world: World, carl: Speaker) -> None:
    answer = carl.ask(
        "POST", "/Users",
        {
            "schemas": [USER, ENTERPRISE], "userName": "Ada@Kitchen.example", "externalId": "0a1b", "active": True,
            "name": {"givenName": "Ada", "familyName": "Alba"}, "preferredLanguage": "it-IT", "password": "t0p secret",
            "phoneNumbers": [{"value": "+39 06 1"}], ENTERPRISE: {"department": "Kitchen"},
        },
    )  # fmt: skip
    row = DirectoryPerson.unscoped.get()
    assert answer.status == 201
    assert answer.headers["Location"] == f"http://{CARL_HOST}/scim/v2/Users/{row.ref}"
    assert answer.body == {
        "schemas": [USER], "id": row.ref, "externalId": "0a1b", "userName": "Ada@Kitchen.example", "active": True,
        "name": {"givenName": "Ada", "familyName": "Alba"}, "preferredLanguage": "it-IT",
        "emails": [{"value": "Ada@Kitchen.example", "primary": True}],
        "meta": answer["meta"],
    }  # fmt: skip
    assert "secret" not in str(row.document) + str(JournalEntry.unscoped.get().__dict__)
    invitation = Invitation.unscoped.get()
    assert (invitation.email, invitation.name, invitation.language, invitation.rights_words) == (
        ADA, "Ada Alba", "it", {},
    )  # fmt: skip
    mail = OutboxMail.unscoped.get()
    assert (mail.to_email, mail.language) == (ADA, "it")
    entry = JournalEntry.unscoped.get()
    assert (entry.event, entry.via, entry.key_ref, entry.account_id) == (
        "collaborator.invited", "scim", carl.key.ref, world.carl.id,
    )  # fmt: skip


def test_a_person_known_elsewhere_must_agree_and_nobody_learns_of_the_other_account(
    world: World, carl: Speaker
) -> None:
    """Nora works for Remo's client: she gets an invitation, no place, and not a word of hers comes back."""
    answer = carl.ask("POST", "/Users", {"schemas": [USER], "userName": "nora@example.test"})
    assert answer.status == 201
    assert not Collaborator.unscoped.filter(account=world.carl, user=world.users["nora"]).exists()
    said = str(answer.body) + OutboxMail.unscoped.get().text.replace("Hello Nora Neri", "")  # her own mail greets her
    assert not any(word in said for word in ("Neri", "Bakery", "Remo"))
    again = carl.ask("GET", '/Users?filter=userName eq "nora@example.test"')
    assert again["totalResults"] == 1
    assert "Neri" not in str(again.body)


def test_accepting_makes_the_place_and_the_directory_keeps_it(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    place = accept(ADA)
    row = DirectoryPerson.unscoped.get()
    assert (row.collaborator_id, row.is_active) == (place.id, True)
    assert carl.ask("GET", f"/Users/{ref}")["active"] is True


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},  # Entra, older
        {"op": "replace", "value": {"active": False}},  # Okta
        {"op": "Replace", "path": "active", "value": False},  # Entra
    ],
)
def test_who_is_paused_is_out_at_the_next_click_and_comes_back(
    world: World, carl: Speaker, operation: dict[str, object]
) -> None:
    """X10: the open page, the visit acting as that person, the sign-on; then the same rights again."""
    ref = carl.add("cleo@example.test")
    assert told() == ["directory.person_added"]  # on the team already: no mail, nothing changes for her
    assert OutboxMail.unscoped.count() == 0
    cleo = world.browser("cleo")
    page = f"/client/{world.carl.ref}/"
    assert cleo.get(page).status_code == 200
    answer = carl.patch(f"/Users/{ref}", operation)
    assert (answer.status, answer["active"]) == (200, False)
    assert cleo.get(page).status_code == 404
    place = Collaborator.unscoped.get(id=world.places["cleo"].id)
    assert place.ended_at is not None
    assert told(1) == ["collaborator.removed"]
    assert carl.patch(f"/Users/{ref}", operation).status == 200  # told again: nothing happens
    assert told(2) == []
    back = carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True})
    assert (back.status, back["active"]) == (200, True)
    assert cleo.get(page).status_code == 200
    place.refresh_from_db()
    assert place.rights_words == {"product.content": "manage"}
    assert told(2) == ["collaborator.returned"]


def test_pausing_ends_visits_and_sign_ons(world: World, carl: Speaker) -> None:
    from sublet.foundation.jobs.models import Job
    from sublet.people.models import Impersonation
    from tests.factories import AT

    visit = Impersonation(
        account=world.carl, mode="client", staff_collaborator=world.places["rosa"], as_collaborator=world.places["cleo"],
        reason="Looking after her", host=CARL_HOST, started_at=AT, last_used_at=AT, expires_at=AT + timedelta(hours=1),
    )  # fmt: skip
    with platform_scope("test data"):
        visit.save()
    ref = carl.add("cleo@example.test")
    assert carl.ask("DELETE", f"/Users/{ref}").status == 204
    visit.refresh_from_db()
    assert visit.ended_at is not None
    assert Job.unscoped.filter(kind="signon.end_lost").exists()
    assert carl.ask("GET", f"/Users/{ref}").status == 404


def test_an_open_invitation_is_taken_back_and_written_anew(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    assert carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False}).status == 200
    assert Invitation.unscoped.get().revoked_at is not None
    assert carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True}).status == 200
    assert Invitation.unscoped.filter(revoked_at=None).count() == 1
    moved = carl.patch(
        f"/Users/{ref}", {"op": "replace", "path": 'emails[type eq "work"].value', "value": "al@k.example"}
    )
    assert moved.status == 200
    primary = carl.patch(f"/Users/{ref}", {"op": "replace", "path": "emails", "value": [{"value": "al@k.example"}]})
    assert primary["emails"] == [{"value": "al@k.example"}]
    assert [row.email for row in Invitation.unscoped.filter(revoked_at=None)] == ["al@k.example"]
    assert told() == [
        "collaborator.invited", "invitation.revoked", "collaborator.invited", "directory.person_changed",
        "invitation.revoked", "collaborator.invited",
    ]  # fmt: skip


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_accepting_and_pausing_at_once_wait_for_each_other_in_one_order(world: World, carl: Speaker) -> None:
    """Both lock the account first. The other way round PostgreSQL would end one of them as a deadlock."""
    ref = carl.add(ADA)
    outcome: list[str] = []

    def opens_the_link() -> None:
        try:
            accept(ADA)
            outcome.append("accepted")
        except CannotAcceptInvitation as refusal:
            outcome.append(refusal.code)
        except OperationalError as error:
            outcome.append(str(error))
        finally:
            connection.close()

    thread = threading.Thread(target=opens_the_link)
    with world.scope("carl"), transaction.atomic(), connection.cursor() as cursor:
        Account.objects.select_for_update(of=("self",)).get(id=world.carl.id)
        thread.start()
        waiting = 0
        while not waiting and thread.is_alive():
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
        assert carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False}).status == 200
    thread.join()
    assert outcome == ["gone"]
    assert Collaborator.unscoped.filter(account=world.carl, user__email=ADA).count() == 0


def test_who_was_removed_by_hand_is_invited_anew(world: World, carl: Speaker) -> None:
    """What people on the team page end, the directory does not bring back over their heads: the person must agree."""
    ref = carl.add("cleo@example.test")
    with world.scope("carl") as actor:
        operations.remove_collaborator(
            account_ref=world.carl.ref, collaborator_ref=world.places["cleo"].ref, actor=actor, at=now()
        )
    assert carl.ask("GET", f"/Users/{ref}")["active"] is False  # so the directory sees that it must say it again
    assert carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True}).status == 200
    assert Collaborator.unscoped.get(id=world.places["cleo"].id).ended_at is not None
    assert Invitation.unscoped.get(revoked_at=None).email == "cleo@example.test"


def test_the_owner_is_never_touched(world: World, carl: Speaker) -> None:
    ref = carl.add("carl@example.test")
    for answer in (
        carl.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False}),
        carl.ask("DELETE", f"/Users/{ref}"),
        carl.ask("PUT", f"/Users/{ref}", {"schemas": [USER], "userName": "carl@example.test", "active": False}),
    ):
        assert answer.status == 403
        assert answer["detail"].startswith("Carl Conti owns this account.")
    assert Collaborator.unscoped.get(id=world.places["carl"].id).ended_at is None
    # Its page says so in the language of whoever reads it, not of the directory that was answered.
    with world.scope("carl") as actor:
        assert directory_page(actor).refusal.startswith("Carl Conti owns this account.")
        with override("it"):
            said = directory_page(actor).refusal
    assert "Carl Conti" in said
    assert "owns this account" not in said
    Directory.unscoped.update(refusal="In Worten von früher: 100 % geschlossen.", refusal_params={})
    with world.scope("carl") as actor:
        assert directory_page(actor).refusal == "In Worten von früher: 100 % geschlossen."


def test_faults_of_form_are_told_in_the_readers_language(world: World, carl: Speaker) -> None:
    answer = carl.ask("POST", "/Users", "not an object", accept_language="nl")
    with world.scope("carl") as actor:
        assert directory_page(actor).refusal == "The body is not valid JSON in UTF-8." != answer["detail"]
        with override("nl"):
            assert directory_page(actor).refusal == answer["detail"]


def test_what_is_given_back_is_within_what_the_key_can_give(world: World) -> None:
    narrow = make_speaker(world, "carl", rights={"team": "manage"})
    ref = narrow.add("cleo@example.test")
    narrow.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": False})
    narrow.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": True})
    place = Collaborator.unscoped.get(id=world.places["cleo"].id)
    assert (place.ended_at, Rights.of(place.rights_words).as_words()) == (None, {})


@pytest.mark.parametrize(("who", "tags", "back"), [("rico", [], True), ("rico", ["vip"], False), ("ruth", [], False)])
def test_a_confined_key_gives_back_no_wider_reach(world: World, who: str, tags: list[str], back: bool) -> None:
    """The key reaches Carl alone. Rico reaches him too; by tag, or all of them, is more: that person is invited anew."""
    Collaborator.unscoped.filter(id=world.places[who].id).update(reach_tags=tags)
    speaker = make_speaker(world, "rosa", reaches_all=False, reach_ids=[world.carl.id])
    ref = speaker.add(f"{who}@example.test")
    for active in (False, True):
        assert speaker.patch(f"/Users/{ref}", {"op": "replace", "path": "active", "value": active}).status == 200
    assert (Collaborator.unscoped.get(id=world.places[who].id).ended_at is None) is back
    invited = list(Invitation.unscoped.values_list("email", "reaches_all", "reach_ids", "reach_tags"))
    assert invited == ([] if back else [(f"{who}@example.test", False, [world.carl.id], [])])


def test_a_directory_that_repeats_itself_changes_nothing(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA, displayName="Ada Alba", externalId="7")
    body = {"schemas": [USER], "userName": ADA, "displayName": "Ada Alba", "externalId": "7", "active": True}
    before = carl.ask("GET", f"/Users/{ref}").body
    for _turn in range(2):
        assert carl.ask("PUT", f"/Users/{ref}", body).status == 200
        assert carl.patch(f"/Users/{ref}", {"op": "Add", "path": "displayName", "value": "Ada Alba"}).status == 200
    assert carl.ask("GET", f"/Users/{ref}").body == before
    assert told() == ["collaborator.invited"]


def test_errors_are_scims(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    other = carl.add("bea@kitchen.example")
    taken = carl.ask("POST", "/Users", {"schemas": [USER], "userName": ADA.upper()})
    assert taken.body == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "409",
        "scimType": "uniqueness",
        "detail": f"Another person of this directory has the user name or the address “{ADA.upper()}”.",
    }
    assert carl.patch(f"/Users/{other}", {"op": "replace", "path": "userName", "value": ADA}).status == 409
    cases = [
        (carl.ask("POST", "/Users", {"schemas": [USER], "userName": "no address"}), 400, "invalidValue"),
        (carl.ask("POST", "/Users", {"schemas": [USER]}), 400, "invalidValue"),
        (carl.ask("POST", "/Users", ["x"]), 400, "invalidSyntax"),
        (carl.ask("POST", "/Users", {"schemas": [USER], "userName": "a\x00@k.example"}), 400, "invalidValue"),
        (carl.ask("GET", "/Users?filter=userName eq"), 400, "invalidFilter"),
        (carl.ask("GET", '/Users?filter=name.familyName eq "x"'), 400, "invalidFilter"),
        (carl.ask("GET", "/Users?filter=active gt true"), 400, "invalidFilter"),
        (carl.patch(f"/Users/{ref}", {"op": "replace", "path": "id", "value": "x"}), 400, "mutability"),
        (carl.patch(f"/Users/{ref}", {"op": "remove", "path": "userName"}), 400, "mutability"),
        (carl.patch(f"/Users/{ref}", {"op": "remove"}), 400, "noTarget"),
        (carl.patch(f"/Users/{ref}", {"op": "smash", "path": "name", "value": "x"}), 400, "invalidValue"),
        (carl.ask("GET", "/Users/dpn_abcdefghjkmnpq"), 404, None),
        (carl.ask("GET", "/Me"), 501, None),
        (carl.ask("POST", "/Bulk", {}), 501, None),
        (carl.ask("PUT", "/Users", {}), 405, None),
        (carl.ask("GET", "/Nowhere"), 404, None),
    ]
    for answer, status, keyword in cases:
        assert (answer.status, answer.body.get("status"), answer.body.get("scimType")) == (
            status, str(status), keyword,
        ), answer.body  # fmt: skip
        assert "Traceback" not in str(answer.body)


def test_versions_keep_two_writers_apart(world: World, carl: Speaker) -> None:
    ref = carl.add(ADA)
    read = carl.ask("GET", f"/Users/{ref}")
    tag = read.headers["ETag"]
    assert tag == read["meta"]["version"] == 'W/"1"'
    for known in (tag, "*"):
        unchanged = carl.ask("GET", f"/Users/{ref}", If_None_Match=known)
        assert (unchanged.status, unchanged.headers["ETag"], "Content-Type" in unchanged.headers) == (304, tag, False)
    rename = {"op": "replace", "path": "displayName", "value": "Ada"}
    assert carl.patch(f"/Users/{ref}", rename, If_Match=tag).headers["ETag"] == 'W/"2"'
    assert carl.patch(f"/Users/{ref}", rename | {"value": "Eda"}, If_Match=tag).status == 412
    assert carl.ask("DELETE", f"/Users/{ref}", If_Match=tag).status == 412
    assert carl.ask("DELETE", f"/Users/{ref}", If_Match='"x"').status == 412
    gone = carl.ask("DELETE", f"/Users/{ref}", If_Match='W/"2"')
    assert (gone.status, "Content-Type" in gone.headers) == (204, False)


def test_pages_filters_and_attributes(world: World, carl: Speaker) -> None:
    refs = [
        carl.add(f"p{number}@kitchen.example", externalId=f"x{number}", displayName=f"P {number}")
        for number in range(5)
    ]
    carl.patch(f"/Users/{refs[4]}", {"op": "replace", "path": "active", "value": False})
    group = carl.group("Cooks", refs[:2])

    def ids(query: str) -> list[int]:
        answer = carl.ask("GET", f"/Users?{query}")
        assert answer.status == 200, answer.body
        return [refs.index(row["id"]) for row in answer.body.get("Resources", [])]

    page = carl.ask("GET", "/Users?startIndex=2&count=2")
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [refs.index(row["id"]) for row in page["Resources"]] == [1, 2]
    assert carl.ask("GET", "/Users?count=0").body.get("Resources", []) == []
    assert ids('filter=userName eq "P3@KITCHEN.example"') == [3]
    assert ids('filter=externalId eq "x2"') == [2]
    assert ids('filter=externalId eq "X2"') == []  # an id is exact
    assert ids('filter=userName sw "p" and active eq false') == [4]
    assert ids('filter=emails.value eq "p1@kitchen.example" or externalId eq "x0"') == [0, 1]
    assert ids('filter=emails[type eq "work" and value co "p0"]') == [0]
    assert ids("filter=not (externalId pr)") == []
    assert ids(f'filter=id eq "{refs[1]}"') == [1]
    assert ids('filter=displayName co "p 4"') == [4]
    assert ids('filter=meta.lastModified gt "2020-01-01T00:00:00Z"&startIndex=5') == [4]
    assert ids('filter=meta.lastModified lt "2020-01-01T00:00:00Z"') == []
    only = carl.ask("GET", f"/Users/{refs[0]}?attributes=userName")
    assert set(only.body) == {"schemas", "id", "userName"}
    less = carl.ask("GET", f"/Users/{refs[0]}?excludedAttributes=emails,groups")
    assert "emails" not in less.body
    assert "groups" not in less.body
    assert carl.ask("GET", f"/Users/{refs[0]}")["groups"] == [
        {"value": group, "display": "Cooks", "$ref": f"http://{CARL_HOST}/scim/v2/Groups/{group}"}
    ]
    search = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": 'externalId eq "x3"'}
    assert carl.ask("POST", "/Users/.search", search)["Resources"][0]["id"] == refs[3]


def statements(speaker: Speaker, method: str, path: str, body: object = None) -> int:
    """How many one request takes, the second time: the first fills what is remembered of hosts."""
    with CaptureQueriesContext(connection) as caught:
        answer = speaker.ask(method, path, body)
    assert answer.status < 300, answer.body
    return len(caught)


def test_a_sync_of_many_takes_as_many_statements_as_of_one(world: World, carl: Speaker) -> None:
    refs = [carl.add(f"p{number}@kitchen.example") for number in range(3)]
    group = carl.group("Everything", refs[:1])
    listed = [statements(carl, "GET", f"/Users?count={count}") for count in (1, 3)]
    groups = [statements(carl, "GET", f"/Groups?count={count}") for count in (1, 3)]
    found = statements(carl, "GET", '/Users?filter=userName eq "p1@kitchen.example"')
    added = statements(carl, "POST", "/Users", {"schemas": [USER], "userName": "p9@kitchen.example"})
    joins = [
        statements(
            carl, "PUT", f"/Groups/{group}",
            {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Everything",
             "members": [{"value": ref} for ref in refs[:many]]},
        )
        for many in (2, 1, 3)
    ]  # fmt: skip
    assert listed[0] == listed[1]
    assert groups[0] == groups[1]
    assert joins[0] == joins[2]
    # One of those that add somebody asks whether the brand has words of its own for the invitation.
    assert (listed[0], groups[0], found, added, joins[0]) == (6, 6, 6, 34, 23)


def test_another_tenant_is_not_there(world: World, carl: Speaker) -> None:
    """With a positive control: Rosa's own key finds her own."""
    rosa = make_speaker(world, "rosa")
    remo = make_speaker(world, "remo")
    mine, group = carl.add(ADA), carl.group("Cooks")
    for stranger in (rosa, remo):
        own = stranger.add("own@studio.example")
        assert stranger.ask("GET", f"/Users/{own}").status == 200
        assert stranger.ask("GET", "/Users")["totalResults"] == 1
        for method, path in (
            ("GET", f"/Users/{mine}"), ("PUT", f"/Users/{mine}"), ("PATCH", f"/Users/{mine}"),
            ("DELETE", f"/Users/{mine}"), ("GET", f"/Groups/{group}"), ("DELETE", f"/Groups/{group}"),
        ):  # fmt: skip
            body = {"schemas": [USER], "userName": "x@y.example"} if method == "PUT" else None
            if method == "PATCH":
                assert stranger.patch(path, {"op": "replace", "path": "active", "value": False}).status == 404
            else:
                assert stranger.ask(method, path, body).status == 404
        joined = stranger.ask(
            "POST", "/Groups", {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Spies",
                                "members": [{"value": mine}]},
        )  # fmt: skip
        assert (joined.status, joined["scimType"]) == (400, "invalidValue")
        assert stranger.ask("GET", f'/Groups?filter=members.value eq "{mine}"')["totalResults"] == 0
    assert DirectoryPerson.unscoped.get(ref=mine).is_active


def test_who_may_speak(world: World, carl: Speaker) -> None:
    assert Speaker(carl.account, carl.key, "sk_wrong", carl.host).ask("GET", "/Users").status == 401
    assert Speaker(carl.account, carl.key, carl.secret, "remo.localhost").ask("GET", "/Users").status == 401
    looks = make_speaker(world, "dora", rights={"team": "view"})
    assert looks.ask("GET", "/Users").status == 403
    off = make_speaker(world, "remo", on=False)
    assert off.ask("GET", "/ServiceProviderConfig").status == 200
    answer = off.ask("GET", "/Users", Accept_Language="en")
    assert (answer.status, answer["detail"]) == (
        403,
        "The directory of this account is switched off. Switch it on on the team’s page.",
    )
    assert Directory.unscoped.get(account=world.carl).heard_at is None
    carl.ask("GET", "/Users")
    assert Directory.unscoped.get(account=world.carl).heard_at is not None


def test_nothing_names_the_vendor(world: World, carl: Speaker) -> None:
    """White label: every description, header and error on a client's host."""
    said = ""
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", "/Users", "/Nowhere", "/Me"):
        answer = carl.ask("GET", path)
        said += str(answer.body) + str(dict(answer.headers))
    assert "sublet" not in said.lower()
    assert "vantage" not in said.lower()
