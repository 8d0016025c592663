"""A case as a person reads it: what happened, what is due, why, under which clause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from intake_daemon.command import timeline
from intake_daemon.command.sentences import SAID, sentence
from intake_daemon.events import TYPES
from tests.command.conftest import Shop

LONDON = timeline.Place("Europe/London")
DUE = {
    "at": "2026-12-30T23:59:59Z",
    "skipped": [
        {"date": "2026-12-25", "why": "Christmas Day"},
        {"date": "2026-12-26", "why": "Saturday"},
        {"date": "2026-12-28", "why": "Boxing Day (substitute day)"},
    ],
    "provisional": [],
}
RESULT: dict[str, Any] = {
    "clock": "result", "law": None, "basis": "policy", "clause": "W-14 W-23", "stage": 1, "cycle": 1,
    "state": "running", "from": "acknowledgement.sent", "until": "result.sent", "within": "10 working days",
    "text": None, "due": DUE, "latest": None, "warn": {"at": "2026-12-23T23:59:59Z"}, "breaches": [],
    "stopped": None, "stopped_by": None, "met": False, "late": False,
}  # fmt: skip


def told(**changes: object) -> list[str]:
    """What is said of one clock at noon of 16 December."""
    found: Mapping[str, Any] = {"now": "2026-12-16T12:00:00Z", "due": [{**RESULT, **changes}]}
    return [line.strip() for line in timeline.due(found, LONDON)]


def test_a_running_clock() -> None:
    """When with its day, how far that is, why, the clause, the warning, and the holidays that did not count."""
    assert told() == [
        "the answer: due Wed 2026-12-30 23:59 (in 14 days)",
        "10 working days from the acknowledgement; W-14 W-23",
        "warned Wed 2026-12-23 23:59",
        "not counted: 2026-12-25 Christmas Day, 2026-12-28 Boxing Day (substitute day)",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "warned"}, "due Wed 2026-12-30 23:59 (in 14 days), running out"),
        (
            {"state": "breached", "due": {**DUE, "at": "2026-12-14T12:00:00Z"}},
            "LATE, was due Mon 2026-12-14 12:00 (2 days ago)",
        ),
        ({"state": "breached", "due": {**DUE, "at": "2026-12-16T11:30:00Z"}}, "(less than an hour ago)"),
        ({"state": "waiting", "due": None, "latest": DUE}, "not yet begun; at the latest Wed 2026-12-30 23:59"),
        ({"state": "waiting", "due": None}, "not yet begun"),
        ({"within": None, "due": None, "text": "as quickly as possible"}, "as soon as possible"),
        ({"state": "stopped", "stopped": "2026-12-15T09:00:00Z", "met": True}, "done in time, Tue 2026-12-15 09:00"),
        (
            {
                "state": "stopped", "stopped": "2026-12-15T09:00:00Z",
                "met": True, "late": True, "breaches": ["2026-12-14T23:59:59Z"],
            },
            "done Tue 2026-12-15 09:00, LATE (was due Mon 2026-12-14 23:59)",
        ),
        (
            {"state": "stopped", "stopped": "2026-12-15T09:00:00Z", "stopped_by": "complaint.withdrawn"},
            "no longer owed since Tue 2026-12-15 09:00, after the withdrawal",
        ),
        ({"cycle": 2}, "the answer (time 2): due"),
        ({"until": "moon.risen"}, "moon.risen: due"),
    ],
)  # fmt: skip
def test_how_a_clock_stands(changes: dict[str, object], said: str) -> None:
    """Each state in words."""
    assert said in told(**changes)[0]


def test_whose_word_it_is() -> None:
    """A law by its name, a target as nobody's promise, a later stage, the policy's own words, an estimated holiday."""
    assert "by law, pl_consumer; std:PL-01" in told(basis="law", law="pl_consumer", clause="std:PL-01")[1]
    assert "our own target, promised to nobody" in told(basis="target")[1]
    assert "stage 2" in told(stage=2)[1]
    assert "no term is named, from the acknowledgement (“as quickly as possible”)" in told(within=None, text="as quickly as possible")[1]  # fmt: skip # noqa: E501
    uncertain = {**DUE, "provisional": [{"date": "2027-03-20", "why": "Ramazan (estimated)"}]}
    assert told(due=uncertain)[-1] == "may move: 2027-03-20 Ramazan (estimated) is only estimated"


def test_every_event_has_a_sentence() -> None:
    """No type without one, no sentence without its type, and no field that the type does not have."""
    assert set(SAID) == set(TYPES)
    for name, said in SAID.items():
        assert set(re.findall(r"{(\w+)}", said)) <= set(TYPES[name].model_fields), name


def test_besides() -> None:
    """What is worth knowing stands behind; lists with commas, times by local clocks, nothing as a dash."""
    data = {"topic": "billing", "language": "en", "danger": True, "missing": ["description"], "attachments": 2}
    said = sentence("complaint.received", {**data, "staff_named": ["ilze"], "special": "health"}, when=LONDON.when)
    assert said == (
        "complaint received, about billing, in en; somebody may be in danger; missing: description; about: ilze; "
        "special category: health; 2 files"
    )
    moved = {"clock": "result", "before": "2026-07-01T10:00:00Z", "due": "2026-07-02T10:00:00Z", "law": ""}
    assert sentence("clock.moved", moved, when=LONDON.when) == (
        "clock result is now due Thu 2026-07-02 11:00; before: Wed 2026-07-01 11:00"
    )
    assert sentence("information.requested", {"asked": [], "by": "ilze"}, when=str) == "ilze asked the customer for: -"
    assert sentence("extension.told", {"clock": "result", "due": "2026-12-18", "reason": "complex"}, when=str) == (
        "the customer was told of a later date for result: 2026-12-18; because: complex"
    )


def test_days_are_headings_and_clocks_name_their_clause() -> None:
    """One heading a local day; an event of a clock names the clause behind it."""
    events = [
        {"sequence": 1, "type": "note.added", "time": "2026-07-01T22:59:00Z", "actor": "ilze", "data": {"by": "ilze"}},
        {
            "sequence": 2, "type": "clock.warned", "time": "2026-07-01T23:01:00Z", "actor": "daemon",
            "data": {"clock": "result", "law": "", "due": "2026-07-03T22:59:59Z"},
        },
    ]  # fmt: skip
    said = list(timeline.happened({"timeline": events, "due": [RESULT]}, LONDON))
    assert [line for line, event in said if event is None] == ["Wed 2026-07-01", "Thu 2026-07-02"]
    assert said[-1][0] == (
        "   2  00:01:00  daemon       clock result is running out, due Fri 2026-07-03 23:59 (W-14 W-23)"
    )


def test_a_case_from_top_to_bottom(shop: Shop) -> None:
    """Of a complaint that was just acknowledged: what happened, what is due with its clause, the letters, in order."""
    reference = shop.reference("welzo")
    said = shop.ask("case", reference).out
    order = ["times in Europe/London", "What happened", "complaint received", "acknowledgement sent", "What is due"]
    here = 0
    for each in (*order, "the answer: due", "from the acknowledgement; W-14 W-23", "Letters"):
        here = said.index(each, here)
    found = shop.ask("case", reference, "--json").json
    assert {each["clock"] for each in found["due"]} >= {"ack", "result"}
    assert {each["clause"] for each in found["due"] if each["clock"] == "result"} == {"W-14 W-23"}
