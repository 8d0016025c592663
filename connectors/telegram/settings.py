"""What an operator says about a bot."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from intake_daemon.contract import ConnectorSettings


class TelegramSettings(ConnectorSettings):
    """A bot."""

    token: str = Field(pattern=r"^\d+:\S+$", repr=False)
    """What @BotFather gave; write `${ENV}` or `${file:…}`."""
    brand: str
    """Whose bot it is."""
    mode: Literal["polling", "webhook"] = "polling"
    """`polling`: we ask Telegram, from anywhere; `webhook`: Telegram posts to us, over https."""
    secret: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{16,256}$", repr=False)
    """What Telegram must say with each post; needed for `webhook`. Write `${ENV}` or `${file:…}`."""
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where Telegram posts to; without it `/hooks/<name of this connector>` under `web.base_url`. Telegram takes ports
    443, 80, 88 and 8443."""
    api: str = Field(default="https://api.telegram.org", pattern=r"^https?://\S+$")
    """The Bot API; another one for a server of your own (not in its local mode: files are downloaded)."""
    channel: Literal["social", "chat"] = "social"
    """Which channel of the policy this is."""
    max_file_bytes: int = Field(default=20_000_000, ge=1000)
    """Bytes of one file; a larger one is left out, and the message says so. The public API gives none above 20 MB."""
    file_seconds: float = Field(default=20, gt=0)
    """How long a message waits for all its files."""
    poll_seconds: int = Field(default=50, ge=0, le=50)
    """How long Telegram keeps our question open."""
    connections: int = Field(default=40, ge=1, le=100)
    """Posts at a time, in `webhook`."""
    timeout: float = Field(default=30, gt=0)
    """The longest wait, in seconds, for a connection and for an answer."""

    @model_validator(mode="after")
    def _secret(self) -> Self:
        if self.mode == "webhook" and self.secret is None:
            raise ValueError("A webhook needs a secret. Write secret: ${NAME}, 16 to 256 letters, digits, _ or -.")
        return self
