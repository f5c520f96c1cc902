"""Files in the brand of an account."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sublet.portals.api.schemas.common import Asked
from sublet.portals.api.schemas.wordings import Language


class SheetAsked(Asked):
    """In which language."""

    language: Annotated[Language | None, Field(description="Without one: the account’s.")] = None
