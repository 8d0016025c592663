"""What both kinds of the Twilio connector are configured with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from connectors.twilio.account import API, INTELLIGENCE, Access
from connectors.twilio.media import MediaLimits
from connectors.twilio.messages import Place, place
from intake_daemon.contract import ConnectorSettings, World
from intake_daemon.errors import BadSettings, Fault

_MIB = 1024 * 1024


class TwilioSettings(ConnectorSettings):
    """One account and its numbers."""

    account_sid: str = Field(pattern=r"^AC[0-9a-zA-Z]+$")
    """The account, `AC…`."""
    auth_token: str = Field(min_length=1, repr=False)
    """Its primary auth token, which signs Twilio's requests; write `${ENV}` or `${file:…}`."""
    api_key: str | None = None
    """An API key, `SK…`, to ask and send with; without one the auth token does that too."""
    api_secret: str | None = Field(default=None, repr=False)
    """The API key's secret; write `${ENV}` or `${file:…}`."""
    numbers: Mapping[str, str] = Field(min_length=1)
    """Which of our numbers is which brand's: `"+442012345678": welzo`, `"whatsapp:+4420…": welzo`."""
    base_url: str = ""
    """How Twilio reaches the public listener, to the letter as it is written in Twilio's console (scheme, host, port;
    behind a proxy too); without it `web.base_url`. It is part of every signature."""
    path: str = Field("", pattern=r"^((/[A-Za-z0-9._~-]+)+)?$")
    """Where its webhooks hang on the public listener; without it `/hooks/<name of the connector>`."""
    api_url: str = API
    """The service; another one for a region of Twilio's (`https://api.dublin.ie1.twilio.com`)."""
    timeout: float = Field(default=15, gt=0)
    """The longest wait for an answer of Twilio's, in seconds."""
    max_file_bytes: int = Field(default=16 * _MIB, ge=1024)
    """Bytes of one file; larger ones are left out, and the message says so."""
    max_files: int = Field(default=10, ge=1)
    """How many files are taken with one message."""
    media_seconds: float = Field(default=6, gt=0)
    """How long the files of one message may take; Twilio waits 15 seconds for all of it."""
    media_hosts: tuple[str, ...] = ("twiliocdn.com", "s3-external-1.amazonaws.com")
    """Hosts, or the ends of their names, to which Twilio may send on for a file."""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if (self.api_key is None) != (self.api_secret is None):
            raise ValueError("api_key and api_secret belong together. Give both, or neither.")
        return self

    @field_validator("base_url", "api_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("An address begins with https://.")
        return url.rstrip("/")

    def access(self, intelligence: str = INTELLIGENCE) -> Access:
        """What the account is reached with."""
        user, password = self.api_key or self.account_sid, self.api_secret or self.auth_token
        return Access(self.account_sid, user, password, self.api_url, intelligence, self.timeout)

    def media(self, seconds: float | None = None) -> MediaLimits:
        """What a file may cost."""
        return MediaLimits(self.max_file_bytes, self.max_files, seconds or self.media_seconds, self.media_hosts)

    def places(self, world: World) -> dict[Place, str]:
        """Which number is whose. Raises BadSettings for a brand that there is not."""
        unknown = sorted(set(self.numbers.values()) - set(world.brands))
        if unknown:
            what = f"there is no brand {unknown[0]!r} for a number of {self.kind}."
            raise BadSettings([Fault("intake.yaml", 0, what, f"Brands: {', '.join(sorted(world.brands))}.")])
        return {place(number): brand for number, brand in self.numbers.items()}
