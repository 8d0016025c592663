"""Puts `config/`, `samples/` and `ops/` inside the wheel as `intake_daemon/shipped/`.

Only into real wheels: an editable install must read the checkout's own folders, not a copy made when it was installed.
Obligation: `intake run --demo` in an empty folder finds them there (tests/test_packaging.py).
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Shipped(BuildHookInterface[Any]):
    """The hook that hatchling calls before it builds the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the folders to what the wheel carries; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"] |= {
                "config": "intake_daemon/shipped/config",
                "samples": "intake_daemon/shipped/samples",
                "ops": "intake_daemon/shipped/ops",
            }
