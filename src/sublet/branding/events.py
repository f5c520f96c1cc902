"""What can happen in `branding`."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from sublet.foundation.journal.events import Event, event

#: What a brand is made of, as its form calls it.
FIELDS = {
    "name": _("Name"),
    "short_name": _("Short name"),
    "color": _("Color"),
    "accent": _("Second color"),
    "corners": _("Corners"),
    "font": _("Font"),
    "logo": _("Logo"),
    "logo_dark": _("Logo for dark pages"),
    "icon": _("Icon"),
    "login_picture": _("Picture of the log-in page"),
    "login_title": _("Heading of the log-in page"),
    "login_text": _("Words on the log-in page"),
    "support_name": _("Who helps"),
    "support_email": _("E-mail address"),
    "support_phone": _("Telephone"),
    "support_hours": _("Hours"),
    "support_url": _("Help pages"),
    "imprint_url": _("Imprint"),
    "privacy_url": _("Privacy"),
    "terms_url": _("Terms"),
    "sender_name": _("Sender of mails"),
    "mail_look": _("Look of mails"),
    "footer": _("Footer"),
    "word_client": _("One client"),
    "word_clients": _("Several clients"),
    "word_reseller": _("One reseller"),
    "word_resellers": _("Several resellers"),
    "word_account": _("One account"),
    "word_accounts": _("Several accounts"),
}


@event("brand.changed")
@dataclass(frozen=True, slots=True)
class BrandChanged(Event):
    """Names, color, support contact or images of a brand."""

    SENTENCE = _("%(actor)s changed the brand of %(account)s: %(fields)s.")
    WORDS = {"fields": FIELDS}
    account: str
    fields: str


@event("brand.drafted")
@dataclass(frozen=True, slots=True)
class BrandDrafted(Event):
    """Fields of a brand were set in its draft; nobody sees them yet."""

    SENTENCE = _("%(actor)s changed the draft of the brand of %(account)s: %(fields)s.")
    WORDS = {"fields": FIELDS}
    account: str
    fields: str


@event("brand.draft_discarded")
@dataclass(frozen=True, slots=True)
class BrandDraftDiscarded(Event):
    """The draft of a brand was thrown away; what is published stays."""

    SENTENCE = _("%(actor)s discarded the draft of the brand of %(account)s.")
    account: str


@event("brand.restored")
@dataclass(frozen=True, slots=True)
class BrandRestored(Event):
    """An older version of a brand was published again."""

    SENTENCE = _("%(actor)s published version %(number)s of the brand of %(account)s again: %(fields)s.")
    WORDS = {"fields": FIELDS}
    account: str
    number: int
    fields: str


@event("brands.picture_kept")
@dataclass(frozen=True, slots=True)
class BrandsPictureKept(Event):
    """A picture was checked and stored, to be set in the brands of many clients. Nobody sees it yet."""

    SENTENCE = _("%(actor)s uploaded a picture for the brands of many clients: %(slot)s.")
    WORDS = {"slot": FIELDS}
    slot: str


@event("brands.changed")
@dataclass(frozen=True, slots=True)
class BrandsChanged(Event):
    """The brands of many clients are being changed, at once or by a job; each that changes gets its own entry. `count`: how
    many were chosen."""

    SENTENCE = _("%(actor)s changed the brands of many clients at once (%(count)s): %(fields)s.")
    WORDS = {"fields": FIELDS}
    ref: str
    fields: str
    count: int


@event("brands.change_undone")
@dataclass(frozen=True, slots=True)
class BrandsChangeUndone(Event):
    """A change to the brands of many clients is being taken back, as far as nobody has changed them since; each gets its own
    entry. `count`: how many had been changed."""

    SENTENCE = _("%(actor)s took a change to the brands of many clients back (%(count)s): %(fields)s.")
    WORDS = {"fields": FIELDS}
    ref: str
    fields: str
    count: int


@event("brands.change_resumed")
@dataclass(frozen=True, slots=True)
class BrandsChangeResumed(Event):
    """A change to the brands of many clients, or its taking back, goes on after its job had come to a halt."""

    SENTENCE = _("%(actor)s let a change to the brands of many clients go on: %(fields)s.")
    WORDS = {"fields": FIELDS}
    ref: str
    fields: str


@event("host.added")
@dataclass(frozen=True, slots=True)
class HostAdded(Event):
    """A host was given to an account; proved at once if it lies below the neutral suffix."""

    SENTENCE = _("%(actor)s added the address %(host)s.")
    host: str
    state: str


@event("host.primary")
@dataclass(frozen=True, slots=True)
class HostMadePrimary(Event):
    """Links lead to this host from now on."""

    SENTENCE = _("%(actor)s made %(host)s the main address.")
    host: str


@event("host.proved")
@dataclass(frozen=True, slots=True)
class HostProved(Event):
    """A host is known to be the account's."""

    SENTENCE = _("The address %(host)s was proved.")
    host: str


