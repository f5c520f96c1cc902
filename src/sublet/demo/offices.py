"""The four resellers of the demo: who they are, how large, in which language and color."""

from __future__ import annotations

from dataclasses import dataclass

from sublet.core.names import sort_name
from sublet.demo import names

#: The client that a visitor is shown around in: own host, own brand, a team with presets.
SHOWN = "Trattoria Il Gelsomino"
#: The client that takes bookings, its owner and the label of its host.
SALON, OLGA, LABEL = "Salone Olga", "olga@salone.example", "salone-olga"
STAFF_RIGHTS = {
    "manager": {"clients": "manage", "people": "manage", "journal": "view", "brand": "view", "team": "view"},
    "sales": {"clients": "view", "journal": "view"},
}


@dataclass(frozen=True, slots=True)
class MadeReseller:
    """One of the four. `staff` are names with the key of their rights; `visits` why somebody was logged in as a client."""

    name: str
    label: str
    country: names.Country
    color: str
    owner: str
    staff: tuple[tuple[str, str], ...]
    clients: int
    hours: str
    visits: tuple[str, ...]
    closings: tuple[str, ...]


RESELLERS = (
    MadeReseller(
        "Bottega Digitale", "bottega", names.ITALY, "#b4432f", "Rosa Bellini",
        (("Paolo Serra", "manager"), ("Marta Villa", "sales")), 46, "lun–ven 9–18",
        ("Aiuto al telefono con il menù di stagione", "Controllo delle notifiche push", "Foto nuove per la vetrina"),
        ("Attività cessata", "Passa a un altro fornitore"),
    ),
    MadeReseller(
        "Studio Noord", "noord", names.NETHERLANDS, "#1f5f8b", "Marieke Postma",
        (("Joost Bakker", "manager"), ("Anouk Visser", "manager"), ("Sem de Boer", "sales")), 1200, "ma–vr 8.30–17.30",
        ("Telefonische hulp bij de openingstijden", "Pushbericht nagekeken", "Vraag over de statistieken"),
        ("Zaak gestopt", "Opgezegd per eind van de maand"),
    ),
    MadeReseller(
        "Atelier Pixel", "pixel", names.FRANCE, "#6d3fb5", "Camille Perrin",
        (("Hugo Lemaître", "manager"),), 164, "lun–ven 9 h–18 h",
        ("Aide au téléphone pour la carte", "Vérification des notifications"),
        ("Fermeture définitive", "Résiliation à l'échéance"),
    ),
    MadeReseller(
        "Zëri Media", "zeri", names.ALBANIA, "#0b7a5b", "Arta Hoxha", (), 3, "e hënë–e premte 9–17",
        ("Ndihmë në telefon",), ("Mbyllur",),
    ),
)  # fmt: skip


def mail_of(name: str, label: str) -> str:
    """The address of a person of a reseller."""
    return f"{sort_name(name).split()[0]}@{label}.example"
