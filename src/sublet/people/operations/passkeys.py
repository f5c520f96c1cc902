"""Passkeys (WebAuthn): made on one host and good there alone. The ceremony is fido2's; what is kept, allauth's table.

Each begin returns what the browser needs and a state that its session keeps until the answer comes; a state is good once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from sublet.branding.queries import HostView, origin
from sublet.foundation.actor import Actor
from sublet.foundation.errors import NotFound
from sublet.foundation.refs import new_ref
from sublet.people.models import User
from sublet.people.operations.freshness import locked_and_shown, require_shown
from sublet.people.operations.granting import one_line
from sublet.people.operations.second_factors import Added, CannotProve, added, counted, proved
from sublet.people.operations.sign_in import CannotSignIn
from sublet.people.operations.throttle import CODE_BY_ADDRESS, count_attempt, give_back, subject_of
from sublet.people.queries.second_factors import PASSKEY, Shown, has_second_factor
from sublet.people.queries.sign_in import is_welcome

LONGEST_NAME = 60
STATE_MINUTES = 10
MOST = 20


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser is asked (JSON), and what its session keeps meanwhile."""

    options: Mapping[str, Any]
    state: Mapping[str, Any]


def _server(site: HostView) -> Fido2Server:
    expected = origin(site.host)
    entity = PublicKeyCredentialRpEntity(name=site.brand.name or site.account_name, id=site.host)
    return Fido2Server(entity, verify_origin=lambda given: given == expected)


def _rows(user_id: int, host: str) -> list[Authenticator]:
    rows = Authenticator.objects.filter(user_id=user_id, type=PASSKEY).order_by("id")
    return [row for row in rows if row.data.get("host") == host]


def _credential(row: Authenticator) -> AttestedCredentialData:
    found = row.wrap().authenticator_data.credential_data
    assert isinstance(found, AttestedCredentialData)  # noqa: S101  what was stored was checked when it came
    return found


def _kept(state: Mapping[str, Any], host: str, at: datetime) -> dict[str, Any]:
    return {**state, "host": host, "until": (at + timedelta(minutes=STATE_MINUTES)).isoformat()}


def _still_good(state: Mapping[str, Any] | None, host: str, at: datetime) -> Mapping[str, Any]:
    if not state or state.get("host") != host or datetime.fromisoformat(str(state["until"])) < at:
        raise CannotProve("restart")
    return state


def begin_passkey(*, site: HostView, shown: Shown, actor: Actor, at: datetime) -> Ceremony:
    """Begin to make a passkey for the person on this host. Raises CannotWhileImpersonating, CannotGoOnYet."""
    user = _self(actor)
    require_shown(user, shown, at=at)
    options, state = _server(site).register_begin(
        user=PublicKeyCredentialUserEntity(name=user.email, id=user.ref.encode(), display_name=str(user)),
        credentials=[_credential(row) for row in _rows(user.id, site.host)],
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
        extensions={"credProps": True},
    )
    return Ceremony(options=dict(options)["publicKey"], state=_kept(state, site.host, at))


def add_passkey(
    *,
    name: str,
    answer: str,
    state: Mapping[str, Any] | None,
    site: HostView,
    shown: Shown,
    actor: Actor,
    at: datetime,
) -> Added:
    """Keep the passkey that the browser has made. Raises CannotProve, CannotWhileImpersonating, CannotGoOnYet."""
    require_shown(_self(actor), shown, at=at)
    good = _still_good(state, site.host, at)
    try:
        credential = json.loads(answer)
        RegistrationResponse.from_dict(credential)
        made = _server(site).register_complete(good, credential)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotProve("restart") from None
    data = made.credential_data
    if data is None:
        raise CannotProve("restart")
    identity = websafe_encode(data.credential_id)
    with transaction.atomic():
        user = locked_and_shown(actor, shown, at=at)
        first = not has_second_factor(user.id)
        rows = list(Authenticator.objects.filter(user_id=user.id, type=PASSKEY))
        if len(rows) >= MOST or any(row.data.get("id") == identity for row in rows):
            raise CannotProve("restart")
        row = Authenticator(
            user_id=user.id,
            type=PASSKEY,
            created_at=at,
            data={
                "ref": new_ref("psk"),
                "name": one_line(name, LONGEST_NAME) or site.host,
                "host": site.host,
                "id": identity,
                "credential": credential,
                "counter": made.counter,
            },
        )
        row.save()
        return added(user, kind="passkey", first=first, actor=actor, at=at)


