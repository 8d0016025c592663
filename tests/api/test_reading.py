"""Who reads what: brands apart, need to know, and every reading and refusal written down (AT-L20 AT-W30 AT-A07)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from router.api.who import Caller, may_look, may_read
from router.case import Case
from router.ledger import tables
from router.ledger.lookup import cases
from tests.api.conftest import ANN, OTHER, PLANTED, Company, team
from tests.desk.letters import NOON, letter

WELZO = ("welzo",)


def caller(who: str) -> Caller:
    """A principal, as a token tells."""
    found = team().staff.principal(who)
    assert found is not None, who
    return Caller(found.id, found.brands, found.roles, named=True, content=found.content)


def case(**changes: object) -> Case:
    """A Welzo case with Priya, who had it from Ilze."""
    plain = {"id": "1", "reference": "WLZ-1", "brand": "welzo", "contact": "1", "opened_at": NOON}
    had = {"handler": "priya", "handlers": ("ilze", "priya"), "team": "welzo_products", "state": "investigating"}
    return Case.model_validate({**plain, **had, **changes})


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("priya", True),  # has it
        ("ilze", True),  # had it
        ("kristaps", True),  # leads the team
        ("margaret", True),  # leads the team above
        ("rui", True),  # leads the root
        ("ops", True),  # keeps the daemon
        ("desk", True),  # content: true
        ("oliver", False),  # works for the brand, not on this
        ("dace", False),  # works in the team, not on this
        ("crm", False),  # no content permission (AT-L20)
        ("shop", False),  # another brand
        ("aysel", False),
    ],
)
def test_need_to_know(who: str, *, reads: bool) -> None:
    """Who works on it, who leads them, operators, content permission; nobody else (L-17 W-30)."""
    assert may_read(caller(who), case(), team()) is reads


@pytest.mark.parametrize("who", ["priya", "ilze", "kristaps", "margaret", "rui"])
def test_whom_it_names_reads_nothing(who: str) -> None:
    """Handler, former handler or manager: a complaint never reaches whom it names (A-07 L-09 K-22)."""
    assert not may_read(caller(who), case(staff_named=(who,)), team())
    assert not may_look(caller(who), case(staff_named=(who,)), team())


def test_a_team_that_is_gone_leaves_the_root() -> None:
    """handlers.yaml is today's; an old case's team may no longer stand there: then the root's manager reads."""
    gone = case(team="dissolved", handler="left", handlers=("left",))
    assert may_read(caller("rui"), gone, team())
    assert not may_read(caller("margaret"), gone, team())
    assert may_read(caller("rui"), case(team=None, handler=None, handlers=()), team())


def test_a_policy_may_leave_readers_out() -> None:
    """`privacy.readers: [handler]`: who only had it reads no more; [] leaves managers, operators and permission."""
    rules = team()
    welzo = rules.policies.brand("welzo")
    for readers, reads in ((("handler",), (True, False)), ((), (False, False))):
        narrow = welzo.model_copy(update={"privacy": welzo.privacy.model_copy(update={"readers": readers})})
        policies = replace(rules.policies, brands={**rules.policies.brands, "welzo": narrow})
        changed = replace(rules, policies=policies)
        assert tuple(may_read(caller(who), case(), changed) for who in ("priya", "ilze")) == reads
        assert may_read(caller("margaret"), case(), changed)


def test_here_without_a_name_sees_the_course_and_no_words() -> None:
    """Whoever keeps the machine looks at every case, and reads only under a name, which the audit has."""
    here = Caller("operator", WELZO, ("operator",), named=False, here=True)
    assert may_look(here, case(), team())
    assert not may_read(here, case(), team())
    assert not may_look(here, case(brand="kontakt"), team())


async def test_at_l20_subscriber_without_content_permission(company: Company) -> None:
    """AT-L20: reference, topic and dates it gets; the content link is 403, and the refusal written down."""
    ask = await company.as_("crm")
    events = (await ask("GET", "/api/v1/events")).json["events"]
    assert events == []  # nothing has left yet: the feed is what left
    (row,) = (await ask("GET", "/api/v1/cases")).json["cases"]
    assert set(row) == {
        "reference", "brand", "topic", "open", "opened_at", "received_at", "acknowledged_at", "closed_at",
    }  # fmt: skip
    assert row["received_at"] == "2026-11-20T12:00:00Z"
    refused = await ask("GET", f"{company.ann}/events/1")
    assert (refused.status, refused.code) == (403, "not_a_reader")
    assert refused.json["case"] == row
    assert not any(word in refused.body.decode() for word in PLANTED)
    assert await company.reads() == [("crm", "refused event 1")]


async def test_at_w30_user_outside_the_case(company: Company) -> None:
    """AT-W30: who works for the brand and not on the case is refused, and that is written down."""
    handler = (await company.case()).handler
    outsider = next(each for each in ("oliver", "ilze", "dace") if each != handler)
    ask = await company.as_(outsider)
    for path in (company.ann, f"{company.ann}/events/1"):
        refused = await ask("GET", path)
        assert refused.code == "not_a_reader"
        assert refused.json["case"]["reference"] in company.ann
        assert not any(word in refused.body.decode() for word in (*PLANTED, "timeline", str(handler)))
    (row,) = (await ask("GET", "/api/v1/cases")).json["cases"]
    assert "handler" not in row
    assert await company.reads() == [(outsider, "refused case"), (outsider, "refused event 1")]


