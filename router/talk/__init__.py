"""What somebody says in one go: parts of an album or a call, lines of a conversation (design 2 *contact*). Pure.

    finding   whether an input is a further part of what was said before
    parts     what a further part means for the case that the first one opened
    greeting  who only says hello is asked what happened
    pausing   which letters wait until they have finished, and what is remembered of what was said

Rules
-----
1. Each part is held, decided and kept on its own; only its meaning is heard together with what was said before.
2. A further part is no second contact: no letter of its own, nothing is answered twice.
3. In doubt it is a complaint: only a greeting and nothing else opens no case, and it belongs to the case that the next
   line opens.
"""

from router.talk.finding import NO_TALK, continued, current
from router.talk.greeting import only_begins
from router.talk.parts import further
from router.talk.pausing import pausing

__all__ = ["NO_TALK", "continued", "current", "further", "only_begins", "pausing"]