@event("host.released")
@dataclass(frozen=True, slots=True)
class HostReleased(Event):
    """A host was taken away; nobody can have it for some time."""

    SENTENCE = _("%(actor)s removed the address %(host)s.")
    host: str


@event("host.serving")
@dataclass(frozen=True, slots=True)
class HostServing(Event):
    """DNS leads a host here."""

    SENTENCE = _("The address %(host)s works.")
    host: str


@event("host.failing")
@dataclass(frozen=True, slots=True)
class HostFailing(Event):
    """The proof of a host is gone, or it leads elsewhere."""

    SENTENCE = _("The address %(host)s no longer works as it should.")
    host: str


@event("host.told")
@dataclass(frozen=True, slots=True)
class HostTold(Event):
    """A host has failed for days: its people are told. `why` is the code of the worst finding."""

    SENTENCE = _("The address %(host)s has failed for days.")
    host: str
    why: str
    stops: str


@event("host.lost")
@dataclass(frozen=True, slots=True)
class HostLost(Event):
    """The proof of a host has been gone for a week: it does not answer any more, and rests."""

    SENTENCE = _("The address %(host)s was stopped: its proof has been gone for a week.")
    host: str


@event("host.redirect_changed")
@dataclass(frozen=True, slots=True)
class HostRedirectChanged(Event):
    """A host sends its visitors on to the main one, or does so no longer. `redirects` is ``yes`` or empty."""

    SENTENCE = _("%(actor)s changed whether %(host)s leads to the main address.")
    host: str
    redirects: str


@event("host.certificate_failing")
@dataclass(frozen=True, slots=True)
class HostCertificateFailing(Event):
    """Visitors of a host are shown no valid certificate, or one that ends soon. `why` is a code of `core.certificates`,
    `ends` an ISO instant or empty."""

    SENTENCE = _("The certificate of %(host)s needs attention.")
    host: str
    why: str
    ends: str = ""


@event("host.certificate_good")
@dataclass(frozen=True, slots=True)
class HostCertificateGood(Event):
    """After trouble, a host has a valid certificate again."""

    SENTENCE = _("The certificate of %(host)s is valid again.")
    host: str


@event("host.gives_names_changed")
@dataclass(frozen=True, slots=True)
class HostGivesNamesChanged(Event):
    """Each new client gets a name below this domain by itself, or does so no longer. `gives` is ``yes`` or empty."""

    SENTENCE = _("%(actor)s changed whether new clients get an address below %(host)s.")
    host: str
    gives: str


@event("vendor_word.added")
@dataclass(frozen=True, slots=True)
class VendorWordAdded(Event):
    """A word is looked for wherever the vendor must not be seen."""

    SENTENCE = _("%(actor)s added “%(word)s” to the words that stay hidden.")
    word: str


@event("vendor_word.removed")
@dataclass(frozen=True, slots=True)
class VendorWordRemoved(Event):
    """A word is not looked for any more."""

    SENTENCE = _("%(actor)s took “%(word)s” from the words that stay hidden.")
    word: str
