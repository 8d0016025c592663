"""The journal: one function per event of a life; the only way to log one.

An operator greps for these names, so they are stable. What they take is all that can be logged: ids, references, codes,
counts, milliseconds. No function has a parameter into which a customer's name, address or words could be put, and
lines.py drops every other key, also from libraries' own log records.

Normal operation is quiet: an outage is told once when it begins, or has another cause, and once when it ends.
"""

from __future__ import annotations

import time
from collections import Counter as Counted
from collections.abc import Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from intake_daemon.lines import log as _log

REGISTRY = CollectorRegistry()
"""What `/metrics` shows: every event of the journal is counted, under the labels that are codes."""
_DOWN: dict[str, str] = {}
_REFUSED: Counted[tuple[str, str]] = Counted()
"""Refusals by door and code that nobody has taken yet for the balance."""
_NOT_HELD: dict[tuple[str, str], float] = {}
"""By door and code until when (monotonic) it is no news: ten minutes after the last time."""
_WAITED = Gauge(
    "intake_queue_waited_seconds", "How long the oldest of the last batch had waited.", ["queue"], registry=REGISTRY
)
_SILENT = Gauge("intake_canary_silent", "1 while a door lets no canary through.", ["door"], registry=REGISTRY)
_CANARY = Gauge("intake_canary_seconds", "How long the last canary took to its letter.", ["door"], registry=REGISTRY)
_MISSING = Gauge(
    "intake_reconcile_missing",
    "What was missing when sources and cases were compared.",
    ["door", "side"],
    registry=REGISTRY,
)
_RECONCILED = Gauge("intake_reconciled_timestamp_seconds", "When they were compared, since 1970.", registry=REGISTRY)
_COUNTED = Counter("intake_events", "Events of the journal.", ["event", "where", "what"], registry=REGISTRY)
_HELD = Histogram(
    "intake_held_seconds",
    "From a contact read at its door until it was ours.",
    ["door"],
    buckets=(0.05, 0.25, 1.0, 8.0, 60.0),
    registry=REGISTRY,
)
_LEADS = Gauge(
    "intake_leads",
    "1 while this process asks a source that is asked by one process at a time.",
    ["source"],
    registry=REGISTRY,
)
ProcessCollector(registry=REGISTRY)


def started(version: str, pid: int) -> None:
    """The daemon has read its configuration and begins."""
    _log.info("started", version=version, pid=pid)


def stopped() -> None:
    """Drained and closed."""
    _log.info("stopped")


def listening(door: str, host: str, port: int) -> None:
    """A door is open."""
    _log.info("listening", door=door, host=host, port=port)


def opened(door: str) -> None:
    """A door will count what it holds: from 0, so that its first contact shows as one."""
    for how in ("broker", "spooled"):
        _COUNTED.labels("held", door, how)


def leads(source: str, *, alone: bool) -> None:
    """Whether this process is the one that asks a source; not a line, only a gauge."""
    _LEADS.labels(source).set(alone)


def held(door: str, brand: str, message: str, ms: float, *, spooled: bool = False, canary: bool = False) -> None:
    """A contact is ours; only now its sender is told so. A canary is counted apart: nobody has come by it."""
    _COUNTED.labels("held", door, "canary" if canary else "spooled" if spooled else "broker").inc()
    _HELD.labels(door).observe(ms / 1000)
    _log.info("spooled" if spooled else "held", door=door, brand=brand, id=message, ms=round(ms, 1))


def refused(door: str, reason: str, *, quiet: bool = False) -> None:
    """Something was refused at a door; `reason` is a code. `quiet`: counted only, its line was written before."""
    _COUNTED.labels("refused", door, reason).inc()
    _REFUSED[door, reason] += 1
    if not quiet:
        _log.warning("refused", door=door, reason=reason)


