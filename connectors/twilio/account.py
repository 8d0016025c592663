"""Twilio's REST service: one account, asked and told. Says exactly what each answer means; the table is the manual's.

Rules
-----
1. Credentials go to the account's own addresses on `api_url` (and the Voice Intelligence service), nowhere else.
2. A notice's request has a client, and so a connection, of its own: on a kept one, that the other side may be closing
   at this moment, nobody could tell "never sent" from "sent, and the answer lost".
3. What Twilio wrote is never passed on, only its code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

import httpx2

from connectors.links import authorities
from intake_daemon.errors import Permanent, Temporary, Unknown

API = "https://api.twilio.com"
INTELLIGENCE = "https://intelligence.twilio.com"
_LOGIN = frozenset((HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND))
_LATER = {20429: None, 21611: 60.0, 14107: 60.0, 30001: 60.0, 63018: None, 63038: 3600.0}
"""Twilio's codes of what will work later, and in how many seconds: too many requests, full queues, daily limits."""
CLOSED = 63016
"""WhatsApp's time for words of ours is over."""
_NAMED = {21610: "opted_out", CLOSED: "window_closed", 63032: "opted_out", 21614: "no_mobile", 21617: "too_long"}
"""Refusals that have a word of ours; every other one is `twilio_<code>`."""
_REFUSED_LOGIN = frozenset((20003, 20005, 20404))


@dataclass(frozen=True)
class Access:
    """What an account is reached with. `user` and `password`: the account's, or an API key's."""

    account: str
    user: str
    password: str
    api: str = API
    intelligence: str = INTELLIGENCE
    timeout: float = 15.0


class Account:
    """One account."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._root = f"{access.api.rstrip('/')}/2010-04-01/Accounts/{access.account}"
        self._clients: dict[str, httpx2.AsyncClient] = {}

    async def send(self, form: Mapping[str, str]) -> str:
        """Create a message; its sid. Raises Temporary, Permanent, Unknown as the table says."""
        try:
            async with self._client() as client:
                answer = await client.post(f"{self._root}/Messages.json", data=dict(form))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol):
            raise Temporary("not_connected") from None
        except httpx2.TimeoutException:
            raise Unknown("no_answer") from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Unknown("connection_lost") from None
        return _sid(answer)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A resource of the account: `Messages.json`, `Calls/CA….json`, or a `next_page_uri`. Raises Temporary, or
        Permanent when there is none."""
        url = urljoin(self._access.api, path) if path.startswith("/") else f"{self._root}/{path}"
        return await self._read(url, query)

    async def intelligence(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A resource of Voice Intelligence: `Transcripts/GT…`, or a `next_page_url`. Raises as `get`."""
        url = path if "://" in path else f"{self._access.intelligence.rstrip('/')}/v2/{path}"
        return await self._read(url, query)

    def owns(self, url: str) -> bool:
        """Whether our credentials may go there: the account's own part of the service, nothing else."""
        return url.startswith(f"{self._root}/") and not {"?", "#", ".."} & {*url, *url.split("/")}

    @property
    def login(self) -> httpx2.BasicAuth:
        """The credentials, for an address that `owns` has approved."""
        return httpx2.BasicAuth(self._access.user, self._access.password)

    async def close(self) -> None:
        """Close what is kept."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _read(self, url: str, query: Mapping[str, str] | None) -> dict[str, Any]:
        if urlsplit(url).netloc not in {urlsplit(self._access.api).netloc, urlsplit(self._access.intelligence).netloc}:
            raise Permanent("foreign_address")
        client = self._clients.get("") or self._clients.setdefault("", self._client())
        try:
            answer = await client.get(url, params=query)
        except httpx2.TimeoutException:
            raise Temporary("no_answer") from None
        except httpx2.HTTPError:
            raise Temporary("not_connected") from None
        if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise Temporary("twilio_login")
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Temporary(f"http_{answer.status_code}", after=_after(answer))
        body = _json(answer)
        if not answer.is_success or body is None:
            raise Permanent(f"http_{answer.status_code}")
        return body

    def _client(self) -> httpx2.AsyncClient:
        timeout, trusted = self._access.timeout, authorities()
        return httpx2.AsyncClient(auth=self.login, timeout=timeout, trust_env=False, verify=trusted)


def _sid(answer: httpx2.Response) -> str:
    """The sid of the created message, or what the answer means."""
    status, body = answer.status_code, _json(answer)
    if answer.is_success:
        sid = (body or {}).get("sid")
        if not isinstance(sid, str) or not sid:
            raise Unknown("bad_answer")
        if (body or {}).get("status") in {"failed", "undelivered"}:
            refused(status, (body or {}).get("error_code"))
        return sid
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Temporary("http_429", after=_after(answer))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        if status == HTTPStatus.SERVICE_UNAVAILABLE and _after(answer) is not None:
            raise Temporary("http_503", after=_after(answer))
        raise Unknown(f"http_{status}")
    return refused(status, (body or {}).get("code"))


def word(code: int) -> str:
    """A refusal's word of ours, or Twilio's number."""
    return _NAMED.get(code, f"twilio_{code}")


def refused(status: int, code: object) -> NoReturn:
    """A refusal, by Twilio's code. Raises Temporary, Permanent."""
    known = code if isinstance(code, int) else 0
    if known in _LATER:
        raise Temporary(f"twilio_{known}", after=_LATER[known])
    if status in _LOGIN and (known in _REFUSED_LOGIN or not known):
        raise Temporary("twilio_login")
    raise Permanent(word(known) if known else f"http_{status}")


def _json(answer: httpx2.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _after(answer: httpx2.Response) -> float | None:
    """Seconds of Retry-After; a date in it is not used by Twilio, and is not read."""
    said = answer.headers.get("retry-after", "").strip()
    return float(said) if said.isdecimal() and len(said) < len("1000000") else None
