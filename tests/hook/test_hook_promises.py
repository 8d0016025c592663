"""connectors/hook keeps what every connector promises (tests/promises), over HTTP."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest

from connectors.hook import Hook, load, parse
from intake_daemon.contract import Draft, Raw
from tests import promises
from tests.hook.conftest import OLD, SECRET, Depot, Line, answering, served, settings, signed
from tests.mail.tls import Certificate
from tests.promises import Item, Told, Way

MAPPING = Path(__file__).parent / "tickets.yaml"


class HookWay(Way):
    """A ticket system."""

    planted = ("wombat@customer.example", "Wanda Wombat")

    def __init__(self, line: Line, depot: Depot) -> None:
        self.line = line
        self.depot = depot
        self.door = line.door
        self.connector = line.connector
        self.running = line.running
        self._what = ""

    async def deliver(self, item: Item) -> Told:
        """One post with one ticket."""
        return await self.batch([item])

    async def batch(self, items: Sequence[Item]) -> Told:
        """One post with several."""
        return await self._post([self._ticket(item) for item in items], items[0].name)

    async def edit(self, item: Item, text: str) -> Told:
        """The ticket once more, with its second version."""
        ticket = {**self._ticket(item), "text": text, "version": 2}
        return await self._post([ticket], f"{item.name}-edit")

    def original(self, item: Item) -> bytes:
        """As JSON writes it."""
        return json.dumps(item.text, ensure_ascii=False)[1:-1].encode()

    async def forge(self, item: Item, how: str) -> Told:
        """Unsigned; signed by nobody, for another text, ten minutes ago or ahead, in a version that is not ours."""
        body = self._body([self._ticket(item)])
        good = signed(body, "f1")
        other = signed(b"Something else.", "f1")["webhook-signature"]
        changes: dict[str, dict[str, str]] = {
            "missing": {"webhook-signature": ""},
            "no id": {"webhook-id": ""},
            "bad": {"webhook-signature": "v1,AAAA"},
            "not ascii": {"webhook-signature": "v1,\xe9"},
            "no comma": {"webhook-signature": "AAAA"},
            "other text": {"webhook-signature": other},
            "stale": signed(body, "f1", int(time.time()) - 600),
            "from the future": signed(body, "f1", int(time.time()) + 600),
            "no number": {"webhook-timestamp": "soon"},
            "other version": {"webhook-signature": good["webhook-signature"].replace("v1,", "v1a,")},
        }
        headers = {name: value for name, value in {**good, **changes[how]}.items() if value}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        answer = await self.line.client.post(self.line.path, content=body, headers=raw)
        return _told(answer.status_code)

    def trouble(self, what: str) -> None:
        """What is wrong with files from now on."""
        self._what = what

    def _ticket(self, item: Item) -> dict[str, Any]:
        ticket: dict[str, Any] = {
            "number": item.name,
            "text": item.text,
            "thread": item.conversation,
            "at": item.at.isoformat(),
            "version": 1,
            "who": {"mail": "wombat@customer.example", "name": "Wanda Wombat"},
        }
        if item.files:
            ticket["files"] = [
                {"name": file.name, "url": self._link(f"/{item.name}/{number}", file.content)}
                for number, file in enumerate(item.files)
            ]
        return ticket

    def _link(self, path: str, content: bytes) -> str:
        good = served(content)
        answers: dict[str, list[bytes | None]] = {
            "gone": [served(b"", status="410 Gone")],
            "too_large": [served(b"x" * 200_000)],
            "wrong_type": [served(b"<script>", "text/html; charset=utf-8")],
            "redirect": [served(b"", status="302 Found", more="location: https://elsewhere.example/\r\n")],
            "hangs": [None],
            "fails": [served(b"", status="500 Oh")],
            "fails_once": [served(b"", status="503 Oh"), good],
        }
        link = self.depot.keep(path, *answers.get(self._what, [good]))
        return "https://10.0.0.1/inner" if self._what == "private" else link

    def _body(self, tickets: list[dict[str, Any]]) -> bytes:
        return json.dumps({"event": "tickets", "tickets": tickets}, ensure_ascii=False).encode()

    async def _post(self, tickets: list[dict[str, Any]], name: str) -> Told:
        try:
            answer = await self.line.post(self._body(tickets), name=name)
        except httpx2.HTTPError:
            return "again"
        return _told(answer.status_code)


def _told(status: int) -> Told:
    if status == 200:
        return "held"
    return "refused" if status in {401, 403, 413} else "again"


class TestHook(promises.Brings, promises.Signed, promises.Batches, promises.Edits, promises.Fetches, promises.Orders):
    """Posts of a ticket system, by a mapping of its own."""

    kind = Hook
    settings: ClassVar[dict[str, Any]] = settings()
    secrets = (SECRET, OLD)
    provider_time = True
    forgeries = (
        "missing",
        "no id",
        "bad",
        "not ascii",
        "no comma",
        "other text",
        "stale",
        "from the future",
        "no number",
        "other version",
    )

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw, load("plain"))

    @pytest.fixture
    async def way(self, depot: Depot, certificate: Certificate) -> AsyncIterator[Way]:
        """A hook with that mapping."""
        hosts = ("127.0.0.1", "10.0.0.1")
        more = {"file_hosts": hosts, "file_seconds": 2, "max_file_bytes": 100_000, "mapping": str(MAPPING)}
        async with answering(certificate, **more) as line:
            yield HookWay(line, depot)


async def test_a_copy_is_refused_and_a_retry_is_not() -> None:
    """The same id in the same second, once held, is a copy: 403. A try of which nothing was held is taken, and so is
    the sender's own retry, a second later: the same contact."""
    body = json.dumps({"message": "It is broken.", "email": "ann@customer.example"}).encode()
    first = signed(body, "m7")
    async with answering() as line:
        line.door.away = True
        assert (await line.post(body, headers=first)).status_code == 503
        line.door.away = False
        assert (await line.post(body, headers=first)).status_code == 200
        assert (await line.post(body, headers=first)).status_code == 403
        assert (await line.post(body, headers=signed(body, "m7", int(time.time()) + 5))).status_code == 200
        assert len(line.door.held) == 1
        assert line.door.refusals == {"signature_replayed": 1}


