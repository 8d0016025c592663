"""The wire: HTTP around api.py, the failures that a test ordered, and the webhooks.

`python -m tests.fakes.telegram.server PORT`

- `/bot<token>/<method>` by GET or POST; query, form, multipart or JSON; methods in any case.
- `/file/bot<token>/<path>`: a download.
- `/control/<word>`: the tests' side.

Webhooks: one conversation's updates go one after another, different ones up to `max_connections` at once; each is
repeated, at once and then ever slower, until a 2xx. `copies` delivers every update so many times all the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from tests.fakes.telegram.api import Bot, Refused, Stored

_LONGEST = 1.0
"""Seconds between two attempts of a webhook; the real ones reach a minute or two."""
_METHODS = {
    name.lower(): name
    for name in """getMe getUpdates setWebhook deleteWebhook getWebhookInfo sendMessage editMessageText getFile logOut
    editMessageReplyMarkup sendChatAction answerCallbackQuery setMyCommands getMyCommands close""".split()
}


class Server:
    """All bots, and who posts their webhooks."""

    def __init__(self) -> None:
        self._bots: dict[str, Bot] = {}
        self._numbers = itertools.count(7_000_000_001)
        self._posting: dict[str, asyncio.Task[None]] = {}
        self._session: ClientSession | None = None

    def app(self) -> web.Application:
        """Its routes."""
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._call)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        app.router.add_post("/control/{word}", self._control)
        app.on_cleanup.append(self._end)
        return app

    async def _end(self, _app: web.Application) -> None:
        for task in self._posting.values():
            task.cancel()
        if self._session:
            await self._session.close()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        method = _METHODS.get(request.match_info["method"].lower(), "")
        said = await _parameters(request)
        if bot is None:
            return _refusal(Refused(401, ""))
        peer = request.transport.get_extra_info("peername") if request.transport else None
        bot.lines.append(peer[1] if peer else 0)
        failure = bot.failures[method].popleft() if bot.failures[method] else {}
        if "status" in failure:
            bot.calls.append({"method": method, "said": said, "failed": failure})
            return _failed(failure)
        if failure.get("drop") == "before":
            bot.calls.append({"method": method, "said": said, "failed": failure})
            return _dropped(request)
        if "slow" in failure:
            await asyncio.sleep(failure["slow"])
        try:
            result = await bot.call(method, said)
        except Refused as refused:
            return _refusal(refused)
        if method in {"setWebhook", "deleteWebhook"}:
            self._post(bot)
        if failure.get("drop") == "after":
            return _dropped(request)
        told = web.json_response({"ok": True, "result": result})
        return _failed({"status": failure["after"], "body": "<html>"}) if "after" in failure else told

    async def _file(self, request: web.Request) -> web.StreamResponse:
        bot = self._bots.get(request.match_info["token"])
        path = request.match_info["path"]
        file = next((each for each in bot.files.values() if each.path == path), None) if bot else None
        if bot is None or file is None or file.content is None:
            return _refusal(Refused(404, ""))
        failure = bot.failures["file"].popleft() if bot.failures["file"] else {}
        if "status" in failure:
            return _failed(failure)
        if "redirect" in failure:
            raise web.HTTPFound(failure["redirect"])
        if failure.get("drop"):
            return _dropped(request)
        if "slow" in failure:
            await asyncio.sleep(failure["slow"])
        if failure.get("cut"):
            response = web.StreamResponse(headers={"content-length": str(len(file.content))})
            await response.prepare(request)
            await response.write(file.content[: len(file.content) // 2])
            _dropped(request)
            return response
        return web.Response(body=file.content, content_type="application/octet-stream")

    # ------------------------------------------------------------------------------------------- the tests' side

    async def _control(self, request: web.Request) -> web.Response:
        word, said = request.match_info["word"], await request.json()
        if word == "hello":
            return web.json_response({})
        if word == "new":
            number = next(self._numbers)
            bot = Bot(number, f"{number}:AAfake-{number}", f"complaints_{number}_bot")
            self._bots[bot.token] = bot
            return web.json_response({"id": bot.id, "token": bot.token, "username": bot.username})
        bot = self._bots[said["token"]]
        answer = self._ordered(word, bot, said)
        async with bot.changed:
            bot.changed.notify_all()
        return web.json_response(answer)

    def _ordered(self, word: str, bot: Bot, said: dict[str, Any]) -> dict[str, Any]:
        if word == "push":
            bot.push(said["updates"])
        elif word == "fail":
            bot.failures[said["method"]].extend(said["failures"])
        elif word == "keep":
            content = None if said["content"] is None else said["content"].encode("latin-1")
            size = len(content or b"") if said["size"] is None else said["size"]
            bot.files[said["file_id"]] = Stored(content, size, said["path"] or f"documents/{said['file_id']}")
        elif word == "block":
            bot.blocked ^= {said["chat"]} if said["on"] != (said["chat"] in bot.blocked) else set()
        elif word == "move":
            bot.moved[said["chat"]] = said["to"]
            bot.chats.add(said["to"])
        elif word == "know":
            bot.chats.update(said["chats"])
        elif word == "deliver":
            bot.copies, bot.at_once, bot.first = said["copies"], said["at_once"], said["first"]
        elif word != "seen":
            raise web.HTTPNotFound
        return _seen(bot) if word == "seen" else {}

    # ------------------------------------------------------------------------------------------------- webhooks

    def _post(self, bot: Bot) -> None:
        if task := self._posting.pop(bot.token, None):
            task.cancel()
        if bot.webhook:
            self._posting[bot.token] = asyncio.create_task(self._post_all(bot))

    async def _post_all(self, bot: Bot) -> None:
        """Until the webhook is deleted: every conversation by itself, in order."""
        running: dict[int, asyncio.Task[None]] = {}
        taken: set[int] = set()
        last: dict[int, asyncio.Task[None]] = {}
        places = asyncio.Semaphore(bot.webhook.max_connections if bot.webhook else 1)
        try:
            while True:
                for update in [each for each in bot.updates if each["update_id"] not in taken]:
                    number, chat = update["update_id"], _chat(update)
                    taken.add(number)
                    last[chat] = running[number] = asyncio.create_task(
                        self._post_one(bot, update, last.get(chat), places)
                    )
                    running[number].add_done_callback(partial(_forget, running, number))
                async with bot.changed:
                    if all(each["update_id"] in taken for each in bot.updates):
                        await bot.changed.wait()
        finally:
            for task in running.values():
                task.cancel()

    async def _post_one(
        self, bot: Bot, update: dict[str, Any], before: asyncio.Task[None] | None, places: asyncio.Semaphore
    ) -> None:
        if before:
            await asyncio.wait([before])
        async with places:
            if bot.at_once:
                await asyncio.gather(*(self._insist(bot, update) for _ in range(bot.copies)))
            else:
                for _ in range(bot.copies):
                    await self._insist(bot, update)
        bot.updates = [each for each in bot.updates if each["update_id"] != update["update_id"]]
        bot.confirmed = max(bot.confirmed, update["update_id"])

    async def _insist(self, bot: Bot, update: dict[str, Any]) -> None:
        wait = 0.0
        while bot.webhook:
            self._session = self._session or ClientSession(timeout=ClientTimeout(total=60))
            headers = {"X-Telegram-Bot-Api-Secret-Token": bot.webhook.secret} if bot.webhook.secret else {}
            status = 0
            with contextlib.suppress(ClientError, OSError, TimeoutError):
                async with self._session.post(bot.webhook.url, json=update, headers=headers) as answer:
                    status = answer.status
                    await answer.read()
            bot.answers.append(status)
            if 200 <= status < 300:
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2 or bot.first, _LONGEST)


def _forget(running: dict[int, asyncio.Task[None]], number: int, _task: object) -> None:
    running.pop(number, None)


def _chat(update: dict[str, Any]) -> int:
    for each in update.values():
        if isinstance(each, dict) and "chat" in each:
            return int(each["chat"]["id"])
    return 0


def _seen(bot: Bot) -> dict[str, Any]:
    return {
        "calls": bot.calls,
        "sent": bot.sent,
        "pending": [each["update_id"] for each in bot.updates],
        "confirmed": bot.confirmed,
        "webhook": None if bot.webhook is None else {"url": bot.webhook.url, "secret": bot.webhook.secret},
        "answers": bot.answers,
        "lines": bot.lines,
        "commands": bot.commands,
    }


async def _parameters(request: web.Request) -> dict[str, Any]:
    said: dict[str, Any] = dict(request.query)
    if request.method == "POST" and request.content_type == "application/json":
        said |= await request.json()
    elif request.method == "POST":
        said |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return said


def _refusal(refused: Refused) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": refused.status, "description": refused.description}
    if refused.parameters:
        body["parameters"] = refused.parameters
    return web.json_response(body, status=refused.status)


def _failed(failure: dict[str, Any]) -> web.Response:
    status = failure["status"]
    if "retry_after" in failure:
        wait = failure["retry_after"]
        body = {"ok": False, "error_code": status, "description": f"Too Many Requests: retry after {wait}"}
        body["parameters"] = {"retry_after": wait}
        return web.json_response(body, status=status, headers={"retry-after": str(wait)})
    if "body" in failure:
        return web.Response(status=status, text=failure["body"], content_type="text/html")
    said = failure.get("said", "Internal Server Error")
    return web.json_response({"ok": False, "error_code": status, "description": said}, status=status)


def _dropped(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


if __name__ == "__main__":
    web.run_app(Server().app(), host="127.0.0.1", port=int(sys.argv[1]), print=lambda *_: None, access_log=None)
