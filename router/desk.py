"""The desk: four stages in order, and each finding keeps its reason.

    understand ▶ decide ▶ assign ▶ acknowledge

`consider` is pure: the same input, knowledge and moment give the same effects, so a decision can be explained later and
tried beforehand (`intake explain`). A fifth stage needs a page under docs/decisions/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from intake_daemon import canary
from intake_daemon.message import Command, Message, Receipt
from router import acknowledge, assign, commands, deadlines, decide, desk_mail, letters, talk, trying, understand
from router.case import Case
from router.contact import message_keys
from router.morning import Findings, Morning
from router.rules import Rules
from router.turn import ClockRow, Decided, Effects, Intent, Keys, Knowledge, Turn, Words


@dataclass
class ComplaintsDesk:
    """The Desk of router/turn.py. `rules` is replaced whole when the configuration is read again."""

    rules: Rules

    def keys(self, value: Message | Receipt | Command) -> Keys:
        """What to lock and look up."""
        if isinstance(value, Receipt):
            return Keys(notices=(value.notice,), acts=value.outcome == "failed")
        if isinstance(value, Command):
            return commands.keys(value)
        if canary.read(self.rules.key, value) is not None:
            return Keys(contact=value.id)
        keys = message_keys(value, self.rules.key, self.rules.brands)
        theirs = value.automatic.kind == "no" and understand.names_no_case(value, self.rules)
        acts = value.automatic.kind == "bounce"
        if value.revision_of:
            keys = replace(keys, looked_up=(value.revision_of,))
        return desk_mail.keys(value, replace(keys, theirs=theirs, acts=acts), self.rules)

    def consider(self, value: Message | Receipt | Command, knows: Knowledge, now: datetime) -> Effects:
        """What follows from an input."""
        if isinstance(value, Receipt):
            return decide.receipt(value, knows, self.rules)
        if isinstance(value, Command):
            back = self._turned_back(value, knows, now)
            return back or commands.command(value, knows, self.rules, now)
        if (named := canary.read(self.rules.key, value)) is not None:
            walked = self._decided(self.walk(value, Knowledge(loads=knows.loads), now))
            return trying.effects(named, value, walked, self.rules)
        turn = self.walk(value, knows, now)
        effects = talk.pausing(turn, self._decided(turn), self.rules)
        return effects if turn.reporter is None else replace(effects, kept=turn.message)

    def _turned_back(self, value: Command, knows: Knowledge, now: datetime) -> Effects | None:
        """A contact that a rule set aside opens its case after all, with its own dates (AT-X22); None: not asked."""
        found, message = knows.messages.get(str(value.data.get("contact", "")), ("", None))
        if value.command != "back" or message is None or found or knows.cases:
            return None
        may = commands.TABLE["back"].may
        if not self.rules.may(value.actor, message.brand, may) or value.actor in self.rules.named(message):
            return Effects("refused", "not_allowed", reference=value.reference)
        turn = Turn(message, knows, now, keys=message_keys(message, self.rules.key, self.rules.brands), insisted=True)
        turn = assign.assign(decide.decide(understand.understand(turn, self.rules), self.rules), self.rules)
        effects = acknowledge.acknowledge(turn, self.rules).effects
        return replace(effects, disposition="done", moved=((message.id, message.id),)) if effects else None

    @staticmethod
    def _decided(turn: Turn) -> Effects:
        if turn.effects is None:
            raise AssertionError("the last stage always decides")
        return turn.effects

    def walk(self, message: Message, knows: Knowledge, now: datetime) -> Turn:
        """One message through the four stages."""
        turn = Turn(message, knows, now, keys=self.keys(message))
        turn = understand.understand(turn, self.rules)
        turn = desk_mail.from_staff(turn, self.rules)
        turn = desk_mail.receipt(decide.decide(turn, self.rules), self.rules)
        turn = assign.assign(turn, self.rules)
        return acknowledge.acknowledge(turn, self.rules)

    def follow(self, case: Case, now: datetime) -> tuple[Decided, ...]:
        """What a case's facts mean for its clocks."""
        return deadlines.follow(case, self.rules, now)

    def clocks(self, case: Case, now: datetime) -> tuple[ClockRow, ...]:
        """Its clocks that something will happen to."""
        return deadlines.rows(case, self.rules, now)

    def tick(self, case: Case, knows: Knowledge, until: datetime) -> Effects:
        """What the time brings."""
        return deadlines.tick(case, self.rules, knows, until)

    def mornings(self, now: datetime) -> tuple[Morning, ...]:
        """The morning lists of today whose hour has come."""
        return desk_mail.mornings(self.rules, now)

    def morning_words(self, morning: Morning, found: Findings) -> Words | None:
        """What such a list says."""
        return desk_mail.words(morning, found, self.rules)

    def render(
        self, case: Case, intent: Intent, message: Message | None, said: Mapping[str, Any] | None, now: datetime
    ) -> Words | None:
        """The words of a notice that is due."""
        if intent.purpose == canary.PURPOSE and message is not None:
            whole = message.model_copy(update={"original": ""})  # a canary's was inside, and is kept nowhere
            walked = self._decided(self.walk(whole, Knowledge(), now))
            return trying.render(walked, intent, message, self.rules, now)
        return letters.render(case, intent, message, said, self.rules, now)