def begin_proof(*, user_id: int | None, site: HostView, at: datetime) -> Ceremony:
    """Ask for a passkey: one of that person's, or (None) any that the device knows for this host.

    Without a person, the device must make sure who holds it: it stands for the password, too.
    """
    verification = UserVerificationRequirement.REQUIRED if user_id is None else UserVerificationRequirement.PREFERRED
    known = [] if user_id is None else [_credential(row) for row in _rows(user_id, site.host)]
    options, state = _server(site).authenticate_begin(credentials=known or None, user_verification=verification)
    return Ceremony(options=dict(options)["publicKey"], state=_kept(state, site.host, at))


def prove_with_passkey(
    *, user_id: int, answer: str, state: Mapping[str, Any] | None, site: HostView, address: str, at: datetime
) -> None:
    """Take the answer of one of the person's passkeys on this host. Raises CannotProve, CannotTryAgainYet."""
    user = counted(user_id=user_id, address=address, at=at)
    _check(user, answer, _still_good(state, site.host, at), site=site, at=at)
    proved(user, address=address)


def sign_in_with_passkey(
    *, answer: str, state: Mapping[str, Any] | None, site: HostView, address: str, at: datetime
) -> User:
    """The person whose passkey answered, if it has something to do on this host. Password and second step in one.

    Raises CannotSignIn (``passkey``), CannotProve (``restart``), CannotTryAgainYet.
    """
    count_attempt(CODE_BY_ADDRESS, subject_of(address), at=at)
    good = _still_good(state, site.host, at)
    if str(good.get("user_verification")) != UserVerificationRequirement.REQUIRED.value:
        raise CannotProve("restart")  # begun as a second step: it does not stand for a password
    try:
        handle = AuthenticationResponse.from_dict(json.loads(answer)).response.user_handle
        ref = (handle or b"").decode("ascii")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CannotSignIn("passkey") from None
    user = User.objects.filter(ref=ref, is_active=True).first()
    if user is None:
        raise CannotSignIn("passkey")
    try:
        _check(user, answer, good, site=site, at=at)
    except CannotProve:
        raise CannotSignIn("passkey") from None
    if not is_welcome(user_id=user.id, email=user.email, site=site, at=at):
        raise CannotSignIn("passkey")
    give_back(CODE_BY_ADDRESS, subject_of(address))
    return user


def _check(user: User, answer: str, state: Mapping[str, Any], *, site: HostView, at: datetime) -> None:
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        rows = {_credential(row).credential_id: row for row in _rows(user.id, site.host)}
        try:
            given = json.loads(answer)
            response = AuthenticationResponse.from_dict(given)
            used = _server(site).authenticate_complete(state, [_credential(row) for row in rows.values()], given)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise CannotProve("wrong") from None
        row = rows[used.credential_id]
        counter, before = response.response.authenticator_data.counter, int(row.data.get("counter", 0))
        if (counter or before) and counter <= before:
            raise CannotProve("wrong")  # a copy of the key was used in between
        row.data["counter"] = counter
        row.last_used_at = at
        row.save(update_fields=["data", "last_used_at"])


def _self(actor: Actor) -> User:
    actor.require_in_person()
    user = User.objects.filter(id=actor.user_id or 0, is_active=True).first()
    if user is None:
        raise NotFound
    return user
