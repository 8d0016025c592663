"""What an operator says about a chat."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from intake_daemon.contract import ConnectorSettings

_MIB = 1024 * 1024


class WebChatSettings(ConnectorSettings):
    """The chat's settings; all have defaults that suit a company."""

    brands: tuple[str, ...] = ()
    """Which brands' chats are served here; empty: all that accept chat. One that is named and accepts none tells its
    customers where to write instead."""
    path: str = Field("/chat", pattern=r"^(/[a-z0-9._~-]+)+$")
    """Where the chats hang on the public listener: `<path>/<brand>`, and the widget as `<path>/<brand>/widget.js`."""
    unseen_minutes: float = Field(30, gt=0)
    """When a visitor who left an e-mail address has not looked at an answer for so long, it goes there."""
    unseen_without_mail_minutes: float = Field(24 * 60, gt=0)
    """The same for who left no address: then a person is asked to find a way to them."""
    shown_seconds: float = Field(2, ge=0)
    """How long a notice waits for the visitor's window to show it, before it is looked at again later."""
    keep_days: float = Field(90, gt=0)
    """A conversation in which nothing was said or read for so long is no longer shown; its cases stay."""
    max_sockets: int = Field(400, ge=0)
    """Visitors connected to one process at a time; more are asked to look again every few seconds."""
    max_file_bytes: int = Field(10 * _MIB, ge=_MIB)
    """Bytes of one file; larger ones are left out, and the visitor is told."""
    max_files: int = Field(10, ge=1)
    """How many files are taken with one line."""
    max_total_bytes: int = Field(25 * _MIB, ge=_MIB)
    """Bytes of all files of one line."""

    def patience(self, *, reachable: bool) -> timedelta:
        """How long an answer may stay unseen."""
        return timedelta(minutes=self.unseen_minutes if reachable else self.unseen_without_mail_minutes)
