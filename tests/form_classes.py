"""Every form of the portals, by the name under which core/fields_forms.py declares it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import Any

from django import forms

import sublet.portals
from sublet.portals.shared.form_rights import PORTALS
from sublet.portals.shared.forms import SubletForm


def subclasses(form: type[Any]) -> Iterator[type[Any]]:
    """Those of a class, and theirs."""
    for each in form.__subclasses__():
        yield each
        yield from subclasses(each)


@cache
def all_forms() -> tuple[type[forms.BaseForm], ...]:
    """Every class of forms below the portals, ours or a plain one of Django's, but for the base of all."""
    for module in pkgutil.walk_packages(sublet.portals.__path__, PORTALS):
        importlib.import_module(module.name)
    found = dict.fromkeys(each for each in subclasses(forms.BaseForm) if each.__module__.startswith(PORTALS))
    return tuple(each for each in found if each is not SubletForm)


def by_name() -> dict[str, type[Any]]:
    """All of them."""
    return {f"{each.__module__.removeprefix(PORTALS)}.{each.__name__}": each for each in all_forms()}
