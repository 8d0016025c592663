"""What a contact is recognised by when nothing ties it: hashes under the installation's key, nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Signs:
    """What one contact bears."""

    named: Mapping[str, str] = field(default_factory=dict)
    """Keyed hash -> what it is of: `sender`, `name`, `order` (a number that is written in it), `message_id`."""
    words: str = ""
    """Keyed print of its new words (router/alike.py); nothing where there are too few."""


class Sign(NamedTuple):
    """One sign that an earlier contact has in common."""

    sign: str
    contact: str
    reference: str
    """Of the case that it belongs to."""
    words: str
    """The print of the earlier contact's words."""
