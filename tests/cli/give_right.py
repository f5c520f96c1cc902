"""``python -m tests.cli.give_right product.design``: the owner of the vendor gets a right on that section, as a test needs it."""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from sublet.people.models import Collaborator

    Collaborator.unscoped.update(rights_words={sys.argv[1]: "view"})  # unscoped: a test's own database
