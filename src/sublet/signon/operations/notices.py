"""Back-channel log-out: telling an application that somebody is no longer signed on (OpenID Connect Back-Channel 1.0)."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sublet.branding.queries import origin
from sublet.core.signon import filled
from sublet.foundation import outbound
from sublet.signon.models import SignOn
from sublet.signon.operations.keys import sign
from sublet.signon.queries.access import WITH
from sublet.signon.queries.keys import RSA

EVENT = "http://schemas.openid.net/event/backchannel-logout"
LASTS = timedelta(minutes=2)


class NotHeard(Exception):
    """The application did not take the notice; it is tried again later."""


def tell_end(*, sign_on_ref: str, at: datetime) -> None:
    """Post the log-out token of a sign-on that has ended to its application, if that wants to know. Raises NotHeard."""
    # unscoped: the job's own account
    row = SignOn.unscoped.filter(ref=sign_on_ref, ended_at__isnull=False).select_related(*WITH).first()
    if row is None or not row.application.notice_address:
        return
    place = origin(row.host)
    scheme, _, name = place.partition("://")
    address = filled(row.application.notice_address, host=name, scheme=scheme)
    token = sign(
        {
            "iss": place,
            "aud": row.application.ref,
            "sub": row.user.ref,
            "sid": row.ref,
            "iat": int(at.timestamp()),
            "exp": int((at + LASTS).timestamp()),
            "jti": uuid.uuid4().hex,
            "events": {EVENT: {}},
        },
        algorithm=RSA,
        kind="logout+jwt",
        at=at,
    )
    try:
        answer = outbound.session().post(address, data={"logout_token": token})
    except OSError as fault:  # what the client raises is one, whatever it was
        raise NotHeard(f"{address}: {type(fault).__name__}") from fault
    # 400: it did not know the person any more, or does not want this; asking again would not change its mind.
    if answer.status_code not in {200, 204, 400}:
        raise NotHeard(f"{address} answered {answer.status_code}")
