"""Who sends invoices and who gets them: legal entity, address, numbers for tax, bank account.

An `Issuer` is a version: changing it adds the next one, and a document keeps the one that it was issued by. A `Recipient` is
what an account says of itself as a buyer; a document copies it when it is issued.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sublet.accounts.models import Account
from sublet.foundation.refs import new_ref
from sublet.foundation.scope import TenantModel


def new_issuer_ref() -> str:
    return new_ref("iss")


def new_vat_check_ref() -> str:
    return new_ref("vat")


class Issuer(TenantModel):
    """The legal entity in whose name an account sends invoices, as it was from `made_at` on. Never changed: `version` grows.

    The newest version of an account is in force. Numbers of documents are of a series (`invoice_prefix`, `credit_prefix`),
    which goes on over versions.
    """

    class Regime(models.TextChoices):
        STANDARD = "standard", _("Charges VAT")
        ONE_STOP = "one-stop", _("Charges VAT, to persons abroad by the one-stop shop")
        SMALL_BUSINESS = "small-business", _("Small business, exempt from VAT")
        NONE = "none", _("Not subject to VAT")

    class Rounding(models.TextChoices):
        EXACT = "exact", _("To the cent")
        FIVE = "five", _("Amount due to five cents")
        WHOLE = "whole", _("Amount due to whole units")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_issuer_ref, editable=False)
    version = models.PositiveIntegerField(default=1)
    legal_name = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100)
    region = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2)  # ISO 3166-1
    register_number = models.CharField(max_length=50, blank=True, default="")  # in the register of companies
    vat_id = models.CharField(max_length=20, blank=True, default="")  # compact, with its country: "IT01234567890"
    tax_number = models.CharField(max_length=50, blank=True, default="")  # the local one, of who has no VAT id
    tax_regime = models.CharField(max_length=20, choices=Regime.choices, default=Regime.STANDARD)
    exemption_note = models.CharField(max_length=300, blank=True, default="")  # why no VAT, in the law's own words
    standard_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)  # percent; None: that of its country
    currency = models.CharField(max_length=3, default="EUR")  # of its books; an invoice may have another
    rounding = models.CharField(max_length=10, choices=Rounding.choices, default=Rounding.EXACT)
    invoice_prefix = models.CharField(max_length=20, blank=True, default="")
    credit_prefix = models.CharField(
        max_length=20, blank=True, default=""
    )  # empty: credit notes are of the same series
    payment_days = models.PositiveSmallIntegerField(default=14)
    account_holder = models.CharField(max_length=100, blank=True, default="")  # empty: the legal name
    iban = models.CharField(max_length=34, blank=True, default="")
    bic = models.CharField(max_length=11, blank=True, default="")
    contact_name = models.CharField(max_length=100, blank=True, default="")  # whom to ask about an invoice
    email = models.CharField(max_length=254, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    footer = models.CharField(max_length=500, blank=True, default="")  # at the foot of each document
    by_mail = models.BooleanField(default=True, db_default=True)  # what is issued is mailed to whoever owes
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        db_table = "issuer"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(fields=["account", "version"], name="an_issuer_has_each_version_once"),
            models.CheckConstraint(condition=~Q(legal_name="") & ~Q(country=""), name="an_issuer_says_who_it_is"),
        ]

    def __str__(self) -> str:
        return self.legal_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once: documents were issued by it."""
        if self.pk is not None:
            raise RuntimeError("a version of an issuer never changes")
        super().save(*args, **kwargs)


class Recipient(TenantModel):
    """What an account says of itself as a buyer: what stands on the invoices that it gets. Without one: its address here."""

    class Kind(models.TextChoices):
        BUSINESS = "business", _("Business")
        PERSON = "person", _("Private person")

    class Format(models.TextChoices):
        FACTUR_X = "facturx", _("PDF with Factur-X inside")
        XRECHNUNG_UBL = "xrechnung-ubl", _("XRechnung (UBL)")
        XRECHNUNG_CII = "xrechnung-cii", _("XRechnung (CII)")
        UBL = "ubl", _("UBL 2.1 (EN 16931)")

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.BUSINESS)
    legal_name = models.CharField(max_length=200)
    street = models.CharField(max_length=200, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    city = models.CharField(max_length=100, blank=True, default="")
    region = models.CharField(max_length=100, blank=True, default="")
    country = models.CharField(max_length=2)
    vat_id = models.CharField(max_length=20, blank=True, default="")
    tax_number = models.CharField(max_length=50, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")  # where invoices go
    buyer_reference = models.CharField(max_length=100, blank=True, default="")  # its own word, e.g. a Leitweg-ID
    format = models.CharField(max_length=20, choices=Format.choices, default=Format.FACTUR_X)
    version = models.PositiveIntegerField(default=1)  # grows with each change: a form that began before is refused
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "recipient"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.CheckConstraint(condition=~Q(legal_name="") & ~Q(country=""), name="a_recipient_says_who_it_is"),
        ]

    def __str__(self) -> str:
        return self.legal_name


class VatCheck(TenantModel):
    """What the register said of the VAT id of `account`: the newest clear answer is the proof, the older ones stay.

    `answered_at` None: asked, and not answered yet.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("Being checked")
        VALID = "valid", _("Valid")
        INVALID = "invalid", _("Not valid")
        UNKNOWN = "unknown", _("No answer")  # the register did not answer: neither a yes nor a no

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=32, unique=True, default=new_vat_check_ref, editable=False)
    vat_id = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=300, blank=True, default="")  # as the register has it
    address = models.CharField(max_length=500, blank=True, default="")
    proof = models.CharField(max_length=100, blank=True, default="")  # the register's number of this answer

    class Meta:
        db_table = "vat_check"
        base_manager_name = "unscoped"
        default_manager_name = "unscoped"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "vat_id"], condition=Q(state="asked"), name="a_vat_id_is_asked_about_once_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["account", "vat_id", "-asked_at"], name="checks_of_a_vat_id")]

    def __str__(self) -> str:
        return self.vat_id


#: Answers that are a yes or a no.
CLEAR = (VatCheck.State.VALID, VatCheck.State.INVALID)
