"""Two agencies that word their own mails, each in its language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sublet.core.wording import Wording
from sublet.foundation.actor import Actor
from sublet.messaging.wording_operations import change_wording

#: Language of the agency → kind of mail → its words.
WORDS: Mapping[str, Mapping[str, Wording]] = {
    "it": {
        "invitation-new": Wording(
            subject="Benvenuto in {account}: scegli la password",
            heading="Ti aspettavamo, {name}",
            body="{inviter} ti ha aperto le porte di {account}.\n\nBasta un clic:\n\n{button}\n\n"
            "Il pulsante funziona per {days} giorni. Un dubbio? Rispondi a questa e-mail, ti leggiamo davvero.",
            label="Entra nella bottega",
        ),
        "password-reset": Wording(
            subject="La tua nuova password per {brand}",
            body="Ciao {name},\n\ncapita a tutti. Da qui ne scegli un’altra:\n\n{button}\n\n"
            "Hai {minutes} minuti. Se non sei stato tu, non fare nulla.",
            label="Nuova password",
        ),
    },
    "sq": {
        "invitation-new": Wording(
            subject="Mirë se vini te {account}",
            heading="Gati për ju, {name}",
            body="{inviter} ju fton te {account}.\n\n{button}\n\nButoni vlen {days} ditë.",
            label="Zgjidhni fjalëkalimin",
        ),
    },
}


def word_own_mails(actor: Actor, language: str, *, at: datetime) -> None:
    """Give the agency its own words, where there are some in its language."""
    for key, wording in WORDS.get(language, {}).items():
        change_wording(
            account_ref=actor.account_ref, key=key, language=language, wording=wording, version=None, actor=actor, at=at
        )
