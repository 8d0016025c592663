"""The `intake` command. Each verb is a file of this folder; what they build stands in house.py.

Errors say what to do next and end with exit status 1; nothing secret is ever an argument.
"""

from __future__ import annotations

from intake_daemon.command.app import main

__all__ = ["main"]
