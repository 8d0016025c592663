"""`intake.yaml`: the installation, its broker and store, its doors, connectors, subscribers and brands.

Rules
-----
1. Types only; what must hold between them is checked in loading.py.
2. Mail addresses and domains are kept in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, model_validator

from intake_daemon.contract import ConnectorSettings
from intake_daemon.settings.proving import Canaries, Reconcile
from intake_daemon.settings.reading import Strict
from intake_daemon.settings.spelling import Mail, Word


class Endpoint(NamedTuple):
    """Where something listens; port 0 is any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _endpoint(value: object) -> object:
    if isinstance(value, Endpoint):
        return value
    host, colon, port = str(value).rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:  # noqa: PLR2004 -- the highest port
        raise ValueError(f"{value!r} is no host:port. Write it like 127.0.0.1:8080.")
    return Endpoint(host.strip("[]"), int(port))


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        if value in {"embedded", "sqlite"}:
            return value
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"this is no address. Write it like {schemes[0]}://host/…")
        _ = parts.port  # raises ValueError when it is no port
        return value

    return AfterValidator(check)


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", value):
        raise ValueError(f"{value!r} is no country. Write its two letters, such as PL.")
    return value


def _prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{2,4}", value):
        raise ValueError(f"{value!r} is no prefix. Write two to four capital letters, such as WLZ.")
    return value


def _domain(value: str) -> str:
    if not re.fullmatch(r"[^@\s.]+(\.[^@\s.]+)+", value):
        raise ValueError(f"{value!r} is no domain. Write it like shop.example, without @.")
    return value.lower()


