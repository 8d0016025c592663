"""When each promise falls due. Pure: from the facts of a case, its policy, today's calendars and a `now` that is given.

    terms     the clocks of a policy and of the laws that apply to a case, each with its calendar
    course    one clock from its start to its end: due times, extensions, printed dates, breaches
    running   all clocks of a case, chained; `running(policy, moments, now, calendars, traits)`
    outlook   the dates of a complaint that is only thought of: `intake policy dates`

Rules
-----
1. What is computed depends on the times of the facts, never on the order in which they became known.
2. A chained clock starts at the earlier of its event and that event's own due time (R-4, C-W2), and never again.
3. Nothing pauses a clock (R-5). An extension moves the due time from the moment when it was told; told late, the breach
   stays (R-6, R-9). A printed date binds: the earlier of what was computed and what was printed holds.
4. A breach is the due time itself, kept with the clock. An earlier fact that becomes known later takes it back; nothing
   else does.
5. A case has no list of clocks of its own: what is stored of them is a projection of this.
"""

from router.clocks.course import farthest
from router.clocks.outlook import Outlook, outlook
from router.clocks.running import Move, moved, outrun, running
from router.clocks.state import ClockState, State
from router.clocks.terms import Traits, every_trait
from router.moments import Moment, moments

__all__ = [
    "ClockState",
    "Moment",
    "Move",
    "Outlook",
    "State",
    "Traits",
    "every_trait",
    "farthest",
    "moments",
    "moved",
    "outlook",
    "outrun",
    "running",
]
