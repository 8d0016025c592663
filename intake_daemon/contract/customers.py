"""The desk as a page for customers sees it: what they have told us already, for who comes with a link of ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Told:
    """What a customer has told us on a channel that takes no complaints: their own words, for their own form."""

    text: str
    name: str = ""
    email: str = ""
    phone: str = ""


class CustomerDesk(Protocol):
    """What the bearer of a link from one of our letters may see. Raises Temporary."""

    async def told(self, brand: str, link: str) -> Told | None:
        """What the contact said that was sent to the form by this link. None for a link that is not ours, has ended or
        was used, and where the words are erased: the same for all."""
