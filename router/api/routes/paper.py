"""`/docs`: the API for people, on one page without a script; `/docs/openapi.json`: the same for programs.

Both are for everybody who reaches the internal listener: there is nothing in them that this source does not say.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from router.api.answers import said
from router.api.openapi import openapi
from router.api.table import Described, described

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff}h2{font:600 1rem ui-monospace,monospace;margin:2rem 0 .2rem;overflow-wrap:anywhere}"
    "p{margin:.2rem 0}dt{font:.9rem ui-monospace,monospace}dd{margin:0 0 .3rem 1.5rem}.m{color:#0b5394}"
    "@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#111}.m{color:#8ab4f8}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
}
_INTRODUCTION = """
<p>Show a token with every request: <code>Authorization: Bearer intake_…</code>. An operator makes one on the daemon's
machine: <code>intake token create WHO</code>. What a principal may do and read stands in
<code>handlers.yaml</code>.</p>
<p>A case of another brand is 404. Of one's own, whoever does not work on it gets reference, topic and dates; the rest
is 403 and written down. What is not done is a problem (RFC 9457) with a <code>code</code> for programs and a
<code>detail</code> for people. For programs: <a href="/docs/openapi.json">openapi.json</a>.</p>
"""


async def document(_request: Request) -> Response:
    """The OpenAPI document."""
    return said(openapi())


async def page(_request: Request) -> Response:
    """The page."""
    routes = "\n".join(map(_route, described()))
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
    body = f"<title>intake-daemon: the API</title><h1>The API</h1>{_INTRODUCTION}{routes}"
    return HTMLResponse(f'<!doctype html><html lang="en">{head}{body}</html>', headers=_HEADERS)


def _route(route: Described) -> str:
    lines = [
        ("query", ", ".join(route.query)),
        ("headers", ", ".join(route.headers)),
        ("body", route.takes),
        ("answer", f"{route.status} {route.gives}".strip()),
        ("refuses", ", ".join(map(str, route.refuses))),
    ]
    told = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in lines if value)
    title = f'<h2 id="{route.name}"><span class="m">{route.method}</span> {escape(route.path)}</h2>'
    return f"{title}<p>{escape(route.summary)}</p><dl>{told}</dl>"
