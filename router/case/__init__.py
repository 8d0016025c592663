"""The case as a fold over its events, and its state machine.

    case      what the events say of one case
    changes   what each event changes

Rules
-----
1. Everything that affects a case is here: `evolve(case, event) -> case`, pure. What `cases` keeps is the result of
   this fold with its sequence, so routing never folds a history; `intake ledger rebuild` folds them all anew and finds
   the same.
2. A case holds ids, codes and times only, like its events. Words, names and addresses are content.
3. `state` is the lifecycle. That it is acknowledged, accepted, assigned are facts beside it: their events come in any
   order (a handler is assigned at routing, before the acknowledgement's receipt).
4. What clocks look at (`moments`) and what was said of them (`clocks`) are part of it, so no clock reads a history.
5. Nothing here reads a clock, a policy or a database.
"""

from router.case.case import FORM, Case, ClockMark, State, Task, known
from router.case.changes import evolve, fold

__all__ = ["FORM", "Case", "ClockMark", "State", "Task", "evolve", "fold", "known"]