async def test_at_a07_whom_a_complaint_names(company: Company) -> None:
    """AT-A07: a complaint about a named colleague: that person neither has it, nor reads it, nor acts on it."""
    about = letter("Gareth Pugh-Ellis shouted at me on the phone.", brand="ask4", message="g@x", sender="g@g.example")
    (outcome,) = await company.meet(about)
    found = await company.store.read(lambda connection: cases.case(connection, outcome.case or ""))
    assert found is not None
    assert found.handler != "gareth"
    body = found.model_copy(update={"staff_named": ("gareth",)}).model_dump_json()
    change = sa.update(tables.cases).where(tables.cases.c.id == found.id).values(body=body)
    await company.store.write(lambda connection: connection.execute(change).close())
    path = f"/api/v1/cases/{outcome.reference}"
    ask = await company.as_("gareth")
    note = {"command": "note", "data": {"text": "It was not me."}}
    for refused in (await ask("GET", path), await ask("POST", f"{path}/commands", note)):
        assert refused.code == "not_a_reader"
        assert "gareth" not in refused.body.decode()
    mine = await company.as_(str(found.handler))
    assert (await mine("GET", path)).json["staff_named"] == ["gareth"]


async def test_another_brand_does_not_exist(company: Company) -> None:
    """404 for whatever is another brand's, with or without permission to read content."""
    ask = await company.as_("desk")
    for method, path in (
        ("GET", company.other),
        ("GET", f"{company.other}/events/1"),
        ("POST", f"{company.other}/commands"),
    ):
        assert (await ask(method, path, {} if method == "POST" else None)).code == "no_such_case"
    assert await company.reads() == []


async def test_readings_are_written_down(company: Company) -> None:
    """Who read a case or an event's words, before the answer leaves."""
    ask = await company.as_("desk")
    whole = await ask("GET", company.ann)
    assert whole.json["words"]
    assert "charged my card twice" in whole.body.decode()
    assert whole.headers["etag"] == f'"{whole.json["sequence"]}"'
    event = await ask("GET", f"{company.ann}/events/1")
    assert event.json["contents"][ANN.id]["body"]["text"].startswith("You charged")
    assert await company.reads() == [("desk", "case"), ("desk", "event 1")]
    assert (await ask("GET", f"{company.ann}/events/999")).code == "no_such_event"


async def test_the_feed_is_for_case_systems(company: Company) -> None:
    """It tells the course of every case of a brand: a handler does not get it, a case system gets its brands'."""
    while rows := await company.ledger.outbox(1000):
        await company.ledger.published(rows)
    ilze = await company.as_("ilze")
    assert (await ilze("GET", "/api/v1/events")).code == "not_allowed"
    crm = await company.as_("crm")
    events = (await crm("GET", "/api/v1/events")).json["events"]
    assert {event["source"] for event in events} == {"/test/welzo"}
    assert not any(word in str(events) for word in PLANTED)


async def test_a_trace_finds_what_is_theirs(company: Company) -> None:
    """An operator finds every contact of their brands; a handler those of the cases that they read."""
    handler = (await company.case()).handler
    ops, has_it = await company.as_("ops"), await company.as_(str(handler))
    outsider = await company.as_(next(each for each in ("oliver", "ilze", "dace") if each != handler))
    path = "/api/v1/trace?query=2026-11-20"
    assert {each["contact"] for each in (await ops("GET", path)).json["found"]} == {ANN.id, OTHER.id}
    assert {each["contact"] for each in (await has_it("GET", path)).json["found"]} == {ANN.id}
    assert (await outsider("GET", path)).json["found"] == []


async def test_after_an_erasure(company: Company) -> None:
    """410 for the words, by whoever asks; the course stays."""
    ask = await company.as_("desk")
    ops = await company.as_("ops")
    assert (await ops("POST", f"{company.ann}/commands", {"command": "erase"})).status == 200
    assert (await ask("GET", f"{company.ann}/events/1")).code == "erased"
    whole = await ask("GET", company.ann)
    assert (whole.status, whole.json["words"], whole.json["contents"]) == (200, False, {})


@pytest.mark.parametrize(
    "path",
    ["parked?day=9999-12-31", "balance/in?day=9999-12-31", "balance?until=0001-01-01", "reconcile?since=0001-01-01"],
)
async def test_a_day_that_nobody_can_reckon_with(company: Company, path: str) -> None:
    """The first and the last day of all calendars are refused like a word that is no day."""
    answer = await company.here("GET", f"/api/v1/{path}")
    assert (answer.status, answer.code) == (422, "no_such_day")


async def test_a_case_of_a_newer_version(company: Company) -> None:
    """While old and new work side by side, who asks the old one is told so, and to come back; that is no fault."""
    await company.store.write(
        lambda connection: connection.execute(
            sa.update(tables.cases).values(body=sa.func.json_set(tables.cases.c.body, "$.form", 99))
        ).close()
    )
    command = {"command": "note", "data": {"text": "Called."}}
    answer = await company.here("POST", f"{company.ann}/commands", command, **{"intake-as": "margaret"})
    assert (answer.status, answer.code) == (503, "newer")
