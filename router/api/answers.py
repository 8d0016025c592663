"""What the API answers: JSON, and RFC 9457 problems with a code and a sentence that says what to do."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from intake_daemon.errors import Permanent, Temporary

HEADERS = {"cache-control": "no-store"}
Answer = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):  # noqa: N818 -- an answer, not an error of ours
    """Not done: status, a code for programs, a sentence for people."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def said(value: object, status: int = 200) -> Response:
    """JSON that nobody keeps."""
    return JSONResponse(value, status, HEADERS)


def problem(refusal: Refusal) -> Response:
    """`application/problem+json`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    return JSONResponse(body, refusal.status, HEADERS, media_type="application/problem+json")


def answering(handler: Answer) -> Answer:
    """The same handler; what it refuses, and what is away, becomes a problem."""

    @functools.wraps(handler)
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as refusal:
            return problem(refusal)
        except Temporary as error:
            return problem(Refusal(503, error.code, "Something that is needed is away; come back."))
        except Permanent as error:
            return problem(Refusal(422, error.code, "It was refused and will be refused again."))

    return answered


def number(request: Request, name: str, default: int, *, highest: int) -> int:
    """A whole number of the query string. Raises Refusal 422."""
    written = request.query_params.get(name, "")
    if not written:
        return default
    if not written.isascii() or not written.isdecimal() or int(written) > highest:
        raise Refusal(422, "bad_number", f"{name} should be a whole number up to {highest}.")
    return int(written)
