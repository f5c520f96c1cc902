"""Reading people: who a request is, what it may do, who is on a team."""

from sublet.people.queries.entry import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    Entry,
    Place,
    Visit,
    actor_of,
    clients_level,
    enter,
    enter_as,
    idle_out,
    places_of,
    product_section_keys,
    rights_of,
    served_here,
    visit,
)

__all__ = [
    "IDLE_SECONDS",
    "LONGEST_SECONDS",
    "Entry",
    "Place",
    "Visit",
    "actor_of",
    "clients_level",
    "enter",
    "enter_as",
    "idle_out",
    "places_of",
    "product_section_keys",
    "rights_of",
    "served_here",
    "visit",
]
