"""The life of a complaint. Read this first, then the six files in their order; docs/flow.md has the same headings.

     people ─▶ connectors/* ─▶ 1 accept ─▶ [messages] ─▶ 2 route ─▶ (ledger) ─▶ 3 release ─▶ [events] ─▶ case systems
                                                             ▲                      │
     people ◀─ connectors/* ◀─ 4 answer ◀──────────────── [notices] ◀──────────────┘
                                  └──────▶ [receipts] ───────┘

    1 accept    make it durable, read it, publish it, wait for the confirm; only then may the sender hear "received"
    2 route     an input (message, receipt, command) meets its case, in one transaction; only then it is settled
    3 release   what was decided leaves the ledger: events in order, notices when they are due
    4 answer    a notice goes to its recipient, once, and reports what became of it
    5 tick      what the time brings: clocks that begin by themselves, are warned of, and run out
    6 verdict   what follows when something did not work: decided here, and nowhere else

Each step takes over from the one before it only when its own record is durable, and every step may be repeated: ids are
derived, so whatever crashes in between comes again and changes nothing the second time. What cannot go on without a
person is parked, whole; nothing is dropped.
"""

from intake_daemon.life.accept import accept, park_raw
from intake_daemon.life.answer import answer, report
from intake_daemon.life.completing import IntakeHalf, Settled, Source, complete, settled
from intake_daemon.life.parked import keep_parked, take_up
from intake_daemon.life.release import release
from intake_daemon.life.route import ATTEMPTS, NEWER, VOUCHED, RouterHalf, route
from intake_daemon.life.tick import declare, tick
from intake_daemon.life.verdict import GIVE_UP, Verdict, verdict

__all__ = [
    "ATTEMPTS",
    "GIVE_UP",
    "NEWER",
    "VOUCHED",
    "IntakeHalf",
    "RouterHalf",
    "Settled",
    "Source",
    "Verdict",
    "accept",
    "answer",
    "complete",
    "declare",
    "keep_parked",
    "park_raw",
    "release",
    "report",
    "route",
    "settled",
    "take_up",
    "tick",
    "verdict",
]
