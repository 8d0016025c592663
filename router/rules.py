"""Everything that the desk judges by, read from the configuration and replaced whole when it is read again.

The stages ask this and nothing else; nothing in here changes between two questions, so a decision is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from intake_daemon.contract import BrandFacts
from intake_daemon.message import Address, Message
from router import routing
from router.breaker import Breaker
from router.calendar import WorkCalendar
from router.case import Case
from router.contact import channel_of
from router.language import Detector, language_for
from router.notices import Notices
from router.policy import Policies
from router.recognise import Context, greets, recognise
from router.routing import Facts, Routing
from router.staff import Choice, Staff, choose, named_in
from router.turn import Pause, Turn, Want
from router.words import Words


@dataclass(frozen=True, repr=False)  # it is thousands of values
class Rules:
    """The configuration, as the desk sees it."""

    key: bytes
    brands: Mapping[str, BrandFacts]
    policies: Policies
    routing: Routing
    words: Words
    staff: Staff
    notices: Notices
    detector: Detector
    senders: Mapping[str, tuple[str, str]]
    """Per brand the name and address in whose name letters go out."""
    outgoing: Mapping[str, Mapping[str, str]]
    """Per brand which connector sends to which kind of address."""
    brakes: Mapping[str, int]
    """Per brand: automatic notices an hour."""
    breakers: Mapping[str, Breaker]
    """Per brand: automatic notices to one correspondent, or in one case, within a time."""
    replying: frozenset[str]
    """Connectors through which a notice goes back to where the contact came from."""
    calendars: Mapping[str, WorkCalendar]
    """Working days by name, as they are today."""
    traits: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Per brand what laws ask about its customers: `customer`, `trader_directs_to`."""
    pauses: Mapping[str, Pause] = field(default_factory=dict)
    """Per brand when somebody who writes line by line has finished."""
    consults: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Per brand the mail addresses of whom its policy consults outside the company."""
    copies_are_one: frozenset[str] = frozenset()
    """Connectors by which a second copy of a letter does no harm: it counts as the same one."""
    restored: tuple[tuple[datetime, datetime], ...] = ()
    """Times before a restore of which nobody knows what was sent in them."""
    canaries: str = ""
    """The operator's mail address that gets the letters of canaries; nothing: nobody does."""
    old_after_days: int = 30
    base_url: str = ""
    """Where the public listener is reached from outside, without a final slash."""
    postal: Mapping[str, str] = field(default_factory=dict)
    """Per brand where letters go."""

    def way(self, message: Message) -> str | None:
        """The connector by which the sender is answered; None when nobody can be."""
        found = self.reach(message)
        return found[0] if found else None

    def reach(self, message: Message) -> tuple[str, Address] | None:
        """By which connector and where the sender is answered: the one they used, else who sends to such addresses.

        Who called, and to whose number nobody sends, is written to at the next address that their telephone system or
        they themselves gave with the call."""
        first = message.reply_to.address if message.reply_to else None
        if first is None:
            return None
        if message.connector in self.replying:
            return message.connector, first
        ways = self.outgoing[message.brand]
        others = message.sender.addresses if message.channel == "phone" else ()
        return next(((ways[each.kind], each) for each in (first, *others) if each.kind in ways), None)

    def perhaps_sent(self, caused: datetime, way: str | None) -> bool:
        """Whether a letter whose cause is of that moment may have left before a restore, so that this would be a
        second one: not by itself, unless copies count as one there."""
        return way not in self.copies_are_one and any(since <= caused <= until for since, until in self.restored)

    def language(
        self,
        *,
        chosen: str | None,
        case_language: str | None,
        text: str,
        client: str | None,
        offered: tuple[str, ...],
        default: str,
    ) -> tuple[str, str, str]:
        """Language of the letters, language found, and why."""
        return language_for(
            self.detector,
            chosen=chosen,
            case_language=case_language,
            text=text,
            client=client,
            offered=offered,
            default=default,
        )

    def topic(self, message: Message, language: str, *, danger: bool) -> tuple[str, str]:
        """What it is about, and by which rule; `other` where no rule fits. A form's own choice counts first."""
        listed = self.brands[message.brand].topics
        chosen = str(message.fields.get("topic", ""))
        if chosen in listed:
            return chosen, "chosen"
        topic, rule = self.routing.topic(self._facts(message, language, danger=danger))
        return (topic, rule) if topic in listed else ("other", "none")

    def team(self, message: Message, language: str, topic: str, *, danger: bool) -> tuple[str, str]:
        """The team, and by which rule."""
        given = self._facts(message, language, danger=danger)
        return self.routing.team(Facts(**{**given.__dict__, "topic": "" if topic == "other" else topic}))

    def _facts(self, message: Message, language: str, *, danger: bool) -> Facts:
        return routing.facts(
            self.words,
            brand=message.brand,
            channel=channel_of(message),
            language=language,
            kind=message.kind,
            text=f"{message.subject}\n{message.new_words}",
            files=len(message.attachments),
            danger=danger,
        )

    def wants(self, message: Message, languages: Sequence[str], context: Context) -> tuple[Want, ...]:
        """What the contact's own words want. Of an answer the subject is ours."""
        text = message.new_words if message.thread.in_reply_to else f"{message.subject}\n{message.new_words}"
        found = recognise(text, languages, context, self.words)
        return tuple(Want(each.kind, each.reason, each.sure, each.detail) for each in found)

    def greets(self, message: Message) -> bool:
        """Whether it is a greeting and nothing else."""
        words = message.new_words
        return not message.attachments and not message.transcript and greets(words, self.words)

    def named(self, message: Message) -> tuple[str, ...]:
        """Handlers whom the complaint names (L-09 A-07 K-22)."""
        said = f"{message.new_words}\n{message.fields.get('staff_named', '')}"
        return tuple(sorted(named_in(self.staff, message.brand, said)))

    def choose(self, turn: Turn, team: str, language: str) -> Choice:
        """The handler, by language, skill, presence and load; never one whom the complaint names (L-09 A-07 K-22)."""
        message = turn.message
        return choose(
            self.staff,
            team,
            message.brand,
            turn.topic,
            language,
            loads=turn.knows.loads,
            now=turn.now,
            excluded=turn.staff_named,
        )

    def in_role(self, role: str, case: Case) -> tuple[str, ...]:
        """Who has a role of the policy for a case, never one whom the complaint names. `handler`: whose case it is;
        `manager`: who leads the team, or has the role that the policy puts in its place (W-18)."""
        policy = self.policies.by_hash(case.policy) if case.policy else self.policies.brand(case.brand)
        meant = {str(name): str(value) for name, value in policy.roles.items()}.get(role, "required")
        found: tuple[str, ...] = ()
        if role == "handler":
            found = (self.reached(case.handler or "", case.team or ""),)
        elif role != "manager" or meant != "required":
            wanted = role if meant == "required" else meant
            people = self.staff.handlers.items()
            found = tuple(name for name, each in people if wanted in each.roles and case.brand in each.brands)
        free = [each for each in found if each not in case.staff_named]
        leaders = [each for each in self.leaders(case.team or "") if each not in case.staff_named]
        return tuple(free) or tuple(leaders[:1])

    def leaders(self, team: str) -> tuple[str, ...]:
        """Who leads the team, then those above."""
        path = self.staff.up(team) if team in self.staff.teams else [self.staff.root]
        managers = dict.fromkeys(self.staff.teams[here].manager for here in path)
        return tuple(each for each in managers if each in self.staff.handlers)

    def reached(self, handler: str, team: str) -> str:
        """The handler; or, when nobody of this id works here any more, the manager of the team or the nearest above."""
        if handler in self.staff.handlers:
            return handler
        return next(iter(self.leaders(team)), handler)

    def consulted(self, brand: str, address: str) -> bool:
        """Whether this is the address of somebody whom the brand consults."""
        return address.casefold() in {each.casefold() for each in self.consults.get(brand, {}).values()}

    def staff_address(self, handler: str) -> str | None:
        """Where a handler is reached, or None when nobody of this id works here any more."""
        person = self.staff.handlers.get(handler)
        return person.address if person else None

    def staff_language(self, handler: str) -> str:
        """In which language a handler is written to."""
        person = self.staff.handlers.get(handler)
        return person.language if person else "en"

    def team_name(self, team: str) -> str:
        """A team as people call it."""
        known = self.staff.teams.get(team)
        return known.name if known else team

    def name_in_parts(self, brand: str) -> bool:
        """Whether the policy asks for given, family and father's name (K-08)."""
        return any(ask.field == "customer.name" and ask.parts for ask in self.brands[brand].ask)

    def may(self, actor: str, brand: str, roles: Collection[str]) -> bool:
        """Whether this principal works for the brand, in one of these roles."""
        who = self.staff.principal(actor)
        return who is not None and brand in who.brands and not who.roles.isdisjoint(roles)
