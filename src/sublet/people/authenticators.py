"""How the log-in library keeps secrets: sealed with this installation's key. Named in the settings as `MFA_ADAPTER`."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter

from sublet.foundation.sealed import seal, unseal

PURPOSE = "second-factor"


class SealingAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # the library has no types
    """Keys of authenticator apps and seeds of recovery codes are of no use to whoever reads the table alone."""

    def encrypt(self, text: str) -> str:
        """Seal what is stored."""
        return seal(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was stored."""
        return unseal(encrypted_text, purpose=PURPOSE)