async def test_two_secrets_and_several_signatures() -> None:
    """While a secret is exchanged either of them signs, also two signatures beside each other in any order."""
    body = b'{"message": "It is broken."}'
    old = signed(body, "m1", key=base64.b64decode(OLD[6:]))
    async with answering() as line:
        assert (await line.post(body, headers=old)).status_code == 200
        now = signed(body, "m2")
        strange = {**now, "webhook-signature": f"v1a,AAAA v1,{'A' * 43}= {now['webhook-signature']}"}
        assert (await line.post(body, headers=strange)).status_code == 200
    async with answering(old_secret=None) as line:
        assert (await line.post(body, headers=old)).status_code == 401


async def test_who_does_not_come_again_is_spooled_for() -> None:
    """`retries: false`: the door is told that the source does not come back, and spools; with retries it is not."""
    async with answering(retries=False) as line:
        assert "source_retries" not in line.connector.can
    assert "source_retries" in Hook.can


async def test_what_nobody_can_read_is_kept() -> None:
    """Signed, but neither JSON nor a form: 202, parked whole, and not sent again."""
    async with answering() as line:
        answer = await line.post(b"\xff\xd8 a picture")
        assert (answer.status_code, answer.json()["kept"]) == (202, True)
        ((raw, why),) = line.door.parked
        assert (raw.content, why) == (b"\xff\xd8 a picture", "hook_unreadable")
        line.door.away = True
        assert (await line.post(b"\xff\xd8 a picture", name="m2")).status_code == 503


async def test_what_is_no_complaint_is_told_so() -> None:
    """A test of the address is 200 with no contact."""
    async with answering() as line:
        answer = await line.post(b'{"type": "ping"}')
        assert (answer.status_code, answer.json()) == (200, {"contacts": []})
        assert not line.door.raws


async def test_a_post_for_one_of_two_brands() -> None:
    """The mapping's `brand` chooses among ours; one that is none of ours stays with the setting's, and says so. Times
    without a zone are the brand's."""
    async with answering(mapping=str(MAPPING)) as line:
        posted = [
            {"number": "1", "text": "A", "brand": "kontakt", "at": "2026-11-20 13:30"},
            {"number": "2", "text": "B", "brand": "other", "at": "2026-11-20 13:30"},
        ]
        assert (await line.post(json.dumps({"tickets": posted}).encode())).status_code == 200
        first, second = (held.message for held in line.door.held.values())
        assert (first.brand, first.contact_at.isoformat()) == ("kontakt", "2026-11-20T09:30:00+00:00")
        assert (second.brand, second.contact_at.isoformat()) == ("welzo", "2026-11-20T13:30:00+00:00")
        assert second.remarks == ("brand_unknown",)


async def test_files_inside_the_post() -> None:
    """Base64 and data addresses are files; what is broken is a remark, and no field holds their bytes."""
    png = base64.b64encode(promises.PNG).decode()
    posted = {
        "message": "See the pictures.",
        "attachments": [
            {"filename": "a.png", "content": png, "content_type": "image/png"},
            f"data:image/png;base64,{png}",
            {"filename": "b.png", "content": "no base64!", "content_type": "image/png"},
        ],
    }
    async with answering() as line:
        assert (await line.post(json.dumps(posted).encode())).status_code == 200
        assert [(file.name, file.content) for file in line.door.files()] == [
            ("a.png", promises.PNG),
            ("file-2", promises.PNG),
        ]
        (held,) = line.door.held.values()
        assert "bad_base64" in held.message.remarks


async def test_too_much() -> None:
    """A body over the limit and a post with too many items are 413."""
    async with answering(max_body_bytes=2000) as line:
        assert (await line.post(b'{"message": "' + b"x" * 3000 + b'"}')).status_code == 413
    async with answering() as line:
        many = json.dumps([{"message": str(number)} for number in range(1001)]).encode()
        assert (await line.post(many)).status_code == 413
        assert not line.door.held


async def test_a_renamed_connector_repeats_nothing() -> None:
    """The same item by a connector of another name is the same contact."""
    body = b'{"id": "7", "email": "ann@customer.example", "message": "Broken."}'
    identities: set[str] = set()
    for name in ("tickets", "renamed"):
        async with answering(None, name) as line:
            assert (await line.post(body)).status_code == 200
            identities |= line.door.held.keys()
    assert len(identities) == 1
