"""An office whose people answer by mail."""

from __future__ import annotations

from tests.commands.conftest import empty_ledger, office

__all__ = ["empty_ledger", "office"]
