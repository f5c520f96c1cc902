"""What the demo's accounts are called: businesses and people as they are met in five countries. All invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """Words from which a reseller's clients are made. `kinds`: trade → (tag, ways to name such a business)."""

    code: str
    language: str
    timezone: str
    dialling: str
    cities: tuple[tuple[str, str], ...]
    streets: tuple[str, ...]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    kinds: tuple[tuple[str, tuple[str, ...]], ...]


ITALY = Country(
    code="IT",
    language="it",
    timezone="Europe/Rome",
    dialling="+39 051 55",
    cities=(
        ("40121", "Bologna"), ("41121", "Modena"), ("44121", "Ferrara"), ("40026", "Imola"), ("48121", "Ravenna"),
        ("47921", "Rimini"), ("43121", "Parma"), ("42121", "Reggio Emilia"), ("47521", "Cesena"), ("40033", "Casalecchio"),
    ),
    streets=("Via Emilia", "Via San Felice", "Piazza Maggiore", "Via Garibaldi", "Corso Mazzini", "Via dell'Indipendenza"),
    first_names=(
        "Giulia", "Marco", "Chiara", "Luca", "Francesca", "Matteo", "Elena", "Davide", "Sara", "Andrea", "Paola", "Nicolò",
        "Martina", "Riccardo", "Silvia", "Tommaso",
    ),
    last_names=(
        "Rossi", "Bianchi", "Ferrari", "Ricci", "Gallo", "Conti", "Marino", "Greco", "Fontana", "Caruso", "Mancini",
        "Lombardi", "D'Angelo", "Barbieri",
    ),
    kinds=(
        ("ristorante", ("Trattoria {last}", "Osteria del {noun}", "Pizzeria {noun}", "Ristorante Da {first}")),
        ("parrucchiere", ("Parrucchieri {last}", "Salone {first}", "Barberia {noun}")),
        ("sport", ("ASD {city}", "Palestra {noun}", "Circolo Tennis {city}")),
        ("negozio", ("Libreria {noun}", "Panificio {last}", "Fioreria {first}", "Ottica {last}", "Enoteca {noun}")),
    ),
)  # fmt: skip
NETHERLANDS = Country(
    code="NL",
    language="nl",
    timezone="Europe/Amsterdam",
    dialling="+31 30 55",
    cities=(
        ("3511 AB", "Utrecht"), ("1012 JS", "Amsterdam"), ("2511 CS", "Den Haag"), ("3011 AA", "Rotterdam"),
        ("9711 LM", "Groningen"), ("6211 CM", "Maastricht"), ("5611 EM", "Eindhoven"), ("2312 BX", "Leiden"),
        ("8911 BW", "Leeuwarden"), ("6511 PP", "Nijmegen"), ("5038 EA", "Tilburg"), ("2611 GT", "Delft"),
    ),
    streets=("Oudegracht", "Nieuwstraat", "Kerkstraat", "Marktplein", "Stationsweg", "Hoofdstraat", "Molenweg"),
    first_names=(
        "Sanne", "Daan", "Fleur", "Bram", "Lotte", "Thijs", "Noor", "Sem", "Femke", "Ruben", "Anouk", "Jesse", "Maud",
        "Stijn", "Eva", "Koen", "Iris", "Joost",
    ),
    last_names=(
        "de Vries", "Jansen", "van den Berg", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters",
        "Hendriks", "Dekker", "Kuipers", "van Leeuwen", "Postma",
    ),
    kinds=(
        ("horeca", ("Eetcafé {noun}", "Restaurant {last}", "Lunchroom {noun}", "Brasserie {city}", "Pannenkoekenhuis {noun}")),
        ("kapper", ("Kapsalon {first}", "Haarstudio {noun}", "Barbier {last}")),
        ("sport", ("Sportclub {city}", "Yogastudio {noun}", "Tennisvereniging {city}", "Zwemschool {noun}")),
        ("winkel", ("Bakkerij {last}", "Bloemen van {first}", "Fietsenmaker {last}", "Boekhandel {noun}", "Kaaswinkel {noun}")),
    ),
)  # fmt: skip
FRANCE = Country(
    code="FR",
    language="fr",
    timezone="Europe/Paris",
    dialling="+33 4 72 55",
    cities=(
        ("69002", "Lyon"), ("42000", "Saint-Étienne"), ("38000", "Grenoble"), ("73000", "Chambéry"), ("74000", "Annecy"),
        ("01000", "Bourg-en-Bresse"), ("26000", "Valence"), ("71000", "Mâcon"),
    ),
    streets=("Rue de la République", "Rue Mercière", "Quai Saint-Antoine", "Avenue Jean-Jaurès", "Place Bellecour"),
    first_names=(
        "Camille", "Hugo", "Léa", "Louis", "Manon", "Théo", "Chloé", "Jules", "Inès", "Raphaël", "Zoé", "Étienne",
        "Élodie", "Benoît",
    ),
    last_names=(
        "Martin", "Bernard", "Dubois", "Lefèvre", "Moreau", "Girard", "Fournier", "Rousseau", "Chevalier", "Gauthier",
        "Perrin", "Lemaître",
    ),
    kinds=(
        ("restaurant", ("Bistrot {noun}", "Brasserie {last}", "Crêperie {noun}", "Chez {first}")),
        ("coiffeur", ("Coiffure {first}", "Salon {noun}", "Barbier {last}")),
        ("association", ("Club de {city}", "Théâtre {noun}", "Association {noun}")),
        ("commerce", ("Boulangerie {last}", "Librairie {noun}", "Fleuriste {first}", "Cave {last}", "Fromagerie {noun}")),
    ),
)  # fmt: skip
ALBANIA = Country(
    code="AL",
    language="sq",
    timezone="Europe/Tirane",
    dialling="+355 4 55",
    cities=(("1001", "Tiranë"), ("2001", "Durrës"), ("4001", "Shkodër")),
    streets=("Rruga e Kavajës", "Bulevardi Dëshmorët e Kombit", "Rruga Myslym Shyri"),
    first_names=("Arta", "Besnik", "Drita", "Ermal", "Flutura", "Gëzim"),
    last_names=("Hoxha", "Shehu", "Çela", "Krasniqi", "Dervishi", "Përmeti"),
    kinds=(
        ("restorant", ("Restorant {noun}", "Taverna {last}")),
        ("parukeri", ("Parukeri {first}",)),
        ("dyqan", ("Libraria {noun}",)),
    ),
)

NOUNS = {
    "it": ("Sole", "Pozzo", "Gatto Nero", "Ponte", "Melograno", "Falco", "Mulino", "Leone", "Girasole", "Grappolo"),
    "nl": (
        "De Zwaan", "De Molen", "Het Anker", "De Gouden Leeuw", "De Tulp", "Zonneschijn", "De Ooievaar", "Het Spoor",
        "De Haven", "Lindeboom", "De Vuurtoren", "Het Hof",
    ),
    "fr": ("du Marché", "des Halles", "du Pont", "des Lilas", "du Parc", "de la Gare", "des Arts", "du Soleil"),
    "sq": ("Rozafa", "Adriatik", "Dielli", "Iliria"),
}  # fmt: skip

REASONS = {
    "it": ("Ferie invernali, riapre in primavera", "Cambio di gestione in corso"),
    "nl": ("Verbouwing, weer open in maart", "Eigenaar wisselt, wacht op gegevens"),
    "fr": ("Fermeture pour travaux", "Changement de propriétaire"),
    "sq": ("Mbyllur për dimër",),
}

BY_LANGUAGE = {country.language: country for country in (ITALY, NETHERLANDS, FRANCE, ALBANIA)}
