"""Meta's Graph API: asked and told. Says exactly what each answer means; the table is the manual's.

Rules
-----
1. A token goes to the API, and to where the API says that a WhatsApp file lies; nowhere else, and never into a URL.
2. A notice's request has a client, and so a connection, of its own: on a kept one, that the other side may be closing
   at this moment, nobody could tell "never sent" from "sent, and the answer lost".
3. What Meta wrote is never passed on, only its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import httpx2

from connectors.links import authorities
from connectors.meta.values import document, mapping, name, number
from intake_daemon.errors import Permanent, Temporary, Unknown

_LATER: Mapping[int, float | None] = {
    4: None,  # the app's limit
    17: None,
    32: None,  # the page's
    341: 3600.0,
    368: 3600.0,  # blocked for a while
    613: None,
    1200: None,  # "temporary send message failure"
    80006: None,
    80007: None,
    130429: None,
    131048: 3600.0,  # too many of our messages were blocked or reported
    131056: 10.0,  # too many to this one person
    131057: 600.0,  # the account is in maintenance
    133004: None,
}
"""What will work later, and in how many seconds; None: after Retry-After, or a while."""
_LOGIN = frozenset((0, 3, 102, 190, 463, 467, 131005, 131031, 131037, 131042, 131045, 133006, 133010, 133015))
"""The token, the permissions, the account or the number are not in order: a matter of the settings."""
_PERMISSIONS = range(200, 300)
_MISSING_OBJECT = (100, 33)
_NAMED: Mapping[int, str] = {
    131047: "window_closed",
    131026: "undeliverable",
    131030: "undeliverable",
    131050: "opted_out",
    551: "undeliverable",
    10900: "answered_once",
    10903: "answered_once",
}
_SUBCODES: Mapping[int, str] = {
    2018278: "window_closed",
    2018065: "window_closed",
    2534022: "window_closed",
    2018001: "undeliverable",
    2018108: "undeliverable",
    1545041: "undeliverable",
    2534014: "undeliverable",
}
_ELSEWHERE = frozenset((2018300, 2534037))
"""Another application is talking with the customer."""
_ELSEWHERE_WAIT = 1800.0


class Graph:
    """One root of the API."""

    def __init__(self, root: str, timeout: float) -> None:
        """`root`: with the version, `https://graph.facebook.com/v25.0`. `timeout` in seconds."""
        self.root = root
        self._timeout = timeout

    async def send(self, path: str, said: Mapping[str, Any], token: str) -> str:
        """A message; its id. Raises Temporary, Permanent, Unknown as the table says."""
        try:
            async with self.client(token) as client:
                answer = await client.post(f"{self.root}/{path}", json=dict(said))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol):
            raise Temporary("not_connected") from None
        except httpx2.TimeoutException:
            raise Unknown("no_answer") from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Unknown("connection_lost") from None
        return _sent(answer)

    async def get(self, path: str, query: Mapping[str, str], token: str) -> Mapping[str, Any]:
        """An object. Raises Temporary, or Permanent when there is none."""
        try:
            async with self.client(token) as client:
                answer = await client.get(f"{self.root}/{path}", params=dict(query))
        except httpx2.HTTPError:
            raise Temporary("not_connected") from None
        told = mapping(document(answer.content))
        if answer.is_success and told:
            return told
        error = mapping(told.get("error"))
        code, status = number(error.get("code")) or 0, answer.status_code
        later = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _LATER
        if later or answer.is_success:
            raise Temporary(f"meta_{code}" if code else f"http_{status}", after=_after(answer))
        if code in _LOGIN or status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise Temporary("meta_login")
        raise Permanent(f"meta_{code}" if code else f"http_{status}")

    def client(self, token: str = "") -> httpx2.AsyncClient:
        """A fresh one. `token`: who asks."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        trusted = authorities() if self.root.startswith("https:") else False
        return httpx2.AsyncClient(headers=headers, timeout=self._timeout, trust_env=False, verify=trusted)


def _sent(answer: httpx2.Response) -> str:
    """The id of what was sent, or what the answer means."""
    status, told = answer.status_code, mapping(document(answer.content))
    error = mapping(told.get("error"))
    if answer.is_success and not error:
        messages = told.get("messages")
        first = mapping(messages[0]) if isinstance(messages, list) and messages else {}
        found = name(first.get("id")) or name(told.get("message_id"))
        if not found:
            raise Unknown("bad_answer")
        return found
    code = number(error.get("code"))
    if status == HTTPStatus.TOO_MANY_REQUESTS or code in _LATER:
        wait = _after(answer)
        raise Temporary(f"meta_{code}" if code else "http_429", after=_LATER.get(code or 0) if wait is None else wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST or code in {1, 2}:
        if status == HTTPStatus.SERVICE_UNAVAILABLE and _after(answer) is not None:
            raise Temporary("http_503", after=_after(answer))
        raise Unknown(f"http_{status}")
    return refused(status, code, number(error.get("error_subcode")))


def refused(status: int, code: int | None, subcode: int | None) -> NoReturn:
    """A refusal that named its reason. Raises Temporary, Permanent."""
    if subcode in _ELSEWHERE:
        raise Temporary("thread_elsewhere", after=_ELSEWHERE_WAIT)
    if word := named(code, subcode):
        raise Permanent(word)
    login = code in _LOGIN or code == 10 or code in _PERMISSIONS or (code, subcode) == _MISSING_OBJECT  # noqa: PLR2004 -- Meta's "permission denied"
    if login or (not code and status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}):
        raise Temporary("meta_login")
    raise Permanent(f"meta_{code}" if code else f"http_{status}")


def named(code: int | None, subcode: int | None = None) -> str:
    """The word of ours for a refusal, where there is one."""
    return _SUBCODES.get(subcode or 0) or _NAMED.get(code or 0, "")


def _after(answer: httpx2.Response) -> float | None:
    """Seconds of Retry-After; a date in it is not used by Meta, and is not read."""
    said = answer.headers.get("retry-after", "").strip()
    return float(said) if said.isdecimal() and len(said) < len("1000000") else None