def _site(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ValueError(f"{value!r} is no site. Write scheme and host only: https://www.shop.example.")
    return value.lower()


Listen = Annotated[Endpoint, BeforeValidator(_endpoint)]


class Installation(Strict):
    """Which installation this is."""

    name: Word
    """Its name in the `source` of every event: `/<name>/<brand>`."""
    key: str
    """From it references and tokens are derived. At least 32 characters, the same for all processes, never changed:
    with another key old letters are not recognised. `generated` (only in the demo): made once, kept in `var`."""


class Web(Strict):
    """Where the two web listeners are. Give them different ports: the internal one is not for customers."""

    public: Listen = Endpoint("127.0.0.1", 8080)
    """`host:port` for customers and providers: forms, hooks, `/health/live`."""
    internal: Listen = Endpoint("127.0.0.1", 8081)
    """`host:port` for staff and machines: `/api`, `/metrics`, `/health/ready`."""
    base_url: Annotated[str, _url("https", "http"), AfterValidator(lambda url: url.rstrip("/"))] = (
        "http://127.0.0.1:8080"
    )
    """How the public listener is reached from outside; stands in letters and webhooks."""


class Journal(Strict):
    """How the daemon logs; never with personal data."""

    form: Literal["json", "console"] = "json"
    """`json` for machines, `console` for eyes."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """What is left out below."""


class Subscription(Strict):
    """A case system's queue, declared by us."""

    bind: Annotated[tuple[str, ...], Field(min_length=1)]
    """Which events: `#` all, `welzo.#` a brand's, `*.complaint.received` one kind."""
    max_length: Annotated[int, Field(ge=1)] = 1_000_000
    """Events kept while nobody reads; then the oldest goes, and `intake events replay` brings it back."""


class Sender(Strict):
    """In whose name letters go out."""

    name: str
    """The display name of the From address."""
    address: Mail
    """The From address; answers to it must reach one of the connectors."""


class Staff(Strict):
    """How employees are known."""

    domains: tuple[Annotated[str, AfterValidator(_domain)], ...] = ()
    """Mail domains of employees: only there go customers' words, only from there a forward counts."""


class Addresses(Strict):
    """Where the brand takes complaints, per channel of its policy."""

    email: tuple[Mail, ...] = ()
    """Mail addresses; the first is the brand's own."""
    web_form: tuple[str, ...] = ()
    """Pages of the company's own with a form that posts here; the hosted form needs none."""
    chat: tuple[str, ...] = ()
    """Where the chat is found."""
    social: tuple[str, ...] = ()
    """Accounts."""
    sms: tuple[str, ...] = ()
    """Numbers, in international form."""
    phone: tuple[str, ...] = ()
    """Numbers, as customers dial them."""
    letter: tuple[str, ...] = ()
    """Postal addresses, each on one line."""
    store: tuple[str, ...] = ()
    """Shops."""


class Limit(Strict):
    """So many within so long."""

    letters: Annotated[int, Field(ge=1)]
    """How many automatic letters."""
    minutes: Annotated[int, Field(ge=1, le=24 * 60)]
    """Within which time; a day at most."""


class Breaker(Strict):
    """When letters to one correspondent, or within one case, wait for a person: as soon as one of the limits is
    reached. What the customer is told by a person counts for neither."""

    correspondent: Annotated[tuple[Limit, ...], Field(min_length=1)] = (
        Limit(letters=5, minutes=15),
        Limit(letters=6, minutes=24 * 60),
    )
    """Over all doors, by every address of theirs and the one that answers go to."""
    case: Annotated[tuple[Limit, ...], Field(min_length=1)] = (
        Limit(letters=4, minutes=60),
        Limit(letters=8, minutes=24 * 60),
    )
    """Whoever writes in it."""

    @model_validator(mode="before")
    @classmethod
    def _a_day(cls, value: object) -> object:
        day = {"letters": value, "minutes": 24 * 60}
        return {"correspondent": (day,)} if isinstance(value, int) and not isinstance(value, bool) else value


class Pause(Strict):
    """When somebody who writes line by line (chat, social networks, SMS) has finished: then they are answered."""

    silence: Annotated[float, Field(gt=0, le=600)] = 20
    """After so many seconds without a further line."""
    longest: Annotated[float, Field(gt=0, le=3600)] = 180
    """At the latest so many seconds after the first line."""


class Brand(Strict):
    """One brand: its name, its ways in and out, its people."""

    prefix: Annotated[str, AfterValidator(_prefix)]
    """Two to four capital letters that every reference begins with."""
    name: str
    """As customers know it."""
    policy: str | None = None
    """Id of its policy in `policies/`; the brand's own id by default."""
    addresses: Addresses = Addresses()
    """Where it takes complaints, per channel. A channel that the policy accepts needs one."""
    outgoing: Mapping[str, str] = Field(default_factory=dict)
    """Which connector sends to which kind of address: `{email: mail}`."""
    sender: Sender
    """In whose name letters go out."""
    staff: Staff = Staff()
    """How its employees are known."""
    consults: Mapping[str, Mail] = Field(default_factory=dict)
    """Whom the policy's stages consult outside the company, with their mail address: `{laboratory: lab@lab.example}`.
    Without one a consultation is a task for the handler."""
    sites: tuple[Annotated[str, AfterValidator(_site)], ...] = ()
    """Origins (`https://www.shop.example`) whose pages may post forms."""
    brake: Annotated[int, Field(ge=1)] = 600
    """Automatic letters an hour; when more are due at once the rest waits for a person's word."""
    breaker: Breaker = Breaker()
    """Where automatic letters to somebody end, who may be a machine that hides it. A number alone: letters within a day
    to one correspondent."""
    pause: Pause = Pause()
    """When somebody who writes line by line has finished."""
    customers: tuple[Literal["consumer", "small_business", "business"], ...] = ("consumer",)
    """Who its customers are; some laws ask (`applies: {customer: [consumer, small_business]}`)."""
    directs_to: tuple[Annotated[str, AfterValidator(_country)], ...] = ()
    """Countries to whose consumers it directs its trade (ISO 3166, such as `PL`); some laws ask."""

    def traits(self) -> dict[str, tuple[str, ...]]:
        """What laws ask about the brand, by the names of `applies` in common.yaml."""
        return {"customer": self.customers, "trader_directs_to": self.directs_to}


def _clamd(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if value.startswith("unix:/") or (colon and host and port.isdecimal() and int(port) <= 65535):  # noqa: PLR2004 -- the highest port
        return value
    raise ValueError(f"{value!r} is no address of clamd. Write unix:/run/clamav/clamd.ctl, or host:port.")


class Scanner(Strict):
    """A virus scanner: clamd of ClamAV. Infected files are kept, marked and handed to nobody."""

    clamd: Annotated[str, AfterValidator(_clamd)]
    """Where it listens: `unix:/run/clamav/clamd.ctl`, or `host:port`."""
    seconds: Annotated[float, Field(gt=0)] = 5
    """The longest that one message waits for it. What it has not seen by then is `unscanned`, and is taken all the
    same."""


class Settings(Strict):
    """All of `intake.yaml`."""

    demo: bool = False
    """The shipped demo: `.example` addresses and a generated key are allowed, mail goes nowhere but a folder."""
    installation: Installation
    """Which installation this is."""
    broker: Annotated[str, _url("amqp", "amqps")] = "embedded"
    """`embedded` (one process, nothing else needed) or the address of RabbitMQ, `amqps://user:${PASSWORD}@host/`."""
    store: Annotated[str, _url("postgresql")] = "sqlite"
    """`sqlite` (a file in `var`, one machine) or `postgresql://user:${PASSWORD}@host/database`."""
    var: Path = Path("var")
    """The folder of everything the daemon keeps on disk, from where it was started; its disk must outlive it."""
    vault: Literal["folder", "database"] = "folder"
    """Where originals and attachments lie: a folder in `var` (one machine) or the database (several)."""
    spool: Literal["folder", "none"] = "folder"
    """Complaints held on disk while the broker is away. `none`: no disk outlives the process; forms then say 503."""
    spool_limit_mb: Annotated[int, Field(ge=1)] = 1024
    """How much the spool may hold, in MiB."""
    erasures: Path | None = None
    """The list of what was erased, outside the database; `erasures.jsonl` in `var` by default. Put it on another disk
    than the database: `intake restore` erases by it what an older backup brings back."""
    scanner: Scanner | None = None
    """Who scans files before anybody gets them; without one every file is `unscanned`."""
    reconcile: Reconcile | None = Reconcile()
    """When sources and cases are compared each day; `null`: only when `intake reconcile` asks."""
    canaries: Canaries | None = None
    """A complaint of ours through every front door now and then; without this none."""
    old_after_days: Annotated[int, Field(ge=1)] = 30
    """A contact older than this opens its case, while its acknowledgement waits for a person."""
    web: Web = Web()
    """Where the two web listeners are."""
    journal: Journal = Journal()
    """How the daemon logs."""
    subscribers: Mapping[Word, Subscription] = Field(default_factory=dict)
    """Case systems: a queue's name and what it gets."""
    connectors: Mapping[Word, SerializeAsAny[ConnectorSettings]] = Field(default_factory=dict)
    """Sources and ways out: a name and its settings, of which `kind` says what else may be written."""
    brands: Annotated[Mapping[Word, Brand], Field(min_length=1)]
    """The brands, by id; the id is the first word of every routing key."""