def take_refusals() -> Mapping[tuple[str, str], int]:
    """What was refused since the last time, by (door, code), for the balance (router/ledger/balance.py)."""
    global _REFUSED
    taken, _REFUSED = _REFUSED, Counted()
    return taken


def give_back_refusals(taken: Mapping[tuple[str, str], int]) -> None:
    """They could not be kept: they are taken again next time."""
    _REFUSED.update(taken)


def token(what: Literal["created", "revoked"], token_id: str) -> None:
    """A way in was made, or taken away; whose and by whom, `intake token list` tells."""
    _COUNTED.labels("token", "api", what).inc()
    _log.info("token", what=what, id=token_id)


def not_held(door: str, code: str) -> None:
    """We could not hold it just now; its sender was told to come back. Each is counted; a line says that it began."""
    _COUNTED.labels("not_held", door, code).inc()
    again = time.monotonic() < _NOT_HELD.get((door, code), 0.0)
    _NOT_HELD[door, code] = time.monotonic() + 600.0
    (_log.debug if again else _log.warning)("not_held", door=door, code=code)


def routed(
    case: str, disposition: str, *, brand: str = "", reason: str = "", topic: str = "", team: str = "", who: str = ""
) -> None:
    """An input met its case. `case`: its reference; `who`: its handler."""
    _COUNTED.labels("routed", brand, disposition).inc()
    known = {"brand": brand, "reason": reason, "topic": topic, "team": team, "handler": who}
    _log.info("routed", reference=case, disposition=disposition, **known)


def held_back(brand: str, limit: str, times: int) -> None:
    """The breaker kept automatic letters back: `correspondent` or `case` has had too many."""
    _COUNTED.labels("breaker", brand, limit).inc(times)
    _log.warning("breaker", brand=brand, reason=limit, count=times)


def waited(queue: str, seconds: float) -> None:
    """How long the oldest of what is decided just now had waited in its queue; not a line, only a gauge."""
    _WAITED.labels(queue).set(max(0.0, seconds))


def parked(queue: str, reason: str, attempts: int, letter: str) -> None:
    """Something waits for a person."""
    _COUNTED.labels("parked", queue, reason).inc()
    _log.error("parked", queue=queue, reason=reason, attempts=attempts, id=letter)


def newer(queue: str, reason: str, attempts: int, letter: str) -> None:
    """Something waits for a process of a newer version; nobody has to do anything but finish the upgrade."""
    _COUNTED.labels("newer", queue, reason).inc()
    _log.info("newer", queue=queue, reason=reason, attempts=attempts, id=letter)


def damaged(part: str, key: str) -> None:
    """What was read from a disk is not what was written there; a person must restore it. `key`: a hash or a number."""
    _COUNTED.labels("damaged", part, "").inc()
    _log.error("damaged", part=part, key=key)


def notice(notice_id: str, connector: str, outcome: str, code: str = "", *, quiet: bool = False) -> None:
    """What became of a notice. `quiet`: that nothing leaves by this connector has been said already."""
    _COUNTED.labels("notice", connector, outcome).inc()
    say = _log.debug if quiet else _log.info
    say("notice", notice=notice_id, connector=connector, outcome=outcome, code=code)


def down(part: str, code: str) -> None:
    """A part went away; said once for each cause."""
    _DOWN[part] = code
    _COUNTED.labels("down", part, code).inc()
    _log.error("down", part=part, code=code)


def up(part: str, seconds: float) -> None:
    """It is back; said once."""
    _DOWN.pop(part, None)
    _COUNTED.labels("up", part, "").inc()
    _log.info("up", part=part, seconds=round(seconds, 1))


def outages() -> dict[str, str]:
    """What is down in this process at this moment, with its code; for `intake status`."""
    return dict(_DOWN)


def failed(part: str, exception: BaseException) -> None:
    """Something of ours failed that should not: only the type and the place, since its text may be a customer's."""
    _COUNTED.labels("failed", part, type(exception).__name__).inc()
    trace = exception.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1] if trace else ""
    line = trace.tb_lineno if trace else 0
    _log.error("failed", part=part, exception=type(exception).__name__, file=file, line=line)


