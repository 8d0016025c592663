"""The record: one batch of inputs is one transaction, in the store's thread.

    1 lock     every key of the batch, sorted (advisory locks on PostgreSQL; on SQLite the one writer)
    2 known    what was held before is a repeat: counted, nothing else
    3 read     candidate cases, notices, handler loads: set-based, case rows locked in order
    4 decide   one input after another, in their order, each seeing the effects of those before
    5 write    set-based; the commit is what lets `life.route` settle the deliveries

Without the locks of step 1, three routers made 5,000 cases of 3,000 conversations: two mails of one conversation, in
two processes, each found no case.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

import sqlalchemy as sa

from intake_daemon import canary, journal
from intake_daemon.contract import Input, Outcome
from intake_daemon.events import ClockBreached
from intake_daemon.message import Message
from intake_daemon.store import Store
from router import breaker
from router.case import Case
from router.ledger import erasure, outgoing, reading, ticking, writing
from router.ledger.batch import Batch
from router.ledger.knowing import knowledge, knows_of
from router.ledger.mornings import Mornings
from router.ledger.rows import contact_row, unique
from router.ledger.shelves import Shelves
from router.ledger.tallies import Tallies
from router.morning import Morning
from router.turn import BY_POST, LOST, Content, Desk, Effects, Intent, Keys, Words

_CHAINED = 10
"""Clocks that may begin one after the other at one tick."""


class StoredLedger(Shelves):
    """The Ledger of the contract. `key`: the installation's; `installation`: its name, the source of its events."""

    def __init__(self, store: Store, desk: Desk, *, key: bytes, installation: str) -> None:
        super().__init__(store)
        self._desk = desk
        self._key = key
        self._installation = installation
        self.tallies = Tallies()
        self._mornings = Mornings(store, desk, key)

    async def decide(self, inputs: Sequence[Input], now: datetime) -> list[Outcome]:
        """See the module's manual."""
        outcomes, batch = await self.store.write(lambda connection: self._decide(connection, inputs, now))
        self.tallies.add(batch)
        for (brand, limit), times in batch.stopped.items():
            journal.held_back(brand, limit, times)
        return outcomes

    def _decide(self, connection: sa.Connection, inputs: Sequence[Input], now: datetime) -> tuple[list[Outcome], Batch]:
        keys = [self._desk.keys(item.value) for item in inputs]
        if not self.store.sqlite:
            moves = any(key.moves for key in keys)
            reading.lock(connection, unique(name for key in keys for name in key.locks()), moves=moves)
        batch = Batch(now, self._key, self._installation)
        values = [item.value for item in inputs]
        reading.read(connection, batch, keys, values, sqlite=self.store.sqlite, tallies=self.tallies)
        outcomes = [self._meet(batch, key, item) for key, item in zip(keys, inputs, strict=True)]
        writing.write(batch, connection)
        erasure.let_go(connection, batch.unwanted)
        for case in batch.erased:
            erasure.erase(connection, batch.cases[case])
            self._overwritten = False
        return outcomes, batch

    def _meet(self, batch: Batch, keys: Keys, item: Input) -> Outcome:
        value = item.value
        brand = value.brand if isinstance(value, Message) else ""
        knows = knowledge(batch, keys, brand)
        if item.brand is not None:
            theirs = tuple(case for case in knows.by_reference if knows.cases[case].brand == item.brand)
            knows = replace(knows, by_reference=theirs)
        if knows.outcome:
            return knows.outcome
        if isinstance(value, Message) and knows.known != "no":
            return _repeat(batch, value, self._key, erased=knows.known == "erased")
        effects = self._desk.consider(value, knows, batch.now)
        before = len(batch.rows["events"])
        for one in (effects, *effects.beside):
            self._apply(batch, one)
        case = batch.cases.get(effects.case or "")
        gone = case is not None and case.erased
        if isinstance(value, Message):
            value = effects.kept or value
            batch.stopped.update((value.brand, limit) for limit in breaker.named(effects.findings))
            self._keep(batch, keys, value, effects, erased=gone)
        if case is not None and effects.erase:
            batch.erased.append(case.id)
        self._begun(batch, effects)
        for one in (effects, *effects.beside):
            self._tell(batch, one, value if isinstance(value, Message) else one.kept, keys.people)
        outcome = _outcome(effects, case, len(batch.rows["events"]) - before)
        if isinstance(value, Message) and gone:
            outcome = replace(outcome, reason="erased")
        if keys.command:
            self._answered(batch, keys.command, outcome)
        return outcome

    def _tell(self, batch: Batch, effects: Effects, message: Message | None, people: Sequence[str]) -> None:
        """The notices that are owed for what was decided."""
        if effects.case is None:  # a greeting is answered, and opens no case
            for intent in effects.intents:
                batch.owe("", effects.brand, intent, batch.now, people)
        elif effects.case in batch.cases:
            for intent in effects.intents:
                self._owe(batch, effects.case, intent, message, people)

    def _apply(self, batch: Batch, effects: Effects) -> None:
        """What was decided, and what it means for the clocks."""
        batch.apply(effects)
        if effects.case and effects.decided:
            self._follow(batch, effects.case)

    def _follow(self, batch: Batch, case: str) -> None:
        """What a case's new facts mean for its clocks. A policy that this process cannot read stops no complaint."""
        try:
            for decided in self._desk.follow(batch.cases[case], batch.now):
                batch.record(case, "", "", decided)
            batch.clocks[case] = self._desk.clocks(batch.cases[case], batch.now)
        except KeyError as error:
            journal.failed("clocks", error)

    def _owe(self, batch: Batch, case: str, intent: Intent, message: Message | None, people: Sequence[str]) -> None:
        """Owed, and where nothing is in its way rendered at once. A letter that cannot be written stops no complaint:
        it is tried again later."""
        batch.owe(case, batch.cases[case].brand, intent, batch.now, people)
        by_post = intent.held == BY_POST
        if not by_post and (intent.held or intent.wait or not batch.may_leave(case, intent)):
            return
        said = next((json.loads(each["body"]) for each in batch.rows["content"] if each["id"] == intent.said), None)
        if intent.said and said is None:  # stored before: who releases it reads them
            return
        if intent.said is not None and said is None and not by_post:
            return  # its words were written before: the release finds them in the record
        if message is None or message.id != intent.contact:
            known = (*batch.contacts.values(), *(named for _, named in batch.named.values()))
            message = next((each for each in known if each.id == intent.contact), None)
        try:
            words = self._desk.render(batch.cases[case], intent, message, said, batch.now)
        except Exception as error:  # noqa: BLE001 -- a template, a policy that this process does not know yet
            journal.failed(f"letter {intent.purpose}", error)
            batch.put_off(intent.id, batch.now + LOST)
        else:
            if by_post and words is not None:
                batch.lay_out(case, intent, words)
            elif not by_post:
                batch.release(case, intent, words)

    def _begun(self, batch: Batch, effects: Effects) -> None:
        """What cases that a command begins begin with."""
        for one in effects.beside:
            if one.kept is not None:
                self._keep(batch, Keys(), one.kept, one, erased=False)

    def _keep(self, batch: Batch, keys: Keys, message: Message, effects: Effects, *, erased: bool) -> None:
        """The contact's row, its words, and what it holds in the vault; of an erased case only the row."""
        external = erasure.external_key(self._key, message.brand, message.external_id)
        batch.known[message.id] = "erased" if erased else "yes"
        batch.rows["contacts"].append(contact_row(message, external, effects, batch.now, erased=erased))
        if erased:
            batch.unwanted.update(dict.fromkeys(_vaulted(message), message.id))
            return
        if effects.gathered:
            batch.lines[message.id] = message
        words = message.model_copy(update={"original": None}).to_json().decode()
        batch.put_content(effects.case, Content(message.id, "message", words))
        for vaulted in _vaulted(message) if effects.disposition != canary.PURPOSE else ():
            batch.rows["holdings"].append({"vault": vaulted, "contact": message.id})
        if effects.case is not None and effects.disposition in {"case", "joined"}:
            batch.recognise(keys, effects.case)

    def _answered(self, batch: Batch, command: str, outcome: Outcome) -> None:
        batch.commands[command] = outcome
        batch.rows["commands"].append({"id": command, "case_id": outcome.case, "outcome": json.dumps(asdict(outcome))})

    async def tick(self, now: datetime, until: datetime, limit: int) -> int:
        """What the time brings to cases whose clocks wake before `until`."""
        done, late = await self.store.write(lambda connection: self._tick(connection, now, until, limit))
        for (brand, basis), times in sorted(late.items()):
            journal.breached(brand, basis, times)
        return done

    def _tick(
        self, connection: sa.Connection, now: datetime, until: datetime, limit: int
    ) -> tuple[int, Counter[tuple[str, str]]]:
        """How many cases were looked at, and the clocks that ran out, by brand and basis."""
        batch = Batch(now, self._key, self._installation)
        found = ticking.read(connection, batch, until, limit, sqlite=self.store.sqlite, tallies=self.tallies)
        for case in found:
            self._bring(batch, case, until)
        writing.write(batch, connection)
        ticking.put_off(connection, found, now)
        self.tallies.add(batch)
        late = [row for row in batch.rows["events"] if row["type"] == ClockBreached.type_]
        return len(found), Counter((row["brand"], json.loads(row["body"])["data"]["basis"]) for row in late)

    def _bring(self, batch: Batch, case: str, until: datetime) -> None:
        """What the time brings to one case; a clock that it begins may itself have run out by now."""
        for _ in range(_CHAINED):
            self._follow(batch, case)
            effects = self._desk.tick(batch.cases[case], knows_of(batch, batch.cases[case]), until)
            if not (effects.decided or effects.intents):
                break
            batch.apply(effects)
            for intent in effects.intents:
                self._owe(batch, case, intent, None, ())
        self._follow(batch, case)

    def dawns(self, until: datetime) -> bool:
        """Whether a morning list may be owed that this process has not looked at."""
        return self._mornings.owed(until)

    async def mornings(self, now: datetime, until: datetime) -> int:
        """The morning lists whose hour has come."""
        return await self._mornings.make(now, until)

    async def tell(self, purpose: str, letters: Sequence[tuple[Morning, Words]], now: datetime) -> int:
        """Letters to our own people that belong to no case, each once by its id; how many are new."""
        return await self._mornings.tell(purpose, letters, now)

    async def due(self, now: datetime, limit: int, emptied: Mapping[str, float] | None = None) -> int:
        """Release notices whose time has come."""
        return await self.store.write(
            lambda connection: outgoing.release_due(
                connection,
                Batch(now, self._key, self._installation),
                self._desk,
                limit=limit,
                emptied=emptied or {},
                sqlite=self.store.sqlite,
            )
        )


def _repeat(batch: Batch, message: Message, key: bytes, *, erased: bool) -> Outcome:
    """Counted. What came with it was put into the vault before anybody could know: after an erasure it goes again. A
    canary is told as one: its original is kept nowhere, however often it comes."""
    batch.repeats[message.id] += 1
    if erased:
        batch.unwanted.update(dict.fromkeys(_vaulted(message), message.id))
        return Outcome("repeat", message.reference, reason="erased")
    return Outcome("repeat", message.reference, reason=canary.PURPOSE if canary.read(key, message) else "")


def _vaulted(message: Message) -> list[str]:
    """What it holds in the vault."""
    return unique([message.raw, *(file.id for file in message.attachments)])


def _outcome(effects: Effects, case: Case | None, events: int) -> Outcome:
    return Outcome(
        effects.disposition,
        reference=case.reference if case else effects.reference,
        case=effects.case,
        reason=effects.reason,
        topic=effects.topic,
        team=effects.team,
        handler=effects.handler,
        language=effects.language,
        events=events,
        missing=effects.missing,
        clause=effects.clause,
        instead=effects.instead,
    )
