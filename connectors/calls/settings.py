"""What the calls connector is configured with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from connectors.calls.drafting import Surroundings
from connectors.calls.phones import e164
from connectors.calls.reading import Keys
from connectors.calls.speakers import Known
from intake_daemon.contract import ConnectorSettings

_MIB = 1024 * 1024
_SHORTEST = 16


class CallsSettings(ConnectorSettings):
    """Transcripts of telephone calls. At least one way in: `secrets` (uploads), `folder`, `mail_to`."""

    brand: str
    """Whose calls they are, where nothing says otherwise."""
    numbers: Mapping[str, str] = Field(default_factory=dict)
    """Our numbers and whose each is: `"+442012345678": welzo`. A party with one of them is not the customer, and a call
    to one of them is that brand's."""
    country: str = Field("", pattern=r"^([A-Z]{2})?$")
    """Two letters, such as `GB`: where numbers that are written without a country are at home."""
    customer_channel: int | None = Field(None, ge=1, le=8)
    """Which channel of a recording with several is the customer's, counted from 1 (`left` is 1)."""
    greetings: tuple[str, ...] = ()
    """What your own people say when they answer, beside the greetings that we know: who says it is no customer."""
    secrets: tuple[str, ...] = Field((), repr=False)
    """What uploads are signed with (Standard Webhooks): one, or while it is being changed the new and the old one.
    Write `["${NAME}"]`. Without one nothing can be uploaded."""
    path: str = Field("", pattern=r"^((/[A-Za-z0-9._~-]+)+)?$")
    """Where uploads go on the public listener; without it `/hooks/<name of the connector>`."""
    folder: Path | None = None
    """A folder that is watched for transcripts."""
    after: Literal["move", "remove"] = "move"
    """What becomes of a file of the folder that is held: `move` into `done` within it, or `remove`."""
    settle_seconds: float = Field(3, ge=0)
    """A file of the folder is taken when it has not changed for so long."""
    look_seconds: float = Field(2, gt=0)
    """How often to look into the folder."""
    mail_to: tuple[str, ...] = ()
    """Addresses at which mails deliver transcripts as attachments. Our own doors must take them: an address of the
    brand's, also with a plus (`complaints+calls@…`)."""
    mail_from: tuple[str, ...] = ()
    """Who may send them: addresses, or `@domain`. What comes from others, or is not proven to be theirs (DKIM), is a
    mail like any other."""
    signers: tuple[str, ...] = Field((), repr=False)
    """Public keys or certificates, as PEM, with which vCons are signed: write `["${file:/etc/…/signer.pem}"]`. With
    them a signed vCon whose signature does not hold is parked; without them it is taken, and said to be unverified."""
    max_bytes: int = Field(64 * _MIB, ge=1024)
    """The largest upload or file, with its recording."""

    @field_validator("secrets")
    @classmethod
    def _long_enough(cls, secrets: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(each) < _SHORTEST for each in secrets):
            raise ValueError(f"A secret has {_SHORTEST} characters or more.")
        return secrets

    @field_validator("signers")
    @classmethod
    def _are_keys(cls, signers: tuple[str, ...]) -> tuple[str, ...]:
        try:
            _ = Keys(signers).plain
        except ValueError:
            raise ValueError("signers are public keys or certificates in PEM, from -----BEGIN to END-----.") from None
        return signers

    @field_validator("mail_to", "mail_from")
    @classmethod
    def _lower(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each.strip().lower() for each in addresses)

    @model_validator(mode="after")
    def _a_way_in(self) -> Self:
        if not self.secrets and self.folder is None and not self.mail_to:
            raise ValueError("Nothing can come in. Give secrets (uploads), a folder, or mail_to.")
        if bool(self.mail_to) != bool(self.mail_from):
            raise ValueError("mail_to and mail_from belong together: to which address, and from whom.")
        return self

    @cached_property
    def ours(self) -> Mapping[str, str]:
        """Our numbers, as E.164, and whose each is."""
        return {e164(number, self.country) or number: brand for number, brand in self.numbers.items()}

    def around(self, tz: tzinfo = UTC) -> Surroundings:
        """What a call's reader must know. `tz`: where times without a zone are local."""
        known = Known(self.customer_channel, frozenset(self.ours), self.country, self.greetings)
        return Surroundings(known, tz)

    def keys(self) -> Keys:
        """Whose signatures of vCons are believed."""
        return Keys(self.signers)
