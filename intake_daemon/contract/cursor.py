"""What a connector remembers of its source, across processes: a place by a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Cursor(Protocol):
    """Where a source was left. Save only after `accept` returned for everything before it."""

    async def load(self, name: str) -> dict[str, Any] | None:
        """The saved place, or None when this source was never read. Raises Temporary without a database."""

    async def save(self, name: str, place: Mapping[str, Any], *, days: int | None = None) -> None:
        """Durable when it returns. `days`: for how long at least; without them for ever, which only names may be of
        which there are few. Raises Temporary."""

    async def claim(self, name: str, place: Mapping[str, Any], *, days: int) -> dict[str, Any]:
        """Saves it where nothing is saved; what is saved there now, whoever was first. Raises Temporary."""
