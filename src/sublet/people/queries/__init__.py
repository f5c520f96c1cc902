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
from sublet.people.queries.invitation_page import OpenInvitation, read_invitation
from sublet.people.queries.links import Link, hash_token, read_link
from sublet.people.queries.sign_in import (
    PersonFacts,
    has_place_here,
    is_welcome,
    person_actor,
    person_facts,
    visitor_actor,
)

__all__ = [
    "IDLE_SECONDS",
    "LONGEST_SECONDS",
    "Entry",
    "Link",
    "OpenInvitation",
    "PersonFacts",
    "Place",
    "Visit",
    "actor_of",
    "clients_level",
    "enter",
    "enter_as",
    "has_place_here",
    "hash_token",
    "idle_out",
    "is_welcome",
    "person_actor",
    "person_facts",
    "places_of",
    "product_section_keys",
    "read_invitation",
    "read_link",
    "rights_of",
    "served_here",
    "visit",
    "visitor_actor",
]
