"""What a hook is configured with. Its mapping is loaded, and tried on its examples, with the settings."""

from __future__ import annotations

from collections import abc
from pathlib import Path
from typing import Any, Self

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from connectors.hook.loading import load, shipped
from connectors.hook.mapping import Mapping
from connectors.hook.signature import PUBLIC, TOLERANCE, keys
from connectors.hook.table import Channel, Signed
from intake_daemon.contract import ConnectorSettings

_MIB = 1024 * 1024
_SHORTEST_KEY = 16


class HookSettings(ConnectorSettings):
    """One system that posts, and how its posts are read."""

    mapping: str = Field(min_length=1)
    """How a post becomes a message: `typeform`, `tally`, `google_forms`, `jotform`, `plain`, or a file of the
    configuration's folder (`hooks/shop.yaml`)."""
    brand: str
    """Whose complaints these are; where the mapping has a `brand`, whose they are when that gives none of ours."""
    secret: str = Field(min_length=1, repr=False)
    """What the sender signs with (`whsec_…` for Standard Webhooks, or their public key `whpk_…`); write `${ENV}` or
    `${file:…}`."""
    old_secret: str | None = Field(default=None, repr=False)
    """The one before, while the sender may still use it; write `${ENV}` or `${file:…}`."""
    signed: Signed | None = None
    """How the sender signs; without it as the mapping says."""
    source: str = Field("", pattern=r"^[A-Za-z0-9._~-]*$")
    """The sending system's name in every item's identity, beside the brand's; without it the mapping's. So a connector
    may be renamed, and two systems that post by one mapping for one brand need two names: they may both count from 1.
    Changing it makes new contacts of items that come again."""
    channel: Channel | None = None
    """The channel in the policy's terms; without it as the mapping says."""
    path: str = Field("", pattern=r"^((/[A-Za-z0-9._~-]+)+)?$")
    """Where it hangs on the public listener; without it `/hooks/<name of the connector>`."""
    retries: bool = True
    """Whether the sender comes again when it hears 503. Where it does not, say so: then a post is spooled while the
    broker is away."""
    tolerance: float = Field(default=TOLERANCE, ge=1)
    """Seconds by which the sender's clock may differ from ours, both ways."""
    max_body_bytes: int = Field(default=10 * _MIB, ge=1024)
    """Bytes of one post; larger ones are answered with 413."""
    max_file_bytes: int = Field(default=16 * _MIB, ge=1024)
    """Bytes of one file behind a link; larger ones are left out, and the message says so."""
    max_files: int = Field(default=10, ge=0)
    """How many linked files are taken with one complaint."""
    file_seconds: float = Field(default=5, gt=0)
    """How long the linked files of one post may take."""
    file_hosts: tuple[str, ...] | None = None
    """Hosts, or the ends of their names, from which files are fetched; without it as the mapping says. No other is
    asked."""
    file_token: str | None = Field(default=None, repr=False)
    """What these hosts want as `Authorization: Bearer …`; write `${ENV}` or `${file:…}`."""

    _mapping: Mapping = PrivateAttr()

    @field_validator("mapping")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        if value in shipped():
            return value
        folder = (info.context or {}).get("folder")
        if not ((folder or Path()) / value).is_file():
            raise ValueError(f"there is no mapping {value!r}. Shipped are {', '.join(shipped())}; or name a file.")
        return value

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        for secret in filter(None, (self.secret, self.old_secret)):
            if secret.startswith("whsec_") and max(map(len, keys(secret))) < _SHORTEST_KEY:
                raise ValueError("a whsec_ secret is base64 of at least 24 bytes. Copy it whole.")
        return self

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 -- pydantic's
        """Load the mapping. `context`: `folder`, the configuration's. Raises BadSettings with every fault of it."""
        self._mapping = load(self.mapping, (context or {}).get("folder"))
        if any(secret.startswith(PUBLIC) for secret in self.secrets) and self.scheme != "standard":
            raise ValueError("a public key (whpk_) verifies Standard Webhooks only.")

    @property
    def loaded(self) -> Mapping:
        """The mapping, ready."""
        return self._mapping

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that may be in use."""
        return tuple(filter(None, (self.secret, self.old_secret)))

    @property
    def system(self) -> str:
        """The sending system's name in every item's identity."""
        return self.source or self._mapping.name

    def claims(self) -> abc.Mapping[str, str]:
        """See ConnectorSettings: whose items count under which name."""
        remedy = "Two systems may both count from 1: give one of them a name of its own, `source: …`, and keep it."
        whose = [self.brand, *(["any brand"] if self._mapping.table.message.brand else [])]
        return {f"items of {self.system!r} for {each}": remedy for each in whose}

    @property
    def scheme(self) -> Signed:
        """How the sender signs."""
        return self.signed or self._mapping.table.signed

    @property
    def hosts(self) -> tuple[str, ...]:
        """From where files may be fetched."""
        return self._mapping.table.file_hosts if self.file_hosts is None else self.file_hosts
