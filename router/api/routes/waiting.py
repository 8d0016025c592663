"""What waits for a person: contacts that lie aside, and tasks."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.contract import Input
from intake_daemon.message import Command
from router.api.answers import Refusal, said
from router.api.routes.acting import refused
from router.api.routes.room import Room
from router.api.who import Caller, may_read
from router.case import Case, Task
from router.ledger.lookup import waiting

_LEADING = frozenset({"operator", "manager", "customer_service_manager", "department_head"})


class WaitingRoom(Room):
    """Lists hold ids, codes and times; words are for who leads a team, keeps the daemon, or has `content: true`."""

    async def asides(self, request: Request) -> Response:
        """What was set aside as surely no complaint."""
        who = await self.who(request)
        listed = await self.read(lambda connection: waiting.asides(connection, brands=who.brands))
        return said({"asides": listed})

    async def aside(self, request: Request) -> Response:
        """One of them; its words for who may read them."""
        who = await self.who(request)
        found = await self._aside(request, who)
        words = who.named and (bool(_LEADING & set(who.roles)) or who.content)
        contents = await self.read(lambda connection: waiting.words(connection, [found["id"]])) if words else {}
        if words:
            await self.audit(who, "", f"aside {found['id']}")
        return said({**found, "words": words, "contents": contents})

    async def back(self, request: Request) -> Response:
        """It is a complaint after all: its clocks run from its first receipt. The desk decides, by the command `back`,
        which names the contact by the reference that was told."""
        who = await self.who(request)
        if not who.named:
            raise Refusal(403, "actor_missing", "Say who acts: --as WHO, an id of handlers.yaml.")
        found = await self._aside(request, who)
        key = request.headers.get("idempotency-key", "").strip('"') or str(uuid.uuid4())
        now = self.office.now()
        data = {"contact": found["id"]}
        wanted = Command(id=key, reference=found["reference"], command="back", actor=who.id, data=data, at=now)
        outcome = (await self.office.ledger.decide([Input(wanted, now, found["brand"])], now))[0]
        if outcome.disposition == "refused":
            raise refused(outcome, self.rules)
        return said(asdict(outcome))

    async def _aside(self, request: Request, who: Caller) -> dict[str, Any]:
        wanted = request.path_params["contact"]
        found = await self.read(lambda connection: waiting.aside(connection, wanted, brands=who.brands))
        if found is None:
            raise Refusal(404, "not_aside", "Nothing lies aside under this id. See: intake aside list")
        return found

    async def tasks(self, request: Request) -> Response:
        """What must be done outside: those of the caller, and of the cases that they read."""
        who = await self.who(request)
        owner = request.query_params.get("owner")
        listed = [_task(case, task) for case, task in await self._tasks(who) if owner in {None, task.owner}]
        return said({"tasks": listed})

    async def task(self, request: Request) -> Response:
        """One task, with the words that it needs (a letter's page) for who may read them."""
        who = await self.who(request)
        wanted = request.path_params["task"]
        found = next(((case, task) for case, task in await self._tasks(who) if task.id == wanted), None)
        if found is None:
            raise Refusal(404, "no_such_task", "There is no open task of this id. See: intake tasks list")
        case, task = found
        words = may_read(who, case, self.rules) or (task.owner == who.id and who.id not in case.staff_named)
        ids = [task.content, task.notice]
        contents = await self.read(lambda connection: waiting.words(connection, ids)) if words else {}
        if contents:
            await self.audit(who, case.id, f"task {task.id}")
        return said({**_task(case, task), "words": words, "contents": contents})

    async def _tasks(self, who: Caller) -> list[tuple[Case, Task]]:
        found = await self.read(lambda connection: waiting.with_tasks(connection, brands=who.brands))
        rules = self.rules
        return [
            (case, task)
            for case in found
            for task in case.tasks
            if not who.named or may_read(who, case, rules) or (task.owner == who.id and who.id not in case.staff_named)
        ]


def _task(case: Case, task: Task) -> dict[str, Any]:
    return {"reference": case.reference, "brand": case.brand, "topic": case.topic, **task.model_dump(mode="json")}
