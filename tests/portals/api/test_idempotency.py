"""``Idempotency-Key`` in requests: one effect, the same answer, nothing for anybody else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from sublet.accounts.models import Account
from sublet.foundation.clock import now
from sublet.foundation.idempotency.models import IdempotentAnswer
from sublet.foundation.scope import platform_scope
from sublet.messaging.models import OutboxMail
from sublet.people.models import ApiKey
from tests.people import World
from tests.portals.api.caller import Caller

ONCE = {"Idempotency-Key": "b0b3b1d5-0001"}


def clients_called(name: str) -> int:
    with platform_scope("test"):
        return Account.objects.filter(name=name).count()


def test_same_request_again_has_one_effect_and_one_answer(rosa: Caller) -> None:
    body = {"name": "Bella Napoli", "owner": {"email": "carla@bella.example"}}

    first = rosa.post("/clients", body, headers=ONCE)
    again = rosa.post("/clients", body, headers=ONCE)

    assert (first.status, again.status) == (201, 201)
    assert again.response.content == first.response.content
    assert again.response["Location"] == first.response["Location"]
    assert again.response["Content-Type"] == "application/json"
    assert ("Idempotency-Replayed" in first.response, again.response["Idempotency-Replayed"]) == (False, "true")
    assert clients_called("Bella Napoli") == 1
    with platform_scope("test"):
        assert OutboxMail.objects.filter(to_email="carla@bella.example").count() == 1


@pytest.mark.parametrize("body", [{"name": "Bella Roma"}, {"name": "Bella Napoli", "city": "Roma"}, {"name": ""}])
def test_same_key_for_another_body_is_refused(rosa: Caller, body: dict[str, str]) -> None:
    rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE)

    answer = rosa.post("/clients", body, headers=ONCE)

    assert (answer.status, answer.code) == (422, "idempotency-key-reused")
    assert clients_called("Bella Roma") == 0


def test_same_key_for_another_operation_is_refused(world: World, rosa: Caller) -> None:
    rosa.post(f"/clients/{world.elan.ref}/activate", headers=ONCE)

    answer = rosa.post(f"/clients/{world.carl.ref}/activate", headers=ONCE)

    assert answer.code == "idempotency-key-reused"


def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(call: Callable[..., Caller]) -> None:
    assert [call(of).post("/clients", {"name": "Twin"}, headers=ONCE).status for of in ("rosa", "remo")] == [201, 201]
    assert clients_called("Twin") == 2


def test_another_key_of_the_account_learns_nothing(call: Callable[..., Caller]) -> None:
    call("rosa").post("/clients", {"name": "Bella Napoli", "notes": "a secret"}, headers=ONCE)

    answer = call("rosa", name="another").post("/clients", {"name": "Bella Napoli", "notes": "a secret"}, headers=ONCE)

    assert answer.code == "idempotency-key-reused"


def test_a_no_leaves_the_key_free(rosa: Caller, world: World) -> None:
    place = f"/clients/{world.carl.ref}"

    refused = rosa.post(f"{place}/resume", headers=ONCE)
    wrong = rosa.post("/clients", {"name": ""}, headers=ONCE)
    made = rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE)

    assert [refused.status, wrong.status, made.status] == [409, 422, 201]
    assert IdempotentAnswer.unscoped.count() == 1


def test_answer_is_forgotten_after_a_day(rosa: Caller) -> None:
    rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE)
    IdempotentAnswer.unscoped.update(expires_at=now() - timedelta(seconds=1))

    answer = rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE)

    assert (answer.status, "Idempotency-Replayed" in answer.response) == (201, False)
    assert clients_called("Bella Napoli") == 2


def test_secret_is_in_the_first_answer_alone(rosa: Caller) -> None:
    body = {"name": "Website form", "rights": {"clients": "view"}}

    first = rosa.post("/keys", body, headers=ONCE)
    again = rosa.post("/keys", body, headers=ONCE)

    assert (first.status, again.status, again.code) == (201, 409, "idempotency-shown-once")
    assert again.response["Location"] == first.response["Location"]
    with platform_scope("test"):
        assert ApiKey.objects.filter(name="Website form").count() == 1
    row = IdempotentAnswer.unscoped.get()
    assert (bytes(row.body), row.shown_once) == (b"", True)


def test_change_with_a_key_is_replayed_too(world: World, rosa: Caller) -> None:
    place = f"/clients/{world.carl.ref}"

    first = rosa.patch(place, {"city": "Napoli"}, headers=ONCE)
    again = rosa.patch(place, {"city": "Napoli"}, headers=ONCE)
    rosa.put(f"{place}/tags", {"tags": []}, headers={"Idempotency-Key": "2"})
    deleted = [
        rosa.delete(f"/keys/{rosa.ref}x", headers={"Idempotency-Key": "3"}).status,
        rosa.patch(place, {"city": "Roma"}, headers={"Idempotency-Key": "4"}).status,
    ]

    assert again.response.content == first.response.content
    assert again.response["ETag"] == first.response["ETag"] == '"1"'
    assert deleted == [404, 200]


def test_form_with_a_file_is_the_same_whatever_its_boundary(world: World, rosa: Caller) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "#1f6feb").save(picture, "PNG")

    def upload(boundary: str) -> bytes:
        return (
            (
                f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
                "Content-Type: image/png\r\n\r\n"
            ).encode()
            + picture.getvalue()
            + f"\r\n--{boundary}--\r\n".encode()
        )

    place = f"/accounts/{world.rosa.ref}/brand/icon"
    answers = [
        rosa.ask("POST", place, raw=upload(word), media=f"multipart/form-data; boundary={word}", headers=ONCE)
        for word in ("first", "second")
    ]

    assert [each.status for each in answers] == [200, 200]
    assert answers[1].response["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 256, "é", "a\tb"])
def test_key_that_is_none_is_refused(rosa: Caller, key: str) -> None:
    answer = rosa.post("/clients", {"name": "Bella Napoli"}, headers={"Idempotency-Key": key})

    assert (answer.status, answer.fields) == (422, [("Idempotency-Key", "wrong-form")])
    assert clients_called("Bella Napoli") == 0


def test_right_is_asked_for_again_before_an_answer_is_repeated(rosa: Caller) -> None:
    rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE)
    with platform_scope("test data"):
        ApiKey.objects.filter(ref=rosa.ref).update(rights_words={"clients": "view"})

    assert rosa.post("/clients", {"name": "Bella Napoli"}, headers=ONCE).status == 403
