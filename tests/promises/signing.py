"""What webhooks promise."""

from __future__ import annotations

import hmac
from typing import Any, ClassVar

import pytest

from tests.promises.named import Named
from tests.promises.way import Item, Way


class Signed(Named):
    """Webhooks."""

    forgeries: ClassVar[tuple[str, ...]] = ("missing", "bad")
    """What a forger may try: also `stale`, `replayed` and what else the provider's scheme knows."""

    @pytest.mark.row("AT-X07", level="connector")
    async def test_a_forged_signature_is_refused_before_parsing(self, way: Way, how: str) -> None:
        """It is refused, counted, and nothing behind the door has seen it; the true one is then taken."""
        assert await way.forge(Item(), how) == "refused"
        assert not way.door.raws
        assert not way.door.parked
        assert sum(way.door.refusals.values()) == 1
        assert await way.deliver(Item()) == "held"

    async def test_signatures_are_compared_in_constant_time(self, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever guesses learns nothing from how long the answer took: `hmac.compare_digest` decides."""
        compared = []
        real = hmac.compare_digest

        def spied(one: Any, other: Any) -> bool:  # noqa: ANN401 -- str or bytes
            compared.append((one, other))
            return real(one, other)

        monkeypatch.setattr(hmac, "compare_digest", spied)
        await way.forge(Item(), "bad")
        assert compared
