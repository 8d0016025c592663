"""The wire of the fake Meta: HTTP/1.1, a connection per request, failures as the test wants them; and the webhooks.

python -m tests.fakes.meta.server PORT
"""

from __future__ import annotations

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.fakes.meta.app import App, made, refused
from tests.fakes.wire import Answer, document, serve

_APPS: dict[str, App] = {}
_WAIT = 20.0
"""Seconds that the fake waits for a webhook's answer."""
_LONGEST = 1.0
"""Seconds between two attempts; the real ones reach hours."""
_AT_ONCE = 6
_PUSHING: set[asyncio.Task[None]] = set()
_PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 0


async def _answer(method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
    """What is answered; None: the connection ends."""
    path = urlsplit(target).path
    if path.startswith("/control/"):
        return document(200, await _control(path.removeprefix("/control/"), json.loads(body)))
    pieces = path.strip("/").split("/")
    token = headers.get("authorization", "").removeprefix("Bearer ")
    app = _APPS.get(token) or (_APPS.get(pieces[1]) if pieces[0] == "files" and len(pieces) > 1 else None)
    if app is None:
        return refused(401, 190)
    failure = app.failure(method, path)
    app.asked.append({"path": path, "token": token, "method": method})
    if failure.get("drop") == "before":
        return None
    if failure.keys() & {"code", "body", "status"}:
        return _unkind(failure)
    found = _resource(app, method, pieces, body, failure)
    await asyncio.sleep(failure.get("slow", 0))
    if "after" in failure:
        return Answer(failure["after"], b"<html>")
    return None if failure.get("drop") == "after" else found


def _unkind(failure: dict[str, Any]) -> Answer:
    if "code" in failure:
        return refused(failure["status"], failure["code"], failure.get("subcode", 0), **_again(failure))
    if "body" in failure:
        return document(failure.get("status", 200), failure["body"])
    return Answer(failure["status"], b"<html>", _again(failure))


def _again(failure: dict[str, Any]) -> dict[str, str]:
    return {"retry-after": str(failure["retry_after"])} if "retry_after" in failure else {}


def _resource(app: App, method: str, pieces: list[str], body: bytes, failure: dict[str, Any]) -> Answer:
    if pieces[0] == "files":
        return app.file(pieces[2], failure)
    _, name, *more = pieces
    if method == "POST" and more == ["messages"]:
        return app.send(name, json.loads(body))
    if name in app.documents:
        return document(200, app.documents[name])
    return app.media(f"http://127.0.0.1:{_PORT}", name) if name in app.files else refused(400, 100, 33)


async def _control(what: str, said: dict[str, Any]) -> Any:  # noqa: ANN401 -- JSON
    if what == "hello":
        return {}
    if what == "new":
        app = made()
        _APPS[app.token] = app
        names = ("secret", "token", "phone", "page", "instagram")
        return {name: getattr(app, name) for name in names}
    app = _APPS[said.pop("app")]
    match what:
        case "deliver":
            return await _deliver(**said)
        case "push":
            app.pending += len(said["posts"]) * said["copies"]
            task = asyncio.create_task(_push(app, said["url"], said["posts"], said["copies"]))
            _PUSHING.add(task)
            task.add_done_callback(_PUSHING.discard)
        case "keep":
            app.files[said["id"]] = (said["content"].encode("latin-1"), said["media_type"])
        case "know":
            app.documents[said["path"]] = said["document"]
        case "fail":
            app.failures.setdefault(said["path"], []).extend(said["failures"])
        case "block":
            app.blocked.add(said["person"])
        case "seen":
            told = {"sent": app.sent, "asked": app.asked, "pending": app.pending, "answers": app.answers}
            return {**told, "answered": sorted(app.answered)}
    return {}


async def _deliver(*, url: str, body: str, copies: int, at_once: bool, signature: str) -> list[int]:
    content = body.encode("latin-1")
    async with httpx2.AsyncClient(timeout=_WAIT, trust_env=False) as client:
        if at_once:
            return list(await asyncio.gather(*(_post(client, url, content, signature) for _ in range(copies))))
        return [await _post(client, url, content, signature) for _ in range(copies)]


async def _push(app: App, url: str, posts: list[list[str]], copies: int) -> None:
    """Several at a time, so in no order; each until it was taken."""
    waiting = iter([post for post in posts for _ in range(copies)])

    async def one() -> None:
        async with httpx2.AsyncClient(timeout=_WAIT, trust_env=False) as client:
            for body, signature in waiting:
                wait = 0.0
                while True:
                    status = await _post(client, url, body.encode("latin-1"), signature)
                    app.answers.append(status)
                    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                        break
                    await asyncio.sleep(wait)
                    wait = min(wait * 2 or 0.05, _LONGEST)
                app.pending -= 1

    await asyncio.gather(*(one() for _ in range(_AT_ONCE)))


async def _post(client: httpx2.AsyncClient, url: str, body: bytes, signature: str) -> int:
    headers = {b"content-type": b"application/json", b"user-agent": b"facebookexternalua"}
    if signature:
        headers[b"x-hub-signature-256"] = signature.encode()
    try:
        return (await client.post(url, headers=headers, content=body)).status_code
    except httpx2.HTTPError:
        return 0


if __name__ == "__main__":
    asyncio.run(serve(_answer, _PORT))
