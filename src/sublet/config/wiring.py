"""Which jobs follow which event: the one table, read by the journal.

An app that needs something to happen in an app above it records an event; the line here says what follows.
"""

from __future__ import annotations

from sublet.foundation.journal.models import JournalEntry
from sublet.foundation.journal.operations import Follow, Wiring


def _nothing(entry: JournalEntry) -> dict[str, object]:
    """For a job that needs no payload."""
    return {}


def _once(entry: JournalEntry) -> str:
    """One waiting job for an account is enough, however many entries ask for it."""
    return "once"


#: Hosts show an account's name and language, and what it is.
_FORGET_HOSTS = Follow("branding.forget_hosts", payload=_nothing, key=_once)


def _webhook(entry: JournalEntry) -> dict[str, object]:
    told = {name: entry.data[name] for name in ("name", "url", "why", "webhook")}
    return {"entry_id": str(entry.id), **told}


#: Messaging knows no people: who is to be told is theirs to say.
_TELL_OF_WEBHOOK = Follow("people.tell_of_webhook", payload=_webhook)


def _host(entry: JournalEntry) -> dict[str, object]:
    stopped = entry.event == "host.lost"
    stops = bool(entry.data.get("stops"))
    return {"entry_id": str(entry.id), "host": entry.data["host"], "stops": stops, "stopped": stopped}


#: As above.
_TELL_OF_HOST = Follow("people.tell_of_host", payload=_host)


def _certificate(entry: JournalEntry) -> dict[str, object]:
    return {"entry_id": str(entry.id), **{name: entry.data[name] for name in ("host", "why", "ends")}}


#: As above. Who makes the certificates is the vendor.
_TELL_OF_CERTIFICATE = Follow("people.tell_of_certificate", payload=_certificate)


def _domain(entry: JournalEntry) -> dict[str, object]:
    return {"entry_id": str(entry.id), "domain": entry.data["domain"]}


#: As above: messaging says what happened, people says who is told.
_TELL_OF_LOST_SENDER = Follow("people.tell_of_lost_sender", payload=_domain)

#: What somebody was signed on with in the host product is gone: end it there, too.
_END_SIGN_ONS = Follow("signon.end_lost", payload=_nothing, key=_once)

#: Whether a client is completely set up depends on what the product has, and on whose client it is.
_LOOK_AGAIN = Follow("clientsettings.look_again", payload=_nothing, key=_once)
_LOOK_AT_ALL = Follow("clientsettings.look_at_all", payload=_nothing, key=_once)


def _debtor(entry: JournalEntry) -> dict[str, object]:
    return {"debtor": entry.account_id}


def _payment(entry: JournalEntry) -> dict[str, object]:
    return {"payment": entry.data["payment"]}


#: What was paused because of an unpaid invoice goes on as soon as it is paid; another way of paying is tried at once.
_DUN_DEBTOR = Follow("billing.dun_debtor", payload=_debtor)

WIRING: Wiring = {
    "payment.succeeded": (_DUN_DEBTOR,),
    "payment.needs_action": (Follow("billing.ask_to_confirm", payload=_payment),),
    "payment_method.added": (_DUN_DEBTOR,),
    "invoice.credited": (_DUN_DEBTOR,),
    "invoice.written_off": (_DUN_DEBTOR,),
    "invoice.reopened": (_DUN_DEBTOR,),
    "payout.made": (_DUN_DEBTOR,),
    "manifest.loaded": (_LOOK_AT_ALL,),
    "account.details_changed": (_FORGET_HOSTS,),
    "account.converted": (_FORGET_HOSTS, _END_SIGN_ONS),
    "account.moved": (_FORGET_HOSTS, _END_SIGN_ONS, _LOOK_AGAIN),
    "account.suspended": (_END_SIGN_ONS,),
    "account.closed": (_END_SIGN_ONS,),
    "account.ended": (_FORGET_HOSTS, _END_SIGN_ONS),
    "collaborator.removed": (_END_SIGN_ONS,),
    "collaborator.left": (_END_SIGN_ONS,),
    "ownership.handed_over": (_END_SIGN_ONS,),
    "person.log_in_ended": (_END_SIGN_ONS,),
    "person.log_ins_ended": (_END_SIGN_ONS,),
    "company_log_in.changed": (_END_SIGN_ONS,),
    "company_log_in.removed": (_END_SIGN_ONS,),
    "impersonation.ended": (_END_SIGN_ONS,),
    "reseller.merged": (_FORGET_HOSTS, _END_SIGN_ONS),
    "sender_domain.lost": (_TELL_OF_LOST_SENDER,),
    "webhook.gave_up": (_TELL_OF_WEBHOOK,),
    "host.certificate_failing": (_TELL_OF_CERTIFICATE,),
    "host.told": (_TELL_OF_HOST,),
    "host.lost": (_TELL_OF_HOST,),
}
