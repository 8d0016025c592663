"""What was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost", "doubled", "stuck", "order", "fold", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that must not be."""

    kind: Kind
    what: str
