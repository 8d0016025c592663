"""docs/papers.md: the sidecar that it shows can be read."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.paper.entry import entry_of

PAGE = (Path(__file__).parents[2] / "docs" / "papers.md").read_text(encoding="utf-8")


def test_the_sidecar_of_the_page() -> None:
    """Every key that there is, each with a value that holds."""
    (shown,) = (block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if block.startswith("brand:"))
    entry = entry_of(shown.encode())
    assert (entry.sender.address or "").splitlines() == ["Nizami küç. 5", "Bakı"]
    assert entry.model_fields_set >= {"brand", "channel", "arrived", "sender", "language", "text", "fields", "files"}
