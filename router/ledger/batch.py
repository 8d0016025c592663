"""One batch in the making: what was read under its keys, and what was decided, until all of it is written at once.

Each input sees the effects of those decided before it in the same batch, because they change these dictionaries first
and the database only at the end (`write`, set-based).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from intake_daemon import events as facts
from intake_daemon.contract import EVENTS, NOTICES
from intake_daemon.events import Event, encoded, event_id
from router.case import Case, evolve
from router.ledger.known import Known
from router.ledger.rows import notice_of, outgoing
from router.turn import (
    ASKED_FOR,
    LOST,
    Content,
    Decided,
    Effects,
    Intent,
    Keys,
    NoticeRow,
    Sign,
    Words,
)

ON_ITS_WAY = frozenset({"released", "deferred"})
ACTIVE = frozenset({"owed", "held"}) | ON_ITS_WAY
"""States of a notice that something may still become of."""


@dataclass
class Batch(Known):
    """Reads set-based at the start (`Known`), writes set-based at the end."""

    # what will be written
    repeats: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    touched: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    notice_changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    unwritten: list[str] = field(default_factory=list)
    """Notices whose words could not be written."""

    def record(self, case_id: str, reference: str, brand: str, decided: Decided) -> Event:
        """Number one event, fold it into its case, and put it into the outbox."""
        case = self.cases.get(case_id)
        brand = case.brand if case else brand
        sequence = (case.sequence if case else 0) + 1
        event = Event(
            id=event_id(case_id, sequence),
            case=case_id,
            reference=case.reference if case else reference,
            brand=brand,
            sequence=sequence,
            type=decided.fact.type_,
            time=decided.time,
            recorded_at=self.now,
            actor=decided.actor,
            data=decided.fact.model_dump(mode="json"),
        )
        if case is None:
            self.fresh.add(case_id)
        before = case.handler if case and case.open else None
        self.cases[case_id] = case = evolve(case, event)
        after = case.handler if case.open else None
        if before != after:
            for handler, change in ((before, -1), (after, 1)):
                if handler:
                    self.loads[handler] = self.loads.get(handler, 0) + change
                    self.load_changes[handler] += change
        self.touched.add(case_id)
        self.rows["events"].append(
            {
                "case_id": case_id,
                "sequence": sequence,
                "id": event.id,
                "brand": brand,
                "type": event.type,
                "time": event.time.timestamp(),
                "body": event.model_dump_json(),
            }
        )
        self._post(case_id, event.id, EVENTS, f"{brand}.{event.type}", encoded(event, self.installation), sequence)
        return event

    def apply(self, effects: Effects) -> None:
        """Take over what was decided about one input (its contact row is the ledger's)."""
        case = effects.case
        self._said(effects)
        self._waiting_letters(effects)
        if case is None:
            if effects.notice:
                self._receipt(*effects.notice, effects.not_before)
            return
        for decided in effects.decided:
            event = self.record(case, effects.reference or "", effects.brand, decided)
            if effects.notice and event.type.endswith(".sent"):
                self.notice_changes.setdefault(effects.notice[0], {})["sent_event"] = event.id
        if effects.notice:
            self._receipt(*effects.notice, effects.not_before)
        for contact in effects.drawn:
            self.drawn[contact] = case
        for item in effects.contents:
            self.put_content(case, item)
        self._give_away(effects, case)
        self._find_by(effects, case)

    def _give_away(self, effects: Effects, case: str) -> None:
        """What belongs to another case from now on: nobody behind gives it away once more."""
        self.moved.update(effects.moved)
        self.talks.update(effects.talks)
        gone = dict(effects.moved)
        if effects.emptied:
            self.emptied[case] = effects.emptied
            gone |= {each.id: effects.emptied for _, each in self.spoken.get(case, ())}
        for contact, to in gone.items():
            if contact in self.named:
                self.named[contact] = (to, self.named[contact][1])
            for of, said in self.spoken.items():
                self.spoken[of] = tuple(each for each in said if each[1].id != contact or of == to)

    def _said(self, effects: Effects) -> None:
        """What was said further in one go."""
        for one in effects.gathered:
            self.gatherings[one.key] = one
            self.gathered.add(one.key)
        if effects.part_of:
            self.merged.update(dict.fromkeys(effects.merged, effects.part_of))

    def _waiting_letters(self, effects: Effects) -> None:
        """What becomes of letters that were owed or held before."""
        for notice in effects.let_go:
            self._notice_state(self.notices[notice], "owed")
        for notice in effects.dropped:
            self._notice_state(self.notices[notice], "dropped")
        for intent in effects.again:
            self._owed_again(intent)

    def _find_by(self, effects: Effects, case: str) -> None:
        """Keys under which others will find this case."""
        for key in effects.aliases:
            self.by_reference.setdefault(key, case)
            self.rows["aliases"].append({"reference": key, "case_id": case})
        for key in effects.renamed:
            self.by_reference[key] = case
            self.rows["renamed"].append({"b_reference": key, "b_case": case})
        for key in effects.untied:
            if case in self.by_thread[key]:
                self.by_thread[key].remove(case)
            self.rows["untied"].append({"b_thread": key, "b_case": case})
        for key in effects.threads:
            if case not in self.by_thread[key]:
                self.by_thread[key].append(case)
                self.rows["threads"].append({"thread": key, "case_id": case})
        for key in effects.correspondents:
            if case not in self.by_correspondent[key]:
                self.by_correspondent[key].insert(0, case)
                self.rows["correspondents"].append(
                    {"correspondent": key, "case_id": case, "since": self.now.timestamp()}
                )

    def _receipt(self, notice: str, state: str, not_before: datetime | None) -> None:
        """A notice's new state; when it is no longer on its way, the next to its recipient may leave."""
        changes = self.notice_changes.setdefault(notice, {})
        changes["state"] = state
        if not_before:
            changes["not_before"] = not_before.timestamp()
        row = self.notices[notice].model_copy(
            update={"state": state, "sent_event": changes.get("sent_event", self.notices[notice].sent_event)}
        )
        self.notices[notice] = row
        if state not in ON_ITS_WAY:
            self.busy.discard((row.case, row.recipient))

    def recognise(self, keys: Keys, case: str) -> None:
        """By what others will be likened to this contact."""
        contact, words, at = keys.contact or "", keys.signs.words, self.now.timestamp()
        for sign in keys.signs.named:
            self.signs[sign].insert(0, Sign(sign, contact, self.cases[case].reference, words))
            row = {"sign": sign, "contact": contact, "case_id": case, "words": words, "at": at}
            self.rows["signs"].append(row)

    def put_content(self, case_id: str | None, item: Content) -> None:
        """Words that an event names by id."""
        self.rows["content"].append({"id": item.id, "case_id": case_id, "kind": item.kind, "body": item.body})

    def owe(self, case_id: str, brand: str, intent: Intent, not_before: datetime, people: Sequence[str] = ()) -> None:
        """A notice is owed; `release` makes it leave. `people`: whose answer it is, for the breaker."""
        row = NoticeRow(
            id=intent.id,
            case=case_id,
            purpose=intent.purpose,
            connector=intent.connector,
            state="held" if intent.held else "owed",
            staff=intent.staff,
            recipient=intent.recipient,
            language=intent.language,
            intent=intent,
        )
        self.notices[intent.id] = row
        self.waiting[case_id].add(intent.id)
        if intent.staff is None and intent.automatic != "no":
            counts = not intent.held and intent.purpose not in ASKED_FOR
            for key in {intent.recipient, *people}:
                if counts:
                    self.recent[key][intent.id] = self.now.timestamp()
            if counts:
                self.recent_in[case_id][intent.id] = self.now.timestamp()
            self.brand_recent[brand] += 1
            self.brand_changes[brand] += 1
        self.rows["notices"].append(
            {
                **row.model_dump(exclude={"case", "intent"}),
                "case_id": case_id,
                "brand": brand,
                "not_before": not_before.timestamp() + intent.wait,
                "created_at": self.now.timestamp(),
                "intent": intent.model_dump_json(),
            }
        )

    def _owed_again(self, intent: Intent) -> None:
        """Owed as it is now, and not before its time anew; nothing where it has left meanwhile."""
        row = self.notices[intent.id]
        if row.state != "owed":
            return
        changed = {"staff": intent.staff, "recipient": intent.recipient, "language": intent.language}
        self.notices[intent.id] = row.model_copy(update={**changed, "intent": intent})
        values = {**changed, "intent": intent.model_dump_json()}
        self.notice_changes.setdefault(intent.id, {}).update(values)
        self.put_off(intent.id, self.now + timedelta(seconds=intent.wait))

    def may_leave(self, case_id: str, intent: Intent) -> bool:
        """Of one case, never two notices to one recipient on their way: the later could arrive first."""
        return (case_id, intent.recipient) not in self.busy

    def release(self, case_id: str, intent: Intent, words: Words | None) -> None:
        """The notice leaves: its words are stored, its letter is in the outbox, its event says so."""
        row = self.notices[intent.id]
        if words is None:
            self._notice_state(row, "withheld")
            return
        case = self.cases[case_id]
        row, body = self._written(case, row, intent, words)
        fact = facts.NoticeReleased(
            notice=intent.id,
            purpose=intent.purpose,
            connector=intent.connector,
            language=intent.language,
            staff=intent.staff is not None,
        )
        if case_id:
            self.record(case_id, case.reference, case.brand, Decided(fact, self.now))
        self.post_notice(case_id, intent.id, intent.connector, body)
        self.on_its_way(row)

    def _written(self, case: Case, row: NoticeRow, intent: Intent, words: Words) -> tuple[NoticeRow, bytes]:
        """Its words are kept, and the dates that they print."""
        if words.printed:
            intent = intent.model_copy(update={"printed": dict(words.printed)})
            self.notice_changes.setdefault(intent.id, {})["intent"] = intent.model_dump_json()
            self.notices[row.id] = row = row.model_copy(update={"intent": intent})
        body = notice_of(case, intent, words, self.key, self.now).to_json()
        self.put_content(case.id or None, Content(intent.id, "notice", body.decode()))
        return row, body

    def lay_out(self, case_id: str, intent: Intent, words: Words) -> None:
        """A letter that a person will post: its words are kept for printing, nothing leaves."""
        self._written(self.cases[case_id], self.notices[intent.id], intent, words)

    def on_its_way(self, row: NoticeRow) -> None:
        """Its letter is in the outbox; without a receipt it is looked at again after a while."""
        self.busy.add((row.case, row.recipient))
        self._notice_state(row, "released")
        self.put_off(row.id, self.now + LOST)

    def put_off(self, notice: str, until: datetime) -> None:
        """It is not looked at before then."""
        self.notice_changes.setdefault(notice, {})["not_before"] = until.timestamp()

    def post_notice(self, case_id: str, notice: str, connector: str, body: bytes) -> None:
        """Its letter to the connector's queue, the first time or again."""
        self._post(case_id, notice, NOTICES, connector, body, None)

    def _notice_state(self, row: NoticeRow, state: str) -> None:
        self.notices[row.id] = row.model_copy(update={"state": state})
        self.notice_changes.setdefault(row.id, {})["state"] = state

    def _post(self, case_id: str, message_id: str, exchange: str, key: str, body: bytes, sequence: int | None) -> None:
        self.rows["outbox"].append(outgoing(case_id, message_id, exchange, key, body, sequence))
