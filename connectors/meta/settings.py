"""What an operator says about an app of Meta's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import Field, field_validator, model_validator

from connectors.meta.finding import Of
from intake_daemon.contract import ConnectorSettings, World
from intake_daemon.errors import BadSettings, Fault

_MIB = 1024 * 1024


class MetaSettings(ConnectorSettings):
    """An app, and the numbers, pages and Instagram accounts that it serves."""

    app_secret: str = Field(min_length=1, repr=False)
    """The app's secret, which signs Meta's posts; write `${ENV}` or `${file:…}`."""
    more_secrets: tuple[str, ...] = Field(default=(), repr=False)
    """Further secrets that count as well: of another app (Instagram's own), or the one before it was changed."""
    verify_token: str = Field(min_length=8, repr=False)
    """What you type into Meta's console beside the callback address; write `${ENV}` or `${file:…}`."""
    token: str = Field(default="", repr=False)
    """An access token to send and to fetch files with: of a system user for WhatsApp, of the page for Messenger and
    Instagram. Write `${ENV}` or `${file:…}`."""
    tokens: Mapping[str, str] = Field(default_factory=dict, repr=False)
    """Per number, page or account id a token of its own, where one is not enough for all."""
    whatsapp: Mapping[str, str] = Field(default_factory=dict)
    """Which WhatsApp number is which brand's, by its *phone number id*: `"106540352242922": welzo`."""
    pages: Mapping[str, str] = Field(default_factory=dict)
    """Which Facebook page is which brand's, by its id."""
    instagram: Mapping[str, str] = Field(default_factory=dict)
    """Which Instagram professional account is which brand's, by its id."""
    comments: bool = True
    """Whether comments, posts, reviews and mentions are complaints too. They are answered once, in private."""
    path: str = Field("", pattern=r"^((/[A-Za-z0-9._~-]+)+)?$")
    """Where the webhook hangs on the public listener; without it `/hooks/<name of the connector>`."""
    templates: Mapping[str, str] = Field(default_factory=dict)
    """WhatsApp message templates, for when the customer wrote more than 24 hours ago, by purpose and language:
    `acknowledgement.lv`, `acknowledgement`, `*.lv`, `*`; the first that is there. A template is its name, or
    `name:language code` (`complaint_update:pt_PT`). {{1}} is the reference, {{2}} the brand's name."""
    human_agent: bool = False
    """Whether the app has Meta's permission Human Agent: then what a person wrote may be sent for seven days, not 24
    hours, by Messenger and Instagram. Automatic notices never are."""
    api_url: str = "https://graph.facebook.com"
    """The Graph API."""
    instagram_api_url: str = ""
    """Another one for Instagram: `https://graph.instagram.com` where Instagram's own login is used."""
    version: str = Field(default="v25.0", pattern=r"^v\d+\.\d+$")
    """Which version of it."""
    timeout: float = Field(default=20, gt=0)
    """The longest wait for an answer of Meta's, in seconds."""
    max_file_bytes: int = Field(default=25 * _MIB, ge=1024)
    """Bytes of one file; larger ones are left out, and the message says so."""
    max_files: int = Field(default=30, ge=1)
    """How many files are taken with one message."""
    media_seconds: float = Field(default=8, gt=0)
    """How long the files of one message may take."""
    media_hosts: tuple[str, ...] = ("fbsbx.com", "fbcdn.net", "cdninstagram.com", "whatsapp.net")
    """Hosts, or the ends of their names, from which files are fetched."""

    @field_validator("api_url", "instagram_api_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("An address begins with https://.")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _served(self) -> Self:
        served = {**self.whatsapp, **self.pages, **self.instagram}
        if not served:
            raise ValueError("It serves nobody. Name at least one id under whatsapp, pages or instagram.")
        if strangers := sorted(set(self.tokens) - set(served)):
            raise ValueError(f"tokens names {strangers[0]}, which stands under none of whatsapp, pages, instagram.")
        if bare := sorted(each for each in served if not (self.token or self.tokens.get(each))):
            raise ValueError(f"{bare[0]} has no token. Write token: ${{NAME}}, or one for it under tokens.")
        return self

    def accounts(self, world: World) -> dict[tuple[Of, str], str]:
        """Which is whose. Raises BadSettings for a brand that there is not."""
        tables: tuple[tuple[Of, Mapping[str, str]], ...] = (
            ("whatsapp", self.whatsapp),
            ("messenger", self.pages),
            ("instagram", self.instagram),
        )
        found = {(of, account): brand for of, table in tables for account, brand in table.items()}
        if unknown := sorted(set(found.values()) - set(world.brands)):
            what = f"there is no brand {unknown[0]!r} for an account of {self.kind}."
            raise BadSettings([Fault("intake.yaml", 0, what, f"Brands: {', '.join(sorted(world.brands))}.")])
        return found

    def secrets(self) -> tuple[str, ...]:
        """Those that sign."""
        return (self.app_secret, *self.more_secrets)
