"""A company's complaints policy as frozen types: what it accepts, asks, promises, and who may do what.

Every key is one of the files' (config/policies/); the marks (W-07, C-A1) at the lines there name the clauses, explained
in docs/policies/clauses.md. A `Policy` is one brand's file with what it leaves unsaid taken from `defaults`, and with
the outside bodies and laws that it names. Calendars are no part of it: today's apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from intake_daemon.contract import Ask
from intake_daemon.settings import Strict
from router.policy.clock import Clock, Event, Role
from router.policy.common import Body, Defaults, Overlay

Part = Literal[
    "reference",
    "received_at",
    "summary",
    "under_investigation",
    "accepted",
    "next_step",
    "due_date",
    "missing_information",
    "how_to_ask_status",
]
"""Parts of an acknowledgement (docs/policies/clauses.md)."""
ChannelName = Literal[
    "email", "web_form", "chat", "social", "sms", "phone", "letter", "store", "staff", "livro", "other"
]
AskedField = Literal[
    "description",
    "customer.name",
    "customer.contact",
    "attachments",
    "staff_named",
    "ticket_refs",
    "dates_times",
    "caller_numbers",
    "emails_sent",
]


def _none(value: object) -> object:
    """`none` in a policy says that there is nothing, on purpose."""
    return None if value == "none" else value


class Languages(Strict):
    """In which languages the brand writes."""

    default: str
    offered: Annotated[tuple[str, ...], Field(min_length=1)]
    jargon_list: str | None = None
    """A file beside the policy: words that no letter of the brand may use (A-03)."""


class Accepts(Strict):
    """Who may complain, about what."""

    who: Annotated[Literal["anyone", "customer"], Field(alias="from")]
    about: tuple[str, ...] = ()
    precondition: Annotated[str | None, BeforeValidator(_none)] = None


class Channel(Strict):
    """Whether complaints are taken this way."""

    accept: bool
    address: str | None = None
    number: str | None = None
    complainant: Literal["original_sender"] | None = None
    received_at: Literal["original_date"] | None = None
    named_address: Literal["confirm", "acknowledge"] = "confirm"
    """Of `staff`: whether the acknowledgement to an address that a colleague only names waits until a person has
    confirmed that it is the customer's."""


class NotAccepted(Strict):
    """What is said on a channel that the policy refuses (A-12)."""

    answer: str
    offer: tuple[ChannelName, ...]
    via: Literal["same_channel"]
    prefill: bool
    keep: Literal["contact_record"]
    unless: tuple[str, ...] = ()


class Asked(Strict):
    """One field that is asked of the customer; never blocks anything."""

    field: AskedField
    must: bool
    """Asked for again in the acknowledgement when it is absent."""
    parts: tuple[str, ...] = ()


class Acknowledge(Strict):
    """What the acknowledgement contains."""

    auto: bool
    contains: tuple[Part, ...]


class Stage(Strict):
    """One stage of the procedure: who, what opens it, what comes after."""

    id: int
    by: Role | None = None
    steps: tuple[str, ...] = ()
    consults: tuple[str, ...] = ()
    opens_on: Event | None = None
    needs: tuple[str, ...] = ()
    via: tuple[ChannelName, ...] = ()
    first_to: Role | None = None
    then_to: Role | None = None
    not_by: Literal["stage_1_handler"] | None = None
    acknowledge: Literal["auto", "manager"] = "auto"
    """The company's choice (C-W3): the daemon's acknowledgement at once, or the manager's own."""
    then: tuple[int | Literal["closed", "external"], ...]


class Tell(Strict):
    """How progress and results are told."""

    progress: Literal["on_every_change", "on_every_step"] | None = None
    result: tuple[str, ...] | Literal["written"] | None = None
    if_unreachable: str | None = None
    oral_if: Literal["customer_agreed"] | None = None


class Status(Strict):
    """A customer asks how it stands (K-19)."""

    any_time: bool
    answer: Literal["automatic"]
    verify: Literal["reference_or_same_sender"]


class Extend(Strict):
    """When a term may be extended, and what the customer must be told (W-25 K-16)."""

    clocks: tuple[str, ...]
    reasons: Literal["any"] | tuple[str, ...]
    needs: tuple[str, ...]
    told: Literal["customer"]
    takes_effect: Literal["when_told"]


class External(Strict):
    """When an outside body is named."""

    body: str
    when: tuple[str, ...]
    stage: int | None = None
    topic: str | None = None


class Survey(Strict):
    """A question afterwards (A-06)."""

    after: tuple[Event, ...]
    of: str
    every: str
    never_if: tuple[str, ...]
    feeds: Literal["report"]


class Policy(Defaults):
    """One brand's policy, whole. `hash` is that of its text; a case names it for ever (R-10)."""

    brand: str
    legal_name: str
    country: str
    calendar: str
    languages: Languages
    review_by: date
    accepts: Accepts
    channels: Mapping[ChannelName, Channel]
    not_accepted: NotAccepted | None = None
    ask: tuple[Asked, ...] = ()
    topics: tuple[str, ...]
    roles: Mapping[Role, Literal["required"] | Role]
    acknowledge: Acknowledge
    clocks: tuple[Clock, ...]
    stages: tuple[Stage, ...]
    tell: Tell = Tell()
    status: Status | None = None
    extend: Annotated[Extend | None, BeforeValidator(_none)] = None
    external: tuple[External, ...] = ()
    survey: Survey | None = None
    overlays: tuple[str, ...] = ()
    law: Mapping[str, Overlay] = Field(default_factory=dict)
    """The laws named in `overlays`, from common.yaml."""
    bodies: Mapping[str, Body] = Field(default_factory=dict)
    """The bodies named in `external`, from common.yaml."""
    hash: str = ""
    """SHA-256 of the policy's text."""

    @property
    def id(self) -> str:
        """The brand's id, under which the policy stands."""
        return self.brand

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What is asked of the customer, as connectors know it."""
        return tuple(Ask(asked.field, asked.must, asked.parts) for asked in self.ask)

    @property
    def offered(self) -> tuple[str, ...]:
        """The languages of the brand, its default first."""
        others = tuple(language for language in self.languages.offered if language != self.languages.default)
        return (self.languages.default, *others)

    def takes(self, channel: str) -> bool:
        """Whether complaints are accepted on a channel; `other` is the rule for the unlisted."""
        rule = next((rule for name, rule in self.channels.items() if name == channel), None)
        rule = rule or self.channels.get("other")
        return rule is not None and rule.accept