def reloaded(what: str, faults: int) -> None:
    """SIGHUP: read again; with faults the old stays."""
    _COUNTED.labels("reloaded", what, "faults" if faults else "well").inc()
    (_log.error if faults else _log.info)("reloaded", what=what, faults=faults)


def not_reloaded(code: str) -> None:
    """SIGHUP came while it could not be done; the old stays."""
    _COUNTED.labels("not_reloaded", "", code).inc()
    _log.error("not_reloaded", code=code)


def breached(brand: str, basis: str, times: int) -> None:
    """Clocks of a brand were declared run out; `basis`: whose word was broken, the policy's, the law's, our target."""
    _COUNTED.labels("breached", brand, basis).inc(times)
    _log.warning("breached", brand=brand, reason=basis, count=times)


def jumped(seconds: float) -> None:
    """The clock ran ahead of time, or back: nothing is declared run out until it is steady."""
    _COUNTED.labels("jumped", "clock", "").inc()
    _log.error("clock_jumped", seconds=round(seconds, 1))


def report_issued(brand: str, month: str) -> None:
    """A brand's month was counted and written (`id`: the month)."""
    _COUNTED.labels("report_issued", brand, "").inc()
    _log.info("report_issued", brand=brand, id=month)


def waiting(part: str, count: int) -> None:
    """Something piles up; said when it crosses a mark."""
    _COUNTED.labels("waiting", part, "").inc()
    _log.warning("waiting", part=part, count=count)


def drained(part: str) -> None:
    """What had piled up has gone."""
    _log.info("drained", part=part)


def canary_silent(door: str, code: str, seconds: float) -> None:
    """No canary has come through a door for so long; said once. `code`: where the last one is, or why it went in
    nowhere."""
    _SILENT.labels(door).set(1)
    _COUNTED.labels("canary_silent", door, code).inc()
    _log.error("canary_silent", door=door, code=code, seconds=round(seconds, 1))


def canary_heard(door: str, seconds: float, *, silent: float | None = None) -> None:
    """A canary came through, and its letter left, after so long. `silent`: how long the door was; then it is a line."""
    _SILENT.labels(door).set(0)
    _CANARY.labels(door).set(seconds)
    _COUNTED.labels("canary", door, "heard").inc()
    if silent is not None:
        _log.info("canary_heard", door=door, seconds=round(silent, 1))


def show_reconciled(missing: Mapping[tuple[str, str], int], at: float) -> None:
    """What the last comparison found, by whichever process, for `/metrics` only."""
    _MISSING.clear()
    _RECONCILED.set(at)
    for (door, side), count in missing.items():
        _MISSING.labels(door, side).set(count)


def reconciled(missing: Mapping[tuple[str, str], int], at: float) -> None:
    """Sources were compared with the contacts: how many are missing, by door and side. A healthy day is one line."""
    show_reconciled(missing, at)
    for (door, side), count in sorted(missing.items()):
        if count:
            _COUNTED.labels("missing", door, side).inc()
            _log.warning("missing", door=door, what=side, count=count)
    if not any(missing.values()):
        _log.info("reconciled", count=0)


class Outage:
    """Says `down` when a part goes away, once for each cause, and `up` once when it is back."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._since: float | None = None
        self._told: set[str] = set()

    def begin(self, code: str, moment: float) -> None:
        """`moment`: seconds of a monotonic clock. Why it is away may change: `outages` tells the cause that was said
        last; where causes take turns that stays, or no alert would see any of them for long."""
        if self._since is None:
            self._since = moment
            self._told.clear()
        if code not in self._told:
            self._told.add(code)
            down(self._part, code)

    def end(self, moment: float) -> None:
        """It works; says so only if it did not before."""
        if self._since is not None:
            up(self._part, moment - self._since)
            self._since = None
