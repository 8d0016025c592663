"""What lies aside and what must be done outside: listed for the brand, words for who may read them."""

from __future__ import annotations

import json

import sqlalchemy as sa

from intake_daemon.events import ContactSetAside
from router.case import Task
from router.commands import TABLE
from router.ledger import tables
from tests.api.conftest import ANN, Company


async def _aside(company: Company) -> None:
    """Ann's contact as one that the desk set aside by a rule: what the list goes by."""
    contact = sa.update(tables.contacts).where(tables.contacts.c.id == ANN.id)
    case = sa.update(tables.cases).where(tables.cases.c.id == ANN.id)
    left = (await company.case()).model_copy(update={"state": "contact", "handler": None}).model_dump_json()

    def change(connection: sa.Connection) -> None:
        connection.execute(contact.values(disposition="aside", reason="praise"))
        connection.execute(case.values(state="contact", open=False, body=left))

    await company.store.write(change)


async def test_asides(company: Company) -> None:
    """Everybody of the brand sees that it lies there and why; its words read who leads a team, and it is written
    down; of another brand it is not there."""
    await _aside(company)
    ilze, margaret, shop = [await company.as_(who) for who in ("ilze", "margaret", "shop")]
    (row,) = (await ilze("GET", "/api/v1/asides")).json["asides"]
    assert (row["id"], row["reason"], row["by"], row["reference"]) == (ANN.id, "praise", "daemon", ANN.reference)
    path = f"/api/v1/asides/{ANN.id}"
    assert (await ilze("GET", path)).json["contents"] == {}
    shown = (await margaret("GET", f"/api/v1/asides/{ANN.reference}")).json
    assert "charged my card twice" in str(shown["contents"])
    assert any(finding.startswith("topic:") for finding in shown["findings"])
    assert (await shop("GET", "/api/v1/asides")).json["asides"] == []
    assert (await shop("GET", path)).code == "not_aside"
    assert await company.reads() == [("margaret", f"aside {ANN.id}")]


async def test_back_is_the_desks_to_decide(company: Company) -> None:
    """It goes to the desk as the command `back` under the caller's name; what is back lies aside no more."""
    await _aside(company)
    path = f"/api/v1/asides/{ANN.id}/back"
    assert (await company.here("POST", path)).code == "actor_missing"
    margaret = await company.as_("margaret")
    answer = await margaret("POST", path)
    if "back" in TABLE:
        assert (answer.status, answer.json["reference"]) == (200, ANN.reference)
        assert (await margaret("GET", "/api/v1/asides")).json["asides"] == []
    else:
        assert answer.code == "unknown_command"


async def test_set_aside_by_a_person(company: Company) -> None:
    """A case that a person set aside lies there too, with their reason and name."""
    case = await company.case()
    aside = sa.update(tables.cases).where(tables.cases.c.id == case.id).values(state="aside", open=False)
    fact = ContactSetAside(reason="praise", by="margaret")
    event = {"id": "e", "brand": case.brand, "type": fact.type_, "time": 0.0, "case_id": case.id}
    body = json.dumps({"data": fact.model_dump(mode="json")})

    def change(connection: sa.Connection) -> None:
        connection.execute(aside)
        connection.execute(sa.insert(tables.events), [{**event, "sequence": case.sequence + 1, "body": body}])

    await company.store.write(change)
    (row,) = (await company.here("GET", "/api/v1/asides")).json["asides"]
    assert (row["reference"], row["reason"], row["by"]) == (case.reference, "praise", "margaret")


async def test_tasks(company: Company) -> None:
    """Whose it is and who reads the case see a task; its words too; nobody else of the brand."""
    case = await company.case()
    task = Task(id="t-1", kind="letter", owner="oliver", content=ANN.id)
    body = case.model_copy(update={"tasks": (task,)}).model_dump_json()
    change = sa.update(tables.cases).where(tables.cases.c.id == case.id).values(body=body)
    await company.store.write(lambda connection: connection.execute(change).close())
    oliver, margaret, crm = [await company.as_(who) for who in ("oliver", "margaret", "crm")]
    for ask in (oliver, margaret):
        (row,) = (await ask("GET", "/api/v1/tasks")).json["tasks"]
        assert (row["id"], row["owner"], row["reference"]) == ("t-1", "oliver", case.reference)
    assert (await margaret("GET", "/api/v1/tasks?owner=ilze")).json["tasks"] == []
    assert (await crm("GET", "/api/v1/tasks")).json["tasks"] == []
    assert (await crm("GET", "/api/v1/tasks/t-1")).code == "no_such_task"
    assert "charged my card twice" in str((await oliver("GET", "/api/v1/tasks/t-1")).json["contents"])
    here = (await company.here("GET", "/api/v1/tasks/t-1")).json
    assert (here["words"], here["contents"]) == (False, {})
    assert await company.reads() == [("oliver", "task t-1")]
