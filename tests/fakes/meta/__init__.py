"""A Meta of our own: its Graph API and its webhooks on the wire, in its own process, and how a test speaks to it.

    meta = FakeMeta(log); meta.start()                   once per session
    app = meta.app()                                     once per test: a fresh app with its own secret, token and world
    app.deliver(url, body, copies=3)                     a webhook, signed; what it was answered
    app.push(url, bodies)                                webhooks that come until they are taken, as the real ones do
    app.fail("POST messages", {"status": 429, "retry_after": 3})
    app.seen()                                           what was asked and sent

What it keeps of the real one stands in app.py, the wire in server.py. A failure is used up by one request:

    {"status": 500}                                 an answer; nothing was done
    {"status": 400, "code": 131047, "subcode": 1}   refused, with Meta's code
    {"status": 429, "retry_after": 3}               come later
    {"drop": "before"}                              the connection ends and nothing was done
    {"drop": "after"}                               the same, and it was done
    {"after": 500}                                  answered so, although it was done
    {"slow": 0.5}                                   done, answered late
    {"redirect": "https://…"}                       of a file: it is elsewhere
    {"type": "text/html"}                           of a file: it is something else
    {"size": 99}                                    of a file: it is so long
    {"body": {…}}                                   another answer, with 200 or `status`
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any

from tests.fakes.process import Fake


def posted(payload: Any) -> bytes:  # noqa: ANN401 -- JSON
    """A body as Meta writes it: letters beyond ASCII, and slashes, escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signed(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class FakeMeta(Fake):
    """The process."""

    server = "tests.fakes.meta.server"

    def app(self) -> FakeApp:
        """A fresh app."""
        return FakeApp(self, self.ask("new", {}))


class FakeApp:
    """One app, with a WhatsApp number, a page and an Instagram account."""

    def __init__(self, meta: FakeMeta, made: dict[str, str]) -> None:
        self.meta = meta
        self.secret = made["secret"]
        self.token = made["token"]
        self.phone, self.page, self.instagram = made["phone"], made["page"], made["instagram"]

    def _ask(self, what: str, **said: Any) -> Any:  # noqa: ANN401 -- JSON
        return self.meta.ask(what, {"app": self.token, **said})

    def deliver(
        self,
        url: str,
        payload: bytes | dict[str, Any] | list[Any],
        *,
        copies: int = 1,
        at_once: bool = False,
        signature: str | None = None,
    ) -> list[int]:
        """A webhook posted to `url`, once for each copy; the statuses that it was answered (0: none)."""
        body = payload if isinstance(payload, bytes) else posted(payload)
        told: list[int] = self._ask(
            "deliver",
            url=url,
            body=body.decode("latin-1"),
            copies=copies,
            at_once=at_once,
            signature=signed(self.secret, body) if signature is None else signature,
        )
        return told

    def push(self, url: str, payloads: Sequence[Any], *, copies: int = 1) -> None:
        """Webhooks that are posted, several at a time, again and again until each was taken `copies` times."""
        bodies = [posted(each) for each in payloads]
        self._ask(
            "push",
            url=url,
            posts=[[body.decode("latin-1"), signed(self.secret, body)] for body in bodies],
            copies=copies,
        )

    def keep(self, media_id: str, content: bytes, media_type: str) -> str:
        """A file under an id of WhatsApp's; its own link."""
        self._ask("keep", id=media_id, content=content.decode("latin-1"), media_type=media_type)
        return f"{self.meta.url}/files/{self.token}/{media_id}"

    def know(self, path: str, document: dict[str, Any]) -> None:
        """What the API says of an object."""
        self._ask("know", path=path, document=document)

    def fail(self, what: str, *failures: dict[str, Any]) -> None:
        """The next requests whose path ends so (`POST messages`: only posts) fail like this, one after another."""
        self._ask("fail", path=what, failures=failures)

    def block(self, person: str) -> None:
        """Nobody of that number or id can be reached any more."""
        self._ask("block", person=person)

    def seen(self) -> dict[str, Any]:
        """`sent`: what was sent, each with its `id`; `asked`: every request's path and token; `pending`: how many posts
        were not taken yet; `answers`: what the taken and untaken ones were answered."""
        found: dict[str, Any] = self._ask("seen")
        return found
