"""The API as one thing: ninja reads addresses and bodies here; who may do what is the entrance's."""

from __future__ import annotations

from typing import Any, NoReturn

import msgspec
from django.http import Http404, HttpRequest
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from sublet.portals.api import cloudevents
from sublet.portals.api.declare import Routes
from sublet.portals.api.routes import ROUTES


class StrictParser(Parser):
    """JSON as it is written down: no NaN, no half characters, no endless nesting."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            told = msgspec.json.decode(request.body)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        # Only operations that say so let these in (`Declared.also`).
        media = (request.content_type or "").lower()
        return cloudevents.usage_body(told, media) if media in cloudevents.MEDIA else told


api = NinjaAPI(
    title="API", version="1", openapi_url=None, docs_url=None, parser=StrictParser(), urls_namespace="api-v1"
)


def _leave_to_the_entrance(_request: HttpRequest, fault: Exception | type[Exception]) -> NoReturn:
    raise fault


for each in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(each, _leave_to_the_entrance)


def _mount(routes: Routes) -> None:
    api.add_router("", routes.router, tags=[routes.tag])


for routes in ROUTES:
    _mount(routes)
