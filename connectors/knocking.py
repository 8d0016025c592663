"""A post to our own door, as a stranger's program would send it: what connectors bring canaries in with.

Nothing is read from the environment (proxies, credentials); certificates are checked, so that one that has run out is a
silent door.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from connectors.links import authorities
from intake_daemon.errors import Temporary


async def post(
    url: str, *, seconds: float, headers: Mapping[str, str] | None = None, body: bytes | None = None, say: object = None
) -> Any:  # noqa: ANN401 -- JSON
    """The answer's JSON, None where there is none. `say`: sent as JSON; else `body` as it is. Raises Temporary:
    `not_connected`, `no_answer`, and for anything but 2xx `http_<status>`."""
    given: dict[str, Any] = {"json": say} if body is None else {"content": body}
    try:
        async with httpx2.AsyncClient(timeout=seconds, trust_env=False, verify=authorities()) as client:
            answer = await client.post(url, headers=dict(headers or {}), **given)
    except httpx2.TimeoutException:
        raise Temporary("no_answer") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
        raise Temporary("not_connected") from None
    if not answer.is_success:
        raise Temporary(f"http_{answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        return None
