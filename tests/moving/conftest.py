"""What the walks stand on is what is copied here."""

from __future__ import annotations

from tests.walk.conftest import alone

__all__ = ["alone"]  # a fixture of the walks
