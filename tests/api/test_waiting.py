"""What lies aside and what must be done outside: listed for the brand, words for who may read them."""

from __future__ import annotations

import sqlalchemy as sa

from router.case import Task
from router.ledger import tables
from tests.api.conftest import ANN, Company


async def _aside(company: Company) -> None:
    """Ann's contact as one that the desk set aside: the row is what the list goes by."""
    change = sa.update(tables.contacts).where(tables.contacts.c.id == ANN.id)
    values = {"disposition": "aside", "reason": "praise", "case_id": None}
    await company.store.write(lambda connection: connection.execute(change.values(values)).close())


async def test_asides(company: Company) -> None:
    """Everybody of the brand sees that it lies there and why; its words read who leads a team, and it is written
    down; of another brand it is not there."""
    await _aside(company)
    ilze, margaret, shop = [await company.as_(who) for who in ("ilze", "margaret", "shop")]
    (row,) = (await ilze("GET", "/api/v1/asides")).json["asides"]
    assert (row["id"], row["reason"], row["reference"]) == (ANN.id, "praise", ANN.reference)
    path = f"/api/v1/asides/{ANN.id}"
    assert (await ilze("GET", path)).json["contents"] == {}
    shown = (await margaret("GET", f"/api/v1/asides/{ANN.reference}")).json
    assert "charged my card twice" in str(shown["contents"])
    assert any(finding.startswith("topic:") for finding in shown["findings"])
    assert (await shop("GET", "/api/v1/asides")).json["asides"] == []
    assert (await shop("GET", path)).code == "not_aside"
    assert await company.reads() == [("margaret", f"aside {ANN.id}")]


async def test_back_is_the_desks_to_decide(company: Company) -> None:
    """It goes to the desk as a command under its own name; what the desk refuses is a problem with its reason."""
    await _aside(company)
    path = f"/api/v1/asides/{ANN.id}/back"
    assert (await company.here("POST", path)).code == "actor_missing"
    answer = await (await company.as_("margaret"))("POST", path)
    assert answer.status == 200 or answer.json["reason"] in {"unknown_command", "no_such_case"}


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
