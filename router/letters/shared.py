"""What every letter is made from, and the values that most have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake_daemon.message import Message
from router.case import Case
from router.contact import channel_of
from router.policy import Policy
from router.rules import Rules
from router.turn import Intent


@dataclass(frozen=True)
class Letter:
    """One notice in the making."""

    case: Case
    intent: Intent
    message: Message
    """The contact that it answers, or whose words staff are shown."""
    said: Mapping[str, Any]
    """What a person of ours wrote for it."""
    rules: Rules
    now: datetime

    @property
    def policy(self) -> Policy:
        """Under which the case stands (R-10)."""
        policies = self.rules.policies
        return policies.by_hash(self.case.policy) if self.case.policy else policies.brand(self.case.brand)

    @property
    def say(self) -> Callable[[str, str], str]:
        """What a code is called in the letter's language."""
        return self.rules.notices.say(self.intent.language)

    def moment(self, moment: datetime) -> str:
        """A time in the brand's zone, in the letter's language."""
        return self.rules.notices.moment(moment, self.intent.language, self.rules.brands[self.case.brand].tz)

    def shared(self, received: datetime) -> dict[str, Any]:
        """What most letters may say."""
        case = self.case
        return {
            "reference": case.reference,
            "brand": self.rules.brands[case.brand].name,
            "received_at": self.moment(received),
            "channel": self.say("channels", channel_of(self.message)),
            "topic": "" if case.topic in {"", "other"} else self.say("topics", case.topic),
            "files": len(self.message.attachments),
        }

    def bodies(self, event: str, *, last: bool = False) -> list[dict[str, str]]:
        """The outside bodies that the policy names at this event, for this topic and stage. `last`: of any stage,
        since nothing comes after it."""
        policy, case = self.policy, self.case
        return [
            {
                "name": policy.bodies[each.body].name,
                "formerly": policy.bodies[each.body].formerly or "",
                "url": policy.bodies[each.body].url,
                "binds": policy.bodies[each.body].binds or "",
                "topic": each.topic or "",
            }
            for each in policy.external
            if event in each.when
            and each.topic in {None, case.topic}
            and (last or each.stage is None or each.stage <= case.stage)
        ]
