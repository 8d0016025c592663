"""What the API answers: JSON, and RFC 9457 problems with a code and a sentence that says what to do."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from intake_daemon import journal
from intake_daemon.errors import Newer, Permanent, Temporary

HEADERS = {"cache-control": "no-store"}
Answer = Callable[[Request], Awaitable[Response]]
BODY = 1024 * 1024
"""Bytes of a JSON body."""
_RETRY_AFTER = 30
_YEARS = range(1970, 9000)
"""Beyond them days cannot be reckoned with."""


class Refusal(Exception):  # noqa: N818 -- an answer, not an error of ours
    """Not done: status, a code for programs, a sentence for people; `more`: further members of the problem."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})


def day_of(request: Request, name: str) -> date | None:
    """A day that is asked for. Raises Refusal 422."""
    asked = request.query_params.get(name, "")
    if not asked:
        return None
    try:
        found = date.fromisoformat(asked)
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        raise Refusal(422, "no_such_day", f"{name} should be a day, such as 2026-11-30.")
    return found


def said(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that nobody keeps."""
    return JSONResponse(value, status, {**HEADERS, **(headers or {})})


def problem(refusal: Refusal) -> Response:
    """`application/problem+json`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        **refusal.more,
    }
    headers = {**HEADERS, **refusal.headers}
    return JSONResponse(body, refusal.status, headers, media_type="application/problem+json")


def answering(handler: Answer) -> Answer:
    """The same handler; what it refuses, what is away and what fails becomes a problem."""

    @functools.wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return problem(refusal)
        except (Temporary, Newer) as error:
            return problem(_later(error))
        except Permanent as error:
            return problem(Refusal(422, error.code, "It was refused and will be refused again."))
        except HTTPException as error:  # of the body: too large, or nothing came for too long
            name = HTTPStatus(error.status_code).phrase
            code = name.lower().replace(" ", "_")
            return problem(Refusal(error.status_code, code, f"{name}.", headers=error.headers))
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 -- whatever it was, the other side gets a problem without details
            journal.failed("api", error)
            return problem(Refusal(500, "failed", "Something failed on our side; its journal says what."))

    return answered


def _later(error: Temporary | Newer) -> Refusal:
    if isinstance(error, Newer):
        detail = "A newer intake-daemon has written this case. Ask that one, or finish the upgrade."
        return Refusal(503, "newer", detail, headers={"retry-after": str(_RETRY_AFTER)})
    headers = {"retry-after": str(int(error.after or _RETRY_AFTER))}
    return Refusal(503, error.code, "Something that is needed is away; come back.", headers=headers)


def number(request: Request, name: str, default: int, *, highest: int) -> int:
    """A whole number of the query string. Raises Refusal 422."""
    written = request.query_params.get(name, "")
    if not written:
        return default
    if not written.isascii() or not written.isdecimal() or int(written) > highest:
        raise Refusal(422, "bad_number", f"{name} should be a whole number up to {highest}.")
    return int(written)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request; an empty body is an empty one. Raises Refusal 413, 422."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > BODY:
            raise Refusal(413, "too_large", f"A body has at most {BODY} bytes.")
    try:
        asked = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Refusal(422, "bad_json", "Send a JSON object.")
    return asked
