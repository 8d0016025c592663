"""The wire of the fake Twilio: HTTP/1.1, a connection per request, failures as the test wants them.

python -m tests.fakes.twilio.server PORT
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import sys
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from twilio.request_validator import RequestValidator

from tests.fakes.twilio.service import Account, refused, sid
from tests.fakes.wire import Answer, document, serve

_ACCOUNTS: dict[str, Account] = {}
_MEDIA_DEPTH = len(["Messages", "MM…", "Media.json"])
_WAIT = 5.0
"""Seconds that the fake waits for a webhook; Twilio waits 15."""


async def _answer(method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
    """What is answered; None: the connection ends."""
    parts = urlsplit(target)
    if parts.path.startswith("/control/"):
        return document(200, await _control(parts.path.removeprefix("/control/"), json.loads(body)))
    authorization = headers.get("authorization", "")
    account = next((each for each in _ACCOUNTS.values() if each.known(authorization)), None)
    named = next((each for each in _ACCOUNTS.values() if parts.path.startswith(each.root)), account)
    if named is None:
        return refused(401, 20003, "Authenticate")
    failure = named.failure(method, parts.path)
    named.asked.append({"path": parts.path, "login": account is named, "method": method})
    if failure.get("drop") == "before":
        return None
    if "status" in failure:
        return _unkind(failure)
    if account is not named:
        return refused(401, 20003, "Authenticate")
    found = _resource(named, method, parts.path, dict(parse_qsl(parts.query)), body, failure)
    await asyncio.sleep(failure.get("slow", 0))
    told = Answer(failure["after"], b"<html>") if "after" in failure else found
    return None if failure.get("drop") == "after" else told


def _unkind(failure: dict[str, Any]) -> Answer:
    if "code" in failure:
        return refused(failure["status"], failure["code"], "No")
    again = {"retry-after": str(failure["retry_after"])} if "retry_after" in failure else {}
    return Answer(failure["status"], b"<html>", again)


def _resource(
    account: Account, method: str, path: str, query: dict[str, str], body: bytes, failure: dict[str, Any]
) -> Answer:
    inside = path.removeprefix(account.root)
    if inside == "Messages.json":
        return account.create(dict(parse_qsl(body.decode()))) if method == "POST" else account.page(query)
    if inside in account.documents or path in account.documents:
        return document(200, account.documents.get(inside) or account.documents[path])
    pieces = inside.split("/")
    if pieces[0] == "Messages" and pieces[-1] == "Media.json" and len(pieces) == _MEDIA_DEPTH:
        return account.media_of(pieces[1])
    return account.file(inside, failure)


async def _control(what: str, said: dict[str, Any]) -> Any:  # noqa: ANN401, C901 -- JSON; one word each
    if what == "hello":
        return {}
    if what == "new":
        made = Account(sid("AC"), secrets.token_hex(16))
        _ACCOUNTS[made.sid] = made
        return {"sid": made.sid, "token": made.token}
    account = _ACCOUNTS[said.pop("account")]
    match what:
        case "deliver":
            return await _deliver(account, **said)
        case "arrived":
            account.arrived(said["form"], said["at"])
        case "keep":
            account.files[said["path"]] = (said["content"].encode("latin-1"), said["media_type"])
        case "know":
            account.documents[said["path"]] = said["document"]
        case "fail":
            account.failures.setdefault(said["path"], []).extend(said["failures"])
        case "opt_out":
            account.opted_out.add(said["number"])
        case "news":
            return await _news(account, said)
        case "seen":
            return {"sent": account.sent, "asked": account.asked}
    return {}


async def _deliver(
    account: Account,
    *,
    url: str,
    public: str,
    said: dict[str, Any],
    json_body: bool,
    copies: int,
    at_once: bool,
    signature: str | None,
) -> list[dict[str, Any]]:
    """Post it so many times; each copy has the same idempotency token, as Twilio's retries have."""
    public, url = public.partition("#")[0], url.partition("#")[0]
    if json_body:
        body = json.dumps(said).encode()
        mark = ("&" if "?" in url else "?") + f"bodySHA256={hashlib.sha256(body).hexdigest()}"
        public, url = public + mark, url + mark
        signed, media_type = RequestValidator(account.token).compute_signature(public, {}), "application/json"
    else:
        body = urlencode(said).encode()
        signed = RequestValidator(account.token).compute_signature(public, said)
        media_type = "application/x-www-form-urlencoded"
    headers = {
        "content-type": media_type,
        "x-twilio-signature": signed if signature is None else signature,
        "i-twilio-idempotency-token": secrets.token_hex(16),
        "user-agent": "TwilioProxy/1.1",
    }
    if at_once:
        return list(await asyncio.gather(*(_post(url, headers, body) for _ in range(copies))))
    return [await _post(url, headers, body) for _ in range(copies)]


async def _post(url: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """Once more when there is no connection (rc=1, rp=ct)."""
    for _ in range(2):
        try:
            async with httpx2.AsyncClient(timeout=_WAIT, trust_env=False) as client:
                written = {name.encode(): value.encode() for name, value in headers.items()}
                answer = await client.post(url, headers=written, content=body)
        except httpx2.ConnectError:
            continue
        except httpx2.HTTPError:
            break
        return {"status": answer.status_code, "body": answer.text}
    return {"status": 0, "body": ""}


async def _news(account: Account, said: dict[str, Any]) -> dict[str, Any]:
    """A status callback, as documented; the list then says the same."""
    message = next(each for each in account.sent if each["sid"] == said["sid"])
    listed = next(each for each in account.listed if each["sid"] == said["sid"])
    listed |= {"status": said["status"], "error_code": said["code"] or None}
    form = {
        "AccountSid": account.sid,
        "ApiVersion": "2010-04-01",
        "From": message.get("From", ""),
        "MessageSid": message["sid"],
        "MessageStatus": said["status"],
        "SmsSid": message["sid"],
        "SmsStatus": said["status"],
        "To": message["To"],
    } | ({"ErrorCode": str(said["code"])} if said["code"] else {})
    public = message["StatusCallback"]
    (answer,) = await _deliver(
        account,
        url=public.replace(said["public"], said["url"]),
        public=public,
        said=form,
        json_body=False,
        copies=1,
        at_once=False,
        signature=None,
    )
    return answer


if __name__ == "__main__":
    asyncio.run(serve(_answer, int(sys.argv[1])))
