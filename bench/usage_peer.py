"""The peer of P2: the usual way, one event a request through the ORM: a row that is made once, a total that is raised.

What it acknowledges is on the disk, as with ours: both do the same job. It asks nobody for a key. Connections as Django has them,
unless `PEER_KEPT` says that they are to stay open.
"""

from __future__ import annotations

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sublet.config.settings")

from django.core.wsgi import get_wsgi_application

_application = get_wsgi_application()

from django.db import connections, transaction  # noqa: E402  once Django is set up
from django.db.models import F  # noqa: E402  as above
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402  as above
from django.utils.dateparse import parse_datetime  # noqa: E402  as above

from sublet.accounts.models import Account  # noqa: E402  as above
from sublet.catalog.models import OfferItem  # noqa: E402  as above
from sublet.foundation.durable import durable  # noqa: E402  as above
from sublet.foundation.scope import platform_scope  # noqa: E402  as above
from sublet.metering.models import UsageEvent, UsageTotal  # noqa: E402  as above


def report(request: HttpRequest) -> HttpResponse:
    """As somebody would write it on the first day."""
    accepted = 0
    with platform_scope("a benchmark"), durable(), transaction.atomic():
        for told in json.loads(request.body)["events"]:
            account = Account.objects.get(ref=told["account"])
            meter = OfferItem.objects.get(kind="meter", key=told["meter"])
            at = parse_datetime(told["time"])
            assert at is not None
            _row, new = UsageEvent.objects.get_or_create(
                account=account, source=told["source"], event_id=told["id"],
                defaults={"meter": meter.id, "at": at, "quantity": told["quantity"], "received_at": at},
            )  # fmt: skip
            if new:
                start = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
                total, _made = UsageTotal.objects.get_or_create(account=account, meter=meter.id, span=0, start=start)
                UsageTotal.objects.filter(pk=total.pk).update(quantity=F("quantity") + told["quantity"])
                accepted += 1
    response = JsonResponse({"accepted": accepted, "duplicates": 0}, status=202)
    response["Content-Length"] = str(len(response.content))
    return response


def _router() -> None:
    import sys
    from types import ModuleType

    from django.conf import settings
    from django.urls import path
    from django.views.decorators.csrf import csrf_exempt

    urls = ModuleType("usage_peer_urls")
    urls.urlpatterns = [path("api/v1/usage-events", csrf_exempt(report))]  # type: ignore[attr-defined]  # a module made here
    sys.modules[urls.__name__] = urls
    settings.ROOT_URLCONF = urls.__name__
    settings.MIDDLEWARE = []
    if not os.environ.get("PEER_KEPT"):
        connections.settings["default"]["CONN_MAX_AGE"] = 0


_router()
application = get_wsgi_application()
