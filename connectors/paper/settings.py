"""What papers are configured with."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from intake_daemon.contract import ConnectorSettings

_MIB = 1024 * 1024


class PaperSettings(ConnectorSettings):
    """The staff page, and the folder of scans."""

    brands: tuple[str, ...] = ()
    """Whose papers are typed on the page; empty: every brand that takes letters or shop forms."""
    path: str = Field("/paper", pattern=r"^(/[a-z0-9._~-]+)+$")
    """Where the page hangs on the internal listener."""
    folder: Path | None = None
    """The watched folder of scans, from where the daemon was started; without it there is only the page. A folder in it
    that is called like a brand is that brand's."""
    brand: str | None = None
    """Whose a scan in `folder` is when neither its sidecar nor its folder says it."""
    channel: str = Field("letter", pattern="^(letter|store)$")
    """What a scan without a sidecar is: `letter`, or `store` for shop and counter forms."""
    look_seconds: float = Field(default=5, gt=0)
    """How often the folder is looked at."""
    settle_seconds: float = Field(default=5, ge=0)
    """For how long a file must not have changed before it is taken."""
    undescribed_minutes: float = Field(default=60, ge=0)
    """How long a scan waits for its sidecar; then it is taken as it is, and a task asks a person to describe it."""
    max_file_bytes: int = Field(default=50 * _MIB, ge=_MIB)
    """Bytes of one file; a larger one stays where it is, with a note beside it."""
    max_files: int = Field(default=20, ge=1)
    """How many files are taken with one paper."""

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if self.folder is not None and self.brand is None:
            raise ValueError("with a `folder` write `brand` too: whose a scan is when nothing else says it.")
        return self
