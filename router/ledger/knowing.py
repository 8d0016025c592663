"""What a decision knows: what was read under its keys, and what was decided before it in the same batch."""

from __future__ import annotations

from router.case import Case
from router.ledger.batch import ACTIVE, Batch
from router.turn import Keys, Knowledge, NoticeRow


def knowledge(batch: Batch, keys: Keys, brand: str) -> Knowledge:
    """What is known under these keys at this moment of the batch."""
    threads = tuple(dict.fromkeys(case for key in keys.threads for case in batch.by_thread[key]))
    references = tuple(batch.by_reference[key] for key in keys.references if key in batch.by_reference)
    people = tuple(dict.fromkeys(case for key in keys.correspondents for case in batch.by_correspondent[key]))
    talks = [each for each in batch.by_thread[keys.conversation or ""] if each in batch.cases]
    talks.sort(key=lambda each: batch.cases[each].opened_at, reverse=True)
    gathered = {key: batch.gatherings[key] for key in keys.gatherings if key in batch.gatherings}
    pieces = [each for one in gathered.values() for each in one.each]
    letters = {each for one in pieces for each in one.letters if each in batch.notices}
    notices = {key: batch.notices[key] for key in keys.notices if key in batch.notices}
    alike = tuple(each for key in keys.signs.named for each in batch.signs[key] if each.contact != keys.contact)
    named = {*threads, *talks, *references, *people, *(row.case for row in notices.values())}
    named |= {one.case for one in pieces if one.case}
    brand = brand or next((batch.cases[case].brand for case in references if case in batch.cases), "")
    state = batch.known.get(keys.contact or "", "no")
    return Knowledge(
        known="erased" if state == "erased" else "yes" if state == "yes" else "no",
        notices=notices,
        told={key: batch.told[key] for key in keys.notices if key in batch.told},
        cases={case: batch.cases[case] for case in named if case in batch.cases},
        alike=alike,
        by_thread=threads,
        by_conversation=tuple(talks),
        gathered=gathered,
        lines={key: batch.lines[key] for one in pieces for key in one.lines if key in batch.lines},
        letters={each: batch.notices[each] for each in letters},
        by_reference=references,
        by_correspondent=people,
        by_reply=frozenset(batch.by_correspondent[keys.reply or ""]),
        theirs=people if keys.theirs else (),
        loads=batch.loads,
        recent=tuple({notice: at for key in keys.people for notice, at in batch.recent[key].items()}.values()),
        recent_in={case: tuple(batch.recent_in[case].values()) for case in named if batch.recent_in[case]},
        brand_recent=batch.brand_recent[brand],
        outcome=batch.commands.get(keys.command or ""),
        waiting={case: _waiting(batch, case) for case in named if batch.waiting[case]},
        contacts={case: batch.contacts[case] for case in named if case in batch.contacts},
        named={key: batch.by_reference[key] for key in keys.references if key in batch.by_reference},
        messages={key: batch.named[key] for key in keys.looked_up if key in batch.named},
        spoken={case: batch.spoken[case] for case in named if case in batch.spoken},
        files={case: batch.files[case] for case in named if case in batch.files},
        unasked={case: batch.unasked[case] for case in named if case in batch.unasked},
    )


def _waiting(batch: Batch, case: str) -> tuple[NoticeRow, ...]:
    rows = (batch.notices[notice] for notice in sorted(batch.waiting[case]))
    return tuple(row for row in rows if row.state in ACTIVE)


def knows_of(batch: Batch, case: Case) -> Knowledge:
    """What is known of one case that the time has come for."""
    return Knowledge(
        cases={case.id: case},
        loads=batch.loads,
        brand_recent=batch.brand_recent[case.brand],
        waiting={case.id: _waiting(batch, case.id)},
        contacts={case.id: batch.contacts[case.id]} if case.id in batch.contacts else {},
    )
