"""CloudEvents 1.0 (structured and batched JSON) as the bodies that the API takes: ``type`` is the meter, ``subject`` the account.

Closed like every body: an attribute that is not known is named as a fault, not passed over.
"""

from __future__ import annotations

from typing import Any

ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
MEDIA = (ONE, BATCH)
#: What an event's attributes are called here.
_NAMES = {"type": "meter", "subject": "account"}
#: What is said of the data and does not change what it means.
_PASSED_OVER = ("specversion", "datacontenttype", "dataschema")


def usage_body(told: Any, media: str) -> Any:
    """The same as a body of usage events. Raises ValueError for what is no CloudEvent of version 1."""
    events = told if media == BATCH else [told]
    if not isinstance(events, list):
        raise ValueError("a batch is a list")
    return {"events": [_event(each) for each in events]}


def _event(told: Any) -> dict[str, Any]:
    if not isinstance(told, dict) or told.get("specversion") != "1.0":
        raise ValueError("not a CloudEvent of version 1.0")
    if told.get("datacontenttype", "application/json") != "application/json":
        raise ValueError("the data must be JSON")
    event = {_NAMES.get(name, name): value for name, value in told.items() if name not in (*_PASSED_OVER, "data")}
    data = told.get("data")
    if data is not None:
        if not isinstance(data, dict):
            raise ValueError("the data must be an object")
        # The same name twice would let one hide the other.
        event.update({name if name not in event else f"data.{name}": value for name, value in data.items()})
    return event
